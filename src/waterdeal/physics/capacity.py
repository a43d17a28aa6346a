"""How large a reservoir must be, and figures of flows that must agree with one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.physics.refuse import refuse_negative, refuse_not_positive
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: two means closer than this share of one another agree to the rounding of a printed table
MEAN_TOLERANCE = 0.001


@dataclass(frozen=True)
class StatedMean:
    """A mean that a source states, beside the mean of its own values.

    Parameters
    ----------
    stated, computed : float
        In the unit of the values.
    agrees : bool
        Whether they are the same to the tolerance asked.
    """

    stated: float
    computed: float
    agrees: bool

    def __str__(self) -> str:
        """One sentence."""
        verdict = "agrees with" if self.agrees else "is not"
        return f"the stated mean {self.stated:g} {verdict} the mean of the values, {self.computed:g}"


def sequent_peak(inflow: ArrayLike, demand: ArrayLike) -> float:
    """Least capacity that carries a steady or changing demand through a record that repeats, by the sequent peak.

    Parameters
    ----------
    inflow : array_like
        Inflow of each step, any unit of volume.
    demand : array_like
        Demand of each step, or one for all, in the same unit.

    Returns
    -------
    float
        In the unit of the inflow: the largest of ``K_t = max(0, K_{t-1} + demand - inflow)`` over two passes through the record, so that a
        drought over its end is seen (cases RE-03, RE-04, RE-06). Where rates are given, steps must be equal.

    Raises
    ------
    ValueError
        If a figure is negative, or more is asked than flows in: then no capacity is enough.
    """
    refuse_negative(inflow=inflow, demand=demand)
    coming = np.atleast_1d(np.asarray(inflow, dtype=float))
    wanted = np.broadcast_to(np.asarray(demand, dtype=float), coming.shape)
    if wanted.sum() > coming.sum() * (1 + 1e-12):
        message = f"no capacity is enough: {wanted.sum():g} is asked of a record that brings {coming.sum():g}"
        raise ValueError(message)
    deficit = largest = 0.0
    for gap in np.tile(wanted - coming, 2):
        deficit = max(0.0, deficit + float(gap))
        largest = max(largest, deficit)
    return largest


def check_stated_mean(values: ArrayLike, stated: float, tolerance: float = MEAN_TOLERANCE) -> StatedMean:
    """Compare the mean that a table states with the mean of its values (case RE-06: a published table states another).

    Parameters
    ----------
    values : array_like
        The values of the table.
    stated : float
        The mean it states.
    tolerance : float
        Share of the computed mean by which they may differ.

    Returns
    -------
    StatedMean
        Both, and whether they agree.

    Raises
    ------
    ValueError
        If there is no value, or one is not a number.
    """
    table = np.asarray(values, dtype=float)
    if table.size == 0 or not np.isfinite(table).all() or not np.isfinite(stated):
        message = "a mean needs values, and all of them numbers"
        raise ValueError(message)
    computed = float(table.mean())
    return StatedMean(float(stated), computed, abs(stated - computed) <= tolerance * abs(computed))


def storage_change(inflow: ArrayLike, outflow: ArrayLike, days: ArrayLike) -> Floats:
    """Storage gained from rates in and out.

    Parameters
    ----------
    inflow, outflow : array_like
        Mean rates, m3/s.
    days : array_like
        Length of the period, days.

    Returns
    -------
    numpy.ndarray
        hm3, negative where storage falls (case RE-16).

    Raises
    ------
    ValueError
        If a rate is negative or a period has no length.
    """
    refuse_negative(inflow=inflow, outflow=outflow)
    refuse_not_positive(days=days)
    return np.asarray(rate_to_volume(np.asarray(inflow, dtype=float) - np.asarray(outflow, dtype=float), np.asarray(days)), dtype=float)
