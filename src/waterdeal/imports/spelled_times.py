"""Times that a line of cells spells together: Roman numerals that are months, and dates as the serial numbers of spreadsheets."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeGuard

from waterdeal.calendar import DEKAD_FIRST_DAYS
from waterdeal.imports.dates import ROMAN_MONTHS, read_when
from waterdeal.imports.words import plain
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.imports.grid import Cell, Notes, Sheet

#: serial numbers of 1 January 1930 and 2080
_SERIALS = (10_959, 65_746)
#: how many cells of a line must be times, before they are
_FEWEST = 4
_ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def spell_times(sheet: Sheet, notes: Notes) -> Sheet:
    """Write Roman months as words, and serial numbers as dates, where a row or a column of them leaves no doubt."""
    changed: dict[tuple[int, int], Cell] = {}
    for turned in (sheet, sheet.turn()):
        for row in range(turned.size[0]):
            cells = {column: cell for column, cell in enumerate(turned.cells(row)) if cell is not None}
            found = _romans(cells) or _serials(cells, sheet.first_day) or _serials_among_dates(cells, sheet.first_day)
            for column, cell in found.items():
                changed[(column, row) if turned.turned else (row, column)] = cell
            if found:
                first = next(iter(found))
                key = "imports.roman_months" if isinstance(found[first], str) else "imports.serial_dates"
                told = say("imports.months") if isinstance(found[first], str) else f"{found[first]:%Y-%m-%d}"
                notes.mention(turned.spot(row, first), _told(cells[first]), told, key)
    if not changed:
        return sheet
    rows = [[changed.get((row, column), cell) for column, cell in enumerate(cells)] for row, cells in enumerate(sheet.rows)]
    return replace(sheet, rows=rows)


def _told(cell: Cell) -> str:
    """Write a cell for people."""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _romans(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    """Months of a line of Roman numerals that goes beyond III."""
    texts = {column: plain(cell).strip(" .") for column, cell in cells.items() if isinstance(cell, str)}
    months = {column: ROMAN_MONTHS[text] for column, text in texts.items() if text in ROMAN_MONTHS}
    turns = sum(late <= early for early, late in pairwise(months.values()))
    if len(months) < 2 or max(months.values()) < 4 or turns > 1 or len(set(months.values())) < len(months):
        return {}
    return {column: _ENGLISH[month - 1] for column, month in months.items()}


def _serials(cells: Mapping[int, Cell], first_day: datetime) -> dict[int, Cell]:
    """Dates of a line of serial numbers that are days, dekads or months one after another."""
    numbers = {column: cell for column, cell in cells.items() if isinstance(cell, float) and cell.is_integer()}
    inside = len(numbers) >= _FEWEST and all(_SERIALS[0] <= number <= _SERIALS[1] for number in numbers.values())
    if not inside:
        return {}
    days = {column: serial_date(number, first_day) for column, number in numbers.items()}
    gaps = {(late - early).days for early, late in pairwise(days.values())}
    firsts = min(gaps) > 0 and all(day.day in DEKAD_FIRST_DAYS for day in days.values())
    return dict(days) if gaps == {1} or firsts else {}


def _serials_among_dates(cells: Mapping[int, Cell], first_day: datetime) -> dict[int, Cell]:
    """Serial numbers of a line of dates that fit between their neighbours."""
    texts = {column: float(cell) for column, cell in cells.items() if isinstance(cell, str) and re.fullmatch(r"\d{5}", cell)}
    numbers = {column: cell for column, cell in (dict(cells) | texts).items() if is_serial(cell)}
    found = {column: serial_date(numbers[column], first_day) if column in numbers else _day_of(cell) for column, cell in cells.items()}
    days = {column: day for column, day in found.items() if day is not None}
    rises = all(early < late for early, late in pairwise(days.values()))
    others = any(isinstance(cell, float) and column not in numbers for column, cell in cells.items())
    if not numbers or len(days) - len(numbers) < 2 or not rises or others:
        return {}
    return {column: days[column] for column in numbers}


def _day_of(cell: Cell) -> datetime | None:
    """Return the day that a cell says in full."""
    when = read_when(cell)
    if when is None or not (when.year and when.month and when.day):
        return None
    try:
        return datetime(when.year, when.month, when.day)
    except ValueError:
        return None


def serial_date(number: float, first_day: datetime) -> datetime:
    """Return the day of a serial number."""
    return first_day + timedelta(days=int(number))


def is_serial(cell: Cell) -> TypeGuard[float]:
    """Tell whether a cell in a column of dates holds a serial number."""
    return isinstance(cell, float) and cell.is_integer() and _SERIALS[0] <= cell <= _SERIALS[1]
