"""Groundwater: aquifers that give their water to a river, and wells that give it to a demand.

An aquifer's baseflow is alpha x storage at every moment, so that a step is exact, whatever its length:
``V' = kept V + fed (R - P)`` with ``kept = e^-a``, ``fed = (1 - e^-a)/a`` and a = alpha x days (design/model.md, 6.1). What is pumped in
the horizon and not yet missing in the river when it ends is a debt: ``fed x kept of all later steps`` of each hm3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, consumed, grouped_set, has, members_by, pairs_of, summed
from waterdeal.model.water_body import twice_mean
from waterdeal.science.aquifer import aquifer_factors, debt_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


def add_percolation(block: Any, inputs: Unlabelled) -> None:
    """Add ``recharge_gathered[aquifer, time]``: natural recharge and all that percolates make the recharge."""
    time, aquifers = block.model().TIME, inputs["aquifer"].values.tolist()
    known = inputs["recharge_natural"].values.copy()
    kinds = _kinds_of(inputs)
    for kind in ("demand", "reservoir", "lake", "link", "lagged"):
        part = inputs.take(percolation=kinds == kind)
        sources, fed = part["percolation_source"].values.tolist(), part["percolation_aquifer"].values.tolist()
        block.add_component(f"FROM_{kind.upper()}", grouped_set(block.AQUIFER, members_by(fed, sources)))
        index = pairs_of(sources, fed)
        block.add_component(f"{kind.upper()}_PAIR", index)
        factor, before = _factors(part, kind)
        block.add_component(f"{kind}_factor", Data(index, time, array=factor))
        np.add.at(known, [aquifers.index(aquifer) for aquifer in fed], before)
    block.recharge_known = Data(block.AQUIFER, time, array=known)
    block.recharge_gathered = Rows(block.AQUIFER, time, rule=_recharge_gathered)


def _kinds_of(inputs: Unlabelled) -> NDArray[np.str_]:
    """Tell what each row of percolation is a share of; lakes and links with water on its way have terms of their own."""
    kind, source = inputs["percolation_kind"].values, inputs["percolation_source"].values
    lagged = (kind == "link") & np.isin(source, inputs["lagged_link"].values)
    lake = (kind == "reservoir") & np.isin(source, inputs["node"].values[inputs["node_kind"].values == "lake"])
    return np.select([lagged, lake], ["lagged", "lake"], kind)


def _factors(part: Unlabelled, kind: str) -> tuple[Floats, Floats]:
    """Recharge of one hm3 by (row, step) - delivered, of twice the mean storage, or entering a link - and recharge known beforehand."""
    share, sources = part["percolation_share"].values[:, None], part["percolation_source"].values
    before = np.zeros((len(sources), part.sizes["time"]))
    if kind == "demand":
        return np.repeat(share, part.sizes["time"], axis=1), before
    if kind in {"reservoir", "lake"}:
        factor = share * part.at("seepage_share", sources) / 2
        before[:, :1] = factor[:, :1] * part.at("storage_initial", sources)[:, None]
        return factor, before
    factor = share * part.at("loss_fraction", sources)
    if kind == "lagged":
        before = factor * part.at("arrival_past", sources)
    return factor, before


def _recharge_gathered(block: Any, aquifer: Any, time: Any) -> Any:
    model = block.model()
    fields = sum(block.demand_factor[user, aquifer, time] * model.demand.delivery[user, time] for user in block.FROM_DEMAND[aquifer])
    bodies = block.FROM_RESERVOIR[aquifer]
    dams = sum(block.reservoir_factor[body, aquifer, time] * twice_mean(model.reservoir, body, time) for body in bodies)
    links = sum(block.link_factor[link, aquifer, time] * model.flow[link, time] for link in block.FROM_LINK[aquifer])
    lagged = sum(
        model.reach.arriving[link, left, time] * block.lagged_factor[link, aquifer, left] * model.flow[link, left]
        for link in block.FROM_LAGGED[aquifer]
        for left in model.reach.LEFT[time]
    )
    gathered = block.recharge_known[aquifer, time] + fields + dams + links + lagged
    if has(model, "lake"):
        lakes = block.FROM_LAKE[aquifer]
        gathered = gathered + sum(block.lake_factor[body, aquifer, time] * twice_mean(model.lake, body, time) for body in lakes)
    if has(model, "crops"):  # what crops keep of the water that fields let through
        users = block.FROM_DEMAND[aquifer]
        gathered = gathered - consumed(model, users, (time,), lambda user, _time: block.demand_factor[user, aquifer, time])
    return block.recharge[aquifer, time] == gathered


AFTER = ("reach", "reservoir", "lake", "demand", "crops")


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``storage`` and ``recharge`` of each aquifer, ``pumped`` of each well, and the rows between them."""
    if not inputs.sizes["aquifer"]:
        return Terms()
    block = model.groundwater = pyo.Block()
    aquifers = inputs["aquifer"].values.tolist()
    add_sets(block, AQUIFER=aquifers)
    block.AT = grouped_set(model.NODE, members_by(inputs["aquifer_node"].values.tolist(), aquifers))
    factors = np.array([aquifer_factors(alpha, inputs["step_length"].values) for alpha in inputs["aquifer_alpha"].values.tolist()])
    block.kept, block.fed = (Data(block.AQUIFER, model.TIME, array=factors[:, part]) for part in range(2))
    start = np.zeros((len(aquifers), inputs.sizes["time"]))
    start[:, 0] = inputs["aquifer_initial"].values
    block.start = Data(block.AQUIFER, model.TIME, array=start)
    block.storage_least = Data(block.AQUIFER, model.TIME, array=inputs["aquifer_least"])
    block.storage = Columns(block.AQUIFER, model.TIME, bounds=between("storage_least", ""))
    block.recharge = Columns(block.AQUIFER, model.TIME, domain=pyo.Reals)
    _add_wells(block, inputs)
    add_percolation(block, inputs)
    block.storage_step = Rows(block.AQUIFER, model.TIME, rule=_storage_step)
    return Terms(inflow=(_baseflow, summed("groundwater.WELLS_AT", "groundwater.pumped")))


def _add_wells(block: Any, inputs: Unlabelled) -> None:
    """Add wells: capacity, cost, the demand that takes their water, the safe yield of their aquifer."""
    model, wells = block.model(), inputs["well"].values.tolist()
    users, places = inputs["well_demand"].values.tolist(), inputs.at("demand_node", inputs["well_demand"].values).tolist()
    limited = np.isfinite(inputs["aquifer_yield"].values) & np.isin(inputs["aquifer"].values, inputs["well_aquifer"].values)
    add_sets(block, WELL=wells, PUMPING=dict.fromkeys(users), YIELDING=inputs["aquifer"].values[limited])
    block.WELLS_IN = grouped_set(block.AQUIFER, members_by(inputs["well_aquifer"].values.tolist(), wells))
    block.WELLS_AT = grouped_set(model.NODE, members_by(places, wells))
    outlets = inputs.at("aquifer_node", inputs["well_aquifer"].values).tolist()
    block.WELLS_ABOVE = grouped_set(model.NODE, members_by(outlets, wells))
    block.WELLS_OF = grouped_set(model.demand.DEMAND, members_by(users, wells))
    block.well_capacity = Data(block.WELL, model.TIME, array=inputs["well_capacity"])
    block.pumping_cost = Data(block.WELL, model.TIME, array=inputs["well_energy"].values[:, None] * inputs["well_energy_price"].values)
    shares = debt_shares(inputs["aquifer_alpha"].values, inputs["step_length"].values) * inputs["aquifer_debt_price"].values[:, None]
    owners = [block.AQUIFER.ord(name) - 1 for name in inputs["well_aquifer"].values.tolist()]
    block.debt_cost = Data(block.WELL, model.TIME, array=shares[owners])
    block.pumped = Columns(block.WELL, model.TIME, bounds=between("", "well_capacity"))
    block.pumped_given = Rows(block.PUMPING, model.TIME, rule=_pumped_given)
    block.yield_most = Data(block.YIELDING, array=inputs["aquifer_yield"].values[limited])
    block.safe_yield = Rows(block.YIELDING, rule=_safe_yield)
    _add_yearly(block, inputs)


def _add_yearly(block: Any, inputs: Unlabelled) -> None:
    """Hold the safe yield of each water year where that is less than what the whole horizon may take."""
    model, steps = block.model(), block.model().TIME.ordered_data()
    if "aquifer_yield_yearly" not in inputs:  # runs of old tell none
        return
    yearly, ids = inputs["aquifer_yield_yearly"].values, inputs["aquifer"].values.tolist()
    seasons = {season: steps.index(next(iter(model.demand.WITHIN[season]))) for season in model.demand.SEASON}
    held = [(ids.index(name), season) for name in block.YIELDING for season in seasons]
    held = [(row, season) for row, season in held if yearly[row, seasons[season]] < inputs["aquifer_yield"].values[row]]
    if held:
        block.YEARLY = pyo.Set(initialize=[(ids[row], season) for row, season in held], dimen=2)
        block.yearly_most = Data(block.YEARLY, array=np.array([yearly[row, seasons[season]] for row, season in held]))
        block.yearly_yield = Rows(block.YEARLY, rule=_yearly_yield)


def _yearly_yield(block: Any, aquifer: Any, season: Any) -> Any:
    """In a water year no more is pumped than an aquifer gives safely."""
    taken = sum(block.pumped[well, time] for well in block.WELLS_IN[aquifer] for time in block.model().demand.WITHIN[season])
    return taken <= block.yearly_most[aquifer, season]


def _storage_step(block: Any, aquifer: Any, time: Any) -> Any:
    """The exact step."""
    before = block.start[aquifer, time] + sum(block.storage[aquifer, previous] for previous in block.model().PREVIOUS[time])
    taken = sum(block.pumped[well, time] for well in block.WELLS_IN[aquifer])
    fed = block.fed[aquifer, time] * (block.recharge[aquifer, time] - taken)
    return block.storage[aquifer, time] == block.kept[aquifer, time] * before + fed


def _pumped_given(block: Any, demand: Any, time: Any) -> Any:
    """What is pumped for a demand is part of its delivery."""
    return sum(block.pumped[well, time] for well in block.WELLS_OF[demand]) <= block.model().demand.delivery[demand, time]


def _safe_yield(block: Any, aquifer: Any) -> Any:
    """Over the horizon no more is pumped than an aquifer gives safely."""
    model = block.model()
    return sum(block.pumped[well, time] for well in block.WELLS_IN[aquifer] for time in model.TIME) <= block.yield_most[aquifer]


def _baseflow(model: Any, node: Any, time: Any) -> Any:
    """What leaves an aquifer for the river: storage before, with recharge, without pumping, less storage after."""
    own = model.groundwater
    gained = sum(own.start[aquifer, time] + own.recharge[aquifer, time] - own.storage[aquifer, time] for aquifer in own.AT[node])
    before = sum(own.storage[aquifer, previous] for aquifer in own.AT[node] for previous in model.PREVIOUS[time])
    return gained + before - sum(own.pumped[well, time] for well in own.WELLS_ABOVE[node])
