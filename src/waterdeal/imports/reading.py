"""One measured value, and what comes back of a file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from waterdeal.imports.numbers import Fault, Marks, is_missing, read_number
from waterdeal.imports.quantities import drop_units, find_units
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from waterdeal.imports.grid import Cell, Guess, Notes, Spot
    from waterdeal.imports.labels import Kind


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

    names = [field.name for field in fields(Reading)]
    of = attrgetter(*names)
    frame = pd.DataFrame([of(reading) for reading in readings], columns=names)
    frame = frame.astype(dict.fromkeys(("place", "quantity", "source", "unit", "column"), "str"))
    frame = frame.assign(
        start=pd.to_datetime(frame["start"]).astype("datetime64[s]"),
        end=pd.to_datetime(frame["end"]).astype("datetime64[s]"),
        value=frame["value"].astype(float),
        row=frame["row"].astype("int64"),
    )
    return frame.sort_values(["place", "quantity", "source", "start"], kind="stable", ignore_index=True)


def take_number(cell: Cell, marks: Marks, notes: Notes, spot: Spot) -> tuple[float, str] | None:
    """Read a value and the unit that may stand behind it."""
    if is_missing(cell):
        return None
    text = cell if isinstance(cell, str) else ""
    number, unit = read_number(cell, marks), ""
    if number is Fault.TEXT and find_units(text):
        number, unit = read_number(drop_units(text), marks), text
    if not isinstance(number, float):
        notes.guess(spot, str(cell), "ignored", say("imports.not_number"))
        return None
    if number < 0:
        notes.guess(spot, str(cell), "ignored", say("imports.negative"))
        return None
    if why := marks.doubt(text):
        notes.guess(spot, text, f"{number:g}", why)
    return number, unit


def make_reading(place: str, source: str, kind: Kind, period: tuple[date, date], value: float, spot: Spot) -> Reading:
    """Convert a number to the inside unit; a storage gets the day it belongs to."""
    start, end = period
    if kind.quantity == "storage":
        single = end - start == timedelta(days=1)
        start = end if kind.at_end and not single else start
        end = start + timedelta(days=1)
    return Reading(place, kind.quantity, source, start, end, value * kind.factor, kind.unit, spot.row, spot.address)
