"""Energy and power of falling water, rho g = 9810 N/m3 (design/model.md, 3.1 and case HY-04)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.physics.refuse import refuse_negative, refuse_not_positive, refuse_outside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: weight of a cubic metre of water, kN
WEIGHT_KN_PER_M3 = 9.81
#: GWh of 1 hm3 falling 1 m at efficiency 1: 9.81 kN/m3 x 1e6 m3 x 1 m / 3600 s/h / 1e6 kWh/GWh
GWH_PER_HM3_M = WEIGHT_KN_PER_M3 / 3600
#: MJ in a kWh
MJ_PER_KWH = 3.6


def energy_of_water(volume: ArrayLike, head: ArrayLike, efficiency: ArrayLike) -> Floats:
    """Energy of water through turbines.

    Parameters
    ----------
    volume : array_like
        Water through the turbines, hm3.
    head : array_like
        Net head, m.
    efficiency : array_like
        Share of the fall that becomes electricity, 0 to 1.

    Returns
    -------
    numpy.ndarray
        GWh: ``0.002725 x efficiency x volume x head``.

    Raises
    ------
    ValueError
        If a figure is negative or an efficiency above 1.
    """
    refuse_negative(volume=volume, head=head)
    refuse_outside(0, 1, efficiency=efficiency)
    return np.asarray(GWH_PER_HM3_M * np.asarray(efficiency) * np.asarray(volume) * np.asarray(head), dtype=float)


def energy_per_m3(head: ArrayLike, efficiency: ArrayLike) -> Floats:
    """Energy of a cubic metre of water.

    Parameters
    ----------
    head : array_like
        Net head, m.
    efficiency : array_like
        0 to 1.

    Returns
    -------
    numpy.ndarray
        kWh/m3, which is GWh/hm3: the factor of a plant at this head.

    Raises
    ------
    ValueError
        If a head is negative or an efficiency outside 0 to 1.
    """
    return energy_of_water(1.0, head, efficiency)


def energy_of_day(flow: ArrayLike, head: ArrayLike, efficiency: ArrayLike) -> Floats:
    """Energy of a day of flow in megajoules, which pywr reports as "power".

    Parameters
    ----------
    flow : array_like
        Flow, m3 per day (not hm3, not m3/s).
    head : array_like
        Net head, m.
    efficiency : array_like
        0 to 1.

    Returns
    -------
    numpy.ndarray
        MJ per day: ``9810 x efficiency x flow x head / 1e6`` (case HY-01). It is an energy; divide by 3.6 for kWh.

    Raises
    ------
    ValueError
        If a figure is negative or an efficiency above 1.
    """
    refuse_negative(flow=flow, head=head)
    refuse_outside(0, 1, efficiency=efficiency)
    return np.asarray(WEIGHT_KN_PER_M3 / 1e3 * np.asarray(efficiency) * np.asarray(flow) * np.asarray(head), dtype=float)


def power_of_discharge(discharge: ArrayLike, head: ArrayLike, efficiency: ArrayLike) -> Floats:
    """Power of a discharge.

    Parameters
    ----------
    discharge : array_like
        m3/s.
    head : array_like
        Net head, m.
    efficiency : array_like
        0 to 1.

    Returns
    -------
    numpy.ndarray
        MW: ``9.81 x efficiency x discharge x head / 1000``.

    Raises
    ------
    ValueError
        If a figure is negative or an efficiency above 1.
    """
    refuse_negative(discharge=discharge, head=head)
    refuse_outside(0, 1, efficiency=efficiency)
    return np.asarray(WEIGHT_KN_PER_M3 / 1e3 * np.asarray(efficiency) * np.asarray(discharge) * np.asarray(head), dtype=float)


def discharge_of_power(power: ArrayLike, head: ArrayLike, efficiency: ArrayLike) -> Floats:
    """Discharge that a power takes.

    Parameters
    ----------
    power : array_like
        MW.
    head : array_like
        Net head, m.
    efficiency : array_like
        Above 0, at most 1.

    Returns
    -------
    numpy.ndarray
        m3/s: ``1000 x power / (9.81 x efficiency x head)``.

    Raises
    ------
    ValueError
        If a power is negative, or a head or an efficiency not above 0.
    """
    refuse_negative(power=power)
    refuse_not_positive(head=head, efficiency=efficiency)
    refuse_outside(0, 1, efficiency=efficiency)
    return np.asarray(np.asarray(power) * 1e3 / (WEIGHT_KN_PER_M3 * np.asarray(efficiency) * np.asarray(head)), dtype=float)


def largest_mccormick_gap(width_x: ArrayLike, width_y: ArrayLike, factor: ArrayLike = 1.0) -> Floats:
    """Return how far McCormick's planes can lie from ``factor x x x y`` on a box.

    Parameters
    ----------
    width_x, width_y : array_like
        Widths of the box in the units of x and y.
    factor : array_like
        What the product is multiplied by.

    Returns
    -------
    numpy.ndarray
        ``factor x width_x x width_y / 4``, reached at the middle of the box (case HY-17); halving one width halves it.

    Raises
    ------
    ValueError
        If a figure is negative.
    """
    refuse_negative(width_x=width_x, width_y=width_y, factor=factor)
    return np.asarray(np.asarray(factor) * np.asarray(width_x) * np.asarray(width_y) / 4, dtype=float)
