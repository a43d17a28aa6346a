"""The equations of a large network: one balance, one cost, bounds on the flows themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.model.network import grouped_set, members_by
from waterdeal.model.symbolic import Columns, Data, Goal, Rows

if TYPE_CHECKING:
    from waterdeal.links.network import LinkNetwork, Shape

#: the level that is made least
LEVEL = "cost"


def build_network_model(network: LinkNetwork) -> Any:
    """Build the model of a large network.

    Parameters
    ----------
    network : LinkNetwork
        The network.

    Returns
    -------
    pyomo.environ.ConcreteModel
        ``flow[link, piece, step]``, ``balance[node, step]`` and ``cost_goal``; nothing is made per element until it is asked for.
    """
    model, shape, steps = pyo.ConcreteModel(name="waterdeal_network"), network.shape, list(network.steps.labels)
    segments = list(zip(shape.links[shape.segment_link].tolist(), shape.segment_piece.tolist(), strict=True))
    model.TIME = pyo.Set(initialize=steps, dimen=1)
    model.SEGMENT = pyo.Set(initialize=segments, dimen=2)
    model.BALANCED = pyo.Set(initialize=shape.nodes[shape.balanced].tolist(), dimen=1)
    _add_ends(model, shape, segments)
    for name in ("gain", "lower", "upper", "cost"):
        model.add_component(name, Data(model.SEGMENT, model.TIME, array=getattr(network, name)))
    model.inflow = Data(model.BALANCED, model.TIME, array=network.inflow[shape.balanced])
    model.flow = Columns(model.SEGMENT, model.TIME, bounds=_bounds)
    lags = sorted({*shape.lag.tolist()} - {0})

    def balance(m: Any, node: Any, time: Any) -> Any:
        late = [_late(m, lag, node, time) for lag in lags]
        return sum([_prompt(m, node, time), *late]) - _leaving(m, node, time) == -m.inflow[node, time]

    model.balance = Rows(model.BALANCED, model.TIME, rule=balance)
    model.add_component(f"{LEVEL}_goal", Goal(rule=_cost))
    return model


def _add_ends(model: Any, shape: Shape, segments: list[tuple[str, int]]) -> None:
    """Add the segments that leave each node and those that reach it, those of each lag apart, with the steps they were sent in."""
    starts, ends = (shape.nodes[node][shape.segment_link].tolist() for node in (shape.start, shape.end))
    lags, steps = shape.lag[shape.segment_link], model.TIME.ordered_data()
    model.OUT_OF = grouped_set(model.BALANCED, members_by(starts, segments), dimen=2)
    for lag in sorted({0, *lags.tolist()}):
        at = np.flatnonzero(lags == lag).tolist()
        reaching = members_by([ends[place] for place in at], [segments[place] for place in at])
        model.add_component(_named("INTO", lag), grouped_set(model.BALANCED, reaching, dimen=2))
        if lag:
            sent = dict(zip(steps[lag:], ([step] for step in steps[:-lag]), strict=True))
            model.add_component(_named("SENT", lag), grouped_set(model.TIME, sent))


def _named(name: str, lag: int) -> str:
    """Name of the set for a lag."""
    return f"{name}_{lag}" if lag else name


def _bounds(m: Any, link: Any, piece: Any, time: Any) -> Any:
    """What enters a link by a piece of its cost lies between its bounds."""
    return m.lower[link, piece, time], m.upper[link, piece, time]


def _prompt(m: Any, node: Any, time: Any) -> Any:
    """What arrives of the water sent in the step."""
    return sum(m.gain[link, piece, time] * m.flow[link, piece, time] for link, piece in m.INTO[node])


def _leaving(m: Any, node: Any, time: Any) -> Any:
    """What enters the links that leave the node."""
    return sum(m.flow[link, piece, time] for link, piece in m.OUT_OF[node])


def _late(m: Any, lag: int, node: Any, time: Any) -> Any:
    """What arrives of the water sent so many steps earlier."""
    into, sent_in = m.component(_named("INTO", lag)), m.component(_named("SENT", lag))
    return sum(m.gain[link, piece, sent] * m.flow[link, piece, sent] for link, piece in into[node] for sent in sent_in[time])


def _cost(m: Any) -> Any:
    """Cost of all water in all links."""
    return sum(m.cost[link, piece, time] * m.flow[link, piece, time] for link, piece in m.SEGMENT for time in m.TIME)
