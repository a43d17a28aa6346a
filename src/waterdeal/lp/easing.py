"""Let shares fall a little where a later level gains by it: all levels before are held place by place, not by what decides them.

Shares that are held exactly leave a later level nothing to move: what decides them is whatever is lost least, to the last drop. So before
that level what has been fixed is taken back. Each column that a level before counts is no worse than in the plan that these levels and the
tie-break choose; only what is missing to members that lack something may grow, by the same part of what each asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.colours import averaged
from waterdeal.lp.highs import no_answer
from waterdeal.lp.options import Outcome
from waterdeal.lp.sharing import NOTHING, Ease, mosts_of
from waterdeal.lp.solution import ROOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Easing, Program, Sharing
    from waterdeal.lp.sharing import Goal
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.lp.tie_break import TieBreak
    from waterdeal.types import Flags, Floats


def with_easing(program: Program, goals: Sequence[Goal], tie_break: TieBreak) -> tuple[Goal, ...]:
    """Mark the goal after which shares are eased: the last before the level that may use it, if shares come before that."""
    easing, levels = program.easing, [goal.level for goal in goals]
    if easing is None or easing.of not in program.shares or easing.level not in levels or easing.of not in levels:
        return tuple(goals)
    place = levels.index(easing.level)
    if place <= levels.index(easing.of):
        return tuple(goals)
    return (*goals[: place - 1], goals[place - 1]._replace(then=_ease_of(program, easing, goals, place, tie_break)), *goals[place:])


def _ease_of(program: Program, easing: Easing, goals: Sequence[Goal], place: int, tie_break: TieBreak) -> Ease:
    """Collect what is held, and what is eased."""
    before = goals[:place]
    others = [program.shares[level].members for level in dict.fromkeys(goal.level for goal in before if goal.shares) if level != easing.of]
    return Ease(
        program.shares[easing.of],
        easing.most,
        tuple((goal.level, goal.cost) for goal in before if goal.shares is None),
        np.concatenate([np.zeros(0, np.int64), *others]),
        goals[-1].cost,
        tie_break,
    )


def ease(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds) -> bool:
    """Ease shares after a goal; return whether any was, as none is where nobody lacks anything."""
    eased = goal.then
    if eased is None or not (solver.values()[eased.sharing.members] > NOTHING).any():
        return False
    values = _settled(solver, goal.level, eased)
    members = eased.sharing.members
    short = values[members] > NOTHING
    parts = _parts_of(program, eased.sharing, short)
    bounds.reset(program)
    held = np.zeros(len(values), dtype=bool)
    held[eased.others] = held[members[~short]] = True
    for level, cost in eased.costs:
        if (cost[parts] != 0).any():
            bounds.best.pop(level, None)
        held |= (cost > 0) & ~parts
        gained = (cost < 0) & ~parts
        bounds.column[0][gained] = np.maximum(bounds.column[0][gained], values[gained] - ROOM)
    nothing = held & (values <= ROOM)
    bounds.column[1][nothing] = np.maximum(bounds.column[0][nothing], 0.0)
    room = eased.most * mosts_of(program, eased.sharing)
    bounds.column[1][members[short]] = np.minimum(bounds.column[1][members], values[members] + room)[short]
    more = np.flatnonzero(held & ~nothing)
    bounds.hold(solver, more, values[more])
    solver.column_bounds.take(*bounds.column)
    solver.row_bounds.take(*bounds.row)
    return True


def _settled(solver: Solver, level: str, eased: Ease) -> Floats:
    """Return the plan at which levels are held: the one that the tie-break chooses, so that names and bases decide nothing."""
    outcome = solver.minimise(eased.tie)
    if outcome != Outcome.OPTIMAL:
        raise no_answer(Outcome.TROUBLE if outcome == Outcome.INFEASIBLE else outcome, level, solver.options)
    values, own, classes = solver.values(), len(eased.tie_break.cost), eased.tie_break.classes
    return values if classes is None else np.append(averaged(values[:own], classes), values[own:])


def _parts_of(program: Program, sharing: Sharing, short: Flags) -> Flags:
    """Tell which columns those members add up that lack something."""
    found = np.zeros(len(program.column_lower), dtype=bool)
    for row in sharing.rows[short].tolist():
        found[program.matrix.column[program.matrix.start[row] : program.matrix.start[row + 1]]] = True
    found[sharing.members] = False
    return found
