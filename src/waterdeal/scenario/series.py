"""Runoff series a scenario brings: rates by node and time, each holding until the next, carried to the steps."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.basin.cells import MOST, did_you_mean
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.units import HM3_PER_CUMEC_DAY
from waterdeal.words import say

#: how many times the intervals on both sides one may last before rows are taken to be missing in it
HOLE = 1.7
#: how many times the wettest month a rate may be before it is taken for a slip
IMPLAUSIBLE = 5.0

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step


def read_series(folder: Path, name: str, basin: Basin) -> xr.DataArray:
    """Read a runoff series from CSV (``node,time,runoff_m3s``) or NetCDF (``runoff(node, time)``)."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScenarioError(name, [make_problem(name, None, "hydrology.series", "scenario.series_outside")])
    series = parse_series(path)
    if problems := list(check_series(series, name, basin)):
        raise ScenarioError(name, problems)
    return series.sortby("time").assign_attrs(sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def parse_series(path: Path) -> xr.DataArray:
    """Parse a series file, whatever the basin."""
    from waterdeal.imports.rates import read_rates

    return read_rates(path, ("node", "time"), say("scenario.series_form"))


def series_bytes(series: xr.DataArray, suffix: str) -> bytes:
    """Write a series as CSV or NetCDF."""
    if suffix == ".csv":
        table = series.to_series().rename("runoff_m3s").reset_index()
        by_day = bool((table["time"] == table["time"].dt.normalize()).all())
        table["time"] = table["time"].dt.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%S")
        return table.to_csv(index=False, lineterminator="\n").encode()
    buffer = io.BytesIO()
    series.rename("runoff").assign_attrs(units="m3 s-1").to_dataset().to_netcdf(buffer, engine="h5netcdf")
    return buffer.getvalue()


def check_series(series: xr.DataArray, name: str, basin: Basin) -> Iterator[Problem]:
    """Report unknown and missing nodes, gaps, negative rates, and rates far beyond any known."""
    nodes, wet = basin.ids("nodes"), basin.runoff["node"].values.tolist()
    given = [str(node) for node in series["node"].values]
    for node in [node for node in given if node not in nodes]:
        yield Problem(name, None, "node", say("scenario.series_no_node", node=node), did_you_mean(node, nodes))
    for node in [node for node in wet if node not in given]:
        yield make_problem(name, None, "node", "scenario.series_node_missing", node=node)
    days = series["time"].dt.strftime("%Y-%m-%d").values
    lasting = np.diff(np.sort(_days(series)))
    for at in np.flatnonzero(lasting[1:-1] > HOLE * np.maximum(lasting[:-2], lasting[2:])) + 1:
        first, last = np.sort(days)[[at, at + 1]]
        yield make_problem(name, None, "time", "scenario.series_hole", first=first, last=last, days=lasting[at], usual=lasting[at - 1])
    for node in given:
        values = series.sel(node=node).values
        gaps = days[np.isnan(values)]
        if (np.abs(values) > MOST).any():
            yield make_problem(name, None, "runoff", "scenario.series_infinite", node=node)
            continue
        if gaps.size:
            yield make_problem(name, None, "runoff", "scenario.series_gap", node=node, days=", ".join(gaps[:5]))
        if (values < 0).any():
            yield make_problem(name, None, "runoff", "scenario.series_negative", node=node)
        # a rate far beyond the wettest month of any class of year: a slip of the unit or of a digit
        most = float(basin.runoff.sel(node=node).max()) if node in wet else 0.0
        highest = float(np.nanmax(values, initial=-np.inf))
        if 0 < IMPLAUSIBLE * most < highest:
            told = {"node": node, "highest": highest, "day": days[int(np.nanargmax(values))], "most": most}
            yield make_problem(name, None, "runoff", "scenario.series_high", **told)


def _days(series: xr.DataArray) -> NDArray[np.float64]:
    """Return the times of a series as days, hours as their part of one."""
    times = pd.DatetimeIndex(series["time"].values)
    return np.array([day.toordinal() + (day - day.normalize()) / pd.Timedelta(days=1) for day in times], dtype=float)


def series_volumes(basin: Basin, series: xr.DataArray, steps: Sequence[Step], file: str) -> NDArray[np.float64]:
    """Carry a series to volumes of the steps by (node, step); each value holds from its time to the next."""
    times = pd.DatetimeIndex(series["time"].values)
    days = _days(series)
    last = days[-1] + (np.diff(days).max() if len(days) > 1 else 1.0)
    start, end = steps[0].start.toordinal(), steps[-1].end.toordinal()
    if days[0] > start or last < end:
        told = {"first": times[0], "last": times[-1], "start": steps[0].start, "end": steps[-1].end}
        raise ScenarioError(file, [make_problem(file, None, "hydrology.series", "scenario.series_short", **told)])
    borders, edges = np.append(days, last), np.array([start, *(step.end.toordinal() for step in steps)], dtype=float)
    total = np.concatenate([np.zeros((series.sizes["node"], 1)), np.cumsum(series.values * np.diff(borders), axis=1)], axis=1)
    nodes = basin.ids("nodes")
    volumes = np.zeros((len(nodes), len(steps)))
    for row, node in enumerate(series["node"].values.tolist()):
        volumes[nodes.index(node)] = np.diff(np.interp(edges, borders, total[row])) * HM3_PER_CUMEC_DAY
    return volumes
