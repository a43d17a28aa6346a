"""One plan on the curves, whatever HiGHS finds first: other seeds, no presolve and other methods lead to the same one."""

from __future__ import annotations

from typing import Any

import pytest
import xarray as xr

from tests.bundled import DEAL, DRY
from tests.drafts import Draft, draft, user
from tests.passes.rivers import VALLEY, YEAR, curve
from tests.passes.test_areas import BENT, DEPTH, lake_and_dam
from tests.passes.test_conflict import LAKE, STORE
from tests.solve.test_give import LEVELS as GIVING
from tests.solve.test_give import asked
from tests.thorough import diagonal
from waterdeal.ask import bargain
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.explain import explain_bargain
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.reports.explanation import explanation_text
from waterdeal.run import load, solve_inputs
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.relations import evaporation_miss, with_areas
from waterdeal.solve.single import Passes
from waterdeal.solve.trust import near

#: what the menu of the deal prints; at its last digit HiGHS finds no plan without presolve
PRINTED = "agreement.supply_UZ.concession=0.104"
WAYS: tuple[dict[str, Any], ...] = (
    {"seed": 7},
    {"presolve": False},
    {"seed": 3, "method": "simplex", "presolve": False},
    {"seed": 987_654, "threads": 2},
    {"method": "ipm"},
)


def promised(water: float, rates: float, **conceded: float) -> Draft:
    """A dam and a lake with two promises of which some concede as much as leaves a plan, but none on the first lines."""
    clauses = [{**clause, "concession": conceded.get(str(clause["id"]), 0.0)} for clause in (STORE, LAKE)]
    return lake_and_dam((water,) * 12, rates).with_clauses(*clauses)


#: bodies of a river with two lakes, by two names
NAMES = ("dam", "left", "right"), ("dam", "z", "a")


def two_lakes(*lakes: str) -> Draft:
    """A dam above two lakes, each with the same promise; the dam concedes as much of its own as leaves a plan."""
    depths = [5.0 * depth for depth in DEPTH]
    reaches = "; ".join(f"to_{lake} fork {lake}; over_{lake} {lake} sea" for lake in lakes)
    promises = [{"id": f"to_{lake}", "kind": "min_volume", "at": f"to_{lake}", "value": 350} for lake in lakes]
    return draft(
        f"spring catchment; dam reservoir; fork junction; {'; '.join(f'{lake} lake' for lake in lakes)}; sea outlet",
        f"melt spring dam; out dam fork; {reaches}",
        reservoirs={name: {"full_hm3": 1000, "evaporation": "from_area"} for name in ("dam", *lakes)},
        curves=[*curve("dam", VALLEY), *(row for lake in lakes for row in curve(lake, BENT))],
        evaporation=[row for name in ("dam", *lakes) for row in monthly("reservoir", name, "depth_mm", depths)],
        volumes={"spring": [60] * 12},
        scenario={"period": YEAR, "reservoir": {name: {"initial": 500, "terminal": {"rule": "free"}} for name in ("dam", *lakes)}},
        **user("fields", "fork", [0, 0, 0, 10, 20, 30, 30, 20, 10, 0, 0, 0]),
    ).with_clauses({**STORE, "value": 800, "concession": 325.966}, *promises)


RIVERS = {"flat": promised(60, 10, lake=518.231), "dry": promised(40, 30, store=652.2), "wet": promised(90, 30, store=96, lake=10)}


def same(one: xr.Dataset, other: xr.Dataset) -> None:
    """Assert that two plans agree within 1e-6 hm3."""
    for name in ("flow", "storage", "delivery"):
        xr.testing.assert_allclose(one[name], other[name], rtol=0, atol=1e-6)


def found_beside(inputs: xr.Dataset, **way: Any) -> xr.Dataset:
    """Return the plan on the curves from which passes begin where the first lines leave none."""
    passes = Passes(USUAL_LEVELS, SolveOptions(**way))
    program = passes.compiled(inputs)
    found = passes.on_curves(Bargain(program, inputs, passes.options), program)
    assert found is not None
    assert evaporation_miss(with_areas(inputs, found), found) <= 1e-8
    return found


@pytest.mark.parametrize("name", diagonal(RIVERS, "wet"))
def test_passes_begin_from_one_plan(name: str) -> None:
    """Any vertex that keeps the promises would do to begin with; which one is taken does not hang on the solver."""
    inputs = RIVERS[name].inputs()
    first = found_beside(inputs)
    for way in WAYS:
        same(first, found_beside(inputs, **way))


@pytest.mark.thorough  # by default: where passes begin
@pytest.mark.parametrize("name", RIVERS)
def test_passes_end_in_one_plan(name: str) -> None:
    """The plan that is published, too."""
    inputs = RIVERS[name].inputs()
    first = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    for way in WAYS[1:3]:
        same(first, solve_inputs(inputs, USUAL_LEVELS, SolveOptions(**way)))


@pytest.mark.thorough  # by default: small rivers
@pytest.mark.parametrize(("scenario", "changes"), [(DRY, ()), (DEAL, (PRINTED,))])
def test_the_bundled_season_has_one_plan(scenario: str, changes: tuple[str, ...]) -> None:
    """The dry season, and the deal with what it concedes as the menu prints it, pass after pass: up to 438 hm3 elsewhere once."""
    case = load(bundled_folder("scenarios") / f"{scenario}.toml", changes)
    first = solve_inputs(case.inputs, case.levels, SolveOptions())
    for way in WAYS[1:3]:
        same(first, solve_inputs(case.inputs, case.levels, SolveOptions(**way)))


@pytest.mark.parametrize("water", diagonal([(200, 20) * 6, (40,) * 12], (200, 20) * 6))
def test_near_a_plan_there_is_one_where_promises_give(water: tuple[float, ...]) -> None:
    """Beside a plan on the curves its storages hold for every level, also for those before anything may be given; passes went round else."""
    inputs, levels = asked(lake_and_dam(water, 60), give=0.05).inputs(), GIVING
    passes = Passes(levels, SolveOptions())
    program = passes.compiled(inputs)
    found = passes.on_curves(Bargain(program, inputs, passes.options), program)
    assert found is not None
    assert inputs.sizes["promise"]
    best = passes.solve(inputs).results
    assert float(abs(best["storage"] - found["storage"]).max()) > 100  # it is far from the best
    beside = passes.solve(near(with_areas(inputs, found), found, 1e-3, every=True)).results
    xr.testing.assert_allclose(beside["storage"], found["storage"], rtol=0, atol=1.001e-3)


def test_what_is_not_searched_long_enough_is_not_told_as_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for whole numbers is bounded: without it the same concessions are told, and that it is not proven how much is needed."""
    inputs = promised(40, 30, store=0.99 * 652.188).inputs()
    found = [explain_bargain(Bargain(Passes(USUAL_LEVELS, SolveOptions()).compiled(inputs), inputs, SolveOptions()))]
    monkeypatch.setattr(bargain, "SEARCHED", 0)
    found.append(explain_bargain(Bargain(Passes(USUAL_LEVELS, SolveOptions()).compiled(inputs), inputs, SolveOptions())))
    searched, bare = found
    assert searched is not None
    assert bare is not None
    assert (searched.proven, bare.proven) == (True, False)
    assert {way.clause: way.amount for way in bare.menu} == pytest.approx({way.clause: way.amount for way in searched.menu}, abs=1e-3)
    assert all(way.least < 0.9 * way.amount for way in bare.menu)
    assert "not proven" in explanation_text(bare, inputs, "en")
    assert "not proven" not in explanation_text(searched, inputs, "en")


@pytest.mark.thorough  # by default: names and order of rivers whose first lines leave a plan
def test_lakes_that_nothing_tells_apart_are_planned_alike() -> None:
    """Two lakes of one kind and one promise each, where the first lines leave no plan: they stay alike, and other names change nothing."""
    plans = [solve_inputs(two_lakes(*names).inputs(), USUAL_LEVELS, SolveOptions()) for _, *names in NAMES]
    one, other = ([plan["storage"].sel(reservoir=name).values for name in names] for plan, names in zip(plans, NAMES, strict=True))
    for storages in (one, other):
        assert storages[1] == pytest.approx(storages[2], abs=1e-6)
    assert one == [pytest.approx(stored, abs=1e-6) for stored in other]
