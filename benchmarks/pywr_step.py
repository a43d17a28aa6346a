"""One step of the synthetic network, for the routes that know nothing of later steps; and its figures for pywr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

#: steps of the year that the step is cut out of, and its place: a dekad when fields ask for water and rivers are low
YEAR, STEP = 36, 24


def one_step(inputs: xr.Dataset) -> xr.Dataset:
    """Cut a dry step out of a year, with reservoirs nearly empty, so that water is short.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of `network_inputs` of a year.

    Returns
    -------
    xarray.Dataset
        Inputs of one step.
    """
    cut = inputs.isel(time=[STEP])
    return cut.assign(storage_initial=cut["storage_min"].isel(time=0) + 0.5)


def step_figures(inputs: xr.Dataset) -> dict[str, Any]:
    """Write a step as pywr takes it.

    Evaporation falls on the mean storage of the step: ``(1 + a) S = (1 - a) S0 + ... - e``. pywr knows no loss of what is kept, so that
    its volume is ``(1 + a) S``, which is exact. Slow reaches and return flows bring what arrives in the step; the least flow is left out,
    since what is missing to it costs nothing on this level.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of one step.

    Returns
    -------
    dict
        Nodes, water, reservoirs, links and users, and what all deliveries would be worth.
    """
    at = inputs.isel(time=0)
    nodes, inside = inputs["node"].values, inputs["node_kind"].values != "outlet"
    water = at["runoff"].to_series().add(at["return_past"].groupby(at["return_node"].rename("node")).sum().to_series(), fill_value=0)
    pieces = (at["requirement"] * at["shortage_share"]).transpose("demand", "shortage_step").values
    return {
        "balanced": nodes[inside].tolist(),
        "outlets": nodes[~inside].tolist(),
        "water": {node: amount for node, amount in water[nodes[inside]].to_dict().items() if amount > 0},
        "reservoirs": _reservoirs(at),
        "links": _links(at),
        "users": _users(at, pieces),
        "worth_of_all": float((pieces * at["shortage_weight"].values).sum()),
    }


def _reservoirs(at: xr.Dataset) -> dict[str, dict[str, float]]:
    """Bounds and start of the volume that pywr keeps."""
    half = (at["evaporation_depth"] * at["area_slope"] + at["seepage_share"]) / 2
    start = (1 - half) * at["storage_initial"] - at["evaporation_depth"] * at["area_intercept"]
    figures = (half + 1) * at["storage_min"], (half + 1) * at["storage_max"], start
    rows = zip(at["reservoir"].values.tolist(), *(figure.values.tolist() for figure in figures), strict=True)
    return {body: {"least": least, "most": most, "start": first} for body, least, most, first in rows}


def _links(at: xr.Dataset) -> list[dict[str, Any]]:
    """Ends of links, and the share that arrives in the step."""
    share = np.ones(at.sizes["link"])
    share[np.isin(at["link"], at["lagged_link"])] = at["arrival_share"].isel(lag=0).values
    arrives = (1 - at["loss_fraction"].values) * share
    names = (at[name].values.tolist() for name in ("link", "link_from", "link_to"))
    return [
        {"name": name, "from": upper, "to": lower, "arrives": arriving}
        for name, upper, lower, arriving in zip(*names, arrives.tolist(), strict=True)
    ]


def _users(at: xr.Dataset, pieces: Any) -> list[dict[str, Any]]:
    """Where users take and give back water, and what each piece of a delivery is worth."""
    back = (at["return_fraction"] * at["return_share"].isel(return_lag=0)).values.tolist()
    worth = at["shortage_weight"].values.tolist()
    names = (at[name].values.tolist() for name in ("demand", "demand_node", "return_node"))
    return [
        {"name": name, "at": node, "returns_to": to, "back": returned, "pieces": list(zip(most, worth, strict=True))}
        for name, node, to, returned, most in zip(*names, back, pieces.tolist(), strict=True)
    ]
