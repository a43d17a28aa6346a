"""What the pages say is refused, is not modelled or cannot be followed: each sentence has a test that executes it, most of them elsewhere."""

from __future__ import annotations

import ast
import re
from csv import DictReader
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.docs.pages import DOCS, ROOT
from tests.model.test_environment import aral
from tests.solve.test_levels import two_users
from waterdeal.errors import AuditError, ScenarioError, SolverTrouble
from waterdeal.lp import levels
from waterdeal.results.audit import audit

#: what makes a sentence a claim that something is not taken
SAYS = re.compile(r"\b(is|are) refused\b|not modelled|can(not)? be followed|nothing refuses")
CLAIMS = Path(__file__).with_name("claims.csv")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.:;]) (?=[A-Z`\-|*])")


def sentences() -> list[str]:
    """Sentences of all pages that say so."""
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    texts = [re.sub(r"\s+", " ", _FENCED.sub("", page.read_text(encoding="utf-8"))) for page in pages]
    return [sentence for text in texts for sentence in _SENTENCE.split(text) if SAYS.search(sentence)]


def claims() -> dict[str, str]:
    """Test of each claim, by words that tell its sentence from others."""
    with CLAIMS.open(encoding="utf-8", newline="") as file:
        return {row["words"]: row["test"] for row in DictReader(file)}


def test_every_such_sentence_has_an_executed_example() -> None:
    """Each sentence is of one claim, each claim has its sentence, and the test that it names is there."""
    found = {sentence: [words for words in claims() if words in sentence] for sentence in sentences()}
    unproven = {sentence for sentence, words in found.items() if not words}
    assert not unproven, "name the test that executes each of these in tests/docs/claims.csv"
    gone = set(claims()) - {words for named in found.values() for words in named}
    assert not gone, "no page says so: drop the row of tests/docs/claims.csv"


@pytest.mark.parametrize("test", sorted(set(claims().values())))
def test_the_example_is_there(test: str) -> None:
    """A test of that name stands in that file, and is not left out of the default run."""
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    (node,) = [part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name == name]
    assert not any("skip" in ast.unparse(mark) for mark in node.decorator_list)


def test_a_level_that_a_later_one_worsens(monkeypatch: pytest.MonkeyPatch) -> None:
    """With less than nothing allowed, any level counts as worse than when it was solved."""
    monkeypatch.setattr(levels, "LEVEL_TOLERANCE", -1.0)
    with pytest.raises(SolverTrouble, match="was worsened by a later one"):
        two_users(13).plan()


def test_a_target_above_full_storage() -> None:
    """The dam is full at 1200 hm3; at that a target is taken."""
    target = {"lake": "aral", "by": "2026-03-01"}
    with pytest.raises(ScenarioError, match="1201 hm3 is above full storage 1200"):
        aral({**target, "volume": 1201}).inputs()
    assert aral({**target, "volume": 1200}).inputs().sizes["lake_target"] == 1


def test_no_step_is_shorter_than_a_day() -> None:
    """What a plant does within a day is in no plan: there are no hours."""
    river = two_users(13)
    with pytest.raises(ValidationError, match="step"):
        river.with_content(period={"start": "2026-04-01", "end": "2026-04-02", "step": "hour"}).scenario()


def test_a_plan_that_does_not_balance() -> None:
    """Half a hm3 that comes from nowhere is found."""
    plan = two_users(13).plan()
    audit(plan).raise_if_bad()
    plan["delivery"].values[0, 0] += 0.5
    with pytest.raises(AuditError):
        audit(plan).raise_if_bad()
