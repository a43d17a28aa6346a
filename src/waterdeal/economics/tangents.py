"""Tangents and chords of concave benefits: how near straight lines come, and what a shortage costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from waterdeal.economics.benefit import Benefit

    Floats = NDArray[np.float64]

#: halvings that find where a slope crosses that of a chord: beyond them a float has no more digits
_HALVINGS = 60


def tangents(benefit: Benefit, points: ArrayLike) -> tuple[Floats, Floats]:
    """Tangents of a benefit: it lies below slope x + intercept everywhere.

    With an area a and the water v on it they are also perspective cuts: y <= slope v + intercept a.

    Parameters
    ----------
    benefit : Benefit
        The benefit.
    points : array_like
        Where the tangents touch.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        Slope and intercept of each.

    Raises
    ------
    ValueError
        If a point is outside the domain, or the slope there is infinite.
    """
    touched = np.asarray(points, dtype=float)
    slope = benefit.slope(touched)
    if not np.isfinite(slope).all():
        message = "the benefit has no finite slope at one of the points"
        raise ValueError(message)
    return slope, np.asarray(benefit.value(touched) - slope * touched)


def chord_error(curvature: ArrayLike, width: ArrayLike) -> Floats:
    """Bound of the error of a chord: |f''| w^2 / 8 (interpolation theory).

    Parameters
    ----------
    curvature : array_like
        Largest second derivative on the segment.
    width : array_like
        Length of the segment.

    Returns
    -------
    numpy.ndarray
        The bound; for a parabola the error itself.
    """
    return np.asarray(np.abs(np.asarray(curvature, dtype=float)) * np.asarray(width, dtype=float) ** 2 / 8.0)


def largest_chord_error(benefit: Benefit, low: float, high: float, segments: int) -> float:
    """Largest distance between a benefit and chords over equal segments, found where its slope is that of the chord.

    Parameters
    ----------
    benefit : Benefit
        The benefit.
    low, high : float
        Ends, inside the domain.
    segments : int
        Number of segments, 1 or more.

    Returns
    -------
    float
        The error, in the unit of the benefit.

    Raises
    ------
    ValueError
        If there is no segment, or an end is outside the domain.
    """
    if segments < 1 or not high > low:
        message = "chords need one segment or more, and an upper end above the lower one"
        raise ValueError(message)
    knots = np.linspace(low, high, segments + 1)
    values = benefit.value(knots)
    steep = np.diff(values) / np.diff(knots)
    left, right = knots[:-1].copy(), knots[1:].copy()
    for _ in range(_HALVINGS):
        middle = (left + right) / 2.0
        rising = benefit.slope(middle) > steep
        left, right = np.where(rising, middle, left), np.where(rising, right, middle)
    gaps = benefit.value(left) - (values[:-1] + steep * (left - knots[:-1]))
    return float(gaps.max())


def scarcity_cost(benefit: Benefit, supply: ArrayLike, target: ArrayLike) -> Floats:
    """What a shortage costs: the area under the demand curve from supply to target (the meaning CALVIN gives it).

    It is benefit forgone: report it beside the benefit, never add the two.

    Parameters
    ----------
    benefit : Benefit
        Benefit of the supply.
    supply, target : array_like
        What is delivered, and what is wanted at no scarcity.

    Returns
    -------
    numpy.ndarray
        Cost; 0 where supply reaches the target.

    Raises
    ------
    ValueError
        If a quantity is outside the domain.
    """
    wanted = np.asarray(target, dtype=float)
    return np.asarray(benefit.value(wanted) - benefit.value(np.minimum(np.asarray(supply, dtype=float), wanted)))
