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
    return pd.DataFrame(_read_rows(path, names, problems, digests, optional=table.optional), columns=[*names, "line"])


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
        problems.append(make_problem(name, None, "", "basin.file_utf8", reason=error.reason, start=error.start))
        return []
    if len(raw) > MOST_BYTES or "\0" in text:
        problems.append(make_problem(name, None, "", "basin.file_large"))
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
            problems.append(make_problem(name, reader.line_num, "", "basin.row_length", cells=len(cells), header=len(header)))
    return rows


def _explain_header(name: str, header: list[str], names: list[str], problems: list[Problem]) -> None:
    """Report columns that are missing, unknown or twice there; another order is allowed."""
    known = ", ".join(names)
    problems += [make_problem(name, 1, column, "basin.column_missing") for column in names if column not in header]
    problems += [make_problem(name, 1, column, "basin.column_strange", names=known) for column in header if column not in names]
    if len(set(header)) < len(header):
        problems.append(make_problem(name, 1, "", "basin.column_twice"))


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


def fault(table: str, field: str, key: str, /, **values: object) -> Problem:
    """Make a problem of a table as a whole, said by key."""
    return make_problem(f"{table}.csv", None, field, key, **values)


def faults(table: str, field: str, key: str, /, **values: Iterable[object]) -> Iterator[Problem]:
    """Make such a problem for each of some values, which stand beside one another."""
    for row in zip(*values.values(), strict=True):
        yield fault(table, field, key, **dict(zip(values, row, strict=True)))


_ID = re.compile(r"[a-z0-9_]{1,48}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy naming the nearest known word, or the first few."""
    words = sorted(set(map(str, known)))
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return say("basin.did_you_mean", near=near[0])
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return say("basin.expected_one", shown=shown) if words else say("basin.none_known")


def check_cells(rows: pd.DataFrame, table: Table, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Check every cell of one table."""
    if rows.empty:
        return []
    problems = [problem for column in table.columns for problem in _check_column(rows, column, table.name, tables)]
    for row in rows[rows.duplicated(list(table.key))].to_dict("records"):
        key = ", ".join(str(row[name]) for name in table.key)
        problems.append(make_problem(f"{table.name}.csv", row["line"], table.key[0], "basin.row_twice", value=key))
    return problems


def _check_column(rows: pd.DataFrame, column: Column, name: str, tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield the problems of one column."""
    table, _, field = column.refers.partition(".")
    known = set(tables[table][field]) if column.refers else set()
    for line, cell in zip(rows["line"], map(str, rows[column.name]), strict=True):
        at = (f"{name}.csv", line, column.name)
        if not cell:
            if not column.blank:
                yield make_problem(*at, "basin.blank")
        elif column.kind in {"number", "month"}:
            yield from _number_problems(cell, column, at)
        elif column.kind == "id" and not _ID.fullmatch(cell):
            yield make_problem(*at, "basin.id", cell=cell)
        elif column.kind == "choice" and cell not in column.choices:
            yield Problem(*at, say("basin.word_unknown", cell=cell), did_you_mean(cell, column.choices))
        elif column.refers and cell not in known:
            yield Problem(*at, say("basin.refers_nowhere", cell=cell, field=field, table=table), did_you_mean(cell, known))


def _number_problems(cell: str, column: Column, at: tuple[str, int, str]) -> Iterator[Problem]:
    """Yield what is wrong with a number."""
    try:
        number = float(cell)
    except ValueError:
        key = "basin.decimal_comma" if re.fullmatch(r"-?\d+,\d+", cell) else "basin.number"
        yield make_problem(*at, key, cell=cell, point=cell.replace(",", "."))
        return
    if not math.isfinite(number):
        yield make_problem(*at, "basin.finite", cell=cell)
    elif column.kind == "month" and number != int(number):
        yield make_problem(*at, "basin.month", cell=cell)
    elif not column.low <= number <= column.high:
        key = "basin.expected_more" if math.isinf(column.high) else "basin.expected_between"
        yield Problem(*at, say("basin.out_of_range", cell=cell), say(key, low=column.low, high=column.high))
