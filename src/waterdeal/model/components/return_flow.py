"""Return flow: the share of a delivery that comes back to the river, later and elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from waterdeal.model.lag import add_arrivals
from waterdeal.model.network import grouped_set, members_by
from waterdeal.model.symbolic import Data
from waterdeal.model.terms import Terms

if TYPE_CHECKING:
    import xarray as xr

AFTER = ("demand",)


def add(model: Any, inputs: xr.Dataset) -> Terms:
    """Add the shares coming back; there is no variable of its own.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with the demand block.
    inputs : xarray.Dataset
        ``return_fraction``, ``return_node``, ``return_share``, ``return_past``.

    Returns
    -------
    Terms
        Return flow reaches its node, from deliveries of the horizon and from those before it.
    """
    block = model.return_flow = pyo.Block()
    returning = inputs.isel(demand=inputs["return_fraction"].values > 0)
    ids = returning["demand"].values.tolist()
    block.DEMAND = pyo.Set(initialize=ids, dimen=1)
    block.TO = grouped_set(model.NODE, members_by(returning["return_node"].values.tolist(), ids))
    block.return_fraction = Data(block.DEMAND, array=returning["return_fraction"])
    block.past = Data(block.DEMAND, model.TIME, array=returning["return_past"])
    add_arrivals(block, block.DEMAND, returning["return_share"])
    return Terms(inflow=(_returning, _returning_past))


def _returning(model: Any, node: Any, time: Any) -> Any:
    own = model.return_flow
    return sum(
        own.arriving[demand, left, time] * own.return_fraction[demand] * model.demand.delivery[demand, left]
        for demand in own.TO[node]
        for left in own.LEFT[time]
    )


def _returning_past(model: Any, node: Any, time: Any) -> Any:
    return sum(model.return_flow.past[demand, time] for demand in model.return_flow.TO[node])
