"""Read a long table: one row for each value, with columns for place, date and value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from waterdeal.calendar import StepKind, is_step_start, next_start
from waterdeal.imports.dates import Calendar, When, find_calendar, period_of, read_when, spaced_kind
from waterdeal.imports.grid import cell_text, is_blank
from waterdeal.imports.labels import Kind, Labels, find_kind, find_place, included_part, is_left_out_row, is_total_row, sort_labels
from waterdeal.imports.quantities import drop_units
from waterdeal.imports.reading import Reading, make_reading, take_number
from waterdeal.imports.words import holds, is_one_of
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.imports.grid import Notes, Sheet
    from waterdeal.imports.numbers import Marks
    from waterdeal.imports.places import Places

_ROLES = ("place", "start", "end", "value", "unit", "source", "quantity", "moment")
_SEARCHED_ROWS = 40


def find_columns(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Find the header of a long table."""
    for row in range(min(_SEARCHED_ROWS, sheet.size[0])):
        heads = {column: drop_units(cell_text(sheet.raw(row, column))) for column in range(sheet.size[1])}
        columns: dict[str, int] = {}
        for role in _ROLES:
            free = {column: head for column, head in heads.items() if head and column not in columns.values()}
            fits = [column for column, head in free.items() if is_one_of(head, "columns", role)]
            if fits:
                columns[role] = min(fits, key=lambda column: _rank(heads[column], role))
        if {"place", "start", "value"} <= set(columns):
            return row, columns
    return None


def _rank(head: str, role: str) -> int:
    """Rank a header by how well it says its role: words that two roles share come last."""
    return sum(is_one_of(head, "columns", other) for other in _ROLES if other != role)


def read_tidy(sheet: Sheet, places: Places, year: int | None, marks: Marks, notes: Notes) -> list[Reading] | None:
    """Read a long table."""
    found = find_columns(sheet)
    if found is None:
        return None
    head, columns = found
    titles = [cell_text(sheet.raw(row, column)) for row in range(head - 1, -1, -1) for column in range(sheet.size[1])]
    titles = [text for text in titles if text]
    calendar = find_calendar(titles, sheet.name, year, notes, sheet.whole())
    titles = [cell_text(sheet.raw(head, columns["value"])), *titles, sheet.name]
    reader = _TidyReader(sheet, head, columns, titles, places, marks, notes)
    return reader.read(calendar)


@dataclass
class _TidyReader:
    """Reads the rows of one long table."""

    sheet: Sheet
    head: int
    columns: dict[str, int]
    titles: list[str]
    places: Places
    marks: Marks
    notes: Notes
    known: dict[tuple[str, ...], tuple[Labels, str | None]] = field(default_factory=dict)
    kinds: dict[tuple[str, ...], Kind | None] = field(default_factory=dict)

    def text(self, row: int, role: str) -> str:
        """Return the text of a cell by its role."""
        return cell_text(self.sheet.raw(row, self.columns[role])) if role in self.columns else ""

    def read(self, calendar: Calendar) -> list[Reading]:
        """Read all rows that hold something."""
        periods = self._periods(calendar)
        readings = []
        for row, period in periods.items():
            reading = self._read_row(row, period)
            readings += [reading] if reading else []
        self._report_long_rows()
        return readings

    def _report_long_rows(self) -> None:
        """Report rows longer than the header, as a decimal comma makes them in a comma-separated file."""
        width = max((column + 1 for column in range(self.sheet.size[1]) if not is_blank(self.sheet.raw(self.head, column))), default=0)
        for row in range(self.head + 1, self.sheet.size[0]):
            if any(not is_blank(self.sheet.raw(row, column)) for column in range(width, self.sheet.size[1])):
                spot = self.sheet.spot(row, width)
                self.notes.fault(spot, say("imports.row_longer_than_header"), say("imports.comma_both_decimal_mark"))

    def _periods(self, calendar: Calendar) -> dict[int, tuple[date, date, bool]]:
        """Find the period of each row, and whether it is a date that seems to start a dekad or month."""
        periods: dict[int, tuple[date, date, bool]] = {}
        days: dict[int, date] = {}
        for row in range(self.head + 1, self.sheet.size[0]):
            if is_blank(self.sheet.raw(row, self.columns["start"])) and not self.text(row, "value"):
                continue
            when = self._when(row, calendar)
            if when is None:
                continue
            try:
                start, end = period_of(when)
            except ValueError:
                self.notes.fault(
                    self.sheet.spot(row, self.columns["start"]),
                    say("imports.no_day", text=self.text(row, "start")),
                    say("imports.correct_date"),
                )
                continue
            if "end" in self.columns:
                start, end = self._with_end(row, start, end)
            elif when.kind is StepKind.DAY:
                days[row] = start
            periods[row] = start, end, False
        kind = spaced_kind(days.values()) if len(days) == len(periods) else StepKind.DAY
        if kind is not StepKind.DAY:
            periods = {row: (start, next_start(start, kind), True) for row, start in days.items()}
        return periods

    def _when(self, row: int, calendar: Calendar) -> When | None:
        """Read the time of a row; report it where it cannot be understood."""
        spot, cell = self.sheet.spot(row, self.columns["start"]), self.sheet.raw(row, self.columns["start"])
        when = read_when(cell)
        if when is None or when.only_year:
            if is_total_row(cell_text(cell)):
                self.notes.mention(spot, cell_text(cell), say("imports.total_left_out"), say("imports.date_says_total_mean"))
            else:
                self.notes.guess(spot, cell_text(cell), say("imports.ignored_row"), say("imports.not_date_month_dekad"))
            return None
        when = calendar.complete(when, self.notes) if when.year is None or when.month is None else when
        if when.year is None or when.month is None:
            lacking = "month" if when.month is None else "year"
            self.notes.fault(
                calendar.spot, say("imports.table_not_known", lacking=lacking), say("imports.write_dates_give", lacking=lacking)
            )
            return None
        if when.doubt:
            self.notes.guess(spot, cell_text(cell), f"day {when.day}, month {when.month}", when.doubt)
        return when

    def _with_end(self, row: int, start: date, end: date) -> tuple[date, date]:
        """Take the end from its column: the day after the period, or its last day where only that makes a step."""
        when = read_when(self.sheet.raw(row, self.columns["end"]))
        spot = self.sheet.spot(row, self.columns["end"])
        if when is None or when.day is None or when.month is None:
            return start, end
        last = period_of(when if when.year else replace(when, year=start.year))[0]
        steps = {next_start(start, kind) for kind in StepKind if is_step_start(start, kind)}
        if last in steps:
            return start, last
        if last + timedelta(days=1) in steps:
            self.notes.guess(spot, self.text(row, "end"), say("imports.last_day", last=last), say("imports.only_then_period_day"))
            return start, last + timedelta(days=1)
        self.notes.fault(spot, say("imports.from_no_day_dekad", start=start, last=last), say("imports.give_each_row_one"))
        return start, end

    def _read_row(self, row: int, period: tuple[date, date, bool]) -> Reading | None:
        """Read the value of a row."""
        spot = self.sheet.spot(row, self.columns["value"])
        if self.sheet.is_unread(row, self.columns["value"]):
            self.notes.guess(spot, "a formula", "missing", say("imports.file_holds_no_value"))
            return None
        labels, place = self._place(row)
        if place is None:
            return None
        found = take_number(self.sheet.raw(row, self.columns["value"]), self.marks, self.notes, spot)
        if found is None:
            return None
        key = labels.text, *labels.units, found[1], place
        if key not in self.kinds:
            labels = replace(labels, units=(found[1], *labels.units) if found[1] else labels.units)
            self.kinds[key] = find_kind(labels, self.titles, place, self.places, self.notes, self.sheet.spot(row, self.columns["place"]))
        kind = self.kinds[key]
        if kind is None:
            return None
        return make_reading(place, labels.source, kind, self._settle(row, period, kind), found[0], spot)

    def _settle(self, row: int, period: tuple[date, date, bool], kind: Kind) -> tuple[date, date]:
        """Settle the period of a row by what it measures; a storage is that of its day."""
        start, end, spaced = period
        spot = self.sheet.spot(row, self.columns["start"])
        if spaced and kind.quantity == "storage":
            return start, start + timedelta(days=1)
        if spaced:
            self.notes.guess(spot, self.text(row, "start"), f"{start} to {end - timedelta(days=1)}", say("imports.all_dates_start_dekads"))
        elif kind.unsure and end - start > timedelta(days=1):
            self.notes.guess(spot, self.text(row, "start"), say("imports.storage", start=start), say("imports.no_word_says_at"))
        return start, end

    def _place(self, row: int) -> tuple[Labels, str | None]:
        """Find the place of a row, once for each set of labels."""
        key = tuple(self.text(row, role) for role in ("place", "source", "unit", "quantity", "moment"))
        if key not in self.known:
            self.known[key] = self._find(row, *key)
        return self.known[key]

    def _find(self, row: int, *texts: str) -> tuple[Labels, str | None]:
        """Find the place that labels name."""
        name, source, unit, quantity, moment = texts
        spot = self.sheet.spot(row, self.columns["place"])
        labels = sort_labels([(quantity, "quantity"), (unit, "unit"), (name, ""), (source, "source")], self.places)
        if holds(moment, "left_out", "moments") or is_left_out_row(quantity):
            self.notes.mention(
                spot, f"{name} {quantity} {moment}".strip(), say("imports.no_data_left_out"), say("imports.row_says_not_mean")
            )
            return labels, None
        if not self.places.exact(name) and is_total_row(name):
            self.notes.mention(spot, name, say("imports.total_left_out"), say("imports.label_says_total_mean"))
            return labels, None
        cut = included_part(name)
        if not labels.names or cut:
            self.notes.guess(spot, name, say("imports.ignored_row"), say("imports.row_no_name_own"))
            return labels, None
        return labels, find_place(labels, "", self.titles, self.places, self.notes, spot)
