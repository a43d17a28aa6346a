"""Ramp: how much the rate of a release or of a reach may change from step to step; what is beyond it is explicit, none where it is hard.

``rate[t] - rate[t-1] - breach[t] <= ramp x days between the middles of the steps``, and the same for a fall. Spillways have none.
The rest of a season that is planned anew counts its first change from the last step before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_changes, between, rate_change, rates_before

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

#: how much dearer a change beyond a ramp is than a change within it
BREACH = 10.0


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``breach[link, time]`` (hm3 per day) and ``rise`` and ``fall`` rows of the links that have a ramp."""
    known = np.flatnonzero(np.isfinite(inputs["ramp_most"].values))
    if not known.size or not len(model.CHANGE):
        return Terms()
    block = model.ramp = pyo.Block()
    block.RAMPED = pyo.Set(initialize=inputs["link"].values[known].tolist(), dimen=1)
    days = np.append(inputs["past_step_length"].values[-1:] if rates_before(inputs) is not None else [], inputs["step_length"].values)
    between_middles = (days[1:] + days[:-1]) / 2
    block.most = Data(block.RAMPED, model.CHANGE, array=inputs["ramp_most"].values[known, None] * between_middles)
    hard = np.where(inputs["ramp_hard"].values[known, None] > 0, 0.0, np.inf)
    block.breach_most = Data(block.RAMPED, model.CHANGE, array=np.repeat(hard, len(between_middles), axis=1))
    add_changes(block, inputs, block.RAMPED, known)
    block.breach = Columns(block.RAMPED, model.CHANGE, bounds=between("", "breach_most"))
    block.rise = Rows(block.RAMPED, model.CHANGE, rule=lambda m, link, t: rate_change(m, link, t) - m.breach[link, t] <= m.most[link, t])
    block.fall = Rows(block.RAMPED, model.CHANGE, rule=lambda m, link, t: -rate_change(m, link, t) - m.breach[link, t] <= m.most[link, t])
    return Terms()


def _breaches(m: Any) -> Any:
    """Changes beyond ramps, each dearer than changes within them."""
    return BREACH * sum(m.ramp.breach[link, t] for link in m.ramp.RAMPED for t in m.CHANGE)


#: what it brings to a level of the objective
GOALS = {"operation": {"ramp": _breaches}}
