"""The few corners of a frontier that stand for all of them, with how far the straight lines between them are off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shown_corners(corners: NDArray[np.float64], most: int) -> tuple[list[int], float]:
    """Choose corners to show: the two ends, then again and again the one furthest from the lines so far.

    Parameters
    ----------
    corners : numpy.ndarray
        By (corner, party), the first column rising.
    most : int
        How many to show.

    Returns
    -------
    chosen : list of int
        Places of the corners, rising.
    off : float
        Largest distance of a corner that is not shown from the lines between those that are, in the second figure.

    Examples
    --------
    >>> shown_corners(np.array([[0.0, 9.0], [1.0, 8.0], [4.0, 4.0], [5.0, 0.0]]), 3)
    ([0, 2, 3], 0.25)
    """
    chosen = sorted({0, len(corners) - 1})
    rising = corners if corners[0, 0] <= corners[-1, 0] else corners[::-1]
    while True:
        at = corners[chosen] if rising is corners else corners[chosen][::-1]
        off = np.abs(corners[:, 1] - np.interp(corners[:, 0], at[:, 0], at[:, 1]))
        if len(chosen) >= min(most, len(corners)):
            return chosen, float(off.max())
        off[chosen] = -1.0
        chosen = sorted([*chosen, int(off.argmax())])
