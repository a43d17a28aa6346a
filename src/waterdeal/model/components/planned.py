"""Planned: what the rest of a season that is planned anew takes over from the plan of the season, before it looks for anything better.

Where all went as planned the rest goes on so: ``flow = flow_planned + more - less``, deliveries alike, and ``more + less`` is least first.
Else nobody who was promised something is to miss more than by the plan, as far as that can still be: ``missing - given <= held``,
``held >= what the plan leaves missing``; of nature ``sum of what is missing - given - beyond <= planned``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.calendar import water_years
from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, grouped_set, has, members_by
from waterdeal.scenario.environment import PROMISED
from waterdeal.variables import WATER_YEAR, setting

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

#: kinds of what is asked for nature as a volume, which are components with a shortfall
_VOLUMES = tuple(kind for kind, of in PROMISED.items() if of.steps)
AFTER = ("demand", "entitlement", "give", *_VOLUMES)


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add what is more and less than planned, or what is held to the plan; nothing where no plan goes on."""
    if "season_shortage_planned" not in inputs:
        return Terms()
    model.planned = pyo.Block()
    if "flow_planned" in inputs:
        _go_on(model, inputs)
    else:
        _hold(model, inputs)
    return Terms()


def _go_on(model: Any, inputs: Unlabelled) -> None:
    """Add how much more and less than planned flows and deliveries are."""
    block = model.planned
    for name, items in (("flow", model.LINK), ("delivery", model.demand.DEMAND)):
        block.add_component(f"{name}_planned", Data(items, model.TIME, array=inputs[f"{name}_planned"].values))
        for side in ("more", "less"):
            block.add_component(f"{name}_{side}", Columns(items, model.TIME, bounds=between("", "")))
    block.flow_goes_on = Rows(model.LINK, model.TIME, rule=_flow_goes_on)
    block.delivery_goes_on = Rows(model.demand.DEMAND, model.TIME, rule=_delivery_goes_on)


def _flow_goes_on(block: Any, link: Any, time: Any) -> Any:
    return block.model().flow[link, time] == block.flow_planned[link, time] + block.flow_more[link, time] - block.flow_less[link, time]


def _delivery_goes_on(block: Any, demand: Any, time: Any) -> Any:
    planned = block.delivery_planned[demand, time] + block.delivery_more[demand, time] - block.delivery_less[demand, time]
    return block.model().demand.delivery[demand, time] == planned


def _hold(model: Any, inputs: Unlabelled) -> None:
    """Add what users, volumes promised and nature are held to."""
    block, users = model.planned, model.demand
    whole = np.array(users.season_shortage_planned.values_flat, dtype=float).reshape(len(users.DEMAND), len(users.SEASON))
    whole[:, 0] = inputs["season_shortage_planned"].values
    block.user_least = Data(users.DEMAND, users.SEASON, array=whole)
    years = np.array(water_years(inputs["time"].values, setting(inputs, WATER_YEAR, (10, 1))))
    asked = inputs["requirement"].values @ (years[:, None] == users.SEASON.ordered_data()).astype(float)
    block.user_most = Data(users.DEMAND, users.SEASON, array=asked + np.reshape(users.season_requirement_past.values_flat, asked.shape))
    block.user_held = Columns(users.DEMAND, users.SEASON, bounds=between("user_least", ""))
    promises = inputs["promise"].values.tolist() if has(model, "give") else []
    kinds = inputs["promise_kind"].values.tolist() if promises else []
    pairs = model.give.USER.ordered_data() if promises else []
    block.POOL = grouped_set(users.DEMAND * users.SEASON, members_by([pair[1:] for pair in pairs], [pair[0] for pair in pairs]))
    block.user_held_to = Rows(users.DEMAND, users.SEASON, rule=_user_held_to)
    if has(model, "entitlement"):
        own = model.entitlement
        block.volume_least = Data(own.ENTITLEMENT, array=inputs["entitlement_shortfall_planned"].values)
        block.volume_most = Data(own.ENTITLEMENT, array=own.past.values_flat + own.promised.values_flat)
        block.volume_held = Columns(own.ENTITLEMENT, bounds=between("volume_least", ""))
        block.volume_held_to = Rows(own.ENTITLEMENT, rule=lambda m, item: own.missing[item] <= m.volume_held[item])
    nature = sum(inputs[f"{name}_shortfall_planned"].values.sum() for name in ("flow", *_VOLUMES))
    add_sets(block, GIVES=[name for name, kind in zip(promises, kinds, strict=True) if kind != "user"], NATURE=["nature"])
    block.nature_planned = Data(block.NATURE, array=np.array([nature]))
    block.nature_beyond = Columns(block.NATURE, bounds=between("", ""))
    block.nature_held_to = Rows(block.NATURE, rule=_nature_held_to)


def _user_held_to(block: Any, demand: Any, season: Any) -> Any:
    model = block.model()
    given = sum(model.give.given[promise] for promise in block.POOL[demand, season]) if has(model, "give") else 0.0
    return model.demand.season_shortage[demand, season] - given <= block.user_held[demand, season]


def _nature_held_to(block: Any, nature: Any) -> Any:
    model, flows = block.model(), block.model().environment
    missing = [sum(flows.flow_shortfall[place, time] for place in flows.NATURE for time in model.TIME)]
    asked = [model.component(kind).shortfall for kind in _VOLUMES if has(model, kind)]
    missing += [sum(shortfall[item] for item in shortfall.index_set()) for shortfall in asked]
    if has(model, "give"):
        missing.append(-sum(model.give.given[promise] for promise in block.GIVES))
    return sum(missing) <= block.nature_planned[nature] + block.nature_beyond[nature]
