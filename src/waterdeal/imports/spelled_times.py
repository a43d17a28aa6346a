"""Times that a line of cells spells together: Roman months, years of two digits, days of the week, and dates as serial numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeGuard

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, is_step_start, next_start
from waterdeal.imports.dates import ROMAN_MONTHS, find_years, month_words, read_weekday, read_when
from waterdeal.imports.grid import LEFT_OUT, cell_text
from waterdeal.imports.numbers import is_number
from waterdeal.imports.words import is_one_of, plain
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.imports.grid import Cell, Notes, Sheet

#: serial numbers of 1 January 1930 and 2080
_SERIALS = (10_959, 65_746)
_FIVE_DIGITS = re.compile(r"\d{5}")
#: how many cells of a line must be times, before they are
_FEWEST = 4
#: fewer are serial numbers where they are from this day on, 1 January 1990, and each is the next step after the one before
_SURE_SERIAL = 32_874
#: the month and the year as spreadsheets show them: "апр.26", "Apr-26"
_SHORT_YEAR = re.compile(r"([^\W\d_]{3,})\.?[-.](\d\d)")
_ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def spell_times(sheet: Sheet, notes: Notes) -> Sheet:
    """Write Roman months as words, and serial numbers as dates, where a row or a column of them leaves no doubt."""
    changed: dict[tuple[int, int], str | datetime | None] = {}
    for turned in (sheet, sheet.turn()):
        for row in range(turned.size[0]):
            cells = {column: cell for column, cell in enumerate(turned.cells(row)) if cell is not None}
            found = (
                _romans(cells)
                or _short_years(cells, sheet)
                or _serials(cells, sheet.first_day)
                or _serials_among_dates(cells, sheet.first_day)
                or _weekdays(cells)
            )
            places = {column: (column, row) if turned.turned else (row, column) for column in found}
            first = next((column for column, place in places.items() if place not in changed), None)
            changed |= {places[column]: cell for column, cell in found.items()}
            if first is not None:
                notes.mention(turned.spot(row, first), _told(cells[first]), *_taken_as(cells[first], found[first]))
    if not changed:
        return sheet
    rows = [[changed.get((row, column), cell) for column, cell in enumerate(cells)] for row, cells in enumerate(sheet.rows)]
    return replace(sheet, rows=rows)


def _told(cell: Cell) -> str:
    """Write a cell for people."""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _taken_as(cell: Cell, found: str | datetime | None) -> tuple[str, str]:
    """Return what a cell was taken as, and the key of why."""
    if isinstance(found, datetime):
        return f"{found:%Y-%m-%d}", "imports.serial_dates"
    if found is None:
        return LEFT_OUT, "imports.weekdays"
    return (found, "imports.short_year") if _SHORT_YEAR.match(plain(str(cell))) else (say("imports.months"), "imports.roman_months")


def _weekdays(cells: Mapping[int, Cell]) -> dict[int, str | datetime | None]:
    """Cells of a line of days of the week, which say nothing that dates do not: "Ср" among them is no mean."""
    days = {column: day for column, cell in cells.items() if (day := read_weekday(cell)) is not None}
    pairs = list(pairwise(days.values()))
    heads = [column for column, cell in cells.items() if is_one_of(cell_text(cell), "columns", "start")]
    alone = len(days) + len(heads) == len(cells)
    follow = bool(pairs) and all((late - early) % 7 in {1, 2, 3} for early, late in pairs)
    return dict.fromkeys([*days, *(heads if alone else ())]) if follow else {}


def _short_years(cells: Mapping[int, Cell], sheet: Sheet) -> dict[int, str | datetime | None]:
    """Months of a line that spreadsheets showed with two digits of their year: the only year that is named, or one month after another."""
    texts = {column: _SHORT_YEAR.fullmatch(plain(cell)) for column, cell in cells.items() if isinstance(cell, str) and cell[:1].isalpha()}
    words = month_words()
    said = {column: (2000 + int(found[2]), words[found[1]]) for column, found in texts.items() if found and found[1] in words}
    if not said:
        return {}
    years = {year for line in sheet.rows for cell in line if isinstance(cell, str) for year in find_years(cell)}
    known = {year for year, _ in said.values()} <= years
    follows = all(later[0] * 12 + later[1] == early[0] * 12 + early[1] + 1 for early, later in pairwise(said.values()))
    if not known if years else len(said) < 2 or not follows:
        return {}
    return {column: f"{year}-{month:02}" for column, (year, month) in said.items()}


def _romans(cells: Mapping[int, Cell]) -> dict[int, str | datetime | None]:
    """Months of a line of Roman numerals that goes beyond III."""
    texts = {column: plain(cell).strip(" .") for column, cell in cells.items() if isinstance(cell, str)}
    months = {column: ROMAN_MONTHS[text] for column, text in texts.items() if text in ROMAN_MONTHS}
    follows = all(late % 12 == (early + 1) % 12 for early, late in pairwise(months.values()))
    if len(months) < 2 or max(months.values()) < 4 or not follows:
        return {}
    return {column: _ENGLISH[month - 1] for column, month in months.items()}


def _serials(cells: Mapping[int, Cell], first_day: datetime) -> dict[int, str | datetime | None]:
    """Dates of a line of serial numbers that are days, dekads or months one after another."""
    digits = {column: cell for column, cell in cells.items() if isinstance(cell, str) and _FIVE_DIGITS.fullmatch(cell)}
    texts = {column: float(cell) for column, cell in digits.items() if int(cell) >= _SURE_SERIAL}
    numbers = {column: cell for column, cell in (dict(cells) | texts).items() if isinstance(cell, float) and cell.is_integer()}
    least = _SERIALS[0] if len(numbers) >= _FEWEST else _SURE_SERIAL
    if len(numbers) < 2 or not all(least <= number <= _SERIALS[1] for number in numbers.values()):
        return {}
    days = {column: serial_date(number, first_day) for column, number in numbers.items()}
    if len(days) < _FEWEST:
        pairs = list(pairwise(day.date() for day in days.values()))
        alone = not any(is_number(cell) for column, cell in cells.items() if column not in numbers)
        steps = any(all(is_step_start(early, kind) and next_start(early, kind) == late for early, late in pairs) for kind in StepKind)
        return dict(days) if alone and steps else {}
    gaps = {(late - early).days for early, late in pairwise(days.values())}
    firsts = min(gaps) > 0 and all(day.day in DEKAD_FIRST_DAYS for day in days.values())
    return dict(days) if gaps == {1} or firsts else {}


def _serials_among_dates(cells: Mapping[int, Cell], first_day: datetime) -> dict[int, str | datetime | None]:
    """Serial numbers of a line of dates that fit between their neighbours."""
    texts = {column: float(cell) for column, cell in cells.items() if isinstance(cell, str) and _FIVE_DIGITS.fullmatch(cell)}
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
