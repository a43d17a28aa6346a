"""Smooth functions of the month, fitted by regularised least squares with standard errors.

A function of the month is a mean and a few harmonics of the year. Harmonic k is drawn to zero with a strength that rises with k squared
(the bending of a sine), so that the year closes without a jump. Outliers count less (Huber 1964).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.errors import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from waterdeal.types import Floats

#: harmonics of the year: three resolve a season of two months
HARMONICS = 3
#: an error beyond so many standard deviations counts less: 95 % as good as least squares where errors are normal
_HUBER = 1.345
#: a median absolute deviation is so many standard deviations of a normal error
_MAD = 0.6745
#: rounds in which weights of outliers settle
_ROUNDS = 20


def month_basis() -> Floats:
    """Values of the mean and of each cosine and sine in the middle of each month, by (month, term)."""
    angle = 2 * np.pi * (np.arange(12) + 0.5) / 12
    waves = [wave(order * angle) for order in range(1, HARMONICS + 1) for wave in (np.cos, np.sin)]
    return np.column_stack([np.ones(12), *waves])


def month_penalty() -> Floats:
    """Strength with which each term is drawn to zero: the square of its bending; the mean is free."""
    return np.array([0.0, *(float(order**4) for order in range(1, HARMONICS + 1) for _ in range(2))])


class Fit(NamedTuple):
    """What a fit found."""

    value: Floats  # of each parameter
    covariance: Floats  # of the parameters
    spread: Floats  # standard deviation of the errors, by row


def fit_regularised(matrix: Floats, target: Floats, groups: ArrayLike, prior: tuple[Floats, Floats], known: ArrayLike = 0.0) -> Fit:
    """Fit ``matrix @ value = target`` with a normal prior (its mean and precision, 0 for none).

    Rows of a group share a standard deviation, found from their errors; `known` is a standard deviation that a row has whatever the fit,
    such as the disagreement of two gauges, and no parameter is moved to explain less than that.
    """
    rows, (centre, precision) = np.asarray(groups), prior
    refuse(len(target) <= 1 or not np.isfinite(matrix).all() or not np.isfinite(target).all(), "hindcast.fit_rows")
    given = np.broadcast_to(np.asarray(known, dtype=float), target.shape)
    spread, outlier = np.full(len(target), max(float(np.std(target)), 1e-6)), np.ones(len(target))
    value, covariance = centre, np.eye(len(centre))
    for _ in range(_ROUNDS):
        weight = outlier / (spread**2 + given**2)
        normal = (matrix.T * weight) @ matrix + np.diag(precision)
        covariance = np.linalg.pinv(normal, hermitian=True)
        before, value = value, covariance @ (matrix.T @ (weight * target) + precision * centre)
        error = target - matrix @ value
        used = np.einsum("ij,jk,ik->i", matrix, covariance, matrix) * weight  # what each row takes of its own error
        spread = _spreads(error, rows, used, given)
        size = np.abs(error) / np.sqrt(spread**2 + given**2)
        outlier = np.minimum(1.0, _HUBER / np.maximum(size, 1e-12))
        if np.allclose(before, value, rtol=1e-6, atol=1e-6):
            break
    return Fit(value, covariance, np.sqrt(spread**2 + given**2))


def _spreads(error: Floats, rows: Floats, used: Floats, given: Floats) -> Floats:
    """Standard deviation of the errors of each group beyond what is given, the freedom that the fit took being counted."""
    found = np.zeros(len(error))
    for group in np.unique(rows):
        own = rows == group
        free = max(1.0 - float(used[own].sum()) / own.sum(), 1.0 / own.sum())
        robust = float(np.median(np.abs(error[own]))) / _MAD
        plain = float(np.sqrt((error[own] ** 2).mean()))
        total = min(plain, 1.5 * robust) if robust > 0 else plain
        found[own] = np.sqrt(max(total**2 / free - float((given[own] ** 2).mean()), 1e-6))
    return found
