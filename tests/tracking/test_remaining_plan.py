"""Whoever follows a plan gets the plan back; where something went otherwise, nobody misses more than planned unless somebody must."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from tests.drafts import draft, user
from tests.properties.rivers import rivers
from tests.solve.test_give import CUMEC_DAY, FOUR_DAYS, LEVELS, floor_that_rises
from tests.thorough import diagonal, examples
from waterdeal.errors import Infeasible
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit
from waterdeal.run import load, solve_inputs
from waterdeal.run_folder import Run
from waterdeal.scenario.locate import bundled_folder
from waterdeal.tracking.follow import follow, lay_on_steps
from waterdeal.tracking.remainder import remaining_inputs
from waterdeal.tracking.replan import replan

if TYPE_CHECKING:
    import xarray as xr
    from hypothesis.strategies import DrawFn as Draw

    from tests.drafts import Draft

SCENARIOS = ("growing-dry", "growing-median", "growing-wet", "growing-aral", "growing-2022", "non-growing-2025-26", "water-year-2025-26",
             "irrigation-mode", "power-mode", "growing-fields", "growing-everything")  # fmt: skip
QUANTITIES = ("flow", "delivery", "storage")
#: what is told of the whole season, of the rest as well
OF_THE_SEASON = ("field_area", "field_output", "field_margin")


@cache
def bundled(name: str) -> Run:
    """Plan a bundled scenario."""
    case = load(bundled_folder("scenarios") / f"syrdarya-{name}.toml")
    return Run(case.inputs, case.solve().dataset)


def readings(plan: xr.Dataset, count: int, digits: int) -> pd.DataFrame:
    """Read off a plan what agencies would measure where all goes as planned, as rates and volumes of some digits."""
    days, rows = plan["time_bounds"].values[:count].astype("datetime64[D]").astype(str), list[tuple[Any, ...]]()
    for step, (begin, end) in enumerate(days.tolist()):
        seconds = 0.0864 * float(plan["step_length"][step])
        rows += [(str(name), "flow", begin, end, value / seconds) for name, value in plan["flow"][:, step].to_series().items()]
        rows += [(str(name), "flow", begin, end, value / seconds) for name, value in plan["delivery"][:, step].to_series().items()]
        rows += [(str(name), "storage", end, end, value) for name, value in plan["storage"][:, step].to_series().items()]
    table = pd.DataFrame(rows, columns=["place", "quantity", "start", "end", "value"]).assign(source="commission")
    return table.assign(value=table["value"].round(digits))


@pytest.mark.parametrize("name", diagonal(SCENARIOS, "growing-2022"))
@pytest.mark.parametrize("part", diagonal([0.05, 0.5, 0.9], 0.5))
def test_whoever_follows_a_plan_gets_it_back(name: str, part: float) -> None:
    """Also from rates and storages as tables print them: nothing of the rest moves."""
    run = bundled(name)
    count = max(int(part * run.results.sizes["time"]), 1)
    found = replan(run, follow(run.results, readings(run.results, count, 1)))
    assert found is not None
    assert found.results is not None
    for quantity in QUANTITIES:
        assert np.abs(found.results[quantity].values - run.results[quantity].values[:, count:]).max() < 1e-6
    for quantity in OF_THE_SEASON:
        assert np.abs(found.results[quantity].values - run.results[quantity].values).max(initial=0.0) < 1e-6


def test_what_is_lost_is_not_lost_twice() -> None:
    """A floor of 10, 10, 30, 30 that may miss 4 for releases of 12, 12, 28, 28, and fields of 5 a day, by a dam of 100 m3/s days.

    Where 10 more are lost on the first day, 73 are left for 66 of the floor, which keeps to what was planned, and 15 of the fields: they get 7.
    A floor that were served in full again would leave them 3.
    """
    content = {"reservoir": {"dam": {"initial": 100 * CUMEC_DAY, "terminal": {"rule": "free"}}}}
    floor = floor_that_rises(give={"flows": 0.05, "users": 0}).with_content(**content)
    river = replace(floor, tables=floor.tables | user("fields", "dam", 5))
    plan = solve_inputs(river.inputs(), LEVELS, SolveOptions())
    past = plan.copy(deep=True)
    past["storage"].values[0, 0] -= 10 * CUMEC_DAY
    rest = solve_inputs(remaining_inputs(river.inputs(), past, 1), LEVELS, SolveOptions())
    audit(rest).raise_if_bad()
    assert rest["delivery"].values.sum() == pytest.approx(7 * CUMEC_DAY, abs=1e-6)
    assert rest["flow_shortfall"].values.sum() == pytest.approx(4 * CUMEC_DAY, abs=1e-6)


def test_a_link_and_its_plant_of_one_name() -> None:
    """Water measured at the link is no energy of the plant."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; works dam sea",
        runoff={"spring": 100},
        plants=[{"plant": "works", "link": "works", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 80}],
        scenario={"period": FOUR_DAYS},
    )
    plan = solve_inputs(river.inputs(), ("drinking",), SolveOptions())
    laid = lay_on_steps(readings(plan, 2, 6).query("place == 'works'"), plan)
    assert laid.index.tolist() == [("flow", "works", "commission")]


@st.composite
def followed(draw: Draw) -> tuple[Draft, xr.Dataset, int]:
    """Draw a river that is planned with pools, eased shares and few jumps, its plan, and a step at which the rest begins."""
    sharing = draw(st.sampled_from(["equal_ratio", "least_shortage"]))
    least = draw(st.sampled_from([0.0, 0.4]))
    objective = {"levels": list(LEVELS), "give": 0.1, "sharing": sharing, "evenness_give": 0.05, "least_supply": least}
    river = draw(rivers()).with_content(objective=objective)
    try:
        plan = solve_inputs(river.inputs(), levels_of(river), SolveOptions())
    except Infeasible:
        reject()
    assume(plan.sizes["time"] > 1)
    return river, plan, draw(st.integers(1, plan.sizes["time"] - 1))


def levels_of(river: Draft) -> tuple[str, ...]:
    """Levels of the plan of a river, least supplies before shares where there are some."""
    own = LEVELS.index("irrigation")
    return (*LEVELS[:own], *(["least_supply"] if river.content["objective"]["least_supply"] else []), *LEVELS[own:])


def rest_of(river: Draft, past: xr.Dataset, count: int) -> xr.Dataset:
    """Plan the rest, and audit it."""
    rest = solve_inputs(remaining_inputs(river.inputs(), past, count), levels_of(river), SolveOptions())
    audit(rest).raise_if_bad()
    return rest


@examples(2, 60)
@given(followed())
def test_so_on_any_river(season: tuple[Draft, xr.Dataset, int]) -> None:
    """From the plan's own past the rest is what was planned."""
    river, plan, count = season
    rest = rest_of(river, plan, count)
    for quantity in QUANTITIES:
        assert np.abs(rest[quantity].values - plan[quantity].values[:, count:]).max(initial=0.0) < 1e-5


@examples(2, 60)
@given(followed(), st.floats(0.0, 1.0))
def test_more_water_is_nobodys_loss(season: tuple[Draft, xr.Dataset, int], part: float) -> None:
    """Where a body holds more than planned, or just as much, no user and no least flow misses more of the season than planned."""
    river, plan, count = season
    assume(plan.sizes["reservoir"])
    more = plan.copy(deep=True)
    body, room = more["storage"].values[0], river.inputs()["storage_max"].values[0]
    body[count - 1] += part * max(float(room[count - 1 : count + 1].min()) - body[count - 1], 0.0)
    rest = rest_of(river, more, count)
    assert (rest["shortage"].values.sum(axis=1) <= plan["shortage"].values[:, count:].sum(axis=1) + 1e-5).all()
    assert rest["flow_shortfall"].values.sum() <= plan["flow_shortfall"].values[:, count:].sum() + 1e-5
