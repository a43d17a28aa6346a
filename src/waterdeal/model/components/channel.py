"""Channel: what a river bed carries without damage, under ice in winter and in flood; the excess is explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Rows
from waterdeal.model.network import Terms, add_where_present, grouped_set

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``channel_excess[channel, time]`` and ``channel_limit`` rows in the steps that have a limit."""
    if not inputs.sizes["channel"]:
        return Terms()
    block = model.channel = pyo.Block()
    channels = inputs["channel"].values.tolist()
    links = dict(zip(channels, inputs["channel_link"].values.tolist(), strict=True))
    block.CHANNEL = pyo.Set(initialize=channels, dimen=1)
    block.LINK_OF = grouped_set(block.CHANNEL, {channel: [link] for channel, link in links.items()})
    add_where_present(block, "LIMITED", "flow_most", inputs["channel"].values, inputs["channel_limit"].values)
    block.channel_excess = Columns(block.LIMITED, domain=pyo.NonNegativeReals)
    block.channel_limit = Rows(block.LIMITED, rule=_channel_limit)
    return Terms()


def _channel_limit(block: Any, channel: Any, time: Any) -> Any:
    carried = sum(block.model().flow[link, time] for link in block.LINK_OF[channel])
    return carried - block.channel_excess[channel, time] <= block.flow_most[channel, time]


def _excess(m: Any) -> Any:
    """Flow beyond what channels carry."""
    return sum(m.channel.channel_excess[channel, t] for channel, t in m.channel.LIMITED)


#: what it brings to a level of the objective
GOALS = {"safety": {"channel": _excess}}
