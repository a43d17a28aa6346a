"""The columns of times of a table: which are periods, which totals, which are left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from waterdeal.calendar import StepKind, next_start
from waterdeal.tracking.dates import When, combine, find_month, period_of, read_bare, read_when, spaced_kind
from waterdeal.tracking.grid import Cell, cell_text, is_blank
from waterdeal.tracking.numbers import is_number
from waterdeal.tracking.quantities import find_measure, find_units
from waterdeal.tracking.words import find_agency, holds

if TYPE_CHECKING:
    from datetime import date

    from waterdeal.tracking.layout import Block
    from waterdeal.tracking.notes import Notes
    from waterdeal.tracking.years import Calendar


NO_TIME = When()


class Role(StrEnum):
    """What a row or column of a table is."""

    VALUE = "value"
    TOTAL = "total"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Slot:
    """One column of times.

    Parameters
    ----------
    column : int
        Its column in the sheet as the block sees it.
    role : Role
        Whether it holds values, totals or what is left out.
    texts : tuple of str
        Texts of its header, the lowest first.
    when : When
        What its header says of time.
    start, end : datetime.date or None
        Its period, the end exclusive; None where it has none.
    stretched : datetime.date or None
        End of the dekad or month that the date seems to start, where dates are spaced so.
    """

    column: int
    role: Role
    texts: tuple[str, ...]
    when: When = NO_TIME
    start: date | None = None
    end: date | None = None
    stretched: date | None = None

    @property
    def label(self) -> str:
        """The header in one line, from the top down."""
        return " ".join(dict.fromkeys(reversed(self.texts)))

    @cached_property
    def about(self) -> tuple[object, ...]:
        """What sets columns of one period apart: unit, agency, measure."""
        text = self.label
        return tuple(find_units(text)), find_agency(text), find_measure(text)


def find_slots(block: Block, calendar: Calendar, notes: Notes) -> list[Slot]:
    """Understand the header of a table.

    Parameters
    ----------
    block : Block
        The table.
    calendar : Calendar
        Gives the year and month that the header does not state.
    notes : Notes
        Gathers what was guessed and what is wrong.

    Returns
    -------
    list of Slot
        Every column of times and totals, from left to right.
    """
    headers = _header_cells(block)
    days = _days_or_dekads(headers)
    slots = [slot for column, cells in headers.items() if (slot := _make_slot(column, cells, days)) is not None]
    slots = _complete(block, slots, calendar, notes)
    return _stretch(_set_apart(block, slots, notes))


def _header_cells(block: Block) -> dict[int, list[Cell]]:
    """Return what a reader sees above each column: merged cells, and blanks after a heading over several columns."""
    sheet, last = block.sheet, block.body - 1
    carried: dict[int, Cell] = {}
    headers: dict[int, list[Cell]] = {}
    for column in range(block.first, sheet.size[1]):
        cells: list[Cell] = []
        for row in range(block.top, block.body):
            cell = sheet.filled(row, column)
            below = any(not is_blank(sheet.filled(other, column)) for other in range(row + 1, last + 1))
            if not is_blank(cell):
                carried[row] = cell
            elif below and not sheet.is_merged(row, column):
                cell = carried.get(row)
            cells.append(cell)
        if any(not is_blank(cell) for cell in cells):
            headers[column] = cells
        else:
            carried = {}
    return headers


def _days_or_dekads(headers: dict[int, list[Cell]]) -> dict[int, bool]:
    """Tell for each row of a header whether its bare numbers are days (else dekads)."""
    rows = list(zip(*headers.values(), strict=True))
    return {row: max((read_bare(cell) or 0 for cell in cells), default=0) > 3 for row, cells in enumerate(rows)}


def _make_slot(column: int, cells: list[Cell], days: dict[int, bool]) -> Slot | None:
    """Understand one column's header without its neighbours."""
    whens: list[When] = []
    for row, cell in enumerate(cells):
        bare = read_bare(cell)
        if bare is not None:
            whens.append(When(day=bare) if days[row] else When(dekad=bare))
        elif when := read_when(cell):
            whens.append(when)
    texts = tuple(dict.fromkeys(cell_text(cell) for cell in reversed(cells) if not is_blank(cell)))
    when = combine(whens)
    if _is_left_out(texts):
        return Slot(column, Role.LEFT_OUT, texts, when)
    if any(holds(text, "totals", key) for text in texts for key in ("sum", "mean", "month") if not read_when(text)):
        month = when.month or next(filter(None, map(find_month, texts)), None)
        return Slot(column, Role.TOTAL, texts, replace(when, month=month))
    return None if when.only_year else Slot(column, Role.VALUE, texts, when)


def _is_left_out(texts: tuple[str, ...]) -> bool:
    """Tell whether a header says plan, per cent, difference, morning and the like."""
    return any(holds(text, "left_out", key) for text in texts for key in ("words", "moments"))


def _complete(block: Block, slots: list[Slot], calendar: Calendar, notes: Notes) -> list[Slot]:
    """Give each column its period; report years that nobody tells and days that do not exist."""
    done: list[Slot] = []
    calendar.look_ahead([slot.when for slot in slots if slot.role is Role.VALUE], notes)
    for slot in slots:
        spot = block.sheet.spot(block.body - 1, slot.column)
        if slot.role is not Role.VALUE:
            done.append(slot)
            continue
        when = calendar.complete(slot.when, notes)
        if when.month is None or when.year is None:
            lacking = "month" if when.month is None else "year"
            notes.fault(calendar.spot, f"the {lacking} of the table is not known", f"Write the {lacking} in its heading or give it.")
            return []
        if when.doubt:
            notes.guess(spot, slot.label, f"day {when.day}, month {when.month}", when.doubt)
        try:
            start, end = period_of(when)
        except ValueError:
            if any(is_number(block.sheet.raw(row, slot.column)) for row in range(block.body, block.end)):
                notes.guess(spot, slot.label, "no data", "there is no such day")
            done.append(replace(slot, role=Role.LEFT_OUT, when=when))
        else:
            done.append(replace(slot, when=when, start=start, end=end))
    return done


def _set_apart(block: Block, slots: list[Slot], notes: Notes) -> list[Slot]:
    """Turn periods that hold finer periods into totals, and report every column that is left out."""
    coarse = _coarse_columns([slot for slot in slots if slot.role is Role.VALUE])
    slots = [replace(slot, role=Role.TOTAL) if slot.column in coarse else slot for slot in slots]
    for slot in slots:
        spot = block.sheet.spot(block.body - 1, slot.column)
        if slot.role is Role.TOTAL:
            why = "it sums or averages finer columns" if slot.column in coarse else "the header says total or mean"
            notes.mention(spot, slot.label, "a total, left out", why)
        elif slot.role is Role.LEFT_OUT and _is_left_out(slot.texts):
            notes.mention(spot, slot.label, "no data, left out", "the header says that it is not what was measured")
    known = {slot.column for slot in slots}
    for column in range(block.first, block.sheet.size[1]):
        if column not in known and any(is_number(block.sheet.raw(row, column)) for row in range(block.body, block.end)):
            found = cell_text(block.sheet.filled(block.body - 1, column))
            notes.mention(block.sheet.spot(block.body - 1, column), found, "no data, left out", "the header says no time")
    return slots


def _coarse_columns(slots: list[Slot]) -> set[int]:
    """Columns whose period holds the shorter period of another column, all else being the same."""
    periods: dict[tuple[object, ...], dict[tuple[date, int], list[int]]] = {}
    for slot in slots:
        if slot.start and slot.end:
            key = (slot.start, -(slot.end - slot.start).days)
            periods.setdefault(slot.about, {}).setdefault(key, []).append(slot.column)
    coarse: set[int] = set()
    for columns in periods.values():
        for longer, shorter in pairwise(sorted(columns)):
            if (shorter[0] - longer[0]).days < -longer[1]:
                coarse.update(columns[longer])
    return coarse


def _stretch(slots: list[Slot]) -> list[Slot]:
    """Where all dates are the 1st, 11th or 21st, note the dekad or month that each seems to start."""
    values = [slot for slot in slots if slot.role is Role.VALUE and slot.start is not None]
    if any(slot.when.kind is not StepKind.DAY for slot in values):
        return slots
    kind = spaced_kind(slot.start for slot in values if slot.start)
    if kind is StepKind.DAY:
        return slots
    return [replace(slot, stretched=next_start(slot.start, kind)) if slot.start else slot for slot in slots]
