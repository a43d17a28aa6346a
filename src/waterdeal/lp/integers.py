"""Choose the whole numbers of a program that has some, level after level; everything else is then solved as ever.

A row that holds an earlier level to its value needs a little room: a later level buys things with the room, and HiGHS loses its way
in it. So levels are fixed by duals here too. That is exact wherever whole numbers cost a level nothing: the level without them is as
good. Where they cost something, the whole numbers are split into boxes, until in each box they cost nothing or the box is worse than
the best. HiGHS's branch and bound says what the best is, one level at a time. The tie-break is the last level, so that of choices of
the same worth always the same one is taken. At the end the choice is fixed and solved level by level without integers.
"""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver, no_answer
from waterdeal.lp.options import Outcome
from waterdeal.lp.solution import LevelBounds
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.goals import Agenda
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.solution import Solution
    from waterdeal.types import Floats

    Descend = Callable[[Agenda, Solver], Solution]

#: values of a level closer than this, relative to their size, are the same
ROOM = 1e-8
#: a column so near a whole number is at it
AT = 1e-9
#: farthest that branch and bound may leave an integer column from a whole number
WHOLE = 1e-6
#: most by which whole numbers may miss what was promised of them, relative to its size
LARGEST_LOSS = 1e-5


def solve_with_integers(agenda: Agenda, options: SolveOptions, descend: Descend) -> Solution:
    """Solve a program with integer columns level after level."""
    deadline = time.monotonic() + options.time_limit
    program = agenda.program
    relaxed = replace(program, integer=program.integer[:0])
    search = _Search(agenda, Solver(program, options, deadline), Solver(relaxed, options, deadline))
    whole = search.run(LevelBounds(program))
    own = replace(agenda.own, integer=agenda.own.integer[:0])
    if whole is None:
        anything = make_agenda(own, ())
        descend(anything, Solver(anything.program, options, deadline))  # tells the conflict where whole numbers are not the reason
        raise Infeasible(say("solving.no_whole_plan"))
    lower, upper = own.column_lower.copy(), own.column_upper.copy()
    lower[search.columns] = upper[search.columns] = whole
    fixed = make_agenda(replace(own, column_lower=lower, column_upper=upper), agenda.levels, tie_break=agenda.tie_break)
    try:
        solution = descend(fixed, Solver(fixed.program, options, deadline))
    except Infeasible:
        raise SolverTrouble(say("solving.whole_leave_none")) from None
    search.check(solution)
    return replace(solution, conditional=True)


class _Box(NamedTuple):
    """A part of what is left of the choice, and whole numbers in it that are as good as any on all levels so far."""

    bounds: LevelBounds
    whole: Floats | None = None


class _Search:
    """Search for the best whole numbers."""

    def __init__(self, agenda: Agenda, mixed: Solver, relaxed: Solver) -> None:
        self.program, self.mixed, self.relaxed = agenda.program, mixed, relaxed
        self.columns = np.flatnonzero(agenda.program.integer)
        self.costs, self.compared = costs_of(agenda)
        self.best: dict[str, float] = {}

    def run(self, bounds: LevelBounds) -> Floats | None:
        """Solve all levels, and return the best whole numbers; None where there is no plan."""
        boxes = [_Box(bounds)]
        for level in self.costs:
            boxes = self._step(level, boxes)
            if not boxes:  # on the first level: later ones start from whole numbers that have a plan
                return None
            self.relaxed.highs.setOptionValue("solver", "simplex")  # the fastest from a basis
        return boxes[0].whole

    def _step(self, level: str, boxes: Sequence[_Box]) -> list[_Box]:
        """Solve one level, and return the boxes that hold its best plans, the best of them first; none where there is no plan."""
        scored = [found for box in boxes if (found := self._least(level, box)) is not None]
        if not scored:
            return []
        self.best[level] = best = min(value for value, _ in scored)
        parts = [part for value, box in scored if value <= best + _room(best) for part in self._parts(level, box)]
        kept = [box for value, box in sorted(parts, key=lambda part: part[0]) if self._is_best(level, value)]
        if not kept:
            raise SolverTrouble(say("solving.whole_lost", level=level))
        return kept

    def check(self, solution: Solution) -> None:
        """Refuse a plan that is worse on some level than the search has said; beyond the first shares the search knows only the largest."""
        for level in self.compared:
            best, reached = self.best[level], float(self.costs[level][: len(solution.values)] @ solution.values)
            if reached > best + LARGEST_LOSS * (1 + abs(best)):
                raise SolverTrouble(say("solving.whole_worse", best=best, level=level, reached=reached))
            if reached < best - LARGEST_LOSS * (1 + abs(best)):
                return

    def _least(self, level: str, box: _Box) -> tuple[float, _Box] | None:
        """Return the least value of a level in a box, and the box with whole numbers that reach it; None where it has none."""
        values = self._solve(self.relaxed, level, box.bounds)
        if values is None:
            return None
        bound = float(self.costs[level] @ values)
        if self._is_whole(values):
            return bound, box._replace(whole=np.rint(values[self.columns]))
        known = None if box.whole is None else self._reached(level, box.bounds, box.whole)
        if known is not None and known <= bound + _room(bound):
            return known, box
        whole = self._branch_and_bound(level, box.bounds)
        found = None if whole is None else self._reached(level, box.bounds, whole)
        if found is not None and (known is None or found < known):
            return found, box._replace(whole=whole)
        if known is not None:  # HiGHS can find less than is there; splitting starts from what is known, and finds it
            return known, box
        if whole is None:
            return None
        raise SolverTrouble(say("solving.whole_found_leave_none", level=level))

    def _parts(self, level: str, box: _Box) -> Iterator[tuple[float, _Box]]:
        """Split a box until whole numbers cost the level nothing in each part; fix what the level decides there, and tell its value."""
        stack = [box]
        while stack:
            part = stack.pop()
            values = self._solve(self.relaxed, level, part.bounds)
            bound = np.inf if values is None else float(self.costs[level] @ values)
            if values is None or not self._is_best(level, bound):
                continue
            decided = deepcopy(part.bounds)
            decided.fix_decided(self.relaxed)
            whole = np.rint(values[self.columns]) if self._is_whole(values) else None
            if whole is None and bound >= self.best[level] - _room(bound):
                whole = self._whole_in(level, decided, part.whole)
            if whole is None:
                stack += self._halves(part, values)
                continue
            self.best[level] = min(self.best[level], bound)
            yield bound, _Box(decided, whole)

    def _is_best(self, level: str, value: float) -> bool:
        """Whether no better value of a level is known."""
        return value <= self.best[level] + _room(self.best[level])

    def _whole_in(self, level: str, bounds: LevelBounds, known: Floats | None) -> Floats | None:
        """Return whole numbers within bounds: the known ones if they are; None where there are none."""
        if known is not None and self._reached(level, bounds, known) is not None:
            return known
        whole = self._branch_and_bound(level, bounds)
        return None if whole is None or self._reached(level, bounds, whole) is None else whole

    def _halves(self, box: _Box, values: Floats) -> list[_Box]:
        """Split a box at the column that is farthest from a whole number; the half it is nearer to comes last."""
        found = values[self.columns]
        place = int(np.abs(found - np.rint(found)).argmax())
        column, below = self.columns[place : place + 1], float(np.floor(found[place]))
        least, most = (float(side[column[0]]) for side in box.bounds.column)
        halves = []
        for lower, upper in ((least, below), (below + 1, most)):
            whole = box.whole if box.whole is not None and lower <= box.whole[place] <= upper else None
            halves.append(_Box(_with_columns(box.bounds, column, lower, upper), whole))
        return halves if found[place] - below > 0.5 else halves[::-1]

    def _reached(self, level: str, bounds: LevelBounds, whole: Floats) -> float | None:
        """Return the value of a level with these whole numbers; None where they have no plan within bounds."""
        lower, upper = (side[self.columns] for side in bounds.column)
        if (whole < lower - AT).any() or (whole > upper + AT).any():
            return None
        values = self._solve(self.relaxed, level, _with_columns(bounds, self.columns, whole, whole))
        return None if values is None else float(self.costs[level] @ values)

    def _branch_and_bound(self, level: str, bounds: LevelBounds) -> Floats | None:
        """Return the whole numbers that are best on a level by HiGHS's branch and bound; None where there are none."""
        values = self._solve(self.mixed, level, bounds)
        if values is None:
            return None
        whole: Floats = np.rint(values[self.columns])
        apart = np.abs(values[self.columns] - whole)
        if apart.max() > WHOLE:
            name = self.program.column(int(self.columns[apart.argmax()]))
            raise SolverTrouble(say("solving.not_whole", name=name, apart=apart.max()))
        return whole

    def _solve(self, solver: Solver, level: str, bounds: LevelBounds) -> Floats | None:
        """Make a level least within bounds; None where there is no plan."""
        solver.column_bounds.take(*bounds.column)
        solver.row_bounds.take(*bounds.row)
        outcome = solver.minimise(self.costs[level])
        if outcome == Outcome.INFEASIBLE:
            return None
        if outcome != Outcome.OPTIMAL:
            raise no_answer(outcome, level, solver.options)
        return solver.values()

    def _is_whole(self, values: Floats) -> bool:
        """Whether every integer column is at a whole number."""
        found = values[self.columns]
        return bool((np.abs(found - np.rint(found)) <= AT).all())


def costs_of(agenda: Agenda) -> tuple[dict[str, Floats], list[str]]:
    """Costs by which whole numbers are chosen, and the levels before any shares are made even and any tolerance is used.

    Of shares only the largest is made least: the duals that tell which others can be lowered prove nothing about whole numbers. The rest
    are made even with the whole numbers that are chosen.
    """
    costs: dict[str, Floats] = {}
    compared: list[str] = []
    for goal in agenda.goals:
        costs[goal.level if goal.shares is None else f"{goal.level}_largest_share"] = goal.cost
    for goal in agenda.goals:
        if goal.shares is not None or goal.begins:
            break
        compared.append(goal.level)
    return costs, compared


def _room(value: float) -> float:
    """Return how much another value may differ and still be the same."""
    return ROOM * (1 + abs(value))


def _with_columns(bounds: LevelBounds, columns: NDArray[np.int64], lower: Floats | float, upper: Floats | float) -> LevelBounds:
    """Return bounds that differ in some columns."""
    changed = deepcopy(bounds)
    changed.column[0][columns], changed.column[1][columns] = lower, upper
    return changed
