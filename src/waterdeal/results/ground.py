"""Groundwater and reused drainage on a plan: baseflow, what reaches each node, cost of pumping, the debt it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.science.aquifer import debt_shares

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled

    Floats = NDArray[np.float64]


def summed_at(values: Floats, places: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """Sum the rows of a table at the place each belongs to.

    Parameters
    ----------
    values : numpy.ndarray
        By (row, step).
    places : numpy.ndarray
        Place of each row.
    names : numpy.ndarray
        All places.

    Returns
    -------
    numpy.ndarray
        By (place, step).
    """
    return np.asarray((names[:, None] == places[None, :]).astype(float) @ values)


def reused_from(inputs: xr.Dataset | Unlabelled, reused: Floats) -> Floats:
    """Drainage of each demand that is used again, hm3 by (demand, step)."""
    return summed_at(reused, inputs["reuse_from"].values, inputs["demand"].values)


def ground_quantities(inputs: xr.Dataset | Unlabelled, storage: Floats, recharge: Floats, pumped: Floats, reused: Floats) -> dict[str, Any]:
    """Make the results about groundwater and reuse.

    Parameters
    ----------
    inputs : xarray.Dataset or Unlabelled
        Inputs of the model.
    storage, recharge : numpy.ndarray
        Of each aquifer, hm3 by (aquifer, step); storage at the end of the step.
    pumped, reused : numpy.ndarray
        hm3 by (well, step) and (reuse, step).

    Returns
    -------
    dict
        ``aquifer_storage``, ``recharge``, ``baseflow``, ``groundwater_debt``, ``pumped``, ``pumping_energy``, ``pumping_cost``, ``reused``
        and ``inflow_ground``, as (dims, array).
    """
    taken = summed_at(pumped, inputs["well_aquifer"].values, inputs["aquifer"].values)
    before = np.hstack([inputs["aquifer_initial"].values[:, None], storage[:, :-1]])
    baseflow = before + recharge - taken - storage
    energy = pumped * inputs["well_energy"].values[:, None]
    nodes, places = inputs["node"].values, dict(zip(inputs["demand"].values.tolist(), inputs["demand_node"].values.tolist(), strict=True))
    reaching = summed_at(baseflow, inputs["aquifer_node"].values, nodes)
    for volumes, users in ((pumped, inputs["well_demand"].values), (reused, inputs["reuse_to"].values)):
        reaching = reaching + summed_at(volumes, np.array([places[user] for user in users.tolist()], dtype=str), nodes)
    owed = (debt_shares(inputs["aquifer_alpha"].values, inputs["step_length"].values) * taken).sum(axis=1)
    return {
        "aquifer_storage": (("aquifer", "time"), storage),
        "recharge": (("aquifer", "time"), recharge),
        "baseflow": (("aquifer", "time"), baseflow),
        "groundwater_debt": ("aquifer", owed),
        "pumped": (("well", "time"), pumped),
        "pumping_energy": (("well", "time"), energy),
        "pumping_cost": (("well", "time"), energy * inputs["well_energy_price"].values),
        "reused": (("reuse", "time"), reused),
        "inflow_ground": (("node", "time"), reaching),
    }


def salt_blanks(inputs: xr.Dataset | Unlabelled) -> dict[str, Any]:
    """Results about salt, all blank: the model knows no concentrations, its replay tells them (``passes.publish``).

    Parameters
    ----------
    inputs : xarray.Dataset or Unlabelled
        Inputs of the model.

    Returns
    -------
    dict
        Variables as (dims, array); without rows where salinity is off.
    """
    dims = {
        "salt_link": ("salinity", "salt_load", "salt_arrival"),
        "salt_node": ("salinity_node",),
        "salt_body": ("salinity_stored",),
        "salt_demand": ("salinity_delivered", "salinity_returned", "salt_returned"),
        "salt_aquifer": ("salinity_ground",),
        "salt_limit": ("salt_excess", "salt_above"),
    }
    steps = inputs.sizes["time"]
    blank = {name: ((dim, "time"), np.full((inputs.sizes[dim], steps), np.nan)) for dim, names in dims.items() for name in names}
    return {**blank, "salt_total": ("salt_account", np.full(inputs.sizes["salt_account"], np.nan))}
