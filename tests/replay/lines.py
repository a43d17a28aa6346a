"""Inputs whose curves are the lines the model uses, so that a plan and its replay must be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr


def with_straight_curves(inputs: xr.Dataset) -> xr.Dataset:
    """Put the area line in the place of each curve."""
    line = [
        inputs[name].isel(time=0, drop=True) if "time" in inputs[name].dims else inputs[name] for name in ("area_intercept", "area_slope")
    ]
    area = (line[0] + line[1] * inputs["curve_volume"]).transpose("reservoir", "curve_point")
    return inputs.assign(curve_area=area.assign_attrs(inputs["curve_area"].attrs))
