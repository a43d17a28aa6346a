"""Fixed loss: a rate that a link loses whatever it carries, and never more than there is.

After its share of loss, what entered less the fixed loss goes on. In a step in which a link runs dry (``loss_dries``, found by
``solve.drying``) it loses all that entered, and that is no more than the fixed loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_sets, between, grouped_set, members_by

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("reach", "canal")


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``left[link, time]``, what goes on, and ``unmet[link, time]``, what there was no water to lose of, with ``loss_met`` rows."""
    if "loss_fixed" not in inputs or not inputs["loss_fixed"].values.any():  # runs of old tell none
        return Terms()
    block = model.fixed_loss = pyo.Block()
    losing = inputs.take(link=np.asarray(inputs["loss_fixed"].values.any(axis=1)))
    ids, ends = losing["link"].values.tolist(), losing["link_to"].values.tolist()
    lagged = np.isin(ids, inputs["lagged_link"].values).tolist()
    add_sets(block, LOSING=ids)
    at_once = [(end, link) for end, link, late in zip(ends, ids, lagged, strict=True) if not late]
    later = [(end, link) for end, link, late in zip(ends, ids, lagged, strict=True) if late]
    block.INTO, block.LAGGED_INTO = (
        grouped_set(model.NODE, members_by([end for end, _ in into], [link for _, link in into])) for into in (at_once, later)
    )
    lost, dries = losing["loss_fixed"].values, losing["loss_dries"].values
    block.lost = Data(block.LOSING, model.TIME, array=lost)
    block.unmet_most = Data(block.LOSING, model.TIME, array=np.where(dries > 0, lost, 0.0))
    block.left_most = Data(block.LOSING, model.TIME, array=np.where(dries == 1, 0.0, np.inf))
    block.unmet = Columns(block.LOSING, model.TIME, bounds=between("", "unmet_most"))
    block.left = Columns(block.LOSING, model.TIME, bounds=between("", "left_most"))
    block.loss_met = Rows(block.LOSING, model.TIME, rule=_loss_met)
    return Terms(inflow=(_unmet, _unmet_delayed), outflow=(_lost, _lost_delayed))


def _loss_met(block: Any, link: Any, time: Any) -> Any:
    model = block.model()
    entered = model.reach.kept[link, time] * model.flow[link, time]
    return entered + block.unmet[link, time] - block.left[link, time] == block.lost[link, time]


def _unmet(model: Any, node: Any, time: Any) -> Any:
    return sum(model.fixed_loss.unmet[link, time] for link in model.fixed_loss.INTO[node])


def _lost(model: Any, node: Any, time: Any) -> Any:
    return sum(model.fixed_loss.lost[link, time] for link in model.fixed_loss.INTO[node])


def _unmet_delayed(model: Any, node: Any, time: Any) -> Any:
    own, reach = model.fixed_loss, model.reach
    return sum(reach.arriving[link, left, time] * own.unmet[link, left] for link in own.LAGGED_INTO[node] for left in reach.LEFT[time])


def _lost_delayed(model: Any, node: Any, time: Any) -> Any:
    own, reach = model.fixed_loss, model.reach
    return sum(reach.arriving[link, left, time] * own.lost[link, left] for link in own.LAGGED_INTO[node] for left in reach.LEFT[time])
