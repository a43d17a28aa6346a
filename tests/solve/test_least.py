"""What cannot be less than in the plan at hand, told by its basis; on programs of two or three columns."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.lp.highs import Solver
from waterdeal.lp.least import least_at_once
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.lp.program import Matrix, Program
from waterdeal.lp.solution import LevelBounds


def _least(rows: list[list[float]], least: list[float], columns: list[int]) -> tuple[int, list[float]]:
    """Make the sum of all columns least under rows that are at least something; how many are proven, and the plan."""
    coefficients = np.array(rows)
    row, column = np.nonzero(coefficients)
    start = np.searchsorted(row, np.arange(len(rows) + 1))
    count = coefficients.shape[1]
    sides = np.array(least), np.full(len(rows), np.inf), np.zeros(count), np.full(count, 100.0)
    program = Program(Matrix(start, column, coefficients[row, column]), *sides, {"sum": (np.ones(count), 0.0)}, (), ())
    solver = Solver(program, SolveOptions())
    assert solver.minimise(np.ones(count)) == Outcome.OPTIMAL
    proven, (by_column, by_row) = least_at_once(solver, program, LevelBounds(program), np.array(columns))
    values = solver.values()
    assert np.abs(by_column) @ values + by_row @ np.array(least) == pytest.approx(values[columns[:proven]].sum())  # duality, by hand
    return proven, values.tolist()


def test_each_bound_by_a_row_of_its_own_is_proven() -> None:
    """One lacks at least 3 and another 2, each for a reason of its own: neither can lack less."""
    assert _least([[1, 0], [0, 1]], [3, 2], [0, 1]) == (2, [3, 2])


def test_what_could_be_left_to_another_is_not_proven() -> None:
    """Two lack 5 together: each could lack nothing if the other lacked all, so at most the one that lacks nothing is at its least."""
    proven, values = _least([[1, 1]], [5], [0, 1])
    assert sorted(values) == [0, 5]
    assert proven == (1 if values[0] == 0 else 0)


def test_it_counts_up_to_the_first_that_is_not() -> None:
    """The first lacks 3 whatever the others do; the other two share 5, and of them the one that lacks 5 could lack less."""
    proven, values = _least([[1, 0, 0], [0, 1, 2]], [3, 5], [0, 2, 1])
    assert values == [3, 0, 2.5]
    assert proven == 1
