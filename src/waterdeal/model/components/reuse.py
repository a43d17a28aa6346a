"""Reuse: drainage water that a demand takes before it comes back to the river.

``reused <= share x return_fraction x (delivery - what crops consume)`` of the demand it drains from, in the same step. It enters the node
of the demand it is taken to, as part of the delivery there, and the return flow of the other is less by it, with the delay of that return
flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, between, consumed, grouped_set, has, members_by, pairs_of, summed

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("demand", "crops", "return_flow", "groundwater")


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``reused[reuse, time]``, at most what drains and what is delivered."""
    if not inputs.sizes["reuse"]:
        return Terms()
    block = model.reuse = pyo.Block()
    ids, sources, users = (inputs[name].values.tolist() for name in ("reuse", "reuse_from", "reuse_to"))
    returns = {name: inputs.at(name, inputs["reuse_from"].values) for name in ("return_node", "return_fraction")}
    add_sets(block, REUSE=ids, TAKING=dict.fromkeys(users))
    block.PAIR = pairs_of(ids, sources)
    block.TO = grouped_set(model.NODE, members_by(inputs.at("demand_node", inputs["reuse_to"].values).tolist(), ids))
    block.LEAVING = grouped_set(model.NODE, members_by(returns["return_node"].tolist(), zip(ids, sources, strict=True)), dimen=2)
    block.FROM = grouped_set(model.demand.DEMAND, members_by(sources, ids))
    block.GIVEN = grouped_set(block.TAKING, members_by(users, ids))
    block.drained = Data(block.REUSE, array=inputs["reuse_share"].values * returns["return_fraction"])
    add_data(block, inputs, "reuse_capacity", block.REUSE, model.TIME)
    block.reused = Columns(block.REUSE, model.TIME, bounds=between("", "reuse_capacity"))
    block.reused_drained = Rows(block.PAIR, model.TIME, rule=_reused_drained)
    block.reused_given = Rows(block.TAKING, model.TIME, rule=_reused_given)
    return Terms(inflow=(summed("reuse.TO", "reuse.reused"),), outflow=(_not_returning,))


def _reused_drained(block: Any, reuse: Any, demand: Any, time: Any) -> Any:
    """No more is used again than drains: of what crops consume nothing does."""
    model = block.model()
    drained = model.demand.delivery[demand, time]
    if has(model, "crops"):
        drained = drained - consumed(model, (demand,), (time,), lambda _user, _time: 1)
    return block.reused[reuse, time] <= block.drained[reuse] * drained


def _reused_given(block: Any, demand: Any, time: Any) -> Any:
    """Drainage and pumped water are part of a delivery."""
    model = block.model()
    given = sum(block.reused[reuse, time] for reuse in block.GIVEN[demand])
    if has(model, "groundwater"):
        given = given + sum(model.groundwater.pumped[well, time] for well in model.groundwater.WELLS_OF[demand])
    return given <= model.demand.delivery[demand, time]


def _not_returning(model: Any, node: Any, time: Any) -> Any:
    return sum(
        model.return_flow.arriving[demand, left, time] * model.reuse.reused[reuse, left]
        for reuse, demand in model.reuse.LEAVING[node]
        for left in model.return_flow.LEFT[time]
    )
