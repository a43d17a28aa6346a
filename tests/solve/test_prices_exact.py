"""Prices by two routes, exact ranges, and targets of every kind."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.passes.test_areas import lake_and_dam
from tests.solve.dual_face import dual_interval
from tests.solve.test_give import CUMEC_DAY as DAY
from tests.solve.test_give import floor_that_rises
from tests.solve.values import level_values
from tests.thorough import diagonal, examples
from waterdeal.ask.anew import Proving
from waterdeal.ask.prices import Price, Pricer
from waterdeal.ask.targets import find_target, moved
from waterdeal.errors import Infeasible, ScenarioError
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model, materialise
from waterdeal.results.lines import with_lines
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import LEVELS
from waterdeal.solve.loosened import Settling, price
from waterdeal.variables import levels_of

OPTIONS = SolveOptions()
INPUTS = two_party_inputs()
PROGRAM = compile_model(build_model(INPUTS))


def two_users(supply: float, sense: str = "max") -> Any:
    """Maximise 5 x1 + 3 x2, x1 <= 6, x2 <= 4, x1 + x2 <= supply; or minimise its negative."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], domain=pyo.NonNegativeReals)
    model.cap = pyo.Constraint([1, 2], rule=lambda m, k: m.x[k] <= (6, 4)[k - 1])
    model.supply = pyo.Constraint(expr=model.x[1] + model.x[2] <= supply)
    gain = 5 * model.x[1] + 3 * model.x[2]
    model.gain = pyo.Objective(expr=gain if sense == "max" else -gain, sense=pyo.maximize if sense == "max" else pyo.minimize)
    return compile_model(model)


def priced(program: Any, name: str, levels: tuple[str, ...] = ("gain",), **options: Any) -> Price:
    """Price a row or another target of a small program."""
    return price(program, levels, find_target(program, name, INPUTS), OPTIONS, **options)


@pytest.mark.parametrize("sense", ["max", "min"])
@pytest.mark.parametrize(
    ("supply", "row", "more", "less"),
    [
        (10, "supply", (0, 100, True), (3, 4, False)),
        (10, "cap[1]", (2, 4, False), (5, 6, False)),
        (10, "cap[2]", (0, 100, True), (3, 4, False)),
        (8, "supply", (3, 2, False), (3, 2, False)),
        (8, "cap[1]", (2, 2, False), (2, 2, False)),
    ],
)
def test_by_hand(sense: str, supply: float, row: str, more: tuple[float, float, bool], less: tuple[float, float, bool]) -> None:
    """Worth, range and whether the range is open, as found by hand; and both routes agree."""
    program = two_users(supply, sense)
    found = priced(program, f"row:{row}", ladder=False)
    for side, (worth, end, is_open) in ((found.more, more), (found.less, less)):
        assert (side.worth, side.holds_for) == pytest.approx((worth, end), rel=1e-6, abs=1e-6)
        assert side.open_end == is_open
    ends = dual_interval(program, program.goals["gain"][0], find_target(program, f"row:{row}", INPUTS))
    assert ends == pytest.approx((more[0], less[0]), abs=1e-6)
    assert found.change_of_objective(sense) == pytest.approx(more[0] if sense == "max" else -more[0], abs=1e-6)


@st.composite
def programs(draw: Any) -> Any:
    """Three columns, some free below, and rows of every kind that a first plan keeps; the cost is bounded."""
    numbers = st.integers(-3, 3)
    plan = [draw(st.integers(0, 4)) for _ in range(3)]
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(3), bounds=lambda _m, j: (plan[j] - draw(st.integers(0, 3)), plan[j] + draw(st.integers(0, 3))))
    rows = [([draw(numbers) for _ in range(3)], draw(st.integers(0, 2)), draw(st.sampled_from(["<", ">", "=", "<>"]))) for _ in range(3)]

    def rule(m: Any, k: int) -> Any:
        factors, room, kind = rows[k]
        body, value = sum(a * m.x[j] for j, a in enumerate(factors)) + 0 * m.x[0], sum(a * v for a, v in zip(factors, plan, strict=True))
        if kind == "=":
            return body == value
        return (value - room if kind != "<" else None, body, value + room if kind != ">" else None)

    model.rows = pyo.Constraint([k for k in range(3) if any(rows[k][0])], rule=rule)
    model.gain = pyo.Objective(expr=sum(draw(numbers) * model.x[j] for j in range(3)))
    return compile_model(model)


@examples(6, thorough=80)
@given(programs(), st.integers(0, 2))
def test_two_routes_agree(program: Any, number: int) -> None:
    """By solving again, and by the ends of the optimal dual face; what leaves no plan is infinite there."""
    if not len(program.row_lower):
        return
    target = find_target(program, f"row:{program.row(number % len(program.row_lower))}", INPUTS)
    found = price(program, ("gain",), target, OPTIONS, ladder=False)
    low, high = dual_interval(program, program.goals["gain"][0], target)
    assert (-math.inf if found.more.infeasible else found.more.worth) == pytest.approx(low, rel=1e-5, abs=1e-5)
    assert (math.inf if found.less.infeasible else found.less.worth) == pytest.approx(high, rel=1e-5, abs=1e-5)
    for sign, side in ((1, found.more), (-1, found.less)):
        if not side.infeasible:
            _holds(program, target, sign, (side.worth, side.holds_for, side.open_end))
    near = Pricer(program, ("gain",), OPTIONS).price(target, ladder=False, ranged=False)
    for side, whole in ((near.more, found.more), (near.less, found.less)):
        assert side.infeasible == whole.infeasible
        assert side.worth == pytest.approx(whole.worth, rel=1e-5, abs=1e-5)
        assert 0 <= side.holds_for <= whole.holds_for * (1 + 1e-6) + 1e-6


def _holds(program: Any, target: Any, sign: float, side: tuple[float, float, bool]) -> None:
    """The value is on the line up to the end told, and off it, or without a plan, beyond."""
    worth, end, is_open = side
    start = level_values(program, ("gain",), OPTIONS)
    inside = level_values(moved(program, target, sign * end * 0.999999), ("gain",), OPTIONS)
    assert start is not None
    assert inside is not None
    assert start[0] - inside[0] == pytest.approx(sign * worth * end * 0.999999, rel=1e-4, abs=1e-4)
    if not is_open:
        beyond = level_values(moved(program, target, sign * (end + 0.1)), ("gain",), OPTIONS)
        assert beyond is None or abs(start[0] - beyond[0] - sign * worth * (end + 0.1)) > 1e-4


def near_price(inputs: Any, name: str, end: float) -> tuple[Any, Any, Price, Settling]:
    """Return the plan of some inputs, a target, its price with ranges cut to an end, and how it is solved anew."""
    plan = solve_inputs(inputs, LEVELS, OPTIONS)
    lines = with_lines(inputs, plan)
    pricer = Pricer(compile_model(build_model(lines)), LEVELS, OPTIONS)
    target = find_target(pricer.responses.program, name, lines)
    found = pricer.price(target, ladder=False, ranged=False)
    near = replace(found, less=replace(found.less, holds_for=end), more=replace(found.more, holds_for=end))
    return pricer, target, near, Settling(lines, LEVELS, OPTIONS)


class Without:
    """A way to solve anew that finds no plan, or proves that there is none."""

    def __init__(self, settling: Settling, *, refuses: bool) -> None:
        self.before, self._refuses = settling.before, refuses

    def __call__(self, _loosen: Any, _level: str | None = None) -> None:
        """Find none."""

    def refuses(self, _loosen: Any) -> bool:
        """Prove it or not."""
        return self._refuses


def test_ends_of_ranges_are_solved_anew_on_the_curves() -> None:
    """Of what evaporates by a bent area a price holds near the plan; where whole plans give another gain, or none is found, that is told."""
    pricer, target, near, settling = near_price(lake_and_dam((30,) * 12, 40).inputs(), "balance:fork,2026-06", 0.1)
    proven = Proving(pricer, settling).proven(near, target)
    assert (proven.less, proven.more) == (replace(near.less, proven=True), replace(near.more, proven=True))
    for end, side in zip(proven.settled, (near.less, near.more), strict=True):
        assert (end.agrees, end.level) == (True, side.level)
        assert end.gain == pytest.approx(end.change * side.worth, rel=1e-3)
    wrong = Proving(pricer, settling).proven(replace(near, more=replace(near.more, worth=1.1 * near.more.worth)), target)
    assert (wrong.less.proven, wrong.more.proven) == (True, False)
    for refuses in (True, False):
        nowhere = Proving(pricer, Without(settling, refuses=refuses))
        lost = nowhere.proven(replace(near, less=replace(near.less, infeasible=True)), target)
        assert (lost.less.proven, lost.more.proven, {end.found for end in lost.settled}) == (refuses, False, {False})


@pytest.mark.thorough  # by default: ends of ranges, above
@examples(20, thorough=20)
@given(water=st.lists(st.integers(20, 90), min_size=12, max_size=12), month=st.integers(4, 9))
def test_what_is_proven_is_what_the_scenario_gives(water: list[int], month: int) -> None:
    """Water that a river brings more or less, as far as its price is proven, changes the plan of a scenario read anew by that price."""
    inputs = lake_and_dam(tuple(water), 40).inputs()
    pricer, target, near, settling = near_price(inputs, f"balance:spring,2026-{month:02}", 5.0)
    found, before = Proving(pricer, settling).proven(near, target), levels_of(solve_inputs(inputs, LEVELS, OPTIONS))
    for sign, side in ((-1.0, found.less), (1.0, found.more)):
        if side.proven and side.level is not None:
            other = inputs.copy(deep=True)
            other["runoff"].loc[{"node": "spring"}] = inputs["runoff"].sel(node="spring") + np.eye(12)[month - 1] * sign * side.holds_for
            gain = before[side.level] - levels_of(solve_inputs(other, LEVELS, OPTIONS))[side.level]
            assert gain == pytest.approx(sign * side.holds_for * side.worth, rel=2e-3, abs=1e-4)


def test_an_amount_that_cannot_fall() -> None:
    """Where one less leaves no plan, that is said; where it does so later, the range ends there."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(2, 9))
    model.most = pyo.Constraint(expr=model.x <= 2)
    model.other = pyo.Constraint(expr=model.x <= 5)
    model.gain = pyo.Objective(expr=-model.x)
    program = compile_model(model)
    stuck, later = priced(program, "row:most"), priced(program, "row:other")
    assert stuck.less.infeasible
    assert stuck.more.worth == pytest.approx(1)
    assert stuck.more.holds_for == pytest.approx(3)
    assert (later.less.level, later.less.holds_for, later.less.open_end) == (None, pytest.approx(3), False)
    assert [rung.infeasible for rung in stuck.rungs if rung.change < 0] == [True] * sum(rung.change < 0 for rung in stuck.rungs)


def test_a_bound_that_touches_no_plan_is_free_of_solves() -> None:
    """What the best plan leaves room for changes no level, and is told so without a solve; what holds it is not."""
    responses = Pricer(two_users(8), ("gain",), OPTIONS).responses
    for row, by, free in (
        ("cap[2]", 1.0, True),
        ("cap[2]", -1.5, True),
        ("cap[2]", -2.5, False),
        ("cap[1]", 1.0, False),
        ("supply", 1.0, False),
    ):
        assert responses.is_free(find_target(responses.program, f"row:{row}", INPUTS), by) == free
    assert responses.at(find_target(responses.program, "row:cap[2]", INPUTS), -1.5) == (1, 0.0)


def test_no_plan_no_price() -> None:
    """A program without a plan has no prices."""
    program = two_users(8)
    with pytest.raises(Infeasible):
        priced(replace(program, column_lower=np.array([7.0, 0.0])), "row:supply")
    assert level_values(replace(program, column_lower=np.array([7.0, 0.0])), ("gain",), OPTIONS) is None


def test_sides_on_different_levels() -> None:
    """Town first, then fields; with 10 for a town of 10, less hurts the town and more helps the fields."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], bounds=(0, 10))
    model.water = pyo.Constraint(expr=model.x[1] + model.x[2] <= 10)
    model.town = pyo.Objective(expr=10 - model.x[1])
    model.fields = pyo.Objective(expr=5 * (10 - model.x[2]))
    model.town.activate()
    found = priced(compile_model(model), "row:water", ("town", "fields"))
    assert (found.more.level, found.less.level) == ("fields", "town")
    assert (found.more.worth, found.less.worth) == pytest.approx((5, 1))
    assert found.note.startswith("not convex")
    assert {rung.level for rung in found.rungs if rung.change < 0 and not rung.infeasible} == {"town"}


def test_a_price_ends_where_an_upper_level_changes() -> None:
    """More of a promise costs the fields 3 a unit until the river, an upper level, begins to miss its floor or a line ends."""
    found = priced(PROGRAM, "limit:low_growing", LEVELS, ladder=False)
    at = [
        level_values(moved(PROGRAM, find_target(PROGRAM, "limit:low_growing", INPUTS), by), LEVELS, OPTIONS)
        for by in (0, found.more.holds_for, 21)
    ]
    place = LEVELS.index("irrigation")
    assert all(values is not None for values in at)
    assert at[1][place] - at[0][place] == pytest.approx(-found.more.worth * found.more.holds_for, rel=1e-6)
    assert at[2][place] - at[0][place] > -found.more.worth * 21 + 1


@pytest.mark.parametrize("expand", diagonal([False, True], False))
@pytest.mark.parametrize("node", diagonal(["headwater", "upper_dam", "fields"], "upper_dam"))
def test_more_water_is_worth_something(node: str, expand: bool) -> None:
    """The worth is that of more water, whichever way round the row was compiled."""
    model = build_model(INPUTS)
    program = compile_model(materialise(model) if expand else model)
    found = price(program, LEVELS, find_target(program, f"balance:{node},2026-07-D1", INPUTS), OPTIONS, ladder=False)
    assert found.more.worth > 0
    assert found.less.worth >= found.more.worth - 1e-6


def test_balance_is_runoff() -> None:
    """A change of the runoff in the inputs does what a change of the balance does."""
    target = find_target(PROGRAM, "balance:headwater,2026-04-D2", INPUTS)
    wetter = INPUTS.copy(deep=True)
    wetter["runoff"].loc[{"node": "headwater"}] = wetter["runoff"].sel(node="headwater") + np.eye(wetter.sizes["time"])[1] * 7
    by_inputs = level_values(compile_model(build_model(wetter)), LEVELS, OPTIONS)
    assert target.amount == pytest.approx(float(INPUTS["runoff"].sel(node="headwater").values[1]))
    assert level_values(moved(PROGRAM, target, 7), LEVELS, OPTIONS) == pytest.approx(by_inputs, abs=1e-6)


def test_requirement_and_capacity_are_those_of_the_inputs() -> None:
    """Moving the bounds is the same as building the model with the other figure."""
    demand, link = INPUTS["demand"].values.tolist(), INPUTS["link"].values.tolist()
    for name, variable, at in (
        ("requirement:town,2026-04-D2", "requirement", (demand.index("town"), 1)),
        ("capacity:fields_head,2026-04-D2", "flow_max", (link.index("fields_head"), 1)),
    ):
        other = INPUTS.copy(deep=True)
        other[variable].values[at] += 2
        ours = moved(PROGRAM, find_target(PROGRAM, name, INPUTS), 2)
        built = compile_model(build_model(other))
        for side in ("row_lower", "row_upper", "column_lower", "column_upper"):
            np.testing.assert_allclose(getattr(ours, side), getattr(built, side), atol=1e-9)


def test_without_limit_without_price() -> None:
    """A link that carries anything has no price of capacity."""
    found = priced(PROGRAM, "capacity:dam_delta,2026-07-D1", LEVELS)
    assert (found.more.worth, found.less.worth, found.amount) == (0, 0, math.inf)


def clauses() -> Any:
    """Four rows of two clauses by hand: a floor in three steps, and one cap."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(3), bounds=(0, 10))
    model.clause = pyo.Block()
    model.clause.ROWS = pyo.Set(initialize=[("floor", str(k)) for k in range(3)])
    model.clause.at_least = pyo.Constraint(model.clause.ROWS, rule=lambda b, c, part: b.model().x[int(part)] >= 2 + int(part))
    model.clause.at_most = pyo.Constraint([("cap", "whole")], rule=lambda b, c, part: sum(b.model().x[k] for k in range(3)) <= 15)
    model.cost = pyo.Objective(expr=2 * model.x[0] + 3 * model.x[1] - model.x[2])
    return compile_model(model)


def test_clauses() -> None:
    """One more of a floor in three steps is a third in each; both amounts are sums of what is promised."""
    program = clauses()
    inputs = INPUTS.drop_vars([name for name in INPUTS.variables if name.startswith(("row_", "clause"))])
    floor, cap = (find_target(program, f"clause:{name}", inputs) for name in ("floor", "cap"))
    assert (floor.amount, cap.amount) == (2 + 3 + 4, 15)
    assert floor.row_lower_step == pytest.approx(np.full(3, 1 / 3))
    found = price(program, ("cost",), floor, OPTIONS, ladder=False)
    assert found.more.worth == pytest.approx(-(2 + 3 + 2) / 3)  # the cap is full: two thirds are taken from the last step
    assert found.less.worth == pytest.approx(-(2 + 3) / 3)
    capped = price(program, ("cost",), cap, OPTIONS, ladder=False)
    assert (capped.more.worth, capped.less.worth) == pytest.approx((0, 1))
    with pytest.raises(ScenarioError, match='Did you mean "floor"'):
        find_target(program, "clause:flor", inputs)


def test_whole_numbers_are_held() -> None:
    """With a pump that runs or not, prices are conditional on it, and say so."""
    model = pyo.ConcreteModel()
    model.runs = pyo.Var(domain=pyo.Binary)
    model.x = pyo.Var(bounds=(0, 9))
    model.pump = pyo.Constraint(expr=model.x <= 6 * model.runs)
    model.water = pyo.Constraint(expr=model.x <= 4)
    model.cost = pyo.Objective(expr=3 * model.runs - 2 * model.x)
    found = priced(compile_model(model), "row:water", ("cost",))
    assert "whole numbers" in found.note
    assert (found.more.worth, found.more.holds_for) == pytest.approx((2, 2))


def test_looking_up_is_quick() -> None:
    """A name is found in 200,000 rows without making them all."""
    model = pyo.ConcreteModel()
    model.A, model.B = pyo.Set(initialize=[f"a{k}" for k in range(400)]), pyo.Set(initialize=[f"b{k}" for k in range(500)])
    model.x = pyo.Var(model.A, model.B)
    from waterdeal.lp.program import Family

    family = Family("x", 0, 200_000, model.x)
    start = perf_counter()
    assert family.place_of(("a399", "b498")) == 199_998
    assert family.place_of(("a399", "none")) is None
    assert perf_counter() - start < 0.1


def test_many_prices_of_one_program() -> None:
    """Prices do not depend on what was priced before."""
    pricer = Pricer(PROGRAM, LEVELS, OPTIONS)
    names = ["balance:upper_dam,2026-06-D1", "limit:low_growing", "storage_max:upper_dam,2026-06-D1"]
    targets = [find_target(PROGRAM, name, INPUTS) for name in names]
    once = [pricer.price(target, ladder=False) for target in targets]
    for target, first in zip(reversed(targets), reversed(once), strict=True):
        again = pricer.price(target, ladder=False)
        assert (again.more.worth, again.less.worth) == pytest.approx((first.more.worth, first.less.worth), rel=1e-6, abs=1e-6)


def test_the_public_price_proves_on_curves() -> None:
    """With the inputs that hold the lines of the plan its sides are proven, without them they are of the program alone."""
    inputs = lake_and_dam((30,) * 12, 40).inputs()
    lines = with_lines(inputs, solve_inputs(inputs, LEVELS, OPTIONS))
    program = compile_model(build_model(lines))
    target = find_target(program, "balance:fork,2026-06", lines)
    bare, proven = (price(program, LEVELS, target, OPTIONS, ladder=False, inputs=known) for known in (None, lines))
    assert {bare.more.proven, bare.less.proven, bare.settled} == {None, ()}
    assert (proven.more.proven, proven.less.proven) == (True, True)
    assert (proven.more.worth, proven.less.worth) == (bare.more.worth, bare.less.worth)
    assert {end.agrees for end in proven.settled[-1:]} == {True}


def test_a_price_is_of_the_least_of_a_level_and_the_plan_comes_to_another() -> None:
    """A floor of 10, 10, 30, 30 and water for it: with 1 m3/s day less 1 is missing at least; an even release leaves 20.5 for 20."""
    river = floor_that_rises(give=0.5)
    inputs, levels = river.inputs(), river.scenario().objective.in_turn
    pricer = Pricer(compile_model(build_model(inputs)), levels, OPTIONS)
    target = find_target(pricer.responses.program, "balance:dam,2026-04-29", inputs)
    found = pricer.price(target, ladder=False)
    end = Proving(pricer, Settling(inputs, levels, OPTIONS))._change(-DAY, found.less.level, -DAY * found.less.worth, target)
    assert (found.less.level, found.less.worth) == ("environment", pytest.approx(1, abs=1e-6))
    assert (end.level, end.agrees) == ("environment", True)
    assert end.gain == pytest.approx(-DAY, abs=1e-6)
    assert end.reached == pytest.approx(-0.5 * DAY, abs=1e-6)
