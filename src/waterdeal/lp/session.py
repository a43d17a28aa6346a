"""A kept solver: one program, and others that differ from it in bounds and costs only.

Each is solved from the same start, so a plan does not depend on what was solved before it, nor on who solves it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import SolveError, SolverTrouble
from waterdeal.lp.blend import Trail
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import check_range, descend, solve_levels
from waterdeal.lp.solution import LevelBounds
from waterdeal.lp.stages import Stages
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.lp.blend import Start
    from waterdeal.lp.goals import Agenda
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution
    from waterdeal.types import Floats


#: largest difference between a plan from a start and the same plan from nothing, hm3
LARGEST_DIFFERENCE = 1e-5


class Session:
    """HiGHS that keeps one program; it goes to other processes as arrays and names, and each makes its own HiGHS."""

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions, start: Start | None = None) -> None:
        """Solve the first program, from where one of its shape has ended if one has, and keep where it ends."""
        if program.has_integers:
            raise ValueError(say("solving.whole_not_kept"))
        self.agenda, self.options = _agenda(program, levels, start).without_model(), options
        self.program, self.levels = self.agenda.own, self.agenda.levels
        solver, trail = Solver(self.agenda.program, options), Trail(self.agenda)
        self.first = descend(self.agenda, solver, start, trail)
        self.start = trail.start
        self._solver: Solver | None = solver
        #: where programs that were learned have ended, and by what each is told from the others
        self._learned: list[tuple[Start, Floats]] = []
        #: whether the last program was solved from nothing, as HiGHS lost its way from the start
        self.fell_back = False

    def solve(self, program: Program, start: Start | None = None) -> Solution:
        """Solve a program that differs from the first in bounds and costs only."""
        if program.matrix is not self.program.matrix:
            raise ValueError(say("solving.another_matrix"))
        begin, agenda = start or self._nearest(program), self.agenda.like(program)
        self.fell_back = False
        try:
            return descend(agenda, self._holding(agenda), begin)
        except SolverTrouble:
            self.fell_back = True
            return self._anew(program)

    def learn(self, programs: Iterable[Program]) -> list[Start | None]:
        """Solve programs like those to come, each of which will begin where the one most like it has ended.

        Where the weights of the first start are too light for one of them, they are raised.
        """
        found: list[Start | None] = []
        for program in programs:
            agenda = self.agenda.like(program)
            if not self.start.fits(agenda):
                found.append(None)
                continue
            stages, trail = Stages(self._holding(agenda), agenda, LevelBounds(agenda.program)), Trail(agenda)
            try:
                stages.descend(self.start, trail)
            except SolveError:
                found.append(None)
                continue
            start = trail.start
            found.append(start)
            self._learned.append((start, _mark(program)))
            legs = zip(self.start.legs, stages.weights, strict=True)
            self.start = replace(self.start, legs=tuple(replace(leg, weights=weights) for leg, weights in legs))
        return found

    def check(self, program: Program, solution: Solution) -> None:
        """Solve a program from nothing and compare."""
        apart = np.abs(self._anew(program).values - solution.values)
        if (worst := float(apart.max(initial=0.0))) > LARGEST_DIFFERENCE:
            column = self.program.column(int(apart.argmax()))
            raise SolverTrouble(say("solving.start_differs", worst=worst, column=column))

    def _nearest(self, program: Program) -> Start:
        """Return the start of the program most like this; the first of equal ones, and the first start where none was learned."""
        here = _mark(program)
        return min(self._learned, key=lambda learned: np.abs(learned[1] - here).sum(), default=(self.start, here))[0]

    def _anew(self, program: Program) -> Solution:
        """Solve a program from nothing."""
        agenda = self.agenda.like(program)
        return descend(agenda, Solver(agenda.program, self.options))

    def _holding(self, agenda: Agenda) -> Solver:
        """HiGHS with the bounds of a program; one of its own where it has other rows."""
        if agenda.decided != self.agenda.decided:
            return Solver(agenda.program, self.options)
        self._solver = self._solver or Solver(self.agenda.program, self.options)
        self._solver.hold(agenda.program)
        return self._solver

    def __getstate__(self) -> dict[str, Any]:
        """Leave HiGHS behind."""
        return {**self.__dict__, "_solver": None}


def _mark(program: Program) -> Floats:
    """Tell programs of one matrix apart: by what their rows come to at least."""
    return program.row_lower[np.isfinite(program.row_lower)]


def _agenda(program: Program, levels: Sequence[str], start: Start | None) -> Agenda:
    """Put the goals of some levels in order; what is known of the columns where another program has ended is not looked up again."""
    return make_agenda(program, levels, tie_break=None if start is None else start.tie_break.anew(program, levels))


def solve_following(program: Program, levels: Sequence[str], options: SolveOptions, start: Start | None) -> tuple[Solution, Start | None]:
    """Solve a program from where another of its shape has ended, coefficients and all being others; where that fails, from nothing."""
    if program.has_integers:
        return solve_levels(program, levels, options), None
    check_range(program)
    agenda = _agenda(program, levels, start)
    trail = Trail(agenda)
    try:
        solution = descend(agenda, Solver(agenda.program, options), start, trail)
    except SolverTrouble:
        if start is None:
            raise
        return solve_following(program, levels, options, None)
    return solution, trail.start
