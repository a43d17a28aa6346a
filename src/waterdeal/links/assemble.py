"""Lay the rows of a table of links out by segment and step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Problem
from waterdeal.links.check import first_rows
from waterdeal.links.network import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from waterdeal.links.gathered import Gathered
    from waterdeal.links.rows import LinkRows

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.str_]

#: figures of a segment that is not there in a step
CLOSED = {"gain": 1.0, "lower": 0.0, "upper": 0.0, "cost": 0.0}


def make_shape(rows: LinkRows, nodes: Texts, kinds: Mapping[str, str]) -> tuple[Shape, Ints]:
    """Make the shape of a network, and the segment of each row.

    Parameters
    ----------
    rows : LinkRows
        Checked rows.
    nodes : numpy.ndarray of str
        All nodes, sorted.
    kinds : mapping of str to str
        Kind of the nodes that are named in the table of nodes.

    Returns
    -------
    shape, segment
        The shape, and one number a row.
    """
    pieces = int(rows.piece.max(initial=0)) + 1
    keys, segment = np.unique(rows.link * pieces + rows.piece, return_inverse=True)
    first = first_rows(rows.link, len(rows.links))
    place = np.searchsorted(nodes, rows.nodes)
    balanced = np.array([kinds.get(name, "junction") == "junction" for name in nodes.tolist()], dtype=bool)
    shape = Shape(
        nodes=nodes,
        balanced=balanced,
        links=rows.links,
        start=place[rows.start[first]],
        end=place[rows.end[first]],
        lag=rows.lag[first],
        segment_link=keys // pieces,
        segment_piece=keys % pieces,
    )
    return shape, segment


def lay_out(rows: LinkRows, shape: Shape, segment: Ints, found: Gathered) -> dict[str, Floats]:
    """Lay the figures out by (segment, step), rows for every step below, rows for one step on top.

    Parameters
    ----------
    rows : LinkRows
        Checked rows.
    shape : Shape
        The network.
    segment : numpy.ndarray
        Segment of each row.
    found : Gathered
        Gathers steps that have no row.

    Returns
    -------
    dict of str to numpy.ndarray
        ``gain``, ``lower``, ``upper`` and ``cost``.
    """
    size = len(shape.segment_link), len(rows.steps)
    always = np.flatnonzero(rows.step < 0)
    once = np.flatnonzero(rows.step >= 0) if len(always) else slice(None)
    there = np.zeros(size, dtype=bool)
    there[segment[always]] = True
    there[segment[once], rows.step[once]] = True
    if not rows.absent_is_closed:
        _check_absent(rows, shape, there, found)
    figures = {}
    for name, closed in CLOSED.items():
        values: Floats = getattr(rows, name)
        laid = np.full(size, closed)
        laid[segment[always]] = values[always][:, None]
        laid[segment[once], rows.step[once]] = values[once]
        figures[name] = laid
    return figures


def _check_absent(rows: LinkRows, shape: Shape, there: NDArray[np.bool_], found: Gathered) -> None:
    """Report segments that have no row for a step."""
    if there.all():
        return
    expected = "Add it, or a row whose step is blank for all steps without one of their own."

    def problem(place: int) -> Problem:
        segment, step = divmod(place, there.shape[1])
        name, piece = shape.links[shape.segment_link[segment]], shape.segment_piece[segment]
        return Problem(rows.cells.file, None, "step", f'link "{name}", piece {piece} has no row for step {rows.steps[step]}', expected)

    found.add_where(~there.ravel(), problem)


def check_ends(rows: LinkRows, shape: Shape, inflow: Floats, found: Gathered) -> None:
    """Report nodes that must balance but that water never reaches, or never leaves.

    Parameters
    ----------
    rows : LinkRows
        The rows, for messages.
    shape : Shape
        The network.
    inflow : numpy.ndarray
        By (node, step).
    found : Gathered
        Gathers what is wrong.
    """
    count = len(shape.nodes)
    sends = np.bincount(shape.start, minlength=count) > 0
    gets = (np.bincount(shape.end, minlength=count) > 0) | (inflow != 0).any(axis=1)
    first = first_rows(rows.link, len(rows.links))
    for wrong, ends, field, told, kind in (
        (shape.balanced & gets & ~sends, shape.end, "to", "no link leaves", "sink"),
        (shape.balanced & sends & ~gets, shape.start, "from", "no water reaches", "source"),
    ):
        for node in np.flatnonzero(wrong).tolist():
            links = np.flatnonzero(ends == node)
            line = int(rows.cells.line[first[links[0]]]) if links.size else None
            remedy = f"Call it a {kind} in nodes.csv, or add what is missing."
            found.add(Problem(rows.cells.file, line, rows.columns[field], f'{told} node "{shape.nodes[node]}", which must balance', remedy))
