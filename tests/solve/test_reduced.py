"""What is left of a program without what is decided, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.program import Matrix, Program
from waterdeal.lp.reduced import Reduced, reduced
from waterdeal.lp.solution import LevelBounds

if TYPE_CHECKING:
    import pytest

#: a tank that is known leaves 3 of 5 to a canal, of which two users take 4 at least with what they pump; nobody takes more than 10
ROWS = np.array([[1.0, 1, 0, 0], [0, 1, 1, 1], [0, 0, 1, 0]])
SIDES = np.array([5.0, 4, -np.inf]), np.array([5.0, np.inf, 10]), np.array([2.0, 0, 0, 0]), np.array([2.0, 100, 50, 50])


def _rest(kept_columns: list[int], kept_rows: list[int]) -> tuple[Reduced | None, LevelBounds]:
    """Return what is left of the program, and the bounds of all of it."""
    row, column = np.nonzero(ROWS)
    program = Program(Matrix(np.searchsorted(row, np.arange(4)), column, ROWS[row, column]), *SIDES, {}, (), ())
    bounds = LevelBounds(program)
    return reduced(program, bounds, np.array(kept_columns, dtype=int), np.array(kept_rows, dtype=int)), bounds


def test_what_follows_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canal follows from the tank, and the last row is a bound: two users and what they pump are left, 1 at least."""
    monkeypatch.setattr("waterdeal.lp.reduced.LEFT", 1.0)
    rest, _ = _rest([], [])
    assert rest is not None
    assert rest.columns.tolist() == [2, 3]
    assert rest.rows.tolist() == [1]
    assert rest.program.row_lower.tolist() == [1]
    assert rest.program.column_upper.tolist() == [10, 50]


def test_what_is_asked_for_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of one column and a fixed column stay where they are kept."""
    monkeypatch.setattr("waterdeal.lp.reduced.LEFT", 1.0)
    rest, _ = _rest([0], [2])
    assert rest is not None
    assert rest.columns.tolist() == [0, 2, 3]
    assert rest.rows.tolist() == [1, 2]
    assert rest.place.tolist() == [0, -1, 1, 2]


def test_what_is_decided_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column fixed at a bound that a row told it, one held, and a row closed onto its side, are so in the whole program."""
    monkeypatch.setattr("waterdeal.lp.reduced.LEFT", 1.0)
    rest, whole = _rest([], [])
    assert rest is not None
    low, high = rest.bounds.column
    low[0], high[1] = high[0], 7.0
    rest.bounds.row[1][0] = rest.bounds.row[0][0]
    rest.put_back(whole)
    assert [side.tolist() for side in whole.column] == [[2, 0, 10, 0], [2, 100, 10, 7]]
    assert [side.tolist() for side in whole.row] == [[5, 4, -np.inf], [5, 4, 10]]


def test_a_program_of_which_most_is_open_is_left_whole() -> None:
    """Five of six entries are of columns that can move."""
    assert _rest([], [])[0] is None
