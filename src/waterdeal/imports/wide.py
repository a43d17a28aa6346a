"""Read the tables of a sheet in which every time has its own column, or its own row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waterdeal.imports.dates import find_calendar, read_bare
from waterdeal.imports.grid import IGNORED, IGNORED_ROW, LEFT_OUT, NO_DATA, TOTAL, Notes, cell_text, is_blank
from waterdeal.imports.labels import find_place, is_total_row
from waterdeal.imports.layout import Block, Role, find_blocks, find_slots
from waterdeal.imports.numbers import is_number, read_number
from waterdeal.imports.quantities import Unit, find_measure, find_units
from waterdeal.imports.reading import ValueReader, make_reading
from waterdeal.imports.row_times import find_row_times, two_ways
from waterdeal.imports.rows import RowReader
from waterdeal.imports.running import running_text, settle_running
from waterdeal.imports.snapshots import date_snapshot, name_dekads
from waterdeal.imports.stacked import part_months
from waterdeal.imports.words import countries, find_agency, holds
from waterdeal.units import rate_to_volume
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.imports.dates import Calendar
    from waterdeal.imports.grid import Sheet, Spot
    from waterdeal.imports.labels import Kind
    from waterdeal.imports.layout import Slot
    from waterdeal.imports.numbers import Marks
    from waterdeal.imports.places import Places
    from waterdeal.imports.reading import Reading
    from waterdeal.imports.row_times import RowTimes
    from waterdeal.imports.rows import Series

TOLERANCE = 0.01


@dataclass
class Table:
    """The numbers of one table as they stand."""

    block: Block  # where they stand
    slots: list[Slot]  # columns of values and totals
    series: list[Series]  # rows of values and totals
    values: dict[tuple[int, int], float] = field(default_factory=dict)  # number of each cell that has one
    kinds: dict[tuple[int, int], Kind] = field(default_factory=dict)  # what each cell of a known place measures


def check_totals(table: Table, notes: Notes) -> None:
    """Check total columns, total rows and parts of canals."""
    for number, slot in enumerate(table.slots):
        for series in table.series if slot.role is Role.TOTAL else []:
            _check_column(table, series, number, notes)
    for number, series in enumerate(table.series):
        if series.role is Role.TOTAL and not holds(series.labels.text, "totals", "mean"):
            _check_row(table, number, notes)
    _check_parts(table, notes)


def _check_column(table: Table, series: Series, number: int, notes: Notes) -> None:
    """Check one row's cell in a total column, where the row is of a known place."""
    slot = table.slots[number]
    total = table.values.get((series.row, slot.column))
    if total is None or holds(slot.label, "totals", "running"):
        return
    expected: list[float] = []
    slack = half_digit([total])
    for parts in _summed_slots(table.slots, number):
        numbers = [table.values.get((series.row, part.column)) for part in parts]
        known = [value for value in numbers if value is not None]
        kinds = {table.kinds.get((series.row, part.column)) for part in parts}
        kind = kinds.pop() if len(kinds) == 1 else None
        if not parts or kind is None or len(known) < len(numbers):
            return
        expected += _expected(slot, parts, known, kind)
        if kind.quantity == "flow":  # a mean of rounded rates
            slack = max(slack, half_digit([total]) + half_digit(known))
    _report(expected, total, slack, table.block.sheet.spot(series.row, slot.column), notes)


def _summed_slots(slots: list[Slot], number: int) -> Iterator[list[Slot]]:
    """Yield the columns that a total may sum: its own period, its month, those since the last total, or all."""
    total = slots[number]
    values = [slot for slot in slots if slot.role is Role.VALUE and slot.about[1] == total.about[1]]
    if total.start and total.end:
        yield [slot for slot in values if slot.start and slot.end and total.start <= slot.start and slot.end <= total.end]
        return
    whole = any(holds(text, "totals", "whole") for text in total.texts[:1])
    if total.when.month and not whole:
        yield [slot for slot in values if slot.when.month == total.when.month and total.when.year in {None, slot.when.year}]
        return
    if not whole:
        last = max((other.column for other in slots[:number] if other.role is Role.TOTAL), default=-1)
        recent = [slot for slot in values if last < slot.column < total.column]
        if recent:
            yield recent
    yield values


def _expected(slot: Slot, parts: list[Slot], numbers: list[float], kind: Kind) -> list[float]:
    """Return what a total should be, in the unit it stands in; several where the header leaves it open."""
    days = [(part.stretched or part.end or part.start).toordinal() - part.start.toordinal() for part in parts if part.start]
    mean = sum(value * length for value, length in zip(numbers, days, strict=True)) / sum(days)
    if kind.quantity == "storage":
        return [mean, sum(numbers) / len(numbers)] if holds(slot.label, "totals", "mean") else []
    if kind.mean:
        return [mean]
    if kind.quantity != "flow":
        return [mean if holds(slot.label, "totals", "mean") else sum(numbers) * _ratio(slot, kind)]
    volume = sum(rate_to_volume(value * kind.factor, length) for value, length in zip(numbers, days, strict=True))
    units = [unit for unit in find_units(slot.label) if unit.dimension == "volume"]
    if units:
        return [volume / units[0].factor]
    return [mean, volume] if holds(slot.label, "totals", "sum") else [mean]


def _ratio(slot: Slot, kind: Kind) -> float:
    """Return the parts' unit in units of the total, where the total's header states another."""
    units: list[Unit] = [unit for unit in find_units(slot.label) if unit.inside == kind.unit]
    return kind.factor / units[0].factor if units else 1.0


def _check_row(table: Table, number: int, notes: Notes) -> None:
    """Check a total row against the rows above it, column by column, until one does not close."""
    total = table.series[number]
    above = [one for one in table.series[:number] if one.section == total.section]
    since = max((place for place, one in enumerate(above) if one.role is Role.TOTAL), default=-1)
    recent, rows = ([one for one in group if one.role is Role.VALUE and one.part_of is None] for group in (above[since + 1 :], above))
    named = countries(total.labels.text)
    parts = [one for one in above if one.role is Role.VALUE and named & countries(one.labels.text)]
    for slot in table.slots:
        value = table.values.get((total.row, slot.column))
        if slot.role is not Role.VALUE or value is None:
            continue
        sums = [_sum_of(table, group, slot) for group in (recent, rows, parts) if group]
        expected = [number for number in sums if number is not None]
        spot = table.block.sheet.spot(total.row, slot.column)
        if len(expected) < len(sums) or _report(expected, value, half_digit([value]), spot, notes):
            return


def _sum_of(table: Table, group: list[Series], slot: Slot) -> float | None:
    """Add up a group of rows; None where a number is missing or units differ."""
    numbers = [table.values.get((one.row, slot.column)) for one in group]
    known = [value for value in numbers if value is not None]
    kinds = {table.kinds.get((one.row, slot.column)) for one in group if one.place is not None}
    units = {(kind.quantity, kind.factor) for kind in kinds if kind}
    wrong = len(known) < len(numbers) or len(units) > 1 or (len(group) < 2 and any(unit[0] == "storage" for unit in units))
    return None if wrong else sum(known)


def _check_parts(table: Table, notes: Notes) -> None:
    """Check that the parts of a canal ("в том числе") are not more than the canal."""
    for row in dict.fromkeys(one.part_of for one in table.series if one.part_of is not None):
        group = [one for one in table.series if one.part_of == row and one.role is Role.VALUE]
        for slot in table.slots:
            whole = table.values.get((row, slot.column))
            numbers = [table.values.get((one.row, slot.column)) or 0.0 for one in group]
            if slot.role is Role.VALUE and whole is not None and sum(numbers) > whole * (1 + TOLERANCE) + half_digit([whole, *numbers]):
                spot = table.block.sheet.spot(row, slot.column)
                told = say("imports.parts_add_up", whole=whole, sum=sum(numbers))
                notes.guess(spot, told, say("imports.as_they_stand"), "imports.total_open")
                break


def _report(expected: list[float], total: float, slack: float, spot: Spot, notes: Notes) -> bool:
    """Report a total that is none of the numbers expected of it."""
    if not expected or any(abs(total - value) <= max(TOLERANCE * abs(value), slack) for value in expected):
        return False
    told = say("imports.parts_give", total=total, expected=expected[0])
    notes.guess(spot, told, say("imports.set_aside"), "imports.total_open")
    return True


def half_digit(numbers: list[float]) -> float:
    """Return half of the last digit written, which rounding may add."""
    decimals = max(len(cell_text(number).partition(".")[2]) for number in numbers)
    return 0.5000001 * 10.0**-decimals


def read_wide(sheet: Sheet, places: Places, year: int | None, marks: Marks, notes: Notes) -> list[Reading] | None:
    """Read the tables of a sheet; None where it has none."""
    found = [_read_tables(part, places, year, marks, notes) for part in part_months(sheet)]
    return None if all(one is None for one in found) else [reading for one in found for reading in one or ()]


def _read_tables(sheet: Sheet, places: Places, year: int | None, marks: Marks, notes: Notes) -> list[Reading] | None:
    """Read the tables of a sheet, or of a part of it."""
    blocks = find_blocks(sheet)
    if not blocks and (dated := date_snapshot(sheet, notes) or name_dekads(sheet, notes)):
        blocks = find_blocks(dated)
    if not blocks:
        return [] if notes.problems else None
    readings: list[Reading] = []
    years: tuple[int, ...] = ()
    for block in blocks:
        reader = _BlockReader(block.sheet, places, marks, notes, block=block, above=years)
        readings += reader.read(year)
        years = reader.above
    return readings


@dataclass(kw_only=True)
class _BlockReader(ValueReader):
    """Reads one table."""

    block: Block
    parts: dict[tuple[object, ...], str | None] = field(default_factory=dict)
    above: tuple[int, ...] = ()  # years that a heading further up named; after reading, those of this table

    def read(self, year: int | None) -> list[Reading]:
        """Understand the header and the labels, read the values, check the totals."""
        times = find_row_times(self.block)
        rows = RowReader(self.block, self.places, self.notes, times.column if times else None)
        calendar = find_calendar(rows.titles[:-1], self.sheet.name, year, self.notes, self.sheet.whole())
        if not calendar.years and self.above:
            calendar.years = self.above
            self.notes.mention(self.sheet.spot(self.block.top, 0), rows.titles[0], str(self.above[0]), "imports.year_above")
        self.above = calendar.years
        known = rows.knows_any()
        notes = self.notes if known else Notes(self.notes.file)
        if times is not None:
            return self._read_timed(rows, times, calendar, notes)
        if found := two_ways(self.block):
            self.notes.fault(self.sheet.spot(self.block.body, 0), found[0], **found[1])
            return []
        slots = find_slots(self.block, calendar, notes)
        if not slots and not known:
            self.notes.guess(self.sheet.whole(), self.sheet.name, NO_DATA, "imports.sheet_unknown")
        if known and slots:
            self._tell_unread()
        used = [slot for slot in slots if slot.role is not Role.LEFT_OUT]
        series = [one for one in rows.read(slot.column for slot in used) if one.role is not Role.LEFT_OUT]
        return settle_running(self._read_table(Table(self.block, used, series), rows), self.notes)

    def _tell_unread(self) -> None:
        """Tell columns of numbers before the times, other than those that count the rows."""
        block, sheet = self.block, self.block.sheet
        for column in range(block.first):
            cells = [sheet.raw(row, column) for row in range(block.body, block.end)]
            numbers = [cell for cell in cells if is_number(cell) and not self.places.exact(cell_text(cell))]
            if numbers and list(map(read_bare, numbers)) != list(range(1, len(numbers) + 1)):
                texts = (cell_text(sheet.filled(row, column)) for row in range(block.top, block.body))
                told = " ".join(dict.fromkeys(filter(None, texts))) or cell_text(numbers[0])
                self.notes.mention(block.head(column), told, LEFT_OUT, "imports.header_untimed")

    def _read_timed(self, rows: RowReader, times: RowTimes, calendar: Calendar, notes: Notes) -> list[Reading]:
        """Read a table whose rows say a part of the time: the same columns, of a time of their own for each row."""
        block, spot = self.block, self.sheet.spot
        for row, text in times.others.items():
            taken, why = (TOTAL, "imports.label_total") if is_total_row(text) else (IGNORED_ROW, "imports.not_a_date")
            (notes.mention if taken == TOTAL else notes.guess)(spot(row, times.column), text, taken, why)
        series = [one for one in rows.read(range(block.first, self.sheet.size[1])) if one.role is Role.VALUE and one.row in times.whens]
        found: list[tuple[Reading, str]] = []
        for when in dict.fromkeys(times.whens.values()):
            group = [one for one in series if times.whens[one.row] == when]
            years = next((years for row, years in times.years.items() if times.whens[row] == when and len(years) == 2), ())
            told = replace(calendar, years=years or calendar.years, month=when.month or calendar.month)
            slots = find_slots(block, told, notes, replace(when, year=None) if years else when)
            used = [slot for slot in slots if slot.role is not Role.LEFT_OUT]
            found += self._read_table(Table(block, used, group), rows)
        return settle_running(found, self.notes)

    def _read_table(self, table: Table, rows: RowReader) -> list[tuple[Reading, str]]:
        """Read the cells of a table, each with what says that it is a running total, and check its totals."""
        series, used = table.series, table.slots
        found = []
        for one in series:
            running = running_text([one.labels.text, *one.section, *rows.titles])
            found += [(reading, running) for slot in used if (reading := self._read_cell(one, slot, rows.titles, table))]
        if not any(running for _, running in found):
            check_totals(table, self.notes)
        return found

    def _read_cell(self, series: Series, slot: Slot, titles: list[str], table: Table) -> Reading | None:
        """Read one cell into the table, and into a reading where it is one."""
        where = series.row, slot.column
        if series.place is None or Role.TOTAL in {series.role, slot.role}:
            number = read_number(self.sheet.raw(*where), self.marks)
            if number is not None:
                table.values[where] = number
            return None
        if self.sheet.is_merged(*where) and not is_blank(self.sheet.raw(*where)):
            self.notes.guess(self.sheet.spot(*where), cell_text(self.sheet.raw(*where)), IGNORED, "imports.merged")
            return None
        found = self.take(*where)
        if found is None or slot.start is None or slot.end is None:
            return None
        kind = self._kind_of(series, slot, found[1], titles)
        if kind is None:
            return None
        self.check(found[0], self.sheet.spot(*where))
        table.values[where], table.kinds[where] = found[0], kind
        period = self.settle(kind, (slot.start, slot.end, slot.stretched), self.block.head(slot.column), slot.label)
        source = find_agency(slot.label) or series.labels.source or self._agency_above(titles)
        return make_reading(self._place_of(series, slot, titles), source, kind, period, found[0], self.sheet.spot(*where))

    @staticmethod
    def _agency_above(titles: list[str]) -> str:
        """Return the one agency that the headings name; nothing where they name several."""
        named = {agency for text in titles if (agency := find_agency(text))}
        return named.pop() if len(named) == 1 else ""

    def _place_of(self, series: Series, slot: Slot, titles: list[str]) -> str:
        """Find the place of a cell: that of its row, unless its column says inflow or release and a place has that name."""
        place = series.place or ""
        if find_measure(slot.label) not in {"in", "out"} or not self.places.is_reservoir(place):
            return place
        key = series.row, slot.about
        if key not in self.parts:
            labels = replace(series.labels, measures=(slot.label, *series.labels.measures))
            self.parts[key] = find_place(labels, "", [*series.section, *titles], self.places, Notes(self.notes.file), self.sheet.whole())
        return self.parts[key] or place

    def _kind_of(self, series: Series, slot: Slot, unit: str, titles: list[str]) -> Kind | None:
        """Find what a cell measures: once for each row and each sort of column."""
        key = series.row, *slot.about, tuple(find_units(unit))
        near = [text for text in (unit, slot.label) if find_units(text)]
        measures = [slot.label] if find_measure(slot.label) else []
        labels = series.labels
        labels = replace(labels, units=(*near, *labels.units), measures=(*measures, *labels.measures))
        return self.kind(key, labels, [*series.section, *titles], series.place or "", self.sheet.spot(series.row, 0))
