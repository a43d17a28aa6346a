"""Canal: water taken at a head gate, up to its capacity, of which the conveyance efficiency arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Data
from waterdeal.model.network import Terms, grouped_set, members_by, summed

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add canals: sets and efficiency (capacity stands on ``flow`` as its bound)."""
    canals = inputs.take(link=inputs["link_kind"].values == "canal")
    ids = canals["link"].values.tolist()
    if not ids:
        return Terms()
    block = model.canal = pyo.Block()
    block.CANAL = pyo.Set(initialize=ids, dimen=1)
    block.OUT = grouped_set(model.NODE, members_by(canals["link_from"].values.tolist(), ids))
    block.IN = grouped_set(model.NODE, members_by(canals["link_to"].values.tolist(), ids))
    block.efficiency = Data(block.CANAL, model.TIME, array=1 - canals["loss_fraction"])
    return Terms(inflow=(_arrival,), outflow=(summed("canal.OUT", "flow"),))


def _arrival(model: Any, node: Any, time: Any) -> Any:
    return sum(model.canal.efficiency[canal, time] * model.flow[canal, time] for canal in model.canal.IN[node])
