"""Read a long table: one row for each value, with columns for place, date and value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waterdeal.calendar import StepKind, is_step_start, next_start
from waterdeal.imports.dates import find_calendar, guess_day, period_of, read_when, spaced_kind
from waterdeal.imports.grid import IGNORED_ROW, LEFT_OUT, TOTAL, cell_text, is_blank
from waterdeal.imports.hours import clock_of, daily_values, hour_of
from waterdeal.imports.labels import find_place, included_part, is_left_out_row, is_total_row, sort_labels
from waterdeal.imports.numbers import is_number
from waterdeal.imports.quantities import drop_units, find_measure, find_units
from waterdeal.imports.reading import DAY, ValueReader, make_reading
from waterdeal.imports.running import running_text, settle_running
from waterdeal.imports.spelled_times import is_serial, serial_date
from waterdeal.imports.words import holds, is_one_of
from waterdeal.words import say

if TYPE_CHECKING:
    from datetime import date

    from waterdeal.imports.dates import Calendar, When
    from waterdeal.imports.grid import Notes, Sheet, Spot
    from waterdeal.imports.labels import Labels
    from waterdeal.imports.numbers import Marks
    from waterdeal.imports.places import Places
    from waterdeal.imports.reading import Period, Reading

_ROLES = ("place", "start", "end", "value", "unit", "source", "quantity", "moment")
_SEARCHED_ROWS = 40


def find_columns(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Find the header of a long table."""
    for row in range(min(_SEARCHED_ROWS, sheet.size[0])):
        heads = {column: drop_units(cell_text(sheet.raw(row, column))) for column in range(sheet.size[1])}
        columns: dict[str, int] = {}
        for role in _ROLES:
            free = [column for column, head in heads.items() if is_one_of(head, "columns", role) and column not in columns.values()]
            if free:  # words that two roles share come last
                columns[role] = min(free, key=lambda column: sum(is_one_of(heads[column], "columns", other) for other in _ROLES))
        if {"place", "start"} <= set(columns) and "value" not in columns:
            columns |= _measured(sheet, row, {column: head for column, head in heads.items() if column not in columns.values()})
        if {"place", "start", "value"} <= set(columns):
            return row, columns
    return None


def _measured(sheet: Sheet, row: int, heads: dict[int, str]) -> dict[str, int]:
    """Return the one column of numbers whose head says what is measured, as that of values; nothing where there are several."""
    below = range(row + 1, sheet.size[0])
    heads = {column: head for column, head in heads.items() if not is_one_of(head, "columns", "clock")}
    numbers = [column for column in heads if any(is_number(sheet.raw(other, column)) for other in below)]
    texts = {column: cell_text(sheet.raw(row, column)) for column in numbers}
    measured = [column for column, text in texts.items() if find_measure(text) or find_units(text)]
    return {"value": measured[0]} if len(numbers) == len(measured) == 1 else {}


def read_tidy(sheet: Sheet, places: Places, year: int | None, marks: Marks, notes: Notes) -> list[Reading] | None:
    """Read a long table."""
    found = find_columns(sheet)
    if found is None:
        return None
    head, columns = found
    titles = [text for row in range(head - 1, -1, -1) for text in map(cell_text, sheet.cells(row)) if text]
    calendar = find_calendar(titles, sheet.name, year, notes, sheet.whole())
    titles = [cell_text(sheet.raw(head, columns["value"])), *titles, sheet.name]
    return _TidyReader(sheet, places, marks, notes, head=head, columns=columns, titles=titles).read(calendar)


@dataclass(kw_only=True)
class _TidyReader(ValueReader):
    """Reads the rows of one long table."""

    head: int
    columns: dict[str, int]
    titles: list[str]
    known: dict[tuple[str, ...], tuple[Labels, str | None]] = field(default_factory=dict)
    means: set[str] = field(default_factory=set)  # addresses of mean powers

    def text(self, row: int, role: str) -> str:
        """Return the text of a cell by its role."""
        return cell_text(self.sheet.raw(row, self.columns[role])) if role in self.columns else ""

    def spot(self, row: int, role: str) -> Spot:
        """Name a cell by its role for people."""
        return self.sheet.spot(row, self.columns[role])

    def read(self, calendar: Calendar) -> list[Reading]:
        """Read all rows that hold something; rows longer than the header are what a decimal comma makes of a comma-separated file."""
        clock = self._clock()
        rows = [(self._read_row(row, period), row) for row, period in self._periods(calendar).items()]
        hours = [(reading, clock.get(row) or hour_of(self.sheet.raw(row, self.columns["start"]))) for reading, row in rows if reading]
        at = {reading.column: row for reading, row in rows if reading}
        found = [(reading, self._running(at[reading.column])) for reading in daily_values(hours, self.means, self.notes)]
        self._tell_unused()
        width = max((column + 1 for column, cell in enumerate(self.sheet.cells(self.head)) if not is_blank(cell)), default=0)
        for row in range(self.head + 1, self.sheet.size[0]):
            if not all(map(is_blank, self.sheet.cells(row, width))):
                self.notes.fault(self.sheet.spot(row, width), "imports.long_row")
        return settle_running(found, self.notes)

    def _clock(self) -> dict[int, float]:
        """Return the hour of each row by the column that holds several beside the days; nothing where there is none."""
        used = {column for role, column in self.columns.items() if role != "moment"}
        for column in [column for column in range(self.sheet.size[1]) if column not in used]:
            if is_one_of(cell_text(self.sheet.raw(self.head, column)), "columns", "clock"):
                cells = {row: self.sheet.raw(row, column) for row in range(self.head + 1, self.sheet.size[0])}
                hours = {row: hour for row, cell in cells.items() if (hour := clock_of(cell)) is not None}
                if len(set(hours.values())) > 1 and len(hours) == sum(not is_blank(cell) for cell in cells.values()):
                    self.columns = {role: at for role, at in self.columns.items() if at != column} | {"clock": column}
                    return hours
        return {}

    def _running(self, row: int) -> str:
        """Return the text that says that the value of a row is a running total; empty where none does."""
        return running_text([self.text(row, "quantity"), self.text(row, "place"), *self.titles])

    def _tell_unused(self) -> None:
        """Tell which columns of numbers and of texts are read for nothing."""
        known = set(self.columns.values())
        for column in [column for column in range(self.sheet.size[1]) if column not in known]:
            text = cell_text(self.sheet.raw(self.head, column))
            if text and any(is_number(self.sheet.raw(row, column)) for row in range(self.head + 1, self.sheet.size[0])):
                self.notes.guess(self.sheet.spot(self.head, column), text, LEFT_OUT, "imports.column_unused")
            elif texts := self.sheet.texts_below(self.head + 1, column, self.sheet.size[0]):
                self.notes.mention(self.sheet.spot(self.head, column), text or texts[0], LEFT_OUT, "imports.texts_passed", count=len(texts))

    def _periods(self, calendar: Calendar) -> dict[int, Period]:
        """Find the period of each row, and the dekad or month that its date seems to start."""
        periods: dict[int, Period] = {}
        starts = (read_when(self.sheet.raw(row, self.columns["start"])) for row in range(self.head + 1, self.sheet.size[0]))
        calendar.contradicts(filter(None, starts), self.notes)
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
                self.notes.fault(self.spot(row, "start"), "imports.no_day", text=self.text(row, "start"))
                continue
            if "end" in self.columns:
                start, end = self._with_end(row, start, end)
            elif when.kind is StepKind.DAY and not when.last:
                days[row] = start
            periods[row] = start, end, None
        kind = spaced_kind(days.values()) if len(days) == len(periods) else StepKind.DAY
        if kind is not StepKind.DAY:
            periods = {row: (start, start + DAY, next_start(start, kind)) for row, start in days.items()}
        return periods

    def _when(self, row: int, calendar: Calendar) -> When | None:
        """Read the time of a row; report it where it cannot be understood."""
        spot, text = self.spot(row, "start"), self.text(row, "start")
        cell = self.sheet.raw(row, self.columns["start"])
        cell = float(cell) if isinstance(cell, str) and re.fullmatch(r"\d{5}", cell) else cell
        if is_serial(cell) and isinstance(cell, float):
            cell = serial_date(cell, self.sheet.first_day)
            self.notes.mention(spot, text, f"{cell:%Y-%m-%d}", "imports.serial_dates")
        when = read_when(cell)
        if when is None or when.only_year:
            if is_total_row(text):
                self.notes.mention(spot, text, TOTAL, "imports.date_total")
            elif self.notes.series and is_number(self.sheet.raw(row, self.columns["value"])):
                self.notes.fault(spot, "imports.series_date", text=text)
            else:
                self.notes.guess(spot, text, IGNORED_ROW, "imports.not_a_date")
            return None
        when = calendar.complete(when, self.notes) if when.year is None or when.month is None else when
        if calendar.is_lacking(when, self.notes, "imports.undated"):
            return None
        guess_day(when, text, self.notes, spot)
        return when

    def _with_end(self, row: int, start: date, end: date) -> tuple[date, date]:
        """Take the end from its column: the day after the period, or its last day where only that makes a step."""
        when = read_when(self.sheet.raw(row, self.columns["end"]))
        if when is None or when.day is None or when.month is None:
            return start, end
        last = period_of(when if when.year else replace(when, year=start.year))[0]
        steps = {next_start(start, kind) for kind in StepKind if is_step_start(start, kind)}
        if last in steps:
            return start, last
        if last + DAY in steps:
            self.notes.guess(self.spot(row, "end"), self.text(row, "end"), say("imports.last_day", last=last), "imports.day_only")
            return start, last + DAY
        self.notes.fault(self.spot(row, "end"), "imports.no_step", start=start, last=last)
        return start, end

    def _read_row(self, row: int, period: Period) -> Reading | None:
        """Read the value of a row."""
        labels, place = self._place(row)
        found = self.take(row, self.columns["value"]) if place is not None else None
        if place is None or found is None:
            return None
        if found[1]:
            labels = replace(labels, units=(found[1], *labels.units))
        key = labels.text, *labels.units, place
        kind = self.kind(key, labels, self.titles, place, self.spot(row, "place"))
        if kind is None:
            return None
        self.check(found[0], self.spot(row, "value"))
        settled = self.settle(kind, period, self.spot(row, "start"), self.text(row, "start"))
        reading = make_reading(place, labels.source, kind, settled, found[0], self.spot(row, "value"))
        if kind.mean:
            self.means.add(reading.column)
        return reading

    def _place(self, row: int) -> tuple[Labels, str | None]:
        """Find the place of a row, once for each set of labels."""
        key = tuple(self.text(row, role) for role in ("place", "source", "unit", "quantity", "moment"))
        if key not in self.known:
            self.known[key] = self._find(self.spot(row, "place"), *key)
        return self.known[key]

    def _find(self, spot: Spot, *texts: str) -> tuple[Labels, str | None]:
        """Find the place that labels name."""
        name, source, unit, quantity, moment = texts
        labels = sort_labels([(quantity, "quantity"), (unit, "unit"), (name, ""), (source, "source")], self.places)
        if holds(moment, "left_out", "moments") or is_left_out_row(quantity, self.notes):
            self.notes.mention(spot, f"{name} {quantity} {moment}".strip(), LEFT_OUT, "imports.not_a_mean")
        elif not self.places.exact(name) and is_total_row(name):
            self.notes.mention(spot, name, TOTAL, "imports.label_total")
        elif not labels.names or included_part(name):
            self.notes.guess(spot, name, IGNORED_ROW, "imports.no_own_name")
        else:
            return labels, find_place(labels, "", self.titles, self.places, self.notes, spot)
        return labels, None
