"""Balance a plan of a large network again from the tables alone; no line of the model or the compiler is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import AuditError
from waterdeal.links.limits import counted
from waterdeal.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.links.network import LinkNetwork
    from waterdeal.types import Floats


#: largest residual allowed: hm3, and a share of the water passing the node
ABSOLUTE, RELATIVE = 1e-6, 1e-9


@dataclass(frozen=True)
class Residuals:
    """What the audit found."""

    balance: float
    bounds: float
    where: str  # node and step of the largest residual


def arrivals(network: LinkNetwork, flow: Floats) -> Floats:
    """Return what arrives at the lower end of each segment in each step."""
    sent = network.gain * flow
    arrived = np.zeros_like(sent)
    lag = network.shape.lag[network.shape.segment_link]
    for later in np.unique(lag).tolist():
        at = np.flatnonzero(lag == later)
        kept = max(sent.shape[1] - later, 0)
        arrived[at, sent.shape[1] - kept :] = sent[at, :kept]
    return arrived


def audit_network(network: LinkNetwork, flow: Floats) -> Residuals:
    """Balance every node in every step, and look at every bound and limit."""
    shape = network.shape
    reached = at_nodes(len(shape.nodes), shape.end[shape.segment_link], arrivals(network, flow))
    left = at_nodes(len(shape.nodes), shape.start[shape.segment_link], flow)
    residual = np.abs(network.inflow + reached - left)[shape.balanced]
    allowed = ABSOLUTE + RELATIVE * np.maximum(reached, left)[shape.balanced]
    passed = np.maximum(network.lower - flow, flow - network.upper)
    worst = int(np.argmax(residual - allowed)) if residual.size else 0
    node, step = divmod(worst, flow.shape[1])
    where = f"{shape.nodes[shape.balanced][node]}, {network.steps.labels[step]}" if residual.size else ""
    beyond = 0.0 if network.limits is None else float((counted(network, flow) - network.limits.upper * (1 + RELATIVE)).max(initial=0.0))
    found = Residuals(float(residual.max(initial=0.0)), max(float(passed.max(initial=0.0)), beyond), where)
    if not (residual <= allowed).all() or not found.bounds <= ABSOLUTE:
        raise AuditError(say("networks.audit", balance=found.balance, where=where, bounds=found.bounds))
    return found


def at_nodes(count: int, node: NDArray[np.int64], volume: Floats) -> Floats:
    """Add up the volumes of segments by node."""
    steps = volume.shape[1]
    place = (node[:, None] * steps + np.arange(steps)).ravel()
    total: Floats = np.bincount(place, weights=volume.ravel(), minlength=count * steps).astype(float)
    return total.reshape(count, steps)
