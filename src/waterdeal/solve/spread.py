"""How widely moving tangents stand around a plan, item by item: nearer each pass, but as wide as the plan still moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.lines import with_data
from waterdeal.scenario.benefit import MOVING, STAYING

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats


#: how much narrower the moving tangents stand from pass to pass where the plan stays within them
ZOOM = 6.0


@dataclass
class Spreads:
    """Where the tangents of each kind of item stood last, and how widely."""

    last: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)  # middle and width by kind

    def points(self, kind: str, middle: Floats, reach: Floats) -> Floats:
        """Return where the moving tangents are to touch around a plan.

        An item that moved is followed as widely as it moved, back to where it was: were all made narrower all the same, plans of many items
        would jump from one side of their optimum to the other and never come near it.
        """
        width = reach / ZOOM
        if kind in self.last:
            before, old = self.last[kind]
            width = np.minimum(np.maximum(old / ZOOM, 2 * np.abs(middle - before)), reach)
        self.last[kind] = (middle, width)
        return np.asarray(np.clip(middle[:, None] + width[:, None] * np.linspace(-0.5, 0.5, MOVING), 0.0, reach[:, None]))


def with_moved(inputs: xr.Dataset, lines: dict[str, Floats]) -> xr.Dataset:
    """Return inputs with other moving tangents."""
    data = {}
    for name, fresh in lines.items():
        array = inputs[name].values.copy()
        own = array[:, STAYING : STAYING + MOVING]
        array[:, STAYING : STAYING + MOVING] = np.where(np.isfinite(fresh), fresh, own)
        data[name] = array
    return with_data(inputs, data)
