"""Times that cells spell together: Roman numerals that are months, dates as numbers or in digits, and in columns of their parts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeGuard

from waterdeal.calendar import DEKAD_FIRST_DAYS
from waterdeal.imports.dates import ROMAN_MONTHS, find_years, month_words, read_bare, read_when
from waterdeal.imports.grid import cell_text, is_blank
from waterdeal.imports.numbers import is_number
from waterdeal.imports.words import is_one_of, plain, word_list
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.imports.grid import Cell, Notes, Sheet

#: serial numbers of 1 January 1930 and 2080
_SERIALS = (10_959, 65_746)
#: how many cells of a line must be times, before they are
_FEWEST = 4
#: rows in which a header is looked for, and years of records
_SEARCHED_ROWS, _YEARS = 40, (1850, 2200)
_SHORT_YEAR = re.compile(r"([^\W\d_]{3,})\.?[-' ]?(\d\d)")
_DIGITS = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d")
_ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def spell_times(sheet: Sheet, notes: Notes) -> Sheet:
    """Write Roman months as words, and dates without marks as dates, where a row or a column of them leaves no doubt."""
    changed: dict[tuple[int, int], Cell] = _dates_in_parts(sheet, notes)
    heads = [cell for cells in sheet.rows[:_SEARCHED_ROWS] for cell in cells if isinstance(cell, str)]
    years = {year for text in [sheet.name, *heads] for year in find_years(text)}
    for turned in (sheet, sheet.turn()):
        for row in range(turned.size[0]):
            cells = {column: cell for column, cell in enumerate(turned.cells(row)) if cell is not None}
            key, found = _spelled(cells, sheet.first_day, years)
            for column, cell in found.items():
                changed[(column, row) if turned.turned else (row, column)] = cell
            if found:
                first = next(iter(found))
                told = say("imports.months") if key == "imports.roman_months" else cell_text(found[first])
                notes.mention(turned.spot(row, first), cell_text(cells[first]), told, key)
    if not changed:
        return sheet
    rows = [[changed.get((row, column), cell) for column, cell in enumerate(cells)] for row, cells in enumerate(sheet.rows)]
    return replace(sheet, rows=rows)


def _spelled(cells: Mapping[int, Cell], first_day: datetime, years: set[int]) -> tuple[str, dict[int, Cell]]:
    """Return what the cells of a line stand for, and the key of why."""
    found = {"imports.roman_months": _romans(cells), "imports.dates_in_digits": _digits(cells)}
    short = _short_years(cells)
    if years <= {int(str(cell)[:4]) for cell in short.values()}:  # else "Jan-15" is a day of the year that is named
        found["imports.short_years"] = short
    for key, times in found.items():
        if times:
            return key, times
    return "imports.serial_dates", _serials(cells, first_day) or _serials_among_dates(cells, first_day)


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


def _romans(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    """Months of a line of Roman numerals that goes beyond III."""
    texts = {column: plain(cell).strip(" .") for column, cell in cells.items() if isinstance(cell, str)}
    months = {column: ROMAN_MONTHS[text] for column, text in texts.items() if text in ROMAN_MONTHS}
    turns = sum(late <= early for early, late in pairwise(months.values()))
    if len(months) < 2 or max(months.values()) < 4 or turns > 1 or len(set(months.values())) < len(months):
        return {}
    return {column: _ENGLISH[month - 1] for column, month in months.items()}


def _short_years(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    """Months of a line such as "Jan-26", where each is the one after the month before, the year with it."""
    found = {column: part for column, cell in cells.items() if isinstance(cell, str) and (part := _SHORT_YEAR.fullmatch(plain(cell)))}
    whens = {column: (month_words().get(part[1]), int(part[2])) for column, part in found.items()}
    counts = [12 * year + month for month, year in whens.values() if month]
    if len(counts) < _FEWEST or len(counts) < len(whens) or any(late - early != 1 for early, late in pairwise(counts)):
        return {}
    return {column: f"{2000 + year}-{month:02}" for column, (month, year) in whens.items()}


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
    numbers = {column: cell for column, cell in cells.items() if isinstance(cell, float) and cell.is_integer()}
    inside = len(numbers) >= _FEWEST and all(_SERIALS[0] <= number <= _SERIALS[1] for number in numbers.values())
    if not inside:
        return {}
    days = {column: serial_date(number, first_day) for column, number in numbers.items()}
    return dict(days) if _follow(list(days.values())) else {}


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
