"""Read a large network from a folder of flat tables: every table, every problem, one error."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.errors import BasinDataError, FileProblem, make_problem
from waterdeal.links.as_csv import as_csv
from waterdeal.links.check import check_pieces, check_rows, first_rows
from waterdeal.links.large_csv import Cells, Gathered, file_digest, find_table, read_cells, read_header, repeated
from waterdeal.links.limits import read_limits
from waterdeal.links.network import LinkNetwork, Shape, Steps
from waterdeal.links.pywr import read_pywr
from waterdeal.links.ribasim import read_ribasim
from waterdeal.links.rows import COLUMNS, LinkRows, filled, flat_rows, order_steps, step_numbers, whole_numbers
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from waterdeal.errors import Problem
    from waterdeal.links.large_csv import Names
    from waterdeal.links.models import ModelTables
    from waterdeal.types import Days, Floats, Ints, Texts


def read_steps(cells: Cells, found: Gathered) -> Steps:
    """Read the table of steps."""
    names = cells.names["step"]
    found.add_rows(cells, repeated(names.code) & (names.code >= 0), "step", "networks.twice", name=names)
    start, end = _days(cells, "start", found), _days(cells, "end", found)
    if start is not None:
        found.add_rows(cells, np.append(False, start[1:] <= start[:-1]), "start", "networks.not_after", start=start)
    if start is not None and end is not None:
        found.add_rows(cells, end < start, "end", "networks.ends_early", end=end)
        found.add_rows(cells, np.append(False, start[1:] <= end[:-1]), "start", "networks.overlaps", start=start)
    return Steps(tuple(names[at] for at in range(len(names.code))), start, end if start is not None else None)


#: days that every calendar here knows
FIRST_DAY, LAST_DAY = np.datetime64("1700-01-01"), np.datetime64("2200-12-31")


def _days(cells: Cells, field: str, found: Gathered) -> Days | None:
    """Days of a column; None where it is absent or blank throughout."""
    if field not in cells.names or (cells.names[field].code < 0).all():
        return None
    names = cells.names[field]
    parsed = pd.to_datetime(pd.Series(names.labels, dtype=object), format="%Y-%m-%d", errors="coerce").to_numpy()
    days = names.each(parsed, np.datetime64("NaT", "D")).astype("datetime64[D]")
    days[(days < FIRST_DAY) | (days > LAST_DAY)] = np.datetime64("NaT", "D")
    found.add_rows(cells, np.isnat(days), field, "networks.not_day", name=names)
    return days


#: the super nodes, which need not balance
SUPER = {"SOURCE": "source", "SINK": "sink"}
#: an upper bound from which it is none
ENDLESS = 1e12

#: models of other tools by the ending of their file
MODELS: Mapping[str, Callable[[Path], ModelTables]] = {".json": read_pywr, ".toml": read_ribasim}
_TABLES = ("links", "nodes", "inflows", "steps", "limits")
#: columns of numbers in any of the tables
NUMERIC = frozenset(column.name for columns in COLUMNS.values() for column in columns if column.kind == "number")
_NODE = re.compile(r"(.+)[.@](\d{4}-\d{2}(?:-\d{2})?)")


def expanded_rows(cells: Cells, found: Gathered) -> LinkRows:
    """Make rows of a table whose nodes carry dates; a fixed flow below zero is one the other way."""
    cells = _without_idle(cells)
    start_node, start_date = _split(cells.names["i"])
    end_node, end_date = _split(cells.names["j"])
    nodes = np.union1d(start_node[1], end_node[1])
    steps = sorted({*start_date[1], *end_date[1]}) or ["1"]
    ends: Any = [np.searchsorted(nodes, labels)[code] for code, labels in (start_node, end_node)]
    dates: Any = [np.append(np.searchsorted(steps, labels), -1)[code] for code, labels in (start_date, end_date)]
    amplitude, lower, upper = (filled(cells, name) for name in ("amplitude", "lower_bound", "upper_bound"))
    endless = upper >= ENDLESS
    dates, always = _dated(nodes, ends, dates, (lower == 0) & endless)
    _check_dates(cells, dates, always, found)
    back = (lower < 0) & (lower == upper) & (dates[0] == dates[1])
    found.add_rows(cells, (lower < 0) & ~back, "lower_bound", "networks.too_low", value=lower, low=np.zeros(len(lower)))
    share = np.where(amplitude > 0, amplitude, 1.0)
    gain = np.where(back & (amplitude > 0), 1 / share, amplitude)
    start, end = (np.where(back, ends[other], ends[one]) for one, other in ((0, 1), (1, 0)))
    step = np.where(always, -1, np.maximum(np.where(dates[0] >= 0, dates[0], dates[1]), 0))
    lag = np.where((dates[0] >= 0) & (dates[1] >= 0), np.maximum(dates[1] - dates[0], 0), 0)
    link, links = _links(nodes, start, end, lag)
    columns = {"from": "i", "to": "j", "piece": "k", "gain": "amplitude", "lower": "lower_bound"}
    return LinkRows(
        cells, columns, links=links, nodes=nodes, steps=tuple(steps), link=link, start=start, end=end, step=step, lag=lag,
        piece=whole_numbers(cells, "k", found), gain=gain, lower=np.where(back, -lower, lower / share),
        upper=np.where(back, -upper, np.where(endless, np.inf, upper) / share),
        cost=filled(cells, "cost") * np.where(back, -1.0, share), absent_is_closed=True,
    )  # fmt: skip


def _without_idle(cells: Cells) -> Cells:
    """Leave out rows free of bounds and costs within one super node, such as from ``SINK.1921-10-31`` to ``SINK``: they carry nothing."""
    (start, starts), (end, ends) = (_split(cells.names[column])[0] for column in "ij")
    within = np.zeros(len(cells.line), dtype=bool)
    for name in SUPER:
        within |= np.append(starts == name, False)[start] & np.append(ends == name, False)[end]
    free = (filled(cells, "lower_bound") == 0) & (filled(cells, "upper_bound") >= ENDLESS) & (filled(cells, "cost") == 0)
    return cells.where(~(within & free))


def _split(names: Names) -> tuple[tuple[Ints, Texts], tuple[Ints, list[str]]]:
    """Split node names into place and date; the code of a date is -1 where there is none. Each name is looked at once, not each row."""
    matches = [_NODE.fullmatch(label) for label in names.labels.tolist()]
    places = [match[1] if match else label for match, label in zip(matches, names.labels.tolist(), strict=True)]
    place_code, place_labels = pd.factorize(np.array(places, dtype=object), sort=True)
    date_code, date_labels = pd.factorize(np.array([match[2] if match else None for match in matches], dtype=object), sort=True)
    place = np.append(place_code, -1)[names.code], np.array(place_labels.tolist(), dtype=str)
    return place, (np.append(date_code, -1)[names.code], [str(label) for label in date_labels])


def _dated(nodes: Texts, ends: list[Ints], dates: list[Ints], free: NDArray[np.bool_]) -> tuple[list[Ints], NDArray[np.bool_]]:
    """Give nodes without date theirs, and tell which rows stand for every step.

    One that borders on one date only, such as INITIAL, has that date. One that borders on several, and gets or sends all its water by rows
    that are free of bounds and dates, such as the DBUGSRC of an export, is a node of its own in each date: those rows stand for every step.
    Super nodes have none.
    """
    (start, end), (began, ended) = ends, dates
    first, last = np.full(len(nodes), np.iinfo(np.int64).max), np.full(len(nodes), -1)
    for undated, at, other in ((began < 0, start, ended), (ended < 0, end, began)):
        known = undated & (other >= 0)
        np.minimum.at(first, at[known], other[known])
        np.maximum.at(last, at[known], other[known])
    is_super = np.isin(nodes, list(SUPER))
    settled = np.where((first == last) & ~is_super, last, -1)
    free = free & (began < 0) & (ended < 0) & (is_super[start] | is_super[end])
    mixed, bound_in, bound_out = (
        np.isin(np.arange(len(nodes)), np.concatenate(found))
        for found in ([start[began >= 0], end[ended >= 0]], [end[~free]], [start[~free]])
    )
    many = (first < last) & ~is_super & ~mixed & ~(bound_in & bound_out)
    begins, stops = (np.where(date < 0, settled[at], date) for date, at in ((began, start), (ended, end)))
    begins, stops = (np.where((date < 0) & many[at], other, date) for date, at, other in ((begins, start, stops), (stops, end, begins)))
    return [begins, stops], free & (many[start] | many[end])


def _check_dates(cells: Cells, dates: list[Ints], always: NDArray[np.bool_], found: Gathered) -> None:
    """Report links that run back in time, and nodes that have no date and so would balance over several at once."""
    began, ended = dates
    for field, date in (("i", began), ("j", ended)):
        names = cells.names[field]
        lone = (date < 0) & ~always & ~names.each(np.isin(names.labels, list(SUPER)), True)
        found.add_rows(cells, lone, field, "networks.no_date", name=names)
    found.add_rows(cells, (began >= 0) & (ended >= 0) & (ended < began), "j", "networks.back_in_time")


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


#: figures of a segment that is not there in a step
CLOSED = {"gain": 1.0, "lower": 0.0, "upper": 0.0, "cost": 0.0}


def make_shape(rows: LinkRows, nodes: Texts, kinds: Mapping[str, str]) -> tuple[Shape, Ints]:
    """Make the shape of a network, and the segment of each row."""
    pieces = int(rows.piece.max(initial=0)) + 1
    keys, segment = np.unique(rows.link * pieces + rows.piece, return_inverse=True)
    first = first_rows(rows.link, len(rows.links))
    start, end = (np.searchsorted(nodes, rows.nodes)[node[first]] for node in (rows.start, rows.end))
    balanced = np.array([kinds.get(name, "junction") == "junction" for name in nodes.tolist()], dtype=bool)
    return Shape(nodes, balanced, rows.links, start, end, rows.lag[first], keys // pieces, keys % pieces), segment


def lay_out(rows: LinkRows, shape: Shape, segment: Ints, found: Gathered) -> dict[str, Floats]:
    """Lay the figures out by (segment, step), rows for every step below, rows for one step on top."""
    size = len(shape.segment_link), len(rows.steps)
    there = _laid(np.zeros(size, dtype=bool), segment, rows.step, np.ones(len(segment), dtype=bool))
    if not (rows.absent_is_closed or there.all()):

        def told(place: int) -> Problem:
            at, step = divmod(place, size[1])
            return make_problem(rows.cells.file, None, "step", "networks.row_missing", **shape.named(at), step=rows.steps[step])

        found.add_where(~there.ravel(), told)
    return {name: _laid(np.full(size, closed), segment, rows.step, getattr(rows, name)) for name, closed in CLOSED.items()}


def _laid(onto: NDArray[Any], place: Ints, step: Ints, values: NDArray[Any]) -> NDArray[Any]:
    """Lay values of rows on (place, step): those for every step below, those for one step on top."""
    always = np.flatnonzero(step < 0)
    once = np.flatnonzero(step >= 0) if len(always) else slice(None)
    onto[place[always]] = values[always][:, None]
    onto[place[once], step[once]] = values[once]
    return onto


def check_ends(rows: LinkRows, shape: Shape, inflow: Floats, found: Gathered) -> None:
    """Report nodes that must balance but that no water reaches from anywhere, or that it can never leave for good."""
    given, taken = (inflow > 0).any(axis=1), (inflow < 0).any(axis=1)
    gets = _reached(~shape.balanced | given, shape.start, shape.end)
    lasts = np.bincount(shape.start[shape.lag > 0], minlength=len(shape.nodes)) > 0  # what arrives after the last step
    sends = _reached(~shape.balanced | taken | lasts, shape.end, shape.start)
    first = first_rows(rows.link, len(rows.links))
    for wrong, ends, field, key in (
        (shape.balanced & gets & ~sends, shape.end, "to", "networks.never_leaves"),
        (shape.balanced & ~gets, shape.start, "from", "networks.never_reached"),
    ):
        for node in np.flatnonzero(wrong).tolist():
            links = np.flatnonzero(ends == node)
            line = int(rows.cells.line[first[links[0]]]) if links.size else None
            found.add(rows.cells.file, line, rows.columns[field], key, node=shape.nodes[node])


def _reached(seen: NDArray[np.bool_], start: Ints, end: Ints) -> NDArray[np.bool_]:
    """Nodes that links lead to from some, those included; each link is looked at once."""
    order = np.argsort(start, kind="stable")
    borders, ends = np.searchsorted(start[order], np.arange(len(seen) + 1)), end[order]
    front = np.flatnonzero(seen)
    while len(front):
        spans = borders[front + 1] - borders[front]
        first = np.repeat(borders[front] - np.cumsum(spans) + spans, spans)
        ahead = np.unique(ends[first + np.arange(len(first))])
        front = ahead[~seen[ahead]]
        seen[front] = True
    return seen


def read_network(folder: Path | str) -> LinkNetwork:
    """Read and check the tables of a large network.

    Parameters
    ----------
    folder : pathlib.Path or str
        Folder laid out as in docs/reference/network-tables.md, or a model of pywr (JSON) or Ribasim (TOML).
        ``left`` tells what of a model is not carried.

    Returns
    -------
    LinkNetwork
        Checked, laid out by segment and step.

    Raises
    ------
    FileProblem
        If the folder or a table cannot be read.
    BasinDataError
        With every problem found in the tables.
    """
    root = Path(folder)
    if root.suffix.lower() in MODELS and root.is_file():
        return _network_of_model(root)
    if not root.is_dir():
        raise FileProblem(say("networks.no_folder", root=root))
    found = Gathered()
    files = {name: path for name in _TABLES if (path := find_table(root, name, found)) is not None}
    with tempfile.TemporaryDirectory() as folder_of_csv:
        plain = {name: as_csv(path, NUMERIC, Path(folder_of_csv)) for name, path in files.items()}
        return _network_of(root, files, plain, found)


def _network_of_model(path: Path) -> LinkNetwork:
    """Read a network from a model of another tool."""
    model = MODELS[path.suffix.lower()](path)
    if not model.links:
        told = [make_problem(path.name, None, "", "networks.nothing_carried", told=told) for told in model.left]
        raise BasinDataError(str(path), told or [make_problem(path.name, None, "", "networks.no_rows")])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in model.files().items():
            (Path(folder) / name).write_bytes(content)
        try:
            found = read_network(folder)
        except BasinDataError as error:
            raise BasinDataError(str(path), error.problems) from error
    return replace(found, folder=str(path), digests={path.name: file_digest(path)}, left=tuple(model.left))


def _network_of(root: Path, files: Mapping[str, Path], plain: Mapping[str, Path], found: Gathered) -> LinkNetwork:
    """Read a network from its tables in plain CSV."""
    expanded = "links" in plain and {"i", "j"} <= set(read_header(plain["links"]))
    for name in ("links",) if expanded else ("links", "inflows"):
        if name not in files:
            found.add(f"{name}.csv", None, "", "networks.file_missing")
    kinds = {name: COLUMNS["dated" if expanded and name == "links" else name] for name in files}
    cells = {name: table for name, path in plain.items() if (table := read_cells(path, kinds[name], found)) is not None}
    if "links" not in cells:
        found.raise_any(root)
    steps = read_steps(cells["steps"], found) if "steps" in cells else _steps_of(cells, found)
    rows = expanded_rows(cells["links"], found) if expanded else flat_rows(cells["links"], steps.labels, found)
    steps = Steps(rows.steps) if expanded else steps
    return _network(root, rows, steps, cells, {path.name: file_digest(path) for path in files.values()}, found)


def _network(
    root: Path, rows: LinkRows, steps: Steps, cells: Mapping[str, Cells], digests: Mapping[str, str], found: Gathered
) -> LinkNetwork:
    """Check rows against one another and lay them out."""
    kinds = _node_kinds(cells["nodes"], found) if "nodes" in cells else SUPER if rows.absent_is_closed else {}
    known = cells["nodes"].names["node"].labels if "nodes" in cells else None
    nodes = rows.nodes if known is None else known
    check_rows(rows, known, found)
    inflow = _inflow(cells["inflows"], nodes, steps, found) if "inflows" in cells else np.zeros((len(nodes), len(steps.labels)))
    if not len(rows.link):
        found.add(rows.cells.file, None, "", "networks.no_rows")
    found.raise_any(root)
    shape, segment = make_shape(rows, nodes, kinds)
    figures = lay_out(rows, shape, segment, found)
    if not rows.absent_is_closed:  # pieces of tables with dates are links beside one another, each with its own cost and gain
        check_pieces(rows, shape, figures, found)
    check_ends(rows, shape, inflow, found)
    for node in np.flatnonzero(~shape.balanced & (inflow != 0).any(axis=1)).tolist():
        found.add("inflows.csv", None, "node", "networks.idle_inflow", node=shape.nodes[node])
    limits = read_limits(cells["limits"], shape.links, steps.labels, found) if "limits" in cells else None
    found.raise_any(root)
    gain, lower, upper, cost = (figures[name] for name in ("gain", "lower", "upper", "cost"))
    return LinkNetwork(str(root), shape, steps, gain, lower, upper, cost, inflow, digests, limits)


def _steps_of(cells: Mapping[str, Cells], found: Gathered) -> Steps:
    """Take the steps from the tables that name them."""
    labels = {str(label) for table in cells.values() if "step" in table.names for label in table.names["step"].labels}
    ordered = order_steps(labels)
    if ordered is None:
        found.add("steps.csv", None, "step", "networks.unordered", steps=", ".join(sorted(labels)[:3]))
    return Steps(ordered or tuple(sorted(labels)))


def _node_kinds(cells: Cells, found: Gathered) -> dict[str, str]:
    """Kind of each node."""
    node, kind = cells.names["node"], cells.names["kind"]
    (words,) = (column.choices for column in COLUMNS["nodes"] if column.name == "kind")
    found.add_strange(cells, kind.each(~np.isin(kind.labels, words), False), "kind", "networks.not_kind", kind, words)
    found.add_rows(cells, repeated(node.code) & (node.code >= 0), "node", "networks.twice", name=node)
    return {node[at]: kind[at] for at in range(len(node.code))}


def _inflow(cells: Cells, nodes: Texts, steps: Steps, found: Gathered) -> Floats:
    """Inflow by (node, step): rows for every step below, rows for one step on top, nothing elsewhere."""
    names = cells.names["node"]
    is_known = names.each(np.isin(names.labels, nodes), False)
    found.add_strange(cells, ~is_known & (names.code >= 0), "node", "networks.not_in_network", names, nodes.tolist())
    node = names.each(np.searchsorted(nodes, names.labels), 0)
    step = step_numbers(cells, steps.labels, found)
    key = np.where(is_known, node * (len(steps.labels) + 1) + step + 1, -1 - np.arange(len(node)))
    found.add_rows(cells, repeated(key), "node", "networks.inflow_twice")
    return _laid(np.zeros((len(nodes), len(steps.labels))), node[is_known], step[is_known], cells.numbers["inflow"][is_known])
