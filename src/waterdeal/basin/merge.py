"""Tables of three basins merged row by row and column by column: what one side changed is taken, what both changed stays as it is hers."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waterdeal.basin.cells import number_of
from waterdeal.basin.table_file import read_lines
from waterdeal.basin.tables import HYDROLOGY, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from waterdeal.errors import Problem

Row = dict[str, str]
#: rows by the cells of their key
Rows = dict[tuple[str, ...], Row]


@dataclass(frozen=True)
class Clash:
    """What both sides changed, each in another way: hers stays."""

    file: str
    row: str  # cells of the key, or the key of a document
    column: str  # blank for a whole row
    before: str
    yours: str
    new: str


@dataclass
class Merge:
    """What came of a merge, counted in cells of tables and keys of documents."""

    clashes: list[Clash] = field(default_factory=list)
    taken: int = 0  # changed by the newer side
    kept: int = 0  # changed by her alone


@dataclass(frozen=True)
class TableText:
    """A table as it is written."""

    header: tuple[str, ...]
    rows: Rows
    remarks: str = ""


def read_text(file: Path, table: str) -> TableText | None:
    """Read the rows of a table of a basin as text; None where it cannot be read, or has a row twice."""
    known = {**TABLES, HYDROLOGY.name: HYDROLOGY}[table]
    problems: list[Problem] = []
    lines, _ = read_lines(file, {column.name: column.kind for column in known.columns}, problems, {})
    if lines is None or problems or not lines:
        return None
    header = tuple(cell.strip() for cell in lines[0][0] if cell.strip())
    if len(set(header)) < len(header) or not set(known.key) & set(header):
        return None
    cells = [[cell.strip() for cell in row] for row, _ in lines[1:] if any(cell.strip() for cell in row)]
    rows = [dict(zip(header, [*row, *[""] * len(header)], strict=False)) for row in cells]
    by_key = {tuple(_plain(row.get(name, "")) for name in known.key): row for row in rows}
    above = file.read_bytes().decode("utf-8-sig", "replace").splitlines(keepends=True) if file.suffix == ".csv" else []
    remarks = "".join(above[: next((at for at, line in enumerate(above) if not line.startswith("#")), len(above))])
    return TableText(header, by_key, remarks) if len(by_key) == len(rows) and all(len(row) <= len(header) for row in cells) else None


def table_bytes(table: TableText) -> bytes:
    """Write a table as CSV."""
    text = io.StringIO(newline="")
    text.write(table.remarks)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([row.get(name, "") for name in table.header] for row in table.rows.values())
    return text.getvalue().encode()


def merge_tables(file: str, before: TableText, yours: TableText, new: TableText) -> tuple[TableText, Merge]:
    """Merge a table; columns stand as in the new one, and hers that hold anything behind them."""
    rows, found = merge_rows(file, before.rows, yours.rows, new.rows)
    own = [name for name in yours.header if name not in new.header and any(row.get(name) for row in rows.values())]
    remarks = new.remarks if yours.remarks == before.remarks else yours.remarks
    return TableText((*new.header, *own), rows, remarks), found


def merge_rows(file: str, before: Rows, yours: Rows, new: Rows) -> tuple[Rows, Merge]:
    """Merge rows by key and column; a blank cell and none are the same."""
    merged, found = Rows(), Merge()
    for key in _ordered(yours, new):
        old, own, fresh = before.get(key), yours.get(key), new.get(key)
        if own is not None and fresh is not None:
            merged[key] = _cells(file, key, (old or {}, own, fresh), found)
            continue
        one = own if fresh is None else fresh
        if old is None or not _same(old, one or {}):  # added, or changed where the other side removed it
            clash = Clash(file, _told(key), "", _told_row(old), _told_row(own), _told_row(fresh))
            found.clashes += [] if old is None else [clash]
            found.taken, found.kept = found.taken + (own is None and old is None), found.kept + (own is not None and old is None)
            if own is not None or old is None:
                merged[key] = dict(one or {})
        elif own is None:
            found.kept += 1
        else:
            found.taken += 1
    return merged, found


def _cells(file: str, key: tuple[str, ...], sides: tuple[Row, Row, Row], found: Merge) -> Row:
    """Merge a row that both sides have."""
    merged = Row()
    for name in dict.fromkeys([*sides[2], *sides[1]]):
        old, own, fresh = (side.get(name, "") for side in sides)
        if alike(own, fresh) or alike(old, own):
            merged[name] = fresh
            found.taken += not alike(own, fresh)
            continue
        merged[name] = own
        if alike(old, fresh):
            found.kept += 1
        else:
            found.clashes.append(Clash(file, _told(key), name, old, own, fresh))
    return merged


def alike(one: str, other: str) -> bool:
    """Whether two cells say the same: a number may be written in several ways."""
    return one == other or _plain(one) == _plain(other)


def _plain(cell: str) -> str:
    """Write a cell in one way."""
    number = number_of(cell)
    return cell if math.isnan(number) else repr(number + 0.0)


def _same(one: Row, other: Row) -> bool:
    """Whether two rows say the same."""
    return all(alike(one.get(name, ""), other.get(name, "")) for name in {*one, *other})


def _ordered(yours: Rows, new: Rows) -> list[tuple[str, ...]]:
    """Keys in the order of the new table; each row of hers alone stands behind the one it stood behind."""
    order, behind = list(new), None
    places: dict[tuple[str, ...] | None, list[tuple[str, ...]]] = {}
    for key in yours:
        if key in new:
            behind = key
        else:
            places.setdefault(behind, []).append(key)
    return [*(key for one in order for key in (one, *places.get(one, ()))), *places.get(None, ())]


def _told(key: Sequence[str]) -> str:
    """Write the key of a row, numbers plainly."""
    return ", ".join(cell.removesuffix(".0") for cell in key)


def _told_row(row: Mapping[str, str] | None) -> str:
    """Write a row in a line; nothing for one that is not there."""
    return "" if row is None else ", ".join(f"{name}={cell}" for name, cell in row.items() if cell)
