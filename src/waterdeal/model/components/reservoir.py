"""Reservoir: storage between bounds, flood space, rule band, and what its outlets pass together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo

from waterdeal.model.network import add_where_present, grouped_set, members_by
from waterdeal.model.symbolic import Rows
from waterdeal.model.water_body import add_storage

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.model.terms import Terms


def add(model: Any, inputs: xr.Dataset) -> Terms:
    """Add reservoirs with ``storage_floods``, ``rule_low``, ``rule_high`` and ``release_limit`` rows where there is such a rule.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with the shared sets.
    inputs : xarray.Dataset
        The ``reservoir`` variables; lakes are left to the lake component.

    Returns
    -------
    Terms
        Storage carried in, storage kept and evaporation.
    """
    block = model.reservoir = pyo.Block()
    kinds = inputs["node_kind"].sel(node=inputs["reservoir"].values).values
    bodies = inputs.isel(reservoir=np.flatnonzero(kinds == "reservoir"))
    terms = add_storage(block, bodies)
    links = inputs.sel(link=np.isin(inputs["link_kind"], ["river", "canal"]))
    outlets = members_by(links["link_from"].values.tolist(), links["link"].values.tolist())
    block.OUTLET = grouped_set(block.BODY, {body: outlets.get(body, []) for body in block.BODY})
    most = bodies["storage_max"] - bodies["flood_space"]
    add_where_present(block, "FLOOD", "flood_limit", most.where(bodies["flood_space"] > 0))
    add_where_present(block, "LOW", "low_limit", bodies["storage_rule_low"])
    add_where_present(block, "HIGH", "high_limit", bodies["storage_rule_high"])
    add_where_present(block, "RELEASE", "release_max", bodies["release_max"])
    block.flood_space_used = pyo.Var(block.FLOOD, domain=pyo.NonNegativeReals, dense=False)
    block.storage_below_rule = pyo.Var(block.LOW, domain=pyo.NonNegativeReals, dense=False)
    block.storage_above_rule = pyo.Var(block.HIGH, domain=pyo.NonNegativeReals, dense=False)
    block.storage_flood_limit = Rows(block.FLOOD, rule=_flood_limit)
    block.storage_rule_low = Rows(block.LOW, rule=_rule_low)
    block.storage_rule_high = Rows(block.HIGH, rule=_rule_high)
    block.release_limit = Rows(block.RELEASE, rule=_release_limit)
    return terms


def _flood_limit(block: Any, body: Any, time: Any) -> Any:
    return block.storage[body, time] - block.flood_space_used[body, time] <= block.flood_limit[body, time]


def _rule_low(block: Any, body: Any, time: Any) -> Any:
    return block.storage[body, time] + block.storage_below_rule[body, time] >= block.low_limit[body, time]


def _rule_high(block: Any, body: Any, time: Any) -> Any:
    return block.storage[body, time] - block.storage_above_rule[body, time] <= block.high_limit[body, time]


def _release_limit(block: Any, body: Any, time: Any) -> Any:
    model = block.model()
    return sum(model.flow[outlet, time] for outlet in block.OUTLET[body]) <= block.release_max[body, time]
