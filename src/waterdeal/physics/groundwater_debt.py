"""The debt of pumping from a linear aquifer: what rivers lose of it only after the horizon (design/model.md, 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.physics.aquifer import aquifer_factors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def debt_shares(alpha: ArrayLike, step_days: ArrayLike) -> Floats:
    """Share of the water pumped from a linear aquifer in each step that rivers will lose only after the horizon.

    Parameters
    ----------
    alpha : array_like
        Share of the storage of each aquifer that leaves per day, 1/day.
    step_days : array_like
        Length of each step of the horizon, days.

    Returns
    -------
    numpy.ndarray
        Shape (aquifers, steps), 0 to 1: ``fed x kept of all later steps``, what is missing in the aquifer when the horizon ends.

    Raises
    ------
    ValueError
        If alpha is negative or a step has no length.
    """
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    table = np.zeros((np.size(alpha), len(days)))
    for row, value in enumerate(np.atleast_1d(np.asarray(alpha, dtype=float)).tolist()):
        kept, fed = aquifer_factors(value, days)
        later = np.append(np.cumprod(kept[::-1])[::-1][1:], 1.0)
        table[row] = fed * later
    return table
