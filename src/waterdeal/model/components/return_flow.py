"""Return flow: the share of a delivery that comes back to the river, later and elsewhere; of fields, of what their crops leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Data
from waterdeal.model.network import Terms, add_arrivals, consumed, grouped_set, has, members_by, summed

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("demand", "crops")


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add the shares coming back; there is no variable of its own."""
    block = model.return_flow = pyo.Block()
    returning = inputs.take(demand=(inputs["return_fraction"].values > 0) | inputs["return_past"].values.any(axis=1))
    ids = returning["demand"].values.tolist()
    block.DEMAND = pyo.Set(initialize=ids, dimen=1)
    block.TO = grouped_set(model.NODE, members_by(returning["return_node"].values.tolist(), ids))
    block.return_fraction = Data(block.DEMAND, array=returning["return_fraction"])
    block.past = Data(block.DEMAND, model.TIME, array=returning["return_past"])
    add_arrivals(block, block.DEMAND, returning["return_share"])
    past = summed("return_flow.TO", "return_flow.past")
    return Terms((_returning, past), (_kept_by_crops,) if has(model, "crops") else ())


def _returning(model: Any, node: Any, time: Any) -> Any:
    own = model.return_flow
    return sum(
        own.arriving[demand, left, time] * own.return_fraction[demand] * model.demand.delivery[demand, left]
        for demand in own.TO[node]
        for left in own.LEFT[time]
    )


def _kept_by_crops(model: Any, node: Any, time: Any) -> Any:
    """Of the water of crops nothing comes back that they consume."""
    own = model.return_flow
    return consumed(model, own.TO[node], own.LEFT[time], lambda user, left: own.arriving[user, left, time] * own.return_fraction[user])
