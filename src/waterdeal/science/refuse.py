"""Refusals that the science shares: a figure that cannot be is said by its name, and nothing is clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def refuse_negative(**figures: ArrayLike) -> None:
    """Raise ValueError for a figure below zero, endless or not a number, naming it."""
    _refuse_beyond(0.0, _MOST, "science.negative", figures)


def refuse_not_positive(**figures: ArrayLike) -> None:
    """Raise ValueError for a figure that is zero or below, endless or not a number, naming it."""
    _refuse_beyond(np.nextafter(0.0, 1.0), _MOST, "science.not_positive", figures)


def refuse_outside(low: float, high: float, **figures: ArrayLike) -> None:
    """Raise ValueError for a figure outside a closed range or not a number, naming it."""
    _refuse_beyond(low, high, "science.outside", figures)


#: the largest number that is not endless
_MOST = np.finfo(float).max


def _refuse_beyond(low: float, high: float, key: str, figures: Mapping[str, ArrayLike]) -> None:
    """Raise for the first value of a figure that is not between two bounds."""
    for name, figure in figures.items():
        values = np.asarray(figure, dtype=float)
        bad = values[~((values >= low) & (values <= high))]
        if bad.size:
            raise ValueError(say(key, figure=say(f"figure.{name}"), low=low, high=high, found=bad[0]))
