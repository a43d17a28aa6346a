"""Read forecasts of SAPPHIRE and iEasyHydro: a row a station and day of issue, for the pentad or dekad that begins the day after."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, next_start
from waterdeal.errors import refuse
from waterdeal.imports.bounds import MOST_BYTES, open_bytes
from waterdeal.imports.lines import Line, Read, header_of
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from waterdeal.imports.lines import Times, Wanted

KIND = "SAPPHIRE"
ENDINGS: tuple[str, ...] = ()
NEEDS = ""
_UNIT = "m3/s"
#: the expected flow, under the names it has had; quantiles stand beside it
_EXPECTED = ("forecasted_discharge", "fc_qexp")
_PENTADS = (1, 6, 11, 16, 21, 26)
_LABELS = ("model_short", "model_long")


def fits(_path: Path, head: bytes) -> bool:
    """Tell whether a file is one, by its columns."""
    names = set(header_of(head))
    return {"date", "code"} <= names and bool(names & set(_EXPECTED))


def read(path: Path, wanted: Wanted) -> Read:
    """Read every station, for each model and each column of a flow."""
    table = pd.read_csv(io.BytesIO(open_bytes(path, MOST_BYTES)), dtype=str, skipinitialspace=True).rename(columns=str.strip)
    table = table[table["date"].notna() & table["code"].notna()]
    refuse(table.empty, "imports.series_none")
    issued = pd.to_datetime(table["date"].str.slice(0, 10), format="%Y-%m-%d")
    starts = (issued + pd.Timedelta(days=1)).dt.normalize()
    dekadal = _are_dekads(table, starts, path.name)
    ends = pd.DatetimeIndex([_end(start, dekadal=dekadal) for start in starts])
    codes = table["code"].str.replace(r"\.0$", "", regex=True)
    column = wanted.variable or next(name for name in _EXPECTED if name in table)
    refuse(column not in table, "imports.series_variable", name=column, known=", ".join(map(str, table.columns)))
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
    refuse((np.isnan(values) & ~table[column].fillna("nan").str.strip().str.lower().isin({"", "nan"})).any(), "imports.no_rates")
    labels = [name for name in _LABELS if name in table]
    keys = [codes, *(table[name].fillna("") for name in labels)]
    lines = [
        _line(key, column, labels, (starts.to_numpy()[rows], ends.to_numpy()[rows], values[rows]))
        for key, rows in pd.Series(range(len(table)), index=table.index).groupby(keys).apply(np.asarray).items()
    ]
    told = say("imports.sapphire", file=path.name, kind=StepKind.DEKAD.value if dekadal else "pentad", first=starts.iloc[0])
    return Read(KIND, lines, "start", (told,))


def _line(key: Any, column: str, labels: list[str], figures: tuple[Any, Any, Any]) -> Line:
    """Make the series of a station by a model, last issues of a period over earlier ones."""
    code, *models = key if isinstance(key, tuple) else (key,)
    starts, ends, values = figures
    times: Times = starts.astype("datetime64[ns]")
    named = {name: model for name, model in zip(labels, models, strict=True) if model}
    return Line((str(code),), column, _UNIT, times, values, ends.astype("datetime64[ns]"), labels=named)


def _are_dekads(table: pd.DataFrame, starts: pd.Series, file: str) -> bool:
    """Tell whether forecasts are of dekads, by their columns or, where none says it, by their days of issue."""
    names = [str(name) for name in table.columns]
    told = {kind for kind in ("pentad", "decad", "dekad") if any(name.startswith(kind) for name in names)}
    days = set(starts.dt.day)
    refuse(not days <= set(_PENTADS), "imports.sapphire_day", file=file, day=starts[~starts.dt.day.isin(_PENTADS)].iloc[:1].tolist())
    if len(told) == 1:
        return told != {"pentad"}
    text = file.lower()
    by_name = {kind for kind in ("pentad", "decad", "dekad") if kind in text}
    if by_name:
        return by_name != {"pentad"}
    refuse(days <= set(DEKAD_FIRST_DAYS), "imports.sapphire_either", file=file)
    return False


def _end(start: pd.Timestamp, *, dekadal: bool) -> pd.Timestamp:
    """Return the day after a pentad or dekad."""
    dekad_end = pd.Timestamp(next_start(start.date(), StepKind.DEKAD))
    half = start + pd.Timedelta(days=5)
    return half if not dekadal and start.day in (1, 6, 11, 16, 21) else dekad_end
