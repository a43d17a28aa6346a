"""Water entering the basin: monthly rates by class of year, and how they become volumes of any steps."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.basin.cells import check_cells, number_of, read_table, thinned
from waterdeal.basin.tables import HYDROLOGY, YEAR_CLASSES
from waterdeal.calendar import month_overlaps, next_month
from waterdeal.errors import Problem, make_problem, why_unread
from waterdeal.imports.bounds import MOST_UNPACKED, check_netcdf, open_bytes
from waterdeal.science.monotone import monotone_cubic
from waterdeal.units import HM3_PER_CUMEC_DAY, MOST, RATE_UNITS
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.calendar import Step


def make_runoff(table: pd.DataFrame) -> xr.DataArray:
    """Make ``runoff(node, year_class, month)`` from rows of the hydrology table."""
    nodes = list(dict.fromkeys(table["node"]))
    classes = [name for name in YEAR_CLASSES if name in set(table["year_class"])]
    places = [{name: place for place, name in enumerate(names)} for names in (nodes, classes)]
    values = np.full((len(nodes), len(classes), 12), np.nan)
    rows = zip(*(table[name].tolist() for name in ("node", "year_class", "month", "runoff_m3s")), strict=True)
    for node, name, month, rate in rows:
        values[places[0][node], places[1][name], int(number_of(month)) - 1] = number_of(rate)
    coords = {"node": nodes, "year_class": classes, "month": np.arange(1, 13)}
    return xr.DataArray(values, coords, tuple(coords), "runoff", {"units": "m3 s-1"})


def check_runoff(runoff: xr.DataArray, file: str) -> Iterator[Problem]:
    """Report gaps, negative rates and classes that only some nodes have."""
    places = product(runoff["node"].values.tolist(), runoff["year_class"].values.tolist())
    for (node, name), values in zip(places, runoff.values.reshape(-1, 12), strict=True):
        if gaps := [str(month) for month in np.flatnonzero(np.isnan(values)) + 1]:
            yield make_problem(file, None, "runoff", "basin.runoff_gap", node=node, name=name, months=", ".join(gaps))
        if (values < 0).any():
            yield make_problem(file, None, "runoff", "basin.runoff_negative", node=node, name=name)
        if (values > MOST).any():
            found = say("basin.out_of_range", cell=f"{node}, {name}: {values.max():g}")
            yield Problem(file, None, "runoff", found, say("basin.expected_between", low=0.0, high=MOST))


def read_runoff(path: Path, problems: list[Problem], digests: dict[str, str]) -> xr.DataArray:
    """Read the hydrology of a basin from CSV or NetCDF."""
    read = _read_netcdf if path.suffix.lower() in {".nc", ".nc4", ".cdf"} else _read_csv
    runoff = read(path, problems, digests)
    problems += thinned(check_runoff(runoff, path.name))
    return runoff


def _read_csv(path: Path, problems: list[Problem], digests: dict[str, str]) -> xr.DataArray:
    """Read and check ``hydrology.csv``."""
    table = read_table(path, HYDROLOGY, problems, digests)
    faults = check_cells(table, HYDROLOGY, {"nodes": pd.DataFrame({"node": table["node"]})})
    problems += faults
    return make_runoff(table.iloc[:0] if faults else table)


def _read_netcdf(path: Path, problems: list[Problem], digests: dict[str, str]) -> xr.DataArray:
    """Read ``runoff(node, year_class, month)`` with its unit."""
    empty = make_runoff(pd.DataFrame(columns=["node", "year_class", "month", "runoff_m3s"]))
    if not path.exists():
        problems.append(make_problem(path.name, None, "", "basin.hydrology_missing"))
        return empty
    raw = open_bytes(path, MOST_UNPACKED)
    digests[path.name] = hashlib.sha256(raw).hexdigest()
    try:
        check_netcdf(raw)
        with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as dataset:
            runoff = dataset["runoff"].load()
    except (OSError, KeyError, ValueError) as error:
        problems.append(make_problem(path.name, None, "runoff", "basin.hydrology_unreadable", error=why_unread(error)))
        return empty
    unit = str(runoff.attrs.get("units", ""))
    if unit not in RATE_UNITS:
        problems.append(make_problem(path.name, None, "runoff", "basin.runoff_unit", unit=unit))
    if set(runoff.dims) != {"node", "year_class", "month"}:
        problems.append(make_problem(path.name, None, "runoff", "basin.runoff_dims", dims=", ".join(map(str, runoff.dims))))
        return empty
    if sorted(runoff["month"].values.tolist()) != list(range(1, 13)):
        problems.append(make_problem(path.name, None, "month", "basin.runoff_months", months=runoff["month"].values.tolist()))
        return empty
    return runoff.transpose("node", "year_class", "month").sortby("month")


def step_volumes(rates: NDArray[np.float64], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Carry monthly mean rates to volumes of steps, keeping each month's volume exactly.

    The cumulative volume is interpolated by a monotone cubic through the month borders (Fritsch-Carlson), so dekads rise and fall
    smoothly, are never negative, and add up to their month.
    """
    first = steps[0].start.replace(day=1)
    borders: list[date] = [(first - timedelta(days=1)).replace(day=1), first]
    while borders[-1] < steps[-1].end:
        borders.append(next_month(borders[-1]))
    borders.append(next_month(borders[-1]))
    days = np.array([border.toordinal() for border in borders])
    months = [border.month - 1 for border in borders[:-1]]
    volumes = rates[:, months] * (np.diff(days) * HM3_PER_CUMEC_DAY)
    total = np.concatenate([np.zeros((len(rates), 1)), np.cumsum(volumes, axis=1)], axis=1)
    edges = np.array([steps[0].start.toordinal(), *(step.end.toordinal() for step in steps)])
    return np.asarray(np.maximum(np.diff(monotone_cubic(days, total, edges), axis=1), 0.0))


def mean_step_rates(rates: NDArray[np.float64], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Mean rate of each step where every month's rate holds on all its days."""
    shares = np.zeros((12, len(steps)))
    for place, step in enumerate(steps):
        for month, days in month_overlaps(step):
            shares[month.month - 1, place] += days / step.days
    return np.asarray(rates @ shares)
