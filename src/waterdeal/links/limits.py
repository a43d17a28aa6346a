"""Limits on what several links carry in all over some steps, such as licences: read, and taken from a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.links.large_csv import Names
from waterdeal.links.network import Limits
from waterdeal.links.rows import filled, step_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.links.large_csv import Cells, Gathered
    from waterdeal.links.network import LinkNetwork
    from waterdeal.types import Floats, Ints, Texts


def read_limits(cells: Cells, links: Texts, steps: tuple[str, ...], found: Gathered) -> Limits:
    """Read the table of limits: one row a limit and link."""
    names, named = cells.names["limit"], cells.names["link"]
    strange = named.each(~np.isin(named.labels, links), False)
    found.add_strange(cells, strange, "link", "networks.not_link", named, links.tolist())
    first, last = (step_numbers(cells, steps, found, field) for field in ("first", "last"))
    first, last = np.maximum(first, 0), np.where(last < 0, len(steps) - 1, last)
    found.add_rows(cells, last < first, "last", "networks.limit_back")
    upper, limit = cells.numbers["upper"], np.maximum(names.code, 0)
    leading = np.unique(limit, return_index=True)[1]
    told = {"limit": Names(names.code, names.labels), "row": cells.line[leading[limit]]}
    for field, values in (("first", first), ("last", last), ("upper", upper)):
        wrong = values != values[leading[limit]]
        found.add_rows(cells, wrong, field, "networks.limit_differs", **told, field=np.full(len(limit), field))
    found.add_rows(cells, _twice(limit, named.code), "link", "networks.limit_twice", limit=names, link=named)
    link = named.each(np.searchsorted(links, named.labels), 0)
    return Limits(names.labels, first[leading], last[leading], upper[leading], limit, link, filled(cells, "factor"))


def _twice(limit: Ints, link: Ints) -> NDArray[np.bool_]:
    """Tell which rows repeat a limit and link."""
    again = np.ones(len(limit), dtype=bool)
    again[np.unique(np.column_stack([limit, link]), axis=0, return_index=True)[1]] = False
    return again


def counted(network: LinkNetwork, flow: Floats) -> Floats:
    """Return what a plan uses of each limit, from the flows alone."""
    if network.limits is None:
        return np.zeros(0)
    limits, shape = network.limits, network.shape
    sums = np.cumsum(np.add.reduceat(flow, shape.first_segments, axis=0), axis=1)
    sums = np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)
    within = sums[limits.link, limits.last[limits.limit] + 1] - sums[limits.link, limits.first[limits.limit]]
    return np.bincount(limits.limit, weights=limits.factor * within, minlength=len(limits.names)).astype(float)
