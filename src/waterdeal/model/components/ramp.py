"""Ramp: how much the rate of a release or of a reach may change from step to step; what is beyond it is explicit, none where it is hard.

``rate[t] - rate[t-1] - breach[t] <= ramp x days between the middles of the steps``, and the same for a fall. Spillways have none.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, between

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

#: how much dearer a change beyond a ramp is than a change within it
BREACH = 10.0


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``breach[link, time]`` (hm3 per day) and ``rise`` and ``fall`` rows of the links that have a ramp."""
    known = np.flatnonzero(np.isfinite(inputs["ramp_most"].values))
    if not known.size or inputs.sizes["time"] < 2:
        return Terms()
    block = model.ramp = pyo.Block()
    days = inputs["step_length"].values
    block.RAMPED = pyo.Set(initialize=inputs["link"].values[known].tolist(), dimen=1)
    between_middles = np.array([(before + after) / 2 for before, after in pairwise(days.tolist())])
    block.most = Data(block.RAMPED, model.LATER, array=inputs["ramp_most"].values[known, None] * between_middles)
    hard = np.where(inputs["ramp_hard"].values[known, None] > 0, 0.0, np.inf)
    block.breach_most = Data(block.RAMPED, model.LATER, array=np.repeat(hard, len(between_middles), axis=1))
    block.per_day = Data(model.TIME, array=1 / days)
    block.breach = Columns(block.RAMPED, model.LATER, bounds=between("", "breach_most"))
    block.rise = Rows(block.RAMPED, model.LATER, rule=lambda m, link, t: _change(m, link, t) - m.breach[link, t] <= m.most[link, t])
    block.fall = Rows(block.RAMPED, model.LATER, rule=lambda m, link, t: -_change(m, link, t) - m.breach[link, t] <= m.most[link, t])
    return Terms()


def _change(block: Any, link: Any, time: Any) -> Any:
    """How much the mean rate of a link rises from the step before."""
    model = block.model()
    before = sum(block.per_day[previous] * model.flow[link, previous] for previous in model.PREVIOUS[time])
    return block.per_day[time] * model.flow[link, time] - before


def _breaches(m: Any) -> Any:
    """Changes beyond ramps, each dearer than changes within them."""
    return BREACH * sum(m.ramp.breach[link, t] for link in m.ramp.RAMPED for t in m.LATER)


#: what it brings to a level of the objective
GOALS = {"operation": {"ramp": _breaches}}
