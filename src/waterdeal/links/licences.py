"""Licences of pywr on the water of some nodes over a year, a season, some months or the last days, as limits on links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from waterdeal.types import Ints

#: sorts of nodes that are licences, and how each begins anew where nothing else is said
SORTS = {"virtualstorage": "never", "annualvirtualstorage": "annual", "monthlyvirtualstorage": "monthly",
         "seasonalvirtualstorage": "seasonal", "rollingvirtualstorage": "rolling"}  # fmt: skip
#: what is carried of a licence
KNOWN = {"nodes", "factors", "max_volume", "min_volume", "initial_volume", "initial_volume_pc", "reset", "reset_volume", "window",
         "days", "timesteps", "reset_day", "reset_month", "end_day", "end_month", "months", "initial_months",
         "reset_to_initial_volume"}  # fmt: skip
#: steps of all windows of a licence
_MOST_COUNTED = 2_000_000


class Window(NamedTuple):
    """How much may pass from a step to another."""

    first: int
    last: int
    volume: float


class Clock(NamedTuple):
    """First days of steps, and days of the first of them."""

    starts: pd.DatetimeIndex
    days: float


def windows(given: Mapping[str, Any], sort: str, volumes: tuple[float, float, float], clock: Clock) -> list[Window] | None:
    """Return the windows of a licence, from its least, greatest and first volume; None where its kind is not known."""
    least, most, start = volumes
    reset, window = given.get("reset"), given.get("window")
    how = str(reset.get("type")).lower() if isinstance(reset, dict) else SORTS[sort]
    if window or how == "rolling":
        return _rolling(given, (most - least, start - least), clock) if how in {"rolling", "never"} else None
    number, begins_anew = _periods(given, how, clock.starts)
    if number is None:
        return None
    said = given.get("reset_volume")
    second = isinstance(reset, dict) or said is not None
    initially = str(said).lower() != "max" if second else bool(given.get("reset_to_initial_volume"))
    anew = start if initially else most
    kept = np.flatnonzero(number >= 0)
    starts = kept[np.diff(number[kept], prepend=-1) > 0]
    ends = kept[np.diff(number[kept], append=len(number) + 1) > 0]
    firsts = [anew if number[at] or begins_anew or (second and not initially) else start for at in starts]
    return [Window(int(at), int(end), volume - least) for at, end, volume in zip(starts, ends, firsts, strict=True)]


def _rolling(given: Mapping[str, Any], volumes: tuple[float, float], clock: Clock) -> list[Window] | None:
    """Return a window up to each step; what is missing at the start comes back evenly as the first window passes."""
    most, start = volumes
    window: Mapping[str, Any] = given.get("window") or given
    length = int(window.get("timesteps") or float(window.get("days") or 0) // clock.days)
    steps = len(clock.starts)
    spread = length if given.get("window") else length - 1  # version 2 gives back before the step, version 1 after it
    if spread < 1 or min(length, steps) * steps > _MOST_COUNTED:
        return None
    passed = np.minimum(np.arange(steps) + (spread == length), spread)
    volume = start + (most - start) / spread * passed
    return [Window(max(0, at - length + 1), at, float(volume[at])) for at in range(steps)]


def _periods(given: Mapping[str, Any], how: str, starts: pd.DatetimeIndex) -> tuple[Ints | None, bool]:
    """Return the period of each step, below 0 where none is in force, and whether the first is whole; None where it is not known."""
    months, days = starts.month.to_numpy(), starts.day.to_numpy()
    if how == "never":
        return np.zeros(len(starts), dtype=int), False
    reset: Mapping[str, Any] = given["reset"] if isinstance(given.get("reset"), dict) else given
    if how == "monthly":
        number = starts.year.to_numpy() * 12 + months
        return (number - number[0] + int(given.get("initial_months") or 0)) // int(reset.get("months", 1)), False
    if how not in {"annual", "seasonal"}:
        return None, False
    asked = [_day(reset, names) for names in (("month", "reset_month", "start_month"), ("day", "reset_day", "start_day"))]
    date, begin = months * 100 + days, asked[0] * 100 + asked[1]
    years = starts.year.to_numpy() + (date >= begin)
    number = years - years[0]
    if how == "seasonal":
        end = int(reset.get("end_month", 12)) * 100 + int(reset.get("end_day", 31))
        end += "start_day" in reset  # version 2 counts the last day
        inside = (date >= begin) & (date < end) if begin < end else (date >= begin) | (date < end)
        number = np.where(inside, number, -1)
    return number, bool(date[0] == begin)


def _day(reset: Mapping[str, Any], names: Sequence[str]) -> int:
    """Return a month or a day of the month by the first of its names that is said, 1 where none is."""
    return int(next((reset[name] for name in names if reset.get(name) is not None), 1))
