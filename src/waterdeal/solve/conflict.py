"""Which rows and bounds of an infeasible program contradict one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from waterdeal.solve.highs import Solver
    from waterdeal.solve.program import Program


def conflicting_names(solver: Solver, program: Program) -> tuple[str, ...]:
    """Return the names of an irreducible conflict, empty where HiGHS finds none.

    Parameters
    ----------
    solver : Solver
        A solver that has just found its program infeasible.
    program : Program
        The program in it.

    Returns
    -------
    tuple of str
        Rows, then columns whose bounds take part.
    """
    highs = solver.highs
    highs.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    status, iis = highs.getIis()
    if status == highspy.HighsStatus.kError or not iis.valid_:
        return ()
    rows = [program.row_name(int(row)) for row in np.atleast_1d(iis.row_index_)]
    columns = [program.column_name(int(column)) for column in np.atleast_1d(iis.col_index_)]
    return tuple(rows + columns)
