"""Controlled rounding: a table is rounded so that not only its cells but every sum printed of them is within one unit of the plan.

Sums are then made of what is printed. Each cell is rounded up or down; which, is found by turning cells over as long as sums come nearer,
and where that ends too early by turning some at once. All is done in whole numbers, so that every machine prints the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from waterdeal.types import Floats

#: parts that a unit of the last digit is measured in; by how much a sum beyond one unit counts more than all that is within
PARTS, BEYOND = 10_000, 10_000_000
#: cells that are tried after a first one was turned, how many are turned in a row where fewer do not help, and after how many trials a
#: table stays as it is
TRIED, DEPTHS, MOST = 4, (4, 5, 6), 20_000


class Sums(NamedTuple):
    """Sums that are printed: some sets of rows by some sets of columns."""

    rows: Floats  # 1 where a row is in a set, by (set, row)
    columns: Floats  # the same by (set, column)


def sets_of(count: int, members: Iterable[Sequence[int] | NDArray[np.int64]] = ()) -> Floats:
    """Sets of rows or columns by their numbers: each for itself, all together, and those named."""
    named = [np.isin(np.arange(count), list(chosen)) for chosen in members]
    return np.vstack([np.eye(count), np.ones((1, count)), *named])


class _Rounding:
    """A table while it is being rounded."""

    def __init__(self, values: Floats, printed: Sequence[Sums], digits: int) -> None:
        parts = np.rint(values * 10.0**digits * PARTS)
        self.low = np.floor(parts / PARTS)
        self.free = parts != self.low * PARTS
        self.printed, self.up = printed, np.zeros(values.shape, dtype=bool)
        self.trials = 0
        self.due = [np.rint(sums.rows @ (values * 10.0**digits) @ sums.columns.T * PARTS) for sums in printed]

    def misses(self) -> list[Floats]:
        """By how much each sum is beyond the plan."""
        cells = (self.low + self.up) * PARTS
        return [sums.rows @ cells @ sums.columns.T - due for sums, due in zip(self.printed, self.due, strict=True)]

    def turns(self) -> Floats:
        """What the table gets worse by if a cell is turned, by cell."""
        raised, lowered = np.zeros(self.up.shape), np.zeros(self.up.shape)
        for sums, miss in zip(self.printed, self.misses(), strict=True):
            raised += sums.rows.T @ (_cost(miss + PARTS) - _cost(miss)) @ sums.columns
            lowered += sums.rows.T @ (_cost(miss - PARTS) - _cost(miss)) @ sums.columns
        return np.where(self.free, np.where(self.up, lowered, raised), np.inf)

    def descend(self) -> None:
        """Turn the best cell as long as that helps; figures beyond what is exact end after some turns."""
        for _ in range(MOST if self.free.any() else 0):
            worse = self.turns()
            cell = int(worse.argmin())
            if worse.flat[cell] >= 0:
                return
            self.up.flat[cell] ^= True

    def leap(self, depth: int) -> bool:
        """Turn up to so many cells one after another, the first in a sum that is too far off, if the table is better in the end."""
        for sums, miss in zip(self.printed, self.misses(), strict=True):
            for row, column in np.argwhere(np.abs(miss) >= PARTS).tolist():
                within = np.outer(sums.rows[row], sums.columns[column]) > 0
                if self._turn_some(np.where(within & (self.up == (miss[row, column] > 0)), 0.0, np.inf), within.size, 0.0, depth):
                    return True
        return False

    def _turn_some(self, barred: Floats, tried: int, spent: float, depth: int) -> bool:
        """Turn a cell that is not barred, and then others."""
        self.trials += 1
        if self.trials > MOST:
            return False
        worse = self.turns() + barred
        for cell in np.argsort(worse, axis=None, kind="stable")[:tried].tolist():
            cost = spent + float(worse.flat[cell])
            if not np.isfinite(cost):
                return False
            self.up.flat[cell] ^= True
            if cost < 0 or (depth > 1 and self._turn_some(np.zeros(barred.shape), TRIED, cost, depth - 1)):
                return True
            self.up.flat[cell] ^= True
        return False

    def is_within(self) -> bool:
        """Whether every sum is within one unit."""
        return all(bool((np.abs(miss) < PARTS).all()) for miss in self.misses())


def _cost(miss: Floats) -> Floats:
    """What a miss counts: its square, and much more beyond one unit."""
    return np.asarray(miss**2 + BEYOND * np.maximum(np.abs(miss) - (PARTS - 1), 0.0))


def round_controlled(values: Floats, printed: Sequence[Sums], digits: int, off: list[float] | None = None) -> Floats:
    """Round a table so that its cells and the sums printed of them are within one unit of the last digit, wherever that can be.

    Where it cannot be, the furthest is added to `off`, in units of the last digit. What is not a number stays so, and counts nothing.

    Examples
    --------
    >>> round_controlled(np.full((3, 3), 0.34), [Sums(sets_of(3), sets_of(3))], 0).sum(axis=0).tolist()
    [1.0, 1.0, 1.0]
    """
    arrays = [np.asarray(array, dtype=float) for array in (values, *(array for sums in printed for array in sums))]
    table, furthest = _rounded(tuple((array.tobytes(), array.shape) for array in arrays), digits)
    if off is not None and furthest >= 1:
        off.append(furthest)
    return table.copy()


@lru_cache(maxsize=64)
def _rounded(told: tuple[tuple[bytes, tuple[int, ...]], ...], digits: int) -> tuple[Floats, float]:
    """Round a table once for all languages."""
    values, *sets = (np.frombuffer(raw).reshape(shape) for raw, shape in told)
    known = np.isfinite(values)
    table = _Rounding(np.where(known, values, 0.0), [Sums(*pair) for pair in zip(sets[::2], sets[1::2], strict=True)], digits)
    table.descend()
    while not table.is_within() and any(table.leap(depth) for depth in DEPTHS):
        table.descend()
    furthest = max(float(np.abs(miss).max(initial=0.0)) for miss in table.misses()) / PARTS
    return np.where(known, np.round((table.low + table.up) / 10.0**digits, digits) + 0.0, values), furthest
