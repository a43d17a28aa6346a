"""A kept solver: whatever it starts from and whatever it solved before, the plan is that of a solve from nothing."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.lp.session import Session, solve_following
from waterdeal.model.build import build_model
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft
    from waterdeal.lp.program import Program

BOUNDS = ("row_lower", "row_upper", "column_lower", "column_upper")
#: hm3
NEAR = 1e-6


def program_of(inputs: xr.Dataset, factor: float = 1.0) -> Program:
    """Compile inputs with more or less water."""
    return compile_model(build_model(inputs.assign(runoff=inputs["runoff"] * factor)))


def like(session: Session, program: Program) -> Program:
    """Put the bounds of a program into that of a session."""
    return replace(session.program, **{name: getattr(program, name) for name in BOUNDS})


@examples(2, thorough=15)
@given(river=rivers(), factor=st.floats(0.2, 2), rule=st.sampled_from(["least_shortage", "equal_ratio"]), give=st.sampled_from([0.0, 0.05]))
def test_every_way_through_the_levels_gives_one_plan(river: Draft, factor: float, rule: str, give: float) -> None:
    """Levels proven together or one by one, from the last basis or each from nothing: all columns and all levels are the same.

    What is as large as a long horizon makes shares even by interior point, where it does not end a few steps from the last basis, or in a
    program of what is not decided.
    """
    program = program_of(river.inputs().assign_attrs(sharing=rule, evenness_give=give), factor)
    due = solve_levels(program, USUAL_LEVELS, SolveOptions())
    for cold_from, together in ((0, 0.5), (0, 0.0), (10_000, 0.0), (10_000, 1e-6)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("waterdeal.lp.highs.COLD_FROM_ROWS", cold_from)
            patch.setattr("waterdeal.lp.highs.NEARBY", 0.0 if together else 1.0)
            patch.setattr("waterdeal.lp.sharing.MANY", 1)
            patch.setattr("waterdeal.lp.sharing._least", lambda *of: np.zeros(len(of[-1]), dtype=bool))  # else there is seldom a rest
            patch.setattr("waterdeal.lp.reduced.LEFT", 1.0)
            if together:
                patch.setattr("waterdeal.lp.levels.MOST_TOGETHER", together)
            else:
                patch.setattr("waterdeal.lp.levels._solve_together", lambda *_: 0)
            found = solve_levels(program, USUAL_LEVELS, SolveOptions())
        assert found.values == pytest.approx(due.values, abs=NEAR)
        assert found.levels == pytest.approx(due.levels, abs=NEAR * 10, rel=1e-7)
        assert found.is_unique == due.is_unique


def test_levels_without_shortage_take_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no town is short, the levels that count what is missing are not solved one by one."""
    program, optimal = program_of(two_party_inputs(), 10.0), []

    def counted(solver: Solver, *args: Any, **more: Any) -> Outcome:
        outcome = minimise(solver, *args, **more)
        optimal.append(outcome == Outcome.OPTIMAL)
        return outcome

    minimise = Solver.minimise
    monkeypatch.setattr(Solver, "minimise", counted)
    found = solve_levels(program, USUAL_LEVELS, SolveOptions())
    decided = len(make_agenda(program, USUAL_LEVELS).goals)
    assert found.levels["drinking"] == pytest.approx(0, abs=NEAR)
    assert sum(optimal) < decided - 1


@examples(2, thorough=30)
@given(river=rivers(), factors=st.lists(st.floats(0.2, 2), min_size=2, max_size=3))
def test_plans_are_those_of_a_solve_from_nothing(river: Draft, factors: list[float]) -> None:
    """With other water, from the first start, from those it has learnt and from the nearest of these, all levels and all columns are the same."""
    inputs = river.inputs()
    session = Session(program_of(inputs), USUAL_LEVELS, SolveOptions())
    programs = [like(session, program_of(inputs, factor)) for factor in factors]
    cold = [solve_levels(program_of(inputs, factor), USUAL_LEVELS, SolveOptions()) for factor in factors]
    first, starts = session.start, session.learn(programs)
    for program, due in zip(programs, cold, strict=True):
        for start in (None, first, *starts):
            found = session.solve(program, start)
            assert found.values == pytest.approx(due.values, abs=NEAR)
            assert found.levels == pytest.approx(due.levels, abs=NEAR * 10, rel=1e-7)
            assert found.is_unique == due.is_unique


@examples(2, thorough=30)
@given(river=rivers(), factor=st.floats(0.2, 2), slope=st.floats(0.5, 1.5))
def test_other_coefficients_from_where_another_ended(river: Draft, factor: float, slope: float) -> None:
    """A program with other lines and other water, started where the first ended, has the plan of a solve from nothing."""
    inputs = river.inputs()
    other = inputs.assign(area_slope=inputs["area_slope"] * slope, runoff=inputs["runoff"] * factor)
    _, start = solve_following(program_of(inputs), USUAL_LEVELS, SolveOptions(), None)
    found, _ = solve_following(program_of(other), USUAL_LEVELS, SolveOptions(), start)
    due = solve_levels(program_of(other), USUAL_LEVELS, SolveOptions())
    assert found.values == pytest.approx(due.values, abs=NEAR)
    assert found.is_unique == due.is_unique


@pytest.fixture(scope="module")
def session() -> Session:
    """A session of the two-party example."""
    return Session(program_of(two_party_inputs()), USUAL_LEVELS, SolveOptions())


def test_order_and_process_change_no_bit(session: Session) -> None:
    """Solved in another order, and by a session that was sent elsewhere, every bit is the same."""
    programs = [like(session, program_of(two_party_inputs(), factor)) for factor in (0.5, 1.5, 0.8)]
    first = [session.solve(program).values.tobytes() for program in programs]
    assert [session.solve(program).values.tobytes() for program in programs[::-1]][::-1] == first
    sent = pickle.loads(pickle.dumps(session))  # noqa: S301
    again = [sent.solve(like(sent, program)).values.tobytes() for program in programs]
    assert again == first


def test_no_model_goes_along(session: Session) -> None:
    """What is sent to another process are arrays and names; nothing of Pyomo."""
    assert b"pyomo" not in pickle.dumps(session).lower()


def test_programs_without_a_plan(session: Session) -> None:
    """They raise, teach nothing, and leave no trace."""
    good = like(session, program_of(two_party_inputs(), 0.9))
    before = session.solve(good).values.tobytes()
    upper = session.program.row_upper.copy()
    balance = session.program.rows_of("water_balance")
    upper[balance.start : balance.start + balance.size] -= 1e5
    bad = replace(session.program, row_lower=np.minimum(session.program.row_lower, upper), row_upper=upper)
    with pytest.raises(Infeasible):
        session.solve(bad)
    assert session.learn([bad]) == [None]
    assert session.solve(good).values.tobytes() == before


def test_another_matrix_is_refused(session: Session) -> None:
    """A program of another structure needs a session of its own."""
    with pytest.raises(ValueError, match="only bounds and costs may differ"):
        session.solve(program_of(two_party_inputs()))


def test_a_plan_that_differs_from_a_cold_one_is_told(session: Session) -> None:
    """The check compares with a solve from nothing, and names the column."""
    program = like(session, program_of(two_party_inputs(), 0.9))
    found = session.solve(program)
    session.check(program, found)
    found.values[session.program.columns_of("flow").start] += 1
    with pytest.raises(SolverTrouble, match=r"differs from the same plan found from nothing by 1 in flow\["):
        session.check(program, found)


@examples(2, thorough=20)
@given(river=rivers(), factor=st.floats(0.2, 2))
def test_a_last_level_solved_once_more_keeps_the_others(river: Draft, factor: float) -> None:
    """Where rows are missed by too much the tie-break is solved again from nothing, on the best plans of all levels before it."""
    inputs = river.inputs()
    session = Session(program_of(inputs), USUAL_LEVELS, SolveOptions())
    program = like(session, program_of(inputs, factor))
    due = session.solve(program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("waterdeal.lp.levels.LARGEST_MISS", -1.0)
        again = session.solve(program)
    assert again.values == pytest.approx(due.values, abs=NEAR)
    assert again.is_unique == due.is_unique


def test_trouble_with_a_start_is_no_trouble(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where HiGHS loses its way from a start, the program is solved from nothing, and that is told."""
    program = like(session, program_of(two_party_inputs(), 0.9))
    due = session.solve(program)
    assert not session.fell_back

    def lost(*_: object) -> None:
        raise SolverTrouble

    monkeypatch.setattr("waterdeal.lp.stages.Stages.descend", lost)
    assert session.solve(program).values == pytest.approx(due.values, abs=NEAR)
    assert session.fell_back


def test_a_run_from_a_start_that_goes_round_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a run from a basis does not end in so many iterations, the plan is the one from nothing."""
    program = program_of(two_party_inputs(), 0.5)
    due = solve_levels(program, USUAL_LEVELS, SolveOptions())
    monkeypatch.setattr("waterdeal.lp.highs.NEAR_ITERATIONS", 0)
    assert solve_levels(program, USUAL_LEVELS, SolveOptions()).values == pytest.approx(due.values, abs=NEAR)
