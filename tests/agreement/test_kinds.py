"""Every kind: its equations as text, a conflict named exactly, and a concession known by hand."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.agreement.kinds import BY_KIND, CASES, SAMPLES, Case, sample
from tests.drafts import solve
from tests.model.test_golden import GOLDEN, compare, lp_text
from waterdeal.agreement.forms import KINDS, kind_name
from waterdeal.ask.explain import Explanation, explain_conflict
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model, materialise
from waterdeal.results.clauses import measure_clauses
from waterdeal.words import LANGUAGES, read_texts

if TYPE_CHECKING:
    from pathlib import Path


@cache
def explain_kind(kind: str) -> Explanation:
    """Explain the case of a kind, once for the tests that ask."""
    return explain(BY_KIND[kind])


def explain(case: Case) -> Explanation:
    """Explain a case."""
    inputs = case.draft().inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    return found


def test_every_kind_has_a_case_and_a_sentence() -> None:
    """A kind that is added brings its conflict by hand, its golden LP, and words in every language."""
    kinds = set(map(kind_name, KINDS))
    assert set(BY_KIND) == set(SAMPLES) == kinds
    assert {path.stem.removeprefix("clause_") for path in GOLDEN.glob("clause_*.lp")} == kinds
    for language in LANGUAGES:
        said = {phrase.key for kind in kinds for phrase in sample(kind).phrases()}
        assert said <= read_texts(language).keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_equations(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Rows of the clause, as they stand in the LP."""
    text = lp_text(materialise(build_model(case.draft(concession=1).inputs())), "agreement", tmp_path)
    rows = text[text.index("s.t.") : text.index("bounds")].split("\n\n")[0].splitlines()
    starts = [k for k, line in enumerate(rows) if line.endswith(":")] + [len(rows)]
    mine = [rows[a:b] for a, b in itertools.pairwise(starts) if "_clause_" in rows[a] and "mine" in rows[a]]
    assert mine
    compare("\n".join(line for row in mine for line in row) + "\n", f"clause_{case.kind}", request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_conflict_is_named_exactly(case: Case) -> None:
    """The clause, and those it contradicts; the rest of the menu is empty, for the others are not negotiable."""
    found = explain_kind(case.kind)
    assert set(found.clauses) == {"mine", *(other["id"] for other in case.others)}
    assert set(found.fixed) == {other["id"] for other in case.others}
    assert [way.clause for way in found.menu] == ["mine"]
    assert found.no_help == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_concession_is_the_one_by_hand(case: Case) -> None:
    """What it must concede is known; conceding it suffices, 99.9 % of it does not."""
    (way,) = explain_kind(case.kind).menu
    assert way.amount == pytest.approx(case.amount, rel=1e-6)
    assert sum(way.parts.values()) == pytest.approx(case.amount, rel=1e-6)
    plan = solve(case.draft(concession=way.amount).inputs())
    assert float(plan["clause_conceded"][0]) == pytest.approx(case.amount, rel=1e-5)
    with pytest.raises(Infeasible):
        solve(case.draft(concession=0.999 * way.amount).inputs())


@pytest.mark.parametrize(
    ("points", "amount"),
    [
        ([[0, 0], [200, 400]], 50.0),  # 400 at an inflow of 200 and beyond: concave, so one regime of two; 350 are there
        ([[0, 500], [100, 500], [150, 360], [1000, 360]], 10.0),  # 360 at 200
    ],
)
def test_scale_that_is_not_convex(points: list[list[float]], amount: float) -> None:
    """Binaries choose the piece; the concession is the one by hand, and the measured promise is the scale's value."""
    case = Case({"kind": "sliding_scale", "at": "down", "index": {"flow": "head"}, "points": points}, amount)
    inputs = case.draft().inputs()
    assert inputs.sizes["regime"] > 1
    (way,) = explain(case).menu
    assert way.amount == pytest.approx(amount, rel=1e-6)
    plan = solve(case.draft(concession=way.amount).inputs())
    measured = measure_clauses(plan).iloc[0]
    assert measured["promised"] == pytest.approx(np.interp(200, *zip(*points, strict=True)))
    assert measured["slack"] == pytest.approx(-amount, abs=1e-5)


def test_nobody_takes_more_than_the_split() -> None:
    """With `no_more`, the cap is not convex: below the threshold nothing may be taken."""
    clause = {
        "kind": "threshold_share", "at": "head", "threshold": 180, "base": "LOW", "shares": {"LOW": 0.5, "UP": 0.5},
        "takes": {"UP": {"demands": "town"}}, "no_more": True,
    }  # fmt: skip
    plan = solve(Case(clause, 0).draft().inputs())
    assert float(plan["delivery"].sel(demand="town").sum()) == pytest.approx(10)  # half of 200 - 180
    plan = solve(Case({**clause, "threshold": 220}, 0).draft().inputs())
    assert float(plan["delivery"].sel(demand="town").sum()) == pytest.approx(0)
