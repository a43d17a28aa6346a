"""Re-add every printed total from its printed addends: in the tables and in the term sheet."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from waterdeal.record.contents import TERM_SHEET
from waterdeal.record.finding import Finding, capped, told
from waterdeal.record.page import pages_of
from waterdeal.reports.term_sheet import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.record.rebuild import Opened
    from waterdeal.reports.table import Cell, Table

#: half a unit of the last decimal printed
HALF = 0.05


def check_totals(record: Opened) -> list[Finding]:
    """Add up what is printed."""
    findings: list[Finding] = []
    for language in sorted({name.split("/")[1] for name in record.due_tables if name.endswith(".csv")}):
        for table in record.tables(language):
            name = f"tables/{language}/{table.name}.csv"
            printed = _as_printed(table, record.files.get(name, b""), name)
            gaps = [] if printed is None else printed.gaps()
            findings += capped((told(name, "", "records.parts_do_not_add_up", as_in_file=_as_in_file(gap)) for gap in gaps), name)
    return findings + check_sheet_totals(record)


def check_sheet_totals(record: Opened) -> list[Finding]:
    """Add up what the term sheet prints, which needs no table."""
    sums = [(where, sum(parts), total) for where, parts, total in _sheet_sums(record.sheet)]
    wrong = [entry for entry in sums if not abs(entry[1] - entry[2]) < HALF]
    return [told(TERM_SHEET, where, "records.not_the_sum", total=total, round=round(made, 6)) for where, made, total in wrong]


def _as_in_file(gap: str) -> str:
    """Count rows as the file does, its heading among them."""
    return re.sub(r"\brow (\d+)", lambda found: f"row {int(found[1]) + 2}", gap)


def _as_printed(table: Table, content: bytes, name: str) -> Table | None:
    """Return a table with the numbers that stand in its file; None where the file has another shape."""
    pages = pages_of(name, content)
    rows = pages[0].rows[1:] if pages else ()
    if len(rows) != len(table.rows) or any(len(row) != len(cells) for row, cells in zip(rows, table.rows, strict=True)):
        return None
    return replace(table, rows=tuple(tuple(map(_number, row, cells)) for row, cells in zip(rows, table.rows, strict=True)))


def _number(text: str, cell: Cell) -> Cell:
    """Read a number where the table has one; what is not a number is as wrong as a number can be."""
    if not isinstance(cell, float):
        return cell
    with suppress(ValueError):
        return float(text.replace(",", "."))
    return float("inf")


def _sheet_sums(sheet: dict[str, Any]) -> Iterator[tuple[str, Sequence[float], float]]:
    """Totals of the term sheet with their parts: over the steps, and over the parties."""
    for key, kind in (("delivery", "party"), ("release", "reservoir")):
        for entry in sheet.get(key, ()):
            yield f"{key} of {entry[kind]}, total_hm3", entry["hm3"], entry["total_hm3"]
    parties = [entry for entry in sheet.get("delivery", ()) if entry["party"] != ALL]
    for total in [entry for entry in sheet.get("delivery", ()) if entry["party"] == ALL]:
        for unit in ("hm3", "m3s"):
            for number, step in enumerate(sheet["period"]["steps"]):
                yield f"delivery of all parties, {step}, {unit}", [entry[unit][number] for entry in parties], total[unit][number]
