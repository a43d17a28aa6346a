"""Days inside steps: monthly figures held on days, daily figures summed to steps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.calendar import check_steps, next_month

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from waterdeal.calendar import Step

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def days_of(steps: Sequence[Step]) -> tuple[date, ...]:
    """Every day of the horizon.

    Parameters
    ----------
    steps : sequence of Step
        Steps in order, without gap.

    Returns
    -------
    tuple of datetime.date
        The days in order.

    Raises
    ------
    ValueError
        If there is no step, or the steps leave a gap.
    """
    if not steps:
        message = "there is no step"
        raise ValueError(message)
    check_steps(steps)
    first = steps[0].start
    return tuple(first + timedelta(days=place) for place in range((steps[-1].end - first).days))


def hold_monthly_rates(monthly: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Hold the rate of each month on all its days.

    Parameters
    ----------
    monthly : array_like
        Rate a day in each month of the year, January first, on the last axis.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    numpy.ndarray
        The same with days of the horizon on the last axis, in the unit given.

    Raises
    ------
    ValueError
        If the last axis does not hold twelve months, or the steps leave a gap.
    """
    months = _twelve(monthly)
    return np.asarray(months[..., [day.month - 1 for day in days_of(steps)]])


def spread_monthly_totals(monthly: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Spread the total of each month evenly over its days.

    Parameters
    ----------
    monthly : array_like
        Total of each month of the year, January first, on the last axis, e.g. mm of rain.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    numpy.ndarray
        Amount of each day of the horizon, on the last axis.

    Raises
    ------
    ValueError
        If the last axis does not hold twelve months, or the steps leave a gap.
    """
    lengths = np.array([(next_month(day) - day.replace(day=1)).days for day in days_of(steps)], dtype=float)
    return np.asarray(hold_monthly_rates(monthly, steps) / lengths)


def sum_to_steps(daily: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Add daily amounts up to steps.

    Parameters
    ----------
    daily : array_like
        Amount of each day of the horizon, on the last axis.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    numpy.ndarray
        Amount of each step, on the last axis.

    Raises
    ------
    ValueError
        If the last axis does not hold every day of the horizon.
    """
    amounts, count = np.asarray(daily, dtype=float), len(days_of(steps))
    if amounts.ndim == 0 or amounts.shape[-1] != count:
        message = f"the last axis must hold the {count} days of the horizon"
        raise ValueError(message)
    return np.asarray(np.add.reduceat(amounts, _first_days(steps), axis=-1))


def _first_days(steps: Sequence[Step]) -> Ints:
    """Place of each step's first day in the horizon."""
    return np.array([(step.start - steps[0].start).days for step in steps], dtype=np.int64)


def _twelve(monthly: ArrayLike) -> Floats:
    """Twelve months on the last axis, or a complaint."""
    months = np.asarray(monthly, dtype=float)
    if months.ndim == 0 or months.shape[-1] != 12:
        message = "the last axis must hold the twelve months of the year"
        raise ValueError(message)
    return months
