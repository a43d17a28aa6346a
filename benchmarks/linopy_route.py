"""The LP of the other routes as a user of linopy writes it: whole arrays at a time, solved by HiGHS, the plan in xarray.

Every row and column of the compiled model stands here too, smoothness included, which the irrigation level does not price: a route that
leaves them out would have less to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr
    from linopy import LinearExpression, Model, Variable
    from machine import Clock


def linopy_route(inputs: xr.Dataset, clock: Clock) -> float:
    """linopy: build, solve one level with HiGHS, the plan in xarray.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of `network_inputs`.
    clock : Clock
        Books CPU seconds by stage.

    Returns
    -------
    float
        Weighted shortage of the best plan.
    """
    import linopy  # noqa: F401  so that its import is not counted, as on every route

    clock.mark("imports")
    clock.stages.clear()
    model = linopy_model(inputs)
    clock.mark("build")
    # the direct way is the faster one; the default writes an LP file
    status, condition = model.solve("highs", io_api="direct", output_flag=False)
    clock.mark("transfer and solve")
    if status != "ok":
        msg = f"not optimal: {condition}"
        raise SystemExit(msg)
    _ = model.solution
    clock.mark("extract")
    return float(model.objective.value or 0.0)


def linopy_model(inputs: xr.Dataset) -> Model:
    """Build the allocation LP of a synthetic network.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of `network_inputs`: rivers, reservoirs without flood space or rule bands, users, return flows, least flows.

    Returns
    -------
    linopy.Model
        The irrigation level as its objective.
    """
    from linopy import Model

    model = Model()
    flow = model.add_variables(lower=inputs["flow_least"], upper=inputs["flow_max"], name="flow")
    _add_balance(model, inputs, flow, _add_users(model, inputs))
    _add_least_flows(model, inputs, flow)
    _add_smoothness(model, inputs, flow)
    return model


def _add_users(model: Model, inputs: xr.Dataset) -> Variable:
    """Add deliveries, shortages by step and their weighted sum as the objective."""
    asked = inputs["requirement"]
    delivery = model.add_variables(lower=0 * asked, upper=asked, name="delivery")
    most = inputs["shortage_share"] * asked
    shortage = model.add_variables(lower=0 * most, upper=most, name="shortage")
    model.add_constraints(delivery + shortage.sum("shortage_step") == asked, name="requirement_met")
    model.add_objective((inputs["shortage_weight"] * shortage).sum())
    return delivery


def _by_node(inputs: xr.Dataset, amount: Any, at: xr.DataArray) -> Any:
    """Add up an amount of links, users or reservoirs by the node where it happens; nothing happens at the others."""
    balanced = inputs["node"].values[inputs["node_kind"].values != "outlet"]
    return amount.groupby(at.rename("node")).sum().reindex(node=balanced).fillna(0)


def _later(amount: LinearExpression, share: xr.DataArray) -> LinearExpression:
    """Let the shares (their last dim counts steps) of an amount arrive later."""
    lag = share.dims[-1]
    arriving = amount * share.isel({lag: 0})
    for steps in range(1, share.sizes[lag]):
        # where a shift leaves nothing linopy sees something absent, and would carry that into the whole row
        arriving += (amount * share.isel({lag: steps})).shift(time=steps).fillna(0)
    return arriving


def _arrivals(inputs: xr.Dataset, flow: Variable) -> LinearExpression:
    """What river reaches bring, in the step in which it entered them or later."""
    slow, to = inputs["lagged_link"].values, inputs["link_to"]
    quick = np.setdiff1d(inputs["link"].values, slow)
    arriving = (1 - inputs["loss_fraction"]) * flow
    delayed = _later(arriving.sel(link=slow), inputs["arrival_share"].rename(lagged_link="link"))
    same_step = _by_node(inputs, arriving.sel(link=quick), to.sel(link=quick))
    return same_step + _by_node(inputs, delayed, to.sel(link=slow))


def _stored(inputs: xr.Dataset, storage: Variable, half: xr.DataArray) -> LinearExpression:
    """What reservoirs carry into a step less what they keep and lose, by the mean storage of the step."""
    change = (1 - half) * (1 * storage).shift(time=1).fillna(0) - (1 + half) * storage
    return _by_node(inputs, change, inputs["reservoir"])


def _given(inputs: xr.Dataset, half: xr.DataArray) -> xr.DataArray:
    """What reaches each node whatever is decided: runoff, water on its way and in store at the start, less fixed evaporation."""
    slow = inputs["lagged_link"].values
    past = inputs["arrival_past"].rename(lagged_link="link") * (1 - inputs["loss_fraction"]).sel(link=slow)
    at_start = ((1 - half) * inputs["storage_initial"]).where(inputs["time"] == inputs["time"][0], 0.0)
    in_store = at_start - inputs["evaporation_depth"] * inputs["area_intercept"]
    parts = (
        (inputs["runoff"], inputs["node"]),
        (past, inputs["link_to"].sel(link=slow)),
        (inputs["return_past"], inputs["return_node"]),
        (in_store, inputs["reservoir"]),
    )
    return sum(_by_node(inputs, amount, at) for amount, at in parts)


def _add_balance(model: Model, inputs: xr.Dataset, flow: Variable, delivery: Variable) -> None:
    """Add storage, and the water balance of every node but the outlet."""
    lower, upper = np.fmax(inputs["storage_min"], inputs["storage_near_low"]), np.fmin(inputs["storage_max"], inputs["storage_near_high"])
    storage = model.add_variables(lower=lower, upper=upper, name="storage")
    half = (inputs["evaporation_depth"] * inputs["area_slope"] + inputs["seepage_share"]) / 2
    returning = _later(inputs["return_fraction"] * delivery, inputs["return_share"])
    brought = _arrivals(inputs, flow) + _by_node(inputs, returning, inputs["return_node"]) + _stored(inputs, storage, half)
    taken = _by_node(inputs, flow, inputs["link_from"]) + _by_node(inputs, delivery, inputs["demand_node"])
    model.add_constraints(taken - brought == _given(inputs, half), name="water_balance")


def _add_least_flows(model: Model, inputs: xr.Dataset, flow: Variable) -> None:
    """Add least flows with what is missing to them."""
    asked, on = inputs["flow_minimum"], inputs["flow_requirement_link"].values
    passing = (1 * flow).sel(link=on).rename(link="flow_requirement").assign_coords(flow_requirement=inputs["flow_requirement"])
    shortfall = model.add_variables(lower=0 * asked, upper=np.minimum(asked, inputs["flow_shortfall_max"]), name="flow_shortfall")
    model.add_constraints(passing + shortfall >= asked, name="flow_minimum")


def _add_smoothness(model: Model, inputs: xr.Dataset, flow: Variable) -> None:
    """Add the rise and fall of releases from step to step, hm3 per day."""
    releases = inputs["link"].values[np.isin(inputs["link_from"], inputs["reservoir"])]
    rate = (flow.sel(link=releases) / inputs["step_length"]).rename(link="release")
    later = inputs["time"].values[1:]
    coords = [pd.Index(later, name="later"), pd.Index(releases, name="release")]
    rise, fall = (model.add_variables(lower=0, coords=coords, name=name) for name in ("rise", "fall"))
    change = (rate.sel(time=later) - rate.shift(time=1).sel(time=later)).rename(time="later")
    model.add_constraints(change == rise - fall, name="release_change")
