"""Whole numbers: against enumeration, against hands, however HiGHS is run, and on the river."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.thorough import examples
from waterdeal.errors import Infeasible, SolverTrouble, TimeLimitReached, Unbounded
from waterdeal.lp.compile import compile_model
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver
from waterdeal.lp.integers import ROOM, _Search, solve_with_integers
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.lp.program import Family, Labels, Matrix, Program
from waterdeal.lp.solution import Solution
from waterdeal.lp.tie_break import make_tie_break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.goals import Agenda


#: ways to run HiGHS
WAYS: tuple[dict[str, Any], ...] = (
    *({"seed": seed} for seed in range(5)),
    {"presolve": False},
    {"threads": 2},
    {"threads": 2, "presolve": False, "seed": 3},
    {"method": "ipm"},
)


def facilities(fixed: Sequence[float], room: Sequence[float], need: float) -> Any:
    """Wells to be drilled: least fixed costs first, then least pumping from the far ones."""
    model = pyo.ConcreteModel()
    model.WELL = pyo.Set(initialize=[f"well_{k}" for k in range(len(fixed))], ordered=True)
    model.drilled = pyo.Var(model.WELL, within=pyo.Binary, dense=False)
    model.pumped = pyo.Var(model.WELL, bounds=(0, None), dense=False)
    names = list(model.WELL)
    size, cost = dict(zip(names, room, strict=True)), dict(zip(names, fixed, strict=True))
    model.only_drilled = pyo.Constraint(model.WELL, rule=lambda m, w: m.pumped[w] <= size[w] * m.drilled[w])
    model.met = pyo.Constraint(expr=sum(model.pumped[w] for w in names) >= need)
    model.fixed_goal = pyo.Objective(expr=sum(cost[w] * model.drilled[w] for w in names))
    model.far_goal = pyo.Objective(expr=sum(place * model.pumped[w] for place, w in enumerate(names, start=1)))
    return model


def enumerated(program: Program, levels: Sequence[str]) -> Solution | None:
    """Try every choice of binaries by the way without integers, and keep the best; None where there is none."""
    columns, best, best_worth = np.flatnonzero(program.integer), None, None
    costs = np.stack([*(program.goals[level][0] for level in levels), make_tie_break(program, levels).cost])
    for whole in product((0.0, 1.0), repeat=len(columns)):
        lower, upper = program.column_lower.copy(), program.column_upper.copy()
        lower[columns] = upper[columns] = whole
        try:
            found = solve_levels(
                replace(program, column_lower=lower, column_upper=upper, integer=np.zeros(0, bool)), levels, SolveOptions()
            )
        except Infeasible:
            continue
        worth = costs @ found.values
        if best_worth is None or next((a < b for a, b in zip(worth, best_worth, strict=True) if abs(a - b) > ROOM * (1 + abs(b))), False):
            best, best_worth = found, worth
    return best


def whole_of(program: Program, solution: Solution) -> list[float]:
    """Values of the integer columns."""
    values: list[float] = solution.values[program.integer].tolist()
    return values


@st.composite
def small_programs(draw: st.DrawFn) -> Program:
    """Two to four binaries, two to four other columns, two to five rows and two goals, all of small whole figures."""
    binaries, others, rows = draw(st.integers(2, 4)), draw(st.integers(2, 4)), draw(st.integers(2, 5))
    count = binaries + others
    figures = st.lists(st.integers(-4, 4), min_size=count, max_size=count)
    model = pyo.ConcreteModel()
    model.choice = pyo.Var(range(binaries), within=pyo.Binary, dense=False)
    model.amount = pyo.Var(range(others), bounds=(0, 6), dense=False)
    columns = [*(model.choice[k] for k in range(binaries)), *(model.amount[k] for k in range(others))]
    model.rows = pyo.ConstraintList()
    for _ in range(rows):
        figure, least = draw(figures.filter(any)), draw(st.integers(-8, 8))
        model.rows.add(sum(f * column for f, column in zip(figure, columns, strict=True)) >= least)
    for name in ("one", "two"):
        cost = draw(figures)
        setattr(model, f"{name}_goal", pyo.Objective(expr=sum(f * column for f, column in zip(cost, columns, strict=True)) + 1.0))
    return compile_model(model)


@examples(6, thorough=80)
@given(program=small_programs())
def test_as_good_as_enumeration(program: Program) -> None:
    """Every level ends where the best of all choices ends, and the choice is the one the tie-break prefers."""
    best = enumerated(program, ("one", "two"))
    if best is None:
        with pytest.raises(Infeasible):
            solve_levels(program, ("one", "two"), SolveOptions())
        return
    found = solve_levels(program, ("one", "two"), SolveOptions())
    assert found.levels == pytest.approx(best.levels, rel=1e-7, abs=1e-7)
    assert whole_of(program, found) == whole_of(program, best)
    assert found.values == pytest.approx(best.values, abs=1e-6)
    assert found.conditional
    assert not best.conditional


@pytest.mark.parametrize(
    ("need", "drilled", "levels"),
    [(0, [0, 0, 0], [0, 0]), (4, [0, 0, 1], [2, 12]), (5, [0, 1, 0], [3, 10]), (9, [1, 0, 0], [4, 9]), (13, [1, 0, 1], [6, 19])],
)
def test_wells_by_hand(need: float, drilled: list[float], levels: list[float]) -> None:
    """Wells of 10, 7 and 4 that cost 4, 3 and 2."""
    program = compile_model(facilities([4, 3, 2], [10, 7, 4], need))
    found = solve_levels(program, ("fixed", "far"), SolveOptions())
    assert whole_of(program, found) == drilled
    assert list(found.levels.values()) == pytest.approx(levels)
    assert found.is_unique


def reordered(program: Program, seed: int) -> Program:
    """Shuffle the rows; each keeps its name."""
    order = np.random.default_rng(seed).permutation(len(program.row_lower))
    entries = [np.arange(program.matrix.start[row], program.matrix.start[row + 1]) for row in order]
    start = np.concatenate([[0], np.cumsum([len(part) for part in entries])])
    place = np.concatenate(entries)
    matrix = Matrix(start, program.matrix.column[place], program.matrix.value[place])
    rows = tuple(Family(str(program.row(int(row))), place, 1, Labels(None)) for place, row in enumerate(order))
    return replace(program, matrix=matrix, row_lower=program.row_lower[order], row_upper=program.row_upper[order], rows=rows)


def test_a_tie_is_always_broken_the_same_way() -> None:
    """Five wells of which any two suffice: the same two, and the same to the drop, however HiGHS is run."""
    program = compile_model(facilities([1] * 5, [6] * 5, 10))
    levels = ("fixed",)
    first = solve_levels(program, levels, SolveOptions())
    best = enumerated(program, levels)
    assert best is not None
    assert first.levels == {"fixed": 2.0}
    assert whole_of(program, first) == whole_of(program, best)
    for way in WAYS:
        same_values(first.values, solve_levels(program, levels, SolveOptions(**way)).values)
    for seed in range(5):
        same_values(first.values, solve_levels(reordered(program, seed), levels, SolveOptions(seed=seed)).values)


def same_values(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    """Assert that two plans are the same."""
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-7)


def test_infeasible_by_whole_numbers_alone() -> None:
    """Twice a whole number is never 3; there is no conflict of rows to be named."""
    model = pyo.ConcreteModel()
    model.gates = pyo.Var(within=pyo.NonNegativeIntegers, bounds=(0, 5))
    model.odd = pyo.Constraint(expr=2 * model.gates == 3)
    with pytest.raises(Infeasible, match="whole numbers") as caught:
        solve_levels(compile_model(model), (), SolveOptions())
    assert caught.value.rows == ()


def test_infeasible_by_rows_names_them() -> None:
    """More than all wells can give: the rows are named, as without integers."""
    with pytest.raises(Infeasible) as caught:
        solve_levels(compile_model(facilities([1, 1], [2, 3], 6)), ("fixed",), SolveOptions())
    assert "met" in caught.value.rows


def test_time_limit_and_no_limit() -> None:
    """The other ways to end are told apart too, and the limit that is named is the user's."""
    program = compile_model(facilities([1] * 5, [6] * 5, 10))
    with pytest.raises(TimeLimitReached, match="1e-09 s"):
        solve_levels(program, ("fixed",), SolveOptions(time_limit=1e-9))
    model = facilities([1, 1], [2, 3], 1)
    model.loan = pyo.Var(within=pyo.NonNegativeIntegers)
    model.loan_goal = pyo.Objective(expr=-model.loan)
    with pytest.raises(Unbounded, match="level loan"):
        solve_levels(compile_model(model), ("fixed", "loan"), SolveOptions())


def test_whole_numbers_without_a_plan_are_trouble() -> None:
    """HiGHS finds whole numbers, and with them fixed there is nothing: that is not an infeasible scenario."""

    def nothing(*_: Any) -> Solution:
        message = "no plan"
        raise Infeasible(message, ())

    program = compile_model(facilities([4, 3], [10, 7], 5))
    with pytest.raises(SolverTrouble, match="leave no plan"):
        solve_with_integers(make_agenda(program, ("fixed",)), SolveOptions(), nothing)


def test_halves_are_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """A binary that branch and bound leaves at a half is not rounded."""
    values = Solver.values

    def halves(solver: Solver) -> NDArray[np.float64]:
        found = values(solver)
        return np.full(len(found), 0.5) if solver.highs.getLp().integrality_ else found

    monkeypatch.setattr(Solver, "values", halves)
    with pytest.raises(SolverTrouble, match=r"drilled\[well_0\] should be a whole number and is 0.5 away"):
        solve_levels(compile_model(facilities([4, 3], [10, 7], 5)), ("fixed",), SolveOptions())


@given(program=small_programs())
def test_branch_and_bound_is_not_believed(program: Program) -> None:
    """HiGHS names some whole numbers that have a plan, and not the best ones: the answer is the same."""
    best = enumerated(program, ("one", "two"))
    if best is None:
        return
    anything = replace(program, goals={name: (0 * cost, 0.0) for name, (cost, _) in program.goals.items()})
    some = solve_levels(anything, (), SolveOptions()).values[program.integer]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Search, "_branch_and_bound", lambda *_: some)
        found = solve_levels(program, ("one", "two"), SolveOptions())
    assert found.levels == pytest.approx(best.levels, rel=1e-7, abs=1e-7)
    assert whole_of(program, found) == whole_of(program, best)


def test_promises_that_are_not_kept_are_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that is worse than what was found before its whole numbers were fixed is not published."""
    program = compile_model(facilities([4, 3], [10, 7], 5))

    def dearer(fixed: Agenda, *_: Any) -> Solution:
        return Solution(np.ones(len(fixed.own.column_lower)), {}, is_unique=True)

    with pytest.raises(SolverTrouble, match=r"found to reach 3 on level fixed, and reach 7"):
        solve_with_integers(make_agenda(program, ("fixed",)), SolveOptions(), dearer)


def test_a_level_on_fixed_columns_has_its_value() -> None:
    """A goal of which nothing is left to decide is skipped, and told."""
    model = facilities([4, 3, 2], [10, 7, 4], 5)
    for name in model.WELL:
        model.drilled[name].fix(1)
    program = compile_model(model)
    for whole in (program.integer, np.zeros(0, bool)):
        found = solve_levels(replace(program, integer=whole), ("fixed", "far"), SolveOptions())
        assert found.levels == pytest.approx({"fixed": 9, "far": 5})
