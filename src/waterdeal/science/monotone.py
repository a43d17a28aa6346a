"""The monotone cubic of Fritsch and Butland through given points.

SciPy has it as ``PchipInterpolator``, with which it is compared in the tests; but importing ``scipy.interpolate`` takes longer than
importing Pyomo, a sixth of a whole run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from waterdeal.types import Floats


def monotone_cubic(x: Floats, y: Floats, at: Floats) -> Floats:
    """Read curves ``y`` (item, place) over rising places ``x`` at places between them, without overshooting.

    Between two points a curve stays between their values (Fritsch and Butland 1984, SIAM Journal on Scientific and Statistical Computing
    5(2), 300-304).
    """
    width = np.diff(x.astype(float))
    rise = np.diff(y, axis=1) / width
    slope = _slopes(width, rise)
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(width) - 1)
    h, s = width[left], (at - x[left]) / width[left]
    low, high = y[:, left], y[:, left + 1]
    return np.asarray(
        low * (1 + 2 * s) * (1 - s) ** 2
        + high * s**2 * (3 - 2 * s)
        + h * s * (1 - s) * (slope[:, left] * (1 - s) - slope[:, left + 1] * s)
    )  # fmt: skip


def _slopes(width: Floats, rise: Floats) -> Floats:
    """Slope at each place: a harmonic mean of the rises beside it, none where they differ in sign."""
    if len(width) == 1:
        return np.repeat(rise, 2, axis=1)
    before, after = rise[:, :-1], rise[:, 1:]
    first, second = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    same = before * after > 0
    mean = np.where(same, first / np.where(same, before, 1.0) + second / np.where(same, after, 1.0), 1.0)
    inner = np.where(same, (first + second) / mean, 0.0)
    ends = (_end(width[0], width[1], rise[:, 0], rise[:, 1]), _end(width[-1], width[-2], rise[:, -1], rise[:, -2]))
    return np.column_stack([ends[0], inner, ends[1]])


def _end(width: float, next_width: float, rise: Floats, next_rise: Floats) -> Floats:
    """Slope at an end by three points, kept from turning the curve."""
    slope = ((2 * width + next_width) * rise - width * next_rise) / (width + next_width)
    steep = (np.sign(rise) != np.sign(next_rise)) & (np.abs(slope) > 3 * np.abs(rise))
    return np.where(np.sign(slope) != np.sign(rise), 0.0, np.where(steep, 3 * rise, slope))
