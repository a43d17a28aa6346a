"""What is said to lift a delivery where areas follow curves does so in a plan that is on them, solved again with all passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bundled import SCENARIOS
from tests.passes.test_areas import lake_and_dam
from tests.thorough import examples
from waterdeal.ask.reasons import LIFTS, Lift, Reason, find_reason, tried_on_curves
from waterdeal.ask.respond import Anew, moved
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.lines import with_lines
from waterdeal.run import load, solve_inputs
from waterdeal.scenario.schema import LEVELS
from waterdeal.solve.loosened import Settling
from waterdeal.solve.relations import evaporation_miss
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.lp.program import Program

OPTIONS = SolveOptions()
#: hm3 that a plan solved again may differ by
SAME = 1e-3


def asked_on_curves(inputs: xr.Dataset, plan: xr.Dataset, demand: str) -> Reason:
    """Ask why a user gets no more over the whole period, and try what is named on the curves."""
    lines, levels = with_lines(inputs, plan), tuple(levels_of(plan))
    wish = (demand, range(inputs.sizes["time"]))
    found = find_reason(compile_model(build_model(lines)), lines, plan, levels, wish, OPTIONS)
    return tried_on_curves(found, Settling(lines, levels, OPTIONS))


@examples(2, thorough=60)
@given(water=st.lists(st.integers(15, 60), min_size=12, max_size=12), rate=st.integers(10, 60))
def test_more_water_lifts_what_is_told_on_the_curves(water: list[int], rate: int) -> None:
    """What was told is within the water that was added, and what the sun takes less of bodies that need not keep theirs as long."""
    inputs = lake_and_dam(tuple(water), rate).inputs()
    plan = solve_inputs(inputs, LEVELS, OPTIONS)
    reason = asked_on_curves(inputs, plan, "fields")
    lines = with_lines(inputs, plan)
    for lift in reason.lifts:
        again = Settling(lines, tuple(levels_of(plan)), OPTIONS)(lambda program, lift=lift: _loosened(program, lift)) if lift.target else None
        saved = 0.0 if again is None else float((plan["evaporation"] - again.results["evaporation"]).sum())
        assert LIFTS * lift.by < lift.lift <= lift.by + max(saved, 0.0) + SAME


def test_what_lifts_on_no_curve_is_not_told() -> None:
    """A way to solve again that finds no plan, or one that gives no more, leaves nothing that lifts: no bound, and no level."""
    inputs = lake_and_dam((30,) * 12, 40).inputs()
    plan = solve_inputs(inputs, LEVELS, OPTIONS)
    reason = asked_on_curves(inputs, plan, "fields")
    assert [lift for lift in reason.lifts if lift.target is not None]
    for settled in (lambda _loosen: None, lambda _loosen: Anew(plan, {}, is_near=True)):
        assert not tried_on_curves(reason, settled).lifts


def test_a_level_let_be_worse_lifts_on_the_curves() -> None:
    """What a level buys is tried in a plan that is on the curves, where the levels above are as they were and it is worse by no more."""
    inputs = lake_and_dam((30,) * 12, 40).inputs()
    plan = solve_inputs(inputs, LEVELS, OPTIONS)
    lines, levels = with_lines(inputs, plan), tuple(levels_of(plan))
    wish = ("fields", range(inputs.sizes["time"]))
    (bought,) = [lift for lift in find_reason(compile_model(build_model(lines)), lines, plan, levels, wish, OPTIONS).lifts if lift.change]
    assert bought.change is not None
    found = Settling(lines, levels, OPTIONS)(bought.change)
    assert found is not None
    again = found.results
    assert float((again["delivery"] - plan["delivery"]).sum()) == pytest.approx(bought.lift, abs=1e-3)
    assert evaporation_miss(with_lines(inputs, again), again) <= 1e-6
    missing, before = ((of["shortage"] * inputs["shortage_weight"]).sum() for of in (again, plan))
    assert float(missing) <= float(before) + bought.by + 1e-3


def test_a_loosened_plan_is_on_the_curves() -> None:
    """One hm3 more at the user's node arrives there, less what the sun takes of it, and no line misses anything."""
    inputs = lake_and_dam((30,) * 12, 40).inputs()
    plan = solve_inputs(inputs, LEVELS, OPTIONS)
    lines, levels = with_lines(inputs, plan), tuple(levels_of(plan))
    program = compile_model(build_model(lines))
    wish = ("fields", range(inputs.sizes["time"]))
    (water,) = [lift for lift in find_reason(program, lines, plan, levels, wish, OPTIONS).lifts if lift.family == "water_balance"]
    found = Settling(lines, levels, OPTIONS)(lambda program: _loosened(program, water))
    assert found is not None
    again = found.results
    assert 0 < float((again["delivery"] - plan["delivery"]).sum()) <= water.by + SAME
    balance = np.abs(again["evaporation"].values - plan["evaporation"].values).max()
    assert balance < water.by
    assert evaporation_miss(with_lines(inputs, again), again) <= 1e-6


def _loosened(program: Program, lift: Lift) -> Program:
    """Return a program with the bounds of a lift loosened."""
    assert lift.target is not None
    return moved(program, lift.target, lift.by)


#: of two contracts, each a year of many passes, one is asked
ASKED = [path for path in SCENARIOS if "exchange" not in path.stem]


@pytest.mark.thorough
@pytest.mark.parametrize("path", ASKED, ids=[path.stem for path in ASKED])
def test_of_users_of_a_bundled_scenario(path: Path) -> None:
    """What is named for the one who lacks most, and for the one who lacks least, lifts the delivery in a plan on the curves."""
    case = load(path)
    if "deal" in path.stem:
        case = case.set("agreement.supply_UZ.concession", 0.11)
    plan = case.solve().dataset
    short = (plan["requirement"] - plan["delivery"]).sum("time").to_series()
    lacking = short[short > 1.0].sort_values(ascending=False).index.tolist()
    for demand in dict.fromkeys([*lacking[:1], *lacking[-1:]]):
        for lift in asked_on_curves(case.inputs, plan, demand).lifts:
            assert lift.lift > LIFTS * lift.by, (demand, lift)
