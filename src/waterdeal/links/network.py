"""A large network as arrays: what its tables say, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.str_]
    Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Shape:
    """Who is linked to whom.

    Parameters
    ----------
    nodes : numpy.ndarray of str
        Names of nodes, sorted.
    balanced : numpy.ndarray of bool
        Whether all water that reaches the node leaves it: not so for sources and sinks.
    links : numpy.ndarray of str
        Names of links, sorted.
    start, end : numpy.ndarray
        Node each link leaves, and node it reaches.
    lag : numpy.ndarray
        Steps after which the water of a link arrives.
    segment_link, segment_piece : numpy.ndarray
        Link and number of each piece of a cost, link by link, the cheapest piece first.
    """

    nodes: Texts
    balanced: NDArray[np.bool_]
    links: Texts
    start: Ints
    end: Ints
    lag: Ints
    segment_link: Ints
    segment_piece: Ints

    @property
    def first_segments(self) -> Ints:
        """First segment of each link."""
        return np.flatnonzero(np.diff(self.segment_link, prepend=-1))


@dataclass(frozen=True)
class Steps:
    """Steps in order.

    Parameters
    ----------
    labels : tuple of str
        Their labels.
    start, end : numpy.ndarray of datetime64 or None
        First and last day of each, where the tables tell.
    """

    labels: tuple[str, ...]
    start: Days | None = None
    end: Days | None = None


@dataclass(frozen=True)
class LinkNetwork:
    """A network to be solved for the least cost.

    Parameters
    ----------
    folder : str
        Where it was read from.
    shape : Shape
        Nodes, links and pieces.
    steps : Steps
        Steps in order.
    gain, lower, upper, cost : numpy.ndarray
        By (segment, step): share of the water entering that arrives, bounds of what enters, cost of a hm3 of it.
    inflow : numpy.ndarray
        By (node, step), hm3.
    digests : mapping of str to str
        SHA-256 of each table.
    """

    folder: str
    shape: Shape
    steps: Steps
    gain: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    inflow: Floats
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> int:
        """Number of flows to be chosen."""
        return int(self.cost.size)
