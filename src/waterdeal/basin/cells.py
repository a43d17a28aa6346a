"""Check the cells of a table one by one: ids, numbers, words, references, repeats."""

from __future__ import annotations

import difflib
import math
import re
from typing import TYPE_CHECKING

from waterdeal.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from waterdeal.basin.columns import Column, Table

_ID = re.compile(r"[a-z0-9_]{1,48}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy naming the nearest known word, or the first few."""
    words = sorted(set(map(str, known)))
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return f"Expected one of: {shown}." if words else "There is none to choose from."


def check_cells(rows: pd.DataFrame, table: Table, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Check every cell of one table.

    Parameters
    ----------
    rows : pandas.DataFrame
        Cells as text, with ``line``.
    table : Table
        What each column may hold.
    tables : mapping of str to pandas.DataFrame
        All tables, for references.

    Returns
    -------
    list of Problem
        In the order of the file, column by column.
    """
    if rows.empty:
        return []
    problems = [problem for column in table.columns for problem in _check_column(rows, column, table.name, tables)]
    repeated = rows[rows.duplicated(list(table.key), keep="first")]
    for row in repeated.to_dict("records"):
        key = ", ".join(str(row[name]) for name in table.key)
        problems.append(Problem(f"{table.name}.csv", row["line"], table.key[0], f'"{key}" stands here a second time', "Keep one row."))
    return problems


def _check_column(rows: pd.DataFrame, column: Column, name: str, tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield the problems of one column."""
    known: set[str] = set()
    if column.refers:
        other, _, field = column.refers.partition(".")
        known = set(tables[other][field])
    for line, cell in zip(rows["line"], rows[column.name], strict=True):
        found = _fault(str(cell), column, known)
        if found:
            yield Problem(f"{name}.csv", line, column.name, *found)


def _fault(cell: str, column: Column, known: set[str]) -> tuple[str, str] | None:
    """Say what is wrong with one cell, and the remedy."""
    if not cell:
        return None if column.blank else ("is blank", "Fill it in.")
    match column.kind:
        case "id" if not _ID.fullmatch(cell):
            return f'"{cell}" is not an id', "Use 1 to 48 lower-case letters, digits or underscores."
        case "choice" if cell not in column.choices:
            return f'"{cell}" is not a word for this column', did_you_mean(cell, column.choices)
        case "number" | "month":
            return _number_fault(cell, column)
        case _ if column.refers and cell not in known:
            table, _, field = column.refers.partition(".")
            return f'"{cell}" is not a {field} of {table}.csv', did_you_mean(cell, known)
    return None


def _number_fault(cell: str, column: Column) -> tuple[str, str] | None:
    """Say what is wrong with a number."""
    try:
        number = float(cell)
    except ValueError:
        if re.fullmatch(r"-?\d+,\d+", cell):
            return f'"{cell}" has a decimal comma', f"Write {cell.replace(',', '.')}."
        return f'"{cell}" is not a number', "Write digits with a decimal point and no unit; units are in the column's name."
    if not math.isfinite(number):
        return f'"{cell}" is not a finite number', "Leave the cell blank where there is no limit, if the column allows it."
    if column.kind == "month" and number != int(number):
        return f'"{cell}" is not a month', "Write 1 to 12."
    if not column.low <= number <= column.high:
        return f"{cell} is out of range", f"Expected {_range_words(column)}."
    return None


def _range_words(column: Column) -> str:
    """Describe the range of a numeric column."""
    if math.isinf(column.high):
        return f"{column.low:g} or more"
    return f"a value from {column.low:g} to {column.high:g}"
