"""Smoothness: how much the releases of reservoirs jump from step to step, as rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``release_rise`` and ``release_fall`` (hm3 per day) of the river links below reservoirs."""
    block = model.smoothness = pyo.Block()
    below = np.isin(inputs["link_from"], inputs["reservoir"]) & (inputs["link_kind"].values == "river")
    block.RELEASE = pyo.Set(initialize=inputs["link"].values[below].tolist(), dimen=1)
    block.per_day = Data(model.TIME, array=1 / inputs["step_length"])
    block.release_rise = Columns(block.RELEASE, model.LATER, domain=pyo.NonNegativeReals)
    block.release_fall = Columns(block.RELEASE, model.LATER, domain=pyo.NonNegativeReals)
    block.release_change = Rows(block.RELEASE, model.LATER, rule=_release_change)
    return Terms()


def _release_change(block: Any, link: Any, time: Any) -> Any:
    model = block.model()
    before = sum(block.per_day[previous] * model.flow[link, previous] for previous in model.PREVIOUS[time])
    change = block.release_rise[link, time] - block.release_fall[link, time]
    return block.per_day[time] * model.flow[link, time] - before == change
