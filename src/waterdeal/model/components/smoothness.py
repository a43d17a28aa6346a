"""Smoothness: how much the releases of reservoirs jump from step to step, as rates; of the rest of a season also from the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Rows
from waterdeal.model.network import Terms, add_changes, rate_change

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``release_rise`` and ``release_fall`` (hm3 per day) of the river links below reservoirs."""
    block = model.smoothness = pyo.Block()
    below = np.isin(inputs["link_from"], inputs["reservoir"]) & (inputs["link_kind"].values == "river")
    block.RELEASE = pyo.Set(initialize=inputs["link"].values[below].tolist(), dimen=1)
    add_changes(block, inputs, block.RELEASE, below)
    block.release_rise = Columns(block.RELEASE, model.CHANGE, domain=pyo.NonNegativeReals)
    block.release_fall = Columns(block.RELEASE, model.CHANGE, domain=pyo.NonNegativeReals)
    block.release_change = Rows(block.RELEASE, model.CHANGE, rule=_release_change)
    return Terms()


def _release_change(block: Any, link: Any, time: Any) -> Any:
    return rate_change(block, link, time) == block.release_rise[link, time] - block.release_fall[link, time]
