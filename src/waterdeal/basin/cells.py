"""Check the cells of a table one by one: ids, numbers, words, references, repeats."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.errors import Problem, make_problem
from waterdeal.words import STEERING, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MOST_BYTES = 50_000_000
#: no figure of a river in any unit is more
MOST = 1e12


def read_table(path: Path, table: Table, problems: list[Problem], digests: dict[str, str]) -> pd.DataFrame:
    """Read one CSV as text, with the line of each row in ``line``."""
    names = [column.name for column in table.columns]
    return pd.DataFrame(_read_rows(path, table, problems, digests), columns=[*names, "line"])


def _read_rows(path: Path, table: Table, problems: list[Problem], digests: dict[str, str]) -> list[list[Any]]:
    """Read the rows of a CSV with a known header."""
    name, names = path.name, [column.name for column in table.columns]
    if not path.exists():
        if not table.optional:
            problems.append(make_problem(name, None, "", "basin.file_missing"))
        return []
    raw = path.read_bytes()[: MOST_BYTES + 1]
    digests[name] = hashlib.sha256(raw).hexdigest()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(make_problem(name, None, "", "basin.file_utf8", reason=error.reason, start=error.start))
        return []
    mark = STEERING.search(text)
    if len(raw) > MOST_BYTES or "\0" in text:
        problems.append(make_problem(name, None, "", "basin.file_large"))
        return []
    if mark:
        problems.append(make_problem(name, text.count("\n", 0, mark.start()) + 1, "", "general.steering", sign=f"U+{ord(mark[0]):04X}"))
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [(cells, reader.line_num) for cells in reader]
    except csv.Error as error:
        problems.append(make_problem(name, None, "", "basin.not_csv", error=error))
        return []
    header = [cell.strip() for cell in lines[0][0]] if lines else []
    due = [column.name for column in table.columns if not column.optional or column.name in header]
    if header != due:
        _explain_header(name, header, (due, names), problems)
    if set(header) != set(due):
        return []
    absent = dict.fromkeys(names, "")
    rows: list[list[Any]] = []
    for cells, line in lines[1:]:
        if len(cells) == len(header):
            row = {**absent, **dict(zip(header, (cell.strip() for cell in cells), strict=True))}
            rows.append([*(row[column] for column in names), line])
        elif any(cell.strip() for cell in cells):
            problems.append(make_problem(name, line, "", "basin.row_length", cells=len(cells), header=len(header)))
    return rows


def _explain_header(name: str, header: list[str], due_and_known: tuple[list[str], list[str]], problems: list[Problem]) -> None:
    """Report columns that are missing, unknown or twice there; another order is allowed."""
    due, names = due_and_known
    known = ", ".join(names)
    problems += [make_problem(name, 1, column, "basin.column_missing") for column in due if column not in header]
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
    optional: bool = False  # whether the header may leave it out; its cells are then blank


@dataclass(frozen=True)
class Table:
    """One CSV file of a basin folder."""

    name: str  # file name without `.csv`
    columns: tuple[Column, ...]  # every column; all that are not optional must be in the header, and no others may be
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
    keys = rows[list(table.key)]
    if "month" in keys:  # 1, 01 and 1.0 are one month
        numbers = pd.to_numeric(keys["month"], errors="coerce")
        keys = keys.assign(month=numbers.astype(object).where(numbers.notna(), keys["month"]))
    for row in rows[keys.duplicated()].to_dict("records"):
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


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:inf|infinity|nan)", re.ASCII | re.IGNORECASE)


def number_of(cell: object) -> float:
    """Read a number of a table, the one way in which cells are checked and read: no marks between digits, and no digits but 0 to 9."""
    text = str(cell)
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def _number_problems(cell: str, column: Column, at: tuple[str, int, str]) -> Iterator[Problem]:
    """Yield what is wrong with a number."""
    number = number_of(cell)
    if not _NUMBER.fullmatch(cell):
        key = "basin.decimal_comma" if re.fullmatch(r"-?\d+,\d+", cell) else "basin.number"
        yield make_problem(*at, key, cell=cell, point=cell.replace(",", "."))
        return
    if not math.isfinite(number):
        yield make_problem(*at, "basin.finite", cell=cell)
    elif column.kind == "month" and number != int(number):
        yield make_problem(*at, "basin.month", cell=cell)
    elif not column.low <= number <= min(column.high, MOST):
        key = "basin.expected_more" if math.isinf(column.high) and number < MOST else "basin.expected_between"
        yield Problem(*at, say("basin.out_of_range", cell=cell), say(key, low=column.low, high=min(column.high, MOST)))
