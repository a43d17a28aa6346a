"""Storage of a reservoir or lake over a step, with evaporation from the area of its curve.

``S' = S + inflow - outflow - depth x A(m) - share x m`` with ``m = (S + S')/2``. The curve is straight between its rows, so that
``2 m + depth x A(m) + share x m`` rises in straight pieces, and the one m that it meets is found exactly: nothing is linearised.
A body that would lose more than there is ends the step with nothing, and has lost what there was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.errors import refuse

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats


class Curve(NamedTuple):
    """Level-area-volume table of one body."""

    name: str  # the body
    volume: Floats
    area: Floats
    level: Floats

    def area_at(self, storage: float | Floats) -> Any:
        """Area at a storage, or at each of several, km2."""
        return np.interp(storage, self.volume, self.area)

    def level_at(self, storage: float | Floats) -> Any:
        """Level at a storage, or at each of several, m."""
        return np.interp(storage, self.volume, self.level)


class Settled(NamedTuple):
    """What a body did in a step."""

    storage: float  # at the end, hm3
    evaporation: float  # hm3; negative where rain exceeds evaporation
    seepage: float  # hm3


def read_curves(inputs: xr.Dataset) -> list[Curve | None]:
    """Read the curve of each body."""
    curves: list[Curve | None] = []
    for number, name in enumerate(inputs.variables["reservoir"].values.tolist()):
        table = np.array([inputs.variables[f"curve_{column}"].values[number] for column in ("volume", "area", "level")])
        rows = table[:, np.isfinite(table[:2]).all(axis=0)]
        refuse((np.diff(rows[0]) <= 0).any(), "solving.curve_not_rising", name=name)
        curves.append(Curve(name, *rows) if rows.shape[1] > 1 else None)
    return curves


def settle(before: float, gained: float, depth: float, seeping: float, curve: Curve | None) -> Settled:
    """Find the storage at the end of a step."""
    mean, evaporation = (2 * before + gained) / (2 + seeping), 0.0
    if curve is not None and depth:
        mean = _mean_storage(2 * before + gained, depth, seeping, curve)
        evaporation = depth * float(curve.area_at(mean))
        if evaporation > 0 and before + gained - evaporation - seeping * mean < 0 <= before + gained:  # dry: no more goes than there was
            seeped = min(seeping * before / 2, before + gained)
            return Settled(0.0, before + gained - seeped, seeped)
    return Settled(before + gained - evaporation - seeping * mean, evaporation, seeping * mean)


def _mean_storage(total: float, depth: float, seeping: float, curve: Curve) -> float:
    """The storage m where (2 + seeping) m + depth x A(m) = total."""
    knots = (2 + seeping) * curve.volume + depth * curve.area
    refuse((np.diff(knots) <= 0).any(), "solving.no_single_storage", name=curve.name, depth=depth)
    for end, beyond in ((0, total < knots[0]), (-1, total > knots[-1])):
        if beyond:
            return float((total - depth * curve.area[end]) / (2 + seeping))
    return float(np.interp(total, knots, curve.volume))
