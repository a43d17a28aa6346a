"""Salinity: limits on the salt of what leaves a node, and of what a demand gets, as dilution rows at the concentrations of the last pass.

With c the concentration of each water that comes to the node of a limited link and L the limit, what leaves is within the limit where
``sum((c/L - 1) x water) + evaporation <= 0``: evaporation leaves its salt behind. What is missing is told as the pure water that would
dilute to the limit, hm3. Concentrations are those of the replay of the pass before (``solve.salinity``); before there is one, waters of
unknown salt count as being at the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, consumed, grouped_set, has, members_by, pairs_of
from waterdeal.model.water_body import twice_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled

#: waters that come to a node: dim and name of their concentrations, and the variable that says where each comes to; of links, lags apart
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
    time, limits, most = block.model().TIME, inputs["salt_limit"].values.tolist(), inputs["salt_limit_value"].values
    nodes = inputs.at("link_from", inputs["salt_limit_link"].values)
    known = 0.0 + (inputs.at("salt_runoff", nodes) / most - 1.0)[:, None] * inputs.at("runoff", nodes)
    for name, (dim, line, where) in WATERS.items():
        rows, places = np.nonzero((inputs[where].values.astype(str) == nodes[:, None]) & _chosen(inputs, name))
        ids = inputs[dim].values[places].tolist()
        index = _add_pairs(block, (f"{name.upper()}_PAIR", f"FROM_{name.upper()}"), block.LIMIT, [limits[row] for row in rows], ids)
        array = strength(inputs.at(line, ids), most[rows])
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


def _add_pairs(block: Any, names: tuple[str, str], over: Any, owners: list[str], members: list[str]) -> Any:
    """Add the set of pairs, and the members of each owner; return the pairs."""
    block.add_component(names[0], pairs_of(owners, members))
    block.add_component(names[1], grouped_set(over, members_by(owners, members)))
    return block.component(names[0])


def _chosen(inputs: Unlabelled, name: str) -> NDArray[np.bool_]:
    """Tell which places of the dim of a kind of water are of that kind."""
    ids = inputs[WATERS[name][0]].values
    if name in {"link", "lagged"}:
        return np.isin(ids, inputs["lagged_link"].values, invert=name == "link")
    if name == "demand":
        return np.asarray((inputs["return_fraction"].values > 0) | inputs["return_past"].values.any(axis=1))
    return np.asarray(inputs.at("node_kind", ids) == name) if name in {"reservoir", "lake"} else np.ones(len(ids), dtype=bool)


def _given(inputs: Unlabelled, name: str, ids: list[str]) -> Floats:
    """Water of each kind that comes whatever is decided, by (water, step): of before the horizon, or stored at its start."""
    given = np.zeros((len(ids), inputs.sizes["time"]))
    if name == "lagged":
        given = inputs.at("arrival_past", ids) * (1 - inputs.at("loss_fraction", ids))
    elif name == "demand":
        given = inputs.at("return_past", ids)
    elif name != "link":
        given[:, 0] = inputs.at("aquifer_initial" if name == "aquifer" else "storage_initial", ids)
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
    add_sets(block, LIMIT=limits)
    block.LIMITED = pyo.Set(initialize=[(limits[place], steps[step]) for place, step in places], dimen=2)
    block.excess_most = Data(block.LIMITED, array=inputs["salt_excess_max"].values[places[:, 0]])
    block.excess = Columns(block.LIMITED, bounds=between("", "excess_most"))
    if limits:
        add_waters(block, inputs)
    block.diluted = Rows(block.LIMITED, rule=_diluted)
    if blends:
        _add_blends(block, inputs)
    return Terms()


def _add_blends(block: Any, inputs: Unlabelled) -> None:
    """Add the limits on what a demand gets of river, wells and drains together."""
    time = block.model().TIME
    part = inputs.take(reuse=np.isfinite(inputs["reuse_blend_limit"].values))
    blends, users = part["reuse"].values.tolist(), part["reuse_to"].values.tolist()
    limits = part["reuse_blend_limit"].values
    add_sets(block, BLENDED=blends)
    block.BLEND = pairs_of(blends, users)
    nodes = inputs.at("demand_node", users)
    block.river_strength = Data(block.BLEND, time, array=strength(inputs.at("salt_line_node", nodes), limits))
    waters = {
        "well": ("well_demand", "salt_line_aquifer", inputs["well_aquifer"].values),
        "drain": ("reuse_to", "salt_line_drain", inputs["reuse_from"].values),
    }
    for name, (taker, line, sources) in waters.items():
        rows, places = np.nonzero(part["reuse_to"].values[:, None] == inputs[taker].values.astype(str))
        names, ids = (f"{name.upper()}_BLEND", f"{name.upper()}_OF"), inputs[str(inputs[taker].dims[0])].values[places].tolist()
        index = _add_pairs(block, names, block.BLENDED, part["reuse"].values[rows].tolist(), ids)
        array = strength(inputs.at(line, sources[places]), limits[rows])
        block.add_component(f"{name}_strength", Data(index, time, array=array))
    block.blended = Rows(block.BLEND, time, rule=_blended)


def _diluted(block: Any, limit: Any, time: Any) -> Any:
    """Pure water that all waters at a node together need to be at the limit is at most the excess."""
    needed = block.known[limit, time] + _by_links(block, limit, time) + _by_returns(block, limit, time) + _by_stores(block, limit, time)
    return needed <= block.excess[limit, time]


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
    model, users = block.model(), block.FROM_DEMAND[limit]
    own, left_in = model.return_flow, model.return_flow.LEFT[time]

    def share(user: Any, left: Any) -> Any:
        return block.demand_strength[limit, user, time] * own.arriving[user, left, time] * own.return_fraction[user]

    returning = sum(share(user, left) * model.demand.delivery[user, left] for user in users for left in left_in)
    if has(model, "reuse"):
        returning = returning - sum(
            block.demand_strength[limit, user, time] * own.arriving[user, left, time] * model.reuse.reused[reuse, left]
            for user in users
            for reuse in model.reuse.FROM[user]
            for left in left_in
        )
    return returning - consumed(model, users, left_in, share) if has(model, "crops") else returning


def _by_stores(block: Any, limit: Any, time: Any) -> Any:
    """Storage carried into the step with what evaporates of it, and baseflow."""
    model = block.model()
    total = 0.0
    for name in ("reservoir", "lake") if has(model, "lake") else ("reservoir",):
        strong, drying = getattr(block, f"{name}_strength"), getattr(block, f"{name}_evaporating")
        bodies, storage = getattr(block, f"FROM_{name.upper()}"), getattr(model, name).storage
        dried = sum(drying[limit, body, time] * twice_mean(getattr(model, name), body, time) for body in bodies[limit])
        before = sum(strong[limit, body, time] * storage[body, before] for body in bodies[limit] for before in model.PREVIOUS[time])
        total = total + dried + before
    return total + _by_aquifers(block, limit, time) if has(model, "groundwater") else total


def _by_aquifers(block: Any, limit: Any, time: Any) -> Any:
    """Baseflow."""
    model, own = block.model(), block.model().groundwater
    given = sum(
        block.aquifer_strength[limit, aquifer, time]
        * (own.recharge[aquifer, time] - own.storage[aquifer, time] + sum(own.storage[aquifer, before] for before in model.PREVIOUS[time]))
        for aquifer in block.FROM_AQUIFER[limit]
    )
    pumped = sum(
        block.aquifer_strength[limit, aquifer, time] * own.pumped[well, time]
        for aquifer in block.FROM_AQUIFER[limit]
        for well in own.WELLS_IN[aquifer]
    )
    return given - pumped


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
