"""Find the tables of a sheet: where the header with times stands, and whether times go across or down."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, next_start
from waterdeal.imports.dates import (
    NO_TIME,
    When,
    combine,
    find_month,
    find_years,
    guess_day,
    period_of,
    read_bare,
    read_when,
    read_year,
    spaced_kind,
)
from waterdeal.imports.grid import LEFT_OUT, NO_DATA, TOTAL, Cell, Sheet, cell_text, is_blank
from waterdeal.imports.numbers import is_missing, is_number
from waterdeal.imports.quantities import find_measure, find_units, is_amount
from waterdeal.imports.words import find_agency, holds, is_left_out, is_one_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from waterdeal.imports.dates import Calendar
    from waterdeal.imports.grid import Notes, Spot

_DAY_MONTH = re.compile(r"\d{2}\.\d{2}\.?")


class HeaderSort(StrEnum):
    """The sorts of header, in the order in which they are looked for."""

    USUAL = "times over numbers"
    BARE = "bare days, the month in the title"
    LONE = "one time over what is no number"


@dataclass(frozen=True)
class Block:
    """One table: times across the columns of its header, places down the rows of its body."""

    sheet: Sheet  # the sheet, turned where the file has times down
    top: int
    body: int
    end: int
    first: int  # first column of times; before it stand names and other labels
    above: int  # first row of the texts above the header that belong to it

    def covered(self) -> int:
        """Count the numbers that stand under the times."""
        width = self.sheet.size[1]
        return sum(_is_number(self.sheet, row, column) for row in range(self.body, self.end) for column in range(self.first, width))

    def lonely(self) -> bool:
        """Tell whether one time heads it, which may be one of dekads among days."""
        return all(len(_time_columns(self.sheet, row)) < 2 for row in range(self.top, self.body))

    def holds_numbers(self, column: int) -> bool:
        """Tell whether a number stands in a column."""
        return any(is_number(self.sheet.raw(row, column)) for row in range(self.body, self.end))

    def head(self, column: int) -> Spot:
        """Name the lowest cell of a column's header for people."""
        return self.sheet.spot(self.body - 1, column)

    def title_columns(self) -> set[int]:
        """Columns before the times in which only the header holds a text: a title, not labels."""
        sheet, cells = self.sheet, [(row, column) for row in range(self.body, self.end) for column in range(self.first)]
        seen = [column for row, column in cells if not is_blank(sheet.filled(row, column)) and sheet.anchor(row, column)[0] >= self.body]
        return set(range(self.first)).difference(seen)

    def title_texts(self) -> list[str]:
        """Texts in the corner and above the header, the nearest first."""
        corner = [(row, column) for row in range(self.top, self.body) for column in range(self.first)]
        over = [(row, column) for row in range(self.top - 1, self.above - 1, -1) for column in range(self.sheet.size[1])]
        cells = [self.sheet.raw(row, column) for row, column in corner + over]
        return [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]


def find_blocks(sheet: Sheet) -> list[Block]:
    """Find the tables of a sheet."""
    for sort in HeaderSort:
        ways = [list(_blocks(sheet, sort)), list(_blocks(sheet.turn(), sort))]
        best = max(ways, key=lambda blocks: sum(block.covered() for block in blocks))
        lonely = sort is HeaderSort.USUAL and all(block.lonely() for block in best)
        counted = [list(_blocks(way, HeaderSort.BARE)) for way in (sheet, sheet.turn())] if best and lonely else []
        if rows := next((blocks for blocks in counted if any(block.covered() for block in blocks)), None):
            return rows
        if sum(block.covered() for block in best):
            return best
    return next(filter(None, ([block for block in blocks if block.end > block.body] for blocks in ways)), [])


def _blocks(sheet: Sheet, sort: HeaderSort) -> Iterator[Block]:
    """Yield the tables of a sheet seen one way."""
    heads = _heads(sheet, sort)[: 1 if sort is HeaderSort.BARE else None]
    above, limits = 0, [*(top for top, _, _ in heads[1:]), sheet.size[0]]
    for (top, body, first), limit in zip(heads, limits, strict=False):
        columns = range(first, sheet.size[1])
        end = max((row + 1 for row in range(body, limit) if any(sheet.is_filled(row, column) for column in columns)), default=body)
        yield Block(sheet, top, body, end, first, min(above, top))
        above = end


def _heads(sheet: Sheet, sort: HeaderSort) -> list[tuple[int, int, int]]:
    """Find the headers: first row, row after the last, first column of times."""
    heads: list[tuple[int, int, int]] = []
    row = 0
    while row < sheet.size[0]:
        bare, columns = _bare_columns(sheet, row), _time_columns(sheet, row)
        columns = bare if sort is HeaderSort.BARE else [] if len(bare) > len(columns) else columns
        if not _makes_header(sheet, row, columns, lone=sort is HeaderSort.LONE) or (heads and _holds_figures(sheet, row, heads[-1][2])):
            row += 1
            continue
        top, floor = row, heads[-1][1] if heads else 0
        first = min(columns)
        while top > floor and _is_upper(sheet, top - 1):
            top -= 1
        row += 1
        while row < sheet.size[0] and max(below := _time_columns(sheet, row), default=-1) >= first and _continues(sheet, row):
            first = min([first, *below])
            row += 1
        while row < sheet.size[0] and _is_lower(sheet, row, first, top):
            row += 1
        heads.append((top, row, first))
    return heads


def _time_columns(sheet: Sheet, row: int) -> list[int]:
    """Columns of a row in which a time stands, one for each merged range."""
    found = {column: cell for column, cell in enumerate(sheet.cells(row)) if (when := read_when(cell)) and not when.only_year}
    short = {column: cell for column, cell in found.items() if isinstance(cell, str) and _DAY_MONTH.fullmatch(cell)}
    return list(found) if not short or _are_days(short.values()) else [column for column in found if column not in short]


def _are_days(texts: Iterable[str]) -> bool:
    """Tell days such as "01.04" from numbers such as 12.05: at least three that follow one another."""
    try:
        days = [date(2024, when.month or 0, when.day or 0) for when in map(read_when, texts) if when]
    except ValueError:
        return False
    gaps = {(late - early).days for early, late in pairwise(days)}
    return len(days) >= 3 and (gaps == {1} or (min(gaps) > 0 and all(day.day in DEKAD_FIRST_DAYS for day in days)))


def _bare_columns(sheet: Sheet, row: int) -> list[int]:
    """Columns of a row that counts days or dekads from 1, where only the title names the month."""
    days = {column: day for column, cell in enumerate(sheet.cells(row, 1), start=1) if (day := read_bare(cell)) is not None}
    if list(days.values()) != list(range(1, len(days) + 1)) or len(days) < 3:
        return []
    texts = [sheet.name, *(cell_text(cell) for above in range(row + 1) for cell in sheet.cells(above))]
    return list(days) if any(map(find_month, texts)) else []


def _makes_header(sheet: Sheet, row: int, columns: list[int], *, lone: bool) -> bool:
    """Tell whether the times of a row head columns: two or more, or one with numbers (or if lone, with anything) below."""
    if len(columns) != 1:
        return len(columns) > 1
    column = columns[0]
    below = range(row + 1, min(row + 8, sheet.size[0]))
    return column > 0 and any(_is_number(sheet, other, column) or (lone and not is_blank(sheet.raw(other, column))) for other in below)


def _holds_figures(sheet: Sheet, row: int, first: int) -> bool:
    """Tell whether a row below a header holds figures among its dates, which a spreadsheet made of others."""
    numbers = [cell for cell in sheet.cells(row, first) if is_number(cell) and not read_when(cell)]
    return any(read_bare(cell) is None and read_year(cell) is None for cell in numbers)


def _is_number(sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether a cell holds a number, or a formula that should give one."""
    return is_amount(sheet.raw(row, column)) or sheet.is_unread(row, column)


def _is_upper(sheet: Sheet, row: int) -> bool:
    """Tell whether the row above a header belongs to it: a month or year over several columns."""
    cells = sheet.cells(row, 1)
    return any(map(read_when, cells)) and not any(is_number(cell) for cell in cells if not read_when(cell))


def _continues(sheet: Sheet, row: int) -> bool:
    """Tell whether a row with times is a further row of the header: it holds no numbers but those of days."""
    return not any(is_number(cell) and read_bare(cell) is None for cell in sheet.cells(row))


def _is_lower(sheet: Sheet, row: int, first: int, top: int) -> bool:
    """Tell whether a row below the times still belongs to the header: bare days, units, agencies, plan and fact."""
    cells = [cell for cell in sheet.cells(row, first) if not is_blank(cell)]
    if not cells or any(map(is_missing, cells)):
        return False
    labels = [(column, cell_text(sheet.filled(row, column))) for column in range(first)]
    unnamed = all(not text or top <= sheet.anchor(row, column)[0] < row or _heads_labels(text) for column, text in labels)
    numbers = [cell for cell in cells if is_amount(cell)]
    if len(cells) > 1 and all(read_year(cell) for cell in cells) and not any(map(read_year, sheet.cells(row - 1, first))):
        return unnamed
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


class Role(StrEnum):
    """What a row or column of a table is."""

    VALUE = "value"
    TOTAL = "total"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Slot:
    """One column of times."""

    column: int  # its column in the sheet as the block sees it
    role: Role  # whether it holds values, totals or what is left out
    texts: tuple[str, ...]  # texts of its header, the lowest first
    when: When = NO_TIME  # what its header says of time
    start: date | None = None
    end: date | None = None
    stretched: date | None = None  # end of the dekad or month that the date seems to start, where dates are spaced so

    @property
    def label(self) -> str:
        """The header in one line, from the top down."""
        return " ".join(dict.fromkeys(reversed(self.texts)))

    @cached_property
    def about(self) -> tuple[object, ...]:
        """What sets columns of one period apart: unit, agency, measure."""
        text = self.label
        return tuple(find_units(text)), find_agency(text), find_measure(text)


def find_slots(block: Block, calendar: Calendar, notes: Notes, row: When = NO_TIME) -> list[Slot]:
    """Understand the header of a table, with what the label of a row says of its time."""
    headers = _header_cells(block)
    days = _days_or_dekads(headers)
    slots = [slot for column, cells in headers.items() if (slot := _make_slot(column, cells, days, notes)) is not None]
    slots = _months_as_values(_december_or_dekads(slots, calendar, block, notes))
    if row != NO_TIME:
        said = {name: value for name, value in vars(row).items() if value}
        slots = [replace(slot, when=combine([When(**said), slot.when])) if slot.role is Role.VALUE else slot for slot in slots]
    slots = _complete(block, slots, calendar, notes)
    slots = _set_apart(block, slots, notes)
    return slots if row.day is not None else _stretch(slots)


def _months_as_values(slots: list[Slot]) -> list[Slot]:
    """Take "апрель, за месяц" and the mean beside "мин" and "макс" for values where none of their month stand beside them."""
    finer = {slot.when.month for slot in slots if slot.role is Role.VALUE}
    return [
        replace(slot, role=Role.VALUE)
        if slot.role is Role.TOTAL and slot.when.month and slot.when.month not in finer and _of_the_month(slot)
        else slot
        for slot in slots
    ]


def _of_the_month(slot: Slot) -> bool:
    """Tell whether a header says "of the month", or "mean", and nothing else that sums up."""
    said = [text for text in slot.texts if not read_when(text)]
    return bool(said) and any(all(is_one_of(text, "totals", key) for text in said) for key in ("of_month", "mean"))


def _december_or_dekads(slots: list[Slot], calendar: Calendar, block: Block, notes: Notes) -> list[Slot]:
    """Tell the dekads "1 дек.", "2 дек.", "3 дек." of another month from days of December; refuse them where no month is named."""
    short = [slot for slot in slots if slot.role is Role.VALUE and slot.when == When(month=12, day=slot.when.day)]
    if [slot.when.day for slot in short] != [1, 2, 3] or len(short) < sum(slot.role is Role.VALUE for slot in slots):
        return slots
    if calendar.month is None:
        told = ", ".join(slot.label for slot in short)
        notes.fault(block.head(short[0].column), "imports.december_or_dekads", text=told)
    elif calendar.month != 12 or any(holds(slot.label, "time", "dekad") for slot in short):
        return [replace(slot, when=When(dekad=slot.when.day)) if slot in short else slot for slot in slots]
    return slots


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


def _make_slot(column: int, cells: list[Cell], days: dict[int, bool], notes: Notes) -> Slot | None:
    """Understand one column's header without its neighbours."""
    whens = [
        (read_year(cell) or read_when(cell)) if (bare := read_bare(cell)) is None else When(day=bare) if days[row] else When(dekad=bare)
        for row, cell in enumerate(cells)
    ]
    texts = tuple(dict.fromkeys(cell_text(cell) for cell in reversed(cells) if not is_blank(cell)))
    when = combine(filter(None, whens))
    if any(is_left_out(text, notes) for text in texts):
        return Slot(column, Role.LEFT_OUT, texts, when)
    if any(holds(text, "totals", key) for text in texts for key in ("sum", "mean", "month") if not read_when(text)):
        month = when.month or next(filter(None, map(find_month, texts)), None)
        return Slot(column, Role.TOTAL, texts, replace(when, month=month))
    return None if when.only_year else Slot(column, Role.VALUE, texts, when)


def _complete(block: Block, slots: list[Slot], calendar: Calendar, notes: Notes) -> list[Slot]:
    """Give each column its period; report years that nobody tells and days that do not exist."""
    done = {slot.column: slot for slot in slots}
    values = [slot for slot in slots if slot.role is Role.VALUE]
    calendar.contradicts([slot.when for slot in values], notes)
    calendar.look_ahead([slot.when for slot in values], notes)
    ranged: list[str] = []
    for slot in values:
        when = calendar.complete(slot.when, notes)
        if calendar.is_lacking(when, notes, "imports.lacking"):
            return []
        guess_day(when, slot.label, notes, block.head(slot.column))
        try:
            start, end = period_of(when)
            done[slot.column] = replace(slot, when=when, start=start, end=end)
            if when.last and not ranged:
                ranged = [say("imports.from_to", start=start, last=end - timedelta(days=1))]
                notes.guess(block.head(slot.column), slot.label, ranged[0], "imports.range_of_days")
        except ValueError:
            if block.holds_numbers(slot.column):
                notes.guess(block.head(slot.column), slot.label, NO_DATA, "imports.no_such_day")
            done[slot.column] = replace(slot, role=Role.LEFT_OUT, when=when)
    return list(done.values())


def _set_apart(block: Block, slots: list[Slot], notes: Notes) -> list[Slot]:
    """Turn periods that hold finer periods into totals, and report every column that is left out."""
    coarse = _coarse_columns([slot for slot in slots if slot.role is Role.VALUE])
    slots = [replace(slot, role=Role.TOTAL) if slot.column in coarse else slot for slot in slots]
    beside = _beside_facts([slot for slot in slots if slot.role is Role.VALUE])
    slots = [replace(slot, role=Role.LEFT_OUT) if slot.column in beside else slot for slot in slots]
    for slot in slots:
        if slot.role is Role.TOTAL:
            why = "imports.sums_columns" if slot.column in coarse else "imports.header_total"
            notes.mention(block.head(slot.column), slot.label, TOTAL, why)
        elif slot.column in beside or (slot.role is Role.LEFT_OUT and any(is_left_out(text, notes) for text in slot.texts)):
            notes.mention(block.head(slot.column), slot.label, LEFT_OUT, "imports.header_other")
    known = {slot.column for slot in slots}
    for column in range(block.first, block.sheet.size[1]):
        if (
            column not in known
            and block.holds_numbers(column)
            and not any(cell_text(block.sheet.filled(row, column)) for row in range(block.top, block.body))
        ):
            notes.fault(block.head(column), "imports.headless")
        elif column not in known and block.holds_numbers(column):
            notes.mention(block.head(column), cell_text(block.sheet.filled(block.body - 1, column)), LEFT_OUT, "imports.header_untimed")
    _tell_texts(block, known, notes)
    return slots


def _tell_texts(block: Block, known: Collection[int], notes: Notes) -> None:
    """Tell columns of remarks, and others of texts beside the times, which nothing is read from."""
    sheet = block.sheet
    for column in range(sheet.size[1]):
        heads = [cell_text(sheet.filled(row, column)) for row in range(block.top, block.body)]
        beside = column >= block.first and column not in known and not is_label_head(heads) and not block.holds_numbers(column)
        texts = sheet.texts_below(block.body, column, block.end) if beside or is_note_head(heads) else []
        if texts:
            told = " ".join(dict.fromkeys(filter(None, heads))) or texts[0]
            notes.mention(block.head(column), told, LEFT_OUT, "imports.texts_passed", count=len(texts))


def is_note_head(heads: Iterable[str]) -> bool:
    """Tell whether a heading says that remarks stand below it."""
    return any(is_one_of(head, "columns", "note") for head in heads)


def is_label_head(heads: Iterable[str]) -> bool:
    """Tell whether a heading says that units or agencies stand below it."""
    return any(is_one_of(head, "columns", role) for head in heads for role in ("unit", "source"))


def _beside_facts(slots: list[Slot]) -> set[int]:
    """Columns such as "заявка" or "ожидаемый" beside the one of the same period, year and sort that says that it was measured."""
    groups: dict[tuple[object, ...], list[Slot]] = defaultdict(list)
    for slot in slots:
        groups[slot.start, slot.end, *find_years(slot.label), *slot.about].append(slot)
    found = set[int]()
    for group in groups.values():
        facts = [slot for slot in group if holds(slot.label, "time", "actual")]
        found |= {slot.column for slot in group} - {facts[0].column} if len(facts) == 1 else set()
    return found


def _coarse_columns(slots: list[Slot]) -> set[int]:
    """Columns whose period holds the shorter period of another column, all else being the same."""
    periods: dict[tuple[object, ...], dict[tuple[date, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    for slot in slots:
        if slot.start and slot.end:
            periods[slot.about][slot.start, -(slot.end - slot.start).days].append(slot.column)
    pairs = [(columns, *pair) for columns in periods.values() for pair in pairwise(sorted(columns))]
    within = (columns[longer] for columns, longer, shorter in pairs if (shorter[0] - longer[0]).days - shorter[1] <= -longer[1])
    return set(chain.from_iterable(within))


def _stretch(slots: list[Slot]) -> list[Slot]:
    """Where all dates are the 1st, 11th or 21st, note the dekad or month that each seems to start."""
    values = [slot for slot in slots if slot.role is Role.VALUE and slot.start is not None]
    kind = spaced_kind(slot.start for slot in values if slot.start)
    if kind is StepKind.DAY or any(slot.when.kind is not StepKind.DAY or slot.when.last for slot in values):
        return slots
    return [replace(slot, stretched=next_start(slot.start, kind)) if slot.start else slot for slot in slots]
