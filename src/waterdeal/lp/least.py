"""Columns that cannot be less than in the plan a solver has ended with, told by its basis: a basis that is best for each of them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.solution import ZERO_DUAL
from waterdeal.lp.stand import sides_of

if TYPE_CHECKING:
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.types import Floats, Ints


def least_at_once(solver: Solver, program: Program, bounds: LevelBounds, columns: Ints) -> tuple[int, tuple[Floats, Floats]]:
    """Count the columns, up to the first that is not proven so, that are each as little as they can be; and add up their duals."""
    basic = np.asarray(solver.highs.getBasicVariables()[1])
    count, rows = len(bounds.column[0]), len(bounds.row[0])
    lower, upper = (np.append(*sides) for sides in zip(bounds.column, bounds.row, strict=True))
    is_open = lower < upper
    is_open[np.where(basic >= 0, basic, count - 1 - basic)] = False
    places, values = np.flatnonzero(is_open), solver.values()
    sides = sides_of(np.append(values, program.activity(values)), lower, upper)[places]
    matrix = program.matrix
    entries = np.flatnonzero(is_open[matrix.column])
    entry_row, entry_column = np.searchsorted(matrix.start, entries, side="right") - 1, matrix.column[entries]
    total, proven = np.zeros(count + rows), 0
    for column in columns.tolist():
        own = basic == column
        price = solver.highs.getBasisTransposeSolve(own.astype(float))[1] if own.any() else np.zeros(rows)
        dual = np.append(-np.bincount(entry_column, matrix.value[entries] * price[entry_row], count), price)
        dual[column] += 1.0
        held = np.where(np.abs(dual[places]) > ZERO_DUAL, dual[places], 0.0)
        if (np.where(np.isnan(sides), -np.abs(held), held * sides) < 0).any():
            break
        total[places] += held
        proven += 1
    return proven, (total[:count], total[count:])
