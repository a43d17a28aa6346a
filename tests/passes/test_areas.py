"""Areas pass by pass: evaporation is that of the curve in the end, and the replay finds the same plan."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, user
from tests.passes.rivers import VALLEY, YEAR, curve, followed, head, works
from tests.replay.lines import agrees
from tests.thorough import diagonal, examples
from waterdeal.errors import Infeasible
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.relations import area_lines, curve_tangent, evaporation_miss, near_lines
from waterdeal.solve.settle import beside_one, settle
from waterdeal.solve.single import Passes
from waterdeal.variables import levels_of

#: mm a month, as on a lake of the lower river
DEPTH = (20, 30, 50, 80, 120, 150, 170, 160, 110, 70, 40, 20)
BENT = ((0, 2), (10, 6), (20, 30), (30, 120))


def lake_and_dam(water: tuple[float, ...] = (90,) * 12, rates: float = 30, **physics: Any) -> Draft:
    """A dam above fields above a lake without outlet; both evaporate from a bent area."""
    return draft(
        "spring catchment; dam reservoir; fork junction; lake lake; sea outlet",
        "melt spring dam; out dam fork; tail fork lake; over lake sea",
        reservoirs={name: {"full_hm3": 1000, "evaporation": "from_area"} for name in ("dam", "lake")},
        curves=[*curve("dam", VALLEY), *curve("lake", BENT)],
        evaporation=[row for name in ("dam", "lake") for row in monthly("reservoir", name, "depth_mm", [5.0 * depth for depth in DEPTH])],
        volumes={"spring": list(water)},
        scenario={
            "period": YEAR,
            "physics": physics,
            "reservoir": {name: {"initial": 500, "terminal": {"rule": "free"}} for name in ("dam", "lake")},
        },
        **user("fields", "fork", [0, 0, 0, rates, 2 * rates, 3 * rates, 3 * rates, 2 * rates, rates, 0, 0, 0]),
    )


@pytest.mark.parametrize("water", diagonal([(40,) * 12, (200, 20) * 6], (200, 20) * 6))
def test_where_passes_lead_nowhere_the_plan_is_as_good(water: tuple[float, ...]) -> None:
    """Beside any plan on the curves one is found that is as good, level by level, as the one that passes lead to; from wherever they were left."""
    inputs, usual, left = lake_and_dam(water, 60).inputs(), Passes(USUAL_LEVELS, SolveOptions()), Passes(USUAL_LEVELS, SolveOptions())
    due, off = settle(inputs, usual), left.solve(inputs)
    assert evaporation_miss(off.inputs, off.results) > 1
    for plan, passes in ((due, usual), (off, left)):
        found = beside_one(plan, passes)
        assert evaporation_miss(found.inputs, found.results) <= 1e-8
        assert levels_of(found.results) == pytest.approx(levels_of(due.results), abs=1e-5, rel=1e-6)


@examples(2, thorough=16)
@given(water=st.lists(st.integers(20, 300), min_size=12, max_size=12), rate=st.integers(0, 60))
def test_replay_finds_the_settled_plan(water: list[int], rate: int) -> None:
    """Whatever comes and is asked, no line misses anything in the end, the replay differs in nothing, and the plan balances."""
    inputs = lake_and_dam(tuple(water), rate).inputs()
    found = settle(inputs, Passes(USUAL_LEVELS, SolveOptions()))
    assert evaporation_miss(found.inputs, found.results) <= 1e-8
    played = replay(inputs, found.results)
    assert agrees(played, 1e-6), played.differences.sort_values("difference").tail()
    audit(solve_inputs(inputs, USUAL_LEVELS, SolveOptions())).raise_if_bad()


def test_evaporation_is_that_of_the_curve() -> None:
    """By hand from the table: depth of the month times the area at the mean storage."""
    inputs = lake_and_dam().inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    for body in range(2):
        storage = plan["storage"].values[body]
        mean = (np.append(500, storage[:-1]) + storage) / 2
        area = np.interp(mean, inputs["curve_volume"].values[body], inputs["curve_area"].values[body])
        assert plan["evaporation"].values[body] == pytest.approx(area * inputs["evaporation_depth"].values[body], abs=1e-6)
    assert json.loads(plan.attrs["replay"]) == []


def test_first_pass_misses_what_the_last_does_not() -> None:
    """The least-squares line of the first pass is clearly wrong: else following the curve would show nothing."""
    inputs = lake_and_dam().inputs()
    passes = Passes(USUAL_LEVELS, SolveOptions())
    assert evaporation_miss(inputs, passes.solve(inputs).results) > 0.1


def test_line_is_kept_where_the_scenario_keeps_it() -> None:
    """With evaporation = "line" there is one pass, and the line is what the replay takes for true."""
    inputs = lake_and_dam(evaporation="line").inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    assert plan.attrs["passes"] == 1
    assert plan.attrs["evaporation"] == "line"
    assert json.loads(plan.attrs["replay"]) == []
    assert audit(plan).passed


def test_a_plan_that_has_not_settled_is_told() -> None:
    """Where only one pass is allowed the plan is replayed all the same: what it misses is listed by quantity, place and step."""
    plan = solve_inputs(lake_and_dam(passes=1).inputs(), USUAL_LEVELS, SolveOptions())
    told = {row["name"]: row for row in json.loads(plan.attrs["replay"])}
    assert plan.attrs["passes"] == 1
    assert told["evaporation"]["difference"] > 0.1
    assert {"place", "step", "replayed", "planned"} <= set(told["evaporation"])
    assert told["evaporation"]["place"] in {"dam", "lake"}


def test_heads_benefits_and_areas_together() -> None:
    """A dam that evaporates, makes energy by its head and serves an elastic town settles in all of it at once."""
    river = draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "melt spring dam; out dam fork; tail fork sea",
        reservoirs={"dam": {"full_hm3": 1000, "evaporation": "from_area"}},
        curves=curve("dam"),
        evaporation=monthly("reservoir", "dam", "depth_mm", DEPTH),
        plants=[works("hpp", "out")],
        heads=[head("hpp", "dam")],
        volumes={"spring": [90] * 12},
        scenario=followed(
            {"dam": {"initial": 500, "terminal": {"rule": "as_start"}}},
            benefit={"town": {"kind": "quadratic", "linear": 1.5, "curve": 0.02, "per": "step"}},
        ),
        **user("town", "fork", 15),
    )
    inputs = river.inputs()
    found = settle(inputs, Passes(["benefit"], SolveOptions()))
    played = replay(inputs, found.results)
    assert evaporation_miss(found.inputs, found.results) <= 1e-8
    assert played.difference("storage") < 1e-6
    assert played.difference("energy") < 1e-3


def test_tangent_on_a_point_of_the_curve() -> None:
    """On a row of the table the slope is that of the piece below it; beyond the ends the curve is level."""
    volumes, values = np.array([0.0, 10, 30]), np.array([0.0, 5, 6])
    at = np.array([0.0, 5, 10, 20, 30, 40])
    value, slope = curve_tangent(volumes, values, at)
    assert value.tolist() == [0, 2.5, 5, 5.5, 6, 6]
    assert slope.tolist() == [0.5, 0.5, 0.5, 0.05, 0.05, 0]


def test_next_lines_of_a_curve() -> None:
    """The line beyond a bend counts where the curve bends down to it; where it bends up, or ends, the own line stands again."""
    volumes, levels = np.array([0.0, 10, 20, 30]), np.array([0.0, 20, 30, 50])
    value, slope = near_lines(volumes, levels, np.array([5.0, 15, 25]))
    assert slope.tolist() == [[2, 1, 2], [2, 2, 2], [1, 1, 2]]
    assert value.tolist() == [[10, 25, 40], [10, 30, 40], [15, 25, 40]]


def test_bodies_without_curve_have_no_area() -> None:
    """They stand beside one that has."""
    river = draft(
        "spring catchment; dam reservoir; pond reservoir; sea outlet",
        "a spring dam; b dam pond; c pond sea",
        reservoirs={"dam": {"full_hm3": 1000}, "pond": {"full_hm3": 10}},
        curves=curve("dam"),
        runoff={"spring": 10},
    )
    inputs = river.inputs()
    intercept, slope = area_lines(inputs, river.plan())
    assert (intercept[1] == 0).all()
    assert (slope[1] == 0).all()
    assert (slope[0] > 0).all()


def test_what_no_curve_allows_is_infeasible() -> None:
    """A storage that the water cannot reach is refused after the lines have been moved, and not planned at a kind line."""
    river = lake_and_dam(water=(0,) * 12)
    asked = {
        "dam": {"initial": 500, "terminal": {"rule": "at_least", "storage": 600}},
        "lake": {"initial": 500, "terminal": {"rule": "free"}},
    }
    with pytest.raises(Infeasible, match="no plan can satisfy"):
        settle(river.with_content(reservoir=asked).inputs(), Passes(USUAL_LEVELS, SolveOptions()))
