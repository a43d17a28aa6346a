"""The bound on the worth of plans with followed heads: never below a plan that is known, nearer with every cell."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.passes.dynamic_programme import best_worth
from tests.passes.rivers import MELT, cascade, one_dam, settled, side_by_side, started_anywhere
from tests.thorough import diagonal, examples
from waterdeal.errors import AuditError
from waterdeal.lp.options import SolveOptions
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder
from waterdeal.solve.bound import Bound, energy_bound
from waterdeal.solve.publish import publish
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.worth import true_benefit

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft
    from waterdeal.solve.single import Pass

SHAPES = (((0, 5), (80, 20)), ((0, 5), (30, 10), (50, 20), (64, 50)), ((0, 4), (10, 24), (40, 25), (48, 60)))
Draw = Any


def bound_of(found: Pass, cells: int = 1, levels: tuple[str, ...] = ("benefit",), **more: bool) -> Bound:
    """Bound of a plan."""
    return energy_bound(found, levels, SolveOptions(), cells, **more)


@st.composite
def small_dams(draw: Draw) -> Draft:
    """Four months of one dam: any water, prices of either sign, straight and bent curves, tailwater and capacity."""
    relation = {"tailwater_rise_m_per_m3s": draw(st.sampled_from([0, 0.02, 0.1])), "head_loss_m": draw(st.sampled_from([0, 3]))}
    plant = {"turbine_max_m3s": draw(st.integers(20, 150)), **draw(st.sampled_from([{}, {"capacity_mw": 30}]))}
    prices = [draw(st.integers(-2, 6)) for _ in range(12)]
    water = [draw(st.integers(10, 300)) for _ in range(4)]
    return one_dam(water, prices, rows=draw(st.sampled_from(SHAPES)), plant=plant, relation=relation)


@pytest.mark.thorough  # by default: bounds by hand
@examples(2, thorough=6)
@given(river=small_dams(), seed=st.integers(0, 99))
def test_no_known_plan_is_above_the_bound(river: Draft, seed: int) -> None:
    """Neither the plan of the passes, nor one from another start, nor the best of dynamic programming is worth more than any bound."""
    inputs = river.inputs()
    found, other = settled(inputs), settled(started_anywhere(inputs, seed))
    known = max(true_benefit(found), true_benefit(other), best_worth(inputs, 201))
    for bound in (bound_of(found), bound_of(found, 3), bound_of(other, 3, everywhere=True)):
        assert bound.bound >= known - 1e-7 * (1 + abs(known))
        assert bound.gap >= -1e-9


@pytest.mark.thorough
@pytest.mark.parametrize("make", [cascade, side_by_side])
def test_no_plan_of_three_dams_is_above_the_bound(make: Any) -> None:
    """With several dams too: plans of many starts stay below it."""
    inputs = make().inputs()
    found = settled(inputs)
    bound = bound_of(found)
    first = [true_benefit(settled(started_anywhere(inputs, seed))) for seed in range(2)]
    assert max(true_benefit(found), *first) <= bound.bound
    assert 0 < bound.gap < 0.2


@pytest.mark.parametrize("rows", diagonal(SHAPES))
def test_cells_bring_the_bound_near(rows: Any) -> None:
    """Twice the cells never loosen the bound; sixteen leave less than a quarter of the gap, and never pass the best plan."""
    inputs = one_dam(MELT[:6], rows=rows).inputs()
    found, best = settled(inputs), best_worth(inputs)
    bounds = [bound_of(found, cells, everywhere=True).bound for cells in (1, 2, 4, 8, 16)]
    assert all(later <= earlier * (1 + 1e-9) for earlier, later in pairwise(bounds))
    assert best * (1 - 1e-9) <= bounds[-1] < best + (bounds[0] - best) / 4


@pytest.mark.thorough
def test_cells_where_they_pay_are_nearly_as_good() -> None:
    """Cutting only steps where the planes miss something gives most of it."""
    found = settled(one_dam().inputs())
    loose, some, all_ = bound_of(found).bound, bound_of(found, 8).bound, bound_of(found, 8, everywhere=True).bound
    assert all_ - 1e-9 * all_ <= some < loose
    assert some - all_ < 0.1 * (loose - all_)


def test_energy_that_costs_has_a_bound_below_nothing() -> None:
    """Where energy costs all year and turbines must run, nobody can do without the cost: the planes from below see to it."""
    river = one_dam(prices=[-2.0] * 12)
    river = river.with_content(energy={**river.content["energy"], "turbine_min": {"hpp": 20}})
    inputs = river.inputs()
    found = settled(inputs)
    bound = bound_of(found)
    best = best_worth(inputs)
    assert true_benefit(found) == pytest.approx(best, rel=1e-4)
    assert true_benefit(found) <= bound.bound < 0.7 * best < 0


@pytest.mark.thorough
def test_tailwater_and_capacity_hold_the_bound_down() -> None:
    """A tailwater that rises and a small plant make both plan and bound worth less."""
    plain, wake, small = (
        bound_of(settled(one_dam(**more).inputs()))  # type: ignore[arg-type]
        for more in ({}, {"relation": {"tailwater_rise_m_per_m3s": 0.1}}, {"plant": {"capacity_mw": 25}})
    )
    assert wake.worth < wake.bound < plain.bound
    assert small.worth <= small.bound < plain.bound


MARKET = {
    "A": {
        "blocks": [{"size": [12.0] * 12, "worth": [9.0] * 12}, {"size": [15.0] * 12, "worth": [3.0] * 12}],
        "export": {"limit": [30.0] * 12, "price": [1.0] * 12},
        "firm": [14.0] * 12,
    }
}


def on_market(levels: tuple[str, ...]) -> xr.Dataset:
    """A dam whose energy a market takes; what is left in store is worth something too."""
    river = one_dam()
    left = {"dam": {"initial": 500, "terminal": {"rule": "value", "worth": 0.2}}}
    return river.with_content(power=MARKET, reservoir=left, objective={"levels": levels}).inputs()


@pytest.mark.parametrize(
    "levels", diagonal([("benefit",), ("power", "benefit"), ("firm_power", "power", "benefit")], ("firm_power", "power", "benefit"))
)
def test_bound_with_a_market(levels: tuple[str, ...]) -> None:
    """Energy sold in blocks, with firm energy and power on levels of their own: no plan of the same levels is above the bound."""
    inputs = on_market(levels)
    found = settled(inputs, levels)
    bound = bound_of(found, levels=levels)
    assert bound.bound >= bound.worth
    for seed in range(2):
        assert bound.bound >= true_benefit(settled(started_anywhere(inputs, seed), levels))


def test_market_plan_is_worth_what_its_blocks_pay() -> None:
    """The worth told is that of the true energy filled into blocks from dear to cheap, by hand, and of the water left."""
    inputs = on_market(("benefit",))
    found = settled(inputs)
    from waterdeal.replay.simulate import replay

    energy = replay(inputs, found.results).dataset["energy"].values[0]
    days = inputs["step_length"].values / np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    first, second, third = np.minimum(energy, 12 * days), np.clip(energy - 12 * days, 0, 15), np.clip(energy - 27, 0, 30)
    wanted = float((9 * first + 3 * second + third).sum()) + 0.2 * float(found.results["storage"][0, -1])
    assert true_benefit(found) == pytest.approx(wanted, rel=1e-9)


def test_what_has_no_bound() -> None:
    """Without a limit of the turbines, a followed head, or the level benefit, there is none, and that is said."""
    river = one_dam(MELT[:4])
    inputs = river.inputs()
    found = settled(inputs)
    with pytest.raises(ValueError, match="a bound on energy needs plants"):
        bound_of(found, levels=("irrigation",))
    with pytest.raises(ValueError, match="a bound on energy needs plants"):
        bound_of(settled(river.with_content(physics={"head": "constant"}).inputs()))
    endless = inputs.assign(turbine_max=inputs["turbine_max"].copy(data=np.full((1, 4), np.inf)))
    with pytest.raises(ValueError, match="hpp: a bound needs turbine_max_m3s"):
        bound_of(replace(found, inputs=endless))


def test_a_bound_below_the_plan_is_refused() -> None:
    """Rounding is taken for none; a bound that is really below proves nothing and is not published."""
    inputs = one_dam(MELT[:4]).inputs()
    passes = Passes(["benefit"], SolveOptions())
    found = settle(inputs, passes)
    worth = true_benefit(found)
    passes.bound = worth * (1 - 1e-9)
    assert publish(found, passes).attrs["benefit_bound"] == pytest.approx(worth, abs=0)
    passes.bound = worth * 0.99
    with pytest.raises(AuditError, match="it is no bound"):
        publish(found, passes)


@pytest.mark.parametrize("season", diagonal(("growing-dry", "growing-median", "growing-wet", "non-growing-2025-26")))
@pytest.mark.parametrize("kind", diagonal(("quadratic", "table"), "quadratic"))
def test_benefits_of_every_bundled_season_have_a_bound(season: str, kind: str) -> None:
    """Lines of an earlier pass prove nothing: the bound is that of all that lies between the hulls, and no plan is above it."""
    shapes: dict[str, dict[str, Any]] = {
        "quadratic": {"linear": 2.0, "curve": 0.0005},
        "table": {"points": [[0, 0], [300, 500], [900, 800]]},
    }
    asked = {"benefit.dustlik_kz": {"kind": kind, **shapes[kind]}, "physics.head": "constant"}  # where heads are followed there is no bound
    case = load(bundled_folder("scenarios") / f"syrdarya-{season}.toml").set(asked)
    told = case.solve().dataset.attrs
    assert told["benefit_bound"] >= -json.loads(told["levels"])["benefit"] * (1 - 1e-9)
