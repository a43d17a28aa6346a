"""Inputs whose curves are the lines the model uses, so that a plan and its replay must be the same; and whether they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.replay.simulate import Replay


def with_straight_curves(inputs: xr.Dataset) -> xr.Dataset:
    """Put the area line in the place of each curve."""
    line = [
        inputs[name].isel(time=0, drop=True) if "time" in inputs[name].dims else inputs[name] for name in ("area_intercept", "area_slope")
    ]
    area = (line[0] + line[1] * inputs["curve_volume"]).transpose("reservoir", "curve_point")
    return inputs.assign(curve_area=area.assign_attrs(inputs["curve_area"].attrs))


def agrees(played: Replay, tolerance: float = 1e-6) -> bool:
    """Whether no volume (hm3) or energy (GWh) of a replay differs from the plan by more than a tolerance."""
    compared = played.differences[played.differences["unit"].isin(("hm3", "GWh"))]
    return bool((compared["difference"] <= tolerance).all())
