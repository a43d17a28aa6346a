"""Rows that say a part of the time: years down, months down, days down, and the rest of it across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.calendar import StepKind
from waterdeal.imports.dates import When, find_month, find_years, read_bare, read_when
from waterdeal.imports.grid import cell_text, is_blank
from waterdeal.imports.labels import is_total_row
from waterdeal.imports.words import is_one_of

if TYPE_CHECKING:
    from waterdeal.imports.grid import Cell
    from waterdeal.imports.layout import Block


@dataclass(frozen=True)
class RowTimes:
    """The label column of a table that holds a part of the time."""

    column: int
    whens: dict[int, When]  # what each row says
    years: dict[int, tuple[int, ...]]  # both years of rows such as "2025/26"
    others: dict[int, str]  # rows with numbers that say no time


def find_row_times(block: Block) -> RowTimes | None:
    """Find such a column; None where no row says a time that the header lacks."""
    rows = [row for row in range(block.body, block.end) if any(block.sheet.is_filled(row, column) for column in _columns(block))]
    header = _header_parts(block)
    for column in range(block.first):
        cells = {row: block.sheet.filled(row, column) for row in rows}
        known = {row: cell for row, cell in cells.items() if not is_blank(cell) and not is_total_row(cell_text(cell))}
        dekads = _heads_dekads(block, column)
        for read in (_year, _month, _dekad, _bare_dekad if dekads else _day):
            whens = {row: when for row, cell in known.items() if (when := read(cell)) is not None}
            if not whens or len(whens) < len(known) or not _adds(block, column, list(whens.values()), header):
                continue
            years = {row: tuple(find_years(cell_text(known[row]))) for row in whens}
            others = {row: cell_text(cell) for row, cell in cells.items() if row not in whens}
            return RowTimes(column, whens, years, others)
    return None


def two_ways(block: Block) -> tuple[str, dict[str, str]] | None:
    """Return why what stands down and across may be read in two ways, and what stands there; None where it may not."""
    across = [block.sheet.filled(block.body - 1, column) for column in _columns(block)]
    whens = [when for cell in across if (when := read_when(cell)) is not None]
    for column in range(block.first):
        down = [cell for row in range(block.body, block.end) if not is_blank(cell := block.sheet.filled(row, column))]
        down = [cell for cell in down if not is_total_row(cell_text(cell))]
        told = {"rows": ", ".join(map(cell_text, down)), "columns": ", ".join(map(cell_text, across))}
        if down and all(map(_dekad, down)) and whens and all(when == When(dekad=when.dekad) for when in whens) and len(across) == len(down):
            return "imports.two_ways", told
        if [read_bare(cell) for cell in down] == [1, 2, 3] and whens and all(when.month and when.kind is StepKind.MONTH for when in whens):
            return "imports.days_or_dekads", told
    return None


def _heads_dekads(block: Block, column: int) -> bool:
    """Tell whether the heading of a column says that dekads stand below it."""
    return any(is_one_of(cell_text(block.sheet.filled(row, column)), "time", "dekad") for row in range(block.top, block.body))


def _columns(block: Block) -> range:
    """Columns of the times across."""
    return range(block.first, block.sheet.size[1])


def _header_parts(block: Block) -> set[str]:
    """Parts of a time that the header says."""
    cells = [block.sheet.filled(row, column) for row in range(block.top, block.body) for column in _columns(block)]
    whens = [when for cell in cells if (when := read_when(cell)) is not None]
    return {name for when in whens for name in ("year", "month", "dekad", "day") if getattr(when, name) is not None}


def _adds(block: Block, column: int, whens: list[When], header: set[str]) -> bool:
    """Tell whether what rows say is what the header lacks."""
    if whens[0].year is not None:
        return "year" not in header and ("month" in header or (_counts_within(block) and _names_month(block)))
    if whens[0].month is not None:
        return not header & {"year", "month"} and "dekad" in header
    if whens[0].dekad is not None:
        return "month" in header and not header & {"dekad", "day"}
    heads = [cell_text(block.sheet.filled(row, column)) for row in range(block.top, block.body)]
    named = any(is_one_of(head, "columns", "start") for head in heads)
    days = [when.day or 0 for when in whens]
    return "month" in header and not header & {"dekad", "day"} and days == sorted(days) and (named or days[-1:] > [27])


def _counts_within(block: Block) -> bool:
    """Tell whether the header holds dekads or bare days and nothing else of a time."""
    cells = [block.sheet.filled(row, column) for row in range(block.top, block.body) for column in _columns(block)]
    cells = [cell for cell in cells if not is_blank(cell)]
    return bool(cells) and all(read_bare(cell) or _dekad(cell) or is_total_row(cell_text(cell)) for cell in cells)


def _names_month(block: Block) -> bool:
    """Tell whether the titles of a table name the month."""
    return any(map(find_month, (*block.title_texts(), block.sheet.name)))


def _year(cell: Cell) -> When | None:
    """Read a year, or two that follow one another."""
    years = find_years(cell_text(cell))
    when = read_when(cell)
    if isinstance(cell, float):
        return When(year=int(cell)) if years == [int(cell)] else None
    if len(years) == 2 and years[1] == years[0] + 1:
        return When(year=years[0])
    return when if when is not None and when.only_year else None


def _month(cell: Cell) -> When | None:
    """Read a month, and nothing else."""
    when = read_when(cell)
    return when if when is not None and when.month and when == When(month=when.month) else None


def _dekad(cell: Cell) -> When | None:
    """Read a dekad, and nothing else."""
    when = read_when(cell)
    return when if when is not None and when.dekad and when == When(dekad=when.dekad) else None


def _bare_dekad(cell: Cell) -> When | None:
    """Read the bare number of a dekad."""
    bare = read_bare(cell)
    return When(dekad=bare) if bare in {1, 2, 3} else None


def _day(cell: Cell) -> When | None:
    """Read a bare day."""
    bare = read_bare(cell)
    return When(day=bare) if bare is not None else None
