"""The river as a list of places in the order water passes them, with what reaches and leaves each."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray


class Place(NamedTuple):
    """A node with the numbers of what belongs to it."""

    node: int  # number of the node
    kind: str  # kind of the node
    body: int | None  # number of its reservoir or lake
    reaching: list[int]  # links that end here
    decided: list[int]  # links leaving here whose flow the plan decides
    following: list[int]  # links leaving here that take what is left
    demands: list[int]  # demands supplied here


def numbers(inputs: xr.Dataset, name: str, dim: str) -> NDArray[np.int64]:
    """Places on a dimension of the labels in a variable; those of blank labels are left out."""
    order = {label: place for place, label in enumerate(inputs.variables[dim].values.tolist())}
    return np.array([order[label] for label in inputs.variables[name].values.tolist() if label], dtype=np.int64)


def decided_links(inputs: xr.Dataset) -> list[int]:
    """Links whose flow is a decision: canals, and all that leaves a reservoir or lake."""
    from_body = np.isin(inputs.variables["link_from"].values, inputs.variables["reservoir"].values)
    return np.flatnonzero(from_body | (inputs.variables["link_kind"].values == "canal")).tolist()


def _in_order(nodes: list[str], starts: list[str], ends: list[str]) -> list[str]:
    """Order nodes so that each comes after all from which a link reaches it."""
    above: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in zip(starts, ends, strict=True):
        above[end].append(start)
    return list(TopologicalSorter(above).static_order())


def places_in_order(inputs: xr.Dataset) -> list[Place]:
    """List the nodes so that each comes after all that flow into it; canals may lead back."""
    nodes, starts, ends = (inputs.variables[name].values.tolist() for name in ("node", "link_from", "link_to"))
    canals = inputs.variables["link_kind"].values == "canal"
    try:
        order = _in_order(nodes, starts, ends)
    except CycleError:  # water that canals take in a circle is decided, and known before its upper node is passed
        try:
            order = _in_order(nodes, *(np.array(side)[~canals].tolist() for side in (starts, ends)))
        except CycleError as error:
            raise ValueError(say("basin.circle", nodes=" -> ".join(reversed(error.args[1])))) from error
    decided = set(decided_links(inputs))
    bodies = {name: number for number, name in enumerate(inputs.variables["reservoir"].values.tolist())}
    kinds, users = inputs.variables["node_kind"].values.tolist(), inputs.variables["demand_node"].values.tolist()

    def place(node: str) -> Place:
        leaving = [link for link, start in enumerate(starts) if start == node]
        return Place(
            node=nodes.index(node),
            kind=kinds[nodes.index(node)],
            body=bodies.get(node),
            reaching=[link for link, end in enumerate(ends) if end == node],
            decided=[link for link in leaving if link in decided],
            following=[link for link in leaving if link not in decided],
            demands=[demand for demand, at in enumerate(users) if at == node],
        )

    return [place(node) for node in order]
