"""The bundled deal of the dry season 2026: impossible as it stands, possible with any entry of the menu and not with less."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.thorough import diagonal
from waterdeal.agreement.schema import Agreement
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.clauses import ClauseProgram
from waterdeal.basin.read import read_basin
from waterdeal.errors import Infeasible
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = bundled_folder("scenarios")
DEAL = SCENARIOS / "syrdarya-growing-2026-dry-deal.toml"
FILES = sorted((SCENARIOS / "agreements").glob("*.toml"))
CONFLICT = ("supply_UZ", "supply_TJ", "supply_KG", "dostyk", "toktogul_end")
#: those that alone can give way enough
HELPING = ("supply_UZ", "toktogul_end")


def possible(*changes: str) -> bool:
    """Whether the deal has a plan with some changes; where it has none, that is proven."""
    case = load(DEAL, changes)
    model = Bargain(case.program(), case.inputs, case.options)
    refused = model.cannot_hold(model.ids)
    assert model.refused == refused
    return not refused


def test_impossible_as_it_stands(bundled_explanation: Any) -> None:
    """What is told names the clauses and has the menu: of the two that alone can give way enough."""
    assert bundled_explanation.clauses == CONFLICT
    assert {way.clause for way in bundled_explanation.menu} == set(HELPING)


@pytest.mark.thorough  # by default: the same of a small deal, in tests/published/test_agreements.py
def test_the_error_is_the_explanation(bundled_explanation: Any) -> None:
    """Solving tells what explaining tells."""
    with pytest.raises(Infeasible, match="cannot all hold") as caught:
        load(DEAL).solve()
    assert (caught.value.clauses, caught.value.menu) == (bundled_explanation.clauses, bundled_explanation.menu)


@pytest.mark.parametrize("clause", diagonal(HELPING))
def test_any_entry_of_the_menu_suffices_and_less_does_not(bundled_explanation: Any, clause: str) -> None:
    """The concession told, as it is printed, gives a plan that concedes as much; 99 % of it is proven not to."""
    (way,) = (way for way in bundled_explanation.menu if way.clause == clause)
    printed = math.ceil(way.amount * 1000) / 1000 if way.amount < 1 else math.ceil(way.amount * 10) / 10
    case = load(DEAL, [f"agreement.{clause}.concession={printed!r}"])
    plan = case.solve().dataset
    settled = ClauseProgram(case.program(at=plan), case.inputs, case.options)
    assert settled.can_hold(settled.ids)
    assert float(plan["clause_conceded"].sel(clause=clause)) == pytest.approx(printed, rel=1e-6)
    assert (plan["row_slack"].values >= -1e-6).all()
    assert not possible(f"agreement.{clause}.concession={0.99 * way.amount!r}")


@pytest.mark.thorough  # by default: conflicts of random agreements, in tests/properties
def test_conflict_is_irreducible() -> None:
    """Alone these clauses cannot hold; without any one of them the others can."""
    others = [clause for clause in load(DEAL).inputs["clause"].values.tolist() if clause not in CONFLICT]
    off = [f"agreement.{clause}.in_force=false" for clause in others]
    assert not possible(*off)
    for clause in CONFLICT:
        assert possible(*off, f"agreement.{clause}.in_force=false")


@pytest.mark.thorough  # by default: menus and mixes of the kinds by hand, and of random agreements
def test_even_mix_suffices(bundled_explanation: Any) -> None:
    """All concessions of the mix together give a plan; the largest is a smaller share than any clause would concede alone."""
    mix = bundled_explanation.mix
    assert load(DEAL, [f"agreement.{way.clause}.concession={way.amount!r}" for way in mix]).solve().audit().passed
    largest = max(way.relative for way in mix)
    assert largest < min(way.relative for way in bundled_explanation.menu)
    assert not possible(*(f"agreement.{way.clause}.concession={0.99 * way.amount!r}" for way in mix))


@pytest.mark.thorough  # by default: priced breaches of small deals, in tests/published and tests/solve
def test_priced_breaches_give_a_plan() -> None:
    """Where breaches are priced, negotiable clauses give way at their price instead."""
    result = load(DEAL, ["breach=priced"]).solve()
    conceded = result.dataset["clause_conceded"].to_series()
    assert 0 < conceded.sum() < 2500
    assert conceded[result.dataset["clause_negotiable"].values == 0].sum() == 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_clause_says_where_it_comes_from(file: Path) -> None:
    """Source and status stand on every bundled clause; all are of one schema."""
    agreement = Agreement.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    assert agreement.agreement.source
    for clause in agreement.clause:
        assert clause.source, clause.id
        assert clause.status != "assumed" or "assumed" in clause.source or "carried over" in clause.source, clause.id


def test_every_agreement_is_in_force_somewhere() -> None:
    """Each file is named by a bundled scenario, so that its names, dates and classes are checked against the basin."""
    asking = [path for path in SCENARIOS.glob("*.toml") if "agreements" in path.read_text(encoding="utf-8")]
    named = {agreement.agreement.id for path in asking for agreement in load(path).agreements}
    assert named == {tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]["id"] for file in FILES}


def test_limits_are_those_of_the_data() -> None:
    """The clauses of the ICWC hold the figures of data/syrdarya/limits.csv."""
    limits = read_basin(bundled_folder("data") / "syrdarya").table("limits").set_index("limit")["volume_hm3"]
    content = tomllib.loads((SCENARIOS / "agreements" / "icwc-limits.toml").read_text(encoding="utf-8"))
    clauses = Agreement.model_validate(content).clause
    assert {clause.id.replace("_limit_", "_"): clause.value for clause in clauses} == limits.to_dict()


def test_published_figures_stand_in_the_clauses() -> None:
    """Shardara 12 km3 and 50:50, Kairakkum 3,418 hm3 and 500/650/600/300 m3/s, the Aral 30 m3/s, Toktogul 180 m3/s and 75 %."""
    clauses = {clause.id: clause for agreement in load(DEAL).agreements for clause in agreement.clause}
    split = clauses["shardara_excess_2025_26"]
    assert (split.threshold, split.shares) == (12_000, {"KZ": 0.5, "UZ": 0.5})
    exchange = clauses["kairakkum"]
    assert exchange.filling.value == 3418
    assert exchange.release.by_month == {"6": 500, "7": 650, "8": 600, "9": 300}
    assert (exchange.sent.amount, exchange.returned.amount) == (200, 350)
    assert clauses["aral_floor"].value == 30
    assert (clauses["toktogul_regime"].winter_max, clauses["toktogul_regime"].summer_share) == (180, 0.75)
