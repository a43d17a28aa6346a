"""Shares of users of equal standing: the largest made least, then the largest of the rest, and so on (leximin), by duals.

Where the largest share is as small as can be, each member whose row has a dual is at it in every best plan: nothing can lower it without
raising another that is at the largest too. So it is held there, its row is opened, and the largest of the rest is made least. Members
that share one bottleneck are held together. It ends where the largest of the rest is nothing, or none is left. Every program differs
from the one before in bounds only, and goes on from where that ended; which of several duals are found changes the way, never the shares.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.errors import SolverTrouble
from waterdeal.lp.extend import AddedRow, with_free_columns, with_rows
from waterdeal.lp.highs import no_answer
from waterdeal.lp.least import least_at_once
from waterdeal.lp.options import Outcome
from waterdeal.lp.reduced import reduced
from waterdeal.lp.solution import minimise_held, minimise_next
from waterdeal.lp.stand import stand_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Opening, Program, Sharing
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.lp.stand import Stand
    from waterdeal.types import Flags, Floats, Ints

#: most that a row may miss its bounds before shares are solved again from a cold start, hm3: what they come to is held
LARGEST_MISS = 1e-8
#: iterations from which the way to the next shares is worth to be known to others
FAR = 100
#: members from which on the rest of shares is worth a program of its own
MANY = 10
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
    sums: Ints  # the row in which each member adds up others; none where members are columns of their own

    def largest(self, solver: Solver) -> float:
        """Return the largest share that a solver has ended with."""
        return float(solver.values()[self.column])

    @property
    def cost(self) -> float:
        """Cost of the largest share, by which duals are as large as water is worth on other levels."""
        return float(self.weights.sum())


class Ease(NamedTuple):
    """What is eased once a goal is solved (`easing`)."""

    sharing: tuple[Sharing, ...]  # shares that may fall, level by level
    most: float  # by how much of what each is of
    costs: tuple[tuple[str, Floats], ...]  # of the levels before, shares apart
    others: Ints  # members of other shares of levels before
    costs_of_plan: tuple[Floats, ...]  # of the level that gains, of later ones that choose among gains held, and of the tie-break
    classes: Ints | None  # columns that nothing tells apart have one number; None where there are none
    opening: Opening | None  # pools that have opened before


class Goal(NamedTuple):
    """A cost to be made least; where there are shares, it is that of the largest of them, and they are then made even."""

    level: str
    cost: Floats
    shares: Shares | None = None
    begins: bool = False  # whether what this goal and those after it decide is taken back when pools open
    opening: Opening | None = None  # how pools open once this goal is solved
    then: Ease | None = None  # shares that are eased once this goal is solved


def with_shares(program: Program, level: str, sharing: Sharing) -> tuple[Program, Shares]:
    """Return a program with the column and the rows of some shares at the end."""
    weights, column, first = weights_of(program, sharing), len(program.column_lower), len(program.row_lower)
    wider = with_free_columns(program, f"{level}_largest_share", np.zeros(1), np.full(1, np.inf), np.zeros(1, dtype=bool))
    pairs = zip(sharing.members.tolist(), weights.tolist(), strict=True)
    rows = [AddedRow(f"{level}_share", [member, column], [1.0, -weight], -np.inf, 0.0) for member, weight in pairs]
    return with_rows(wider, rows), Shares(sharing.members, weights, column, np.arange(first, first + len(rows)), sharing.rows)


def weights_of(program: Program, sharing: Sharing) -> Floats:
    """Return the most that each member can be by the columns it adds up, as a part of the largest; one where it is nothing."""
    most = mosts_of(program, sharing)
    return np.where(most > 0, most, most.max(initial=0.0) or 1.0) / (most.max(initial=0.0) or 1.0)


def mosts_of(program: Program, sharing: Sharing) -> Floats:
    """Return the most that each member can be by the columns it adds up: what its share is of."""
    matrix, upper = program.matrix, program.column_upper
    most = sharing.most.copy()
    for place, (member, row) in enumerate(zip(sharing.members.tolist(), sharing.rows.tolist(), strict=False)):
        inside = slice(matrix.start[row], matrix.start[row + 1])
        parts = matrix.column[inside] != member
        most[place] += (np.abs(matrix.value[inside]) * upper[matrix.column[inside]])[parts].sum()
    return most


def moved_shares(shares: Shares, program: Program, sharing: Sharing) -> Shares:
    """Return the same shares of a program with other bounds; the same object where nothing has changed."""
    weights = weights_of(program, sharing)
    return shares if np.array_equal(weights, shares.weights) else replace(shares, weights=weights)


@dataclass
class Ways:
    """Where programs that made shares even have ended, by the members that were left: known ones, to start from, and those found."""

    known: Mapping[bytes, Stand] = field(default_factory=dict)
    found: dict[bytes, Stand] | None = None


class Parts(NamedTuple):
    """What the members of some shares add up."""

    columns: Ints
    sizes: Floats  # of coefficients
    member: Ints  # place of the member that each is a part of
    among: int  # number of members

    @classmethod
    def of(cls, program: Program, shares: Shares) -> Parts:
        """Find them; a column of its own is all of itself."""
        matrix, members, rows = program.matrix, shares.members, shares.sums
        if not rows.size:
            return cls(members, np.ones(len(members)), np.arange(len(members)), len(members))
        counts = matrix.start[rows + 1] - matrix.start[rows]
        member = np.repeat(np.arange(len(rows)), counts)
        entries = np.arange(counts.sum()) + np.repeat(matrix.start[rows] - np.cumsum(counts) + counts, counts)
        others = matrix.column[entries] != members[member]
        return cls(matrix.column[entries][others], np.abs(matrix.value[entries][others]), member[others], len(members))

    def are_decided(self, bounds: LevelBounds) -> Flags:
        """Tell which members cannot change, as no part of theirs can: most of them, where the sum of a level comes before its shares."""
        lower, upper = (side[self.columns] for side in bounds.column)
        decided: Flags = np.bincount(self.member, self.sizes * (upper - lower), self.among) <= 0
        return decided


def even_out(
    solver: Solver, program: Program, goal: Goal, bounds: LevelBounds, duals: tuple[Floats, Floats] | None = None, ways: Ways | None = None
) -> None:
    """Go on from where the largest share has been made least, until every member has its share; nothing where a goal has no shares.

    The duals of that program are those of the solver, unless it has weighed other goals with it.
    """
    shares = goal.shares
    if shares is None:
        return
    solver.turn_to_simplex()
    ways, left, parts = ways or Ways(), np.ones(len(shares.members), dtype=bool), Parts.of(program, shares)
    while True:
        told = _duals(solver, program, goal, bounds) if duals is None else duals
        saturated = _saturated(solver, shares, left, told) | (left & parts.are_decided(bounds))
        _fix_others(solver, bounds, shares, told)
        _hold(solver, bounds, shares, saturated)
        left &= ~saturated
        more = _least(solver, program, shares, bounds, left)
        _hold(solver, bounds, shares, more)
        left &= ~more
        if not left.any() or (solver.is_large and _even_out_rest(solver, program, shares, bounds, goal, left)):
            return
        known, duals = ways.known.get(left.tobytes()), None
        # from where one like it has ended, else from here; with a fresh factor where that is cheap, as rounding of many short runs adds up
        if known is not None or not solver.is_large:
            solver.start_at(solver.highs.getBasis() if known is None else known.basis)
        _minimise(solver, goal, bounds)
        if ways.found is not None and solver.highs.getInfo().simplex_iteration_count > FAR:
            ways.found[left.tobytes()] = stand_of(solver, program)


def _even_out_rest(solver: Solver, program: Program, shares: Shares, bounds: LevelBounds, goal: Goal, left: Flags) -> bool:
    """Make even the shares of those that are left in a program of what is not decided, where that is much smaller; whether it was."""
    if np.count_nonzero(left) < MANY:
        return False
    columns, rows, sums = np.append(shares.members[left], shares.column), shares.rows[left], shares.sums[left if shares.sums.size else []]
    rest = reduced(program, bounds, columns, np.append(rows, sums))
    if rest is None:
        return False
    members, column = rest.place[columns[:-1]], int(rest.place[shares.column])
    inner = Shares(members, shares.weights[left], column, *(np.searchsorted(rest.rows, those) for those in (rows, sums)))
    cost = np.zeros(len(rest.columns))
    cost[column] = inner.cost
    beside = solver.beside(rest.program)
    beside.turn_to_simplex()
    beside.start_at(stand_of(solver, program).rest(rest.columns, rest.rows))
    if minimise_held(beside, rest.bounds, cost) != Outcome.OPTIMAL:
        return False
    even_out(beside, rest.program, Goal(goal.level, cost, inner), rest.bounds)
    rest.put_back(bounds)
    solver.column_bounds.take(*bounds.column)
    solver.row_bounds.take(*bounds.row)
    solver.start_cold()
    _minimise(solver, goal, bounds, minimise_held)
    return True


def _duals(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds) -> tuple[Floats, Floats]:
    """Return the duals where the largest share is least, the solver holding a factor of its basis.

    A plan that misses rows by rounding is made anew, from where it ended or cold.
    """
    for near in (True, False):
        activity = program.activity(solver.values())
        missed = np.max([bounds.row[0] - activity, activity - bounds.row[1]], initial=0.0)
        if missed <= LARGEST_MISS and solver.has_factor:
            break
        if near:
            solver.start_at(solver.highs.getBasis())
        else:
            solver.start_cold()
        _minimise(solver, goal, bounds)
    return solver.duals()


def _minimise(solver: Solver, goal: Goal, bounds: LevelBounds, by: Callable[..., Outcome] = minimise_next) -> None:
    """Make the largest share least once more."""
    outcome = by(solver, bounds, goal.cost)
    if outcome != Outcome.OPTIMAL:
        raise no_answer(outcome, goal.level, solver.options)


def hold_at_nothing(solver: Solver, bounds: LevelBounds, shares: Shares) -> None:
    """Hold all members at nothing, where the largest share is nothing."""
    columns = np.append(shares.members, shares.column)
    nothing = np.zeros(len(columns))
    for side in bounds.column:
        side[columns] = 0.0
    solver.column_bounds.put(columns, nothing, nothing)


def _saturated(solver: Solver, shares: Shares, left: Flags, duals: tuple[Floats, Floats]) -> Flags:
    """Tell which members are at the largest share in every best plan; all that are left where the largest share is nothing."""
    if shares.largest(solver) <= NOTHING:
        return left.copy()
    part = np.abs(duals[1][shares.rows]) * shares.weights / shares.cost
    found: Flags = left & (part * len(part) > SATURATED)
    if not found.any():
        raise SolverTrouble(say("solving.lost", level="sharing"))
    return found


def _least(solver: Solver, program: Program, shares: Shares, bounds: LevelBounds, left: Flags) -> Flags:
    """Tell which more members have their share in every best plan: each is as little as it can be, and none that may yet be less is above.

    The largest of the others can then be no larger than it is, and that of these no smaller. So many are told without a program for each.
    """
    members = np.flatnonzero(left)
    order = members[np.argsort(-solver.values()[shares.members[members]] / shares.weights[members], kind="stable")]
    proven, duals = least_at_once(solver, program, bounds, shares.members[order])
    found = np.zeros(len(left), dtype=bool)
    found[order[:proven]] = True
    if proven:
        _fix_others(solver, bounds, shares, duals)
    return found


def _fix_others(solver: Solver, bounds: LevelBounds, shares: Shares, duals: tuple[Floats, Floats]) -> None:
    """Fix what else is the same in every best plan."""
    column_dual, row_dual = (part.copy() for part in duals)
    column_dual[shares.members] = 0.0
    column_dual[shares.column] = 0.0
    row_dual[shares.rows] = 0.0
    bounds.fix(solver, column_dual, row_dual)


def _hold(solver: Solver, bounds: LevelBounds, shares: Shares, saturated: Flags) -> None:
    """Hold members at what they are and open their rows."""
    members, rows = shares.members[saturated], shares.rows[saturated]
    bounds.hold(solver, members, solver.values()[members])
    bounds.row[1][rows] = np.inf
    solver.row_bounds.put(rows, bounds.row[0][rows], bounds.row[1][rows])
