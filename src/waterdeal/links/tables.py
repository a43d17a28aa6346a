"""Read a large network from a folder of flat tables: every table, every problem, one error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import FileProblem, Problem
from waterdeal.links.assemble import check_ends, lay_out, make_shape
from waterdeal.links.check import check_pieces, check_rows
from waterdeal.links.columns import EXPANDED, INFLOWS, LINKS, NODES, STEPS
from waterdeal.links.expanded import expanded_rows, free_nodes
from waterdeal.links.gathered import Gathered
from waterdeal.links.large_csv import Cells, file_digest, find_table, read_cells, read_header
from waterdeal.links.network import LinkNetwork, Steps
from waterdeal.links.rows import flat_rows, order_steps, step_numbers
from waterdeal.links.step_table import read_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.columns import Column
    from waterdeal.links.rows import LinkRows

    Floats = NDArray[np.float64]
    Texts = NDArray[np.str_]

_MISSING = "Add it; its columns are in the reference of network tables."


def read_network(folder: Path | str) -> LinkNetwork:
    """Read and check the tables of a large network.

    Parameters
    ----------
    folder : pathlib.Path or str
        Folder laid out as in docs/reference/network-tables.md.

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
    if not root.is_dir():
        message = f"{root} is not a folder. Name a folder with links.csv and inflows.csv."
        raise FileProblem(message)
    found = Gathered()
    files = {name: path for name in ("links", "nodes", "inflows", "steps") if (path := find_table(root, name)) is not None}
    expanded = "links" in files and {"i", "j"} <= set(read_header(files["links"]))
    for name in ("links",) if expanded else ("links", "inflows"):
        if name not in files:
            found.add(Problem(f"{name}.csv", None, "", "the file is missing", _MISSING))
    kinds: dict[str, Sequence[Column]] = {"nodes": NODES, "inflows": INFLOWS, "steps": STEPS, "links": EXPANDED if expanded else LINKS}
    cells = {name: table for name, path in files.items() if (table := read_cells(path, kinds[name], found)) is not None}
    if "links" not in cells:
        found.raise_any(root)
    steps = read_steps(cells["steps"], found) if "steps" in cells else _steps_of(cells, found)
    rows = expanded_rows(cells["links"], found) if expanded else flat_rows(cells["links"], steps.labels, found)
    steps = Steps(rows.steps) if expanded else steps
    digests = {path.name: file_digest(path) for path in files.values()}
    return _network(root, rows, steps, cells, digests, found)


def _network(
    root: Path, rows: LinkRows, steps: Steps, cells: Mapping[str, Cells], digests: Mapping[str, str], found: Gathered
) -> LinkNetwork:
    """Check rows against one another and lay them out."""
    kinds = _node_kinds(cells["nodes"], found) if "nodes" in cells else free_nodes(rows) if rows.absent_is_closed else {}
    known = cells["nodes"].names["node"].labels if "nodes" in cells else None
    nodes = rows.nodes if known is None else known
    check_rows(rows, known, found)
    inflow = _inflow(cells["inflows"], nodes, steps, found) if "inflows" in cells else np.zeros((len(nodes), len(steps.labels)))
    if not len(rows.link):
        found.add(Problem(rows.cells.file, None, "", "the table has no row", "Add a link."))
    found.raise_any(root)
    shape, segment = make_shape(rows, nodes, kinds)
    figures = lay_out(rows, shape, segment, found)
    check_pieces(rows, shape, figures, found)
    check_ends(rows, shape, inflow, found)
    for node in np.flatnonzero(~shape.balanced & (inflow != 0).any(axis=1)).tolist():
        told = f'"{shape.nodes[node]}" is a source or sink, where inflow counts for nothing'
        found.add(Problem("inflows.csv", None, "node", told, "Give it to the node the water reaches first."))
    found.raise_any(root)
    return LinkNetwork(str(root), shape, steps, **figures, inflow=inflow, digests=digests)


def _steps_of(cells: Mapping[str, Cells], found: Gathered) -> Steps:
    """Take the steps from the tables that name them."""
    labels = {str(label) for table in cells.values() if "step" in table.names for label in table.names["step"].labels}
    ordered = order_steps(labels)
    if ordered is None:
        told = f"steps such as {', '.join(sorted(labels)[:3])} do not tell their order"
        found.add(Problem("steps.csv", None, "step", told, "Add steps.csv with the steps in order, or label them 2026-04 or 1, 2, 3."))
    return Steps(ordered or tuple(sorted(labels)))


def _node_kinds(cells: Cells, found: Gathered) -> dict[str, str]:
    """Kind of each node."""
    node, kind = cells.names["node"], cells.names["kind"]
    words = NODES[1].choices
    strange = np.append(~np.isin(kind.labels, words), False)[kind.code]
    found.add_where(strange, lambda at: cells.problem(at, "kind", f'"{kind[at]}" is not a kind', did_you_mean(kind[at], words)))
    _, first = np.unique(node.code, return_index=True)
    again = np.ones(len(node.code), dtype=bool)
    again[first] = False
    found.add_where(
        again & (node.code >= 0), lambda at: cells.problem(at, "node", f'"{node[at]}" stands here a second time', "Keep one row.")
    )
    return {node[at]: kind[at] for at in range(len(node.code))}


def _inflow(cells: Cells, nodes: Texts, steps: Steps, found: Gathered) -> Floats:
    """Inflow by (node, step): rows for every step below, rows for one step on top, nothing elsewhere."""
    names = cells.names["node"]
    known = np.isin(names.labels, nodes)
    is_known = np.append(known, False)[names.code]
    found.add_where(
        ~is_known & (names.code >= 0),
        lambda at: cells.problem(at, "node", f'"{names[at]}" is not a node of the network', did_you_mean(names[at], nodes.tolist())),
    )
    node = np.append(np.where(known, np.searchsorted(nodes, names.labels), 0), 0)[names.code]
    step = step_numbers(cells, steps.labels, found)
    key = np.where(is_known, node * (len(steps.labels) + 1) + step + 1, -1 - np.arange(len(node)))
    _, first = np.unique(key, return_index=True)
    again = np.ones(len(key), dtype=bool)
    again[first] = False
    told = "the inflow of this node and step stands here a second time"
    found.add_where(again, lambda at: cells.problem(at, "node", told, "Keep one row."))
    inflow = np.zeros((len(nodes), len(steps.labels)))
    always, once = is_known & (step < 0), is_known & (step >= 0)
    inflow[node[always]] = cells.numbers["inflow"][always][:, None]
    inflow[node[once], step[once]] = cells.numbers["inflow"][once]
    return inflow
