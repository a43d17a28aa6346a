"""Linear expressions of many rows at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


@dataclass
class Linear:
    """For each row a constant, and coefficients of columns.

    Parameters
    ----------
    constant : numpy.ndarray
        One number a row.
    chunks : list of (rows, columns, values)
        Coefficients, in any order; repeats add up.
    """

    constant: Floats
    chunks: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    @property
    def is_constant(self) -> bool:
        """Whether no column stands in it."""
        return not self.chunks

    def plus(self, other: Linear, sign: float = 1.0) -> Linear:
        """Return the sum with another expression of as many rows."""
        added = other.chunks if sign == 1.0 else [(rows, columns, sign * values) for rows, columns, values in other.chunks]
        return Linear(self.constant + sign * other.constant, self.chunks + added)

    def times(self, factor: Floats) -> Linear:
        """Return the expression with each row multiplied."""
        scaled = [(rows, columns, values * factor[rows]) for rows, columns, values in self.chunks]
        return Linear(self.constant * factor, scaled)

    def gathered(self, parent: Ints, count: int) -> Linear:
        """Return the sums over rows with the same parent, for `count` parents."""
        constant: Floats = np.bincount(parent, weights=self.constant, minlength=count).astype(float)
        return Linear(constant, [(parent[rows], columns, values) for rows, columns, values in self.chunks])

    def entries(self) -> Ints:
        """Return how many coefficients each row has."""
        count = np.zeros(len(self.constant), dtype=np.int64)
        for rows, _, _ in self.chunks:
            count += np.bincount(rows, minlength=len(count))
        return count

    def triplets(self) -> tuple[Ints, Ints, Floats]:
        """Return all coefficients as rows, columns and values."""
        if not self.chunks:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        rows, columns, values = (np.concatenate(parts) for parts in zip(*self.chunks, strict=True))
        return rows, columns, values
