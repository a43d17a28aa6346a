"""Let shares fall a little where a later level gains by it: all levels before are held place by place, not by what decides them.

Shares that are held exactly leave a later level nothing to move: what decides them is whatever is lost least, to the last drop. So before
that level what has been fixed is taken back. Each column that a level before counts is no worse than in the plan that these levels, the
later one and the tie-break choose without any easing, so that nothing can be lost by it; only what is missing to members that lack
something may grow, by the same part of what each asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.colours import averaged
from waterdeal.lp.highs import no_answer
from waterdeal.lp.options import Outcome
from waterdeal.lp.sharing import Ease, mosts_of
from waterdeal.lp.solution import ROOM, minimise_held, room_left
from waterdeal.lp.stand import stand_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program, Sharing
    from waterdeal.lp.sharing import Goal, Ways
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.lp.tie_break import TieBreak
    from waterdeal.types import Flags, Floats

#: part of what it asks for from which a member lacks something: whoever lacks a hair may lack as much more as all, and solvers leave some
#: 1e-8 of it by rounding
LACKING = 1e-6


def with_easing(program: Program, goals: Sequence[Goal], tie_break: TieBreak) -> tuple[Goal, ...]:
    """Mark the goal after which shares are eased: the last before the level that may use it, if shares come before that."""
    easing, levels = program.easing, [goal.level for goal in goals]
    if easing is None or easing.level not in levels:
        return tuple(goals)
    place = levels.index(easing.level)
    of = [level for level in dict.fromkeys(levels[:place]) if level in easing.of and level in program.shares]
    if not of:
        return tuple(goals)
    return (*goals[: place - 1], goals[place - 1]._replace(then=_ease_of(program, of, goals, place, tie_break)), *goals[place:])


def _ease_of(program: Program, of: Sequence[str], goals: Sequence[Goal], place: int, tie_break: TieBreak) -> Ease:
    """Collect what is held, and what is eased."""
    before, later = goals[:place], [goal for goal in goals[place + 1 : -1] if goal.shares is None]
    counted = np.any([goal.cost != 0 for goal in before if (goal.cost < 0).any()], axis=0)  # of what is gained, not of what is missing
    others = [program.shares[level].members for level in dict.fromkeys(goal.level for goal in before if goal.shares) if level not in of]
    return Ease(
        tuple(program.shares[level] for level in of),
        program.easing.most if program.easing else 0.0,
        tuple((goal.level, goal.cost) for goal in before if goal.shares is None),
        np.concatenate([np.zeros(0, np.int64), *others]),
        (goals[place].cost, *(goal.cost for goal in later if (goal.cost[counted] != 0).any()), goals[-1].cost),
        tie_break.classes,
        next((goal.opening for goal in before if goal.opening is not None), None),
    )


def ease(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds, ways: Ways) -> bool:
    """Ease shares after a goal; return whether any was, as none is where nobody lacks anything."""
    eased = goal.then
    if eased is None:
        return False
    mosts = [mosts_of(program, sharing) for sharing in eased.sharing]
    if not any((solver.values()[sharing.members] > LACKING * most).any() for sharing, most in zip(eased.sharing, mosts, strict=True)):
        return False
    values = _settled(solver, program, goal.level, eased, bounds, ways)
    bounds.reset(program)
    _stay_open(bounds, eased, values)
    held, parts = np.zeros(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
    held[eased.others] = True
    for sharing, whole in zip(eased.sharing, mosts, strict=True):
        members, short = sharing.members, values[sharing.members] > LACKING * whole
        held[members[~short]] = True
        parts |= _parts_of(program, sharing, short)
        most = values[members] + room_left(eased.most * whole, values[members], sharing.planned)
        bounds.column[1][members[short]] = np.minimum(bounds.column[1][members], most)[short]
    for level, cost in eased.costs:
        loose = parts & (program.easing is not None and level in program.easing.of)
        if (cost[loose] != 0).any():
            bounds.best.pop(level, None)
        held |= (cost > 0) & ~loose
        gained = (cost < 0) & ~loose
        bounds.column[0][gained] = np.maximum(bounds.column[0][gained], values[gained] - ROOM)
    nothing = held & (values <= ROOM)
    bounds.column[1][nothing] = np.maximum(bounds.column[0][nothing], 0.0)
    more = np.flatnonzero(held & ~nothing)
    bounds.hold(solver, more, values[more])
    solver.column_bounds.take(*bounds.column)
    solver.row_bounds.take(*bounds.row)
    return True


def _stay_open(bounds: LevelBounds, eased: Ease, values: Floats) -> None:
    """Leave pools as they have opened: what is given stays given, and bounds that hold since then still hold."""
    if eased.opening is None:
        return
    pools, (least, most) = eased.opening.pools, eased.opening.own
    bounds.column[0][pools.given], bounds.column[1][pools.given] = np.maximum(values[pools.given] - ROOM, 0.0), most[pools.given]
    columns = pools.apart[0]
    bounds.column[0][columns] = np.minimum(least[columns], values[columns])
    bounds.column[1][columns] = np.maximum(most[columns], values[columns])


def _settled(solver: Solver, program: Program, level: str, eased: Ease, bounds: LevelBounds, ways: Ways) -> Floats:
    """Return the plan at which levels are held: the best one without easing that the tie-break chooses, so that bases decide nothing."""
    for place, cost in enumerate(eased.costs_of_plan):
        known = ways.known.get(key := b"eased %d" % place)
        if known is not None:
            solver.start_at(known.basis)
        elif solver.is_large:  # far from where the last level has ended
            solver.start_inside()
        outcome = minimise_held(solver, bounds, cost)
        if outcome != Outcome.OPTIMAL:
            raise no_answer(outcome, level, solver.options)
        if ways.found is not None:
            ways.found[key] = stand_of(solver, program)
        bounds.fix_decided(solver)
    return averaged(solver.values(), eased.classes)


def _parts_of(program: Program, sharing: Sharing, short: Flags) -> Flags:
    """Tell which columns those members add up that lack something; a column of its own is all of itself."""
    found = program.summed_in(sharing.rows[short] if sharing.rows.size else sharing.rows)
    found[sharing.members] = False if sharing.rows.size else short
    return found
