"""Tolerance between levels: how pools of promises open for one level, once all levels above it have been solved without any.

Until then what is given is nothing, and levels are held as ever: by fixing what they decide. That would freeze the very flows that the
tolerance is to move. So where pools open, what has been fixed since the first level with such promises is taken back, and each promise is
held by its own row instead: what is missing to it is no more than was missing without tolerance, and what its pool gives. Levels between
that have no pool, or parts of levels, are held by a row for each place, as they were.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.colours import averaged
from waterdeal.lp.extend import AddedRow, with_rows
from waterdeal.lp.highs import no_answer
from waterdeal.lp.options import Outcome
from waterdeal.lp.program import Opening
from waterdeal.lp.solution import minimise_next, room_left

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Pools, Program
    from waterdeal.lp.sharing import Goal
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.lp.tie_break import TieBreak
    from waterdeal.types import Flags, Floats, Ints

#: room about what is held, hm3: what is nothing is held without
ROOM = 1e-8


def same_opening(opening: Opening, program: Program, tie_break: TieBreak) -> Opening:
    """Return the same of another program of the same shape."""
    return replace(opening, own=(program.column_lower, program.column_upper), cost=tie_break.cost, classes=tie_break.classes)


def closed(program: Program, pools: Pools | None) -> Program:
    """Return a program in which nothing is given."""
    if pools is None:
        return program
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    upper[pools.given] = 0.0
    columns, least, most = pools.apart
    lower[columns], upper[columns] = least, most
    return replace(program, column_lower=lower, column_upper=upper)


def make_opening(program: Program, wider: Program, levels: Sequence[str], tie_break: TieBreak) -> tuple[Program, Opening | None]:
    """Find out which levels come before pools open, and add the rows that hold those of them that have none."""
    pools = program.pools
    if pools is None or pools.level not in levels:
        return wider, None
    pooled, free = _pooled(program, pools), program.column_lower < program.column_upper
    before = [level for level in levels[: list(levels).index(pools.level)] if (program.goals[level][0][free] != 0).any()]
    counted = {level: program.goals[level][0] != 0 for level in before}
    moved = {level: counted[level] & pooled & (level in pools.of) for level in before}
    first = next((place for place, level in enumerate(before) if level in pools.before or moved[level].any()), None)
    if first is None or not any(moved[level].any() for level in before):
        return wider, None
    rows, shared = list[AddedRow](), np.zeros(len(free), dtype=bool)
    for level in before[first:]:
        if level in program.shares:
            shared |= program.summed_in(program.shares[level].rows)
    loose = np.any([counted[level] for level in before[first:]], axis=0) & ~shared
    for level in before[first:]:
        cost, own = program.goals[level][0], counted[level] & ~moved[level]
        if level not in program.shares and not (own & ~shared).any():  # shares of another level decide whose it is
            groups = iter([np.flatnonzero(own)] if own.any() else [])
        else:
            groups, loose = _groups(program, own), loose | own
        rows += [AddedRow(f"{level}_held", group, cost[group], -np.inf, np.inf) for group in groups]
    start = len(wider.row_lower)
    opening = Opening(
        pools=pools,
        first=before[first],
        before=tuple(before),
        tolerant=tuple(level for level in before if moved[level].any()),
        loose=np.flatnonzero(loose),
        rows=np.arange(start, start + len(rows)),
        own=(program.column_lower, program.column_upper),
        cost=tie_break.cost,
        classes=tie_break.classes,
    )
    return with_rows(wider, rows) if rows else wider, opening


def _pooled(program: Program, pools: Pools) -> Flags:
    """Tell which columns count what is missing to promises with a pool, also where these are sums of others."""
    found = program.summed_in(pools.rows[program.column_upper[pools.given] > 0])
    for sharing in program.shares.values():
        for member, row in zip(sharing.members.tolist(), sharing.rows.tolist(), strict=False):
            if found[member]:
                found |= program.summed_in(np.array([row]))
    found[pools.kept] = found[pools.given] = False  # a promise whose pool is nothing is held as all else
    return found


def _groups(program: Program, counted: Flags) -> Iterator[Ints]:
    """Yield columns by what they are of and their place, their first label."""
    for family in program.columns:
        inside = np.flatnonzero(counted[family.start : family.start + family.size])
        if inside.size:
            chosen = set(inside.tolist())
            places: dict[object, list[int]] = {}
            for at, index in enumerate(family.indices()):
                if at in chosen:
                    places.setdefault(index[0] if isinstance(index, tuple) else index, []).append(family.start + at)
            yield from (np.array(group, dtype=np.int64) for group in places.values())


def with_opening(goals: Sequence[Goal], opening: Opening | None) -> tuple[Goal, ...]:
    """Mark the first goal whose decisions are taken back, and the one after which pools open."""
    if opening is None:
        return tuple(goals)
    due = [place for place, goal in enumerate(goals) if goal.level in opening.before]
    begins = next(place for place in due if goals[place].level == opening.first)
    return tuple(goal._replace(begins=place == begins, opening=opening if place == due[-1] else None) for place, goal in enumerate(goals))


def open_pools(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds) -> None:
    """Open pools where they open after a goal, which the solver has ended with: what has been fixed is replaced by rows of promises."""
    opening = goal.opening
    if opening is None:
        return
    values, pools = averaged(_settled(solver, goal, opening, bounds), opening.classes), opening.pools
    missing = np.where(values[pools.kept] > ROOM, values[pools.kept] + ROOM, 0.0)
    bounds.take_back()
    given = room_left(opening.own[1][pools.given], values[pools.kept], pools.planned)
    bounds.column[1][pools.kept], bounds.column[1][pools.given] = missing, given
    _bring_near(bounds, opening)
    bounds.row[1][opening.rows] = program.activity(values)[opening.rows] + ROOM
    solver.column_bounds.take(*bounds.column)
    solver.row_bounds.take(*bounds.row)


def _bring_near(bounds: LevelBounds, opening: Opening) -> None:
    """Bring columns within the bounds that hold once pools are open, but where levels above hold them elsewhere."""
    columns = opening.pools.apart[0]
    least, most = (side[columns] for side in bounds.column)
    lower, upper = np.maximum(least, opening.own[0][columns]), np.minimum(most, opening.own[1][columns])
    bounds.column[0][columns] = np.where(lower <= upper, lower, least)
    bounds.column[1][columns] = np.where(lower <= upper, upper, most)


def _settled(solver: Solver, goal: Goal, opening: Opening, bounds: LevelBounds) -> Floats:
    """Return the plan at which promises are held: ties are broken where what is missing to some could still be missing to others."""
    lower, upper = bounds.column
    values = solver.values()
    if ((lower < upper) & (values > ROOM))[opening.loose].any():
        cost = np.zeros(len(solver.columns))
        cost[: len(opening.cost)] = opening.cost
        outcome = minimise_next(solver, bounds, cost)
        if outcome != Outcome.OPTIMAL:
            raise no_answer(outcome, goal.level, solver.options)
        values = solver.values()
    return values
