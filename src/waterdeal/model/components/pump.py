"""Pump: the energy that lifts water into a canal, as a cost; so that water goes in a circle only where that is worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Data
from waterdeal.model.network import Terms, add_sets

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add what each hm3 of canals with pumps costs; there is no variable of its own."""
    if "pump_factor" not in inputs or not inputs["pump_factor"].values.any():  # runs of old tell none
        return Terms()
    block = model.pump = pyo.Block()
    lifting = inputs.take(link=inputs["pump_factor"].values > 0)
    add_sets(block, LIFTING=lifting["link"].values)
    block.lift_cost = Data(block.LIFTING, model.TIME, array=lifting["pump_factor"].values[:, None] * lifting["pump_price"].values)
    return Terms()


def _lifting(m: Any) -> Any:
    """Cost of the energy of pumps."""
    return sum(m.pump.lift_cost[link, t] * m.flow[link, t] for link in m.pump.LIFTING for t in m.TIME)


#: what it brings to a level of the objective
GOALS = {"benefit": {"pump": _lifting}}
