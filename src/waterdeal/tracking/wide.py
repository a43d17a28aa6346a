"""Read the tables of a sheet in which every time has its own column, or its own row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from waterdeal.tracking.grid import cell_text, is_blank
from waterdeal.tracking.layout import Block, find_blocks
from waterdeal.tracking.match import Kind, find_kind
from waterdeal.tracking.notes import Notes
from waterdeal.tracking.numbers import read_number
from waterdeal.tracking.quantities import find_measure, find_units
from waterdeal.tracking.reading import Reading, make_reading, take_number
from waterdeal.tracking.rows import RowReader, Series
from waterdeal.tracking.slots import Role, Slot, find_slots
from waterdeal.tracking.totals import Table, check_totals
from waterdeal.tracking.words import find_agency
from waterdeal.tracking.years import find_calendar

if TYPE_CHECKING:
    from waterdeal.tracking.grid import Sheet
    from waterdeal.tracking.notes import Spot
    from waterdeal.tracking.numbers import Marks
    from waterdeal.tracking.places import Places


def read_wide(sheet: Sheet, places: Places, year: int | None, marks: Marks, notes: Notes) -> list[Reading] | None:
    """Read the tables of a sheet.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    places : Places
        Known places.
    year : int or None
        Year that the caller told.
    marks : Marks
        How the sheet writes decimals.
    notes : Notes
        Gathers what was guessed and what is wrong.

    Returns
    -------
    list of Reading or None
        None where no header with times is found.
    """
    blocks = find_blocks(sheet)
    if not blocks:
        return None
    return [reading for block in blocks for reading in _BlockReader(block, places, marks, notes).read(year)]


@dataclass
class _BlockReader:
    """Reads one table."""

    block: Block
    places: Places
    marks: Marks
    notes: Notes
    kinds: dict[tuple[object, ...], Kind | None] = field(default_factory=dict)

    def read(self, year: int | None) -> list[Reading]:
        """Understand the header and the labels, read the values, check the totals."""
        rows = RowReader(self.block, self.places, self.notes)
        calendar = find_calendar(rows.titles[:-1], self.block.sheet.name, year, self.notes, self.block.sheet.whole())
        known = rows.knows_any()
        slots = find_slots(self.block, calendar, self.notes if known else Notes(self.notes.file))
        if not slots and not known:
            spot = self.block.sheet.whole()
            self.notes.guess(spot, self.block.sheet.name, "no data", "no row or column has the name of a known place")
        used = [slot for slot in slots if slot.role is not Role.LEFT_OUT]
        series = [one for one in rows.read(slot.column for slot in used) if one.role is not Role.LEFT_OUT]
        table = Table(self.block, used, series)
        readings: list[Reading] = []
        for one in series:
            found = (self._read_cell(one, slot, rows.titles, table) for slot in used)
            readings += [reading for reading in found if reading is not None]
        check_totals(table, self.notes)
        return readings

    def _read_cell(self, series: Series, slot: Slot, titles: list[str], table: Table) -> Reading | None:
        """Read one cell into the table, and into a reading where it is one."""
        where = series.row, slot.column
        spot = self.block.sheet.spot(*where)
        if series.place is None or Role.TOTAL in {series.role, slot.role}:
            number = read_number(self.block.sheet.raw(*where), self.marks)
            if isinstance(number, float):
                table.values[where] = number
            return None
        found = self._take(where, spot)
        if found is None or slot.start is None or slot.end is None:
            return None
        kind = self._kind(series, slot, found[1], titles)
        if kind is None:
            return None
        table.values[where], table.kinds[where] = found[0], kind
        source = find_agency(slot.label) or series.labels.source
        return make_reading(series.place, source, kind, self._period(slot, kind), found[0], spot)

    def _take(self, where: tuple[int, int], spot: Spot) -> tuple[float, str] | None:
        """Read a number, unless it is an empty formula or stands for several columns."""
        sheet = self.block.sheet
        if sheet.is_unread(*where):
            self.notes.guess(spot, "a formula", "missing", "the file holds no value of it; open and save it in a spreadsheet")
            return None
        if sheet.is_merged(*where) and not is_blank(sheet.raw(*where)):
            self.notes.guess(spot, cell_text(sheet.raw(*where)), "ignored", "the value stands in merged cells")
            return None
        return take_number(sheet.raw(*where), self.marks, self.notes, spot)

    def _kind(self, series: Series, slot: Slot, unit: str, titles: list[str]) -> Kind | None:
        """Find what a cell measures: once for each row and each sort of column."""
        units, labels = tuple(find_units(unit)), series.labels
        key = series.row, *slot.about, units
        if key not in self.kinds:
            near = [text for text in (unit, slot.label) if find_units(text)]
            measures = [slot.label] if find_measure(slot.label) else []
            labels = replace(labels, units=(*near, *labels.units), measures=(*measures, *labels.measures))
            spot = self.block.sheet.spot(series.row, 0)
            self.kinds[key] = find_kind(labels, [*series.section, *titles], series.place or "", self.places, self.notes, spot)
        return self.kinds[key]

    def _period(self, slot: Slot, kind: Kind) -> tuple[date, date]:
        """Return the period of a cell: the dekad or month that its date starts, and when in it a storage was read."""
        start, end = slot.start or date.min, slot.end or date.max
        head = self.block.sheet.spot(self.block.body - 1, slot.column)
        if kind.quantity != "storage" and slot.stretched:
            self.notes.guess(head, slot.label, f"{start} to {slot.stretched - timedelta(days=1)}", "all dates start dekads or months")
            return start, slot.stretched
        if kind.unsure and end - start > timedelta(days=1):
            self.notes.guess(head, slot.label, f"the storage on {start}", "no word says at which moment")
        return start, end
