"""Refusals that the science shares: a figure that cannot be is said by its name, and nothing is clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def refuse_negative(**figures: ArrayLike) -> None:
    """Raise ValueError for a figure below zero, endless or not a number, naming it."""
    for name, figure in figures.items():
        _refuse(name, figure, "of 0 or more", least=0.0)


def refuse_not_positive(**figures: ArrayLike) -> None:
    """Raise ValueError for a figure that is zero or below, endless or not a number, naming it."""
    for name, figure in figures.items():
        _refuse(name, figure, "above 0", least=np.nextafter(0.0, 1.0))


def refuse_outside(low: float, high: float, **figures: ArrayLike) -> None:
    """Raise ValueError for a figure outside a closed range or not a number, naming it."""
    for name, figure in figures.items():
        values = np.asarray(figure, dtype=float)
        inside = (values >= low) & (values <= high)
        if not inside.all():
            message = f"{name.replace('_', ' ')} must lie between {low:g} and {high:g}, found {values[~inside].ravel()[0]:g}"
            raise ValueError(message)


def _refuse(name: str, figure: ArrayLike, expected: str, *, least: float) -> None:
    """Raise for the first value that is below `least`, endless or not a number."""
    values = np.asarray(figure, dtype=float)
    sound = np.isfinite(values) & (values >= least)
    if not sound.all():
        message = f"{name.replace('_', ' ')} must be a number {expected}, found {values[~sound].ravel()[0]:g}"
        raise ValueError(message)
