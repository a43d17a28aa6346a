"""Catchment: water that enters the basin at a node, known before the plan is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Data
from waterdeal.model.network import Terms

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``catchment.runoff[node, time]`` as data."""
    block = model.catchment = pyo.Block()
    block.runoff = Data(model.NODE, model.TIME, array=inputs["runoff"])
    return Terms(inflow=(lambda model, node, time: model.catchment.runoff[node, time],))
