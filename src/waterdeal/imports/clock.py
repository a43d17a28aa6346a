"""When each value of a series begins and ends: by bounds, by what a caller says of its stamps, by the calendar of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, next_start
from waterdeal.errors import refuse
from waterdeal.imports.dates import spaced_kind
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

_STANDARD = frozenset({"standard", "gregorian", "proleptic_gregorian"})
_NO_LEAP = frozenset({"noleap", "365_day"})
_SINCE = re.compile(
    r"\s*(days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[dhs])\s+since\s+(\d+)-(\d+)-(\d+)(?:[T ](\d+):(\d+)(?::([\d.]+))?)?.*"
)
_PER_DAY = {"d": 1.0, "h": 24.0, "m": 1440.0, "s": 86_400.0}
#: days before each month of a year without 29 February
_MONTHS = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MIDDLE = range(13, 18)


def decode_times(dataset: xr.Dataset) -> xr.Dataset:
    """Give the numbers of a file's time their dates, and those of its bounds; a calendar with days that no year has is refused."""
    time = dataset["time"]
    if time.dtype.kind == "M" or "since" not in str(time.attrs.get("units", "")):
        return dataset
    units, calendar = str(time.attrs["units"]), str(time.attrs.get("calendar", "standard")).lower()
    refuse(calendar not in _STANDARD | _NO_LEAP, "imports.calendar", calendar=calendar)
    found = dataset.assign_coords(time=("time", _dates(time.values, units, calendar)))
    bounds = str(time.attrs.get("bounds", ""))
    if bounds in dataset:
        own = str(dataset[bounds].attrs.get("units", units))  # they may count from another day than their time
        edges = _dates(dataset[bounds].values.ravel(), own, calendar).reshape(-1, 2)
        refuse((edges[:, 0] >= edges[:, 1]).any() or (edges[1:, 0] < edges[:-1, 1]).any(), "imports.bounds", name=bounds)
        found = found.assign_coords(time=("time", edges[:, 0]), until=("time", edges[:, 1]))
    told = [say("imports.no_leap", calendar=calendar)] if calendar in _NO_LEAP else []
    found.attrs["told"] = tuple(told)
    return found


def _dates(values: NDArray[Any], units: str, calendar: str) -> NDArray[np.datetime64]:
    """Turn numbers since a day into dates."""
    refuse(not np.isfinite(values.astype(float)).all(), "imports.rate_times")
    if calendar in _STANDARD:
        import xarray as xr

        raw = xr.Dataset(coords={"t": ("t", values, {"units": units, "calendar": calendar})})
        try:
            return np.asarray(xr.decode_cf(raw)["t"].values.astype("datetime64[ns]"))
        except (ValueError, TypeError) as error:
            raise ValueError(say("imports.since", units=units)) from error
    since = _SINCE.fullmatch(units)
    if since is None:
        raise ValueError(say("imports.since", units=units))
    year, month, day, hour, minute = (int(part or 0) for part in since.groups()[1:6])
    first = year * 365 + int(_MONTHS[month - 1]) + day - 1 + (hour + minute / 60 + float(since[7] or 0) / 3600) / 24
    seconds = np.round((first + values.astype(float) / _PER_DAY[since[1][0]]) * 86_400).astype("int64")
    days, rest = np.divmod(seconds, 86_400)
    years, within = np.divmod(days, 365)
    months = np.searchsorted(_MONTHS, within, side="right") - 1
    starts = ((years - 1970) * 12 + months).astype("datetime64[M]").astype("datetime64[D]")
    moments = (starts + (within - _MONTHS[months]).astype("timedelta64[D]")).astype("datetime64[ns]")
    return np.asarray(moments + rest.astype("timedelta64[s]"))


def with_periods(rates: xr.DataArray, stamp: str, name: str) -> xr.DataArray:
    """Give each value of a series in order of time its end, ``until``; what its stamps mean is told, and refused where it is open."""
    if "until" in rates.coords:
        return rates
    times = pd.DatetimeIndex(rates["time"].values)
    told = [*rates.attrs.get("told", ())]
    if len(times) and times.is_unique and times.is_monotonic_increasing:
        refuse(not stamp and are_ends(times), "imports.stamps_at_ends", name=name, first=times[0])
        refuse(not stamp and _are_middles(times), "imports.stamps_in_middle", name=name, first=times[0])
    if stamp == "end" and len(times):
        ends = times + pd.Timedelta(days=1) if are_ends(times) else times
        starts = ends[:-1].insert(0, start_before(ends))
        told.append(say("imports.stamps_end_told", name=name, first=moment(starts[0]), last=moment(ends[0])))
        return rates.assign_coords(time=starts, until=("time", ends)).assign_attrs(told=tuple(told))
    until = times[1:].append(times[:0] if not len(times) else pd.DatetimeIndex([_end_after(times)]))
    if not stamp and len(times):
        told.append(say("imports.stamps_start", name=name, first=moment(times[0]), last=moment(until[0])))
    return rates.assign_coords(until=("time", until)).assign_attrs(told=tuple(told))


def moment(time: pd.Timestamp) -> str:
    """Write a time as a day, with its hour where it is no midnight."""
    return f"{time:%Y-%m-%d}" if time == time.normalize() else f"{time:%Y-%m-%d %H:%M}"


def leap_days(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Count the 29 Februaries before each time."""
    years = times.astype("datetime64[Y]")
    year = years.astype(int) + 1970 - (times < years.astype("datetime64[M]") + 2)
    return np.asarray(year // 4 - year // 100 + year // 400)


def are_ends(times: pd.DatetimeIndex) -> bool:
    """Tell whether all times are last days of dekads or months, further apart than a day."""
    late = times + pd.Timedelta(days=1)
    at_midnight = bool((times == times.normalize()).all())
    return at_midnight and _apart(times, 1) and bool(late.day.isin(DEKAD_FIRST_DAYS).all())


def _apart(times: pd.DatetimeIndex, days: int) -> bool:
    """Tell whether some times are more than so many days apart."""
    return len(times) > 1 and bool(pd.Series(times).diff().min() > pd.Timedelta(days=days))


def _are_middles(times: pd.DatetimeIndex) -> bool:
    """Tell whether all times are in the middle of months, a month apart."""
    return _apart(times, 20) and bool(times.day.isin(_MIDDLE).all())


def _end_after(times: pd.DatetimeIndex) -> pd.Timestamp:
    """Return when the last of some periods ends, known by their starts: with its month or dekad, else as long as the longest before."""
    kind = _kind_at(times, times[-2:])
    if kind is not StepKind.DAY and bool((times == times.normalize()).all()):
        return pd.Timestamp(next_start(times[-1].date(), kind))
    return times[-1] + (pd.Series(times).diff().max() if len(times) > 1 else pd.Timedelta(days=1))


def _kind_at(times: pd.DatetimeIndex, near: pd.DatetimeIndex) -> StepKind:
    """Steps that times stand for where some of them are: dekads may go over into months, and months into dekads."""
    kind = spaced_kind(day.date() for day in times)
    return kind if kind is StepKind.DAY or len(near) < 2 else spaced_kind(day.date() for day in near)


def start_before(ends: pd.DatetimeIndex) -> pd.Timestamp:
    """Return when the first of some periods began, known by their ends: a month or dekad before, else as long as the second lasts."""
    kind = _kind_at(ends, ends[:2])
    earlier = ends[0] - pd.Timedelta(days=1)
    if kind is StepKind.MONTH:
        return earlier.replace(day=1)
    if kind is StepKind.DEKAD:
        return earlier.replace(day=max(first for first in DEKAD_FIRST_DAYS if first <= earlier.day))
    return ends[0] - (ends[1] - ends[0] if len(ends) > 1 else pd.Timedelta(days=1))
