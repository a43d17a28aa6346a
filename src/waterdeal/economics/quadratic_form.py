"""A jointly concave quadratic benefit of several columns: prices that move one another's demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: an eigenvalue above 0 by this share of the largest is rounding
_ROUNDING = 1e-12


@dataclass(frozen=True)
class QuadraticForm:
    """Benefit x' A x of some columns; a linear part belongs in the cost of the program.

    Parameters
    ----------
    columns : numpy.ndarray
        Columns of the program, each once.
    matrix : numpy.ndarray
        A, of any symmetry; its symmetric half must have no eigenvalue above 0.
    """

    columns: Ints
    matrix: Floats

    def __post_init__(self) -> None:
        """Refuse a form that is not concave."""
        if self.matrix.shape != (len(self.columns), len(self.columns)) or len(set(self.columns.tolist())) != len(self.columns):
            message = f"a quadratic form of {len(self.columns)} columns needs a square matrix, and each column once"
            raise ValueError(message)
        sizes = np.linalg.eigvalsh(self.symmetric)
        if sizes.max() > _ROUNDING * max(float(np.abs(sizes).max()), 1e-300):
            message = f"the quadratic form is not concave: its matrix has the eigenvalue {sizes.max():g}, above 0"
            raise ValueError(message)

    @property
    def symmetric(self) -> Floats:
        """The symmetric half of the matrix, which is all that the form knows of it."""
        return np.asarray((self.matrix + self.matrix.T) / 2.0)

    def value(self, x: Floats) -> float:
        """Benefit at a point, given by its own columns."""
        return float(x @ self.matrix @ x)

    def gradient(self, x: Floats) -> Floats:
        """Slopes at a point, given by its own columns."""
        return np.asarray(2.0 * self.symmetric @ x)
