"""Lake: a body of water that nobody operates, with its own balance; the Northern Aral is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.model.network import Terms
from waterdeal.model.water_body import add_storage

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add lakes: storage, evaporation, and overflow by the lake's own links."""
    lakes = inputs.take(reservoir=inputs.at("node_kind", inputs["reservoir"].values) == "lake")
    if not lakes.sizes["reservoir"]:
        return Terms()
    model.lake = pyo.Block()
    return add_storage(model.lake, lakes)
