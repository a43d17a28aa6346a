"""A large program without what is decided: what is left of it when fixed columns, and rows that say no more than a bound, are taken out.

Shares are made even by many programs of an iteration or two, and each costs HiGHS a pass over all columns and rows. Where levels before
have fixed most of them, the rest is solved as a program of its own, and what that decides is put back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.lp.highs import TOLERANCE
from waterdeal.lp.program import Matrix

if TYPE_CHECKING:
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.types import Flags, Ints

#: part of all entries that may be left for a program of its own to be worth it, and least part that one more round must take out
LEFT, GAINED = 0.4, 0.01


class Reduced(NamedTuple):
    """What is left of a program."""

    program: Program
    bounds: LevelBounds
    columns: Ints  # of the whole program
    rows: Ints
    place: Ints  # of each column of the whole program, in what is left; below zero where it is not

    def put_back(self, whole: LevelBounds) -> None:
        """Give what was decided to the bounds of the whole program."""
        own, (low, high) = self.program, self.bounds.column
        held, fixed = high != own.column_upper, (low == high) & (own.column_lower < own.column_upper)
        whole.column[1][self.columns[held]] = high[held]
        for side in whole.column:
            side[self.columns[fixed]] = low[fixed]
        (lower, upper), (least, most) = self.bounds.row, whole.row
        at_lower, at_upper, opened = upper < own.row_upper, lower > own.row_lower, upper > own.row_upper
        most[self.rows[at_lower]] = least[self.rows[at_lower]]
        least[self.rows[at_upper]] = most[self.rows[at_upper]]
        most[self.rows[opened]] = upper[opened]
        whole.take_held(self.bounds, self.columns)


class _Sweep:
    """Bounds and entries of a program as rows and columns are taken out."""

    def __init__(self, program: Program, bounds: LevelBounds, kept: Flags) -> None:
        matrix = program.matrix
        self.lower, self.upper = (side.copy() for side in bounds.column)
        self.least, self.most = (side.copy() for side in bounds.row)
        self.row, self.column, self.value = np.repeat(np.arange(len(kept)), np.diff(matrix.start)), matrix.column, matrix.value
        self.kept, self.open = kept, np.ones(len(kept), dtype=bool)

    def take_out(self) -> None:
        """Take out fixed columns, and rows that are no longer open."""
        fixed = self.lower[self.column] >= self.upper[self.column]
        told = np.bincount(self.row[fixed], self.value[fixed] * self.lower[self.column[fixed]], len(self.open))
        self.least -= told
        self.most -= told
        stays = ~fixed & self.open[self.row]
        self.row, self.column, self.value = self.row[stays], self.column[stays], self.value[stays]

    def close(self) -> None:
        """Turn rows of one column into its bounds, and close rows that nothing can break."""
        rises, count = self.value > 0, len(self.open)
        low, high = self.lower[self.column], self.upper[self.column]
        reached = np.bincount(self.row, self.value * np.where(rises, low, high), count)
        passed = np.bincount(self.row, self.value * np.where(rises, high, low), count)
        self.open &= self.kept | (reached < self.least - TOLERANCE) | (passed > self.most + TOLERANCE)
        alone = (np.bincount(self.row, minlength=count) == 1) & self.open & ~self.kept
        inside = alone[self.row]
        row, column, value = self.row[inside], self.column[inside], self.value[inside]
        ends = np.sort([self.least[row] / value, self.most[row] / value], axis=0)
        np.maximum.at(self.lower, column, ends[0])
        np.minimum.at(self.upper, column, ends[1])
        crossed = self.lower > self.upper  # by rounding, as there is a plan
        self.lower[crossed] = self.upper[crossed]
        self.open &= ~alone


def reduced(program: Program, bounds: LevelBounds, kept_columns: Ints, kept_rows: Ints) -> Reduced | None:
    """Return what is left of a program at some bounds, which keeps some columns and rows; None where that is not much less."""
    matrix, kept = program.matrix, np.zeros(len(program.row_lower), dtype=bool)
    most = LEFT * len(matrix.column)
    if np.count_nonzero((bounds.column[0] < bounds.column[1])[matrix.column]) > most:
        return None
    kept[kept_rows] = True
    sweep, before = _Sweep(program, bounds, kept), np.inf
    while len(sweep.row) < (1 - GAINED) * before:
        before = len(sweep.row)
        sweep.take_out()
        sweep.close()
    sweep.take_out()
    inside = np.zeros(len(sweep.lower), dtype=bool)
    inside[sweep.column] = inside[kept_columns] = True
    columns, rows = np.flatnonzero(inside), np.unique(np.append(sweep.row, kept_rows))
    place = np.where(inside, np.cumsum(inside) - 1, -1)
    small = replace(
        program,
        matrix=Matrix(np.append(np.searchsorted(sweep.row, rows), len(sweep.row)), place[sweep.column], sweep.value),
        row_lower=sweep.least[rows],
        row_upper=sweep.most[rows],
        column_lower=sweep.lower[columns],
        column_upper=sweep.upper[columns],
        goals={},
        columns=(),
        rows=(),
    )
    return Reduced(small, bounds.narrowed(small, place), columns, rows, place)
