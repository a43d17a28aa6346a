"""Solve level after level, each on the best plans of all before it, and end with one plan only.

After a level is solved, its best plans are exactly those in which every column with a reduced cost stays at its bound and every
row with a dual stays at its side. So these are fixed there, and the next level chooses among what is left: no big weights, no
tolerance on the value of a level, and each level starts from the basis of the last. The tie-break comes last: a cost drawn from
the names of the columns, so that two plans of the same worth never tie, whatever the order of rows, the start or the threads.
Where columns are integer, `integers` chooses their values first; the rest is solved as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.solve.conflict import conflicting_names, describe_conflict
from waterdeal.solve.highs import Solver, no_answer
from waterdeal.solve.integers import solve_with_integers
from waterdeal.solve.solution import LevelBounds, Solution
from waterdeal.solve.status import Outcome
from waterdeal.solve.tie_break import tie_break_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.errors import SolveError
    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

#: how much a later level may seem to worsen an earlier one, by rounding
LEVEL_TOLERANCE = 1e-6
#: most that a row may miss its bounds before the last level is solved again from a cold start, hm3
LARGEST_MISS = 2e-7
#: widest range of coefficients that is solved
WIDEST_RANGE = 1e8


def solve_levels(program: Program, levels: Sequence[str], options: SolveOptions) -> Solution:
    """Solve a program level after level.

    Parameters
    ----------
    program : Program
        The compiled model.
    levels : sequence of str
        Goals in order of importance.
    options : SolveOptions
        How HiGHS is run.

    Returns
    -------
    Solution
        Optimal on every level in turn.

    Raises
    ------
    Infeasible, Unbounded, TimeLimitReached, SolverTrouble
        Where there is no proven plan.
    """
    _check_range(program)
    if program.has_integers:
        return solve_with_integers(program, levels, options, LevelBounds(program), _descend)
    return _descend(program, levels, Solver(program, options))


def _descend(program: Program, levels: Sequence[str], solver: Solver) -> Solution:
    """Solve a program without integers level after level; a level whose cost falls on fixed columns only decides nothing."""
    bounds = LevelBounds(program)
    for level in levels:
        cost, _ = program.goals[level]
        if cost[program.column_lower < program.column_upper].any():
            _step(solver, program, bounds, cost, level)
    is_unique = _step(solver, program, bounds, tie_break_cost(program), "tie_break")
    values = np.clip(solver.values(), program.column_lower, program.column_upper)
    if program.violation(values) > LARGEST_MISS:
        solver.start_cold()
        is_unique = _step(solver, program, bounds, tie_break_cost(program), "tie_break")
        values = np.clip(solver.values(), program.column_lower, program.column_upper)
    reached = {level: float(program.goals[level][0] @ values + program.goals[level][1]) for level in levels}
    for level, best in bounds.best.items():
        if level in reached and reached[level] - program.goals[level][1] > best + LEVEL_TOLERANCE * (1 + abs(best)):
            message = f"level {level} was worsened by a later one ({best:g} to {reached[level]:g}); the numbers are not to be trusted"
            raise SolverTrouble(message)
    return Solution(values, reached, is_unique)


def own_levels(program: Program, levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels with the objectives a user has added to the model, just before plans are evened out.

    Parameters
    ----------
    program : Program
        The compiled model, with the user's active objectives among its goals.
    levels : sequence of str
        Levels of the scenario.

    Returns
    -------
    tuple of str
        All levels in order.
    """
    added = [name for name, is_added in program.added_goals.items() if is_added and name not in levels]
    at = levels.index("evenness") if "evenness" in levels else len(levels)
    return (*levels[:at], *added, *levels[at:])


def _check_range(program: Program) -> None:
    """Refuse coefficients of such different size that HiGHS could not be trusted with them."""
    size = np.abs(program.matrix.value)
    if size.size and size.max() > WIDEST_RANGE * size.min():
        message = f"coefficients run from {size.min():g} to {size.max():g}; check for figures in a wrong unit"
        raise SolverTrouble(message)


def _step(solver: Solver, program: Program, bounds: LevelBounds, cost: Floats, level: str) -> bool:
    """Solve one level and fix what it decides; tell whether nothing is left to decide."""
    outcome = solver.minimise(cost)
    if outcome != Outcome.OPTIMAL:
        raise _refusal(outcome, solver, program, level)
    bounds.best[level] = float(cost @ solver.values())
    bounds.fix_decided(solver)
    return _is_decided(solver, bounds)


def _is_decided(solver: Solver, bounds: LevelBounds) -> bool:
    """Whether every nonbasic column and row is fixed, so that the basis is the only solution."""
    basis = solver.highs.getBasis()
    basic = type(basis.col_status[0]).kBasic if len(basis.col_status) else None
    for status, (lower, upper) in ((basis.col_status, bounds.column), (basis.row_status, bounds.row)):
        free = np.fromiter((state != basic for state in status), bool, len(status)) & (lower != upper)
        if free.any():
            return False
    return True


def _refusal(outcome: Outcome, solver: Solver, program: Program, level: str) -> SolveError:
    """Return the error that belongs to an outcome without a plan."""
    if outcome != Outcome.INFEASIBLE:
        return no_answer(outcome, level, solver.options)
    has_clauses = any(found.name == "clause.conceded" and found.size for found in program.columns)
    names = () if has_clauses else conflicting_names(solver, program)  # clauses are explained by `solve.explain`, not by rows
    listed = f" These cannot all hold:\n{describe_conflict(names)}" if names else ""
    return Infeasible(f"no plan can satisfy the scenario.{listed}", names)
