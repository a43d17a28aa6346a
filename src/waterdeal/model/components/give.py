"""Give: the tolerance of promises. What is missing to each over its season is what is kept to, and what a pool gives for one level.

``sum of what is missing = kept + given``, ``given <= share x requirement``. Nothing is given until the levels above have been solved;
then `kept` ends at what is missing to the promise without tolerance (`lp.pools`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.calendar import water_years
from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, grouped_set, members_by, pairs_of
from waterdeal.scenario.environment import PROMISED

if TYPE_CHECKING:
    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled

#: kinds of promises that ask for a volume, which are components with a shortfall
VOLUMES = tuple(kind for kind, of in PROMISED.items() if of.steps)
AFTER = ("demand", "environment", *VOLUMES)


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``given[promise]`` and ``kept[promise]``, and a row for each promise that says what is missing to it."""
    if not inputs.sizes["promise"]:
        return Terms()
    block = model.give = pyo.Block()
    promises, kinds, items = (inputs[name].values.tolist() for name in ("promise", "promise_kind", "promise_item"))
    add_sets(block, PROMISE=promises)
    block.pool = Data(block.PROMISE, array=inputs["promise_share"].values * _asked(inputs))
    block.planned = inputs["promise_planned"].values.tolist() if "promise_planned" in inputs else []
    block.given = Columns(block.PROMISE, bounds=between("", "pool"))
    block.kept = Columns(block.PROMISE, bounds=between("", ""))
    inside = np.argwhere(inputs["promise_season"].values > 0).tolist()
    steps, years = model.TIME.ordered_data(), water_years(inputs["time"].values)
    block.WITHIN = grouped_set(block.PROMISE, members_by([promises[at] for at, _ in inside], [steps[step] for _, step in inside]))
    season = {promises[at]: years[step] for at, step in reversed(inside)}
    of = {kind: [at for at, known in enumerate(kinds) if known == kind] for kind in PROMISED}
    pairs = {kind: ([promises[at] for at in places], [items[at] for at in places]) for kind, places in of.items()}
    block.USER = pairs_of(*pairs["user"], [season[promise] for promise in pairs["user"][0]])
    for kind in ("flow", *VOLUMES):
        block.add_component(kind.upper(), pairs_of(*pairs[kind]))
    block.apart = _apart(model, inputs)
    for kind, rule in _HELD.items():
        block.add_component(f"missing_to_{kind}", Rows(block.component(kind.upper()), rule=rule))
    return Terms()


def _apart(model: Any, inputs: Unlabelled) -> list[tuple[Any, Floats, Floats]]:
    """Storages that a pass looks for near a plan, with their own bounds: near it only what is given is looked for, not what is missing.

    Energy of heads that are followed is known near the plan only: where a market may count it above, nothing is looked for elsewhere. Nor
    is it where bodies without such plants are held near a plan, since their areas are known there only.
    """
    is_near = np.isfinite(inputs["storage_near_low"].values).any(axis=1)
    followed = np.isin(inputs["reservoir"].values, inputs["headed_reservoir"].values)
    if (inputs.sizes["headed"] and inputs.sizes["power_market"]) or not is_near.any() or is_near[~followed].any():
        return []
    kinds = inputs.at("node_kind", inputs["reservoir"].values.tolist())
    bounds = [(kinds == kind, model.component(kind)) for kind in ("reservoir", "lake")]
    low, high = (inputs[name].values for name in ("storage_min", "storage_max"))
    return [(part.storage, low[own].ravel(), high[own].ravel()) for own, part in bounds if part is not None and own.any()]


def _asked(inputs: Unlabelled) -> Floats:
    """What each promise asks for over its season, hm3."""
    within, found = inputs["promise_season"].values, np.zeros(inputs.sizes["promise"])
    order = {kind: inputs[of.dim].values.tolist() for kind, of in PROMISED.items()}
    for at, (kind, item) in enumerate(zip(*(inputs[name].values.tolist() for name in ("promise_kind", "promise_item")), strict=True)):
        asked = inputs[PROMISED[kind].asked].values[order[kind].index(item)]
        found[at] = (asked * within[at]).sum() if np.ndim(asked) else asked
    return found


def _account(block: Any, promise: Any) -> Any:
    return block.kept[promise] + block.given[promise]


def _held_to_user(block: Any, promise: Any, demand: Any, season: Any) -> Any:
    own = block.model().demand
    return own.season_shortage[demand, season] == own.season_shortage_past[demand, season] + _account(block, promise)


def _held_to_flow(block: Any, promise: Any, requirement: Any) -> Any:
    environment = block.model().environment
    return sum(environment.flow_shortfall[requirement, time] for time in block.WITHIN[promise]) == _account(block, promise)


def _held_to_volume(kind: str) -> Any:
    def held(block: Any, promise: Any, item: Any) -> Any:
        return block.model().component(kind).shortfall[item] == _account(block, promise)

    return held


#: rules of the rows that say what is missing to promises, by their kind
_HELD = {"user": _held_to_user, "flow": _held_to_flow, **{kind: _held_to_volume(kind) for kind in VOLUMES}}


def missing_rows(block: Any) -> list[Any]:
    """Return the rows that say what is missing to promises."""
    return [block.component(f"missing_to_{kind}") for kind in _HELD]
