"""Sheets of one day: the title says "as of", columns say what is measured; the day is written over them, as in any other table."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from waterdeal.imports.dates import read_when
from waterdeal.imports.grid import cell_text, is_blank
from waterdeal.imports.quantities import find_measure, find_units, is_amount
from waterdeal.imports.words import plain

if TYPE_CHECKING:
    from waterdeal.imports.grid import Cell, Notes, Sheet

_DAYS = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:-го)? [^\W\d_]{3,} \d{4}")


def date_snapshot(sheet: Sheet, notes: Notes) -> Sheet | None:
    """Write the one day that the titles name above each column of numbers; None where a sheet is no such table."""
    header = next((row for row in range(1, sheet.size[0] - 1) if _is_header(sheet, row)), None)
    if header is None:
        return None
    titles = [(row, column, cell) for row in range(header) for column, cell in enumerate(sheet.cells(row)) if not is_blank(cell)]
    days = {day: (row, column) for row, column, cell in titles for day in _days_of(cell)}
    if len(days) != 1:
        return None
    (day, where), = days.items()
    columns = _measured(sheet, header)
    if any(not is_blank(sheet.raw(header - 1, column)) for column in columns):
        return None
    rows = [list(cells) for cells in sheet.rows]
    rows[header - 1] += [None] * (max(columns) + 1 - len(rows[header - 1]))
    for column in columns:
        rows[header - 1][column] = day
    notes.mention(sheet.spot(*where), cell_text(sheet.raw(*where)), f"{day:%Y-%m-%d}", "imports.snapshot")
    return replace(sheet, rows=rows)


def _days_of(cell: Cell) -> list[datetime]:
    """Days that a title names in full."""
    if isinstance(cell, datetime):
        return [cell]
    whens = [read_when(text.replace("-го", "")) for text in _DAYS.findall(plain(cell_text(cell)))]
    return [datetime(when.year, when.month, when.day) for when in whens if when and when.year and when.month and when.day]


def _is_header(sheet: Sheet, row: int) -> bool:
    """Tell whether a row says what is measured below it."""
    return not any(map(is_amount, sheet.cells(row))) and not is_blank(sheet.raw(row, 0)) and bool(_measured(sheet, row))


def _measured(sheet: Sheet, row: int) -> list[int]:
    """Columns after the first whose heading is a quantity or a unit, with a number below it."""
    texts = {column: cell_text(cell) for column, cell in enumerate(sheet.cells(row, 1), start=1)}
    return [column for column, text in texts.items() if (find_units(text) or find_measure(text)) and is_amount(sheet.raw(row + 1, column))]
