"""Values of the levels of a program under many changes of its bounds, from one kept solver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.solve.highs import Solver, no_answer
from waterdeal.solve.levels import LevelBounds
from waterdeal.solve.status import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

#: how much two values of a level may differ, relatively, and still be the same
SAME = 1e-8


class Valuer:
    """Solves levels again and again, each time from the basis of the last.

    Parameters
    ----------
    program : Program
        The model as it is; later ones differ in bounds only.
    levels : sequence of str
        Levels in order.
    options : SolveOptions
        How HiGHS is run.
    """

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        self.levels = tuple(levels)
        self._options = options
        self._solver = Solver(program, options)
        self._columns = np.arange(len(program.column_lower))
        self._rows = np.arange(len(program.row_lower))
        self._basis: dict[str, Any] = {}

    def values(self, program: Program, base: tuple[float, ...] | None = None) -> tuple[float, ...] | None:
        """Return the value of every level; None where there is no plan.

        Parameters
        ----------
        program : Program
            The model with other bounds.
        base : tuple of float, optional
            Stop after the first level whose value differs from this.

        Returns
        -------
        tuple of float or None
            To be made least, in order; as many as were solved.
        """
        if (program.column_lower > program.column_upper).any():
            return None
        solver = self._solver
        solver.restart_clock()
        solver.fix_columns(self._columns, program.column_lower, program.column_upper)
        solver.fix_rows(self._rows, program.row_lower, program.row_upper)
        bounds = LevelBounds(program)
        found: list[float] = []
        for level in self.levels:
            cost, offset = program.goals[level]
            if cost[program.column_lower < program.column_upper].any():
                value = self._level(program, bounds, cost, level)
                if value is None:
                    return None
            else:
                value = float(cost @ program.column_lower)
            found.append(value + offset)
            if base is not None and abs(found[-1] - base[len(found) - 1]) > SAME * (1 + abs(base[len(found) - 1])):
                break
        return tuple(found)

    def _level(self, program: Program, bounds: LevelBounds, cost: Floats, level: str) -> float | None:
        """Solve one level from the basis it had in the first program, and fix what it decides."""
        solver = self._solver
        if level in self._basis:
            solver.highs.setBasis(self._basis[level])
        outcome = solver.minimise(cost)
        if outcome == Outcome.INFEASIBLE:
            return None
        if outcome != Outcome.OPTIMAL:
            raise no_answer(outcome, level, self._options)
        self._basis.setdefault(level, solver.highs.getBasis())
        bounds.fix_decided(solver)
        return float(cost @ solver.values())
