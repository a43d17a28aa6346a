"""A kept solver: one program, and others that differ from it in bounds and costs only.

Each is solved from the same start, so a plan does not depend on what was solved before it, nor on who solves it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import SolveError, SolverTrouble
from waterdeal.lp.blend import start_from
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import check_range, descend, solve_levels
from waterdeal.lp.solution import LevelBounds
from waterdeal.lp.stages import Stages
from waterdeal.lp.tie_break import deciding_goals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.lp.blend import Start
    from waterdeal.lp.levels import Goal
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution
    from waterdeal.types import Floats


#: largest difference between a plan from a start and the same plan from nothing, hm3
LARGEST_DIFFERENCE = 1e-5


class Session:
    """HiGHS that keeps one program; it goes to other processes as arrays and names, and each makes its own HiGHS."""

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        """Solve the first program, and keep where it ends."""
        if program.has_integers:
            message = "a program with whole numbers is not kept: solve each anew"
            raise ValueError(message)
        self.program, self.levels, self.options = program.without_model(), tuple(levels), options
        self.goals = deciding_goals(program, levels)
        solver = Solver(program, options)
        self.first = descend(program, levels, solver, goals=self.goals)
        self.start = self._ended(solver, program)
        self._solver: Solver | None = solver
        #: where programs that were learned have ended, and by what each is told from the others
        self._learned: list[tuple[Start, Floats]] = []
        #: whether the last program was solved from nothing, as HiGHS lost its way from the start
        self.fell_back = False

    def solve(self, program: Program, start: Start | None = None) -> Solution:
        """Solve a program that differs from the first in bounds and costs only."""
        if program.matrix is not self.program.matrix:
            message = "only bounds and costs may differ from the first program: another matrix needs a session of its own"
            raise ValueError(message)
        begin, goals = start or self._nearest(program), self._goals_of(program)
        self.fell_back = False
        try:
            return descend(program, self.levels, self._holding(program), begin, goals)
        except SolverTrouble:
            self.fell_back = True
            return self._anew(program)

    def learn(self, programs: Iterable[Program]) -> list[Start | None]:
        """Solve programs like those to come, each of which will begin where the one most like it has ended.

        Where the weights of the first start are too light for one of them, they are raised.
        """
        found: list[Start | None] = []
        for program in programs:
            solver = self._holding(program)
            stages = Stages(solver, program, self.goals, LevelBounds(program))
            try:
                stages.descend(self.start)
            except SolveError:
                found.append(None)
                continue
            start = self._ended(solver, program)
            found.append(start)
            self._learned.append((start, _mark(program)))
            self.start = replace(self.start, weights=stages.weights)
        return found

    def check(self, program: Program, solution: Solution) -> None:
        """Solve a program from nothing and compare."""
        apart = np.abs(self._anew(program).values - solution.values)
        if (worst := float(apart.max(initial=0.0))) > LARGEST_DIFFERENCE:
            column = self.program.column(int(apart.argmax()))
            message = f"a plan found from a start differs from the same plan found from nothing by {worst:.3g} in {column}"
            raise SolverTrouble(message)

    def _nearest(self, program: Program) -> Start:
        """Return the start of the program most like this; the first of equal ones, and the first start where none was learned."""
        here = _mark(program)
        return min(self._learned, key=lambda learned: np.abs(learned[1] - here).sum(), default=(self.start, here))[0]

    def _anew(self, program: Program) -> Solution:
        """Solve a program from nothing."""
        return descend(program, self.levels, Solver(program, self.options), goals=self._goals_of(program))

    def _goals_of(self, program: Program) -> list[Goal]:
        """Levels of a program that decide something, with their costs."""
        return self.goals if program.goals is self.program.goals else deciding_goals(program, self.levels, self.goals[-1][1])

    def _holding(self, program: Program) -> Solver:
        """HiGHS with the bounds of a program."""
        self._solver = self._solver or Solver(self.program, self.options)
        self._solver.hold(program)
        return self._solver

    def _ended(self, solver: Solver, program: Program) -> Start:
        """Make a start of where HiGHS has ended with a program."""
        return start_from(solver, program, [cost for _, cost in self.goals])

    def __getstate__(self) -> dict[str, Any]:
        """Leave HiGHS behind."""
        return {**self.__dict__, "_solver": None}


def _mark(program: Program) -> Floats:
    """Tell programs of one matrix apart: by what their rows come to at least."""
    return program.row_lower[np.isfinite(program.row_lower)]


def solve_following(program: Program, levels: Sequence[str], options: SolveOptions, start: Start | None) -> tuple[Solution, Start | None]:
    """Solve a program from where another of its shape has ended, coefficients and all being others."""
    if program.has_integers:
        return solve_levels(program, levels, options), None
    check_range(program)
    solver, goals = Solver(program, options), deciding_goals(program, levels)
    solution = descend(program, levels, solver, start if start is not None and start.fits(program) else None, goals)
    return solution, start_from(solver, program, [cost for _, cost in goals])
