"""A basin in which only some parties act: what is left of the inputs when nobody else's wishes count, or when others have acted already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray


def without_agreement(inputs: xr.Dataset) -> xr.Dataset:
    """Return inputs in which no clause and no entitlement holds.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of a case.

    Returns
    -------
    xarray.Dataset
        Everything else as it was.
    """
    agreed = {vocabulary()[name].dims[0] for name in having("agreed")}
    bare = inputs.isel({dim: slice(0, 0) for dim in agreed if dim in inputs.dims})
    return bare.assign_attrs(clauses="[]")


def alone(inputs: xr.Dataset, parties: Sequence[str]) -> xr.Dataset:
    """Return inputs in which only the wishes of some parties count: the others take no water and value nothing.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs without agreement.
    parties : sequence of str
        Who acts.

    Returns
    -------
    xarray.Dataset
        Others' requirements are nothing, their fields are left out, their energy, deliveries and stored water are
        worth nothing, and what they ask of reservoirs and rivers on their land is not asked. Floods and spills there are
        no concern; the sizes of dams and canals hold for all.
    """
    lonely = inputs.copy()
    own_node = inputs["node_party"].isin(parties)
    own_body = own_node.sel(node=inputs["reservoir"].values).values
    owned = inputs["demand_party"].isin(parties)
    own_demand, own_plant = owned.values, np.isin(inputs["plant_party"].values, parties)
    asked_at = inputs["link_from"].sel(link=inputs["flow_requirement_link"].values).values
    own_flow = own_node.sel(node=asked_at).values
    own_block, own_market = (np.isin(inputs[name].values, parties) for name in ("power_block_party", "power_market"))
    own_benefit = owned.sel(demand=inputs["benefit_demand"].values).values
    for name, own in (
        ("requirement", own_demand), ("turbine_min", own_plant), ("energy_value", own_plant), ("flow_minimum", own_flow),
        ("power_block_worth", own_block), ("power_firm", own_market), ("storage_value", own_body), ("flood_space", own_body),
        ("tangent_intercept", own_benefit), ("tangent_slope", own_benefit), ("benefit_linear", own_benefit), ("benefit_curve", own_benefit),
    ):  # fmt: skip
        lonely[name] = inputs[name] * own.reshape(-1, *([1] * (inputs[name].ndim - 1)))
    for name in ("storage_terminal", "storage_rule_low", "storage_rule_high"):
        lonely[name] = inputs[name].where(own_body[:, None])
    lonely = _at_own_risk(lonely, own_node, own_body)
    for label in lonely.data_vars:
        lonely[label].attrs = inputs[label].attrs
    return _without_fields(lonely, inputs["demand"].values[~own_demand])


def _at_own_risk(inputs: xr.Dataset, own_node: xr.DataArray, own_body: NDArray[np.bool_]) -> xr.Dataset:
    """Inputs in which floods, spills, pulses and lakes of others are no concern: their spillways are outlets like any other."""
    free = inputs.copy()
    own_link = own_node.sel(node=inputs["link_from"])
    of_channel, of_pulse = (own_link.sel(link=inputs[f"{dim}_link"].values).values for dim in ("channel", "pulse"))
    of_lake = own_node.sel(node=inputs["lake_target_lake"].values).values
    kinds = inputs["link_kind"].values
    free["link_kind"] = inputs["link_kind"].copy(data=np.where(own_link.values | (kinds != "spillway"), kinds, "river"))
    for name, own in (("channel_limit", of_channel), ("release_max", own_body)):
        free[name] = inputs[name].copy(data=np.where(own[:, None], inputs[name].values, np.inf))
    free["pulse_volume"] = inputs["pulse_volume"] * of_pulse
    free["lake_target_volume"] = inputs["lake_target_volume"] * of_lake
    return free


def after(inputs: xr.Dataset, acted: xr.Dataset, parties: Sequence[str]) -> xr.Dataset:
    """Return inputs in which some parties have acted already: what leaves their land is fixed.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs without agreement.
    acted : xarray.Dataset
        The plan of the parties that acted.
    parties : sequence of str
        Who they are.

    Returns
    -------
    xarray.Dataset
        Flows over their border are as planned, their deliveries are their requirements, and their wishes count no more.
    """
    others = sorted(set(np.unique(inputs["node_party"].values).tolist()) - set(parties))
    rest = alone(inputs, others)
    own = inputs["node_party"].isin(parties)
    leaves = own.sel(node=inputs["link_from"].values).values & ~own.sel(node=inputs["link_to"].values).values
    flow = acted["flow"].values
    rest["flow_least"] = inputs["flow_least"].copy(data=np.where(leaves[:, None], flow, inputs["flow_least"].values))
    rest["flow_max"] = inputs["flow_max"].copy(data=np.where(leaves[:, None], flow, inputs["flow_max"].values))
    own_demand = np.isin(inputs["demand_party"].values, parties)[:, None]
    rest["requirement"] = inputs["requirement"].copy(data=np.where(own_demand, acted["delivery"].values, inputs["requirement"].values))
    grew = own_demand & (inputs["demand_grows"].values == 1)[:, None]  # what their crops kept is known, and with it what comes back
    came = np.where(grew, acted["return_flow"].values, inputs["return_past"].values)
    rest["return_past"] = inputs["return_past"].copy(data=came)
    rest["return_fraction"] = inputs["return_fraction"].copy(data=np.where(grew[:, 0], 0.0, inputs["return_fraction"].values))
    return rest


def _without_fields(inputs: xr.Dataset, demands: NDArray[np.str_]) -> xr.Dataset:
    """Inputs without the fields of some demands, which are demands like others then."""
    of_field = ~np.isin(inputs["field_demand"].values, demands)
    fields = inputs["field"].values[of_field]
    parties = inputs["demand_party"].sel(demand=inputs["field_demand"].values[of_field]).values
    kept = {
        "field": of_field,
        **{
            dim: np.isin(inputs[name].values, fields)
            for dim, name in (("crop_path", "path_field"), ("responding", "responding"), ("costed", "costed"))
        },
        **{dim: ~np.isin(inputs[f"{dim.split('_')[0]}_demand"].values, demands) for dim in ("land_row", "rotation")},
        "food_need": np.isin(inputs["food_party"].values, parties),
    }
    left = inputs.isel({dim: np.flatnonzero(rows) for dim, rows in kept.items()})
    grows = np.where(np.isin(inputs["demand"].values, demands), 0, inputs["demand_grows"].values)
    return left.assign(demand_grows=inputs["demand_grows"].copy(data=grows))
