"""Runoff series a scenario brings: rates by node and time, each of a period of its own, carried to the steps."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from waterdeal.basin.cells import did_you_mean
from waterdeal.basin.schema import spellings
from waterdeal.documents import explain, read_toml
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.imports.clock import leap_days, moment
from waterdeal.imports.lines import Line, Wanted
from waterdeal.imports.numbers import is_gap_code
from waterdeal.scenario.schema import SeriesMapping
from waterdeal.units import HM3_PER_CUMEC_DAY, MOST
from waterdeal.words import BLANK, say

#: how many times the intervals on both sides one may last before rows are taken to be missing in it
HOLE = 1.7
#: how many times the wettest month a rate may be before it is taken for a slip
IMPLAUSIBLE = 5.0
#: days that rounding may add
_DUST = 1e-6

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Hydrology, Scenario


def scenario_series(folder: Path, name: str, basin: Basin, hydrology: Hydrology | None = None) -> xr.DataArray:
    """Read the series of a scenario, a file or a store beside it; ``told`` in its attributes is what was guessed of it."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScenarioError(name, [make_problem(name, None, "hydrology.series", "scenario.series_outside")])
    wanted = wanted_of(hydrology.mapping if hydrology else None)
    series = parse_series(path, basin, (hydrology and hydrology.stamp) or "", wanted)
    if problems := list(check_series(series, name, basin, partial=bool(hydrology and hydrology.complete_from))):
        raise ScenarioError(name, problems)
    return series.sortby("time").assign_attrs(sha256=_digest(path))


def series_sources(folder: Path, name: str) -> dict[str, bytes]:
    """Return what a series is read from, by name: the file, or every file of a store."""
    path = folder / name
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of a store."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for name, content in series_sources(path.parent, path.name).items():
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def read_series(path: Path | str, basin: Basin | None = None, *, mapping: Mapping[str, Any] | None = None, stamp: str = "") -> xr.DataArray:
    """Read a series of flows from any format that is known: tables, NetCDF, Zarr, Parquet, PI-XML, HEC-DSS, GRDC, CAMELS and others.

    Parameters
    ----------
    path : pathlib.Path or str
        The file, or the folder of a Zarr store.
    basin : Basin, optional
        Its nodes, by any of their names and aliases, are those looked for; without one, names stay as the file writes them.
    mapping : mapping of str to object, optional
        What the file calls otherwise, as under ``[hydrology.mapping]`` of a scenario: ``variable``, ``unit``, ``node``, ``time``,
        ``trace``, ``where``, ``names``, ``points``, ``area``.
    stamp : {"start", "end", ""}
        Whether bare times begin or end their periods, where the format does not say.

    Returns
    -------
    xarray.DataArray
        Rates by (node, time), m3 s-1. ``time`` is when each value begins, the coordinate ``until`` when it ends; the attribute ``told``
        holds what was left out or taken for granted.

    Raises
    ------
    FileProblem
        If the file is missing, damaged or too large, or what reads it is not installed.
    ScenarioError
        If it cannot be understood without guessing, or rates are below zero.
    """
    path = Path(path)
    series = parse_series(path, basin, stamp, replace(wanted_by(mapping), beside=True))
    days = series["time"].dt.strftime("%Y-%m-%d").values
    rows = zip(series["node"].values.tolist(), series.values, strict=True)
    if problems := [_below_zero(values, days, str(node), path.name) for node, values in rows if (values < 0).any()]:
        raise ScenarioError(path.name, problems)
    return series


def wanted_by(content: Mapping[str, Any] | None) -> Wanted:
    """Say to readers what a mapping says that stands in no scenario."""
    try:
        return wanted_of(SeriesMapping.model_validate(dict(content)) if content else None)
    except ValidationError as error:
        file = "[hydrology.mapping]"
        raise ScenarioError(file, [explain(file, fault, SeriesMapping) for fault in error.errors()]) from error


def read_mapping(path: Path | None) -> dict[str, Any] | None:
    """Read a file that says what a series calls otherwise; None where there is none."""
    return None if path is None else read_toml(path, path.parent, {}, ScenarioError)


def wanted_of(mapping: SeriesMapping | None) -> Wanted:
    """Say to readers what a scenario maps."""
    return Wanted() if mapping is None else Wanted(**mapping.model_dump())


def parse_series(path: Path, basin: Basin | None = None, stamp: str = "", wanted: Wanted = Wanted()) -> xr.DataArray:  # noqa: B008 - frozen
    """Parse a series file; without a basin by its own names only."""
    from waterdeal.imports.rates import read_rates

    names = None if basin is None else spellings(basin, "nodes")
    return read_rates(path, ("node", "time"), say("scenario.series_form"), names, stamp, wanted)


def series_files(series: xr.DataArray, target: Path) -> dict[str, bytes]:
    """Write a series in the format of a name: CSV, NetCDF, Parquet, PI-XML or HEC-DSS, or the files of a Zarr store."""
    from waterdeal.imports import parquet, zarr_store
    from waterdeal.imports.clock import with_periods
    from waterdeal.imports.formats import lines_bytes, need

    series, suffix = with_periods(series, "start", target.name), target.suffix
    if suffix == ".csv":
        return {"": _table(series).to_csv(index=False, lineterminator="\n").encode()}
    if suffix == ".parquet":
        need("parquet", "Parquet", target.name)
        return {"": parquet.parquet_bytes(_table(series))}
    if suffix == ".zarr":
        need("zarr", "Zarr", target.name)
        return zarr_store.zarr_files(_bounded(series))
    if suffix == ".nc":
        buffer = io.BytesIO()
        _bounded(series).to_netcdf(buffer, engine="h5netcdf")
        return {"": buffer.getvalue()}
    return {"": lines_bytes(_lines(series), suffix, target.name)}


def _table(series: xr.DataArray) -> pd.DataFrame:
    """Return a series as a long table."""
    table = series.reset_coords(drop=True).to_series().rename("runoff_m3s").reset_index()
    by_day = bool((table["time"] == table["time"].dt.normalize()).all())
    return table.assign(time=table["time"].dt.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%S"))


def _bounded(series: xr.DataArray) -> xr.Dataset:
    """Return a series as a dataset that says when each value begins and ends."""
    starts, ends = series["time"].values, series["until"].values
    bare = series.drop_vars("until").drop_attrs().rename("runoff").assign_attrs(units="m3 s-1", cell_methods="time: mean")
    found = bare.to_dataset().assign(time_bounds=(("time", "bound"), np.stack([starts, ends], axis=1)))
    found["time"].attrs["bounds"] = "time_bounds"
    found["time"].encoding = {"units": "seconds since 1970-01-01", "calendar": "proleptic_gregorian", "dtype": "int64"}
    return found


def _lines(series: xr.DataArray) -> list[Line]:
    """Return a series as lines, a node each."""
    starts, ends = (series[name].values.astype("datetime64[ns]") for name in ("time", "until"))
    nodes = zip(series["node"].values.tolist(), series.values, strict=True)
    return [Line((str(node),), "Q", "m3/s", starts, values, ends) for node, values in nodes]


def check_series(series: xr.DataArray, name: str, basin: Basin, *, partial: bool = False) -> Iterator[Problem]:
    """Report unknown nodes, nodes and days that are missing unless completed, rates below zero, and those far beyond any known."""
    nodes, wet = basin.ids("nodes"), basin.runoff["node"].values.tolist()
    given = [str(node) for node in series["node"].values]
    strange, missing = [node for node in given if node not in nodes], [node for node in wet if node not in given and not partial]
    misspelt = missing if len(strange) == len(missing) == 1 else []
    for node in strange:
        yield Problem(name, None, "node", say("scenario.series_no_node", node=node), did_you_mean((misspelt or [node])[0], nodes))
    told = series.attrs.get("told", ())
    lost = [guess.found for guess in told if getattr(getattr(guess, "why", ""), "key", "") == "imports.unknown_place"]
    for node in missing if not misspelt else []:
        key = "scenario.series_node_unread" if lost else "scenario.series_node_missing"
        yield make_problem(name, None, "node", key, node=node, names="; ".join(lost[:5]))
    days = series["time"].dt.strftime("%Y-%m-%d").values
    moments = np.sort(series["time"].values.astype("datetime64[s]"))
    skipped = leap_days(moments) if any(getattr(one, "key", "") == "imports.no_leap" for one in series.attrs.get("told", ())) else 0
    lasting = np.diff(_days(moments) - skipped)
    holes = [] if partial else (np.flatnonzero(lasting[1:-1] > HOLE * np.maximum(lasting[:-2], lasting[2:])) + 1).tolist()
    for at in holes[:1]:
        told = {"first": moment(pd.Timestamp(moments[at])), "last": moment(pd.Timestamp(moments[at + 1])), "count": len(holes)}
        yield make_problem(name, None, "time", "scenario.series_hole", **told, days=lasting[at], usual=lasting[at - 1])
    for node in given:
        values = series.sel(node=node).values
        gaps = days[np.isnan(values)]
        if (np.abs(values) > MOST).any():
            at = int(np.flatnonzero(np.abs(values) > MOST)[0])
            yield make_problem(name, None, "runoff", "scenario.series_infinite", node=node, day=days[at], value=values[at])
            continue
        if gaps.size and not partial:
            yield make_problem(name, None, "runoff", "scenario.series_gap", node=node, days=", ".join(gaps[:5]))
        if (values < 0).any():
            yield _below_zero(values, days, node, name)
            continue
        # a rate far beyond the wettest month of any class of year: a slip of the unit or of a digit
        most = float(basin.runoff.sel(node=node).max()) if node in wet else 0.0
        highest = float(np.nanmax(values, initial=-np.inf))
        if 0 < IMPLAUSIBLE * most < highest:
            told = {"node": node, "highest": highest, "day": days[int(np.nanargmax(values))], "most": most}
            yield make_problem(name, None, "runoff", "scenario.series_high", **told)


def _below_zero(values: NDArray[np.float64], days: NDArray[np.str_], node: str, name: str) -> Problem:
    """Report rates below zero of a node, and whether they look like a code for what is missing."""
    below = np.flatnonzero(values < 0)
    told = {"node": node, "values": ", ".join(f"{days[at]}: {values[at]:g}" for at in below[:5]), "count": len(below)}
    key = "scenario.series_missing_code" if all(map(is_gap_code, values[below].tolist())) else "scenario.series_negative"
    return make_problem(name, None, "runoff", key, **told)


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
    told = sentences(series.attrs.get("told", ()))
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


def sentences(guesses: Sequence[Any]) -> list[str]:
    """Write guesses as sentences: the first of each sort, and how many more there are."""
    sorts: dict[str, list[Any]] = {}
    for guess in guesses:
        sorts.setdefault(getattr(getattr(guess, "why", guess), "key", str(guess)), []).append(guess)
    told: list[str] = []
    for first, *more in sorts.values():
        text = first if isinstance(first, str) else say("imports.guess", **vars(first))
        told.append(say("scenario.series_more", told=text, count=len(more)) if more else text)
    return told
