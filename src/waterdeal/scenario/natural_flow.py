"""What would pass a link if nobody stored or took water: runoff carried down the river, its reach losses taken off.

Water follows river links only; canals and spillways are works of people. A share is well defined where all ways down the river from
a node bring the same part of its water to the link. Where they differ (an arm that leaves for elsewhere), nothing is guessed.
"""

from __future__ import annotations

from contextlib import suppress
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin

    Floats = NDArray[np.float64]

#: mean days of a month, leap years included
MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
#: two ways down the river bring the same if their shares differ by less
SAME = 1e-9


def arriving_shares(basin: Basin, link: str) -> dict[str, float]:
    """Share of the water that appears at each node and would enter a link.

    Parameters
    ----------
    basin : Basin
        The basin; its links have no loop.
    link : str
        A river link.

    Returns
    -------
    dict of str to float
        By node: 1 where the link leaves it, less above by the losses of reaches, 0 where no river leads to it.

    Raises
    ------
    ValueError
        If the link is not a river, or water upstream has two ways that bring different shares.
    """
    links = basin.table("links").set_index("link")
    rivers = links[links["kind"] == "river"]
    if link not in rivers.index:
        message = f"{link} is not a river link"
        raise ValueError(message)
    start = str(rivers["from_node"][link])
    ways: dict[str, list[tuple[str, float]]] = {}
    for name, row in rivers.iterrows():
        lost = 0.0 if np.isnan(row["loss_fraction"]) else float(row["loss_fraction"])
        ways.setdefault(str(row["from_node"]), []).append((str(row["to_node"]), 1.0 - lost))
        if str(row["from_node"]) == start and name != link:
            message = f"the river parts at {start}, where {link} begins"
            raise ValueError(message)
    shares = {start: 1.0}
    for node in _upstream_last(ways):
        if node != start:
            shares[node] = _share_of(node, [part * shares.get(below, 0.0) for below, part in ways.get(node, [])], link)
    return {node: share for node, share in shares.items() if share > 0}


def _upstream_last(ways: dict[str, list[tuple[str, float]]]) -> list[str]:
    """List nodes so that what lies below a node comes before it."""
    return list(TopologicalSorter({node: [below for below, _ in links] for node, links in ways.items()}).static_order())


def _share_of(node: str, shares: list[float], link: str) -> float:
    """Return the share that all ways from a node agree on."""
    if not shares:
        return 0.0
    if max(shares) - min(shares) > SAME:
        message = f"the river parts at {node}, and its arms bring different shares to {link}"
        raise ValueError(message)
    return shares[0]


def natural_means(basin: Basin, link: str) -> Floats:
    """Natural mean flow of each month where a link begins.

    Parameters
    ----------
    basin : Basin
        A basin with hydrology of the class ``mean``.
    link : str
        A river link.

    Returns
    -------
    numpy.ndarray
        m3/s, January first, shape (12,): sum over nodes of the mean runoff times the share that arrives, without delay.

    Raises
    ------
    ValueError
        If the basin has no class ``mean``, or the shares are not defined.
    """
    if "mean" not in basin.runoff["year_class"].values.tolist():
        message = "the basin's hydrology has no class mean"
        raise ValueError(message)
    shares = arriving_shares(basin, link)
    runoff = basin.runoff.sel(year_class="mean")
    weights = np.array([shares.get(node, 0.0) for node in runoff["node"].values.tolist()])
    return np.asarray(weights @ runoff.values, dtype=float)


def natural_shares(basin: Basin, links: Sequence[str]) -> Floats:
    """Return the share of what appears at each node that would enter links, by (link, node); NaN where it is not defined."""
    nodes = basin.ids("nodes")
    found = np.full((len(links), len(nodes)), np.nan)
    for place, link in enumerate(links):
        with suppress(ValueError):
            shares = arriving_shares(basin, link)
            found[place] = [shares.get(node, 0.0) for node in nodes]
    return found


def yearly_mean(months: Floats) -> float:
    """Mean of a year of monthly mean rates, each by the days of its month."""
    return float((months * MONTH_DAYS).sum() / MONTH_DAYS.sum())
