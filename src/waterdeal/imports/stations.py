"""Read a station's own table from the collections of catchments: Caravan and CAMELS, a row a day, by the day's beginning."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.imports.bounds import MOST_BYTES, open_bytes
from waterdeal.imports.lines import Line, Read, header_of
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.imports.lines import Times, Wanted
    from waterdeal.types import Floats

KIND = "Caravan/CAMELS"
ENDINGS: tuple[str, ...] = ()
NEEDS = ""
#: columns of a flow and their units: of the surest first
_COLUMNS = {"discharge_vol": "m3/s", "discharge_vol_obs": "m3/s"}
_COLUMNS |= dict.fromkeys(("streamflow", "discharge_spec", "discharge_spec_obs"), "mm/day")
_BARE = re.compile(r"\s*\([^)]*\)\s*$")
_STATION = re.compile(r"(?<![A-Za-z0-9])[A-Z]{0,3}\d{3,}(?![A-Za-z0-9])")
#: a row of CAMELS of the United States: station, year, month, day, cubic feet per second, a mark
_US_ROW = re.compile(rb"(\d{8})\s+(\d{4})\s+(\d{1,2})\s+(\d{1,2})\s+(-?[\d.]+)\s+\S+\s*\n")
_GAP = -999.0
_MOST_FILES = 50


def fits(_path: Path, head: bytes) -> bool:
    """Tell whether a file is one, by its columns."""
    return _US_ROW.match(head) is not None or bool(_flow_columns(head))


def _flow_columns(head: bytes) -> dict[str, str]:
    """Return the columns of flows that a header has, by their own names."""
    names = header_of(head)
    known = {name: bare for name in names if (bare := _BARE.sub("", name).lower()) in _COLUMNS}
    return known if "date" in {name.lower() for name in names} and "code" not in names else {}


def read(path: Path, wanted: Wanted) -> Read:
    """Read the flow of one station, whose name is in the name of the file."""
    raw = open_bytes(path, MOST_BYTES)
    if _US_ROW.match(raw[:400]):
        return Read(KIND, [_us_line(raw)], "start")
    known = _flow_columns(raw[:4000])
    column = wanted.variable or min(known, key=lambda name: list(_COLUMNS).index(known[name]))
    table = pd.read_csv(io.BytesIO(raw), skipinitialspace=True, encoding="utf-8-sig").rename(columns=str.strip)
    date = next(name for name in table.columns if name.lower() == "date")
    starts = pd.to_datetime(table[date].astype(str).str.slice(0, 10), format="%Y-%m-%d").to_numpy()
    values = pd.to_numeric(table[column]).to_numpy(dtype=float)
    unit = _COLUMNS[known[column]] if column in known else ""
    names = tuple(dict.fromkeys([path.stem, *_STATION.findall(path.stem.replace("_", " "))]))
    line = _line(names, column, unit, starts, values)
    area = _area_beside(path, names) if wanted.beside else 0.0
    told = [say("imports.area_beside", file=path.name, area=area, station=names[0])] if area else []
    return Read(KIND, [replace(line, area=area)], "start", told)


def _us_line(raw: bytes) -> Line:
    """Read the rows of CAMELS of the United States."""
    rows = _US_ROW.findall(raw if raw.endswith(b"\n") else raw + b"\n")
    starts = pd.to_datetime([f"{int(row[1]):04d}-{int(row[2]):02d}-{int(row[3]):02d}" for row in rows]).to_numpy()
    return _line((rows[0][0].decode(),), "streamflow", "cfs", starts, np.array([float(row[4]) for row in rows]))


def _line(names: tuple[str, ...], column: str, unit: str, starts: Times, values: Floats) -> Line:
    """Make a series of days."""
    times = starts.astype("datetime64[ns]")
    ends: Any = times + np.timedelta64(1, "D")
    return Line(names, column, unit, times, np.where(values == _GAP, np.nan, values), ends)


def _area_beside(path: Path, names: tuple[str, ...]) -> float:
    """Return the area of a catchment, km2, from the attributes that a collection keeps beside its series; 0 where it is not there."""
    root = next((above for above in path.resolve().parents[:5] if (above / "attributes").is_dir()), None)
    files = [] if root is None else sorted((root / "attributes").glob("**/attributes_other_*.csv"))
    for file in files[:_MOST_FILES]:
        table = pd.read_csv(io.BytesIO(open_bytes(file, MOST_BYTES)), dtype={"gauge_id": str})
        if {"gauge_id", "area"} <= set(table.columns) and len(found := table.loc[table["gauge_id"].isin(names), "area"]):
            return float(found.iloc[0])
    return 0.0
