"""Record: how far the releases of reservoirs are outside what was ever recorded in their month; always explicit, never refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_where_present, grouped_set, members_by

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

#: hm3 per day of changes that an hm3 outside the record counts as: a rate that is outside for a dekad, ten times a change by as much
OUTSIDE = 1.0


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``release_outside[reservoir, time]`` (hm3) and its rows in the steps that have a record."""
    least, bodies = inputs["record_release_least"].values, inputs["reservoir"].values
    if not np.isfinite(least).any():
        return Terms()
    block = model.record = pyo.Block()
    river = inputs["link_kind"].values == "river"
    block.BODY = pyo.Set(initialize=bodies.tolist(), dimen=1)
    block.RIVERS = grouped_set(block.BODY, members_by(inputs["link_from"].values[river].tolist(), inputs["link"].values[river].tolist()))
    add_where_present(block, "RECORDED", "least", bodies, least)
    block.greatest = Data(block.RECORDED, array=inputs["record_release_greatest"].values[np.isfinite(least)])
    block.release_outside = Columns(block.RECORDED, domain=pyo.NonNegativeReals)
    block.at_most = Rows(block.RECORDED, rule=lambda m, body, t: _released(m, body, t) - m.release_outside[body, t] <= m.greatest[body, t])
    block.at_least = Rows(block.RECORDED, rule=lambda m, body, t: _released(m, body, t) + m.release_outside[body, t] >= m.least[body, t])
    return Terms()


def _released(block: Any, body: Any, time: Any) -> Any:
    """Water let out of a reservoir into its rivers."""
    return sum(block.model().flow[link, time] for link in block.RIVERS[body])


def _outside(m: Any) -> Any:
    """Water let out outside the record, as hm3 per day of changes."""
    return OUTSIDE * sum(m.record.release_outside[body, t] for body, t in m.record.RECORDED)


#: what it brings to a level of the objective
GOALS = {"operation": {"record": _outside}}
