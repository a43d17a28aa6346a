"""Check the cells of a table one by one: ids, numbers, words, references, repeats."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.basin.table_file import find_file, read_lines
from waterdeal.errors import Problem, make_problem
from waterdeal.imports.numbers import is_gap_code
from waterdeal.imports.words import plain
from waterdeal.units import MOST
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from waterdeal.basin.table_file import Lines


def read_table(path: Path, table: Table, problems: list[Problem], digests: dict[str, str]) -> pd.DataFrame:
    """Read one table as text, with the line of each row in ``line``; its file may be CSV or a workbook."""
    names = [column.name for column in table.columns]
    files = find_file(path)
    rows: list[list[Any]] = []
    fallen, encoding = list[str](), ""
    before = len(problems)
    if len(files) > 1:
        problems.append(make_problem(path.name, None, "", "basin.two_files", files=", ".join(file.name for file in files)))
    elif files:
        lines, encoding = read_lines(files[0], {column.name: column.kind for column in table.columns}, problems, digests)
        rows, fallen = ([], []) if lines is None else _read_rows(files[0].name, lines, table, problems)
    elif not table.optional:
        problems.append(make_problem(path.name, None, "", "basin.file_missing"))
    frame = text_frame(rows, names)
    guessed = {files[0].name: encoding} if encoding else {}
    told = {"unread": len(problems) > before and not rows, "fallen": tuple(fallen), "guessed": guessed}
    frame.attrs |= {name: value for name, value in told.items() if value}
    return frame


def text_frame(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> pd.DataFrame:
    """Make a table of text, with the line of each row; headings are plain objects, which pandas finds in half the time."""
    return pd.DataFrame(rows, columns=pd.Index([*names, "line"], dtype=object), dtype=object)


def _read_rows(name: str, lines: Lines, table: Table, problems: list[Problem]) -> tuple[list[list[Any]], list[str]]:
    """Read the rows below a known header, in which columns that may be blank may be absent; tell which names fall back."""
    names = [column.name for column in table.columns]
    header = [cell.strip() for cell in lines[0][0]] if lines else []
    while header and not header[-1]:
        header.pop()
    if not header:
        needed = ", ".join(column.name for column in table.columns if not column.blank)
        problems.append(make_problem(name, None, "", "basin.table_empty", names=needed))
        return [], []
    fallen = _fallen(header, table)
    absent = [column.name for column in table.columns if column.name not in header and not column.blank and column.name not in fallen]
    strange = [column for column in header if column not in names]
    if absent or strange or len(set(header)) < len(header):
        problems += _header_problems(name, lines[0], absent, strange, table)
        return [], []
    rows: list[list[Any]] = []
    for cells, line in lines[1:]:
        filled = len(cells) if table.columns and not any(cell.strip() for cell in cells[len(header) :]) else 0
        if filled and (filled >= len(header) or _from_workbook(name)):
            row = dict(zip(header, (cell.strip() for cell in [*cells, *[""] * len(header)]), strict=False))
            row |= {column: row[other] for column, other in fallen.items()}
            if any(row.values()):
                rows.append([*(row.get(column, "") for column in names), line])
        elif any(cell.strip() for cell in cells):
            problems.append(make_problem(name, line, "", "basin.row_length", cells=len(cells), header=len(header)))
    return rows, list(fallen)


def _fallen(header: Sequence[str], table: Table) -> dict[str, str]:
    """Return, for each needed column of names that is left out, the column that stands for it: another language, else the id."""
    named = [column for column in table.columns if column.name.startswith("name_")]
    given = [column.name for column in named if column.name in header]
    missing = [column.name for column in named if column.name not in header and not column.blank]
    return dict.fromkeys(missing, given[0] if given else table.columns[0].name)


def _from_workbook(name: str) -> bool:
    """Tell whether rows may be shorter than the header, as in sheets."""
    return not name.endswith((".csv", ".txt"))


def _header_problems(
    name: str, first: tuple[list[str], int], absent: Sequence[str], strange: Sequence[str], table: Table
) -> Iterator[Problem]:
    """Report a row that is no header, else columns that are missing, misspelt, unknown or twice there; another order is allowed."""
    header, line = first
    known, needed = ([column.name for column in table.columns if not (lacking and column.blank)] for lacking in (False, True))
    if not set(header).intersection(known):
        found = ", ".join(filter(None, map(str.strip, header)))
        yield make_problem(name, line, "", "basin.no_header_row", found=found[:_SHOWN], names=", ".join(needed))
        return
    misspelt = dict[str, str]()
    for column in filter(None, strange):
        if near := difflib.get_close_matches(column, [one for one in absent if one not in misspelt.values()], n=1):
            misspelt[column] = near[0]
    missing = [column for column in absent if column not in misspelt.values()]
    if missing:
        key = "basin.column_missing" if len(missing) == 1 else "basin.columns_missing"
        yield make_problem(name, line, ", ".join(missing), key)
    for column in strange:
        problem = make_problem(name, line, column, "basin.column_strange", names=", ".join(known))
        yield replace(problem, expected=did_you_mean(misspelt.get(column, column), known)) if column else problem
    if not absent and not strange:
        twice = ", ".join(dict.fromkeys(column for column in header if header.count(column) > 1))
        yield make_problem(name, line, "", "basin.column_twice", names=twice)


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str  # heading
    kind: str = "text"  # `id`, `text`, `number`, `month` or `choice`
    blank: bool = False  # whether a cell may be empty, and the header leave the column out
    low: float = 0.0
    high: float = float("inf")
    choices: tuple[str, ...] = ()  # words allowed; empty = any
    refers: str = ""  # `table.column` whose ids the cell must be one of
    private: bool = False  # whether a party may keep its figures at home: what is worked out from them is told by no record


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
    """Make such a problem for each of some values, which stand beside one another; the first few of many."""
    yield from thinned(fault(table, field, key, **dict(zip(values, row, strict=True))) for row in zip(*values.values(), strict=True))


#: letters of a row that are shown where it is no header
_SHOWN = 80
#: problems of one sort in a column that are all told, and those of more that are
_MOST_ALIKE, _FIRST_ALIKE = 5, 2
_ID = re.compile(r"[a-z0-9_]{1,48}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy naming the nearest known word, or the first few."""
    words = sorted(set(filter(None, map(str, known))))
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return say("basin.did_you_mean", near=near[0])
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return say("basin.expected_one", shown=shown) if words else say("basin.none_known")


def check_cells(rows: pd.DataFrame, table: Table, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Check every cell of one table."""
    if rows.empty:
        return []
    cells = {name: rows[name].tolist() for name in rows.columns}
    problems = list(thinned(_blanks(cells, table)))
    problems += [problem for column in table.columns for problem in thinned(_check_column(cells, column, table.name, tables))]
    seen = set[tuple[Any, ...]]()
    for line, *key in zip(cells["line"], *(cells[name] for name in table.key), strict=True):
        one = tuple(_month(cell) if name == "month" else cell for name, cell in zip(table.key, key, strict=True))
        if one in seen:
            told = ", ".join(map(str, key))
            problems.append(make_problem(f"{table.name}.csv", line, table.key[0], "basin.row_twice", value=told))
        seen.add(one)
    return problems


def _month(cell: str) -> float | str:
    """Return the number of a month, so that 1, 01 and 1.0 are one; text where it is none."""
    number = number_of(cell)
    return cell if math.isnan(number) else number


def thinned(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Keep the first few problems of one sort in a column, and say how many more there are: one mistake is not four hundred."""
    sorts: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        sorts.setdefault((problem.file, problem.field, getattr(problem.found, "key", problem.found)), []).append(problem)
    for group in sorts.values():
        shown = group if len(group) <= _MOST_ALIKE else group[:_FIRST_ALIKE]
        yield from shown[:-1]
        more = len(group) - len(shown)
        yield replace(shown[-1], found=say("basin.more_rows", found=shown[-1].found, count=more)) if more else shown[-1]


def _blanks(cells: Mapping[str, Sequence[Any]], table: Table) -> Iterator[Problem]:
    """Report the cells of a row that must be filled, one problem a row."""
    needed = [column.name for column in table.columns if not column.blank]
    for line, *row in zip(cells["line"], *(cells[name] for name in needed), strict=True):
        if blank := [name for name, cell in zip(needed, row, strict=True) if not cell]:
            yield make_problem(f"{table.name}.csv", line, ", ".join(blank), "basin.blank")


def _check_column(cells: Mapping[str, Sequence[Any]], column: Column, name: str, tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield the problems of one column."""
    table, _, field = column.refers.partition(".")
    known = set(tables[table][field]) if column.refers else set()
    meant = _by_name(tables[table], field) if column.refers else {}
    if column.refers and tables[table].attrs.get("unread"):  # that is the one problem
        return
    if column.refers and tables[table].empty and any(cells[column.name]):
        yield fault(table, field, "basin.table_no_rows")
        return
    for line, cell in zip(cells["line"], map(str, cells[column.name]), strict=True):
        at = (f"{name}.csv", line, column.name)
        if not cell:
            continue
        if column.refers and cell not in known:
            near = did_you_mean(meant.get(plain(cell), cell), known)
            yield Problem(*at, say("basin.refers_nowhere", cell=cell, field=field, table=table), near)
        elif column.kind in {"number", "month"}:
            yield from _number_problems(cell, column, at)
        elif column.kind == "id" and not _ID.fullmatch(cell):
            yield make_problem(*at, "basin.id", cell=cell)
        elif column.kind == "choice" and cell not in column.choices:
            yield Problem(*at, say("basin.word_unknown", cell=cell), did_you_mean(cell, column.choices))


def _by_name(rows: pd.DataFrame, field: str) -> dict[str, str]:
    """Ids of a table by the names that people call them."""
    named = [name for name in rows.columns if str(name).startswith("name_")]
    return {plain(str(text)): str(key) for name in named for text, key in zip(rows[name], rows[field], strict=True) if text}


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:inf|infinity|nan)", re.ASCII | re.IGNORECASE)


def number_of(cell: object) -> float:
    """Read a number of a table, the one way in which cells are checked and read: no marks between digits, and no digits but 0 to 9."""
    return _number_of(str(cell))


@lru_cache(maxsize=8192)
def _number_of(text: str) -> float:
    """Read a text once: a table has the same few figures again and again."""
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def _number_problems(cell: str, column: Column, at: tuple[str, int, str]) -> Iterator[Problem]:
    """Yield what is wrong with a number."""
    number = number_of(cell)
    if math.isnan(number) and not _NUMBER.fullmatch(cell):
        pointed = cell.replace(",", ".")
        share = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", pointed)
        key = "basin.decimal_comma" if re.fullmatch(r"-?\d+,\d+", cell) else "basin.percent" if share else "basin.number"
        key = "basin.month" if column.kind == "month" else key
        yield make_problem(*at, key, cell=cell, point=f"{float(share[1]) / 100:.15g}" if share else pointed)
        return
    if not math.isfinite(number):
        yield make_problem(*at, "basin.finite", cell=cell)
    elif column.low >= 0 and number < 0 and is_gap_code(number):
        yield make_problem(*at, "imports.series_code", value=number)
    elif column.name == "runoff_m3s" and number < 0:
        yield make_problem(*at, "imports.series_below", value=number)
    elif column.kind == "month" and number != int(number):
        yield make_problem(*at, "basin.month", cell=cell)
    elif not column.low <= number <= min(column.high, MOST):
        key = "basin.expected_more" if math.isinf(column.high) and number < MOST else "basin.expected_between"
        yield Problem(*at, say("basin.out_of_range", cell=cell), say(key, low=column.low, high=min(column.high, MOST)))
