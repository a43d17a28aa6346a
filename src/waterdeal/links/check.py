"""Check the rows of a table of links against one another, all at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.errors import Problem
    from waterdeal.links.gathered import Gathered
    from waterdeal.links.network import Shape
    from waterdeal.links.rows import LinkRows
    from waterdeal.types import Floats, Ints, Texts


def check_rows(rows: LinkRows, known: Texts | None, found: Gathered) -> None:
    """Report rows that cannot be: bounds, gains, nodes, rows of one link that differ, rows that stand twice."""
    cells, gain = rows.cells, rows.columns["gain"]
    found.add_where(
        rows.gain <= 0,
        lambda at: cells.problem(at, gain, say("networks.no_gain", value=rows.gain[at]), say("networks.expected_share_above_0")),
    )
    expected = say("networks.raise_upper_bound_lower")
    found.add_where(
        rows.lower > rows.upper,
        lambda at: cells.problem(
            at, rows.columns["lower"], say("networks.above_upper_bound", value=rows.lower[at], value_2=rows.upper[at]), expected
        ),
    )
    loop = (rows.start == rows.end) & (rows.lag == 0) & (rows.start >= 0)
    expected = say("networks.give_lag_1_so")
    found.add_where(loop, lambda at: cells.problem(at, rows.columns["to"], say("networks.link_ends_where_starts"), expected))
    if known is not None:
        _check_known(rows, known, found)
    _check_one_way(rows, found)
    _check_twice(rows, found)


def _check_known(rows: LinkRows, known: Texts, found: Gathered) -> None:
    """Report nodes that the table of nodes does not have."""
    strange = np.append(~np.isin(rows.nodes, known), False)

    def told(at: int, field: str, node: Ints) -> Problem:
        name = str(rows.nodes[node[at]])
        return rows.cells.problem(
            at, rows.columns[field], say("networks.not_node_nodes_csv", name=name), did_you_mean(name, known.tolist())
        )

    found.add_where(strange[rows.start], partial(told, field="from", node=rows.start))
    found.add_where(strange[rows.end], partial(told, field="to", node=rows.end))


def first_rows(link: Ints, count: int) -> Ints:
    """Return the first row of each link."""
    first = np.zeros(count + 1, dtype=np.int64)
    first[link[::-1]] = np.arange(len(link))[::-1]
    return first[:count]


def _check_one_way(rows: LinkRows, found: Gathered) -> None:
    """Report rows of one link that differ in nodes or lag."""
    first = np.append(first_rows(rows.link, len(rows.links)), 0)[rows.link]

    def told(at: int, field: str) -> Problem:
        had = f'link "{rows.links[rows.link[at]]}" had another `{field}` in row {rows.cells.line[first[at]]}'
        return rows.cells.problem(at, field, had, say("networks.one_name_stands_one"))

    for field, values in (("from", rows.start), ("to", rows.end), ("lag", rows.lag)):
        found.add_where((values != values[first]) & (rows.link >= 0), partial(told, field=rows.columns.get(field, field)))


def _check_twice(rows: LinkRows, found: Gathered) -> None:
    """Report a link, piece and step that stand twice."""
    pieces, steps = int(rows.piece.max(initial=0)) + 1, len(rows.steps) + 1
    key = (np.maximum(rows.link, 0) * pieces + np.maximum(rows.piece, 0)) * steps + rows.step + 1
    if len(key) and len(key) <= (most := int(key.max()) + 1) <= 8 * len(key):
        twice = bool((np.bincount(key, minlength=most) > 1).any())
    else:
        twice = len(np.unique(key)) < len(key)
    if not twice:
        return
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), dtype=bool)
    again[order[1:]] = key[order[1:]] == key[order[:-1]]

    def told(at: int) -> str:
        step = rows.steps[rows.step[at]] if rows.step[at] >= 0 else "every step"
        return say("networks.link_piece_stands_here", value=rows.links[rows.link[at]], value_2=rows.piece[at], step=step)

    found.add_where(
        again & (rows.link >= 0), lambda at: rows.cells.problem(at, rows.columns["piece"], told(at), say("networks.keep_one_row"))
    )


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
    falling = open_ & (cost < highest)
    _tell_pieces(rows, shape, falling, ("cost", "the cost falls from one piece to the next"), found)
    other = (position[:, None] > 0) & (figures["upper"] > 0) & (gain != gain[shape.first_segments[link]])
    other &= (figures["upper"] > 0)[shape.first_segments[link]]
    _tell_pieces(rows, shape, other, (rows.columns["gain"], "the gain is another than that of the first piece"), found)


def _tell_pieces(rows: LinkRows, shape: Shape, wrong: NDArray[np.bool_], what: tuple[str, str], found: Gathered) -> None:
    """Report segments and steps by name, at the row they stand in."""
    if not wrong.any():
        return
    steps = wrong.shape[1]
    field, told = what
    expected = say("networks.number_pieces_so_cheapest")

    def row_of(place: int) -> int:
        segment, step = divmod(place, steps)
        same = (rows.link == shape.segment_link[segment]) & (rows.piece == shape.segment_piece[segment])
        at = np.flatnonzero(same & ((rows.step == step) | (rows.step < 0)))
        return int(at[np.argmax(rows.step[at])])

    def text(place: int) -> str:
        segment, step = divmod(place, steps)
        link = shape.links[shape.segment_link[segment]]
        return f'link "{link}", piece {shape.segment_piece[segment]}, step {rows.steps[step]}: {told}'

    found.add_where(wrong.ravel(), lambda place: rows.cells.problem(row_of(place), field, text(place), expected))
