"""All prices that optimal duals can give, exactly: the least and the largest over the optimal dual face, by linear programs of their own.

A check of `waterdeal.ask.prices` by another way: the duals are the unknowns here, and nothing is solved again with other amounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from highspy.highs import _Highs
from scipy import sparse

from waterdeal.errors import SolverTrouble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.ask.respond import Target
    from waterdeal.lp.program import Program

    Floats = NDArray[np.float64]

#: how far below the best value a dual may be, relative to its size
ROOM = 1e-10
_TOLERANCE = 1e-10


def dual_interval(program: Program, cost: Floats, target: Target) -> tuple[float, float]:
    """Return the least and the largest worth of an amount over all optimal duals of a program with one level.

    Parameters
    ----------
    program : Program
        The program, without integers.
    cost : numpy.ndarray
        Cost of every column, to be made least.
    target : Target
        The amount.

    Returns
    -------
    low, high : float
        Worth of one more and cost of one less; minus infinity and infinity where one more or one less leaves no plan.

    Raises
    ------
    SolverTrouble
        Where there is no optimal dual, as the program is infeasible or unbounded.
    """
    sides, gain, worth = _sides(program, target)
    best, _ = _least(sides, -gain, cost, None)
    if best is None:
        message = "there are no optimal duals: the program has no plan, or no best one"
        raise SolverTrouble(message)
    limit = (gain, -best - ROOM * (1 + abs(best)))
    low, _ = _least(sides, worth, cost, limit)
    high, _ = _least(sides, -worth, cost, limit)
    return (-np.inf if low is None else low + 0.0), (np.inf if high is None else -high + 0.0)


def _sides(program: Program, target: Target) -> tuple[Any, Floats, Floats]:
    """One dual for every finite side: its coefficients in the dual rows, its gain, and what it says one more is worth."""
    rows, columns = len(program.row_lower), len(program.column_lower)
    matrix = sparse.csr_matrix((program.matrix.value, program.matrix.column, program.matrix.start), shape=(rows, columns))
    whole: Any = sparse.csr_matrix(sparse.vstack([matrix, sparse.identity(columns)]))
    lower = np.concatenate([program.row_lower, program.column_lower])
    upper = np.concatenate([program.row_upper, program.column_upper])
    steps = np.zeros((2, rows + columns))
    np.add.at(steps[0], target.rows, target.row_lower_step)
    np.add.at(steps[1], target.rows, target.row_upper_step)
    np.add.at(steps[0], rows + target.columns, target.column_lower_step)
    np.add.at(steps[1], rows + target.columns, target.column_upper_step)
    has_lower, has_upper = np.isfinite(lower), np.isfinite(upper)
    sides = sparse.vstack([whole[has_lower], -whole[has_upper]]).T.tocsc()
    gain = np.concatenate([lower[has_lower], -upper[has_upper]])
    return sides, gain, np.concatenate([-steps[0][has_lower], steps[1][has_upper]])


def _least(sides: Any, aim: Floats, cost: Floats, limit: tuple[Floats, float] | None) -> tuple[float | None, Floats]:
    """Make ``aim y`` least over ``sides y = cost, y >= 0``, and ``limit[0] y >= limit[1]``; None where there is no least."""
    matrix = sides if limit is None else sparse.vstack([sides, sparse.csr_matrix(limit[0])]).tocsc()
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = aim, np.zeros(len(aim)), np.full(len(aim), np.inf)
    lp.row_lower_ = cost if limit is None else np.append(cost, limit[1])
    lp.row_upper_ = cost if limit is None else np.append(cost, np.inf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = matrix.shape
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs = _Highs()
    for name, value in {"output_flag": False, "primal_feasibility_tolerance": _TOLERANCE, "dual_feasibility_tolerance": _TOLERANCE}.items():
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    highs.run()
    found = np.array(highs.getSolution().col_value)
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return (float((aim * found).sum()) if optimal else None), found
