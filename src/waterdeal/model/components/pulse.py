"""Pulse: a volume that has to pass a place between two days, for spawning, a delta or a lake; what is missing is explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, between, grouped_set

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``shortfall[pulse]`` and ``volume_met`` rows.

    The flow of a step that is only partly within the dates counts by its share of days, as if it were even over the step.
    """
    if not inputs.sizes["pulse"]:
        return Terms()
    block = model.pulse = pyo.Block()
    block.PULSE = pyo.Set(initialize=inputs["pulse"].values.tolist(), dimen=1)
    block.PASSED = grouped_set(block.PULSE, _passed(inputs), dimen=2)
    block.season = Data(block.PULSE, model.TIME, array=inputs["pulse_season"])
    block.volume = Data(block.PULSE, array=inputs["pulse_volume"])
    block.missing_most = Data(block.PULSE, array=np.minimum(inputs["pulse_volume"], inputs["pulse_shortfall_max"]))
    block.shortfall = Columns(block.PULSE, bounds=between("", "missing_most"))
    block.volume_met = Rows(block.PULSE, rule=_volume_met)
    return Terms()


def _passed(inputs: Unlabelled) -> dict[str, list[tuple[str, str]]]:
    """List the (link, step) that count, by pulse."""
    steps, season = inputs["step"].values.tolist(), inputs["pulse_season"].values
    pulses = zip(inputs["pulse"].values.tolist(), inputs["pulse_link"].values.tolist(), season, strict=True)
    return {pulse: [(link, steps[place]) for place in np.flatnonzero(row > 0)] for pulse, link, row in pulses}


def _volume_met(block: Any, pulse: Any) -> Any:
    passed = sum(block.season[pulse, time] * block.model().flow[link, time] for link, time in block.PASSED[pulse])
    return passed + block.shortfall[pulse] >= block.volume[pulse]


def _missing(m: Any) -> Any:
    """Water missing in pulses."""
    return sum(m.pulse.shortfall[pulse] for pulse in m.pulse.PULSE)


#: what it brings to a level of the objective
GOALS = {"environment": {"pulse": _missing}}
