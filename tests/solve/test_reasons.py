"""What is said to hold a delivery down does: loosened by a little and solved again from nothing, it lifts the delivery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.drafts import draft, together, user
from tests.properties.agreements import agreements
from tests.properties.rivers import rivers
from waterdeal.ask.reasons import Lift, Reason, find_reason
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.compile import compile_model
from waterdeal.lp.extend import AddedRow, with_rows
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.extract import extract
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from tests.drafts import Draft
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution

OPTIONS = SolveOptions()


class Asked:
    """A river with its plan, and questions about its users."""

    def __init__(self, inputs: xr.Dataset) -> None:
        self.inputs, self.program = inputs, compile_model(build_model(inputs))
        self.solution = solve_levels(self.program, LEVELS, OPTIONS)
        self.plan = extract(inputs, self.program, self.solution)

    def why(self, demand: str) -> Reason:
        """Ask over the whole horizon."""
        return find_reason(self.program, self.inputs, self.plan, LEVELS, (demand, range(self.inputs.sizes["time"])), OPTIONS)

    def columns(self, demand: str) -> Any:
        """Columns of a delivery."""
        at, steps = self.inputs["demand"].values.tolist().index(demand), self.inputs.sizes["time"]
        return self.program.columns_of("demand.delivery").start + at * steps + np.arange(steps)

    def delivered(self, demand: str, solution: Solution | None = None) -> float:
        """Delivery of a plan."""
        return float((solution or self.solution).values[self.columns(demand)].sum())


def most_within(asked: Asked, demand: str, level: str, slack: float) -> float:
    """Most that can be delivered with a level so much worse, those above it at their best and those below it free; solved from nothing."""
    held = []
    for name in LEVELS[: LEVELS.index(level) + 1]:
        cost, offset = asked.program.goals[name]
        columns = np.flatnonzero(cost)
        best = asked.solution.levels[name]
        top = best - offset + 1e-7 * (1 + abs(best)) + slack * (name == level)
        if columns.size:
            held.append(AddedRow(name, columns, cost[columns], -np.inf, top))
    program = with_rows(asked.program, held)
    cost = np.zeros(len(program.column_lower))
    cost[asked.columns(demand)] = -1.0
    solver = Solver(program, OPTIONS)
    solver.minimise(cost)
    return float(solver.values()[asked.columns(demand)].sum())


def assert_right(asked: Asked, demand: str) -> Reason:
    """Something is named for what is missing, and each that is named lifts the delivery."""
    reason = asked.why(demand)
    assert bool(reason.wished) == (reason.required - reason.delivered >= 0.05)
    if reason.tied or not reason.wished:
        assert not reason.lifts
        return reason
    assert reason.lifts or reason.together, f"nothing that is named lifts {demand}: {reason}"
    for lift in reason.lifts:
        assert lift.lift > 0
        if lift.family == "level":
            assert lift.place == reason.levels[-1]
            gain = most_within(asked, demand, lift.place, lift.by) - most_within(asked, demand, lift.place, 0.0)
            assert gain == pytest.approx(min(lift.lift, gain), abs=1e-4)
            assert gain > 0
        elif lift.family in LOOSENED:
            changed = compile_model(build_model(LOOSENED[lift.family](asked.inputs, lift)))
            assert asked.delivered(demand, solve_levels(changed, LEVELS, OPTIONS)) - reason.delivered == pytest.approx(lift.lift, abs=1e-4)
    return reason


def _limit(inputs: xr.Dataset, lift: Lift) -> xr.Dataset:
    """Inputs with a larger limit; it was a limit of the user's own, or the proof would have been for less of it."""
    volume = inputs["entitlement_volume"].copy(deep=True)
    volume.loc[{"entitlement": lift.place}] += lift.by
    return inputs.assign(entitlement_volume=volume)


#: the same change, made in the inputs of the model and not in its bounds
LOOSENED: dict[str, Callable[[xr.Dataset, Lift], xr.Dataset]] = {"entitlement.limit_met": _limit}


@settings(max_examples=6)
@given(river=rivers())
def test_what_is_named_lifts_the_delivery(river: Draft) -> None:
    """Every user of every river, none of which has clauses."""
    asked = Asked(river.inputs())
    for demand in asked.inputs["demand"].values.tolist():
        assert_right(asked, demand)


@settings(max_examples=6)
@given(river=agreements())
def test_what_is_named_lifts_the_delivery_under_an_agreement(river: Draft) -> None:
    """The same where clauses hold; those that cannot all hold have no plan to ask."""
    try:
        asked = Asked(river.inputs())
    except Infeasible:
        return
    for demand in asked.inputs["demand"].values.tolist():
        assert_right(asked, demand)


def two_on_a_canal(**more: Any) -> Draft:
    """A river with more water than its canal can bring to two users."""
    links = {"one": {"capacity_m3s": 8}, "two": {"capacity_m3s": 8}}
    fields = together(user("east", "fields", 6), user("west", "fields", 6))
    nodes = "spring catchment; head junction; half junction; fields junction; sea outlet"
    return draft(nodes, "in spring head; one head half canal; two half fields canal; down head sea; end fields sea canal",
                 runoff={"spring": 50}, links=links, **fields, **more)  # fmt: skip


def test_two_canals_in_a_row_lift_only_together() -> None:
    """Neither canal alone is the reason: a wider first one ends at the second, and a wider second one has no more to bring."""
    asked = Asked(draft(
        "spring catchment; head junction; half junction; fields junction; sea outlet",
        "in spring head; one head half canal; two half fields canal; down head sea; end fields sea canal",
        runoff={"spring": 50}, links={"one": {"capacity_m3s": 8}, "two": {"capacity_m3s": 8}}, **user("east", "fields", 12),
    ).inputs())  # fmt: skip
    reason = assert_right(asked, "east")
    assert {(lift.family, lift.place) for lift in reason.together} == {("flow", "one"), ("flow", "two")}
    assert {(lift.family, lift.place) for lift in reason.lifts} <= {("water_balance", "fields")}
    wider = asked.inputs["flow_max"].copy(deep=True)
    for link, lifted in (("one", False), ("two", True)):  # the first alone changes nothing, the second after it does
        wider.loc[{"link": link}] += 0.1
        changed = compile_model(build_model(asked.inputs.assign(flow_max=wider)))
        assert (asked.delivered("east", solve_levels(changed, LEVELS, OPTIONS)) > reason.delivered + 0.01) == lifted
    assert not reason.levels
    assert not reason.clauses


def test_users_of_one_canal_share_its_shortage() -> None:
    """More for one is less for the other: the level says so, and lifts when it may be worse."""
    asked = Asked(two_on_a_canal().inputs())
    for demand in ("east", "west"):
        reason = assert_right(asked, demand)
        assert reason.tied or reason.levels or reason.lifts


def test_a_user_that_has_all_is_told_so() -> None:
    """Nothing is missing, so there is nothing to name."""
    asked = Asked(draft("spring catchment; fields junction; sea outlet", "a spring fields; b fields sea", runoff={"spring": 50},
                        **user("east", "fields", 5)).inputs())  # fmt: skip
    reason = assert_right(asked, "east")
    assert (reason.wished, reason.lifts, reason.levels) == (0.0, (), ())


def test_a_model_that_is_not_the_plans_is_refused() -> None:
    """An answer about another plan would be wrong without a word."""
    asked = Asked(two_on_a_canal().inputs())
    less = asked.plan.assign(delivery=asked.plan["delivery"] * 0.5)
    other: Program = replace(asked.program)
    with pytest.raises(SolverTrouble, match="its plan"):
        find_reason(other, asked.inputs, less, LEVELS, ("east", range(3)), OPTIONS)
    with pytest.raises(SolverTrouble, match="has no clause"):
        asked.program.columns_of("clause.conceded")
