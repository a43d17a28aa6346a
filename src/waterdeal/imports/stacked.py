"""Tables of one month each that stand below one another, the same years across: each becomes a sheet of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waterdeal.imports.dates import find_month, find_years
from waterdeal.imports.grid import cell_text, is_blank
from waterdeal.imports.labels import is_total_row
from waterdeal.imports.quantities import is_amount

if TYPE_CHECKING:
    from waterdeal.imports.grid import Sheet


def part_months(sheet: Sheet) -> list[Sheet]:
    """Return a sheet a month, its cells where they stood, under the titles that hold for it; else the sheet as it is."""
    years = {row: found for row in range(sheet.size[0]) if len(found := _years(sheet, row)) > 1}
    heads = [row for row, found in years.items() if found == next(iter(years.values()))]
    if len(heads) < 2 or len(heads) < len(years):
        return [sheet]
    tops = [_top(sheet, head) for head in heads]
    named = [[row for row in range(top, head + 1) if _month(sheet, row)] for top, head in zip(tops, heads, strict=True)]
    if not all(named):
        return [sheet]
    parts, titles = [], list[int]()
    for at, (top, end) in enumerate(zip(tops, [*tops[1:], sheet.size[0]], strict=True)):
        own = [row for row in range(top, heads[at]) if row not in named[at] and any(map(cell_text, sheet.cells(row)))]
        titles = [*titles[: max(len(titles) - len(own), 0)], *own]  # "Чирчик" stands in place of "Нарын", below the heading of both
        rows = [list(cells) if row in {*titles, *range(top, end)} else [] for row, cells in enumerate(sheet.rows)]
        for row in named[at]:
            rows[row][0] = f"[{cell_text(rows[row][0])}]"  # a title, no time of the cells beside it
        parts.append(replace(sheet, rows=rows))
    return parts


def _years(sheet: Sheet, row: int) -> list[int]:
    """Return the years that stand alone in the cells of a row after the first; none where anything else stands there."""
    texts = [cell_text(cell) for cell in sheet.cells(row, 1) if not is_blank(cell)]
    years = [found[0] for text in texts if len(found := find_years(text)) == 1 and len(text) <= len("2026 год")]
    return years if len(years) == len(texts) == len(set(years)) else []


def _top(sheet: Sheet, head: int) -> int:
    """Return the first of the rows of titles right above a header."""
    top = head
    while top > 0 and not any(map(is_amount, sheet.cells(top - 1, 1))) and not is_total_row(cell_text(sheet.raw(top - 1, 0))):
        top -= 1
    return top


def _month(sheet: Sheet, row: int) -> int | None:
    """Return the month that a row of a title, or the corner of a header, names."""
    return find_month(cell_text(sheet.raw(row, 0)))
