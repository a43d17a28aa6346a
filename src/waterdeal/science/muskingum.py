"""Muskingum routing: a reach that stores K [x X + (1 - x) Y] of what flows in and out of it.

``Y_t = C0 X_t + C1 X_{t-1} + C2 Y_{t-1}`` with ``C0 = (dt - 2Kx)/D``, ``C1 = (dt + 2Kx)/D``, ``C2 = (2K(1-x) - dt)/D`` and
``D = 2K(1-x) + dt``. Where ``2Kx <= dt <= 2K(1-x)`` does not hold a coefficient is negative, and a plan could make water flow backwards
in time; such a reach is refused.

Steps of unequal length. X and Y are mean rates of a step, taken at its middle. Between the middles of two steps the reach gains half of
what each step gains::

    K [x (X_t - X_s) + (1 - x)(Y_t - Y_s)] = dt_s/2 (X_s - Y_s) + dt_t/2 (X_t - Y_t)        (s the step before t)

which is the rule above where the steps are equal, and which keeps every drop whatever their lengths: the water in the reach at the end of
a step, ``K [x X + (1 - x) Y] + dt/2 (X - Y)``, changes in a step by exactly ``dt (X - Y)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.science.refuse import refuse, refuse_not_positive, refuse_outside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


#: rounding of floats at the borders of what is admissible
ROUNDING = 1e-12


def check_muskingum(travel_days: float, weight: float, step_days: ArrayLike) -> None:
    """Refuse a reach of storage constant K (days) and weight x that Muskingum cannot route at these steps, saying what to do instead."""
    refuse_not_positive(travel_days=travel_days)
    refuse_outside(0, 0.5, weight=weight)
    refuse_not_positive(step_days=step_days)
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    least, most = 2 * travel_days * weight, 2 * travel_days * (1 - weight)
    allowed = f"Muskingum with K = {travel_days:g} days and x = {weight:g} allows steps of {least:g} to {most:g} days"
    short, long = days.min() < least * (1 - ROUNDING), days.max() > most * (1 + ROUNDING)
    refuse(short, f"{allowed}, but a step has {days.min():g} days: split the reach into shorter ones, or give it a travel time instead")
    refuse(long, f"{allowed}, but a step has {days.max():g} days: give the reach a travel time instead, or use shorter steps")


def muskingum_shares(travel_days: float, weight: float, step_days: ArrayLike) -> Floats:
    """Shares of the water entering in a step that leave so many steps later, for steps of any lengths.

    Entry ``[i, k]`` of (steps, steps) is the share of the water (a volume) of step i that leaves in step i + k. None is negative; a row
    adds up to one less what is still in the reach when the horizon ends.
    """
    check_muskingum(travel_days, weight, step_days)
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    count = len(days)
    inflow, outflow = travel_days * weight, travel_days * (1 - weight)
    divisor = outflow + days / 2
    shares = np.zeros((count, count))
    for entered in range(count):
        rate_in = 1 / days[entered]
        leaving = rate_in * (days[entered] / 2 - inflow) / divisor[entered]
        shares[entered, 0] = leaving * days[entered]
        for step in range(entered + 1, count):
            before = rate_in * (days[entered] / 2 + inflow) if step == entered + 1 else 0.0
            leaving = (before + leaving * (outflow - days[step - 1] / 2)) / divisor[step]
            shares[entered, step - entered] = leaving * days[step]
    # at the borders of what is admissible a zero coefficient comes out as rounding of either sign
    shares[np.abs(shares) < ROUNDING] = 0.0
    return shares
