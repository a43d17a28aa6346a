"""Rows of the table of links as numbers: which link, piece, nodes and step each row is of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.links.columns import BLANK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from waterdeal.errors import Problem
    from waterdeal.links.gathered import Gathered
    from waterdeal.links.large_csv import Cells, Names

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.str_]

#: labels whose order is that of the alphabet
_DATED = re.compile(r"\d{4}(-\d{2}(-\d{2}|-D[123])?)?")


@dataclass(frozen=True)
class LinkRows:
    """Rows of a table of links; every array has one entry a row.

    Parameters
    ----------
    cells : Cells
        The table, for messages.
    columns : mapping of str to str
        Name in the table of ``from``, ``to``, ``piece``, ``gain``, ``lower``.
    links, nodes : numpy.ndarray of str
        Names, sorted.
    steps : tuple of str
        Labels of steps in order.
    link, start, end, step : numpy.ndarray
        Numbers of link, nodes and step; step -1 where the row is for every step.
    piece, lag : numpy.ndarray
        Piece of the cost; steps until the water arrives.
    gain, lower, upper, cost : numpy.ndarray
        Figures for what enters the link.
    absent_is_closed : bool
        Whether a link without a row for a step carries nothing then; else that is a mistake.
    """

    cells: Cells
    columns: Mapping[str, str]
    links: Texts
    nodes: Texts
    steps: tuple[str, ...]
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
    absent_is_closed: bool = False


def flat_rows(cells: Cells, steps: tuple[str, ...], found: Gathered) -> LinkRows:
    """Make rows of a table with a column for the step.

    Parameters
    ----------
    cells : Cells
        The table.
    steps : tuple of str
        Labels of steps in order.
    found : Gathered
        Gathers steps that are not known and numbers that are not whole.

    Returns
    -------
    LinkRows
        One a row of the table.
    """
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
    """Number names by their place in a longer sorted list; -1 where a cell is blank.

    Parameters
    ----------
    names : Names
        Names, each of which is in the list.
    among : numpy.ndarray of str
        The list.

    Returns
    -------
    numpy.ndarray
        One number a row.
    """
    return np.append(np.searchsorted(among, names.labels), -1)[names.code]


def filled(cells: Cells, name: str) -> Floats:
    """Return a column of numbers, with what a blank means where it is blank or absent.

    Parameters
    ----------
    cells : Cells
        The table.
    name : str
        Column.

    Returns
    -------
    numpy.ndarray
        One number a row.
    """
    if name not in cells.numbers:
        return np.full(len(cells.line), BLANK[name])
    values = cells.numbers[name]
    return np.where(np.isnan(values), BLANK[name], values)


def whole_numbers(cells: Cells, name: str, found: Gathered) -> Ints:
    """Return a column of whole numbers, and report those that are not.

    Parameters
    ----------
    cells : Cells
        The table.
    name : str
        Column.
    found : Gathered
        Gathers what is wrong.

    Returns
    -------
    numpy.ndarray
        One number a row.
    """
    values = filled(cells, name)
    whole = np.where(np.isfinite(values) & (values < 1e6), np.floor(values), -1.0)
    expected = "Expected a whole number, 0 or more."
    found.add_where(whole != values, lambda place: cells.problem(place, name, f"{values[place]:g} is not a whole number", expected))
    return whole.astype(np.int64)


def step_numbers(cells: Cells, steps: tuple[str, ...], found: Gathered) -> Ints:
    """Return the step of each row, -1 for every step, and report labels that are no step.

    Parameters
    ----------
    cells : Cells
        The table.
    steps : tuple of str
        Labels in order.
    found : Gathered
        Gathers what is wrong.

    Returns
    -------
    numpy.ndarray
        One number a row.
    """
    if "step" not in cells.names:
        return np.full(len(cells.line), -1)
    names = cells.names["step"]
    places = {label: place for place, label in enumerate(steps)}
    numbers: Ints = np.array([*(places.get(label, -2) for label in names.labels.tolist()), -1], dtype=np.int64)
    number = numbers[names.code]

    def problem(place: int) -> Problem:
        return cells.problem(place, "step", f'"{names[place]}" is not a step', did_you_mean(names[place], steps))

    found.add_where(number == -2, problem)
    return np.where(number < 0, -1, number)


def order_steps(labels: set[str]) -> tuple[str, ...] | None:
    """Put labels of steps in order where their form tells it.

    Parameters
    ----------
    labels : set of str
        Labels.

    Returns
    -------
    tuple of str or None
        Dates, months, dekads and years by time, plain numbers by size; None where the order has to be told.

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
