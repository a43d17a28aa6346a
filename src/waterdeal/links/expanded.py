"""Fold a table with time written out in its node names (``SR_SHA.1921-10-31``) back into links by step.

California's tables (CALVIN) come like this: one row ``i,j,k,cost,amplitude,lower_bound,upper_bound`` a link, piece and month. Storage is
a link from a month to the next. Their flow is what *arrives*; here a flow is what enters, so bounds and costs are converted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.links.rows import LinkRows, filled, whole_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.links.gathered import Gathered
    from waterdeal.links.large_csv import Cells, Names

    Ints = NDArray[np.int64]
    Texts = NDArray[np.str_]

#: the super nodes, which need not balance
SUPER = {"SOURCE": "source", "SINK": "sink"}
#: an upper bound from which it is none
ENDLESS = 1e12

_NODE = re.compile(r"(.+)\.(\d{4}-\d{2}(?:-\d{2})?)")


def expanded_rows(cells: Cells, found: Gathered) -> LinkRows:
    """Make rows of a table whose nodes carry dates.

    Parameters
    ----------
    cells : Cells
        The table.
    found : Gathered
        Gathers nodes whose date cannot be told, and links that run back in time.

    Returns
    -------
    LinkRows
        One a row of the table.
    """
    start_node, start_date = _split(cells.names["i"])
    end_node, end_date = _split(cells.names["j"])
    nodes = np.union1d(start_node[1], end_node[1])
    steps = sorted({*start_date[1], *end_date[1]}) or ["1"]
    start, end = (np.searchsorted(nodes, labels)[code] for code, labels in (start_node, end_node))
    began, ended = (np.append(np.searchsorted(steps, labels), -1)[code] for code, labels in (start_date, end_date))
    began, ended = _dated(nodes, (start, end), (began, ended))
    _check_dates(cells, (began, ended), found)
    step = np.maximum(np.where(began >= 0, began, ended), 0)
    lag = np.where((began >= 0) & (ended >= 0), np.maximum(ended - began, 0), 0)
    link, links = _links(nodes, start, end, lag)
    amplitude = filled(cells, "amplitude")
    share = np.where(amplitude > 0, amplitude, 1.0)
    upper = filled(cells, "upper_bound")
    return LinkRows(
        cells=cells,
        columns={"from": "i", "to": "j", "piece": "k", "gain": "amplitude", "lower": "lower_bound"},
        links=links,
        nodes=nodes,
        steps=tuple(steps),
        link=link,
        start=start,
        end=end,
        step=step,
        piece=whole_numbers(cells, "k", found),
        lag=lag,
        gain=amplitude,
        lower=filled(cells, "lower_bound") / share,
        upper=np.where(upper >= ENDLESS, np.inf, upper) / share,
        cost=filled(cells, "cost") * share,
        absent_is_closed=True,
    )


def _split(names: Names) -> tuple[tuple[Ints, Texts], tuple[Ints, list[str]]]:
    """Split node names into place and date; the code of a date is -1 where there is none. Each name is looked at once, not each row."""
    matches = [_NODE.fullmatch(label) for label in names.labels.tolist()]
    places = [match[1] if match else label for match, label in zip(matches, names.labels.tolist(), strict=True)]
    place_code, place_labels = pd.factorize(np.array(places, dtype=object), sort=True)
    date_code, date_labels = pd.factorize(np.array([match[2] if match else None for match in matches], dtype=object), sort=True)
    place = np.append(place_code, -1)[names.code], np.array(place_labels.tolist(), dtype=str)
    return place, (np.append(date_code, -1)[names.code], [str(label) for label in date_labels])


def _dated(nodes: Texts, ends: tuple[Ints, Ints], dates: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Give a node without date that borders on one date only, such as INITIAL, that date; super nodes have none."""
    (start, end), (began, ended) = ends, dates
    first, last = np.full(len(nodes), np.iinfo(np.int64).max), np.full(len(nodes), -1)
    for undated, at, other in ((began < 0, start, ended), (ended < 0, end, began)):
        known = undated & (other >= 0)
        np.minimum.at(first, at[known], other[known])
        np.maximum.at(last, at[known], other[known])
    settled = np.where((first == last) & ~np.isin(nodes, list(SUPER)), last, -1)
    return np.where(began < 0, settled[start], began), np.where(ended < 0, settled[end], ended)


def free_nodes(rows: LinkRows) -> dict[str, str]:
    """Name the nodes of a table with dates that need not balance: the super nodes.

    Parameters
    ----------
    rows : LinkRows
        The rows.

    Returns
    -------
    dict of str to str
        ``source`` or ``sink`` by node.
    """
    return {name: kind for name, kind in SUPER.items() if name in set(rows.nodes.tolist())}


def _check_dates(cells: Cells, dates: tuple[Ints, Ints], found: Gathered) -> None:
    """Report links that run back in time, and nodes that balance over several dates at once."""
    began, ended = dates
    _check_dated(cells, "i", began, found)
    _check_dated(cells, "j", ended, found)
    back = (began >= 0) & (ended >= 0) & (ended < began)
    found.add_where(back, lambda at: cells.problem(at, "j", "the link runs back in time", "Let it end at the same date or later."))


def _check_dated(cells: Cells, field: str, date: Ints, found: Gathered) -> None:
    """Report nodes of one end that have no date."""
    names = cells.names[field]
    is_super = np.append(np.isin(names.labels, list(SUPER)), True)[names.code]
    expected = "Write a date behind it, as in NODE.1921-10-31; only SOURCE and SINK stand for all dates."
    found.add_where((date < 0) & ~is_super, lambda at: cells.problem(at, field, f'"{names[at]}" has no date', expected))


def _links(nodes: Texts, start: Ints, end: Ints, lag: Ints) -> tuple[Ints, Texts]:
    """Number the links, and name them after their nodes; the lag stands behind where it tells two apart."""
    keys, link = np.unique((start * len(nodes) + end) * (lag.max(initial=0) + 1) + lag, return_inverse=True)
    pairs, lags = np.divmod(keys, lag.max(initial=0) + 1)
    shared = np.isin(pairs, pairs[:-1][np.diff(pairs) == 0])
    names = [
        f"{nodes[pair // len(nodes)]}-{nodes[pair % len(nodes)]}{f'+{later}' if double else ''}"
        for pair, later, double in zip(pairs.tolist(), lags.tolist(), shared.tolist(), strict=True)
    ]
    labels, rank = np.unique(np.array(names, dtype=str), return_inverse=True)
    return rank[link], labels
