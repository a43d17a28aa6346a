"""How widely moving tangents stand around a plan, item by item: nearer each pass, but as wide as the plan still moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.lines import with_data
from waterdeal.scenario.benefit import MOVING, STAYING

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: how much narrower the moving tangents stand from pass to pass where the plan stays within them
ZOOM = 6.0


@dataclass
class Spreads:
    """Where the tangents of each kind of item stood last, and how widely.

    Parameters
    ----------
    last : dict of str to tuple of numpy.ndarray
        Middle and width by kind.
    """

    last: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def points(self, kind: str, middle: Floats, reach: Floats) -> Floats:
        """Return where the moving tangents are to touch around a plan.

        An item that moved is followed as widely as it moved, back to where it was: were all made narrower all the same, plans of many items
        would jump from one side of their optimum to the other and never come near it.

        Parameters
        ----------
        kind : str
            What the items are: ``benefit`` or ``costed``.
        middle : numpy.ndarray
            Where the plan stands, by item.
        reach : numpy.ndarray
            Most there can be, by item.

        Returns
        -------
        numpy.ndarray
            Points by (item, tangent); their middle and width are remembered for the next time.
        """
        width = reach / ZOOM
        if kind in self.last:
            before, old = self.last[kind]
            width = np.minimum(np.maximum(old / ZOOM, 2 * np.abs(middle - before)), reach)
        self.last[kind] = (middle, width)
        return np.asarray(np.clip(middle[:, None] + width[:, None] * np.linspace(-0.5, 0.5, MOVING), 0.0, reach[:, None]))


def with_moved(inputs: xr.Dataset, lines: dict[str, Floats]) -> xr.Dataset:
    """Return inputs with other moving tangents.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of a pass.
    lines : dict of str to numpy.ndarray
        Intercepts and slopes by (item, moving tangent); an item whose line is not a number, such as a table, keeps its own.

    Returns
    -------
    xarray.Dataset
        The rest as it was.
    """
    data = {}
    for name, fresh in lines.items():
        array = inputs[name].values.copy()
        own = array[:, STAYING : STAYING + MOVING]
        array[:, STAYING : STAYING + MOVING] = np.where(np.isfinite(fresh), fresh, own)
        data[name] = array
    return with_data(inputs, data)
