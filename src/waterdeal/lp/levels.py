"""Solve level after level, each on the best plans of all before it, and end with one plan only.

After a level is solved, its best plans are exactly those in which every column with a reduced cost stays at its bound and every
row with a dual stays at its side. So these are fixed there, and the next level chooses among what is left: no big weights, no
tolerance on the value of a level. Levels that can all be at the least that bounds allow, such as no shortage anywhere, are proven
together by the program of the level after them. Where users of a level are of equal standing, their shares are made even too (`sharing`).
Where promises have a tolerance that a level may use, they are held by rows of their own from there on (`pools`).
The tie-break comes last: a cost drawn from where columns stand, so that two plans of the same worth never tie, whatever things are called,
the order of rows, the start or the threads; columns that nothing tells apart have the average of what is theirs.
Where columns are integer, `integers` chooses their values first; the rest is solved as ever.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolverTrouble
from waterdeal.lp.colours import averaged
from waterdeal.lp.conflict import refusal
from waterdeal.lp.easing import ease
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver, no_answer
from waterdeal.lp.integers import solve_with_integers
from waterdeal.lp.options import Outcome
from waterdeal.lp.pools import open_pools
from waterdeal.lp.sharing import Ways, even_out
from waterdeal.lp.solution import LevelBounds, Solution, minimise_held, minimise_next, worth
from waterdeal.lp.stages import Stages
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from highspy import HighsBasis

    from waterdeal.lp.blend import Start, Trail
    from waterdeal.lp.goals import Agenda
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.lp.sharing import Goal
    from waterdeal.types import Floats, Ints

    Basis = HighsBasis

#: how much a later level may seem to worsen an earlier one, by rounding
LEVEL_TOLERANCE = 1e-6
#: most that a row may miss its bounds before the last level is solved again from a cold start, hm3
LARGEST_MISS = 2e-7
#: widest range of coefficients that is solved
WIDEST_RANGE = 1e8
#: most edges that are looked at to prove that a plan is the only one, and most that an average may change along one
MOST_EDGES, STILL = 500, 1e-9
#: iterations a row after which levels are no longer tried together: what can be is found in a third of a row's
MOST_TOGETHER = 0.5


def solve_levels(program: Program, levels: Sequence[str], options: SolveOptions) -> Solution:
    """Solve a program level after level."""
    check_range(program)
    agenda = make_agenda(program, levels)
    if program.has_integers:
        return solve_with_integers(agenda, options, descend)
    return descend(agenda, Solver(agenda.program, options))


def descend(agenda: Agenda, solver: Solver, start: Start | None = None, trail: Trail | None = None) -> Solution:
    """Solve a program without integers in a solver that holds it."""
    own, bounds = agenda.own, LevelBounds(agenda.program)
    stages = None
    if start is not None and start.fits(agenda):
        stages = Stages(solver, agenda, bounds)
        stages.descend(start, trail)
    else:
        _solve_all(solver, agenda.program, agenda.goals, bounds, trail)
    values = _own_values(solver, own, agenda.tie_break.classes)
    if own.violation(values) > LARGEST_MISS:
        if stages is not None:
            stages.fix_last()
        _solve_all(solver, agenda.program, agenda.goals[-1:], bounds)
        values = _own_values(solver, own, agenda.tie_break.classes)
    reached = {level: worth(own.goals[level][0], values) + own.goals[level][1] for level in agenda.levels}
    tolerant = () if agenda.opening is None else agenda.opening.tolerant
    for level, best in bounds.best.items():
        if level not in reached or level in tolerant:
            continue
        cost, constant = own.goals[level]
        worse = reached[level] - constant - best - LEVEL_TOLERANCE * (1 + abs(best))
        if worse > 0 and worse > bounds.room_in(cost):
            raise SolverTrouble(say("solving.worsened", level=level, best=best, reached=reached[level]))
    undecided = _undecided(solver, bounds) if stages is None else stages.undecided()
    least = {level: bounds.least[level] + own.goals[level][1] if level in bounds.least else value for level, value in reached.items()}
    return Solution(values, reached, _is_one(solver, agenda, undecided), least=least)


def _is_one(solver: Solver, agenda: Agenda, undecided: tuple[Ints, Ints]) -> bool:
    """Whether the plan is the only one that is as good: nothing is undecided, or only how columns that are alike share what is theirs.

    Whatever is undecided may change along an edge from the basis that was found; where no average over columns that are alike changes on
    any, no other plan has other averages.
    """
    columns, rows = undecided
    if not columns.size and not rows.size:
        return True
    classes, own = agenda.tie_break.classes, len(agenda.own.column_lower)
    if classes is None or len(columns) + len(rows) > MOST_EDGES:
        return False
    return all(np.abs(averaged(edge[:own], classes)).max(initial=0.0) <= STILL for edge in solver.edges(columns, rows))


def _own_values(solver: Solver, own: Program, classes: Ints | None) -> Floats:
    """Values of the columns that the program has without those of shares, within their bounds; those that are alike have their average."""
    values = np.clip(solver.values()[: len(own.column_lower)], own.column_lower, own.column_upper)
    return averaged(values, classes)


def decide(program: Program, levels: Sequence[str], options: SolveOptions) -> Program:
    """Hold levels at their best: what they decide is fixed, the rest is left open."""
    agenda = make_agenda(program, levels)
    solver, bounds = Solver(agenda.program, options), LevelBounds(agenda.program)
    _solve_all(solver, agenda.program, agenda.goals[:-1], bounds)
    columns, rows = len(program.column_lower), len(program.row_lower)
    (lower, upper), (least, most) = bounds.column, bounds.row
    return replace(program, column_lower=lower[:columns], column_upper=upper[:columns], row_lower=least[:rows], row_upper=most[:rows])


def check_range(program: Program) -> None:
    """Refuse coefficients of such different size that HiGHS could not be trusted with them."""
    size = np.abs(program.matrix.value)
    if size.size and size.max() > WIDEST_RANGE * size.min():
        raise SolverTrouble(say("solving.wide_range", least=size.min(), most=size.max()))


def solve_in_turn(
    solver: Solver,
    program: Program,
    goals: Sequence[Goal],
    bounds: LevelBounds,
    bases: Sequence[Basis] = (),
    trail: Trail | None = None,
) -> Iterator[int]:
    """Solve level after level, and yield the place of each: the solver then holds a best plan of it and of all before.

    Ends early where there is no plan. Each level starts from its own of `bases`, else as is quickest; nothing of what was solved before is
    left in it, or the last bits would depend on that.
    """
    done = 0 if bases else _solve_together(solver, program, goals, bounds)
    if done:
        _leave(solver, program, goals[:done], bounds, trail)
    yield from range(done)
    if done:
        _go_on(solver, program, goals[done - 1], bounds, trail)
    for place, goal in enumerate(goals[done:], start=done):
        goes_on = bool(bases) or (place > 0 and goals[place - 1].opening is None and goals[place - 1].then is None)
        if bases:
            solver.start_at(bases[place])
        elif goes_on:
            solver.go_on()
        elif goal.shares is None and (not place or goals[place - 1].then is not None):
            solver.start_cold()
        else:
            solver.start_inside()
        if goal.begins:
            bounds.mark()
        outcome = (minimise_next if goes_on else minimise_held)(solver, bounds, goal.cost)
        if outcome == Outcome.INFEASIBLE:
            return
        if outcome != Outcome.OPTIMAL:
            raise no_answer(outcome, goal.level, solver.options)
        if goal.shares is None:
            bounds.note(goal.level, worth(goal.cost, solver.values()))
        _leave(solver, program, (goal,), bounds, trail)
        yield place
        _go_on(solver, program, goal, bounds, trail)


def _go_on(solver: Solver, program: Program, goal: Goal, bounds: LevelBounds, trail: Trail | None) -> None:
    """Fix what a goal decides, open the pools of promises, or ease shares."""
    if goal.shares is None:
        bounds.fix_decided(solver)
    if goal.opening is not None:
        open_pools(solver, program, goal, bounds)
    eased = ease(solver, program, goal, bounds, Ways(found=None if trail is None else trail.ways))
    if trail is not None and (eased or goal.opening is not None):
        trail.go_on(bounds)


def _leave(solver: Solver, program: Program, goals: Sequence[Goal], bounds: LevelBounds, trail: Trail | None) -> None:
    """Make shares even where the last goal that was solved has some; note all on a trail, if there is one."""
    if trail is None:
        even_out(solver, program, goals[-1], bounds)
        return
    for goal in goals:
        trail.add(goal, solver)
    even_out(solver, program, goals[-1], bounds, ways=Ways(found=trail.ways))
    trail.go_on(bounds)


def _solve_all(solver: Solver, program: Program, goals: Sequence[Goal], bounds: LevelBounds, trail: Trail | None = None) -> None:
    """Solve level after level, and say what stands in the way where there is no plan."""
    done = sum(1 for _ in solve_in_turn(solver, program, goals, bounds, (), trail))
    if done < len(goals):
        raise refusal(Outcome.INFEASIBLE, solver, program, goals[done].level)


def _solve_together(solver: Solver, program: Program, goals: Sequence[Goal], bounds: LevelBounds) -> int:
    """Solve as many levels as can be at the least that bounds allow, and the one after them, as one program; return how many are solved.

    A level is at that least only where every column it counts is at its cheaper bound, so these are fixed there and no dual is needed.
    Too many are soon told by presolve; a search that takes long is given up.
    """
    held = [(bounds.column[0], bounds.column[1])]
    opens = next((place for place, goal in enumerate(goals) if goal.opening is not None or goal.then is not None), len(goals))
    for goal in goals[: min(opens, len(goals) - 1)]:
        cost, (lower, upper) = goal.cost, held[-1]
        side = np.where(cost > 0, lower, upper)
        if not np.isfinite(side[cost != 0]).all():
            break
        held.append((np.where(cost != 0, side, lower), np.where(cost != 0, side, upper)))
    left = int(MOST_TOGETHER * len(program.row_lower))
    for count in range(len(held) - 1, 0, -1):
        if goals[count].shares is None:
            solver.start_cold()
        else:
            solver.start_inside()
        solver.column_bounds.take(*held[count])
        outcome = solver.minimise(goals[count].cost, again=False, most_iterations=left)
        left -= max(solver.highs.getInfo().simplex_iteration_count, 0)
        if outcome == Outcome.OPTIMAL:
            for place in (place for place, goal in enumerate(goals[: count + 1]) if goal.begins):
                bounds.mark(held[place])
            bounds.column = [side.copy() for side in held[count]]
            for goal in (goal for goal in goals[: count + 1] if goal.shares is None):
                bounds.note(goal.level, worth(goal.cost, solver.values()))
            return count + 1
        if outcome != Outcome.INFEASIBLE or left <= 0:
            break
    solver.column_bounds.take(*bounds.column)
    return 0


def _undecided(solver: Solver, bounds: LevelBounds) -> tuple[Ints, Ints]:
    """Return the columns and rows outside the basis that are not fixed: where there are none the basis is the only solution."""
    basic = np.asarray(solver.highs.getBasicVariables()[1])
    open_columns, open_rows = (lower != upper for lower, upper in (bounds.column, bounds.row))
    open_columns[basic[basic >= 0]] = False
    open_rows[-1 - basic[basic < 0]] = False
    return np.flatnonzero(open_columns), np.flatnonzero(open_rows)
