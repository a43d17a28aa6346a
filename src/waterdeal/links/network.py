"""A large network as arrays: what its tables say, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from waterdeal.types import Days, Floats, Ints, Texts


@dataclass(frozen=True)
class Shape:
    """Who is linked to whom."""

    nodes: Texts  # names of nodes, sorted
    balanced: NDArray[np.bool_]  # whether all water that reaches the node leaves it: not so for sources and sinks
    links: Texts  # names of links, sorted
    start: Ints
    end: Ints
    lag: Ints  # steps after which the water of a link arrives
    segment_link: Ints
    segment_piece: Ints

    @property
    def first_segments(self) -> Ints:
        """First segment of each link."""
        return np.flatnonzero(np.diff(self.segment_link, prepend=-1))

    def named(self, segment: int) -> dict[str, object]:
        """Link and piece of a segment, as problems tell them."""
        return {"link": self.links[self.segment_link[segment]], "piece": self.segment_piece[segment]}


@dataclass(frozen=True)
class Steps:
    """Steps in order."""

    labels: tuple[str, ...]  # their labels
    start: Days | None = None
    end: Days | None = None


@dataclass(frozen=True)
class Limits:
    """What several links may carry in all over some steps."""

    names: Texts  # names of limits, sorted
    first: Ints  # first and last step of each
    last: Ints
    upper: Floats
    limit: Ints  # limit, link and what its water counts, one entry a pair of them
    link: Ints
    factor: Floats


@dataclass(frozen=True)
class LinkNetwork:
    """A network to be solved for the least cost."""

    folder: str  # where it was read from
    shape: Shape  # nodes, links and pieces
    steps: Steps  # steps in order
    gain: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    inflow: Floats  # by (node, step), hm3
    digests: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of each table
    limits: Limits | None = None
    left: tuple[str, ...] = ()  # what of a model of another tool is not carried

    @property
    def columns(self) -> int:
        """Number of flows to be chosen."""
        return int(self.cost.size)
