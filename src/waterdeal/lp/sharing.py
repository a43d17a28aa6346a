"""Shares of users of equal standing: the largest made least, then the largest of the rest, and so on (leximin), by duals.

Where the largest share is as small as can be, each member whose row has a dual is at it in every best plan: nothing can lower it without
raising another that is at the largest too. So it is held there, its row is opened, and the largest of the rest is made least. Members
that share one bottleneck are held together. It ends where the largest of the rest is nothing, or none is left. Every program differs
from the one before in bounds only, and goes on from where that ended; which of several duals are found changes the way, never the shares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolverTrouble
from waterdeal.lp.conflict import refusal
from waterdeal.lp.extend import AddedRow, with_free_columns, with_rows
from waterdeal.lp.highs import no_answer
from waterdeal.lp.options import Outcome
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.lp.goals import Goal
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program, Sharing
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.types import Flags, Floats, Ints

#: most that a row may miss its bounds before shares are solved again from a cold start, hm3: what they come to is held
LARGEST_MISS = 1e-8
#: a largest share below this is none
NOTHING = 1e-9
#: a member is at the largest share in every best plan if its part of the dual is more than this, with as much for all as there are members
SATURATED = 1e-3


@dataclass(frozen=True)
class Shares:
    """Columns of equal standing, a column for the largest of their shares, and for each member the row ``member <= weight x largest``."""

    members: Ints
    weights: Floats  # the most that each member can be, as a part of what the largest can be, so that no coefficient is larger than one
    column: int  # the largest share, as a volume of the largest member
    rows: Ints  # the row of each member

    @property
    def cost(self) -> float:
        """Cost of the largest share, by which duals are as large as water is worth on other levels."""
        return float(self.weights.sum())


def with_shares(program: Program, level: str, sharing: Sharing) -> tuple[Program, Shares]:
    """Return a program with the column and the rows of some shares at the end."""
    weights, column, first = weights_of(program, sharing), len(program.column_lower), len(program.row_lower)
    wider = with_free_columns(program, f"{level}_largest_share", np.zeros(1), np.full(1, np.inf), np.zeros(1, dtype=bool))
    pairs = zip(sharing.members.tolist(), weights.tolist(), strict=True)
    rows = [AddedRow(f"{level}_share", [member, column], [1.0, -weight], -np.inf, 0.0) for member, weight in pairs]
    return with_rows(wider, rows), Shares(sharing.members, weights, column, np.arange(first, first + len(rows)))


def weights_of(program: Program, sharing: Sharing) -> Floats:
    """Return the most that each member can be by the columns it adds up, as a part of the largest; one where it is nothing."""
    matrix, upper = program.matrix, program.column_upper
    most = np.zeros(len(sharing.members))
    for place, (member, row) in enumerate(zip(sharing.members.tolist(), sharing.rows.tolist(), strict=True)):
        inside = slice(matrix.start[row], matrix.start[row + 1])
        parts = matrix.column[inside] != member
        most[place] = (np.abs(matrix.value[inside]) * upper[matrix.column[inside]])[parts].sum()
    return np.where(most > 0, most, most.max(initial=0.0) or 1.0) / (most.max(initial=0.0) or 1.0)


def moved_shares(shares: Shares, program: Program, sharing: Sharing) -> Shares:
    """Return the same shares of a program with other bounds; the same object where nothing has changed."""
    weights = weights_of(program, sharing)
    return shares if np.array_equal(weights, shares.weights) else replace(shares, weights=weights)


def solve_shares(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds) -> None:
    """Make shares even, from where the solver has ended."""
    solver.go_on()
    outcome = solver.minimise(goal.cost)
    if outcome != Outcome.OPTIMAL:
        raise refusal(outcome, solver, program, goal.level)
    even_out(solver, program, goal, bounds)


def even_out(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds) -> None:
    """Go on from where the largest share has been made least, until every member has its share; nothing where a goal has no shares."""
    shares = goal.shares
    if shares is None:
        return
    solver.turn_to_simplex()
    left: Flags = np.ones(len(shares.members), dtype=bool)
    while True:
        if program.violation(solver.values()) > LARGEST_MISS:
            solver.start_cold()
            _minimise(solver, goal)
        saturated = _saturated(solver, shares, left)
        _fix_others(solver, bounds, shares)
        _hold(solver, bounds, shares, saturated)
        left &= ~saturated
        if not left.any():
            return
        solver.start_at(solver.highs.getBasis())  # a fresh factor: what many short runs leave by rounding would be held
        _minimise(solver, goal)


def _minimise(solver: Solver, goal: Goal) -> None:
    """Make the largest share least once more."""
    outcome = solver.minimise(goal.cost)
    if outcome != Outcome.OPTIMAL:
        raise no_answer(Outcome.TROUBLE if outcome == Outcome.INFEASIBLE else outcome, goal.level, solver.options)


def _saturated(solver: Solver, shares: Shares, left: Flags) -> Flags:
    """Tell which members are at the largest share in every best plan; all that are left where the largest share is nothing."""
    if solver.values()[shares.column] <= NOTHING:
        return left.copy()
    part = np.abs(solver.duals()[1][shares.rows]) * shares.weights / shares.cost
    found = left & (part * len(part) > SATURATED)
    if not found.any():
        raise SolverTrouble(say("solving.lost", level="sharing"))
    return found


def _fix_others(solver: Solver, bounds: LevelBounds, shares: Shares) -> None:
    """Fix what else is the same in every best plan."""
    column_dual, row_dual = solver.duals()
    column_dual[shares.members] = 0.0
    column_dual[shares.column] = 0.0
    row_dual[shares.rows] = 0.0
    bounds.fix(solver, column_dual, row_dual)


def _hold(solver: Solver, bounds: LevelBounds, shares: Shares, saturated: Flags) -> None:
    """Hold members at what they are and open their rows."""
    members, rows = shares.members[saturated], shares.rows[saturated]
    values = np.clip(solver.values()[members], bounds.column[0][members], bounds.column[1][members])
    for side in bounds.column:
        side[members] = values
    solver.fix_columns(members, values, values)
    bounds.row[1][rows] = np.inf
    solver.fix_rows(rows, bounds.row[0][rows], bounds.row[1][rows])
