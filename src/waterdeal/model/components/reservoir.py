"""Reservoir: storage between bounds, flood space, rule band, and what its outlets pass, together and at a low level.

What a flood brings beyond its outlets goes over a dam all the same: ``release_excess``, dearer than all else at the level of safety, and the
dearer the earlier, so that it comes when the reservoir is full and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import add_where_present, between, dries_at, grouped_set, members_by, pairs_of
from waterdeal.model.water_body import add_storage, twice_mean

if TYPE_CHECKING:
    from waterdeal.model.network import Terms
    from waterdeal.unlabelled import Unlabelled


#: hm3 of flood space or beyond a channel that one hm3 beyond all outlets counts as, at least: what is impossible comes before what is harmful
OVER = 1000.0


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add reservoirs with ``storage_floods``, ``rule_low``, ``rule_high``, ``release_limit`` and ``outlet_limit`` rows where they apply."""
    block = model.reservoir = pyo.Block()
    bodies = inputs.take(reservoir=inputs.at("node_kind", inputs["reservoir"].values) == "reservoir")
    terms = add_storage(block, bodies)
    links = inputs.take(link=np.isin(inputs["link_kind"].values, ["river", "canal"]))
    outlets = members_by(links["link_from"].values.tolist(), links["link"].values.tolist())
    block.OUTLET = grouped_set(block.BODY, {body: outlets.get(body, []) for body in block.BODY})
    ids, reserved = bodies["reservoir"].values, bodies["flood_space"].values
    add_where_present(block, "FLOOD", "flood_limit", ids, np.where(reserved > 0, bodies["storage_max"].values - reserved, np.nan))
    add_where_present(block, "LOW", "low_limit", ids, bodies["storage_rule_low"].values)
    add_where_present(block, "HIGH", "high_limit", ids, bodies["storage_rule_high"].values)
    add_where_present(block, "RELEASE", "release_max", ids, bodies["release_max"].values)
    block.release_excess = _add_excess(block, inputs, bodies)
    block.flood_space_used = Columns(block.FLOOD, domain=pyo.NonNegativeReals)
    block.storage_below_rule = Columns(block.LOW, domain=pyo.NonNegativeReals)
    block.storage_above_rule = Columns(block.HIGH, domain=pyo.NonNegativeReals)
    block.storage_flood_limit = Rows(block.FLOOD, rule=_flood_limit)
    block.storage_rule_low = Rows(block.LOW, rule=_rule_low)
    block.storage_rule_high = Rows(block.HIGH, rule=_rule_high)
    block.release_limit = Rows(block.RELEASE, rule=_release_limit)
    _add_outlet_cuts(block, inputs)
    return terms


def _add_excess(block: Any, inputs: Unlabelled, bodies: Unlabelled) -> Any:
    """Add what one hm3 beyond the outlets counts where they have a limit, and return the columns of what goes beyond them."""
    ids, limited = bodies["reservoir"].values, np.isfinite(bodies["release_max"].values)
    limited = limited | np.isin(ids, inputs["outlet_reservoir"].values)[:, None]
    earlier = np.arange(inputs.sizes["time"], 0, -1) / inputs.sizes["time"]
    add_where_present(block, "OUTLETS", "excess_weight", ids, np.where(limited, OVER * (1 + earlier), np.nan))
    block.excess_most = Data(block.OUTLETS, array=bodies["release_excess_max"].values[limited])
    return Columns(block.OUTLETS, bounds=between("", "excess_most"))


def _add_outlet_cuts(block: Any, inputs: Unlabelled) -> None:
    """Add the lines above each discharge curve: what a reservoir lets out is under every one of them, at its mean storage."""
    cuts, bodies = inputs["outlet_cut"].values.tolist(), inputs["outlet_reservoir"].values.tolist()
    intercept = inputs["outlet_intercept"].values.copy()
    intercept[:, 0] += inputs["outlet_slope"].values[:, 0] * inputs.at("storage_initial", bodies) / 2
    time, dry = block.model().TIME, dries_at(inputs, bodies) > 0
    intercept[dry] = 0.0  # nothing is let out, and the line may be below nothing
    block.CUT = pairs_of(cuts, bodies)
    block.outlet_slope = Data(block.CUT, time, array=np.where(dry, 0.0, inputs["outlet_slope"].values))
    block.outlet_intercept = Data(block.CUT, time, array=intercept)
    block.outlet_limit = Rows(block.CUT, time, rule=_outlet_limit)


def _passed(block: Any, body: Any, time: Any) -> Any:
    """Water through all outlets."""
    return sum(block.model().flow[outlet, time] for outlet in block.OUTLET[body])


def _outlet_limit(block: Any, cut: Any, body: Any, time: Any) -> Any:
    most = block.outlet_intercept[cut, body, time] + block.outlet_slope[cut, body, time] / 2 * twice_mean(block, body, time)
    return _passed(block, body, time) - block.release_excess[body, time] <= most


def _flood_limit(block: Any, body: Any, time: Any) -> Any:
    return block.storage[body, time] - block.flood_space_used[body, time] <= block.flood_limit[body, time]


def _rule_low(block: Any, body: Any, time: Any) -> Any:
    return block.storage[body, time] + block.storage_below_rule[body, time] >= block.low_limit[body, time]


def _rule_high(block: Any, body: Any, time: Any) -> Any:
    return block.storage[body, time] - block.storage_above_rule[body, time] <= block.high_limit[body, time]


def _release_limit(block: Any, body: Any, time: Any) -> Any:
    return _passed(block, body, time) - block.release_excess[body, time] <= block.release_max[body, time]


def _unsafe(m: Any) -> Any:
    """Flood space that is filled, and water that no outlet passes."""
    own = m.reservoir
    over = sum(own.excess_weight[body, t] * own.release_excess[body, t] for body, t in own.OUTLETS)
    return over + sum(own.flood_space_used[body, t] for body, t in own.FLOOD)


#: what it brings to a level of the objective
GOALS = {"safety": {"reservoir": _unsafe}}
