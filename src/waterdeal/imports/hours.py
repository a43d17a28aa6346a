"""Values within the day in a long table: the mean or the sum of each day, where all days have the same hours, evenly spaced."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from waterdeal.imports.grid import Spot
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from waterdeal.imports.grid import Cell, Notes
    from waterdeal.imports.reading import Reading

_CLOCK = re.compile(r"\d[T ]+(\d{1,2}):(\d\d)")
_ALONE = re.compile(r"\s*(\d{1,2}):(\d\d)(?::\d\d(?:\.\d+)?)?\s*")
_DAY = 24.0
#: quantities whose hours add up
AMOUNTS = frozenset({"energy", "volume"})


def hour_of(cell: Cell) -> float:
    """Return the hour of the day that a cell says; 0 where it says none."""
    if isinstance(cell, datetime):
        return cell.hour + cell.minute / 60
    found = _CLOCK.search(cell) if isinstance(cell, str) else None
    return int(found[1]) + int(found[2]) / 60 if found else 0.0


def clock_of(cell: Cell) -> float | None:
    """Return the hour that a cell says which stands beside a day; None where it says none."""
    if isinstance(cell, float):
        hour = cell * _DAY if 0 < cell < 1 else cell  # a part of the day, as spreadsheets keep it
        return hour if 0 <= hour <= _DAY and abs(hour * 60 - round(hour * 60)) < 1e-3 else None
    found = _ALONE.fullmatch(cell) if isinstance(cell, str) else None
    return int(found[1]) + int(found[2]) / 60 if found else None


def daily_values(readings: Iterable[tuple[Reading, float]], means: Container[str], notes: Notes) -> list[Reading]:
    """Return one reading a day, which is told: the mean of its hours, the sum of amounts that are not mean powers (`means`).

    Days whose hours differ are a problem.
    """
    days: dict[tuple[object, ...], dict[float, Reading]] = {}
    made: list[Reading] = []
    for reading, hour in readings:
        held = days.setdefault((reading.place, reading.quantity, reading.source, reading.start, reading.end), {})
        if hour in held:
            made.append(reading)  # the same hour twice is told as any value that stands twice
        else:
            held[hour] = reading
    usual = max((sorted(held) for held in days.values()), key=len, default=[])
    if len(usual) < 2:
        return [*(reading for held in days.values() for reading in held.values()), *made]
    even = all(abs(hour - usual[0] - at * _DAY / len(usual)) < 1 / _DAY for at, hour in enumerate(usual))
    first = next(iter(days.values()))[min(next(iter(days.values())))]
    for held in days.values():
        one = held[min(held)]
        if sorted(held) != usual or not even:
            told = {"place": one.place, "start": one.start, "count": len(held), "usual": len(usual)}
            notes.fault(Spot(one.row, one.column), "imports.hours_uneven", **told)
            return made
        total = sum(reading.value for reading in held.values())
        made.append(replace(one, value=total if _adds_up(one, means) else total / len(held)))
    found = say("imports.hours", count=len(usual))
    for summed in sorted({_adds_up(one, means) for one in made}):
        way = say("imports.daily_sum" if summed else "imports.daily_mean")
        notes.mention(Spot(first.row, first.column), str(found), way, "imports.hours_averaged")
    return made


def _adds_up(reading: Reading, means: Container[str]) -> bool:
    """Whether what was measured in the hours of a day adds up."""
    return reading.quantity in AMOUNTS and reading.column not in means
