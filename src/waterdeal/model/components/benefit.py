"""Benefit of deliveries: concave, under tangents, so that a linear programme can weigh it.

``worth <= intercept + slope x delivery`` for every tangent. A tangent of a concave benefit lies above it, so what a plan promises is at
least what it is worth; passes move tangents to where the plan stands until the two agree (``solve.settle``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Rows
from waterdeal.model.network import Terms, add_data, add_sets, grouped_set, pairs_of

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``worth[benefit]`` and the tangents it lies under."""
    if not inputs.sizes["benefit"]:
        return Terms()
    block = model.benefit = pyo.Block()
    items, users = inputs["benefit"].values.tolist(), inputs["benefit_demand"].values.tolist()
    steps = model.TIME.ordered_data()
    add_sets(block, ITEM=items, TANGENT=range(1, inputs.sizes["tangent"] + 1))
    block.OF = pairs_of(items, users)
    covered = inputs["benefit_covers"].values
    block.COVERED = grouped_set(block.ITEM, {item: [steps[t] for t in row.nonzero()[0]] for item, row in zip(items, covered, strict=True)})
    add_data(block, inputs, "tangent_intercept tangent_slope", block.ITEM, block.TANGENT)
    block.worth = Columns(block.ITEM, domain=pyo.Reals)
    block.worth_most = Rows(block.OF, block.TANGENT, rule=_worth_most)
    return Terms()


def _worth_most(block: Any, item: Any, demand: Any, tangent: Any) -> Any:
    given = sum(block.model().demand.delivery[demand, time] for time in block.COVERED[item])
    return block.worth[item] <= block.tangent_intercept[item, tangent] + block.tangent_slope[item, tangent] * given
