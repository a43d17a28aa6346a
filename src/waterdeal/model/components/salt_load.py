"""Salt loads that clauses promise: what enters a link, and what return flows bring to the river.

Salt is carried along the network beside the water. What leaves a node is its mixture, and a mixture is no line: it is taken as its line at
the replay of the pass before, with concentrations c, parts w of all that leaves, and B what is brought:

    excess = B - c x (all water that leaves or stays),    salt that leaves one way = c x water + w x excess

so that no salt is made or lost, and a plan that is the one before carries what its replay does. Passes go on until loads of clauses are
those of the replay (``solve.salinity``); before the first one there are none. ``beside`` is what the line leaves out, from that replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.agreement.inputs import promises_loads
from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_arrivals, grouped_set, has, members_by

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("reach", "reservoir", "lake", "demand", "return_flow")

#: what leaves a node or stays there: of each kind the dim of its places, and its variable with the salt of it
WAYS = {"link": "carried", "demand": "given", "body": "held"}


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add the salt of links, deliveries, bodies and return flows, kt, and what each node is brought beyond the line of its mixture."""
    if not promises_loads(inputs):
        return Terms()
    block, time = pyo.Block(), model.TIME
    model.salt_load = block
    balanced = model.BALANCED.ordered_data()
    known = {name: place for place, name in enumerate(inputs["salt_node"].values.tolist())}
    rows = [known[node] for node in balanced]
    block.strength = Data(model.BALANCED, time, array=np.nan_to_num(inputs["salt_line_node"].values[rows]))
    block.beside = Data(model.BALANCED, time, array=np.nan_to_num(inputs["salt_beside_node"].values[rows]))
    block.excess = Columns(model.BALANCED, time, domain=pyo.Reals)
    at = {"link": "link_from", "demand": "demand_node", "body": "salt_body"}
    for dim, name in WAYS.items():
        ids = inputs[f"salt_{dim}"].values.tolist()
        nodes = ids if dim == "body" else inputs[at[dim]].values.tolist()
        setattr(block, dim.upper(), pyo.Set(initialize=ids, dimen=1))
        setattr(block, f"{dim.upper()}_AT", pyo.Set(initialize=list(zip(ids, nodes, strict=True)), dimen=2))
        setattr(block, f"OUT_{dim.upper()}", grouped_set(model.NODE, members_by(nodes, ids)))
        over = block.component(dim.upper())
        block.add_component(f"{dim}_part", Data(over, time, array=np.nan_to_num(inputs[f"salt_part_{dim}"].values)))
        block.add_component(name, Columns(over, time, domain=pyo.Reals))
    _add_returns(block, inputs)
    _add_arriving(block, inputs)
    block.carries = Rows(block.LINK_AT, time, rule=_carries)
    block.gives = Rows(block.DEMAND_AT, time, rule=_gives)
    _add_held(block, inputs)
    block.brought = Rows(model.BALANCED, time, rule=_brought)
    return Terms()


def _add_returns(block: Any, inputs: Unlabelled) -> None:
    """Add the salt of return flows: a share of the salt that is given, and what they pick up."""
    model = block.model()
    ids, sends = inputs["salt_demand"].values, inputs["return_fraction"].values
    below = inputs["percolation_kind"].values == "demand"
    seeps = np.array([inputs["percolation_share"].values[below & (inputs["percolation_source"].values == name)].sum() for name in ids])
    block.passed = Data(block.DEMAND, array=np.divide(sends, sends + seeps, out=np.zeros(len(ids)), where=sends > 0))
    block.picked = Data(block.DEMAND, array=sends * inputs["salt_added"].values)
    block.demand_beside = Data(block.DEMAND, model.TIME, array=np.nan_to_num(inputs["salt_beside_demand"].values))
    block.returned = Columns(block.DEMAND, model.TIME, domain=pyo.Reals)
    block.back = pyo.Block()
    add_arrivals(block.back, block.DEMAND, inputs["return_share"])
    block.RETURN_TO = grouped_set(model.NODE, members_by(inputs["return_node"].values.tolist(), ids.tolist()))
    block.returns = Rows(block.DEMAND, model.TIME, rule=_returns)


def _add_arriving(block: Any, inputs: Unlabelled) -> None:
    """Add the links that bring salt to each node, in the step or later."""
    ids, lower = inputs["link"].values, inputs["link_to"].values
    lagged = np.isin(ids, inputs["lagged_link"].values)
    for name, chosen in (("IN_LINK", ~lagged), ("IN_LAGGED", lagged)):
        block.add_component(name, grouped_set(block.model().NODE, members_by(lower[chosen].tolist(), ids[chosen].tolist())))


def _add_held(block: Any, inputs: Unlabelled) -> None:
    """Add the salt that reservoirs and lakes hold at the end of each step."""
    kinds = inputs.at("node_kind", inputs["salt_body"].values.tolist())
    for kind in ("reservoir", "lake"):
        ids = inputs["salt_body"].values[kinds == kind].tolist()
        block.add_component(kind.upper(), pyo.Set(initialize=ids, dimen=1))
        block.add_component(f"OUT_{kind.upper()}", grouped_set(block.model().NODE, members_by(ids, ids)))
    block.reservoir_holds = Rows(block.RESERVOIR, block.model().TIME, rule=_reservoir_holds)
    block.lake_holds = Rows(block.LAKE, block.model().TIME, rule=_lake_holds)


def _carries(block: Any, link: Any, node: Any, time: Any) -> Any:
    water = block.model().flow[link, time]
    return block.carried[link, time] == block.strength[node, time] * water + block.link_part[link, time] * block.excess[node, time]


def _gives(block: Any, user: Any, node: Any, time: Any) -> Any:
    water = block.model().demand.delivery[user, time]
    return block.given[user, time] == block.strength[node, time] * water + block.demand_part[user, time] * block.excess[node, time]


def _reservoir_holds(block: Any, body: Any, time: Any) -> Any:
    water = block.model().reservoir.storage[body, time]
    return block.held[body, time] == block.strength[body, time] * water + block.body_part[body, time] * block.excess[body, time]


def _lake_holds(block: Any, body: Any, time: Any) -> Any:
    water = block.model().lake.storage[body, time]
    return block.held[body, time] == block.strength[body, time] * water + block.body_part[body, time] * block.excess[body, time]


def _returns(block: Any, user: Any, time: Any) -> Any:
    delivery = block.model().demand.delivery
    coming = sum(
        block.back.arriving[user, left, time] * (block.passed[user] * block.given[user, left] + block.picked[user] * delivery[user, left])
        for left in block.back.LEFT[time]
    )
    return block.returned[user, time] == block.demand_beside[user, time] + coming


def _brought(block: Any, node: Any, time: Any) -> Any:
    model = block.model()
    arrived = sum(model.reach.kept[link, time] * block.carried[link, time] for link in block.IN_LINK[node])
    arrived = arrived + sum(
        model.reach.arriving[link, left, time] * model.reach.kept[link, left] * block.carried[link, left]
        for link in block.IN_LAGGED[node]
        for left in model.reach.LEFT[time]
    )
    arrived = arrived + sum(block.returned[user, time] for user in block.RETURN_TO[node])
    held = sum(block.held[body, before] for body in block.OUT_BODY[node] for before in model.PREVIOUS[time])
    leaving = sum(model.flow[link, time] for link in block.OUT_LINK[node])
    leaving = leaving + sum(model.demand.delivery[user, time] for user in block.OUT_DEMAND[node])
    leaving = leaving + sum(model.reservoir.storage[body, time] for body in block.OUT_RESERVOIR[node])
    if has(model, "lake"):
        leaving = leaving + sum(model.lake.storage[body, time] for body in block.OUT_LAKE[node])
    return block.excess[node, time] == block.beside[node, time] + arrived + held - block.strength[node, time] * leaving
