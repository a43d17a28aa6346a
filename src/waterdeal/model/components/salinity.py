"""Salinity: limits on the salt of what leaves a node, and of what a demand gets, as dilution rows at the concentrations of the last pass.

With c the concentration of each water that comes to the node of a limited link and L the limit, what leaves is within the limit where
``sum((c/L - 1) x water) + evaporation <= 0``: evaporation leaves its salt behind. What is missing is told as the pure water that would
dilute to the limit, hm3. Concentrations are those of the replay of the pass before (``passes.salinity``); before there is one, waters of
unknown salt count as being at the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, grouped_set, has

if TYPE_CHECKING:
    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled

    Pairs = list[tuple[int, str]]

#: waters that come to a node: dim and name of their concentrations, and the variable that says where each comes to
WATERS = {
    "link": ("salt_link", "salt_line_link", "link_to"),
    "lagged": ("salt_link", "salt_line_link", "link_to"),
    "demand": ("salt_demand", "salt_line_demand", "return_node"),
    "reservoir": ("salt_body", "salt_line_body", "reservoir"),
    "lake": ("salt_body", "salt_line_body", "reservoir"),
    "aquifer": ("salt_aquifer", "salt_line_aquifer", "aquifer_node"),
}


def strength(concentrations: Floats, limits: Floats) -> Floats:
    """Pure water that one hm3 needs to be diluted to a limit, hm3."""
    return np.nan_to_num(np.asarray(concentrations / limits[:, None] - 1.0), nan=0.0)


def add_waters(block: Any, inputs: Unlabelled) -> None:
    """Add ``FROM_*``, the waters that come to the node of each limit, and their strength; ``known``, what no decision changes."""
    time, limits = block.model().TIME, inputs["salt_limit"].values.tolist()
    known = np.zeros((len(limits), inputs.sizes["time"]))
    _add_runoff(known, inputs)
    for name, (_, line, _) in WATERS.items():
        pairs = _pairs(inputs, name)
        rows, ids = [row for row, _ in pairs], [item for _, item in pairs]
        members: dict[str, list[str]] = {}
        for row, item in pairs:
            members.setdefault(limits[row], []).append(item)
        index = pyo.Set(initialize=[(limits[row], item) for row, item in pairs], dimen=2)
        block.add_component(f"{name.upper()}_PAIR", index)
        block.add_component(f"FROM_{name.upper()}", grouped_set(block.LIMIT, members))
        array = strength(inputs.at(line, ids), inputs["salt_limit_value"].values[rows])
        np.add.at(known, rows, array * _given(inputs, name, ids))
        if name in {"reservoir", "lake"}:
            names = ("evaporation_depth", "area_slope", "area_intercept", "storage_initial")
            depth, slope, intercept, start = (inputs.at(name, ids) for name in names)
            half, fixed = depth * slope / 2, depth * intercept
            fixed[:, 0] += half[:, 0] * start
            np.add.at(known, rows, fixed)
            block.add_component(f"{name}_evaporating", Data(index, time, array=half))
        block.add_component(f"{name}_strength", Data(index, time, array=array))
    block.known = Data(block.LIMIT, time, array=known)


def _pairs(inputs: Unlabelled, name: str) -> Pairs:
    """List (number of the limit, water) of one kind."""
    dim, _, where = WATERS[name]
    if not inputs.sizes[dim]:
        return []
    ids, nodes = inputs[dim].values, inputs[where].values
    chosen = np.ones(len(ids), dtype=bool)
    if name in {"link", "lagged"}:
        chosen = np.isin(ids, inputs["lagged_link"].values) == (name == "lagged")
    elif name == "demand":
        chosen = (inputs["return_fraction"].values > 0) | inputs["return_past"].values.any(axis=1)
    elif name in {"reservoir", "lake"}:
        chosen = inputs.at("node_kind", ids) == name
    starts = limit_nodes(inputs)
    return [(row, str(item)) for row, start in enumerate(starts) for item in ids[chosen & (nodes == start)]]


def limit_nodes(inputs: Unlabelled) -> list[str]:
    """Node that the link of each limit leaves."""
    return [str(node) for node in inputs.at("link_from", inputs["salt_limit_link"].values)]


def _add_runoff(known: Floats, inputs: Unlabelled) -> None:
    """Add the runoff of the node of each limit."""
    nodes = inputs["node"].values.tolist()
    for row, node in enumerate(limit_nodes(inputs)):
        at = nodes.index(node)
        known[row] += (inputs["salt_runoff"].values[at] / inputs["salt_limit_value"].values[row] - 1.0) * inputs["runoff"].values[at]


def _given(inputs: Unlabelled, name: str, ids: list[str]) -> Floats:
    """Water of each kind that comes whatever is decided, by (water, step): of before the horizon, or stored at its start."""
    given = np.zeros((len(ids), inputs.sizes["time"]))
    if name == "lagged":
        given = (inputs.at("arrival_past", ids)) * (1 - inputs.at("loss_fraction", ids))
    elif name == "demand":
        given = inputs.at("return_past", ids)
    elif name in {"reservoir", "lake"}:
        given[:, 0] = inputs.at("storage_initial", ids)
    elif name == "aquifer":
        given[:, 0] = inputs.at("aquifer_initial", ids)
    return np.asarray(given)


AFTER = ("reach", "reservoir", "lake", "demand", "crops", "return_flow", "groundwater", "reuse")


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``excess[limit, time]`` and the rows ``diluted`` of links and ``blended`` of demands that take drainage."""
    blends = inputs.sizes["salt_node"] and inputs.sizes["reuse"]
    if not (blends or inputs.sizes["salt_limit"]):
        return Terms()
    block = model.salinity = pyo.Block()
    limits, steps = inputs["salt_limit"].values.tolist(), inputs["step"].values.tolist()
    places = np.argwhere(inputs["salt_limit_season"].values > 0)
    block.LIMIT = pyo.Set(initialize=limits, dimen=1)
    block.LIMITED = pyo.Set(initialize=[(limits[place], steps[step]) for place, step in places], dimen=2)
    block.excess_most = Data(block.LIMITED, array=inputs["salt_excess_max"].values[places[:, 0]])
    block.excess = Columns(block.LIMITED, bounds=_excess_bounds)
    if limits:
        add_waters(block, inputs)
        _add_taken(block, inputs)
    block.diluted = Rows(block.LIMITED, rule=_diluted)
    if blends:
        _add_blends(block, inputs)
    return Terms()


def _add_taken(block: Any, inputs: Unlabelled) -> None:
    """Add what is taken of the waters of a limit before they come: drainage that is used again, wells, what crops consume."""
    for name, waters, sources, takers in (
        ("REUSED", "FROM_DEMAND", inputs["reuse_from"].values, inputs["reuse"].values),
        ("PUMPED", "FROM_AQUIFER", inputs["well_aquifer"].values, inputs["well"].values),
    ):
        groups = block.component(waters)
        members = {
            limit: [(water, taker) for water in groups[limit] for taker in takers[sources == water].tolist()] for limit in block.LIMIT
        }
        block.add_component(name, grouped_set(block.LIMIT, members, dimen=2))
    if has(block.model(), "crops"):
        crops = block.model().crops
        for name, at in (("CROP_PATH", crops.PATHS_AT), ("CROP_TABLE", crops.TABLES_AT)):
            kept = {limit: [(user, item) for user in block.FROM_DEMAND[limit] for item in at[user]] for limit in block.LIMIT}
            block.add_component(name, grouped_set(block.LIMIT, kept, dimen=2))


def _add_blends(block: Any, inputs: Unlabelled) -> None:
    """Add the limits on what a demand gets of river, wells and drains together."""
    time = block.model().TIME
    part = inputs.take(reuse=np.isfinite(inputs["reuse_blend_limit"].values))
    blends, users = part["reuse"].values.tolist(), part["reuse_to"].values.tolist()
    limits, order = dict(zip(blends, part["reuse_blend_limit"].values.tolist(), strict=True)), dict(zip(blends, users, strict=True))
    block.BLENDED = pyo.Set(initialize=blends, dimen=1)
    block.BLEND = pyo.Set(initialize=list(zip(blends, users, strict=True)), dimen=2)
    nodes = inputs.at("demand_node", part["reuse_to"].values)
    block.river_strength = Data(block.BLEND, time, array=strength(inputs.at("salt_line_node", nodes), part["reuse_blend_limit"].values))
    waters = {
        "well": ("well_demand", "salt_line_aquifer", inputs["well_aquifer"].values),
        "drain": ("reuse_to", "salt_line_drain", inputs["reuse_from"].values),
    }
    for name, (taker, line, sources) in waters.items():
        dim = str(inputs[taker].dims[0])
        pairs = [(blend, place) for blend in blends for place, user in enumerate(inputs[taker].values.tolist()) if user == order[blend]]
        ids = inputs[dim].values.tolist()
        members: dict[str, list[str]] = {}
        for blend, place in pairs:
            members.setdefault(blend, []).append(ids[place])
        index = pyo.Set(initialize=[(blend, ids[place]) for blend, place in pairs], dimen=2)
        block.add_component(f"{name.upper()}_BLEND", index)
        block.add_component(f"{name.upper()}_OF", grouped_set(block.BLENDED, members))
        of = inputs.at(line, [sources[place] for _, place in pairs])
        block.add_component(f"{name}_strength", Data(index, time, array=strength(of, np.array([limits[blend] for blend, _ in pairs]))))
    block.blended = Rows(block.BLEND, time, rule=_blended)


def _excess_bounds(block: Any, limit: Any, time: Any) -> Any:
    return 0, block.excess_most[limit, time]


def _diluted(block: Any, limit: Any, time: Any) -> Any:
    """Pure water that all waters at a node together need to be at the limit is at most the excess."""
    return (
        block.known[limit, time] + _by_links(block, limit, time) + _by_returns(block, limit, time) + _by_stores(block, limit, time)
        <= block.excess[limit, time]
    )


def _by_links(block: Any, limit: Any, time: Any) -> Any:
    """Water that links bring."""
    model = block.model()
    arriving = sum(
        block.link_strength[limit, link, time] * model.reach.kept[link, time] * model.flow[link, time] for link in block.FROM_LINK[limit]
    )
    return arriving + sum(
        block.lagged_strength[limit, link, time]
        * model.reach.arriving[link, left, time]
        * model.reach.kept[link, left]
        * model.flow[link, left]
        for link in block.FROM_LAGGED[limit]
        for left in model.reach.LEFT[time]
    )


def _by_returns(block: Any, limit: Any, time: Any) -> Any:
    """Return flows: of what is delivered, less what crops consume and what is used again."""
    model = block.model()
    own = model.return_flow
    returning = sum(
        block.demand_strength[limit, user, time]
        * own.arriving[user, left, time]
        * own.return_fraction[user]
        * model.demand.delivery[user, left]
        for user in block.FROM_DEMAND[limit]
        for left in own.LEFT[time]
    )
    reused = 0.0
    if has(model, "reuse"):
        reused = sum(
            block.demand_strength[limit, user, time] * own.arriving[user, left, time] * model.reuse.reused[reuse, left]
            for user, reuse in block.REUSED[limit]
            for left in own.LEFT[time]
        )
    return returning - reused - (_consumed(block, limit, time) if has(model, "crops") else 0.0)


def _consumed(block: Any, limit: Any, time: Any) -> Any:
    """What crops consume of the water whose return flows come."""
    own, crops = block.model().return_flow, block.model().crops
    paths = sum(
        block.demand_strength[limit, user, time]
        * own.arriving[user, left, time]
        * own.return_fraction[user]
        * crops.path_consumption[path, left]
        * crops.path_area[path]
        for user, path in block.CROP_PATH[limit]
        for left in own.LEFT[time]
    )
    tables = sum(
        block.demand_strength[limit, user, time]
        * own.arriving[user, left, time]
        * own.return_fraction[user]
        * crops.response_consumption[field, left]
        * crops.season_water[field]
        for user, field in block.CROP_TABLE[limit]
        for left in own.LEFT[time]
    )
    return paths + tables


def _by_stores(block: Any, limit: Any, time: Any) -> Any:
    """Storage carried into the step with what evaporates of it, and baseflow."""
    model = block.model()
    total = 0.0
    for name in ("reservoir", "lake") if has(model, "lake") else ("reservoir",):
        strong, drying = getattr(block, f"{name}_strength"), getattr(block, f"{name}_evaporating")
        bodies, storage = getattr(block, f"FROM_{name.upper()}"), getattr(model, name).storage
        carried = sum(
            (strong[limit, body, time] + drying[limit, body, time]) * storage[body, before]
            for body in bodies[limit]
            for before in model.PREVIOUS[time]
        )
        total = total + carried + sum(drying[limit, body, time] * storage[body, time] for body in bodies[limit])
    return total + _by_aquifers(block, limit, time) if has(model, "groundwater") else total


def _by_aquifers(block: Any, limit: Any, time: Any) -> Any:
    """Baseflow."""
    model, own = block.model(), block.model().groundwater
    before = sum(
        block.aquifer_strength[limit, aquifer, time] * own.storage[aquifer, previous]
        for aquifer in block.FROM_AQUIFER[limit]
        for previous in model.PREVIOUS[time]
    )
    gained = sum(
        block.aquifer_strength[limit, aquifer, time] * (own.recharge[aquifer, time] - own.storage[aquifer, time])
        for aquifer in block.FROM_AQUIFER[limit]
    )
    pumped = sum(block.aquifer_strength[limit, aquifer, time] * own.pumped[well, time] for aquifer, well in block.PUMPED[limit])
    return before + gained - pumped


def _blended(block: Any, blend: Any, demand: Any, time: Any) -> Any:
    """What a demand gets is at most as salt as its limit."""
    model = block.model()
    wells = 0.0
    if has(model, "groundwater"):
        wells = sum(
            (block.well_strength[blend, well, time] - block.river_strength[blend, demand, time]) * model.groundwater.pumped[well, time]
            for well in block.WELL_OF[blend]
        )
    drains = sum(
        (block.drain_strength[blend, reuse, time] - block.river_strength[blend, demand, time]) * model.reuse.reused[reuse, time]
        for reuse in block.DRAIN_OF[blend]
    )
    return block.river_strength[blend, demand, time] * model.demand.delivery[demand, time] + wells + drains <= 0
