"""Rows of the table of links as numbers: which link, piece, nodes and step each row is of."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import Column, did_you_mean
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.errors import Problem
    from waterdeal.links.gathered import Gathered
    from waterdeal.links.large_csv import Cells, Names
    from waterdeal.types import Floats, Ints, Texts

_ANY = -math.inf

#: links with a column for the step
LINKS = (
    Column("link"),
    Column("from"),
    Column("to"),
    Column("piece", "number", blank=True),
    Column("lag", "number", blank=True),
    Column("step", blank=True),
    Column("gain", "number", blank=True, low=_ANY),
    Column("lower", "number", blank=True),
    Column("upper", "number", blank=True),
    Column("cost", "number", blank=True, low=_ANY),
)
#: links whose nodes carry the date in their names, as the tables of California do
EXPANDED = (
    Column("i"),
    Column("j"),
    Column("k", "number", blank=True),
    Column("cost", "number", blank=True, low=_ANY),
    Column("amplitude", "number", blank=True, low=_ANY),
    Column("lower_bound", "number", blank=True),
    Column("upper_bound", "number", blank=True),
)
NODES = (Column("node"), Column("kind", "choice", choices=("junction", "source", "sink")))
INFLOWS = (Column("node"), Column("step", blank=True), Column("inflow", "number", low=_ANY))
STEPS = (Column("step"), Column("start", blank=True), Column("end", blank=True))

#: what a blank cell or an absent column means
BLANK = {"piece": 1.0, "lag": 0.0, "gain": 1.0, "lower": 0.0, "upper": math.inf, "cost": 0.0, "k": 0.0}
BLANK |= {"amplitude": 1.0, "lower_bound": 0.0, "upper_bound": math.inf}


#: labels whose order is that of the alphabet
_DATED = re.compile(r"\d{4}(-\d{2}(-\d{2}|-D[123])?)?")


@dataclass(frozen=True)
class LinkRows:
    """Rows of a table of links; every array has one entry a row."""

    cells: Cells  # the table, for messages
    columns: Mapping[str, str]  # name in the table of `from`, `to`, `piece`, `gain`, `lower`
    links: Texts
    nodes: Texts
    steps: tuple[str, ...]  # labels of steps in order
    link: Ints
    start: Ints
    end: Ints
    step: Ints
    piece: Ints
    lag: Ints
    gain: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    absent_is_closed: bool = False  # whether a link without a row for a step carries nothing then; else that is a mistake


def flat_rows(cells: Cells, steps: tuple[str, ...], found: Gathered) -> LinkRows:
    """Make rows of a table with a column for the step."""
    start, end = cells.names["from"], cells.names["to"]
    nodes = np.union1d(start.labels, end.labels)
    return LinkRows(
        cells=cells,
        columns={name: name for name in ("from", "to", "piece", "gain", "lower")},
        links=cells.names["link"].labels,
        nodes=nodes,
        steps=steps,
        link=cells.names["link"].code,
        start=numbered(start, nodes),
        end=numbered(end, nodes),
        step=step_numbers(cells, steps, found),
        piece=whole_numbers(cells, "piece", found),
        lag=whole_numbers(cells, "lag", found),
        gain=filled(cells, "gain"),
        lower=filled(cells, "lower"),
        upper=filled(cells, "upper"),
        cost=filled(cells, "cost"),
    )


def numbered(names: Names, among: Texts) -> Ints:
    """Number names by their place in a longer sorted list; -1 where a cell is blank."""
    return np.append(np.searchsorted(among, names.labels), -1)[names.code]


def filled(cells: Cells, name: str) -> Floats:
    """Return a column of numbers, with what a blank means where it is blank or absent."""
    if name not in cells.numbers:
        return np.full(len(cells.line), BLANK[name])
    values = cells.numbers[name]
    return np.where(np.isnan(values), BLANK[name], values)


def whole_numbers(cells: Cells, name: str, found: Gathered) -> Ints:
    """Return a column of whole numbers, and report those that are not."""
    values = filled(cells, name)
    whole = np.where(np.isfinite(values) & (values < 1e6), np.floor(values), -1.0)
    expected = say("networks.expected_whole_number_0")
    found.add_where(
        whole != values, lambda place: cells.problem(place, name, say("networks.not_whole_number", values=values[place]), expected)
    )
    return whole.astype(np.int64)


def step_numbers(cells: Cells, steps: tuple[str, ...], found: Gathered) -> Ints:
    """Return the step of each row, -1 for every step, and report labels that are no step."""
    if "step" not in cells.names:
        return np.full(len(cells.line), -1)
    names = cells.names["step"]
    places = {label: place for place, label in enumerate(steps)}
    numbers: Ints = np.array([*(places.get(label, -2) for label in names.labels.tolist()), -1], dtype=np.int64)
    number = numbers[names.code]

    def problem(place: int) -> Problem:
        return cells.problem(place, "step", say("networks.not_step", names=names[place]), did_you_mean(names[place], steps))

    found.add_where(number == -2, problem)
    return np.where(number < 0, -1, number)


def order_steps(labels: set[str]) -> tuple[str, ...] | None:
    """Put labels of steps in order where their form tells it.

    Examples
    --------
    >>> order_steps({"2026-10", "2026-09"}), order_steps({"10", "9"}), order_steps({"wet", "dry"})
    (('2026-09', '2026-10'), ('9', '10'), None)
    """
    if not labels:
        return ("1",)
    if len({len(label) for label in labels}) == 1 and all(_DATED.fullmatch(label) for label in labels):
        return tuple(sorted(labels))
    if all(label.isascii() and label.isdigit() for label in labels):
        return tuple(sorted(labels, key=int))
    return tuple(labels) if len(labels) == 1 else None
