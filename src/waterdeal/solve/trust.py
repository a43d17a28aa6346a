"""The trust region of passes on heads: how far storages above followed plants may move from a plan, and how far they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.lines import with_data

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats


def near(inputs: xr.Dataset, results: xr.Dataset, trust: float, *, every: bool = False) -> xr.Dataset:
    """Return inputs whose storages above followed plants stay near those of a plan, by a share of their range; of `every` body, by hm3."""
    radius = trust * (1.0 if every else (inputs["storage_max"] - inputs["storage_min"]).values)
    free = ~(_followed(inputs)[:, None] | every)
    edges = {
        name: np.where(free, side * np.inf, results["storage"].values + side * radius)
        for name, side in (("storage_near_low", -1.0), ("storage_near_high", 1.0))
    }
    return with_data(inputs, edges)


def stored_in(results: xr.Dataset) -> dict[str, Floats]:
    """Return the storages of a plan by family of columns."""
    kinds = dict(zip(results["node"].values.tolist(), results["node_kind"].values.tolist(), strict=True))
    is_lake = np.array([kinds[body] == "lake" for body in results["reservoir"].values.tolist()], dtype=bool)
    stored = results["storage"].values
    found = {"reservoir.storage": stored[~is_lake], "lake.storage": stored[is_lake]}
    return {family: values for family, values in found.items() if values.size}


def anywhere(inputs: xr.Dataset) -> xr.Dataset:
    """Return inputs in which no storage is held near a plan."""
    sides = {"storage_near_low": -np.inf, "storage_near_high": np.inf}
    return with_data(inputs, {name: np.full(inputs[name].shape, side) for name, side in sides.items()})


def moved(inputs: xr.Dataset, results: xr.Dataset, tried: xr.Dataset) -> float:
    """Return the largest change of a storage above a followed plant between two plans."""
    followed = _followed(inputs)
    span = (inputs["storage_max"] - inputs["storage_min"]).values[followed]
    change = np.abs(tried["storage"].values - results["storage"].values)[followed]
    return float((change / np.where(span > 0, span, np.inf)).max(initial=0.0))


def _followed(inputs: xr.Dataset) -> NDArray[np.bool_]:
    """Reservoirs above a plant whose head is followed."""
    return np.isin(inputs["reservoir"].values, inputs["headed_reservoir"].values)
