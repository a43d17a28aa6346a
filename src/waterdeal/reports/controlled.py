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
#: how many cells are tried after each that was turned, and how many are turned in a row, where fewer do not help; after how many trials a
#: table stays as it is
LEAPS, MOST = ((4, 4), (8, 4), (4, 5), (8, 5), (4, 6), (16, 4), (4, 7)), 60_000
#: one unit up and down; a miss before, at and after a step, and after one more
EITHER, AROUND = np.array([[[PARTS]], [[-PARTS]]]), np.array([[[-1]], [[0]], [[1]], [[2]]])


class Sums(NamedTuple):
    """Sums that are printed: some sets of rows by some sets of columns."""

    rows: Floats  # 1 where a row is in a set, by (set, row)
    columns: Floats  # the same by (set, column)


def sets_of(count: int, members: Iterable[Sequence[int] | NDArray[np.int64]] = ()) -> Floats:
    """Sets of rows or columns by their numbers: each for itself, all together, and those named."""
    listed = list(members)
    sets = np.vstack([np.eye(count), np.ones((1, count)), np.zeros((len(listed), count))])
    for chosen, row in zip(listed, sets[count + 1 :], strict=True):
        row[np.asarray(chosen, dtype=np.int64)] = 1.0
    return sets


class _Rounding:
    """A table while it is being rounded: what its sums miss, and what turning a cell over would change, follow every turn."""

    def __init__(self, values: Floats, printed: Sequence[Sums], digits: int) -> None:
        exact = values * 10.0**digits
        parts = np.rint(exact * PARTS)
        self.low = np.floor(parts / PARTS)
        self.free = parts != self.low * PARTS
        self.printed, self.up = printed, np.zeros(values.shape, dtype=bool)
        self.trials = self.tried = 0
        cells = self.low * PARTS
        #: by how much each sum is beyond the plan
        self.misses = [sums.rows @ cells @ sums.columns.T - np.rint(sums.rows @ exact @ sums.columns.T * PARTS) for sums in printed]
        #: what the table gets worse by if a cell is raised, and if it is lowered
        self.worse = np.zeros((2, *values.shape))
        for sums, miss in zip(printed, self.misses, strict=True):
            self.worse += sums.rows.T @ (_cost(miss + EITHER) - _cost(miss)) @ sums.columns
        self.held = [(_sets_with(sums.rows), _sets_with(sums.columns)) for sums in printed]

    def turn(self, cell: int) -> None:
        """Turn a cell over: only the sums it is in miss something else."""
        row, column = divmod(cell, self.free.shape[1])
        ahead = int(self.up[row, column])
        step = -PARTS if ahead else PARTS
        self.up[row, column] ^= True
        for miss, (by_row, by_column) in zip(self.misses, self.held, strict=True):
            (down, rows), (across, columns) = by_row[row], by_column[column]
            place = (down[:, None], across)
            before = miss[place]
            miss[place] = before + step
            cost = _cost(before + step * AROUND)
            change = rows.T @ (cost[:-2] - 2 * cost[1:-1] + cost[2:]) @ columns
            self.worse[ahead] += change[1]
            self.worse[1 - ahead] -= change[0]

    def turns(self) -> Floats:
        """What the table gets worse by if a cell is turned, by cell."""
        return np.where(self.free, np.where(self.up, self.worse[1], self.worse[0]), np.inf)

    def descend(self) -> None:
        """Turn the best cell as long as that helps; figures beyond what is exact end after some turns."""
        for _ in range(MOST if self.free.any() else 0):
            worse = self.turns()
            cell = int(worse.argmin())
            if worse.flat[cell] >= 0:
                return
            self.turn(cell)

    def leap(self, tried: int, depth: int) -> bool:
        """Turn up to so many cells one after another, the first in a sum that is too far off, if the table is better in the end."""
        self.tried = tried
        for sums, miss in zip(self.printed, self.misses, strict=True):
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
        best = np.argsort(worse, axis=None, kind="stable")[:tried].tolist() if depth > 1 else [int(worse.argmin())]
        for cell in best:
            cost = spent + float(worse.flat[cell])
            if not np.isfinite(cost) or (depth == 1 and cost >= 0):
                return False
            self.turn(cell)
            if cost < 0 or self._turn_some(np.zeros(barred.shape), self.tried, cost, depth - 1):
                return True
            self.turn(cell)
        return False

    def is_within(self) -> bool:
        """Whether every sum is within one unit."""
        return all(bool((np.abs(miss) < PARTS).all()) for miss in self.misses)


def _sets_with(sets: Floats) -> list[tuple[NDArray[np.int64], Floats]]:
    """For each row or column, the numbers of the sets it is in, and these sets."""
    return [(np.flatnonzero(chosen), sets[chosen > 0]) for chosen in sets.T]


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
    while not table.is_within() and any(table.leap(*leap) for leap in LEAPS):
        table.descend()
    furthest = max(float(np.abs(miss).max(initial=0.0)) for miss in table.misses) / PARTS
    return np.where(known, np.round((table.low + table.up) / 10.0**digits, digits) + 0.0, values), furthest
