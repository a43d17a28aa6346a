"""Refusals that the physics share: a figure that cannot be is said by its name, and nothing is clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def refuse_negative(**figures: ArrayLike) -> None:
    """Refuse figures below zero.

    Parameters
    ----------
    **figures : array_like
        Values by name; any shape.

    Raises
    ------
    ValueError
        If a value is negative or not a number, naming the figure.
    """
    for name, figure in figures.items():
        values = np.asarray(figure, dtype=float)
        if not (np.isfinite(values) & (values >= 0)).all():
            message = f"{name.replace('_', ' ')} must be a number of 0 or more, found {_first_bad(values, least=0.0)}"
            raise ValueError(message)


def refuse_not_positive(**figures: ArrayLike) -> None:
    """Refuse figures that are zero or below.

    Parameters
    ----------
    **figures : array_like
        Values by name; any shape.

    Raises
    ------
    ValueError
        If a value is not above zero or not a number, naming the figure.
    """
    for name, figure in figures.items():
        values = np.asarray(figure, dtype=float)
        if not (np.isfinite(values) & (values > 0)).all():
            message = f"{name.replace('_', ' ')} must be a number above 0, found {_first_bad(values, least=np.nextafter(0.0, 1.0))}"
            raise ValueError(message)


def refuse_outside(low: float, high: float, **figures: ArrayLike) -> None:
    """Refuse figures outside a closed range.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    **figures : array_like
        Values by name; any shape.

    Raises
    ------
    ValueError
        If a value is outside the range or not a number, naming the figure.
    """
    for name, figure in figures.items():
        values = np.asarray(figure, dtype=float)
        inside = (values >= low) & (values <= high)
        if not inside.all():
            message = f"{name.replace('_', ' ')} must lie between {low:g} and {high:g}, found {values[~inside].ravel()[0]:g}"
            raise ValueError(message)


def _first_bad(values: np.ndarray, least: float) -> str:
    """The first value that is below `least`, endless or not a number."""
    bad = values[~(np.isfinite(values) & (values >= least))]
    return f"{bad.ravel()[0]:g}"
