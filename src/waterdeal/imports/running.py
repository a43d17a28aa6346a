"""Running totals ("нарастающим итогом"): the difference of two is the amount of a period; where that is not sure, they are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from waterdeal.calendar import StepKind, is_step_start
from waterdeal.imports.dates import month_words
from waterdeal.imports.grid import Spot, cell_text
from waterdeal.imports.hours import AMOUNTS
from waterdeal.imports.numbers import is_number
from waterdeal.imports.reading import DAY
from waterdeal.imports.words import holds, plain, read_words
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.imports.grid import Notes, Sheet
    from waterdeal.imports.reading import Reading

_SINCE_WORD = re.compile(r"(?<!\w)(?:с|со|от|from|since|бастап|dan)\s+(\d{1,2})(?:[\s.-]*(?:го|е|ого))?[\s.]+([^\W\d_]+|\d{1,2})")

#: "1 сәуірден", "1 apreldan"
_SINCE_ENDING = re.compile(r"(?<!\w)(\d{1,2})[\s.-]+([^\W\d_]+?)(?:дан|ден|тан|тен|нан|нен|dan)(?!\w)")


def running_text(texts: Iterable[str]) -> str:
    """Return the text that says that numbers are running totals; empty where none does."""
    return next((text for text in texts if holds(text, "totals", "running")), "")


def fault_remarks(sheet: Sheet, readings: Sequence[Reading], notes: Notes) -> None:
    """Report a remark below all numbers that calls amounts running totals, where no heading does."""
    amounts = [reading for reading in readings if reading.quantity in AMOUNTS]
    end = next((row + 1 for row in range(len(sheet.rows) - 1, -1, -1) if any(map(is_number, sheet.rows[row]))), 0)
    below = [(row, column) for row in range(end, len(sheet.rows)) for column in range(len(sheet.rows[row]))]
    spot, text = next(((spot, text) for spot in below if (text := running_text([cell_text(sheet.raw(*spot))]))), ((0, 0), ""))
    above = (cell for cells in sheet.rows[:end] for cell in cells if isinstance(cell, str))
    if amounts and text and not running_text(above):
        notes.fault(sheet.spot(*spot), "imports.running_remark", text=text, place=amounts[0].place)


def settle_running(found: Iterable[tuple[Reading, str]], notes: Notes) -> list[Reading]:
    """Turn running totals into amounts of their periods; the others stay as they are."""
    readings: list[Reading] = []
    totals: dict[tuple[str, str, str], list[tuple[Reading, str]]] = {}
    for reading, text in found:
        if text:
            totals.setdefault((reading.place, reading.quantity, reading.source), []).append((reading, text))
        else:
            readings.append(reading)
    for group in totals.values():
        readings += _differences(sorted(group, key=lambda one: one[0].start), notes)
    return readings


def _differences(group: list[tuple[Reading, str]], notes: Notes) -> list[Reading]:
    """Take the differences of one series of running totals, or refuse it."""
    series, text = [reading for reading, _ in group], group[0][1]
    spot, since = Spot(series[0].row, series[0].column), _since(text)
    series = _as_of(series, since)
    key = ""
    if series[0].quantity not in AMOUNTS:
        key = "imports.running_rate"
    elif since is None or (series[0].start.month, series[0].start.day) != since:
        key = "imports.running_start"
    elif any(early.end != late.start for early, late in pairwise(series)):
        key = "imports.running_gap"
    elif any(late.value < early.value for early, late in pairwise(series)):
        key = "imports.running_falls"
    if key:
        notes.fault(spot, key, text=text, place=series[0].place, start=series[0].start)
        return []
    notes.guess(spot, text, say("imports.differences"), "imports.running")
    return [series[0], *(replace(late, value=late.value - early.value) for early, late in pairwise(series))]


def _as_of(series: list[Reading], since: tuple[int, int] | None) -> list[Reading]:
    """Give totals "as of" the last days of dekads the periods that end with them; other series stay as they are."""
    days = [one.start for one in series]
    if since is None or any(one.end - one.start != DAY or not is_step_start(one.end, StepKind.DEKAD) for one in series):
        return series
    first = date(days[0].year - ((days[0].month, days[0].day) < since), *since)
    starts = [first, *(day + DAY for day in days)]
    return [replace(one, start=start) for one, start in zip(series, starts, strict=False)]


def _since(text: str) -> tuple[int, int] | None:
    """Return the month and day from which a text says that it counts; None where it does not say."""
    clean = plain(text)
    if found := _SINCE_WORD.search(clean) or _SINCE_ENDING.search(clean):
        month = int(found[2]) if found[2].isdecimal() else month_words().get(found[2])
        return (month, int(found[1])) if month else None
    start = next((day for day, words in read_words()["since"].items() if any(plain(word) in clean for word in words)), "")
    return (int(start[:2]), int(start[3:])) if start else None
