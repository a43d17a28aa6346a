"""Look-ahead: the river after the horizon by months, coarse and soft, so that the end of a season is not the end of the river.

It begins with the storages the plan ends with and the water that is then on its way. Water takes no time in it. Every balance may lack
water or have too much, at a price that nothing else reaches, so there is a look-ahead to every plan: it makes none impossible, and is in
no proof that there is none. It brings what the next season would miss to the level ``lookahead``, its energy to ``benefit`` and the jumps
of its releases to ``smoothness`` (docs/decisions/look-ahead.md).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, add_where_present, between, grouped_set, has, members_by

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("reservoir", "lake", "demand", "return_flow", "hydropower", "smoothness")
#: what a missing hm3 counts: of a balance, of a channel beyond its limit, of towns and least flows (times the weight of its step)
BALANCE, DAMAGE, FIRST = 1000.0, 100.0, 10.0


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add the look-ahead where the inputs have one; it hands over no water, for the balance of the season is not its own."""
    if "lookahead_runoff" not in inputs:
        return Terms()
    block = model.lookahead = pyo.Block()
    steps = inputs["lookahead_step"].values.tolist()
    add_sets(block, STEP=steps)
    model.unnamed = (*model.unnamed, block.STEP)
    block.BEFORE = grouped_set(block.STEP, {later: [earlier] for earlier, later in pairwise(steps)})
    block.LAST = grouped_set(block.STEP, {steps[0]: [model.TIME.last()]})
    _add_users(block, inputs)
    _add_bodies(block, inputs)
    _add_links(block, inputs)
    _add_waiting(block, inputs)
    add_data(block, _own(inputs), "runoff", model.NODE, block.STEP)
    for name in ("lacking", "excess"):
        block.add_component(name, Columns(model.NODE, block.STEP, domain=pyo.NonNegativeReals))
    block.balance = Rows(model.BALANCED, block.STEP, rule=_balance)
    return Terms()


def _own(inputs: Unlabelled) -> Unlabelled:
    """Return inputs in which what is of the look-ahead stands under its names without it."""
    names = [str(name) for name in inputs.variables if str(name).startswith("lookahead_")]
    return inputs.extended({name.removeprefix("lookahead_"): inputs[name] for name in names})


def _add_users(block: Any, inputs: Unlabelled) -> None:
    """Add deliveries, and what is missing by steps of one weight each."""
    own, demand = _own(inputs), block.model().demand
    weights, place = np.unique(inputs["shortage_weight"].values, return_inverse=True)
    add_sets(block, PART=range(1, len(weights) + 1))
    block.share = Data(block.PART, array=np.bincount(place, inputs["shortage_share"].values, len(weights)))
    drunk = inputs["demand_kind"].values == "municipal"
    block.weight = Data(demand.DEMAND, block.PART, array=np.where(drunk, FIRST, 1.0)[:, None] * weights)
    add_data(block, own, "requirement", demand.DEMAND, block.STEP)
    block.delivery = Columns(demand.DEMAND, block.STEP, bounds=between("", "requirement"))
    block.shortage = Columns(demand.DEMAND, block.PART, block.STEP, bounds=_shortage_bounds)
    block.requirement_met = Rows(demand.DEMAND, block.STEP, rule=_requirement_met)
    returning = inputs["return_fraction"].values > 0
    ids = inputs["demand"].values[returning].tolist()
    block.RETURNING = pyo.Set(initialize=ids, dimen=1)
    block.return_fraction = Data(block.RETURNING, array=inputs["return_fraction"].values[returning])
    block.RETURNED_TO = grouped_set(block.model().NODE, members_by(inputs["return_node"].values[returning].tolist(), ids))


def _add_bodies(block: Any, inputs: Unlabelled) -> None:
    """Add storages of reservoirs and lakes, and what the outlets of reservoirs pass."""
    own, model, ids = _own(inputs), block.model(), inputs["reservoir"].values
    add_sets(block, BODY=ids)
    block.AT = grouped_set(model.NODE, {body: [body] for body in block.BODY})
    add_data(block, own, "storage_min storage_max evaporation_fixed", block.BODY, block.STEP)
    block.kept_of_start = Data(block.BODY, block.STEP, array=1 - own["evaporation_share"] / 2)
    block.kept_and_lost = Data(block.BODY, block.STEP, array=1 + own["evaporation_share"] / 2)
    block.storage = Columns(block.BODY, block.STEP, bounds=between("storage_min", "storage_max"))
    operated = inputs.at("node_kind", ids) == "reservoir"
    add_where_present(block, "RELEASE", "release_max", ids[operated], own["release_max"].values[operated], block.STEP)
    block.release_limit = Rows(block.RELEASE, rule=_release_limit)


def _add_links(block: Any, inputs: Unlabelled) -> None:
    """Add flows, what is missing to least flows, what is beyond channels, what turbines take and how releases change."""
    own, model, ids = _own(inputs), block.model(), inputs["link"].values
    for name, end in (("OUT", "link_from"), ("IN", "link_to")):
        block.add_component(name, grouped_set(model.NODE, members_by(inputs[end].values.tolist(), ids.tolist())))
    add_data(block, own, "flow_max", model.LINK, block.STEP)
    block.kept = Data(model.LINK, block.STEP, array=1 - own["loss_fraction"])
    block.flow = Columns(model.LINK, block.STEP, bounds=between("", "flow_max"))
    asked = own["flow_minimum"].values
    add_where_present(block, "ASKED", "flow_asked", ids, np.where(asked > 0, asked, np.nan), block.STEP)
    block.flow_shortfall = Columns(block.ASKED, bounds=between("", "flow_asked"))
    block.flow_minimum = Rows(block.ASKED, rule=_flow_minimum)
    add_where_present(block, "LIMITED", "flow_most", ids, own["channel_limit"].values, block.STEP)
    block.channel_excess = Columns(block.LIMITED, domain=pyo.NonNegativeReals)
    block.channel_limit = Rows(block.LIMITED, rule=_channel_limit)
    if has(model, "hydropower"):
        plants = model.hydropower.PLANT
        add_data(block, own, "turbine_max energy_value", plants, block.STEP)
        block.turbine_flow = Columns(plants, block.STEP, bounds=between("", "turbine_max"))
        block.turbine_limit = Rows(model.hydropower.ON, block.STEP, rule=_turbine_limit)
    block.per_day = Data(block.STEP, array=1 / own["step_length"])
    block.release_rise = Columns(model.smoothness.RELEASE, block.STEP, domain=pyo.NonNegativeReals)
    block.release_fall = Columns(model.smoothness.RELEASE, block.STEP, domain=pyo.NonNegativeReals)
    block.release_change = Rows(model.smoothness.RELEASE, block.STEP, rule=_release_change)


def _add_waiting(block: Any, inputs: Unlabelled) -> None:
    """Add what is on its way when the horizon ends, of rivers and of return flows: it comes in the first step."""
    model = block.model()
    lagged = inputs["lagged_link"].values.tolist()
    late = 1.0 - inputs["arrival_share"].values.sum(axis=2)
    kept = 1.0 - inputs["loss_fraction"].values[[inputs["link"].values.tolist().index(link) for link in lagged]]
    past = np.maximum(inputs["transit_initial"].values - inputs["arrival_past"].values.sum(axis=1), 0.0) * kept[:, -1]
    ends = inputs.at("link_to", lagged).tolist()
    _add_late(block, "LAGGED", "arriving", lagged, late * kept)
    block.LAGGED_IN = grouped_set(model.NODE, members_by(ends, lagged))
    nodes = inputs["node"].values.tolist()
    coming = np.zeros((len(nodes), len(block.STEP)))
    np.add.at(coming[:, 0], [nodes.index(node) for node in ends], past)
    block.past = Data(model.NODE, block.STEP, array=coming)
    ids, demands = block.RETURNING.ordered_data(), inputs["demand"].values.tolist()
    rows = [demands.index(demand) for demand in ids]
    share = (1.0 - inputs["return_share"].values.sum(axis=2))[rows] * inputs["return_fraction"].values[rows][:, None]
    _add_late(block, "LATE", "returning", list(ids), share)


def _add_late(block: Any, name: str, data: str, items: list[str], share: Any) -> None:
    """Add the items, the steps of the horizon whose water comes after it, by the step it comes in, and its share."""
    steps = block.model().TIME.ordered_data()
    used = np.flatnonzero((share > _NOTHING).any(axis=0))
    left = [steps[at] for at in used]
    block.add_component(name, pyo.Set(initialize=items, dimen=1))
    block.add_component(f"{name}_LEFT", pyo.Set(initialize=left, dimen=1))
    block.add_component(f"{name}_WHEN", grouped_set(block.STEP, {block.STEP.first(): left}))
    block.add_component(data, Data(block.component(name), block.component(f"{name}_LEFT"), array=np.maximum(share[:, used], 0.0)))


#: share below which nothing is on its way
_NOTHING = 1e-9


def _shortage_bounds(block: Any, demand: Any, part: Any, step: Any) -> Any:
    return 0, block.share[part] * block.requirement[demand, step]


def _requirement_met(block: Any, demand: Any, step: Any) -> Any:
    missing = sum(block.shortage[demand, part, step] for part in block.PART)
    return block.delivery[demand, step] + missing == block.requirement[demand, step]


def _release_limit(block: Any, body: Any, step: Any) -> Any:
    return sum(block.flow[outlet, step] for outlet in block.model().reservoir.OUTLET[body]) <= block.release_max[body, step]


def _flow_minimum(block: Any, link: Any, step: Any) -> Any:
    return block.flow[link, step] + block.flow_shortfall[link, step] >= block.flow_asked[link, step]


def _channel_limit(block: Any, link: Any, step: Any) -> Any:
    return block.flow[link, step] - block.channel_excess[link, step] <= block.flow_most[link, step]


def _turbine_limit(block: Any, plant: Any, link: Any, step: Any) -> Any:
    return block.turbine_flow[plant, step] <= block.flow[link, step]


def _release_change(block: Any, link: Any, step: Any) -> Any:
    model = block.model()
    season = sum(model.smoothness.per_day[time] * model.flow[link, time] for time in block.LAST[step])
    before = sum(block.per_day[earlier] * block.flow[link, earlier] for earlier in block.BEFORE[step])
    return block.per_day[step] * block.flow[link, step] - before - season == block.release_rise[link, step] - block.release_fall[link, step]


def _carried_in(block: Any, node: Any, step: Any) -> Any:
    """What bodies begin a step with, less half of what evaporates of it: in the first step what the plan ends with."""
    model, kept = block.model(), block.kept_of_start
    inside = sum(kept[body, step] * block.storage[body, before] for body in block.AT[node] for before in block.BEFORE[step])
    ends = [model.component(name) for name in ("reservoir", "lake") if has(model, name)]
    return inside + sum(
        [sum(kept[body, step] * of.storage[body, time] for body in of.AT[node] for time in block.LAST[step]) for of in ends]
    )


def _coming(block: Any, node: Any, step: Any) -> Any:
    """What was on its way when the horizon ended."""
    model = block.model()
    rivers = sum(block.arriving[link, left] * model.flow[link, left] for link in block.LAGGED_IN[node] for left in block.LAGGED_WHEN[step])
    users = sum(
        block.returning[user, left] * model.demand.delivery[user, left]
        for user in block.RETURNED_TO[node]
        for left in block.LATE_WHEN[step]
    )
    return rivers + users + block.past[node, step]


def _balance(block: Any, node: Any, step: Any) -> Any:
    """What reaches a node and what leaves it, with what is lacking and what is too much."""
    into = block.runoff[node, step] + sum(block.kept[link, step] * block.flow[link, step] for link in block.IN[node])
    back = sum(block.return_fraction[user] * block.delivery[user, step] for user in block.RETURNED_TO[node])
    taken = sum(block.flow[link, step] for link in block.OUT[node])
    taken += sum(block.delivery[user, step] for user in block.model().demand.AT[node])
    stored = sum(
        block.kept_and_lost[body, step] * block.storage[body, step] + block.evaporation_fixed[body, step] for body in block.AT[node]
    )
    coming = _carried_in(block, node, step) + _coming(block, node, step)
    return into + back + coming + block.lacking[node, step] == taken + stored + block.excess[node, step]


def _out_of_balance(own: Any) -> Any:
    """Water that nodes lack, or have too much."""
    return sum(own.lacking[node, step] + own.excess[node, step] for node in own.model().NODE for step in own.STEP)


def _missing(m: Any) -> Any:
    """What the next season would miss, by its weights."""
    own = m.lookahead
    users = sum(
        own.weight[user, part] * own.shortage[user, part, step] for user in m.demand.DEMAND for part in own.PART for step in own.STEP
    )
    nature = sum(own.flow_shortfall[link, step] for link, step in own.ASKED)
    damage = sum(own.channel_excess[link, step] for link, step in own.LIMITED)
    return users + FIRST * nature + DAMAGE * damage + BALANCE * _out_of_balance(own)


def _energy(m: Any) -> Any:
    """Worth of the energy of the next season by the factors of plants, as a cost below zero; water from nowhere is worth none."""
    own = m.lookahead
    if not has(m, "hydropower"):
        return BALANCE * _out_of_balance(own)
    plants = m.hydropower
    made = sum(
        own.energy_value[plant, step] * plants.energy_factor[plant] * own.turbine_flow[plant, step]
        for plant in plants.PLANT
        for step in own.STEP
    )
    return BALANCE * _out_of_balance(own) - made


def _jumps(m: Any) -> Any:
    """Jumps of releases from the season to the next and within that, hm3 per day."""
    own = m.lookahead
    return sum(own.release_rise[link, step] + own.release_fall[link, step] for link in m.smoothness.RELEASE for step in own.STEP)


#: what it brings to levels of the objective
GOALS = {"lookahead": {"lookahead": _missing}, "benefit": {"lookahead": _energy}, "smoothness": {"lookahead": _jumps}}
