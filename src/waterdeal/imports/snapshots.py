"""Tables whose times are written out before they are read as any other: sheets of one period, and dekads counted over the year.

The title of a sheet of one day says "as of", that of a dekad or a month which it is, and the columns what is measured.
"""

from __future__ import annotations

from calendar import month_name
from dataclasses import replace
from typing import TYPE_CHECKING

from waterdeal.imports.dates import When, find_years, period_of, read_when
from waterdeal.imports.grid import cell_text, is_blank
from waterdeal.imports.quantities import find_measure, find_units, is_amount
from waterdeal.imports.reading import DAY
from waterdeal.imports.words import holds
from waterdeal.words import ROMAN, say

if TYPE_CHECKING:
    from waterdeal.imports.grid import Cell, Notes, Sheet

#: the most words that a period of a title takes: "с 11 апреля по 20 апреля 2026 г."
_MOST_WORDS = 8
_SINCE = {"с", "со", "from", "since"}


def date_snapshot(sheet: Sheet, notes: Notes) -> Sheet | None:
    """Write the one day, dekad or month that the titles name above each column of numbers; None where a sheet is no such table."""
    header = next((row for row in range(1, sheet.size[0] - 1) if _is_header(sheet, row)), None)
    if header is None:
        return None
    titles = [(row, column, cell) for row in range(header) for column, cell in enumerate(sheet.cells(row)) if not is_blank(cell)]
    found = {when: (text, (row, column)) for row, column, cell in titles for text, when in _periods_of(cell)}
    if len(found) != 1:
        return None
    ((text, where),) = found.values()
    columns = _measured(sheet, header)
    if any(not is_blank(sheet.raw(header - 1, column)) for column in columns):
        return None
    rows = [list(cells) for cells in sheet.rows]
    rows[header - 1] += [None] * (max(columns) + 1 - len(rows[header - 1]))
    for column in columns:
        rows[header - 1][column] = text
    first, after = period_of(next(iter(found)))
    told = first.isoformat() if after - first == DAY else say("imports.from_to", start=first, last=after - DAY)
    notes.mention(sheet.spot(*where), cell_text(sheet.raw(*where)), told, "imports.snapshot")
    return replace(sheet, rows=rows)


def _periods_of(cell: Cell) -> list[tuple[str, When]]:
    """Days, dekads and months that a title names in full, with its words for them; as many words as make one."""
    words = cell_text(cell).replace("-го", "").split()
    found: list[tuple[str, When]] = []
    at = 0
    while at < len(words):
        ends = range(min(at + _MOST_WORDS, len(words)), at, -1)
        whens = ((end, text, read_when(text.strip("(),;"))) for end in ends for text in [" ".join(words[at:end])])
        end, text, when = next((one for one in whens if one[2] and one[2].year and one[2].month), (at + 1, "", None))
        since = at > 0 and words[at - 1].lower() in _SINCE  # the day from which a total counts
        found += [(text.strip("(),;"), when)] if when and not since and _is_period(when) else []
        at = end
    return found


def _is_period(when: When) -> bool:
    """Tell whether a calendar has such a day."""
    try:
        return bool(period_of(when))
    except ValueError:
        return False


def _is_header(sheet: Sheet, row: int) -> bool:
    """Tell whether a row says what is measured below it."""
    return not any(map(is_amount, sheet.cells(row))) and not is_blank(sheet.raw(row, 0)) and bool(_measured(sheet, row))


def _measured(sheet: Sheet, row: int) -> list[int]:
    """Columns after the first whose heading is a quantity or a unit, with a number below it."""
    texts = {column: cell_text(cell) for column, cell in enumerate(sheet.cells(row, 1), start=1)}
    return [column for column, text in texts.items() if (find_units(text) or find_measure(text)) and is_amount(sheet.raw(row + 1, column))]


def name_dekads(sheet: Sheet, notes: Notes) -> Sheet | None:
    """Write months and dekads over numbers from 1 to 36 under, or beside, a heading that says dekads; None where a sheet has none.

    Where a title names two years that follow one another, the first may be of January or of October, which is refused.
    """
    heads = [(row, column) for row in range(sheet.size[0]) for column in range(sheet.size[1]) if _says_dekads(sheet.raw(row, column))]
    for row, column in heads:
        for down, across in ((1, 0), (0, 1)):
            places = [(row + down * step, column + across * step) for step in range(1, 37)]
            if [cell_text(sheet.raw(*place)) for place in places] == [str(number) for number in range(1, 37)]:
                return _with_months(sheet, places, notes)
    return None


def _says_dekads(cell: Cell) -> bool:
    """Tell whether a heading says that dekads are counted there."""
    return isinstance(cell, str) and holds(cell, "time", "dekad")


def _with_months(sheet: Sheet, places: list[tuple[int, int]], notes: Notes) -> Sheet:
    """Write the month and dekad of each place, counted from January."""
    above = [cell_text(cell) for row in range(places[0][0]) for cell in sheet.cells(row)]
    years = next((years for text in (*above, sheet.name) if len(years := find_years(text)) == 2), [])
    if years and years[1] == years[0] + 1:
        notes.fault(sheet.spot(*places[0]), "imports.dekads_from", first=years[0], last=years[1])
        return sheet
    rows = [list(cells) for cells in sheet.rows]
    for number, (row, column) in enumerate(places):
        rows[row][column] = f"{ROMAN[number % 3]} {month_name[number // 3 + 1]}"
    notes.guess(sheet.spot(*places[0]), "1 ... 36", say("imports.dekads_of_year"), "imports.dekads_counted")
    return replace(sheet, rows=rows)
