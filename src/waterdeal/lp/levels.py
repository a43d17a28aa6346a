"""Solve level after level, each on the best plans of all before it, and end with one plan only.

After a level is solved, its best plans are exactly those in which every column with a reduced cost stays at its bound and every
row with a dual stays at its side. So these are fixed there, and the next level chooses among what is left: no big weights, no
tolerance on the value of a level, and each level starts from the basis of the last. The tie-break comes last: a cost drawn from
the names of the columns, so that two plans of the same worth never tie, whatever the order of rows, the start or the threads.
Where columns are integer, `integers` chooses their values first; the rest is solved as ever.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolverTrouble
from waterdeal.lp.highs import Solver
from waterdeal.lp.integers import solve_with_integers
from waterdeal.lp.options import Outcome
from waterdeal.lp.refusal import refusal
from waterdeal.lp.solution import LevelBounds, Solution, worth
from waterdeal.lp.stages import Stages
from waterdeal.lp.tie_break import tie_break_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.blend import Start
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

    Goal = tuple[str, Floats]

#: how much a later level may seem to worsen an earlier one, by rounding
LEVEL_TOLERANCE = 1e-6
#: most that a row may miss its bounds before the last level is solved again from a cold start, hm3
LARGEST_MISS = 2e-7
#: widest range of coefficients that is solved
WIDEST_RANGE = 1e8


def solve_levels(program: Program, levels: Sequence[str], options: SolveOptions) -> Solution:
    """Solve a program level after level."""
    check_range(program)
    if program.has_integers:
        return solve_with_integers(program, levels, options, LevelBounds(program), descend)
    return descend(program, levels, Solver(program, options))


def descend(
    program: Program, levels: Sequence[str], solver: Solver, start: Start | None = None, goals: Sequence[Goal] | None = None
) -> Solution:
    """Solve a program without integers in a solver that holds it."""
    bounds, goals = LevelBounds(program), deciding_goals(program, levels) if goals is None else goals
    stages = None
    if start is not None and len(start.weights) == len(goals):
        stages = Stages(solver, program, goals, bounds)
        stages.descend(start)
    else:
        solver.start_cold()  # nothing of what was solved before may be left, or the last bits would depend on it
        for level, cost in goals:
            _step(solver, program, bounds, cost, level)
    values = np.clip(solver.values(), program.column_lower, program.column_upper)
    if program.violation(values) > LARGEST_MISS:
        if stages is not None:
            stages.fix_last()
        solver.start_cold()
        _step(solver, program, bounds, goals[-1][1], "tie_break")
        values = np.clip(solver.values(), program.column_lower, program.column_upper)
    reached = {level: worth(program.goals[level][0], values) + program.goals[level][1] for level in levels}
    for level, best in bounds.best.items():
        if level in reached and reached[level] - program.goals[level][1] > best + LEVEL_TOLERANCE * (1 + abs(best)):
            message = f"level {level} was worsened by a later one ({best:g} to {reached[level]:g}); the numbers are not to be trusted"
            raise SolverTrouble(message)
    is_unique = _is_decided(solver, bounds) if stages is None else stages.is_unique
    return Solution(values, reached, is_unique)


def deciding_goals(program: Program, levels: Sequence[str]) -> list[Goal]:
    """Return the levels that decide something, with their costs, and the tie-break last."""
    free = program.column_lower < program.column_upper
    found = [(level, program.goals[level][0]) for level in levels if program.goals[level][0][free].any()]
    return [*found, ("tie_break", tie_break_cost(program))]


def decide(program: Program, levels: Sequence[str], options: SolveOptions) -> Program:
    """Hold levels at their best: what they decide is fixed, the rest is left open."""
    solver, bounds = Solver(program, options), LevelBounds(program)
    for level, cost in deciding_goals(program, levels)[:-1]:
        _step(solver, program, bounds, cost, level)
    column, row = bounds.column, bounds.row
    return replace(program, column_lower=column[0], column_upper=column[1], row_lower=row[0], row_upper=row[1])


def own_levels(program: Program, levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels with the objectives a user has added to the model, just before plans are evened out."""
    added = [name for name, is_added in program.added_goals.items() if is_added and name not in levels]
    at = levels.index("evenness") if "evenness" in levels else len(levels)
    return (*levels[:at], *added, *levels[at:])


def check_range(program: Program) -> None:
    """Refuse coefficients of such different size that HiGHS could not be trusted with them."""
    size = np.abs(program.matrix.value)
    if size.size and size.max() > WIDEST_RANGE * size.min():
        message = f"coefficients run from {size.min():g} to {size.max():g}; check for figures in a wrong unit"
        raise SolverTrouble(message)


def _step(solver: Solver, program: Program, bounds: LevelBounds, cost: Floats, level: str) -> None:
    """Solve one level and fix what it decides."""
    outcome = solver.minimise(cost)
    if outcome != Outcome.OPTIMAL:
        raise refusal(outcome, solver, program, level)
    bounds.best[level] = worth(cost, solver.values())
    bounds.fix_decided(solver)


def _is_decided(solver: Solver, bounds: LevelBounds) -> bool:
    """Whether every nonbasic column and row is fixed, so that the basis is the only solution."""
    basis = solver.highs.getBasis()
    basic = type(basis.col_status[0]).kBasic if len(basis.col_status) else None
    for status, (lower, upper) in ((basis.col_status, bounds.column), (basis.row_status, bounds.row)):
        free = np.fromiter((state != basic for state in status), bool, len(status)) & (lower != upper)
        if free.any():
            return False
    return True
