"""The note on the method: what a calculator gives from what is printed, by whom each judgement was made, and the cut by hand."""

from __future__ import annotations

import ast
import operator
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given

import waterdeal as wd
from tests.commands import call, two_party_deal
from tests.properties.agreements import agreements
from tests.thorough import examples
from waterdeal.errors import Infeasible
from waterdeal.reports.choices import JUDGED, choice_blocks, objective_of
from waterdeal.reports.edition import Edition
from waterdeal.reports.material import take
from waterdeal.reports.plots.block import figure_block
from waterdeal.reports.plots.river import storage
from waterdeal.reports.proportional import balance, cut_blocks
from waterdeal.reports.table import Table
from waterdeal.reports.worked_clause import clause_sheet
from waterdeal.reports.worked_river import reach_sheet, reservoir_sheet
from waterdeal.reports.worked_user import user_sheet
from waterdeal.results.store import read_results
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from tests.drafts import Draft

#: what a calculator can do
KEYS: dict[type, Any] = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def _calculated(node: ast.expr) -> float:
    """Work a sum as a calculator does."""
    if isinstance(node, ast.BinOp):
        return float(KEYS[type(node.op)](_calculated(node.left), _calculated(node.right)))
    if isinstance(node, ast.UnaryOp):
        return -_calculated(node.operand)
    assert isinstance(node, ast.Constant)
    return float(node.value)


def _worked(table: Table, words: Words) -> Iterator[tuple[str, str, str]]:
    """Yield label, what is to be worked, and the result, of each line that has both, in plain digits."""
    point, group = words.number(0.5)[1], words.number(1234.0, 0)[1]
    for _, label, text, _ in table.rows:
        if " = " in str(text):
            plain = re.sub(rf"(?<=\d){re.escape(group)}(?=\d\d\d)", "", str(text)).replace(point, ".").replace("−", "-")
            left, result = plain.replace("×", "*").replace("÷", "/").split(" = ")
            yield str(label), left, result.split("\xa0")[0].strip("()")


def _sheets(plan: xr.Dataset, words: Words) -> list[Table]:
    """Tables of worked lines of a plan."""
    edition = Edition(plan, words)
    made = [table for make in (reservoir_sheet, reach_sheet, user_sheet, clause_sheet) for _, table in make(edition)]
    return made + [block for block in cut_blocks(edition) if isinstance(block, Table) and block.name == "cut_share"]


def _check(plan: xr.Dataset, language: str) -> list[str]:
    """Work every line from what is printed in it alone: it gives what is printed behind it; return which tables there were."""
    words = Words(language)
    sheets = _sheets(plan, words)
    for table in sheets:
        for label, left, result in _worked(table, words):
            digits = len(result.partition(".")[2])
            found = _calculated(ast.parse(left, mode="eval").body)
            assert abs(found - float(result)) <= 0.5 * 10.0**-digits + 1e-9, (table.name, label, left, result)
    return [table.name for table in sheets]


def _result(table: Table, place: int, words: Words) -> float:
    """Number with which a line ends."""
    point, group = words.number(0.5)[1], words.number(1234.0, 0)[1]
    last = str(table.rows[place][2]).rpartition(" = ")[2].replace(group, "").replace(point, ".")
    return float(re.match(r"[(-]*[\d.]+", last)[0].strip("("))


def test_every_line_gives_what_is_printed_and_what_the_plan_has(dry_plan: xr.Dataset, two_party_plan: xr.Dataset) -> None:
    """In English and Russian, of the bundled dry season and of the two parties; what is worked is within a unit of the tables."""
    assert _check(dry_plan, "ru") == ["worked_reservoir", "worked_reach", "worked_user", "cut_share"]
    assert "worked_reservoir" in _check(two_party_plan, "en")
    words = Words("en")
    for table in _sheets(dry_plan, words):
        told = [place for place, row in enumerate(table.rows) if row[1] == words.text("method.in_tables")]
        assert all(abs(_result(table, place - 1, words) - _result(table, place, words)) <= 0.1 + 1e-9 for place in told), table.name


@pytest.mark.thorough
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_the_deal_goes_by_hand(deal_plan: xr.Dataset, language: str) -> None:
    """In every language, the clause with it; its reserve is that of the plan."""
    assert _check(deal_plan, language) == ["worked_reservoir", "worked_reach", "worked_user", "worked_clause", "cut_share"]


@pytest.mark.thorough
@examples(3, thorough=20)
@given(agreements())
def test_every_line_of_random_plans_goes_by_hand(river: Draft) -> None:
    """Whatever reservoirs, users and clauses a plan has; and what there is to give out is what is delivered."""
    try:
        plan = river.plan()
    except Infeasible:
        assume(False)
    _check(plan, "kk")
    assert abs(sum(balance(plan).values()) - float(plan["delivery"].sum())) < 1e-3


def test_the_cut_gives_out_what_the_plan_delivers_by_one_share(dry_plan: xr.Dataset, two_party_plan: xr.Dataset) -> None:
    """The balance of the basin closes on the deliveries; each cell by hand is the share of the requirement printed beside it."""
    for plan in (dry_plan, two_party_plan):
        assert abs(sum(balance(plan).values()) - float(plan["delivery"].sum())) < 1e-3
    share, table = (block for block in cut_blocks(Edition(dry_plan, Words("en"))) if isinstance(block, Table))
    assert not table.gaps()
    part = next(_result(share, place, Words("en")) for place, row in enumerate(share.rows) if row[1] == "Share of all")
    items = [(float(row[1]), float(row[2])) for place, row in enumerate(table.rows) if table.level(place) == 2]
    assert np.abs([by_hand - required * part / 100 for required, by_hand in items]).max() <= 0.05 + 1e-9
    assert part < 100
    assert abs(float(table.rows[-1][2]) - float(table.rows[-1][3])) < 0.05 * len(items)


def test_who_chose_what_is_the_last_that_says_so(dry_plan: xr.Dataset) -> None:
    """The file that names it, or the command line; and each judgement that was not tried names the command that tries it."""
    plan = dry_plan.copy()
    plan.attrs["overrides"] = '["objective.least_supply=0.1"]'
    assert objective_of(plan).least_supply == 0.1
    table, *rest = choice_blocks(take(plan), Edition(plan, Words("en")))
    who = dict(zip(JUDGED, [row[2] for row in table.rows], strict=True))
    assert who == dict.fromkeys(JUDGED, "base.toml") | {"least_supply": "objective.least_supply=0.1"}
    said = " ".join(getattr(block, "text", "") for block in rest)
    assert all(f"objective.{key}" in said for key in ("shortage.weight", "least_supply", "levels", "evenness_give"))


@pytest.mark.thorough
def test_the_commands_named_find_what_another_choice_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each runs as it stands; once the plans are compared, the note tells what each party has by each."""
    scenario = two_party_deal(tmp_path / "deal", 'schema = "waterdeal/agreement@1"\n')
    monkeypatch.chdir(scenario.parent)
    assert call("run", scenario.name, "-o", "RUN", "--format", "csv").code == 0
    said = [block.text for block in wd.report("RUN", "method").blocks if "-o OTHER" in getattr(block, "text", "")]
    tried = [re.search(r'waterdeal run (\S+) --set "([^"]+)" -o OTHER', text) for text in said]
    assert len(tried) == 4
    for number, found in enumerate(tried):
        assert call("run", found[1], "--set", found[2], "-o", f"other-{number}", "--format", "csv", "--quick").code == 0, found[0]
    assert call("compare", "RUN", *(f"other-{number}" for number in range(4))).code == 0
    note = wd.report("RUN", "method", "ru")
    tables = {block.name: block for block in note.blocks if isinstance(block, Table)}
    assert {f"choice_{key}" for key in ("shortage", "least_supply", "levels", "evenness_give")} <= set(tables)
    for number, key in enumerate(("shortage", "least_supply", "levels", "evenness_give")):
        other = read_results(scenario.parent / f"other-{number}")
        given = float(other["delivery"].values[other["demand_party"].values == "LOW"].sum())
        assert any(abs(float(row[2]) - given) < 0.051 for row in tables[f"choice_{key}"].rows), key


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("pdfinfo"), reason="pages are counted with pdfinfo of poppler-utils, which is not installed")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_note_has_about_ten_pages(deal_plan: xr.Dataset, language: str) -> None:
    """Eight to twelve; its glossary has a row a term, each in four languages."""
    note = wd.report(deal_plan, "method", language)
    told = subprocess.run(["pdfinfo", "-"], input=note.render("pdf"), capture_output=True, check=True).stdout.decode()
    assert 8 <= int(re.search(r"Pages:\s*(\d+)", told)[1]) <= 12
    glossary = next(block for block in note.blocks if isinstance(block, Table) and block.name == "glossary")
    assert [column.heading for column in glossary.columns[:4]] == ["English", "Қазақ тілі", "Русский", "Oʻzbek"]
    assert {row[0] for row in glossary.rows} >= {"requirement", "claim", "entitlement", "limit", "delivery", "status"}
    assert all(all(row) and len(set(row[:4])) > 1 for row in glossary.rows)


def test_a_figure_of_a_report_is_laid_out_once(dry_plan: xr.Dataset) -> None:
    """Whatever was written before, in whatever format: a page shows the same as a document for Word made just before it."""
    fresh, used = (figure_block(storage, dry_plan, "kayrakkum", lang="ru") for _ in range(2))
    used.draw("png")
    assert used.draw("svg") == fresh.draw("svg") == used.draw("svg")
