"""Water under way: what arrives in a step of what set out in it and in earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def arriving(set_out: Floats, shares: Floats, step: int) -> float:
    """Volume that arrives in a step.

    Parameters
    ----------
    set_out : numpy.ndarray
        Volume that set out in each step, hm3; those after `step` are not looked at.
    shares : numpy.ndarray
        Shape (steps, lags): share of what sets out in a step that arrives so many steps later.
    step : int
        Number of the step.

    Returns
    -------
    float
        hm3.
    """
    earlier = np.arange(max(0, step - shares.shape[1] + 1), step + 1)
    return float(set_out[earlier] @ shares[earlier, step - earlier])


def arriving_by_step(set_out: Floats, shares: Floats) -> Floats:
    """Volume that arrives in every step.

    Parameters
    ----------
    set_out : numpy.ndarray
        Volume that set out in each step, hm3.
    shares : numpy.ndarray
        Shape (steps, lags).

    Returns
    -------
    numpy.ndarray
        hm3 by step.
    """
    return np.array([arriving(set_out, shares, step) for step in range(len(set_out))])
