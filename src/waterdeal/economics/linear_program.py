"""A linear program in plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinearProgram:
    """Columns with cost and bounds, rows with bounds.

    Parameters
    ----------
    cost : numpy.ndarray
        Cost of a unit of each column; a gain is a negative cost.
    lower, upper : numpy.ndarray
        Bounds of the columns.
    matrix : numpy.ndarray or scipy.sparse array
        Coefficients by (row, column).
    row_lower, row_upper : numpy.ndarray
        Bounds of the rows.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    matrix: Any
    row_lower: Floats
    row_upper: Floats

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together, and bounds that cross."""
        rows, columns = self.matrix.shape
        if not (len(self.cost) == len(self.lower) == len(self.upper) == columns):
            message = f"the matrix has {columns} columns; cost, lower and upper have {len(self.cost)}, {len(self.lower)}, {len(self.upper)}"
            raise ValueError(message)
        if not (len(self.row_lower) == len(self.row_upper) == rows):
            message = f"the matrix has {rows} rows; their bounds are {len(self.row_lower)} and {len(self.row_upper)}"
            raise ValueError(message)
        if not ((self.lower <= self.upper).all() and (self.row_lower <= self.row_upper).all()):
            message = "a lower bound is above its upper one, or not a number"
            raise ValueError(message)
        if not np.isfinite(self.cost).all():
            message = "a cost is not a finite number"
            raise ValueError(message)

    def use(self, values: Floats) -> Floats:
        """Return what each row adds up to at some values of the columns."""
        return np.asarray(self.matrix @ np.asarray(values, dtype=float))
