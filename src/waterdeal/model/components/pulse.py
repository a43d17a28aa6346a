"""Pulse: a volume that has to pass a place between two days, for spawning, a delta or a lake; what is missing is explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, grouped_set, members_by

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``shortfall[pulse]`` and ``volume_met`` rows.

    The flow of a step that is only partly within the dates counts by its share of days, as if it were even over the step.
    """
    if not inputs.sizes["pulse"]:
        return Terms()
    block = model.pulse = pyo.Block()
    pulses, links, steps = (inputs[name].values.tolist() for name in ("pulse", "pulse_link", "step"))
    add_sets(block, PULSE=pulses)
    season = np.argwhere(inputs["pulse_season"].values > 0).tolist()
    passed = members_by([pulses[at] for at, _ in season], [(links[at], steps[step]) for at, step in season])
    block.PASSED = grouped_set(block.PULSE, passed, dimen=2)
    block.season = Data(block.PULSE, model.TIME, array=inputs["pulse_season"])
    block.volume = Data(block.PULSE, array=inputs["pulse_volume"])
    block.missing_most = Data(block.PULSE, array=np.minimum(inputs["pulse_volume"], inputs["pulse_shortfall_max"]))
    block.shortfall = Columns(block.PULSE, bounds=between("", "missing_most"))
    block.volume_met = Rows(block.PULSE, rule=_volume_met)
    return Terms()


def _volume_met(block: Any, pulse: Any) -> Any:
    passed = sum(block.season[pulse, time] * block.model().flow[link, time] for link, time in block.PASSED[pulse])
    return passed + block.shortfall[pulse] >= block.volume[pulse]


def _missing(m: Any) -> Any:
    """Water missing in pulses."""
    return sum(m.pulse.shortfall[pulse] for pulse in m.pulse.PULSE)


#: what it brings to a level of the objective
GOALS = {"environment": {"pulse": _missing}}
