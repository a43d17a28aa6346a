"""Times that cells spell together: Roman months, short years, days of the week, dates as numbers, in digits and in parts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeGuard

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, is_step_start, next_start
from waterdeal.imports.dates import ROMAN_MONTHS, find_years, month_words, read_bare, read_weekday, read_when
from waterdeal.imports.grid import LEFT_OUT, cell_text, is_blank
from waterdeal.imports.numbers import is_number
from waterdeal.imports.words import is_one_of, plain, word_list
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.imports.grid import Cell, Notes, Sheet

#: serial numbers of 1 January 1930 and 2080
_SERIALS = (10_959, 65_746)
_FIVE_DIGITS = re.compile(r"\d{5}")
#: how many cells of a line must be times, before they are
_FEWEST = 4
#: fewer are serial numbers where they are from this day on, 1 January 1990, and each is the next step after the one before
_SURE_SERIAL = 32_874
#: rows in which a header of parts is looked for, and years of records
_SEARCHED_ROWS, _YEARS = 40, (1850, 2200)
#: the month and the year as spreadsheets show them, "апр.26", "Apr-26", and as people write them, "Apr 26"
_SHORT_YEAR, _SHORT = (re.compile(rf"([^\W\d_]{{3,}})\.?{mark}(\d\d)") for mark in ("[-.]", "[-.' ]?"))
_DIGITS = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d")
_ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def spell_times(sheet: Sheet, notes: Notes) -> Sheet:
    """Write Roman months as words, and dates without marks as dates, where a row or a column of them leaves no doubt."""
    changed: dict[tuple[int, int], Cell] = _dates_in_parts(sheet, notes)
    for turned in (sheet, sheet.turn()):
        for row in range(turned.size[0]):
            cells = {column: cell for column, cell in enumerate(turned.cells(row)) if cell is not None}
            found = (
                _romans(cells)
                or _digits(cells)
                or _short_years(cells, sheet)
                or _serials(cells, sheet.first_day)
                or _serials_among_dates(cells, sheet.first_day)
                or _weekdays(cells)
            )
            places = {column: (column, row) if turned.turned else (row, column) for column in found}
            first = next((column for column, place in places.items() if place not in changed), None)
            changed |= {places[column]: cell for column, cell in found.items()}
            if first is not None:
                notes.mention(turned.spot(row, first), cell_text(cells[first]), *_taken_as(cells[first], found[first]))
    if not changed:
        return sheet
    rows = [[changed.get((row, column), cell) for column, cell in enumerate(cells)] for row, cells in enumerate(sheet.rows)]
    return replace(sheet, rows=rows)


def _dates_in_parts(sheet: Sheet, notes: Notes) -> dict[tuple[int, int], Cell]:
    """Put year, month and day together that stand in columns of their own, each row whole and nothing of a time in other heads."""
    for head in range(min(_SEARCHED_ROWS, sheet.size[0])):
        texts = {column: cell_text(cell) for column, cell in enumerate(sheet.cells(head)) if not is_blank(cell)}
        at = {part: column for part in ("day", "month", "year") for column, text in texts.items() if is_one_of(text, "parts", part)}
        if {"year", "month"} <= set(at):
            others = [text for column, text in texts.items() if column not in at.values()]
            rows = [row for row in range(head + 1, sheet.size[0]) if any(is_number(sheet.raw(row, column)) for column in at.values())]
            dates = {row: date for row in rows if (date := _date_of({part: sheet.raw(row, column) for part, column in at.items()}))}
            if not rows or len(dates) < len(rows) or any(map(read_when, others)):
                return {}
            told = ", ".join(texts[column] for column in sorted(at.values()))
            notes.mention(sheet.spot(rows[0], at["year"]), told, dates[rows[0]], "imports.dates_in_parts")
            blank: dict[tuple[int, int], Cell] = {(row, column): None for row in [head, *rows] for column in at.values()}
            return blank | {(row, at["year"]): date for row, date in dates.items()} | {(head, at["year"]): word_list("columns", "start")[1]}
    return {}


def _date_of(parts: Mapping[str, Cell]) -> str:
    """Write a date of its parts; empty where they are none."""
    month = read_when(parts["month"])
    said = {part: read_bare(cell) for part, cell in parts.items() if part != "year"} | ({"month": month.month} if month else {})
    year = parts["year"]
    if isinstance(year, str) and year.strip().isdecimal():
        year = float(year)
    if not isinstance(year, float) or year not in range(*_YEARS) or not all(said.values()) or (said["month"] or 0) > 12:
        return ""
    return "-".join([f"{year:.0f}", f"{said['month']:02}", *([f"{said['day']:02}"] if "day" in said else [])])


def _taken_as(cell: Cell, found: Cell) -> tuple[str, str]:
    """Return what a cell was taken as, and the key of why."""
    if isinstance(found, datetime):
        return f"{found:%Y-%m-%d}", "imports.dates_in_digits" if _DIGITS.fullmatch(cell_text(cell)) else "imports.serial_dates"
    if found is None:
        return LEFT_OUT, "imports.weekdays"
    return (str(found), "imports.short_year") if _SHORT.match(plain(str(cell))) else (say("imports.months"), "imports.roman_months")


def _weekdays(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    """Cells of a line of days of the week, which say nothing that dates do not: "Ср" among them is no mean."""
    days = {column: day for column, cell in cells.items() if (day := read_weekday(cell)) is not None}
    pairs = list(pairwise(days.values()))
    heads = [column for column, cell in cells.items() if is_one_of(cell_text(cell), "columns", "start")]
    alone = len(days) + len(heads) == len(cells)
    follow = bool(pairs) and all((late - early) % 7 in {1, 2, 3} for early, late in pairs)
    return dict.fromkeys([*days, *(heads if alone else ())]) if follow else {}


def _short_years(cells: Mapping[int, Cell], sheet: Sheet) -> dict[int, Cell]:
    """Months of a line with two digits of their year: the only year that is named, or one month after another.

    What spreadsheets do not show so may be a day of the month: there it takes a row of months and no other year.
    """
    texts = {column: text for column, cell in cells.items() if isinstance(cell, str) and _SHORT.fullmatch(text := plain(cell))}
    words, parts = month_words(), {column: _SHORT.fullmatch(text) for column, text in texts.items()}
    said = {column: (2000 + int(part[2]), words[part[1]]) for column, part in parts.items() if part and part[1] in words}
    if not said:
        return {}
    named = {year for line in sheet.rows for cell in line if isinstance(cell, str) for year in find_years(cell)}
    years = {year for year, _ in said.values()}
    follows = all(12 * late[0] + late[1] == 12 * early[0] + early[1] + 1 for early, late in pairwise(said.values()))
    if all(_SHORT_YEAR.fullmatch(texts[column]) for column in said):
        sure = years <= named if named else len(said) > 1 and follows
    else:
        sure = follows and len(said) >= _FEWEST and len(said) == len(texts) and named <= years
    return {column: f"{year}-{month:02}" for column, (year, month) in said.items()} if sure else {}


def _romans(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    """Months of a line of Roman numerals that goes beyond III."""
    texts = {column: plain(cell).strip(" .") for column, cell in cells.items() if isinstance(cell, str)}
    months = {column: ROMAN_MONTHS[text] for column, text in texts.items() if text in ROMAN_MONTHS}
    turns = sum(late <= early for early, late in pairwise(months.values()))
    if len(months) < 2 or max(months.values()) < 4 or turns > 1 or len(set(months.values())) < len(months):
        return {}
    return {column: _ENGLISH[month - 1] for column, month in months.items()}


def _digits(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    """Dates of a line such as 20260401, where they are days, dekads or months one after another."""
    texts = {column: cell_text(cell) for column, cell in cells.items() if isinstance(cell, str) or (isinstance(cell, float) and cell > 1e7)}
    dated = {column: f"{text[:4]}-{text[4:6]}-{text[6:]}" for column, text in texts.items() if _DIGITS.fullmatch(text)}
    days = {column: day for column, text in dated.items() if (day := _day_of(text))}
    return dict(days) if len(days) >= _FEWEST and _follow(list(days.values())) else {}


def _follow(days: Sequence[datetime]) -> bool:
    """Tell whether days are one after another, or first days of dekads or months that rise."""
    gaps = {(late - early).days for early, late in pairwise(days)}
    return gaps == {1} or (min(gaps) > 0 and all(day.day in DEKAD_FIRST_DAYS for day in days))


def _serials(cells: Mapping[int, Cell], first_day: datetime) -> dict[int, Cell]:
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
    return dict(days) if _follow(list(days.values())) else {}


def _serials_among_dates(cells: Mapping[int, Cell], first_day: datetime) -> dict[int, Cell]:
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
