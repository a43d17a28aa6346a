"""Second routes to figures of the model: formulas and programs of their own, which share nothing with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def muskingum_coefficients(travel: float, weight: float, step: float) -> Floats:
    """C0, C1 and C2 of a step, admissible or not: ``Y_t = C0 X_t + C1 X_{t-1} + C2 Y_{t-1}``."""
    inflow, outflow = 2 * travel * weight, 2 * travel * (1 - weight)
    return np.array([step - inflow, step + inflow, outflow - step]) / (outflow + step)


def sequent_peak(inflow: ArrayLike, demand: float) -> float:
    """Least capacity that carries a demand through a record that repeats: ``K_t = max(0, K_{t-1} + demand - inflow)``, two passes."""
    deficit = largest = 0.0
    for gap in np.tile(demand - np.asarray(inflow, dtype=float), 2):
        deficit = max(0.0, deficit + float(gap))
        largest = max(largest, deficit)
    return largest


def shared_by_price(slopes: Sequence[Callable[[float], float]], water: float) -> tuple[Floats, float]:
    """Shares of all of some water at which every user's falling marginal benefit is one price, and that price, both by halving."""

    def wanted(slope: Callable[[float], float], price: float) -> float:
        low, high = 0.0, water
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) > price else (low, middle)
        return low

    low, high = 0.0, max(slope(1e-9) for slope in slopes)
    for _ in range(60):
        price = (low + high) / 2
        low, high = (price, high) if sum(wanted(slope, price) for slope in slopes) > water else (low, price)
    return np.array([wanted(slope, high) for slope in slopes]), high


def quadratic_plan(
    linear: ArrayLike, curve: ArrayLike, rows: ArrayLike, limits: ArrayLike, *, as_it_comes: bool = False
) -> tuple[Floats, Floats]:
    """Greatest ``linear x - curve x^2 / 2`` under ``rows x <= limits``, ``x >= 0`` by HiGHS's quadratic solver, and the worth of each limit.

    As it comes the solver adds a term and never takes it away (case FE-04); unless told it runs without.
    """
    gains, bends = np.asarray(linear, dtype=float), np.asarray(curve, dtype=float)
    count = len(gains)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    if not as_it_comes:
        solver.setOptionValue("qp_regularization_value", 0.0)
    for gain in gains.tolist():
        solver.addCol(-gain, 0.0, highspy.kHighsInf, 0, [], [])
    for row, limit in zip(np.atleast_2d(np.asarray(rows, dtype=float)), np.atleast_1d(limits).tolist(), strict=True):
        solver.addRow(-highspy.kHighsInf, limit, count, np.arange(count), row)
    hessian = highspy.HighsHessian()
    hessian.dim_, hessian.format_ = count, highspy.HessianFormat.kTriangular
    hessian.start_, hessian.index_, hessian.value_ = np.arange(count + 1), np.arange(count), bends
    solver.passHessian(hessian)
    solver.run()
    solution = solver.getSolution()
    return np.array(solution.col_value), -np.array(solution.row_dual)
