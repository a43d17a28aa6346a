"""Runoff series a scenario brings: rates by node and time, each of a period of its own, carried to the steps."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.cells import MOST, did_you_mean
from waterdeal.basin.schema import spellings
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.units import HM3_PER_CUMEC_DAY
from waterdeal.words import BLANK, say

#: how many times the intervals on both sides one may last before rows are taken to be missing in it
HOLE = 1.7
#: how many times the wettest month a rate may be before it is taken for a slip
IMPLAUSIBLE = 5.0
#: days that rounding may add
_DUST = 1e-6

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Hydrology, Scenario


def read_series(folder: Path, name: str, basin: Basin, hydrology: Hydrology | None = None) -> xr.DataArray:
    """Read a runoff series: a table of any layout, or NetCDF; ``told`` in its attributes is what was guessed of it."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScenarioError(name, [make_problem(name, None, "hydrology.series", "scenario.series_outside")])
    series = parse_series(path, basin, (hydrology and hydrology.stamp) or "")
    if problems := list(check_series(series, name, basin, partial=bool(hydrology and hydrology.complete_from))):
        raise ScenarioError(name, problems)
    return series.sortby("time").assign_attrs(sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def parse_series(path: Path, basin: Basin | None = None, stamp: str = "") -> xr.DataArray:
    """Parse a series file; without a basin by its own columns only."""
    from waterdeal.imports.rates import read_rates

    names = None if basin is None else spellings(basin, "nodes")
    return read_rates(path, ("node", "time"), say("scenario.series_form"), names, stamp)


def series_bytes(series: xr.DataArray, suffix: str) -> bytes:
    """Write a series as CSV or NetCDF."""
    if suffix == ".csv":
        table = series.reset_coords(drop=True).to_series().rename("runoff_m3s").reset_index()
        by_day = bool((table["time"] == table["time"].dt.normalize()).all())
        table["time"] = table["time"].dt.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%S")
        return table.to_csv(index=False, lineterminator="\n").encode()
    buffer = io.BytesIO()
    bare = series.drop_vars("until", errors="ignore").drop_attrs().rename("runoff").assign_attrs(units="m3 s-1")
    bare.to_dataset().to_netcdf(buffer, engine="h5netcdf")
    return buffer.getvalue()


def check_series(series: xr.DataArray, name: str, basin: Basin, *, partial: bool = False) -> Iterator[Problem]:
    """Report unknown nodes, nodes and days that are missing unless completed, rates below zero, and those far beyond any known."""
    nodes, wet = basin.ids("nodes"), basin.runoff["node"].values.tolist()
    given = [str(node) for node in series["node"].values]
    for node in [node for node in given if node not in nodes]:
        yield Problem(name, None, "node", say("scenario.series_no_node", node=node), did_you_mean(node, nodes))
    for node in [node for node in wet if node not in given and not partial]:
        yield make_problem(name, None, "node", "scenario.series_node_missing", node=node)
    days = series["time"].dt.strftime("%Y-%m-%d").values
    lasting = np.diff(np.sort(_days(series["time"].values.astype("datetime64[s]"))))
    for at in [] if partial else np.flatnonzero(lasting[1:-1] > HOLE * np.maximum(lasting[:-2], lasting[2:])) + 1:
        first, last = np.sort(days)[[at, at + 1]]
        yield make_problem(name, None, "time", "scenario.series_hole", first=first, last=last, days=lasting[at], usual=lasting[at - 1])
    for node in given:
        values = series.sel(node=node).values
        gaps = days[np.isnan(values)]
        if (np.abs(values) > MOST).any():
            yield make_problem(name, None, "runoff", "scenario.series_infinite", node=node)
            continue
        if gaps.size and not partial:
            yield make_problem(name, None, "runoff", "scenario.series_gap", node=node, days=", ".join(gaps[:5]))
        if (values < 0).any():
            below = [f"{days[at]}: {values[at]:g}" for at in np.flatnonzero(values < 0)]
            told = {"node": node, "values": ", ".join(below[:5]), "count": len(below)}
            key = "scenario.series_missing_code" if _is_code(values) else "scenario.series_negative"
            yield make_problem(name, None, "runoff", key, **told)
            continue
        # a rate far beyond the wettest month of any class of year: a slip of the unit or of a digit
        most = float(basin.runoff.sel(node=node).max()) if node in wet else 0.0
        highest = float(np.nanmax(values, initial=-np.inf))
        if 0 < IMPLAUSIBLE * most < highest:
            told = {"node": node, "highest": highest, "day": days[int(np.nanargmax(values))], "most": most}
            yield make_problem(name, None, "runoff", "scenario.series_high", **told)


def _is_code(values: NDArray[np.float64]) -> bool:
    """Tell whether what is below zero looks like a code for what is missing: -99, -999.9 and the like."""
    below = {f"{value:g}".rstrip("0").rstrip(".") for value in values[values < 0]}
    return all(set(text) <= set("-9.") and text.count("9") > 1 for text in below)


def _days(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return times as days, hours as their part of one."""
    return np.asarray((times - np.datetime64("0001-01-01")) / np.timedelta64(1, "D") + 1, dtype=float)


def periods_of(series: xr.DataArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days at which each value of a series begins and ends."""
    from waterdeal.imports.clock import with_periods

    held = with_periods(series, "", "series")
    return tuple(_days(held[name].values.astype("datetime64[s]")) for name in ("time", "until"))  # type: ignore[return-value]


def lay_series(series: xr.DataArray, steps: Sequence[Step]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Carry a series to volumes of the steps by (node, step), and count the days of each that it covers."""
    first, last = periods_of(series)
    edges = np.array([steps[0].start.toordinal(), *(step.end.toordinal() for step in steps)], dtype=float)
    borders, known = np.stack([first, last], axis=1).ravel(), np.isfinite(series.values)
    laid = []
    for rates in (np.where(known, series.values, 0.0), known.astype(float)):
        total = np.cumsum(rates * (last - first), axis=1)
        rising = np.stack([np.concatenate([np.zeros((len(total), 1)), total[:, :-1]], axis=1), total], axis=2).reshape(len(total), -1)
        laid.append(np.array([np.diff(np.interp(edges, borders, row)) for row in rising]).reshape(len(total), len(steps)))
    return laid[0] * HM3_PER_CUMEC_DAY, laid[1]


def series_volumes(
    basin: Basin, series: xr.DataArray, steps: Sequence[Step], file: str, fill: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Carry a series to volumes of the steps by (node, step); what it does not cover whole is taken from `fill`, or refused."""
    nodes, given = basin.ids("nodes"), series["node"].values.tolist()
    laid, covered = lay_series(series, steps)
    whole = covered > np.array([step.days for step in steps]) - _DUST
    if fill is None and not whole.all():
        starts, ends = periods_of(series)
        first, last = (pd.Timestamp(date.fromordinal(int(day))) for day in (starts[0], ends[-1]))
        told: dict[str, object] = {"first": first, "last": last, "start": steps[0].start, "end": steps[-1].end}
        key = "scenario.series_short"
        if starts[0] <= steps[0].start.toordinal() and ends[-1] >= steps[-1].end.toordinal():
            node, step = (int(at[0]) for at in np.nonzero(~whole))
            key = "scenario.series_uncovered"
            told = {"node": given[node], "step": steps[step].label, "days": steps[step].days - covered[node, step]}
        raise ScenarioError(file, [make_problem(file, None, "hydrology.series", key, **told)])
    volumes = np.zeros((len(nodes), len(steps))) if fill is None else fill.copy()
    at = [nodes.index(node) for node in given]
    volumes[at] = np.where(whole, laid, volumes[at])
    return volumes


def tell_series(basin: Basin, scenario: Scenario, series: xr.DataArray, steps: Sequence[Step]) -> list[str]:
    """Tell what was guessed of a series, what of it is averaged, and what comes from a class of year."""
    told = _grouped(series.attrs.get("told", ()))
    first, last = periods_of(series)
    if len(first) and np.median(last - first) < min(step.days for step in steps) - _DUST:
        told.append(say("scenario.series_averaged", hours=24 * float(np.median(last - first)), kind=steps[0].kind.value))
    if year_class := scenario.hydrology.complete_from:
        _, covered = lay_series(series, steps)
        whole = covered > np.array([step.days for step in steps]) - _DUST
        given = series["node"].values.tolist()
        wholly = [node for node in basin.runoff["node"].values.tolist() if node not in given]
        partly = [f"{node} ({int((~row).sum())})" for node, row in zip(given, whole, strict=True) if not row.all()]
        if wholly or partly:
            named = {"nodes": ", ".join(wholly) or BLANK, "parts": ", ".join(partly) or BLANK}
            told.append(say("scenario.series_completed", year_class=year_class, **named))
    return told


def _grouped(guesses: Sequence[Any]) -> list[str]:
    """Write guesses as sentences: the first of each sort, and how many more there are."""
    sorts: dict[str, list[Any]] = {}
    for guess in guesses:
        sorts.setdefault(getattr(getattr(guess, "why", guess), "key", str(guess)), []).append(guess)
    told: list[str] = []
    for first, *more in sorts.values():
        text = first if isinstance(first, str) else say("imports.guess", **vars(first))
        told.append(say("scenario.series_more", told=text, count=len(more)) if more else text)
    return told
