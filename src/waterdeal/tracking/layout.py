"""Find the tables of a sheet: where the header with times stands, and whether times go across or down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from waterdeal.tracking.dates import find_month, read_bare, read_when
from waterdeal.tracking.grid import Cell, Sheet, cell_text, is_blank
from waterdeal.tracking.numbers import is_missing, is_number
from waterdeal.tracking.quantities import find_measure, find_units, is_amount
from waterdeal.tracking.words import find_agency, holds, is_one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY_MONTH = re.compile(r"\d{2}\.\d{2}\.?")


class HeaderSort(StrEnum):
    """The sorts of header, in the order in which they are looked for."""

    USUAL = "times over numbers"
    BARE = "bare days, the month in the title"
    LONE = "one time over what is no number"


@dataclass(frozen=True)
class Block:
    """One table: times across the columns of its header, places down the rows of its body.

    Parameters
    ----------
    sheet : Sheet
        The sheet, turned where the file has times down.
    top, body, end : int
        First row of the header, first row of the body, row after the last.
    first : int
        First column of times; before it stand names and other labels.
    above : int
        First row of the texts above the header that belong to it.
    """

    sheet: Sheet
    top: int
    body: int
    end: int
    first: int
    above: int

    def covered(self) -> int:
        """Count the numbers that stand under the times."""
        width = self.sheet.size[1]
        return sum(_is_filled(self.sheet, row, column) for row in range(self.body, self.end) for column in range(self.first, width))

    def title_columns(self) -> set[int]:
        """Columns before the times in which only the header holds a text: a title, not labels."""
        titles = set()
        for column in range(self.first):
            anchors = {self.sheet.anchor(row, column) for row in range(self.body, self.end) if self._seen(row, column)}
            if not anchors or all(row < self.body for row, _ in anchors):
                titles.add(column)
        return titles

    def _seen(self, row: int, column: int) -> bool:
        return not is_blank(self.sheet.filled(row, column))

    def title_texts(self) -> list[str]:
        """Texts in the corner and above the header, the nearest first."""
        corner = [(row, column) for row in range(self.top, self.body) for column in range(self.first)]
        over = [(row, column) for row in range(self.top - 1, self.above - 1, -1) for column in range(self.sheet.size[1])]
        cells = [self.sheet.raw(row, column) for row, column in corner + over]
        return [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]


def find_blocks(sheet: Sheet) -> list[Block]:
    """Find the tables of a sheet.

    Parameters
    ----------
    sheet : Sheet
        The sheet as it stands.

    Returns
    -------
    list of Block
        Tables with times across or down, whichever explains more numbers; none where no times are found.
    """
    for sort in HeaderSort:
        ways = [list(_blocks(sheet, sort)), list(_blocks(sheet.turn(), sort))]
        best = max(ways, key=lambda blocks: sum(block.covered() for block in blocks))
        if sum(block.covered() for block in best):
            return best
    return next(filter(None, ([block for block in blocks if block.end > block.body] for blocks in ways)), [])


def _blocks(sheet: Sheet, sort: HeaderSort) -> Iterator[Block]:
    """Yield the tables of a sheet seen one way."""
    heads = _heads(sheet, sort)[: 1 if sort is HeaderSort.BARE else None]
    above = 0
    for number, (top, body, first) in enumerate(heads):
        limit = heads[number + 1][0] if number + 1 < len(heads) else sheet.size[0]
        end = max((row + 1 for row in range(body, limit) if _has_value(sheet, row, first)), default=body)
        yield Block(sheet, top, body, end, first, min(above, top))
        above = end


def _has_value(sheet: Sheet, row: int, first: int) -> bool:
    """Tell whether anything stands in a row from a column on."""
    return any(not is_blank(sheet.raw(row, column)) or sheet.is_unread(row, column) for column in range(first, sheet.size[1]))


def _heads(sheet: Sheet, sort: HeaderSort) -> list[tuple[int, int, int]]:
    """Find the headers: first row, row after the last, first column of times."""
    heads: list[tuple[int, int, int]] = []
    row = 0
    while row < sheet.size[0]:
        columns = _bare_columns(sheet, row) if sort is HeaderSort.BARE else _time_columns(sheet, row)
        if not _makes_header(sheet, row, columns, lone=sort is HeaderSort.LONE):
            row += 1
            continue
        top, floor = row, heads[-1][1] if heads else 0
        first = min(columns)
        while top > floor and _is_upper(sheet, top - 1):
            top -= 1
        row += 1
        while row < sheet.size[0] and (below := _time_columns(sheet, row)) and _continues(sheet, row):
            first = min([first, *below])
            row += 1
        while row < sheet.size[0] and _is_lower(sheet, row, first, top):
            row += 1
        heads.append((top, row, first))
    return heads


def _time_columns(sheet: Sheet, row: int) -> list[int]:
    """Columns of a row in which a time stands, one for each merged range."""
    found: dict[int, Cell] = {}
    for column in range(sheet.size[1]):
        cell = sheet.raw(row, column)
        when = None if cell is None or isinstance(cell, float) else read_when(cell)
        if when and not when.only_year:
            found[column] = cell
    short = [column for column, cell in found.items() if isinstance(cell, str) and _DAY_MONTH.fullmatch(cell)]
    if short and not _are_days([str(found[column]) for column in short]):
        found = {column: cell for column, cell in found.items() if column not in short}
    return list(found)


def _are_days(texts: list[str]) -> bool:
    """Tell days such as "01.04" from numbers such as 12.05: at least three that follow one another."""
    whens = [read_when(text) for text in texts]
    try:
        days = [date(2024, when.month or 0, when.day or 0) for when in whens if when]
    except ValueError:
        return False
    gaps = {(late - early).days for early, late in pairwise(days)}
    return len(days) >= 3 and (gaps == {1} or (min(gaps) > 0 and all(day.day in {1, 11, 21} for day in days)))


def _bare_columns(sheet: Sheet, row: int) -> list[int]:
    """Columns of a row that counts days or dekads from 1, where only the title names the month."""
    days = {column: read_bare(sheet.raw(row, column)) for column in range(1, sheet.size[1])}
    columns = [column for column, day in days.items() if day is not None]
    if [days[column] for column in columns] != list(range(1, len(columns) + 1)) or len(columns) < 3:
        return []
    texts = [sheet.name, *(cell_text(sheet.raw(above, column)) for above in range(row) for column in range(sheet.size[1]))]
    return columns if any(find_month(text) for text in texts) else []


def _makes_header(sheet: Sheet, row: int, columns: list[int], *, lone: bool) -> bool:
    """Tell whether the times of a row head columns: two or more, or one with numbers (or if lone, with anything) below."""
    if len(columns) != 1:
        return len(columns) > 1
    column = columns[0]
    below = range(row + 1, min(row + 8, sheet.size[0]))
    return column > 0 and any(_is_filled(sheet, other, column) or (lone and not is_blank(sheet.raw(other, column))) for other in below)


def _is_filled(sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether a cell holds a number, or a formula that should give one."""
    return is_amount(sheet.raw(row, column)) or sheet.is_unread(row, column)


def _is_upper(sheet: Sheet, row: int) -> bool:
    """Tell whether the row above a header belongs to it: a month or year over several columns."""
    whens = [(column, read_when(sheet.raw(row, column))) for column in range(1, sheet.size[1])]
    return any(when for _, when in whens) and not any(is_number(sheet.raw(row, column)) for column, when in whens if not when)


def _continues(sheet: Sheet, row: int) -> bool:
    """Tell whether a row with times is a further row of the header: it holds no numbers but those of days."""
    return not any(is_number(cell) and read_bare(cell) is None for cell in (sheet.raw(row, column) for column in range(sheet.size[1])))


def _is_lower(sheet: Sheet, row: int, first: int, top: int) -> bool:
    """Tell whether a row below the times still belongs to the header: bare days, units, agencies, plan and fact."""
    cells = [sheet.raw(row, column) for column in range(first, sheet.size[1])]
    cells = [cell for cell in cells if not is_blank(cell)]
    if not cells or any(is_missing(cell) for cell in cells):
        return False
    labels = [(column, cell_text(sheet.filled(row, column))) for column in range(first)]
    unnamed = all(not text or top <= sheet.anchor(row, column)[0] < row or _heads_labels(text) for column, text in labels)
    numbers = [cell for cell in cells if is_amount(cell)]
    if numbers:
        days = [read_bare(cell) for cell in numbers]
        return unnamed and None not in days and days[:3] == [1, 2, 3][: len(days)] and len(days) > 1
    return any(_is_head_word(cell_text(cell)) for cell in cells)


def _heads_labels(text: str) -> bool:
    """Tell whether a text heads the column of places or of times."""
    return any(is_one_of(text, "columns", role) for role in ("place", "start"))


def _is_head_word(text: str) -> bool:
    """Tell whether a text is a word of headers."""
    lists = (("left_out", "words"), ("left_out", "moments"), ("totals", "sum"), ("totals", "mean"), ("time", "actual"))
    return bool(find_units(text) or find_measure(text) or find_agency(text)) or any(holds(text, *where) for where in lists)
