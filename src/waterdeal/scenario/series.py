"""Runoff series a scenario brings: rates by node and time, each holding until the next, carried to the steps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.basin.cells import did_you_mean
from waterdeal.basin.hydrology import RATE_UNITS
from waterdeal.errors import FileProblem, Problem, ScenarioError, make_problem
from waterdeal.units import HM3_PER_CUMEC_DAY
from waterdeal.words import say

#: how many times the wettest month a rate may be before it is taken for a slip
IMPLAUSIBLE = 5.0

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step


def read_series(folder: Path, name: str, basin: Basin) -> xr.DataArray:
    """Read a runoff series from CSV (``node,time,runoff_m3s``) or NetCDF (``runoff(node, time)``)."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        problem = make_problem(name, None, "hydrology.series", "scenario.outside_scenario_s_folder")
        raise ScenarioError(name, [problem])
    series = parse_series(path)
    problems = check_series(series, name, basin)
    if problems:
        raise ScenarioError(name, problems)
    return series.sortby("time")


def parse_series(path: Path) -> xr.DataArray:
    """Parse a series file, whatever the basin."""
    remedy = say("scenario.expected_columns_node_time")
    return parse_rates(path, _from_netcdf, _from_csv, remedy)


def parse_rates(
    path: Path, from_netcdf: Callable[[bytes], xr.DataArray], from_csv: Callable[[bytes], xr.DataArray], remedy: str
) -> xr.DataArray:
    """Parse a file of rates by its suffix; what is odd in it becomes one readable problem."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileProblem(say("scenario.cannot_read", path=path, value=error.strerror or error)) from error
    try:
        return from_netcdf(raw) if path.suffix.lower() in {".nc", ".nc4"} else from_csv(raw)
    except (ValueError, KeyError, OSError, TypeError) as error:
        raise ScenarioError(path.name, [Problem(path.name, None, "runoff", str(error).strip("'\""), remedy)]) from error


def series_bytes(series: xr.DataArray, suffix: str) -> bytes:
    """Write a series as CSV or NetCDF."""
    if suffix == ".csv":
        table = series.to_series().rename("runoff_m3s").reset_index()
        table["time"] = table["time"].dt.strftime("%Y-%m-%d")
        return table.to_csv(index=False, lineterminator="\n").encode()
    buffer = io.BytesIO()
    series.rename("runoff").assign_attrs(units="m3 s-1").to_dataset().to_netcdf(buffer, engine="h5netcdf")
    return buffer.getvalue()


def _from_netcdf(raw: bytes) -> xr.DataArray:
    """Read ``runoff`` from NetCDF bytes."""
    with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as dataset:
        series = dataset["runoff"].load()
    unit = str(series.attrs.get("units", ""))
    if unit not in RATE_UNITS:
        raise ValueError(say("scenario.unit_not_m3_s", unit=unit))
    return series.transpose("node", "time")


def _from_csv(raw: bytes) -> xr.DataArray:
    """Read a long table."""
    table = pd.read_csv(io.StringIO(raw.decode("utf-8-sig")), dtype={"node": str})
    missing = {"node", "time", "runoff_m3s"} - set(table.columns)
    if missing:
        raise ValueError(say("scenario.column_missing", value=", ".join(sorted(missing))))
    table["time"] = pd.to_datetime(table["time"], format="%Y-%m-%d")
    if table.duplicated(["node", "time"]).any():
        row = table[table.duplicated(["node", "time"])].iloc[0]
        raise ValueError(say("scenario.two_values", row=row["node"], row_2=row["time"]))
    return table.set_index(["node", "time"])["runoff_m3s"].astype(float).to_xarray()


def check_series(series: xr.DataArray, name: str, basin: Basin) -> list[Problem]:
    """Report unknown and missing nodes, gaps, negative rates, and rates far beyond any known."""
    nodes, wet = basin.ids("nodes"), basin.runoff["node"].values.tolist()
    given = [str(node) for node in series["node"].values]
    problems = [
        Problem(name, None, "node", say("scenario.not_node", node=node), did_you_mean(node, nodes)) for node in given if node not in nodes
    ]
    problems += [Problem(name, None, "node", f"{node} is missing", say("scenario.give_runoff_0_if")) for node in wet if node not in given]
    for node in given:
        values = series.sel(node=node)
        gaps = values["time"].values[np.isnan(values.values)]
        if np.isinf(values.values).any():
            problems.append(make_problem(name, None, "runoff", "scenario.not_finite_somewhere", node=node))
            continue
        if gaps.size:
            when = ", ".join(str(day)[:10] for day in gaps[:5])
            remedy = say("scenario.fill_gap_by_method")
            problems.append(Problem(name, None, "runoff", say("scenario.no_value", node=node, when=when), remedy))
        if (values.values < 0).any():
            problems.append(make_problem(name, None, "runoff", "scenario.negative_somewhere", node=node))
        problems += _implausible(values, node, name, basin)
    return problems


def _implausible(values: xr.DataArray, node: str, name: str, basin: Basin) -> list[Problem]:
    """Report a rate far beyond the wettest month of any class of year: a slip of the unit or of a digit."""
    if node not in basin.runoff["node"].values:
        return []
    most = float(basin.runoff.sel(node=node).max())
    highest = float(values.max())
    if not most > 0 or highest <= IMPLAUSIBLE * most:
        return []
    when = str(values["time"].values[int(np.argmax(values.values))])[:10]
    found = say("scenario.m3_s_but_wettest", node=node, highest=highest, when=when, most=most)
    return [Problem(name, None, "runoff", found, say("scenario.million_m3_digit_too"))]


def series_volumes(basin: Basin, series: xr.DataArray, steps: Sequence[Step], file: str) -> NDArray[np.float64]:
    """Carry a series to volumes of the steps by (node, step); each value holds from its time to the next."""
    times = pd.DatetimeIndex(series["time"].values)
    days = np.array([day.toordinal() for day in times], dtype=float)
    last = days[-1] + (np.diff(days).max() if len(days) > 1 else 1.0)
    start, end = steps[0].start.toordinal(), steps[-1].end.toordinal()
    if days[0] > start or last < end:
        found = say("scenario.series_covers_not_whole", times=times[0], times_2=times[-1])
        raise ScenarioError(file, [Problem(file, None, "hydrology.series", found, f"Needed: {steps[0].start} to {steps[-1].end}.")])
    borders = np.append(days, last)
    total = np.concatenate([np.zeros((series.sizes["node"], 1)), np.cumsum(series.values * np.diff(borders), axis=1)], axis=1)
    edges = np.array([start, *(step.end.toordinal() for step in steps)], dtype=float)
    nodes = basin.ids("nodes")
    volumes = np.zeros((len(nodes), len(steps)))
    for row, node in enumerate(series["node"].values.tolist()):
        volumes[nodes.index(node)] = np.diff(np.interp(edges, borders, total[row])) * HM3_PER_CUMEC_DAY
    return volumes
