"""Return flow: the share of a delivery that comes back to the river, later and elsewhere; of fields, of what their crops leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
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
    share, own = returning["return_share"].values, returning["return_node"].values == returning["demand_node"].values
    at_once, steps = share[:, :, 0] * own[:, None], inputs["step"].values
    turning = at_once.any(axis=1) & np.isin(returning["demand_node"].values, model.BALANCED.ordered_data())
    at = members_by(returning["demand_node"].values[turning].tolist(), returning["demand"].values[turning].tolist())
    block.OWN = grouped_set(model.NODE, at)
    block.TURNED = pyo.Set(initialize=list(at), dimen=1)
    now = steps[share[:, :, 0].any(axis=0)].tolist()
    block.NOW = grouped_set(model.TIME, members_by(now, now))
    past = summed("return_flow.TO", "return_flow.past")
    return Terms((_returning, past), (_kept_by_crops,) if has(model, "crops") else ())


def _returning(model: Any, node: Any, time: Any) -> Any:
    own = model.return_flow
    return sum(
        own.arriving[demand, left, time] * own.return_fraction[demand] * model.demand.delivery[demand, left]
        for demand in own.TO[node]
        for left in own.LEFT[time]
    )


def turned(model: Any, node: Any, time: Any) -> Any:
    """Water that comes back in a step to the node it was taken from: it can only go on."""
    own = model.return_flow
    given = model.demand.delivery
    return sum(own.arriving[d, now, time] * own.return_fraction[d] * given[d, time] for d in own.OWN[node] for now in own.NOW[time])


def _kept_by_crops(model: Any, node: Any, time: Any) -> Any:
    """Of the water of crops nothing comes back that they consume."""
    own = model.return_flow
    return consumed(model, own.TO[node], own.LEFT[time], lambda user, left: own.arriving[user, left, time] * own.return_fraction[user])
