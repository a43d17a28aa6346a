"""A compiled model with a few rows and columns more: questions are asked of it without building it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.lp.program import Family, Labels, Matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints


class AddedRow(NamedTuple):
    """A row to add: the columns it speaks of, rising, their coefficients, and its bounds."""

    name: str
    columns: Sequence[int] | Ints
    values: Sequence[float] | Floats
    lower: float
    upper: float


def with_rows(program: Program, added: Sequence[AddedRow]) -> Program:
    """Add rows at the end; the given program stays as it is."""
    matrix = program.matrix
    ends = matrix.start[-1] + np.cumsum([len(row.columns) for row in added])
    first = len(program.row_lower)
    return replace(
        program,
        matrix=Matrix(
            np.concatenate([matrix.start, ends]).astype(np.int64),
            np.concatenate([matrix.column, *(row.columns for row in added)]).astype(np.int64),
            np.concatenate([matrix.value, *(row.values for row in added)]),
        ),
        row_lower=np.concatenate([program.row_lower, [row.lower for row in added]]),
        row_upper=np.concatenate([program.row_upper, [row.upper for row in added]]),
        rows=(*program.rows, *(Family(row.name, first + k, 1, Labels(None)) for k, row in enumerate(added))),
    )


def with_column(program: Program, name: str, rows: Ints, values: Floats, upper: float = np.inf) -> Program:
    """Add a column at the end, from zero to a bound, with coefficients in rows that are there and no cost in any goal."""
    matrix, order = program.matrix, np.argsort(rows)
    at = matrix.start[1:][rows[order]]
    start = matrix.start + np.searchsorted(rows[order], np.arange(len(matrix.start)))
    entries = np.insert(matrix.column, at, len(program.column_lower)), np.insert(matrix.value, at, values[order])
    wider = with_free_columns(program, name, np.zeros(1), np.full(1, upper), np.zeros(1, dtype=bool))
    return replace(wider, matrix=Matrix(start, *entries))


def with_entries(matrix: Matrix, rows: Ints, columns: Ints, values: Floats) -> Matrix:
    """Add entries, each at the end of its row; rows rise."""
    at = matrix.start[rows + 1]
    start = matrix.start + np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix.start) - 1))])
    return Matrix(start, np.insert(matrix.column, at, columns), np.insert(matrix.value, at, values))


def with_share(program: Program, columns: Ints, scale: Floats) -> Program:
    """Add a column at the end, a share, and a row that can hold each of some columns to it: ``column - scale x share``."""
    first = len(program.row_lower)
    held = [AddedRow("share_held", np.array([column]), np.ones(1), -np.inf, np.inf) for column in columns]
    return with_column(with_rows(program, held), "largest_share", np.arange(first, first + len(columns)), -scale)


def with_free_columns(program: Program, name: str, lower: Floats, upper: Floats, whole: NDArray[np.bool_]) -> Program:
    """Add columns at the end that stand in no row yet and cost nothing; give them rows by `with_rows`."""
    count = len(program.column_lower)
    integer = np.append(program.integer if program.integer.size else np.zeros(count, dtype=bool), whole)
    return replace(
        program,
        column_lower=np.append(program.column_lower, lower),
        column_upper=np.append(program.column_upper, upper),
        goals={goal: (np.append(cost, np.zeros(len(lower))), offset) for goal, (cost, offset) in program.goals.items()},
        columns=(*program.columns, Family(name, count, len(lower), Labels(tuple(range(len(lower))) if len(lower) > 1 else None))),
        integer=integer if integer.any() else integer[:0],
    )
