"""Check the rows of a table of links against one another, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.links.large_csv import Names, repeated
from waterdeal.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.errors import Problem
    from waterdeal.links.large_csv import Gathered
    from waterdeal.links.network import Shape
    from waterdeal.links.rows import LinkRows
    from waterdeal.types import Floats, Ints, Texts


def check_rows(rows: LinkRows, known: Texts | None, found: Gathered) -> None:
    """Report rows that cannot be: bounds, gains, nodes, rows of one link that differ, rows that stand twice."""
    cells, columns = rows.cells, rows.columns
    found.add_rows(cells, rows.gain <= 0, columns["gain"], "networks.no_gain", value=rows.gain)
    found.add_rows(cells, rows.lower > rows.upper, columns["lower"], "networks.crossed", lower=rows.lower, upper=rows.upper)
    found.add_rows(cells, (rows.start == rows.end) & (rows.lag == 0) & (rows.start >= 0), columns["to"], "networks.loop")
    if known is not None:
        for end, node in (("from", rows.start), ("to", rows.end)):
            strange = np.append(~np.isin(rows.nodes, known), False)[node]
            found.add_strange(cells, strange, columns[end], "networks.not_in_nodes", Names(node, rows.nodes), known.tolist())
    _check_one_way(rows, found)
    _check_twice(rows, found)


def first_rows(link: Ints, count: int) -> Ints:
    """Return the first row of each link."""
    first = np.zeros(count + 1, dtype=np.int64)
    first[link[::-1]] = np.arange(len(link))[::-1]
    return first[:count]


def _check_one_way(rows: LinkRows, found: Gathered) -> None:
    """Report rows of one link that differ in nodes or lag."""
    first = np.append(first_rows(rows.link, len(rows.links)), 0)[rows.link]
    told = {"link": Names(rows.link, rows.links), "row": rows.cells.line[first]}
    for name, values in (("from", rows.start), ("to", rows.end), ("lag", rows.lag)):
        field, wrong = rows.columns.get(name, name), (values != values[first]) & (rows.link >= 0)
        found.add_rows(rows.cells, wrong, field, "networks.differs", **told, field=np.full(len(first), field))


def _check_twice(rows: LinkRows, found: Gathered) -> None:
    """Report a link, piece and step that stand twice."""
    pieces, steps = int(rows.piece.max(initial=0)) + 1, len(rows.steps) + 1
    key = (np.maximum(rows.link, 0) * pieces + np.maximum(rows.piece, 0)) * steps + rows.step + 1
    step = np.array([*rows.steps, say("networks.every_step")], dtype=object)[rows.step]
    told = {"link": Names(rows.link, rows.links), "piece": rows.piece, "step": step}
    found.add_rows(rows.cells, repeated(key) & (rows.link >= 0), rows.columns["piece"], "networks.link_twice", **told)


def check_pieces(rows: LinkRows, shape: Shape, figures: dict[str, Floats], found: Gathered) -> None:
    """Report links whose cost falls from one piece to the next, or whose pieces have different gains."""
    link, cost, gain = shape.segment_link, figures["cost"], figures["gain"]
    position = np.arange(len(link)) - shape.first_segments[link]
    highest = np.full(cost.shape, -np.inf)
    open_ = figures["upper"] > figures["lower"]  # a piece that cannot vary costs what it costs
    for place in range(int(position.max(initial=0)) + 1):
        at = np.flatnonzero(position == place)
        before = highest[at - 1] if place else highest[at]
        highest[at] = np.where(open_[at], np.maximum(before, cost[at]), before)
    _tell_pieces(rows, shape, open_ & (cost < highest), "cost", "networks.cost_falls", found)
    other = (position[:, None] > 0) & (figures["upper"] > 0) & (gain != gain[shape.first_segments[link]])
    other &= (figures["upper"] > 0)[shape.first_segments[link]]
    _tell_pieces(rows, shape, other, rows.columns["gain"], "networks.gain_differs", found)


def _tell_pieces(rows: LinkRows, shape: Shape, wrong: NDArray[np.bool_], field: str, key: str, found: Gathered) -> None:
    """Report segments and steps by name, at the row they stand in."""

    def told(place: int) -> Problem:
        segment, step = divmod(place, wrong.shape[1])
        same = (rows.link == shape.segment_link[segment]) & (rows.piece == shape.segment_piece[segment])
        at = np.flatnonzero(same & ((rows.step == step) | (rows.step < 0)))
        row = int(at[np.argmax(rows.step[at])])
        return rows.cells.problem(row, field, key, **shape.named(segment), step=rows.steps[step])

    found.add_where(wrong.ravel(), told)
