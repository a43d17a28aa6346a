"""An amount that stands in the bounds of a program, and the program with more or less of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """An amount that can be changed, and the bounds that move when it grows by one.

    Parameters
    ----------
    name : str
        As in `find_target`.
    unit : str
        Unit of the amount.
    amount : float
        What there is now; infinite where nothing limits it.
    floor : float
        Least that the amount can be.
    rows, columns : numpy.ndarray
        Rows and columns whose bounds move.
    row_lower_step, row_upper_step, column_lower_step, column_upper_step : numpy.ndarray
        By how much; a bound that is infinite stays so.
    """

    name: str
    unit: str
    amount: float
    floor: float
    rows: Ints
    row_lower_step: Floats
    row_upper_step: Floats
    columns: Ints
    column_lower_step: Floats
    column_upper_step: Floats


def moved(program: Program, target: Target, by: float) -> Program:
    """Return the program with the amount of a target changed.

    Parameters
    ----------
    program : Program
        The program; it stays as it is.
    target : Target
        What changes.
    by : float
        How much more there is of it; negative for less.

    Returns
    -------
    Program
        With other bounds. They may contradict one another.
    """
    row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
    column_lower, column_upper = program.column_lower.copy(), program.column_upper.copy()
    np.add.at(row_lower, target.rows, by * target.row_lower_step)
    np.add.at(row_upper, target.rows, by * target.row_upper_step)
    np.add.at(column_lower, target.columns, by * target.column_lower_step)
    np.add.at(column_upper, target.columns, by * target.column_upper_step)
    return replace(program, row_lower=row_lower, row_upper=row_upper, column_lower=column_lower, column_upper=column_upper)
