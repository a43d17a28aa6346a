"""Terminal: what must be left in a reservoir at a date, so that a season is not lived at the cost of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Data, Rows
from waterdeal.model.network import Terms, add_where_present

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("reservoir", "lake")


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``terminal.storage_least`` and ``terminal.lake_storage_least`` rows, and the worth of water left where that is the choice."""
    block = model.terminal = pyo.Block()
    is_lake = inputs.at("node_kind", inputs["reservoir"].values) == "lake"
    for prefix, chosen in (("", ~is_lake), ("LAKE_", is_lake)):
        bodies = inputs.take(reservoir=chosen)
        ids, worth = bodies["reservoir"].values, bodies["storage_value"].values
        add_where_present(block, f"{prefix}DUE", f"{prefix.lower()}storage_terminal", ids, bodies["storage_terminal"].values)
        valued = pyo.Set(initialize=[(body, model.TIME.last()) for body in ids[worth > 0].tolist()], dimen=2)
        block.add_component(f"{prefix}VALUED", valued)
        block.add_component(f"{prefix.lower()}storage_value", Data(valued, array=worth[worth > 0]))
    block.storage_least = Rows(block.DUE, rule=_storage_least)
    block.lake_storage_least = Rows(block.LAKE_DUE, rule=_lake_storage_least)
    return Terms()


def _storage_least(block: Any, body: Any, time: Any) -> Any:
    return block.model().reservoir.storage[body, time] >= block.storage_terminal[body, time]


def _lake_storage_least(block: Any, body: Any, time: Any) -> Any:
    return block.model().lake.storage[body, time] >= block.lake_storage_terminal[body, time]
