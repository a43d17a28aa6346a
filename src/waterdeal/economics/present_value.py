"""Money of different years at one date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def present_value(amounts: ArrayLike, rate: float) -> Floats:
    """Value now of amounts at the ends of the coming years: sum of a_k / (1 + i)^k, k from 1.

    Parameters
    ----------
    amounts : array_like
        Amounts by (..., year), the first a year from now.
    rate : float
        Rate of interest a year, above -1.

    Returns
    -------
    numpy.ndarray
        Values, in the unit of the amounts, without the last axis.

    Raises
    ------
    ValueError
        If the rate is -1 or less.
    """
    flows = np.atleast_1d(np.asarray(amounts, dtype=float))
    return np.asarray(flows @ (_growth(rate) ** -np.arange(1.0, flows.shape[-1] + 1.0)))


def annuity_value(amount: ArrayLike, rate: float, years: int) -> Floats:
    """Value now of the same amount at the end of each of some years: a (1 - (1 + i)^-n) / i.

    Parameters
    ----------
    amount : array_like
        Amount a year.
    rate : float
        Rate of interest a year, above -1.
    years : int
        Number of years, 0 or more.

    Returns
    -------
    numpy.ndarray
        Value, in the unit of the amount.

    Raises
    ------
    ValueError
        If the rate is -1 or less, or the years are negative.

    Examples
    --------
    >>> round(float(annuity_value(100, 0.08, 3)), 4)
    257.7097
    """
    return np.asarray(np.asarray(amount, dtype=float) * _factor(rate, years))


def equal_payment(value: ArrayLike, rate: float, years: int) -> Floats:
    """Amount at the end of each of some years that is worth a value now, e.g. the yearly cost of an investment.

    Parameters
    ----------
    value : array_like
        Value now.
    rate : float
        Rate of interest a year, above -1.
    years : int
        Number of years, 1 or more.

    Returns
    -------
    numpy.ndarray
        Amount a year, in the unit of the value.

    Raises
    ------
    ValueError
        If the rate is -1 or less, or there is no year.
    """
    if years < 1:
        message = "a value cannot be spread over no year"
        raise ValueError(message)
    return np.asarray(np.asarray(value, dtype=float) / _factor(rate, years))


def _growth(rate: float) -> float:
    """What 1 becomes in a year."""
    if not rate > -1.0:
        message = f"a rate of interest of {rate} leaves nothing; expected above -1"
        raise ValueError(message)
    return 1.0 + rate


def _factor(rate: float, years: int) -> float:
    """Value now of 1 at the end of each of some years."""
    _growth(rate)
    if years < 0:
        message = f"{years} years; expected 0 or more"
        raise ValueError(message)
    # expm1 and log1p: at small rates 1 - (1 + i)^-n loses all its digits
    return float(-np.expm1(-years * np.log1p(rate)) / rate) if rate else float(years)
