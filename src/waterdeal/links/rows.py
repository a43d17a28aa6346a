"""Rows of the table of links as numbers: which link, piece, nodes and step each row is of."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.tables import read_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.links.large_csv import Cells, Gathered
    from waterdeal.types import Floats, Ints, Texts


#: columns of every table; ``dated`` are links whose nodes carry the date in their names, as the tables of California do
COLUMNS = {name: table.columns for name, table in read_tables("waterdeal.links").items()}
#: what a blank cell or an absent column means
BLANK = {"piece": 1.0, "lag": 0.0, "gain": 1.0, "lower": 0.0, "upper": math.inf, "cost": 0.0, "k": 0.0, "factor": 1.0}
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
    at: dict[str, Any] = {name: names.each(np.searchsorted(nodes, names.labels), -1) for name, names in (("start", start), ("end", end))}
    figures: dict[str, Any] = {name: filled(cells, name) for name in ("gain", "lower", "upper", "cost")}
    at |= {"step": step_numbers(cells, steps, found), **{name: whole_numbers(cells, name, found) for name in ("piece", "lag")}}
    columns, link = {name: name for name in ("from", "to", "piece", "gain", "lower")}, cells.names["link"]
    return LinkRows(cells, columns, links=link.labels, nodes=nodes, steps=steps, link=link.code, **at, **figures)


def filled(cells: Cells, name: str) -> Floats:
    """Return a column of numbers, with what a blank means where it is blank or absent."""
    values = cells.numbers.get(name, np.full(len(cells.line), np.nan))
    return np.where(np.isnan(values), BLANK[name], values)


def whole_numbers(cells: Cells, name: str, found: Gathered) -> Ints:
    """Return a column of whole numbers, and report those that are not."""
    values = filled(cells, name)
    whole = np.where(np.isfinite(values) & (values < 1e6), np.floor(values), -1.0)
    found.add_rows(cells, whole != values, name, "networks.not_whole", value=values)
    return whole.astype(np.int64)


def step_numbers(cells: Cells, steps: tuple[str, ...], found: Gathered, field: str = "step") -> Ints:
    """Return the step of each row, -1 for every step, and report labels that are no step."""
    if field not in cells.names:
        return np.full(len(cells.line), -1)
    names = cells.names[field]
    places = {label: place for place, label in enumerate(steps)}
    number = names.each(np.array([places.get(label, -2) for label in names.labels.tolist()], dtype=np.int64), -1)
    found.add_strange(cells, number == -2, field, "networks.not_step", names, steps)
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
