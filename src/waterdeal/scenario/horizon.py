"""The steps of a horizon, and how monthly rates and delays fall on them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.calendar import Step, is_growing, make_steps, month_overlaps, next_month, water_years
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Period
    from waterdeal.types import Floats

#: a share below this is rounding of days, not water
DUST = 1e-9
#: mean days of a month, leap years included
MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def horizon_steps(period: Period) -> tuple[Step, ...]:
    """Cut a period into its steps."""
    if period.end is not None and period.step is not None:
        return make_steps(period.start, period.end, period.step)
    steps, start = list[Step](), period.start
    for stretch in period.stretches:
        steps += make_steps(start, stretch.until, stretch.step)
        start = stretch.until
    return tuple(steps)


def step_coords(basin: Basin, steps: Sequence[Step]) -> dict[str, tuple[str, NDArray[np.generic]]]:
    """Make the variables that describe the steps, by name."""
    return {
        "time": ("time", pd.DatetimeIndex([step.start for step in steps]).to_numpy(dtype="datetime64[ns]")),
        "step": ("time", np.array([step.label for step in steps])),
        "step_length": ("time", step_days(steps)),
        "month": ("time", np.array([step.start.month for step in steps])),
        "growing": ("time", np.array([is_growing(step, basin.growing_season) for step in steps]).astype(int)),
    }


def season_years(basin: Basin, steps: Sequence[Step], season: str) -> NDArray[np.int64]:
    """Year in which the season of each step begins; -1 for steps of the other season."""
    first = basin.growing_season[season != "growing"]
    years = [step.start.year - ((step.start.month, step.start.day) < first) for step in steps]
    inside = [is_growing(step, basin.growing_season) == (season == "growing") for step in steps]
    return np.where(inside, years, -1)


def water_year_of(basin: Basin, steps: Sequence[Step]) -> list[int]:
    """Water year in which each step starts."""
    return water_years(np.array([step.start for step in steps], dtype="datetime64[D]"), basin.water_year_start)


def limit_years(basin: Basin, steps: Sequence[Step], limit: Mapping[Any, Any]) -> tuple[list[int], bool]:
    """Years in whose season a limit holds: its own where that is in sight, else each that is; and whether it is its own."""
    years = sorted(set(season_years(basin, steps, limit["season"]).tolist()) - {-1})
    own = [year for year in years if str(limit["year"]).startswith(str(year))]
    return own or years, bool(own)


def step_days(steps: Sequence[Step]) -> Floats:
    """Length of each step in days."""
    return np.array([float(step.days) for step in steps])


def columns(rows: pd.DataFrame, dim: str, **names: str) -> dict[str, Any]:
    """Columns of a table as variables of a dim, by the name each is to have: numbers as they are, all else as text."""
    return {name: (dim, rows[column].to_numpy(dtype=float if rows[column].dtype.kind == "f" else str)) for name, column in names.items()}


def by_month(table: pd.DataFrame, key: str, value: str, names: Sequence[str]) -> NDArray[np.float64]:
    """Spread the rows of a table by (item, month of the year); NaN where there is no row."""
    found, places = np.full((len(names), 12), np.nan), {name: place for place, name in enumerate(names)}
    for name, month, rate in zip(table[key], table["month"], table[value], strict=True):
        if name in places:
            found[places[name], int(month) - 1] = rate
    return found


def spread_months(rows: Sequence[Sequence[float]], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Amounts of steps by row, a month's amount being spread evenly over its days."""
    parts = [[(day.month - 1, days, monthrange(day.year, day.month)[1]) for day, days in month_overlaps(step)] for step in steps]
    amounts = [[sum(monthly[month] * days / length for month, days, length in part) for part in parts] for monthly in rows]
    return np.array(amounts, dtype=float).reshape(len(rows), len(steps))


def delay_shares(steps: Sequence[Step], delays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of what leaves in a step that arrive so many steps later, by overlap of the shifted windows."""
    (starts, ends), count = _borders(steps), len(steps)
    left, right = starts + delays, ends + delays
    found: list[NDArray[np.float64]] = []
    # lag by lag, as far as anything arrives: all pairs of steps at once would take the square of the horizon
    for lag in range(count):
        leaving, arriving = slice(count - lag), slice(lag, count)
        if found and (starts[arriving] >= right[:, leaving]).all():
            break
        overlap = np.minimum(right[:, leaving], ends[arriving]) - np.maximum(left[:, leaving], starts[arriving])
        share = np.clip(overlap, 0, None) / (ends - starts)[leaving]
        share[share < DUST] = 0.0
        found.append(np.pad(share, ((0, 0), (0, lag))))
    used = [lag for lag, share in enumerate(found) if share.any()]
    return np.stack(found[: used[-1] + 1 if used else 1], axis=2)


def _borders(steps: Sequence[Step]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First day and day after the last of each step, counted from the start of the horizon."""
    begin = steps[0].start
    return np.array([float((step.start - begin).days) for step in steps]), np.array([float((step.end - begin).days) for step in steps])


def past_arrivals(
    steps: Sequence[Step], rates: NDArray[np.float64], delay_of: Callable[[date], NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Water that left before the horizon and arrives in it."""
    (starts, ends), begin = _borders(steps), steps[0].start
    arriving, transit = np.zeros((len(rates), len(steps))), np.zeros(len(rates))
    day = (begin - timedelta(days=370)).replace(day=1)
    while day < begin:
        stop = min(next_month(day), begin)
        delay = delay_of(day)[:, None]
        left, right = (day - begin).days + delay, (stop - begin).days + delay
        volume = rates[:, [day.month - 1]] * HM3_PER_CUMEC_DAY
        arriving += volume * np.clip(np.minimum(right, ends) - np.maximum(left, starts), 0, None)
        transit += (volume * np.clip(right - np.maximum(left, starts[0]), 0, None))[:, 0]
        day = stop
    return arriving, transit


def travel_days(basin: Basin, links: Sequence[str]) -> Callable[[date], NDArray[np.float64]]:
    """Travel time of water entering links, by the day it enters: longer under ice where the table says so."""
    rows = {row["link"]: row for row in basin.rows("links")}
    days = [np.array([rows[link][column] for link in links], dtype=float) for column in ("travel_time_days", "travel_time_ice_days")]
    open_water = np.nan_to_num(days[0])
    under_ice = np.where(np.isnan(days[1]), open_water, days[1])
    return lambda day: under_ice if day.month in basin.ice_months else open_water
