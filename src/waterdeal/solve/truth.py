"""What a replay takes as true: the curves of the basin, or the lines a scenario keeps instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.lines import with_data
from waterdeal.scenario.parts_schema import physics_of

if TYPE_CHECKING:
    import xarray as xr


def true_inputs(inputs: xr.Dataset) -> xr.Dataset:
    """Return the inputs a plan is replayed with."""
    return inputs if physics_of(inputs).evaporation == "curve" else _with_line_for_curve(inputs)


def _with_line_for_curve(inputs: xr.Dataset) -> xr.Dataset:
    """Inputs whose curve is the line a scenario keeps: an area of two points far apart for each body that evaporates."""
    volumes, areas = np.array(inputs["curve_volume"].values), np.array(inputs["curve_area"].values)
    lowest, highest = inputs["storage_min"].values.min(axis=1), inputs["storage_max"].values.max(axis=1)
    for body in range(len(volumes)):
        known = np.flatnonzero(np.isfinite(volumes[body]))
        if known.size:  # the line goes on where a table ends just short of the storage bounds
            volumes[body, known[0]] = min(volumes[body, known[0]], lowest[body])
            volumes[body, known[-1]] = max(volumes[body, known[-1]], highest[body])
        areas[body] = inputs["area_intercept"].values[body, 0] + inputs["area_slope"].values[body, 0] * volumes[body]
    return with_data(inputs, {"curve_area": areas, "curve_volume": volumes})
