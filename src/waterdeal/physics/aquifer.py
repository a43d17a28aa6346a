"""Groundwater: a linear aquifer by exact steps, and the depletion of a stream by wells.

Linear aquifer (design/model.md, 6.1; equations 5 and 7 of WHAT-IF): baseflow is alpha x storage at every moment, so that in a step
``V' = V e^-a + (R - P)(1 - e^-a)/a`` with a = alpha x days, and baseflow = V + R - P - V'.

Stream depletion (design/model.md, 6.2; Glover and Balmer 1954, Jenkins 1968): a well pumping at a steady rate takes the share
``erfc(sqrt(SDF / 4t))`` of it from the stream after a time t. What a season's pumping still takes after the horizon is a debt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.physics.refuse import refuse_negative, refuse_not_positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AquiferSteps:
    """What a linear aquifer did.

    Parameters
    ----------
    storage : numpy.ndarray
        Storage at the end of each step, hm3.
    baseflow : numpy.ndarray
        Water that left for the river in each step, hm3.
    """

    storage: Floats
    baseflow: Floats


def aquifer_factors(alpha: float, step_days: ArrayLike) -> tuple[Floats, Floats]:
    """Factors of the exact step, for a linear model: ``V' = kept x V + fed x (R - P)``.

    Parameters
    ----------
    alpha : float
        Share of the storage that leaves per day, 1/day, 0 or more.
    step_days : array_like
        Length of each step, days.

    Returns
    -------
    tuple of numpy.ndarray
        ``kept = e^-a`` and ``fed = (1 - e^-a)/a`` with ``a = alpha x days``; ``fed`` is 1 where alpha is 0.

    Raises
    ------
    ValueError
        If alpha is negative or a step has no length.
    """
    refuse_negative(alpha=alpha)
    refuse_not_positive(step_days=step_days)
    exponent = alpha * np.atleast_1d(np.asarray(step_days, dtype=float))
    fed = np.divide(-np.expm1(-exponent), exponent, out=np.ones_like(exponent), where=exponent > 0)
    return np.exp(-exponent), fed


def linear_aquifer(initial: float, recharge: ArrayLike, pumping: ArrayLike, alpha: float, step_days: ArrayLike) -> AquiferSteps:
    """Run a linear aquifer through steps of any lengths.

    Parameters
    ----------
    initial : float
        Storage at the start, hm3.
    recharge, pumping : array_like
        Water brought and taken in each step, hm3, spread evenly over the step.
    alpha : float
        Share of the storage that leaves per day, 1/day.
    step_days : array_like
        Length of each step, days, which says how many steps there are; figures above may be one for all.

    Returns
    -------
    AquiferSteps
        Storage and baseflow; ``initial + recharge - pumping = storage + baseflow`` over any steps.

    Raises
    ------
    ValueError
        If a figure cannot be, or pumping takes more than the aquifer holds.
    """
    refuse_negative(initial=initial, recharge=recharge, pumping=pumping)
    kept, share = aquifer_factors(alpha, step_days)
    fed = np.broadcast_to(np.asarray(recharge, dtype=float) - np.asarray(pumping, dtype=float), kept.shape)
    storage = np.empty(len(fed))
    before = initial
    for step in range(len(fed)):
        storage[step] = before = kept[step] * before + share[step] * fed[step]
        if not before >= 0:
            message = f"pumping takes {-before:g} hm3 more than the aquifer holds in step {step + 1}; pump less or recharge more"
            raise ValueError(message)
    return AquiferSteps(storage, closure(initial, storage, fed))


def closure(initial: float, storage: ArrayLike, net_recharge: ArrayLike) -> Floats:
    """Baseflow by the balance of each step.

    Parameters
    ----------
    initial : float
        Storage at the start, hm3.
    storage : array_like
        Storage at the end of each step, hm3.
    net_recharge : array_like
        Recharge less pumping of each step, hm3.

    Returns
    -------
    numpy.ndarray
        hm3: ``V + R - P - V'``.
    """
    ends = np.asarray(storage, dtype=float)
    starts = np.concatenate([[initial], ends[:-1]])
    return np.asarray(starts + np.asarray(net_recharge, dtype=float) - ends)


def stream_depletion_factor(distance: ArrayLike, transmissivity: ArrayLike, specific_yield: ArrayLike) -> Floats:
    """Stream depletion factor of a well, the time after which 28 % of what it pumped came from the stream (Jenkins 1968).

    Parameters
    ----------
    distance : array_like
        From the well to the stream, m.
    transmissivity : array_like
        m2/day.
    specific_yield : array_like
        Share of the aquifer's volume that drains, above 0.

    Returns
    -------
    numpy.ndarray
        Days: ``distance^2 x specific_yield / transmissivity``.

    Raises
    ------
    ValueError
        If a figure is not above 0.
    """
    refuse_not_positive(distance=distance, transmissivity=transmissivity, specific_yield=specific_yield)
    return np.asarray(np.asarray(distance, dtype=float) ** 2 * np.asarray(specific_yield) / np.asarray(transmissivity))


def depletion_rate_share(days: ArrayLike, factor: ArrayLike) -> Floats:
    """Share of a steady pumping rate that comes from the stream after some days.

    Parameters
    ----------
    days : array_like
        Since the pump was started, 0 or more.
    factor : array_like
        Stream depletion factor, days.

    Returns
    -------
    numpy.ndarray
        0 to 1: ``erfc(sqrt(SDF / 4t))``.

    Raises
    ------
    ValueError
        If days are negative or the factor not above 0.
    """
    root = _root(days, factor)
    return _erfc(root)


def depletion_volume_share(days: ArrayLike, factor: ArrayLike) -> Floats:
    """Share of all water pumped at a steady rate that came from the stream by some days.

    Parameters
    ----------
    days : array_like
        Since the pump was started, 0 or more.
    factor : array_like
        Stream depletion factor, days.

    Returns
    -------
    numpy.ndarray
        0 to 1: ``(1 + 2 u^2) erfc(u) - 2 u e^(-u^2) / sqrt(pi)`` with ``u = sqrt(SDF / 4t)``, the mean of the rate share over time.

    Raises
    ------
    ValueError
        If days are negative or the factor not above 0.
    """
    root = _root(days, factor)
    started = np.isfinite(root)
    u = np.where(started, root, 0.0)
    share = (1 + 2 * u**2) * _erfc(u) - 2 * u * np.exp(-(u**2)) / np.sqrt(np.pi)
    # far from the stream the two terms cancel, and what is left below a share of 1e-15 is their rounding
    return np.where(started, np.maximum(share, 0.0), 0.0)


def _erfc(values: Floats) -> Floats:
    """Complementary error function; scipy is slow to import, and only stream depletion needs it."""
    from scipy.special import erfc

    return np.asarray(erfc(values))


def depletion_shares(factor: float, step_days: ArrayLike) -> Floats:
    """Response coefficients: shares of the water pumped in a step that the stream loses so many steps later.

    Parameters
    ----------
    factor : float
        Stream depletion factor, days.
    step_days : array_like
        Length of each step of the horizon, days; pumping is even within a step.

    Returns
    -------
    numpy.ndarray
        Shape (steps, lags), both the number of steps: entry ``[i, k]`` is the share of the volume pumped in step i that the stream loses
        in step i + k. A row adds up to one less what is lost after the horizon.

    Raises
    ------
    ValueError
        If the factor or a step is not above 0.
    """
    refuse_not_positive(factor=factor, step_days=step_days)
    days = np.atleast_1d(np.asarray(step_days, dtype=float))
    count = len(days)
    borders = np.concatenate([[0.0], np.cumsum(days)])

    def lost(since: Floats) -> Floats:
        """Volume lost since a pump of one hm3 a day was started."""
        time = np.maximum(since, 0.0)
        return time * depletion_volume_share(time, factor)

    shares = np.zeros((count, count))
    for pumped in range(count):
        by_border = (lost(borders[pumped:] - borders[pumped]) - lost(borders[pumped:] - borders[pumped + 1])) / days[pumped]
        shares[pumped, : count - pumped] = np.diff(by_border)
    return shares


def stream_depletion(pumping: ArrayLike, shares: ArrayLike) -> tuple[Floats, float]:
    """Water a stream loses to wells, and what it will still lose after the horizon.

    Parameters
    ----------
    pumping : array_like
        Pumped in each step, hm3.
    shares : array_like
        Of `depletion_shares`.

    Returns
    -------
    tuple of numpy.ndarray and float
        hm3 lost in each step, and the debt: hm3 pumped in the horizon that the stream loses later.

    Raises
    ------
    ValueError
        If pumping is negative or the shares are of other steps.
    """
    refuse_negative(pumping=pumping)
    pumped, table = np.atleast_1d(np.asarray(pumping, dtype=float)), np.asarray(shares, dtype=float)
    count = len(pumped)
    if table.shape != (count, count):
        message = f"pumping has {count} steps, the shares are for {len(table)}"
        raise ValueError(message)
    lost = np.zeros(count)
    for step in range(count):
        lost[step:] += pumped[step] * table[step, : count - step]
    return lost, float(pumped.sum() - lost.sum())


def _root(days: ArrayLike, factor: ArrayLike) -> Floats:
    """``sqrt(SDF / 4t)``; endless at the start, when the stream feels nothing yet."""
    refuse_negative(days=days)
    refuse_not_positive(factor=factor)
    time, spread = np.broadcast_arrays(np.asarray(days, dtype=float), np.asarray(factor, dtype=float))
    return np.asarray(np.sqrt(np.divide(spread, 4 * time, out=np.full(time.shape, np.inf), where=time > 0)))
