"""One measured value, and what comes back of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from waterdeal.calendar import DEKAD_FIRST_DAYS
from waterdeal.imports.grid import IGNORED, cell_text
from waterdeal.imports.labels import find_kind
from waterdeal.imports.numbers import Marks, is_gap_code, is_missing, is_nines, read_number
from waterdeal.imports.quantities import drop_units, find_units
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from waterdeal.imports.grid import Guess, Notes, Sheet, Spot
    from waterdeal.imports.labels import Kind, Labels
    from waterdeal.imports.places import Places

    #: first day, day after the last, and the end of the dekad or month that the first day seems to start, where it seems so
    Period = tuple[date, date, date | None]

DAY = timedelta(days=1)
#: a number with the mark of a remark behind it
_FOOTNOTE = re.compile(r"\s*([-+−–]?\d[\d\s.,]*?)\s*(?:\*+|[¹²³⁴-⁹]+)[)⁾]?\s*")


@dataclass(frozen=True)
class Reading:
    """One measured value, in inside units."""

    place: str
    quantity: str
    source: str
    start: date
    end: date
    value: float  # the number in the inside unit
    unit: str  # the inside unit
    row: int | None  # row of the file or sheet
    column: str  # address of the cell


@dataclass(frozen=True)
class Actual:
    """What was read from a file, and what had to be guessed."""

    readings: pd.DataFrame  # one row for each value, with the columns of `Reading`; `start` and `end` are `datetime64`
    guesses: tuple[Guess, ...]  # everything that was guessed, left out or ignored, to be read by a person


def to_frame(readings: Sequence[Reading]) -> pd.DataFrame:
    """Put readings into a table, in the order of place, quantity, source and start."""
    import pandas as pd

    names = [one.name for one in fields(Reading)]
    of = attrgetter(*names)
    frame = pd.DataFrame([of(reading) for reading in readings], columns=names)
    days = {name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in ("start", "end")}
    texts = dict.fromkeys(("place", "quantity", "source", "unit", "column"), "str")
    frame = frame.assign(**days).astype({**texts, "value": float, "row": "int64"})
    return frame.sort_values(["place", "quantity", "source", "start"], kind="stable", ignore_index=True)


@dataclass
class ValueReader:
    """Reads numbers of one sheet with what they measure and the period they are of."""

    sheet: Sheet
    places: Places
    marks: Marks
    notes: Notes
    kinds: dict[tuple[object, ...], Kind | None] = field(default_factory=dict)

    def take(self, row: int, column: int) -> tuple[float, str] | None:
        """Read a number and the unit that may stand behind it."""
        cell, spot = self.sheet.raw(row, column), self.sheet.spot(row, column)
        if self.sheet.is_unread(row, column):
            self.notes.guess(spot, say("imports.formula"), say("imports.missing"), "imports.unread")
            return None
        if is_missing(cell):
            if isinstance(cell, str) and cell.strip().startswith("#"):
                self.notes.mention(spot, cell.strip(), say("imports.missing"), "imports.sheet_error")
            elif isinstance(cell, str) and cell.strip() and self.notes.missing is None:
                self.notes.missing = spot, cell.strip()
            return None
        if isinstance(cell, datetime):
            if self.notes.series:
                self.notes.fault(spot, "imports.series_dated", text=cell_text(cell))
            else:
                self.notes.guess(spot, cell_text(cell), IGNORED, "imports.date_for_number")
            return None
        text = cell if isinstance(cell, str) else ""
        if (noted := _FOOTNOTE.fullmatch(text)) and not self.notes.series:
            self.notes.mention(spot, text, noted[1], "imports.footnote")
            cell = text = noted[1]
        number, unit = read_number(cell, self.marks), ""
        if number is None and find_units(text):
            number, unit = read_number(drop_units(text), self.marks), text
        if number is None and self.notes.series:
            self.notes.fault(spot, "imports.series_number", text=text)
            return None
        if number is None or (number < 0 and not self.notes.series):
            self.notes.guess(spot, str(cell), IGNORED, "imports.not_a_number" if number is None else "imports.negative")
            return None
        if mark := self.marks.doubt(text):
            self.notes.guess(spot, text, f"{number:g}", "imports.either_mark", mark=mark)
        return number, unit

    def check(self, number: float, spot: Spot) -> None:
        """Report a rate of inflow below zero, before it hides in a mean, and note what looks like a code for what is missing."""
        if is_nines(number):
            self.notes.nines.add(spot.address)
        if number < 0 and self.notes.series:
            self.notes.fault(spot, "imports.series_code" if is_gap_code(number) else "imports.series_below", value=number)

    def kind(self, key: tuple[object, ...], labels: Labels, around: Sequence[str], place: str, spot: Spot) -> Kind | None:
        """Find what labels say is measured, once for each key."""
        if key not in self.kinds:
            self.kinds[key] = find_kind(labels, around, place, self.places, self.notes, spot)
        return self.kinds[key]

    def settle(self, kind: Kind, period: Period, spot: Spot, told: str) -> tuple[date, date]:
        """Settle a period by what is measured: the dekad or month that a date starts, and when in it a storage was read."""
        start, end, stretched = period
        if stretched and kind.quantity != "storage" and self.notes.stamp == "end":
            first = before(start, stretched)
            self.notes.mention(spot, told, say("imports.from_to", start=first, last=start - DAY), "imports.stamp_told")
            return first, start
        if stretched and kind.quantity != "storage":
            taken = say("imports.from_to", start=start, last=stretched - DAY)
            self.notes.guess(spot, told, taken, "imports.spaced")
            return start, stretched
        if kind.unsure and end - start > DAY:
            self.notes.guess(spot, told, say("imports.storage_on", start=start), "imports.no_moment")
        return start, end


def before(start: date, end: date) -> date:
    """Return the first day of the dekad or month before the one that lasts from a day to another."""
    last = start - DAY
    return last.replace(day=1 if end.day == 1 and start.day == 1 else max(day for day in DEKAD_FIRST_DAYS if day <= last.day))


def make_reading(place: str, source: str, kind: Kind, period: tuple[date, date], value: float, spot: Spot) -> Reading:
    """Convert a number to the inside unit; a storage gets the day it belongs to."""
    start, end = period
    if kind.quantity == "storage":
        start = end if kind.at_end and end - start != DAY else start
        end = start + DAY
    factor = kind.factor * (end - start).days if kind.mean else kind.factor
    return Reading(place, kind.quantity, source, start, end, value * factor, kind.unit, spot.row, spot.address)
