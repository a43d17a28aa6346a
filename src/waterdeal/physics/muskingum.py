"""Muskingum routing: a reach that stores K [x X + (1 - x) Y] of what flows in and out of it.

``Y_t = C0 X_t + C1 X_{t-1} + C2 Y_{t-1}`` with ``C0 = (dt - 2Kx)/D``, ``C1 = (dt + 2Kx)/D``, ``C2 = (2K(1-x) - dt)/D`` and
``D = 2K(1-x) + dt`` (design/model.md, 1.3). Where ``2Kx <= dt <= 2K(1-x)`` does not hold a coefficient is negative, and a plan could
make water flow backwards in time; such a reach is refused.

Steps of unequal length. X and Y are mean rates of a step, taken at its middle. Between the middles of two steps the reach gains half of
what each step gains::

    K [x (X_t - X_s) + (1 - x)(Y_t - Y_s)] = dt_s/2 (X_s - Y_s) + dt_t/2 (X_t - Y_t)        (s the step before t)

which is the rule above where the steps are equal, and which keeps every drop whatever their lengths: the water in the reach at the end of
a step, ``K [x X + (1 - x) Y] + dt/2 (X - Y)``, changes in a step by exactly ``dt (X - Y)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.physics.refuse import refuse_not_positive, refuse_outside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: rounding of floats at the borders of what is admissible
ROUNDING = 1e-12


def muskingum_coefficients(travel_days: float, weight: float, step_days: float) -> Floats:
    """Coefficients C0, C1, C2 of a step, admissible or not.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days (any unit of time that `step_days` has too).
    weight : float
        Weight x of the inflow, 0 to 0.5.
    step_days : float
        Length of the step.

    Returns
    -------
    numpy.ndarray
        C0, C1, C2; they add up to one. A negative one says that the step does not suit the reach: see `is_admissible`.

    Raises
    ------
    ValueError
        If K or the step is not above 0, or x outside 0 to 0.5.
    """
    _refuse_reach(travel_days, weight)
    refuse_not_positive(step_days=step_days)
    inflow, outflow = 2 * travel_days * weight, 2 * travel_days * (1 - weight)
    return np.array([step_days - inflow, step_days + inflow, outflow - step_days]) / (outflow + step_days)


def is_admissible(travel_days: float, weight: float, step_days: ArrayLike) -> bool:
    """Tell whether no coefficient is negative: ``2Kx <= dt <= 2K(1-x)`` in every step.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days.
    weight : float
        Weight x of the inflow, 0 to 0.5.
    step_days : array_like
        Length of the step, or of each.

    Returns
    -------
    bool
        True where it holds for all.

    Raises
    ------
    ValueError
        If K or a step is not above 0, or x outside 0 to 0.5.
    """
    return not _problem(travel_days, weight, step_days)


def check_muskingum(travel_days: float, weight: float, step_days: ArrayLike) -> None:
    """Refuse a reach that Muskingum cannot route at these steps.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days.
    weight : float
        Weight x of the inflow, 0 to 0.5.
    step_days : array_like
        Length of the step, or of each.

    Raises
    ------
    ValueError
        If ``2Kx <= dt <= 2K(1-x)`` fails, saying where and what to do instead.
    """
    problem = _problem(travel_days, weight, step_days)
    if problem:
        raise ValueError(problem)


def muskingum_shares(travel_days: float, weight: float, step_days: ArrayLike) -> Floats:
    """Shares of the water entering in a step that leave so many steps later, for steps of any lengths.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days.
    weight : float
        Weight x of the inflow, 0 to 0.5.
    step_days : array_like
        Length of each step of the horizon, days.

    Returns
    -------
    numpy.ndarray
        Shape (steps, lags), both the number of steps: entry ``[i, k]`` is the share of the water (a volume) of step i that leaves in step
        i + k. None is negative; a row adds up to one less what is still in the reach when the horizon ends.

    Raises
    ------
    ValueError
        If the steps do not suit the reach (see `check_muskingum`).
    """
    check_muskingum(travel_days, weight, step_days)
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    count = len(days)
    inflow, outflow = travel_days * weight, travel_days * (1 - weight)
    divisor = outflow + days / 2
    shares = np.zeros((count, count))
    for entered in range(count):
        rate_in, leaving = 1 / days[entered], 0.0
        for step in range(entered, count):
            if step == entered:
                leaving = rate_in * (days[step] / 2 - inflow) / divisor[step]
            else:
                before = rate_in * (days[entered] / 2 + inflow) if step == entered + 1 else 0.0
                leaving = (before + leaving * (outflow - days[step - 1] / 2)) / divisor[step]
            shares[entered, step - entered] = leaving * days[step]
    # at the borders of what is admissible a zero coefficient comes out as rounding of either sign
    shares[np.abs(shares) < ROUNDING] = 0.0
    return shares


def stored_share_leaving(travel_days: float, weight: float, step_days: ArrayLike) -> Floats:
    """Shares of the water in the reach at the start that leave in each step, after a steady flow.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days; a steady rate q stores ``K q`` whatever x and the step before are.
    weight : float
        Weight x of the inflow, 0 to 0.5.
    step_days : array_like
        Length of each step of the horizon, days.

    Returns
    -------
    numpy.ndarray
        Shape (steps,); adds up to one less what is still in the reach when the horizon ends.

    Raises
    ------
    ValueError
        If the steps do not suit the reach.
    """
    check_muskingum(travel_days, weight, step_days)
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    outflow = travel_days * (1 - weight)
    divisor = outflow + days / 2
    rates = np.empty(len(days))
    # a steady rate 1/K before the horizon stores one unit: what it weighs at the first step is K x 1/K, the length before it falls out
    rates[0] = 1 / divisor[0]
    for step in range(1, len(days)):
        rates[step] = rates[step - 1] * (outflow - days[step - 1] / 2) / divisor[step]
    return np.asarray(rates * days)


def stored_volume(travel_days: float, weight: float, entering: ArrayLike, leaving: ArrayLike) -> Floats:
    """Water stored in a reach, ``K [x X + (1 - x) Y]``.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days.
    weight : float
        Weight x of the inflow, 0 to 0.5.
    entering, leaving : array_like
        Rates X and Y at one moment, hm3 per day.

    Returns
    -------
    numpy.ndarray
        hm3 at that moment; with mean rates of a step, at its middle.

    Raises
    ------
    ValueError
        If K is not above 0 or x outside 0 to 0.5.
    """
    _refuse_reach(travel_days, weight)
    return np.asarray(travel_days * (weight * np.asarray(entering) + (1 - weight) * np.asarray(leaving)), dtype=float)


def stored_volume_at_end(travel_days: float, weight: float, rates: tuple[ArrayLike, ArrayLike], step_days: ArrayLike) -> Floats:
    """Water in a reach at the end of a step, which an audit adds to what is stored elsewhere.

    Parameters
    ----------
    travel_days : float
        Storage constant K, days.
    weight : float
        Weight x of the inflow, 0 to 0.5.
    rates : tuple of array_like
        Mean rates of the step, entering and leaving, hm3 per day.
    step_days : array_like
        Length of the step, days.

    Returns
    -------
    numpy.ndarray
        hm3: ``K [x X + (1 - x) Y] + dt/2 (X - Y)``.

    Raises
    ------
    ValueError
        If K or a step is not above 0, or x outside 0 to 0.5.
    """
    refuse_not_positive(step_days=step_days)
    entering, leaving = (np.asarray(rate, dtype=float) for rate in rates)
    gained = np.asarray(step_days, dtype=float) / 2 * (entering - leaving)
    return np.asarray(stored_volume(travel_days, weight, entering, leaving) + gained)


def _refuse_reach(travel_days: float, weight: float) -> None:
    """Refuse a storage constant or a weight that no reach has."""
    refuse_not_positive(travel_days=travel_days)
    refuse_outside(0, 0.5, weight=weight)


def _problem(travel_days: float, weight: float, step_days: ArrayLike) -> str:
    """Say in a sentence why a reach does not suit the steps; empty where it does."""
    _refuse_reach(travel_days, weight)
    refuse_not_positive(step_days=step_days)
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    least, most = 2 * travel_days * weight, 2 * travel_days * (1 - weight)
    allowed = f"Muskingum with K = {travel_days:g} days and x = {weight:g} allows steps of {least:g} to {most:g} days"
    if days.min() < least * (1 - ROUNDING):
        return f"{allowed}, but a step has {days.min():g} days: split the reach into shorter ones, or give it a travel time instead"
    if days.max() > most * (1 + ROUNDING):
        return f"{allowed}, but a step has {days.max():g} days: give the reach a travel time instead, or use shorter steps"
    return ""
