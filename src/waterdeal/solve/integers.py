"""Choose the whole numbers of a program that has some, level after level; everything else is then solved as ever.

Each level is made least by HiGHS's branch and bound, with a row on the value of every level before it. Such rows need a little room,
and a later level may buy something with it. So no choice of whole numbers is believed on that evidence: each is fixed and solved
level by level exactly, without integers, and the exact values decide between one choice and the next. The tie-break is the last
level here too, so that of choices of the same worth always the same one is taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.solve.highs import Solver, no_answer
from waterdeal.solve.status import Outcome
from waterdeal.solve.tie_break import tie_break_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from waterdeal.errors import SolveError
    from waterdeal.solve.levels import Solution
    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]
    Descend = Callable[[Program, Sequence[str], Solver], Solution]

#: room on the value of an earlier level, relative to its size; values closer than this are the same
ROOM = 1e-8
#: farthest that HiGHS may leave an integer column from a whole number
WHOLE = 1e-6
#: most by which whole numbers may miss what branch and bound has promised of them, relative to its size
LARGEST_LOSS = 1e-5


@dataclass(frozen=True)
class _Choice:
    """Whole numbers, and the best plan with them."""

    whole: Floats
    solution: Solution
    worth: Floats


def solve_with_integers(program: Program, levels: Sequence[str], options: SolveOptions, descend: Descend) -> Solution:
    """Solve a program with integer columns level after level.

    Parameters
    ----------
    program : Program
        The compiled model; some of its columns are integer.
    levels : sequence of str
        Goals in order of importance.
    options : SolveOptions
        How HiGHS is run.
    descend : callable
        Solves a program without integers level after level, in a solver that holds it.

    Returns
    -------
    Solution
        Optimal on every level in turn; conditional on the whole numbers.

    Raises
    ------
    Infeasible, Unbounded, TimeLimitReached, SolverTrouble
        Where there is no proven plan.
    """
    search = _Search(program, levels, options, descend)
    best = search.first()
    for place in range(1, len(search.costs)):
        best = search.next(place, best)
    return replace(best.solution, conditional=True)


class _Search:
    """Search for the best whole numbers."""

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions, descend: Descend) -> None:
        self.program, self.levels, self.options, self.descend = program, levels, options, descend
        self.deadline = time.monotonic() + options.time_limit
        self.solver = Solver(program, options, self.deadline)
        self.columns = np.flatnonzero(program.integer)
        free = program.column_lower < program.column_upper
        self.names = [*(level for level in levels if program.goals[level][0][free].any()), "tie_break"]
        self.costs = np.stack([*(program.goals[level][0] for level in self.names[:-1]), tie_break_cost(program)])
        self.rows: list[int] = []

    def first(self) -> _Choice:
        """Choose whole numbers that are best on the first level."""
        promised, whole = self._promise(0)
        best = self._choice(whole)
        self._check(0, best, promised, whole)
        return best

    def next(self, place: int, best: _Choice) -> _Choice:
        """Choose whole numbers that are best on a level, and as good as the best so far on all levels before it."""
        self._hold(place, best)
        promised, whole = self._promise(place)
        is_last = place == len(self.costs) - 1
        if (whole != best.whole).any() and (is_last or promised < best.worth[place] - ROOM * (1 + abs(promised))):
            other = self._choice(whole)
            best = other if _is_better(other.worth, best.worth) else best
        self._check(place, best, promised, whole)
        return best

    def _hold(self, place: int, best: _Choice) -> None:
        """Hold all levels before one to what the best choice so far reaches."""
        limits = best.worth[:place] + _room(best.worth[:place])
        self.rows.append(self.solver.add_row(self.costs[place - 1], float(limits[-1])))
        self.solver.fix_rows(np.array(self.rows), np.full(place, -np.inf), limits)

    def _promise(self, place: int) -> tuple[float, Floats]:
        """Make one level least by branch and bound, and return its value and the whole numbers."""
        outcome = self.solver.minimise(self.costs[place])
        if outcome != Outcome.OPTIMAL:
            raise self._refusal(outcome, place)
        values = self.solver.values()
        whole: Floats = np.rint(values[self.columns]) + 0.0  # no minus zero
        apart = np.abs(values[self.columns] - whole)
        if apart.max() > WHOLE:
            name = self.program.column_name(int(self.columns[apart.argmax()]))
            message = f"{name} should be a whole number and is {apart.max():g} away from one; check for figures of very different size"
            raise SolverTrouble(message)
        return float(self.costs[place] @ values), whole

    def _choice(self, whole: Floats) -> _Choice:
        """Fix whole numbers and solve all levels exactly."""
        lower, upper = self.program.column_lower.copy(), self.program.column_upper.copy()
        lower[self.columns] = upper[self.columns] = whole
        fixed = replace(self.program, column_lower=lower, column_upper=upper, integer=self.program.integer[:0])
        try:
            solution = self.descend(fixed, self.levels, Solver(fixed, self.options, self.deadline))
        except Infeasible:
            message = "whole numbers that HiGHS has found leave no plan; check for figures of very different size"
            raise SolverTrouble(message) from None
        return _Choice(whole, solution, self.costs @ solution.values)

    def _check(self, place: int, best: _Choice, promised: float, whole: Floats) -> None:
        """Refuse a promise that whole numbers do not keep, unless it was bought with the room on earlier levels."""
        most = promised + LARGEST_LOSS * (1 + abs(promised))
        if best.worth[place] <= most:
            return
        cost, bounds = self.costs[place], (self.program.column_lower[self.columns], self.program.column_upper[self.columns])
        self.solver.fix_columns(self.columns, whole, whole)
        outcome = self.solver.minimise(cost)
        kept = float(cost @ self.solver.values())
        self.solver.fix_columns(self.columns, *bounds)
        if outcome == Outcome.TIME_LIMIT:
            raise no_answer(outcome, self.names[place], self.options)
        if outcome != Outcome.OPTIMAL or kept > most:
            message = f"whole numbers do not keep the {promised:g} they promised on level {self.names[place]}; check for wrong units"
            raise SolverTrouble(message)

    def _refusal(self, outcome: Outcome, place: int) -> SolveError:
        """Return the error that belongs to an outcome without a plan; raise it where the program without integers has none either."""
        if outcome != Outcome.INFEASIBLE:
            return no_answer(outcome, self.names[place], self.options)
        if place:  # the best choice so far is a plan
            return no_answer(Outcome.TROUBLE, self.names[place], self.options)
        relaxed = replace(self.program, integer=self.program.integer[:0])
        self.descend(relaxed, (), Solver(relaxed, self.options, self.deadline))
        return Infeasible("no plan can satisfy the scenario with whole numbers where they are asked for.", ())


def _room(values: Floats) -> Floats:
    """Return the room on each of several values."""
    return ROOM * (1 + np.abs(values))


def _is_better(one: Floats, other: Floats) -> bool:
    """Whether a choice is better than another on the first level on which they differ; the tie-break settles what is left."""
    apart = np.flatnonzero(np.abs(one[:-1] - other[:-1]) > _room(other[:-1]))
    place = int(apart[0]) if apart.size else -1
    return bool(one[place] < other[place])
