"""What a column and a table of a basin folder are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Heading.
    kind : str
        ``id``, ``text``, ``number``, ``month`` or ``choice``.
    blank : bool
        Whether a cell may be empty.
    low, high : float
        Bounds of a number, both allowed.
    choices : tuple of str
        Words allowed; empty = any.
    refers : str
        ``table.column`` whose ids the cell must be one of.
    """

    name: str
    kind: str = "text"
    blank: bool = False
    low: float = 0.0
    high: float = float("inf")
    choices: tuple[str, ...] = ()
    refers: str = ""


@dataclass(frozen=True)
class Table:
    """One CSV file of a basin folder.

    Parameters
    ----------
    name : str
        File name without ``.csv``.
    columns : tuple of Column
        Every column, all of which must be in the header; no others may be.
    key : tuple of str
        Columns that together must not repeat.
    optional : bool
        Whether the file may be absent.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    optional: bool = False


def ids(name: str, refers: str = "", *, blank: bool = False) -> Column:
    """Make a column of ids, of this table or referring to another."""
    return Column(name, "id", refers=refers, blank=blank)


def number(name: str, low: float = 0.0, high: float = float("inf"), *, blank: bool = False) -> Column:
    """Make a column of numbers between two bounds."""
    return Column(name, "number", low=low, high=high, blank=blank)


def choice(name: str, *choices: str) -> Column:
    """Make a column of words."""
    return Column(name, "choice", choices=choices)
