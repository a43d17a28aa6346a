"""Lake target: a volume that a lake should hold on a day; several days are a path. What is missing is explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, between, pairs_of

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("lake",)


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``shortfall[lake_target]`` and ``volume_reached`` rows."""
    if not inputs.sizes["lake_target"]:
        return Terms()
    block = model.lake_target = pyo.Block()
    steps = inputs["step"].values.tolist()
    places = np.argwhere(inputs["lake_target_due"].values > 0)
    due = inputs.take(lake_target=places[:, 0])
    ids, lakes = due["lake_target"].values.tolist(), due["lake_target_lake"].values.tolist()
    block.LAKE_TARGET = pyo.Set(initialize=ids, dimen=1)
    block.DUE = pairs_of(ids, lakes, [steps[place] for place in places[:, 1]])
    block.volume = Data(block.LAKE_TARGET, array=due["lake_target_volume"])
    block.missing_most = Data(block.LAKE_TARGET, array=np.minimum(due["lake_target_volume"], due["lake_target_shortfall_max"]))
    block.shortfall = Columns(block.LAKE_TARGET, bounds=between("", "missing_most"))
    block.volume_reached = Rows(block.DUE, rule=_volume_reached)
    return Terms()


def _volume_reached(block: Any, target: Any, lake: Any, time: Any) -> Any:
    return block.model().lake.storage[lake, time] + block.shortfall[target] >= block.volume[target]


def _missing(m: Any) -> Any:
    """Water missing in lakes on the day of their target."""
    return sum(m.lake_target.shortfall[target] for target in m.lake_target.LAKE_TARGET)


#: what it brings to a level of the objective
GOALS = {"environment": {"lake_target": _missing}}
