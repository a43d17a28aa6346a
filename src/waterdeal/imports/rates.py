"""Read rates of inflow, m3 s-1, by node and time or by trace, node and time: NetCDF, or CSV with a row for each value."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from waterdeal.errors import Problem, ScenarioError, what_was_said
from waterdeal.imports.files import check_netcdf, open_bytes
from waterdeal.units import RATE_UNITS
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr


def read_rates(path: Path, dims: Sequence[str], form: str) -> xr.DataArray:
    """Read a file by its suffix; what is odd in it becomes one readable problem, and `form` says what is expected."""
    import xarray as xr

    raw = open_bytes(path)
    try:
        if path.suffix.lower() not in {".nc", ".nc4"}:
            return _from_csv(raw, list(dims))
        check_netcdf(raw)
        with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as dataset:
            return as_rates(dataset["runoff"].load(), dims)
    except (ValueError, KeyError, OSError, TypeError) as error:
        raise ScenarioError(path.name, [Problem(path.name, None, "runoff", what_was_said(error), form)]) from error


def as_rates(rates: xr.DataArray, dims: Sequence[str]) -> xr.DataArray:
    """Put dimensions in order; ValueError where one or its labels are missing, times are no times, or the unit is another."""
    if missing := (set(dims) - set(rates.dims)) | ({"node", "time"} - set(rates.coords)):
        raise ValueError(say("imports.rate_dimension", names=", ".join(sorted(map(str, missing)))))
    unit = str(rates.attrs.get("units", ""))
    if unit not in RATE_UNITS:
        raise ValueError(say("imports.rate_unit", unit=unit))
    if rates["time"].dtype.kind != "M" or not rates.sizes["time"] or rates["time"].isnull().any():
        raise ValueError(say("imports.rate_times"))
    names = [str(name) for name in rates["node"].values.tolist()]
    return rates.assign_coords(node=names).transpose(*dims).astype(float)


def _from_csv(raw: bytes, dims: list[str]) -> xr.DataArray:
    """Read a long table; traces stay in the order of the table."""
    import pandas as pd

    table = pd.read_csv(io.StringIO(raw.decode("utf-8-sig")), dtype=dict.fromkeys(dims, str))
    if missing := {*dims, "runoff_m3s"} - set(table.columns):
        raise ValueError(say("imports.rate_column", names=", ".join(sorted(missing))))
    if table[dims].isna().any(axis=None):
        raise ValueError(say("imports.rate_blank", names=", ".join(dims)))
    by_hour = table["time"].str.contains("T", regex=False).any()
    table["time"] = pd.to_datetime(table["time"], format="%Y-%m-%dT%H:%M:%S" if by_hour else "%Y-%m-%d")
    twice = table[table.duplicated(dims)]
    if len(twice):
        row, key = twice.iloc[0], "imports.trace_twice" if "trace" in dims else "imports.rate_twice"
        raise ValueError(say(key, **row[[dim for dim in dims if dim != "time"]], day=row["time"]))
    rates = table.set_index(dims)["runoff_m3s"].to_xarray().astype(float).assign_attrs(units=RATE_UNITS[0])
    return rates.sel(trace=table["trace"].drop_duplicates().to_numpy()) if "trace" in dims else rates
