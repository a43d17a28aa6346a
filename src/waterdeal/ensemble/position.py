"""Position analysis: every year of a record, as if it came again from today's storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.errors import ScenarioError, make_problem
from waterdeal.scenario.horizon import horizon_steps

if TYPE_CHECKING:
    from datetime import date

    from waterdeal.run import Case


def position_traces(series: xr.DataArray, case: Case, file: str = "series") -> xr.Dataset:
    """Make a trace of every year of a record that covers the horizon of a scenario.

    Parameters
    ----------
    series : xarray.DataArray
        Rates by (node, time), m3 s-1, over many years; each holds until the next. `waterdeal.scenario.series.parse_series` reads one.
    case : Case
        The scenario, with the storages of today.
    file : str
        Name of the record, for messages.

    Returns
    -------
    xarray.Dataset
        ``runoff(trace, node, time)``; a trace is named after the year its horizon begins in.

    Raises
    ------
    ScenarioError
        If no year covers the horizon, or years have different dates.
    """
    steps = horizon_steps(case.file.scenario.period)
    start, end = steps[0].start, steps[-1].end
    series = series.sortby("time")
    times = pd.DatetimeIndex(series["time"].values)
    traces: dict[str, xr.DataArray] = {}
    for year in range(times[0].year, times[-1].year + 1):
        window = (times >= _moved(start, year - start.year)) & (times < _moved(end, year - start.year))
        dates = [_back(day, start.year - year) for day in times[window]]
        if not dates or dates[0] != pd.Timestamp(start) or _short(times[window], _moved(end, year - start.year)):
            continue
        leap = np.array([day is not None for day in dates])
        kept = series.isel(time=np.flatnonzero(window)[leap])
        traces[str(year)] = kept.assign_coords(time=[day for day in dates if day is not None])
    if not traces:
        told = {"first": times[0], "last": times[-1], "start": start, "end": end}
        raise ScenarioError(file, [make_problem(file, None, "time", "members.no_whole_year", **told)])
    first = next(iter(traces.values()))["time"].values
    other = [year for year, trace in traces.items() if not np.array_equal(trace["time"].values, first)]
    if other:
        problem = make_problem(file, None, "time", "members.other_dates", years=", ".join(other), first=next(iter(traces)))
        raise ScenarioError(file, [problem])
    joined = xr.concat(list(traces.values()), pd.Index(list(traces), name="trace"))
    return joined.rename("runoff").assign_attrs(units="m3 s-1").to_dataset()


def _moved(day: date, years: int) -> pd.Timestamp:
    """Return a day so many years later."""
    return pd.Timestamp(day) + pd.DateOffset(years=years)


def _back(day: pd.Timestamp, years: int) -> pd.Timestamp | None:
    """Return a day of the record in the year of the horizon; None for 29 February, whose rate the day before holds for."""
    return None if (day.month, day.day) == (2, 29) else day.replace(year=day.year + years)


def _short(times: pd.DatetimeIndex, end: pd.Timestamp) -> bool:
    """Whether rates end before the horizon does."""
    longest = max((times[1:] - times[:-1]).max(), pd.Timedelta(1, "D")) if len(times) > 1 else pd.Timedelta(1, "D")
    return bool(times[-1] + longest < end)
