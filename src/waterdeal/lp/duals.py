"""Duals of a small linear program that is given as arrays, not by a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.highs import Solver
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.lp.program import Matrix, Program

if TYPE_CHECKING:
    from waterdeal.types import Floats


def row_duals(cost: Floats, rows: Floats, limits: Floats) -> tuple[Outcome, Floats]:
    """Make a cost least over ``x >= 0`` under ``rows x <= limits``; how that ended, and what one more of each limit lowers the cost by."""
    at_row, at_column = np.nonzero(rows)
    matrix = Matrix(np.searchsorted(at_row, np.arange(len(rows) + 1)), at_column, rows[at_row, at_column])
    program = Program(
        matrix, np.full(len(rows), -np.inf), np.asarray(limits, dtype=float), np.zeros(len(cost)), np.full(len(cost), np.inf), {}, (), ()
    )
    solver = Solver(program, SolveOptions())
    outcome = solver.minimise(cost)
    return outcome, 0.0 - solver.duals()[1]  # no -0.0
