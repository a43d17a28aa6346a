"""Balance a plan of a large network again from the tables alone; no line of the model or the compiler is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import AuditError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.links.network import LinkNetwork

    Floats = NDArray[np.float64]

#: largest residual allowed: hm3, and a share of the water passing the node
ABSOLUTE, RELATIVE = 1e-6, 1e-9


@dataclass(frozen=True)
class Residuals:
    """What the audit found.

    Parameters
    ----------
    balance, bounds : float
        Largest residual of a node and step; largest amount beyond a bound, hm3.
    where : str
        Node and step of the largest residual.
    """

    balance: float
    bounds: float
    where: str


def arrivals(network: LinkNetwork, flow: Floats) -> Floats:
    """Return what arrives at the lower end of each segment in each step.

    Parameters
    ----------
    network : LinkNetwork
        The network.
    flow : numpy.ndarray
        What enters, by (segment, step).

    Returns
    -------
    numpy.ndarray
        By (segment, step); water still on its way at the end arrives nowhere.
    """
    sent = network.gain * flow
    arrived = np.zeros_like(sent)
    lag = network.shape.lag[network.shape.segment_link]
    for later in np.unique(lag).tolist():
        at = np.flatnonzero(lag == later)
        kept = max(sent.shape[1] - later, 0)
        arrived[at, sent.shape[1] - kept :] = sent[at, :kept]
    return arrived


def audit_network(network: LinkNetwork, flow: Floats) -> Residuals:
    """Balance every node in every step, and look at every bound.

    Parameters
    ----------
    network : LinkNetwork
        The network.
    flow : numpy.ndarray
        By (segment, step).

    Returns
    -------
    Residuals
        Within what is allowed.

    Raises
    ------
    AuditError
        If water is made or lost, or a bound is passed.
    """
    shape = network.shape
    reached, left = (
        at_nodes(len(shape.nodes), ends[shape.segment_link], volume)
        for ends, volume in ((shape.end, arrivals(network, flow)), (shape.start, flow))
    )
    residual = np.abs(network.inflow + reached - left)[shape.balanced]
    allowed = ABSOLUTE + RELATIVE * np.maximum(reached, left)[shape.balanced]
    passed = np.maximum(network.lower - flow, flow - network.upper)
    worst = int(np.argmax(residual - allowed)) if residual.size else 0
    node, step = divmod(worst, flow.shape[1])
    where = f"{shape.nodes[shape.balanced][node]}, {network.steps.labels[step]}" if residual.size else ""
    found = Residuals(float(residual.max(initial=0.0)), float(passed.max(initial=0.0)), where)
    if not (residual <= allowed).all() or not found.bounds <= ABSOLUTE:
        message = f"the plan fails its audit: {found.balance:g} hm3 at {where} without origin, {found.bounds:g} hm3 beyond a bound"
        raise AuditError(message)
    return found


def at_nodes(count: int, node: NDArray[np.int64], volume: Floats) -> Floats:
    """Add up the volumes of segments by node.

    Parameters
    ----------
    count : int
        Number of nodes.
    node : numpy.ndarray
        Node of each segment.
    volume : numpy.ndarray
        By (segment, step).

    Returns
    -------
    numpy.ndarray
        By (node, step).
    """
    steps = volume.shape[1]
    place = (node[:, None] * steps + np.arange(steps)).ravel()
    total: Floats = np.bincount(place, weights=volume.ravel(), minlength=count * steps).astype(float)
    return total.reshape(count, steps)
