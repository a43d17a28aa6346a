"""Limits that are far above what is used: often a figure in another unit than the rest.

A published pricing notebook gives capacities of 600 and 750 (thousand tonnes) beside quantities in million tonnes; its "optimum" takes
0.835 Mt of fat where there is 0.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.economics.linear_program import LinearProgram

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LimitUse:
    """How much of a limit is used.

    Parameters
    ----------
    row : int
        Row of the program.
    used, limit : float
        What the row adds up to, and its upper bound.
    """

    row: int
    used: float
    limit: float

    @property
    def times(self) -> float:
        """How many times the use fits in the limit; infinite where nothing is used."""
        return abs(self.limit / self.used) if self.used else np.inf

    @property
    def exceeded(self) -> bool:
        """Whether more is used than the limit allows, beyond rounding."""
        return self.used > self.limit + 1e-6 * max(abs(self.limit), 1.0)


def use_of_limits(program: LinearProgram, values: Floats) -> list[LimitUse]:
    """Use of every row that has an upper limit.

    Parameters
    ----------
    program : LinearProgram
        The program; it need not be the one that the values were found with.
    values : numpy.ndarray
        Value of each column.

    Returns
    -------
    list of LimitUse
        One a row with a finite upper bound, in order.
    """
    used = program.use(values)
    return [LimitUse(int(row), float(used[row]), float(program.row_upper[row])) for row in np.flatnonzero(np.isfinite(program.row_upper))]


def suspicious_limits(program: LinearProgram, values: Floats, times: float = 100.0) -> list[LimitUse]:
    """Limits that are many times what is used. Idle rows, and rows that must equal or stay below 0, say nothing and are left out.

    Parameters
    ----------
    program : LinearProgram
        The program.
    values : numpy.ndarray
        Value of each column.
    times : float
        From how many times the use on a limit is suspicious.

    Returns
    -------
    list of LimitUse
        The suspicious ones, in order.
    """
    idle = 1e-9 * max(float(np.abs(values).max(initial=0.0)), 1e-9)
    return [use for use in use_of_limits(program, values) if use.used > idle and use.limit > 0.0 and use.times >= times]
