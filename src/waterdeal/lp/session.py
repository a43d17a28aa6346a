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
from waterdeal.lp.levels import check_range, deciding_goals, descend, solve_levels
from waterdeal.lp.solution import LevelBounds
from waterdeal.lp.stages import Stages

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
    """HiGHS that keeps one program."""

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        """Solve the first program, and keep where it ends."""
        if program.has_integers:
            message = "a program with whole numbers is not kept: solve each anew"
            raise ValueError(message)
        self.program, self.levels, self.options = program, tuple(levels), options
        solver, self._goals = Solver(program, options), deciding_goals(program, levels)
        self.first = descend(program, levels, solver, goals=self._goals)
        self.start = start_from(solver, program, [cost for _, cost in self._goals])
        self._solver: Solver | None = solver
        #: whether the last program was solved from nothing, as HiGHS lost its way from the start
        self.fell_back = False

    def with_bounds(self, row_lower: Floats, row_upper: Floats, column_lower: Floats, column_upper: Floats) -> Program:
        """Return the program with other bounds."""
        return replace(self.program, row_lower=row_lower, row_upper=row_upper, column_lower=column_lower, column_upper=column_upper)

    def solve(self, program: Program, start: Start | None = None) -> Solution:
        """Solve a program that differs from the first in bounds and costs only."""
        if program.matrix is not self.program.matrix:
            message = "only bounds and costs may differ from the first program: another matrix needs a session of its own"
            raise ValueError(message)
        begin, goals = start or self.start, self._goals_of(program)
        self._put(program)
        self.fell_back = False
        try:
            return descend(program, self.levels, self._kept, begin, goals)
        except SolverTrouble:
            self.fell_back = True
            return descend(program, self.levels, Solver(program, self.options), goals=goals)

    def _goals_of(self, program: Program) -> list[Goal]:
        """Levels of a program that decide something, with their costs."""
        return self._goals if program.goals is self.program.goals else deciding_goals(program, self.levels)

    def learn(self, programs: Iterable[Program]) -> list[Start | None]:
        """Solve programs like those to come: each gives a start, and raises the weights of the first where they are too light for it."""
        found: list[Start | None] = []
        for program in programs:
            self._put(program)
            stages = Stages(self._kept, program, self._goals, LevelBounds(program))
            try:
                stages.descend(self.start)
            except SolveError:
                found.append(None)
                continue
            found.append(start_from(self._kept, program, [cost for _, cost in self._goals]))
            self.start = replace(self.start, weights=stages.weights)
        return found

    @property
    def _kept(self) -> Solver:
        """HiGHS, made where it is first used."""
        self._solver = self._solver or Solver(self.program, self.options)
        return self._solver

    def _put(self, program: Program) -> None:
        """Give HiGHS the bounds of a program."""
        solver = self._kept
        solver.restart_clock()
        solver.take_bounds(program)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the model and HiGHS behind: what is sent to another process is arrays and names, and each process makes its own HiGHS."""
        program = self.program.without_model()
        return {**self.__dict__, "program": program, "_solver": None}

    def check(self, program: Program, solution: Solution) -> None:
        """Solve a program from nothing and compare."""
        cold = descend(program, self.levels, Solver(program, self.options), goals=self._goals_of(program))
        worst = float(np.abs(cold.values - solution.values).max(initial=0.0))
        if worst > LARGEST_DIFFERENCE:
            column = self.program.column_name(int(np.abs(cold.values - solution.values).argmax()))
            message = f"a plan found from a start differs from the same plan found from nothing by {worst:.3g} in {column}"
            raise SolverTrouble(message)


def solve_following(program: Program, levels: Sequence[str], options: SolveOptions, start: Start | None) -> tuple[Solution, Start | None]:
    """Solve a program from where another of its shape has ended, coefficients and all being others."""
    if program.has_integers:
        return solve_levels(program, levels, options), None
    check_range(program)
    solver, goals = Solver(program, options), deciding_goals(program, levels)
    solution = descend(program, levels, solver, start if start is not None and start.fits(program) else None, goals)
    return solution, start_from(solver, program, [cost for _, cost in goals])
