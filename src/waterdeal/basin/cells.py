"""Check the cells of a table one by one: ids, numbers, words, references, repeats."""

from __future__ import annotations

import csv
import difflib
import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.errors import Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MOST_BYTES = 50_000_000


def read_table(path: Path, table: Table, problems: list[Problem], digests: dict[str, str]) -> pd.DataFrame:
    """Read one CSV as text, with the line of each row in ``line``."""
    names = [column.name for column in table.columns]
    rows = _read_rows(path, names, problems, digests, optional=table.optional)
    return pd.DataFrame(rows, columns=[*names, "line"])


def _read_rows(path: Path, names: list[str], problems: list[Problem], digests: dict[str, str], *, optional: bool) -> list[list[Any]]:
    """Read the rows of a CSV with a known header."""
    name = path.name
    if not path.exists():
        if not optional:
            problems.append(make_problem(name, None, "", "basin.file_missing"))
        return []
    raw = path.read_bytes()[: MOST_BYTES + 1]
    digests[name] = hashlib.sha256(raw).hexdigest()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(make_problem(name, None, "", "basin.file_not_utf_8", reason=error.reason, start=error.start))
        return []
    if len(raw) > MOST_BYTES or "\0" in text:
        problems.append(make_problem(name, None, "", "basin.file_too_large_not"))
        return []
    reader = csv.reader(text.splitlines())
    header = [cell.strip() for cell in next(reader, [])]
    if header != names:
        _explain_header(name, header, names, problems)
    if set(header) != set(names):
        return []
    rows: list[list[Any]] = []
    for cells in reader:
        if len(cells) == len(header):
            row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            rows.append([*(row[column] for column in names), reader.line_num])
        elif any(cell.strip() for cell in cells):
            found = say("basin.cells_where_header", len=len(cells), len_2=len(header))
            problems.append(Problem(name, reader.line_num, "", found, say("basin.row_cut_off_comma")))
    return rows


def _explain_header(name: str, header: list[str], names: list[str], problems: list[Problem]) -> None:
    """Report columns that are missing, unknown or twice there; another order is allowed."""
    missing = [column for column in names if column not in header]
    strange = [column for column in header if column not in names]
    problems += [make_problem(name, 1, column, "basin.column_missing") for column in missing]
    problems += [Problem(name, 1, column, say("basin.not_column_table"), f"Columns: {', '.join(names)}.") for column in strange]
    if len(set(header)) < len(header):
        problems.append(make_problem(name, 1, "", "basin.column_stands_twice_header"))


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str  # heading
    kind: str = "text"  # `id`, `text`, `number`, `month` or `choice`
    blank: bool = False  # whether a cell may be empty
    low: float = 0.0
    high: float = float("inf")
    choices: tuple[str, ...] = ()  # words allowed; empty = any
    refers: str = ""  # `table.column` whose ids the cell must be one of


@dataclass(frozen=True)
class Table:
    """One CSV file of a basin folder."""

    name: str  # file name without `.csv`
    columns: tuple[Column, ...]  # every column, all of which must be in the header; no others may be
    key: tuple[str, ...]  # columns that together must not repeat
    optional: bool = False  # whether the file may be absent


def ids(name: str, refers: str = "", *, blank: bool = False) -> Column:
    """Make a column of ids, of this table or referring to another."""
    return Column(name, "id", refers=refers, blank=blank)


def number(name: str, low: float = 0.0, high: float = float("inf"), *, blank: bool = False) -> Column:
    """Make a column of numbers between two bounds."""
    return Column(name, "number", low=low, high=high, blank=blank)


def choice(name: str, *choices: str) -> Column:
    """Make a column of words."""
    return Column(name, "choice", choices=choices)


_ID = re.compile(r"[a-z0-9_]{1,48}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy naming the nearest known word, or the first few."""
    words = sorted(set(map(str, known)))
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return say("basin.did_you_mean", near=near[0])
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return say("basin.expected_one", shown=shown) if words else say("basin.none_choose_from")


def check_cells(rows: pd.DataFrame, table: Table, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Check every cell of one table."""
    if rows.empty:
        return []
    problems = [problem for column in table.columns for problem in _check_column(rows, column, table.name, tables)]
    repeated = rows[rows.duplicated(list(table.key), keep="first")]
    for row in repeated.to_dict("records"):
        key = ", ".join(str(row[name]) for name in table.key)
        problems.append(make_problem(f"{table.name}.csv", row["line"], table.key[0], "basin.stands_here_second_time", value=key))
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
        return None if column.blank else ("is blank", say("basin.fill"))
    match column.kind:
        case "id" if not _ID.fullmatch(cell):
            return say("basin.not_id", cell=cell), say("basin.use_1_48_lower")
        case "choice" if cell not in column.choices:
            return say("basin.not_word_column", cell=cell), did_you_mean(cell, column.choices)
        case "number" | "month":
            return _number_fault(cell, column)
        case _ if column.refers and cell not in known:
            table, _, field = column.refers.partition(".")
            return say("basin.not_csv", cell=cell, field=field, table=table), did_you_mean(cell, known)
    return None


def _number_fault(cell: str, column: Column) -> tuple[str, str] | None:
    """Say what is wrong with a number."""
    try:
        number = float(cell)
    except ValueError:
        if re.fullmatch(r"-?\d+,\d+", cell):
            return say("basin.decimal_comma", cell=cell), f"Write {cell.replace(',', '.')}."
        return say("basin.not_number", cell=cell), say("basin.write_digits_decimal_point")
    if not math.isfinite(number):
        return say("basin.not_finite_number", cell=cell), say("basin.leave_cell_blank_where")
    if column.kind == "month" and number != int(number):
        return say("basin.not_month", cell=cell), "Write 1 to 12."
    if not column.low <= number <= column.high:
        return say("basin.out_range", cell=cell), f"Expected {_range_words(column)}."
    return None


def _range_words(column: Column) -> str:
    """Describe the range of a numeric column."""
    if math.isinf(column.high):
        return f"{column.low:g} or more"
    return say("basin.value_from", low=column.low, high=column.high)
