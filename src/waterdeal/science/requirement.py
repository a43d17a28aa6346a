"""From what a crop evaporates to what is drawn at the head gate: effective rain, net need, efficiencies, dated operations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from waterdeal.science.refuse import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import ArrayLike

    from waterdeal.calendar import Step
    from waterdeal.types import Floats


#: 1 mm on 1 kha is 0.01 hm3
HM3_PER_MM_KHA = 0.01


class RainMethod(StrEnum):
    """Formulas for the effective rain of a month."""

    #: FAO training manual (Brouwer and Heibloem 1986), for slopes under 5 %: 0.6 P - 10 up to 75 mm, 0.8 P - 25 above
    FAO = "fao"
    #: "dependable rain" of CROPWAT, for dry country: 0.6 P - 10 up to 70 mm, 0.8 P - 24 above
    FAO_DEPENDABLE = "fao_dependable"
    #: USDA Soil Conservation Service as in CROPWAT: P (125 - 0.2 P) / 125 up to 250 mm, 125 + 0.1 P above
    USDA = "usda"
    #: a share of all rain
    FIXED_SHARE = "fixed_share"
    #: rain is not counted
    NONE = "none"


def effective_rainfall(rain: ArrayLike, method: RainMethod | str, share: float | None = None) -> Floats:
    """Effective rain of months by a named formula.

    The formula is a choice of whoever knows the place: at 30 mm a month they differ by 3.6 times. They hold for whole months only; `share`
    goes with ``fixed_share`` and no other.

    Examples
    --------
    >>> effective_rainfall([30, 100], "usda").tolist()
    [28.56, 84.0]
    """
    fallen, chosen = np.asarray(rain, dtype=float), RainMethod(method)
    refuse(not (fallen >= 0.0).all(), "rain is negative or not a number")
    by_share = chosen == RainMethod.FIXED_SHARE
    refuse(by_share != (share is not None), f'a share goes with the method "fixed_share", and with no other (method is "{chosen}")')
    match chosen:
        case RainMethod.FAO:
            return _two_lines(fallen, 75.0, 25.0)
        case RainMethod.FAO_DEPENDABLE:
            return _two_lines(fallen, 70.0, 24.0)
        case RainMethod.USDA:
            return np.where(fallen <= 250.0, fallen * (125.0 - 0.2 * fallen) / 125.0, 125.0 + 0.1 * fallen)
        case RainMethod.FIXED_SHARE:
            refuse(not 0.0 <= (share or 0.0) <= 1.0, f"the share of rain used is {share}; expected 0 to 1")
            return np.asarray(fallen * (share or 0.0))
        case RainMethod.NONE:
            return np.zeros_like(fallen)


def _two_lines(rain: Floats, border: float, loss: float) -> Floats:
    """0.6 P - 10 up to a border and 0.8 P - loss above, never below 0."""
    return np.maximum(np.where(rain <= border, 0.6 * rain - 10.0, 0.8 * rain - loss), 0.0)


@dataclass(frozen=True)
class Efficiency:
    """Share of the water that passes each part of the way from the head gate to the root zone. What each covers stands in `COVERS`.

    A loss is counted once: where a canal is a link of the network with losses of its own, `conveyance` here is 1.
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
            refuse(not 0.0 < share <= 1.0, f"{name} efficiency is {share}; expected above 0, and 1 at most ({self.COVERS[name]})")

    @property
    def total(self) -> float:
        """Share of the water drawn at the head gate that reaches the root zone."""
        return self.application * self.distribution * self.conveyance


@dataclass(frozen=True)
class Operation:
    """Water given on dates rather than for evapotranspiration: a net depth in mm, charging before the season or leaching in winter."""

    name: str
    depth: float
    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse an empty period and a negative depth."""
        refuse(self.end <= self.start, f"{self.name} ends on {self.end}, not after its start {self.start}")
        refuse(not self.depth >= 0.0, f"{self.name} has a depth of {self.depth} mm; expected 0 or more")


def net_requirement(evapotranspiration: ArrayLike, rain: ArrayLike, capillary_rise: ArrayLike) -> Floats:
    """Depth in mm that irrigation has to add to the root zone: max(0, ETc - Peff - CR), with effective rain and capillary rise."""
    fallen, risen = np.asarray(rain, dtype=float), np.asarray(capillary_rise, dtype=float)
    refuse(not ((fallen >= 0.0).all() and (risen >= 0.0).all()), "effective rain and capillary rise must be 0 or more")
    return np.asarray(np.maximum(np.asarray(evapotranspiration, dtype=float) - fallen - risen, 0.0))


def operation_depths(operations: Sequence[Operation], steps: Sequence[Step]) -> Floats:
    """Net depth in mm by (operation, step), by the days that each step has of it; what lies outside the horizon is not counted."""
    depths = np.zeros((len(operations), len(steps)))
    for row, operation in enumerate(operations):
        for place, step in enumerate(steps):
            shared = (min(operation.end, step.end) - max(operation.start, step.start)).days
            depths[row, place] = operation.depth * max(shared, 0) / (operation.end - operation.start).days
    return depths
