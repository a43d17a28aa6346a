"""Reach: a stretch of river with loss on the way and travel time.

What enters in a step arrives in this and later steps by fixed shares, less the share lost on the way; water that entered before
the horizon arrives as data, and what is still on its way at the end is counted by the audit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Data
from waterdeal.model.network import Terms, add_arrivals, grouped_set, members_by, summed

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add river reaches and spillways: sets, shares lost and shares arriving."""
    block = model.reach = pyo.Block()
    ids = inputs["link"].values
    river = np.isin(inputs["link_kind"].values, ["river", "spillway"])
    lagged = np.isin(ids, inputs["lagged_link"].values)
    upper, lower = inputs["link_from"].values, inputs["link_to"].values
    block.OUT = grouped_set(model.NODE, members_by(upper[river].tolist(), ids[river].tolist()))
    block.IN = grouped_set(model.NODE, members_by(lower[river & ~lagged].tolist(), ids[river & ~lagged].tolist()))
    block.LAGGED_IN = grouped_set(model.NODE, members_by(lower[lagged].tolist(), ids[lagged].tolist()))
    block.LAGGED = pyo.Set(initialize=inputs["lagged_link"].values.tolist(), dimen=1)
    block.kept = Data(model.LINK, model.TIME, array=1 - inputs["loss_fraction"])
    block.past = Data(block.LAGGED, model.TIME, array=inputs["arrival_past"])
    add_arrivals(block, block.LAGGED, inputs["arrival_share"])
    return Terms(inflow=(_arrival_same_step, _arrival_delayed, _arrival_past), outflow=(summed("reach.OUT", "flow"),))


def _arrival_same_step(model: Any, node: Any, time: Any) -> Any:
    return sum(model.reach.kept[link, time] * model.flow[link, time] for link in model.reach.IN[node])


def _arrival_delayed(model: Any, node: Any, time: Any) -> Any:
    return sum(
        model.reach.arriving[link, left, time] * model.reach.kept[link, left] * model.flow[link, left]
        for link in model.reach.LAGGED_IN[node]
        for left in model.reach.LEFT[time]
    )


def _arrival_past(model: Any, node: Any, time: Any) -> Any:
    return sum(model.reach.past[link, time] * model.reach.kept[link, time] for link in model.reach.LAGGED_IN[node])
