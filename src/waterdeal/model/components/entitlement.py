"""Entitlement: volumes an agreement promises a party over a season.

A ``limit`` is a promise and a cap: deliveries counted reach it, never pass it, and what is missing is explicit and convex by steps.
An ``inflow`` is a promise on the water reaching a place, and no cap. Of ``missing``, which is of the whole season, shares are made even.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, grouped_set, members_by
from waterdeal.scenario.natural import promised_volumes

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("demand",)


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``shortfall[entitlement, step]``, ``missing[entitlement]``, and the rows ``limit_met``, ``inflow_met`` and ``missing_summed``."""
    if not inputs.sizes["entitlement"]:
        return Terms()
    block = model.entitlement = pyo.Block()
    known, measure = inputs["entitlement"].values, inputs["entitlement_measure"].values
    add_sets(block, ENTITLEMENT=known, LIMIT=known[measure == "limit"], INFLOW=known[measure == "inflow"])
    ids, demands, links, steps = (inputs[name].values.tolist() for name in ("entitlement", "demand", "entitlement_link", "step"))
    counts = np.argwhere(inputs["entitlement_counts"].values).tolist()
    counted = members_by([ids[at] for at, _, _ in counts], [(demands[demand], steps[step]) for _, demand, step in counts])
    block.COUNTED = grouped_set(block.ENTITLEMENT, counted, dimen=2)
    season = [(at, step) for at, step in np.argwhere(inputs["entitlement_season"].values).tolist() if links[at]]
    measured = members_by([ids[at] for at, _ in season], [(links[at], steps[step]) for at, step in season])
    block.MEASURED = grouped_set(block.ENTITLEMENT, measured, dimen=2)
    block.promised = Data(block.ENTITLEMENT, array=promised_volumes(inputs))
    for name, otherwise in (("past", 0.0), ("past_missing", 0.0), ("planned", np.nan)):  # told only of the rest of a season
        told = f"entitlement_{name}"
        block.add_component(name, Data(block.ENTITLEMENT, array=inputs[told].values if told in inputs else np.full(len(known), otherwise)))
    block.shortfall = Columns(block.ENTITLEMENT, model.demand.SHORTAGE_STEP, bounds=_shortfall_bounds)
    block.missing = Columns(block.ENTITLEMENT, bounds=between("", ""))
    block.missing_summed = Rows(block.ENTITLEMENT, rule=_missing_summed)
    block.limit_met = Rows(block.LIMIT, rule=_limit_met)
    block.inflow_met = Rows(block.INFLOW, rule=_inflow_met)
    return Terms()


def _shortfall_bounds(block: Any, entitlement: Any, step: Any) -> Any:
    return 0, block.model().demand.shortage_share[step] * block.promised[entitlement]


def _missing_summed(block: Any, entitlement: Any) -> Any:
    steps = block.model().demand.SHORTAGE_STEP
    return sum(block.shortfall[entitlement, step] for step in steps) + block.past_missing[entitlement] == block.missing[entitlement]


def _limit_met(block: Any, entitlement: Any) -> Any:
    demand = block.model().demand
    given = sum(demand.delivery[item, time] for item, time in block.COUNTED[entitlement])
    return given + sum(block.shortfall[entitlement, step] for step in demand.SHORTAGE_STEP) == block.promised[entitlement]


def _inflow_met(block: Any, entitlement: Any) -> Any:
    model = block.model()
    reached = sum(model.flow[link, time] for link, time in block.MEASURED[entitlement])
    short = sum(block.shortfall[entitlement, step] for step in model.demand.SHORTAGE_STEP)
    return reached + short >= block.promised[entitlement]
