"""How far a plan is from a frontier, along each axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Gap:
    """What a plan leaves on the table.

    Parameters
    ----------
    first : float
        How much more the first party could have, the second having no less.
    second : float
        How much more the second party could have, the first having no less.
    """

    first: float
    second: float


def gap_to(corners: NDArray[np.float64], point: tuple[float, float]) -> Gap:
    """Measure how far a point is from a frontier.

    Parameters
    ----------
    corners : numpy.ndarray
        Corners by rising first and falling second sum, more being better.
    point : tuple of float
        The two sums of a plan.

    Returns
    -------
    Gap
        Zero, but for rounding, where the plan is on the frontier; below zero on an axis where it has what no corner has, because it does
        not keep what the frontier keeps.

    Examples
    --------
    >>> gap_to(np.array([[0.0, 10.0], [10.0, 0.0]]), (4.0, 4.0))
    Gap(first=2.0, second=2.0)
    """
    first, second = corners[:, 0], corners[:, 1]
    return Gap(
        float(np.interp(point[1], second[::-1], first[::-1])) - point[0],
        float(np.interp(point[0], first, second)) - point[1],
    )
