"""From what a crop evaporates to what is drawn at the head gate: net need, leaching, efficiencies, dated operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

    from waterdeal.calendar import Step

    Floats = NDArray[np.float64]

#: 1 mm on 1 kha is 0.01 hm3
HM3_PER_MM_KHA = 0.01


@dataclass(frozen=True)
class Efficiency:
    """Share of the water that passes each part of the way from the head gate to the root zone. What each covers stands in `COVERS`.

    A loss is counted once: where a canal is a link of the network with losses of its own, `conveyance` here is 1.

    Parameters
    ----------
    application, distribution, conveyance : float
        Shares above 0, 1 at most.
    """

    application: float
    distribution: float
    conveyance: float

    COVERS: ClassVar[Mapping[str, str]] = {
        "application": "deep percolation and runoff on the field, from the field inlet to the root zone",
        "distribution": "farm and inter-farm ditches, from the offtake to the field inlet",
        "conveyance": "main and secondary canals, from the head gate to the offtake; not where the network has them as links",
    }

    def __post_init__(self) -> None:
        """Refuse what is not a share."""
        for name in self.COVERS:
            share = getattr(self, name)
            if not 0.0 < share <= 1.0:
                message = f"{name} efficiency is {share}; expected above 0, and 1 at most ({self.COVERS[name]})"
                raise ValueError(message)

    @property
    def total(self) -> float:
        """Share of the water drawn at the head gate that reaches the root zone."""
        return self.application * self.distribution * self.conveyance


@dataclass(frozen=True)
class Operation:
    """Water given on dates rather than for evapotranspiration: charging before the season, leaching in winter.

    Parameters
    ----------
    name : str
        What it is.
    depth : float
        Net depth, mm.
    start, end : datetime.date
        First day, and the day after the last.
    """

    name: str
    depth: float
    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse an empty period and a negative depth."""
        if self.end <= self.start:
            message = f"{self.name} ends on {self.end}, not after its start {self.start}"
            raise ValueError(message)
        if not self.depth >= 0.0:
            message = f"{self.name} has a depth of {self.depth} mm; expected 0 or more"
            raise ValueError(message)


def net_requirement(
    evapotranspiration: ArrayLike, rain: ArrayLike, *, soil_water: ArrayLike = 0.0, capillary_rise: ArrayLike = 0.0
) -> Floats:
    """Depth that irrigation has to add to the root zone: max(0, ETc - Peff - dS - CR).

    Parameters
    ----------
    evapotranspiration, rain : array_like
        Crop evapotranspiration and effective rain of each step, mm.
    soil_water : array_like
        Water that the soil gives up in the step (negative where it is filled), mm.
    capillary_rise : array_like
        Water that rises from shallow groundwater in the step, mm.

    Returns
    -------
    numpy.ndarray
        Net requirement, mm.

    Raises
    ------
    ValueError
        If rain or capillary rise are negative.
    """
    fallen, risen = np.asarray(rain, dtype=float), np.asarray(capillary_rise, dtype=float)
    if not ((fallen >= 0.0).all() and (risen >= 0.0).all()):
        message = "effective rain and capillary rise must be 0 or more"
        raise ValueError(message)
    left = np.asarray(evapotranspiration, dtype=float) - fallen - np.asarray(soil_water, dtype=float) - risen
    return np.asarray(np.maximum(left, 0.0))


def gross_requirement(net: ArrayLike, efficiency: Efficiency) -> Floats:
    """Depth drawn at the head gate for a net depth.

    Parameters
    ----------
    net : array_like
        Net depth, mm.
    efficiency : Efficiency
        What the way costs.

    Returns
    -------
    numpy.ndarray
        Gross depth, mm.
    """
    return np.asarray(np.asarray(net, dtype=float) / efficiency.total)


def gross_volume(net: ArrayLike, area: ArrayLike, efficiency: Efficiency) -> Floats:
    """Volume drawn at the head gate for a net depth on an area.

    Parameters
    ----------
    net : array_like
        Net depth, mm.
    area : array_like
        Area, kha.
    efficiency : Efficiency
        What the way costs.

    Returns
    -------
    numpy.ndarray
        Volume, hm3.
    """
    return np.asarray(HM3_PER_MM_KHA * np.asarray(area, dtype=float) * gross_requirement(net, efficiency))


def leaching_fraction(ec_water: ArrayLike, ec_soil: ArrayLike) -> Floats:
    """Share of the water that must pass the root zone to hold its salt: ECw / (5 ECe - ECw) (Rhoades 1974; FAO-29).

    Parameters
    ----------
    ec_water : array_like
        Conductivity of the irrigation water, dS/m.
    ec_soil : array_like
        Conductivity of the saturated paste that the crop bears, dS/m.

    Returns
    -------
    numpy.ndarray
        Shares, 0 to below 1.

    Raises
    ------
    ValueError
        If a conductivity is negative, or the water is so salty that no leaching holds the soil (5 ECe must exceed 2 ECw).
    """
    water, soil = np.asarray(ec_water, dtype=float), np.asarray(ec_soil, dtype=float)
    if not (water >= 0.0).all():
        message = "the conductivity of water is negative or not a number"
        raise ValueError(message)
    if not (5.0 * soil > 2.0 * water).all():
        message = "the water is too salty: no leaching holds the soil at this conductivity (5 ECe must exceed 2 ECw)"
        raise ValueError(message)
    return np.asarray(water / (5.0 * soil - water))


def applied_water(evapotranspiration: ArrayLike, fraction: ArrayLike) -> Floats:
    """Water to apply so that a share of it passes the root zone: AW = ET / (1 - LR) (FAO-29).

    Parameters
    ----------
    evapotranspiration : array_like
        What the crop takes, mm.
    fraction : array_like
        Leaching fraction, 0 to below 1.

    Returns
    -------
    numpy.ndarray
        Depth, mm.

    Raises
    ------
    ValueError
        If a fraction is outside 0 to 1.
    """
    share = np.asarray(fraction, dtype=float)
    if not ((share >= 0.0) & (share < 1.0)).all():
        message = "a leaching fraction must be 0 or more, and below 1"
        raise ValueError(message)
    return np.asarray(np.asarray(evapotranspiration, dtype=float) / (1.0 - share))


def field_percolation(net: ArrayLike, application: ArrayLike, percolating: ArrayLike) -> Floats:
    """Water that field losses already send through the root zone.

    Parameters
    ----------
    net : array_like
        Net depth given, mm.
    application : array_like
        Application efficiency, above 0 and 1 at most.
    percolating : array_like
        Share of the field loss that percolates; the rest runs off.

    Returns
    -------
    numpy.ndarray
        Depth, mm: net / application x (1 - application) x percolating.

    Raises
    ------
    ValueError
        If an efficiency or a share is none.
    """
    kept, share = np.asarray(application, dtype=float), np.asarray(percolating, dtype=float)
    if not ((kept > 0.0) & (kept <= 1.0)).all() or not ((share >= 0.0) & (share <= 1.0)).all():
        message = "application efficiency must be above 0 and 1 at most, and the percolating share 0 to 1"
        raise ValueError(message)
    return np.asarray(np.asarray(net, dtype=float) / kept * (1.0 - kept) * share)


def leaching_depth(evapotranspiration: ArrayLike, fraction: ArrayLike, percolation: ArrayLike) -> Floats:
    """Depth to add for leaching, over what field losses already pass through the root zone.

    Parameters
    ----------
    evapotranspiration : array_like
        What the crop takes from irrigation, mm.
    fraction : array_like
        Leaching fraction.
    percolation : array_like
        Water that percolates anyhow, mm; see `field_percolation`.

    Returns
    -------
    numpy.ndarray
        Net depth, mm: max(0, AW - ET - percolation).

    Raises
    ------
    ValueError
        If a fraction is outside 0 to 1.
    """
    taken = np.asarray(evapotranspiration, dtype=float)
    return np.asarray(np.maximum(applied_water(taken, fraction) - taken - np.asarray(percolation, dtype=float), 0.0))


def operation_depths(operations: Sequence[Operation], steps: Sequence[Step]) -> Floats:
    """Spread operations over steps by the days that each step has of them; what lies outside the horizon is not counted.

    Parameters
    ----------
    operations : sequence of Operation
        The operations.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    numpy.ndarray
        Net depth in mm by (operation, step).
    """
    depths = np.zeros((len(operations), len(steps)))
    for row, operation in enumerate(operations):
        days = (operation.end - operation.start).days
        for place, step in enumerate(steps):
            shared = (min(operation.end, step.end) - max(operation.start, step.start)).days
            depths[row, place] = operation.depth * max(shared, 0) / days
    return depths
