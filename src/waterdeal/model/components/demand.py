"""Demand: requirement, delivery and shortage; the shortage always explicit, and convex by steps.

``delivery + sum of shortage steps = requirement``; where the crops of a demand are planned, ``>=``: they may take more than the areas
of the past, up to what their largest areas can take. The first step of a shortage is cheap and the last dear, so that a plan never
lets a zone go dry in one dekad while its season looks fine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.calendar import water_years
from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, between, dries_at, grouped_set, members_by, summed
from waterdeal.scenario.ranks import LEAST, LEVEL_OF, rank_name
from waterdeal.variables import WATER_YEAR, setting

#: part of a requirement that is rounding
ROUNDING = 1e-9

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``delivery[demand, time]``, ``shortage[demand, step, time]``, ``requirement_met`` and ``requirement_covered`` rows."""
    block = model.demand = pyo.Block()
    ids, grows = inputs["demand"].values, inputs["demand_grows"].values.astype(bool)
    drunk = inputs["demand_kind"].values == "municipal"
    add_sets(block, DEMAND=ids, SHORTAGE_STEP=inputs["shortage_step"].values, MUNICIPAL=ids[drunk], PRODUCTIVE=ids[~drunk])
    block.ranks = _ranks(inputs, {LEVEL_OF[True]: drunk, LEAST: ~drunk, LEVEL_OF[False]: ~drunk})
    ends = np.cumsum(inputs["shortage_share"].values)
    add_sets(block, BELOW_LEAST=inputs["shortage_step"].values[ends > 1.0 - float(inputs.attrs.get(LEAST, 0.0)) + ROUNDING])
    add_sets(block, **{f"RANK_{name}": ids[chosen] for name, chosen in block.ranks.items()})
    add_sets(block, GROWING=ids[grows], FIXED=ids[~grows])
    block.AT = grouped_set(model.NODE, members_by(inputs["demand_node"].values.tolist(), ids.tolist()))
    add_data(block, inputs, "requirement", block.DEMAND, model.TIME)
    most = np.where(grows[:, None], inputs["delivery_most"].values, inputs["requirement"].values)
    dry = dries_at(inputs, inputs["demand_node"].values.tolist()) > 0
    block.delivery_most = Data(block.DEMAND, model.TIME, array=np.where(dry, 0.0, most))
    add_data(block, inputs, "shortage_share shortage_weight evenness_weight", block.SHORTAGE_STEP)
    block.delivery = Columns(block.DEMAND, model.TIME, bounds=between("", "delivery_most"))
    block.shortage = Columns(block.DEMAND, block.SHORTAGE_STEP, model.TIME, bounds=_shortage_bounds)
    block.requirement_met = Rows(block.FIXED, model.TIME, rule=_requirement_met)
    block.requirement_covered = Rows(block.GROWING, model.TIME, rule=_requirement_covered)
    _add_seasons(model, inputs)
    return Terms(outflow=(deliveries,))


def _ranks(inputs: Unlabelled, standings: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.bool_]]:
    """Say which demands count on each level by their priority: on a level of its own each, and on the level itself those that have none."""
    if "demand_priority" not in inputs or not (known := np.isfinite(inputs["demand_priority"].values)).any():
        return {}
    priority, found = inputs["demand_priority"].values, {}
    for level, own in standings.items():
        for number in np.unique(priority[own & known]).tolist():
            found[rank_name(level, number)] = own & (priority == number)
        found[level] = own & ~known
    return found


def _add_seasons(model: Any, inputs: Unlabelled) -> None:
    """Add ``season_shortage[demand, season]`` and its rows: of these, not of each step, the shares are made even."""
    block, steps = model.demand, model.TIME.ordered_data()
    seasons = water_years(inputs["time"].values, setting(inputs, WATER_YEAR, (10, 1)))
    block.SEASON = pyo.Set(initialize=sorted(set(seasons)), dimen=1)
    block.WITHIN = grouped_set(block.SEASON, members_by(seasons, steps))
    past = {name: np.zeros((len(block.DEMAND), len(block.SEASON))) for name in ("season_requirement_past", "season_shortage_past")}
    for name, volumes in past.items():
        if name in inputs:  # runs of old tell none
            volumes[:, 0] = inputs[name].values
        block.add_component(name, Data(block.DEMAND, block.SEASON, array=volumes))
    whole = np.full((len(block.DEMAND), len(block.SEASON)), np.nan)
    if "shortage_planned" in inputs:  # only of the rest of a season
        within = (np.array(seasons)[:, None] == block.SEASON.ordered_data()).astype(float)
        whole = past["season_shortage_past"] + inputs["shortage_planned"].values @ within
    block.season_shortage_planned = Data(block.DEMAND, block.SEASON, array=whole)
    block.season_shortage = Columns(block.DEMAND, block.SEASON, bounds=between("", ""))
    block.season_shortage_summed = Rows(block.DEMAND, block.SEASON, rule=_season_shortage_summed)


def _season_shortage_summed(block: Any, demand: Any, season: Any) -> Any:
    missing = sum(block.shortage[demand, step, time] for step in block.SHORTAGE_STEP for time in block.WITHIN[season])
    return missing + block.season_shortage_past[demand, season] == block.season_shortage[demand, season]


def _shortage_bounds(block: Any, demand: Any, step: Any, time: Any) -> Any:
    return 0, block.shortage_share[step] * block.requirement[demand, time]


def _accounted(block: Any, demand: Any, time: Any) -> Any:
    """What is delivered and what is missing."""
    return block.delivery[demand, time] + sum(block.shortage[demand, step, time] for step in block.SHORTAGE_STEP)


def _requirement_met(block: Any, demand: Any, time: Any) -> Any:
    return _accounted(block, demand, time) == block.requirement[demand, time]


def _requirement_covered(block: Any, demand: Any, time: Any) -> Any:
    return _accounted(block, demand, time) >= block.requirement[demand, time]


#: water taken at a node in a step
deliveries = summed("demand.AT", "demand.delivery")
