"""Refusals that the science shares: a figure that cannot be is said by its name, and nothing is clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def refuse(wrong: object, message: str) -> None:
    """Raise ValueError where something is wrong."""
    if wrong:
        raise ValueError(message)


def refuse_negative(**figures: ArrayLike) -> None:
    """Raise ValueError for a figure below zero, endless or not a number, naming it."""
    _refuse_beyond(0.0, _MOST, "be a number of 0 or more", figures)


def refuse_not_positive(**figures: ArrayLike) -> None:
    """Raise ValueError for a figure that is zero or below, endless or not a number, naming it."""
    _refuse_beyond(np.nextafter(0.0, 1.0), _MOST, "be a number above 0", figures)


def refuse_outside(low: float, high: float, **figures: ArrayLike) -> None:
    """Raise ValueError for a figure outside a closed range or not a number, naming it."""
    _refuse_beyond(low, high, f"lie between {low:g} and {high:g}", figures)


#: the largest number that is not endless
_MOST = np.finfo(float).max


def _refuse_beyond(least: float, most: float, expected: str, figures: Mapping[str, ArrayLike]) -> None:
    """Raise for the first value of a figure that is not between two bounds."""
    for name, figure in figures.items():
        values = np.asarray(figure, dtype=float)
        bad = values[~((values >= least) & (values <= most))]
        if bad.size:
            refuse(bad.size, f"{name.replace('_', ' ')} must {expected}, found {bad[0]:g}")
