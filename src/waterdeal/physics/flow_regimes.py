"""Flows that a river, a delta or a lake is left: Tennant's classes, flow exceeded, monthly shares, a lake in balance.

Each returns the least flow ``m`` of design/model.md, 5.1, in the unit of the flow it is made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from waterdeal.physics.refuse import refuse_negative, refuse_not_positive, refuse_outside
from waterdeal.units import rate_to_volume, volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

PlottingRule = Literal["weibull", "hazen", "california", "cunnane", "gringorten", "blom", "linear"]

#: shares of the mean flow in the abstract of Tennant (1976) [read]
TENNANT = {"survival": 0.10, "poor": 0.10, "good": 0.30, "outstanding": 0.60}

#: Tennant (1976), shares of the mean flow in October-March and in April-September [memory: not read in the paper]
TENNANT_SEASONS: dict[str, tuple[float, float]] = {
    "flushing": (2.00, 2.00),
    "optimum": (0.60, 0.60),
    "outstanding": (0.40, 0.60),
    "excellent": (0.30, 0.50),
    "good": (0.20, 0.40),
    "fair": (0.10, 0.30),
    "poor": (0.10, 0.10),
    "severe": (0.00, 0.00),
}

#: a and b of the plotting position (i - a) / (n + 1 - a - b) of the i-th largest of n values; "linear" is numpy's own rule
PLOTTING_RULES: dict[str, tuple[float, float]] = {
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "california": (0.0, 1.0),
    "cunnane": (0.4, 0.4),
    "gringorten": (0.44, 0.44),
    "blom": (0.375, 0.375),
    "linear": (1.0, 1.0),
}


@dataclass(frozen=True)
class ExceededFlow:
    """A flow exceeded a share of the time, with the rule it was read by: without it the figure means little.

    Parameters
    ----------
    flow : float
        In the unit of the values.
    share : float
        Share of the time it is exceeded, e.g. 0.95 for Q95.
    rule : str
        Plotting rule, a key of `PLOTTING_RULES`.
    count : int
        Number of values it was read from.
    """

    flow: float
    share: float
    rule: str
    count: int


@dataclass(frozen=True)
class TargetAndFloor:
    """A volume promised over a season beside a floor of the flow; they are two promises, not one.

    Parameters
    ----------
    target_rate : float
        Mean rate of the volume, m3/s.
    floor_volume : float
        Volume of the floor, hm3.
    floor_meets_target : bool
        Whether a river that keeps the floor and no more keeps the volume.
    """

    target_rate: float
    floor_volume: float
    floor_meets_target: bool


def tennant_flow(mean_flow: ArrayLike, quality: str) -> Floats:
    """Flow of a class of Tennant.

    Parameters
    ----------
    mean_flow : array_like
        Natural mean annual flow, any unit of rate.
    quality : str
        ``survival`` (also ``poor``), ``good`` or ``outstanding``: 10, 30 and 60 % of the mean, from the abstract of Tennant (1976).

    Returns
    -------
    numpy.ndarray
        In the unit of `mean_flow`.

    Raises
    ------
    ValueError
        If the class is unknown or the flow negative.
    """
    refuse_negative(mean_flow=mean_flow)
    return np.asarray(np.asarray(mean_flow, dtype=float) * _known("class of Tennant", quality, TENNANT))


def tennant_by_month(mean_flow: float, quality: str) -> Floats:
    """Flow of a class of Tennant's seasonal table, by month.

    Parameters
    ----------
    mean_flow : float
        Natural mean annual flow, any unit of rate.
    quality : str
        A key of `TENNANT_SEASONS`. The table is from memory: check it against the paper before a deal rests on it.

    Returns
    -------
    numpy.ndarray
        Twelve flows, January first.

    Raises
    ------
    ValueError
        If the class is unknown or the flow negative.
    """
    refuse_negative(mean_flow=mean_flow)
    cold, warm = _known("class of Tennant", quality, TENNANT_SEASONS)
    months = np.arange(1, 13)
    return np.asarray(np.where((months >= 4) & (months <= 9), warm, cold) * mean_flow)


def exceeded_flow(values: ArrayLike, share: float, rule: PlottingRule) -> ExceededFlow:
    """Flow exceeded a share of the time, e.g. Q95.

    Parameters
    ----------
    values : array_like
        Observed flows, a year, month or day each.
    share : float
        Share of the time it is exceeded, 0 to 1.
    rule : str
        Plotting rule: the i-th largest of n is exceeded ``(i - a) / (n + 1 - a - b)`` of the time, straight between values. There is no
        default, as on 20 values Q95 of one rule is twice that of another (design/model.md, 5.1).

    Returns
    -------
    ExceededFlow
        The flow and its rule.

    Raises
    ------
    ValueError
        If the rule is unknown, a value is negative, or the share lies beyond what so few values can tell.
    """
    a, b = _known("plotting rule", rule, PLOTTING_RULES)
    refuse_negative(flow=values)
    refuse_outside(0, 1, share=share)
    falling = np.sort(np.asarray(values, dtype=float).ravel())[::-1]
    count = len(falling)
    if count < 2:
        message = f"a flow exceeded needs at least two values, found {count}"
        raise ValueError(message)
    shares = (np.arange(1, count + 1) - a) / (count + 1 - a - b)
    if not shares[0] - 1e-12 <= share <= shares[-1] + 1e-12:
        message = (
            f"{count} values by the {rule} rule tell flows exceeded {shares[0]:.4g} to {shares[-1]:.4g} of the time, not {share:g}; "
            "use more values or another rule"
        )
        raise ValueError(message)
    return ExceededFlow(float(np.interp(share, shares, falling)), share, rule, count)


def monthly_share_of_natural(natural: ArrayLike, share: ArrayLike) -> Floats:
    """Least flow as a share of the natural mean of each month, which keeps the shape of the year.

    Parameters
    ----------
    natural : array_like
        Natural flows by month, (12,) means or (years, 12).
    share : array_like
        Share, one for all or one a month, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Twelve flows in the unit of `natural`.

    Raises
    ------
    ValueError
        If there are not twelve months, a flow is negative, or a share outside 0 to 1.
    """
    refuse_negative(natural=natural)
    refuse_outside(0, 1, share=share)
    table = np.atleast_2d(np.asarray(natural, dtype=float))
    if table.shape[-1] != 12 or np.size(share) not in {1, 12}:
        message = f"twelve months are needed, found natural flows of shape {np.shape(natural)} and shares of shape {np.shape(share)}"
        raise ValueError(message)
    return np.asarray(table.mean(axis=0) * np.asarray(share, dtype=float))


def balancing_inflow(area: ArrayLike, net_evaporation: ArrayLike) -> Floats:
    """Inflow that keeps a lake at its level.

    Parameters
    ----------
    area : array_like
        Water surface, km2.
    net_evaporation : array_like
        Evaporation less rain over the period, m.

    Returns
    -------
    numpy.ndarray
        hm3 over the period: ``area x net_evaporation`` (1 km2 m = 1 hm3; case EN-03); negative where rain exceeds evaporation.

    Raises
    ------
    ValueError
        If an area is negative.
    """
    refuse_negative(area=area)
    return np.asarray(np.asarray(area, dtype=float) * np.asarray(net_evaporation, dtype=float))


def compare_target_and_floor(volume: float, floor: float, days: float) -> TargetAndFloor:
    """Set a volume promised over a season beside a floor of the flow (case EN-04).

    Parameters
    ----------
    volume : float
        Volume promised over the season, hm3.
    floor : float
        Least flow, m3/s.
    days : float
        Length of the season, days.

    Returns
    -------
    TargetAndFloor
        Each in the terms of the other.

    Raises
    ------
    ValueError
        If a volume or floor is negative or the season has no days.
    """
    refuse_negative(volume=volume, floor=floor)
    refuse_not_positive(days=days)
    floor_volume = float(rate_to_volume(floor, days))
    return TargetAndFloor(float(volume_to_rate(volume, days)), floor_volume, floor_volume >= volume)


def _known(kind: str, word: str, table: Mapping[str, Any]) -> Any:
    """Look a word up; an unknown one is refused with the known ones."""
    if word not in table:
        message = f'"{word}" is not a {kind}; known are {", ".join(table)}'
        raise ValueError(message)
    return table[word]
