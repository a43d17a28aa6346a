"""Environment: least flows for health and for nature; what is missing is explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, pairs_of
from waterdeal.scenario.natural import flows_asked

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``flow_shortfall[flow_requirement, time]`` and ``flow_minimum`` rows."""
    block = model.environment = pyo.Block()
    ids, healthy = inputs["flow_requirement"].values, inputs["flow_requirement_kind"].values == "sanitary"
    add_sets(block, FLOW_REQUIREMENT=ids, SANITARY=ids[healthy], NATURE=ids[~healthy])
    block.ON = pairs_of(ids.tolist(), inputs["flow_requirement_link"].values.tolist())
    asked = flows_asked(inputs)
    block.flow_asked = Data(block.FLOW_REQUIREMENT, model.TIME, array=asked)
    missing = np.minimum(asked, inputs["flow_shortfall_max"].values[:, None])
    block.flow_missing_most = Data(block.FLOW_REQUIREMENT, model.TIME, array=missing)
    block.flow_shortfall = Columns(block.FLOW_REQUIREMENT, model.TIME, bounds=between("", "flow_missing_most"))
    block.flow_minimum = Rows(block.ON, model.TIME, rule=_flow_minimum)
    return Terms()


def _flow_minimum(block: Any, requirement: Any, link: Any, time: Any) -> Any:
    return block.model().flow[link, time] + block.flow_shortfall[requirement, time] >= block.flow_asked[requirement, time]
