"""Read rates of inflow, m3 s-1, by node and time or by trace, node and time: NetCDF, or a table in any form that people save."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.errors import ActualDataError, FileProblem, Problem, ScenarioError, WaterdealError, refuse, what_was_said
from waterdeal.imports import parquet, zarr_store
from waterdeal.imports.actual import nothing_read, read_actual
from waterdeal.imports.bounds import MOST_UNPACKED, check_netcdf, open_bytes
from waterdeal.imports.clock import are_ends, decode_times, moment, start_before, with_periods
from waterdeal.imports.dates import period_of, read_when
from waterdeal.imports.files import read_sheets
from waterdeal.imports.formats import find_format, first_bytes, need
from waterdeal.imports.grid import Notes, cell_text, is_blank
from waterdeal.imports.grids import label_text, lines_of
from waterdeal.imports.lines import Wanted, kind_of, lines_to_rates
from waterdeal.imports.numbers import is_missing, learn_marks, read_number
from waterdeal.imports.places import Places
from waterdeal.units import HM3_PER_CUMEC_DAY, RATE_UNITS
from waterdeal.words import Said, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.imports.grid import Cell, Sheet

_RATE = "runoff_m3s"
_NETCDF = (".nc", ".nc4", ".cdf")
#: a day and its hours as they may stand in a text, and hours without seconds or with none of them
_CLOCK, _SHORT = re.compile(r"(\d)[T ](\d\d:\d\d)"), re.compile(r"(T\d\d:\d\d)(?::00\.0+)?(?![\d:.])")
_CLASSIC, _HDF5 = b"CDF", b"\x89HDF"


def read_rates(
    path: Path,
    dims: Sequence[str],
    form: str,
    names: Mapping[str, Sequence[str]] | None = None,
    stamp: str = "",
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
) -> xr.DataArray:
    """Read a file by what it holds; what is odd in it becomes one readable problem, and `form` says what is expected.

    Where `names` of nodes are given, a table may have any layout and any spelling of them. The result has the time at which each value
    begins, and in ``until`` that at which it ends.
    """
    try:
        head = first_bytes(path)
        dataset = _open_dataset(path, head)
        if dataset is not None:
            with _whole(path.name):
                rates = _from_dataset(dataset, dims, names, stamp, wanted, path.name)
        elif found := find_format(path, head):
            need(found.NEEDS, found.KIND, path.name)
            rates = lines_to_rates(found.read(path, wanted), dims, names, wanted, stamp, path.name)
        else:
            refuse(wanted != Wanted(beside=wanted.beside), "imports.mapping_of_table", name=path.name)
            rates = _from_table(path, open_bytes(path, MOST_UNPACKED), list(dims), names, stamp)
        return with_periods(rates.sortby("time"), stamp or rates.attrs.pop("stamp", ""), path.name)
    except ActualDataError as error:
        raise ScenarioError(path.name, error.problems) from error
    except (ValueError, KeyError, OSError, TypeError) as error:
        raise ScenarioError(path.name, [Problem(path.name, None, "runoff", what_was_said(error), form)]) from error


@contextmanager
def _whole(file: str) -> Iterator[None]:
    """Tell what libraries raise of their own where a binary file is damaged."""
    try:
        yield
    except (WaterdealError, KeyError, TypeError):
        raise
    except Exception as error:
        if isinstance(error, ValueError) and isinstance(what_was_said(error), Said):
            raise
        raise FileProblem(say("imports.damaged", file=file, error=type(error).__name__)) from error


def _open_dataset(path: Path, head: bytes) -> xr.Dataset | None:
    """Open NetCDF or Zarr, its times as numbers; None where a file is neither."""
    if zarr_store.fits(path, head):
        need("zarr", "Zarr", path.name)
        return zarr_store.open_zarr(path)
    if not head.startswith((_CLASSIC, _HDF5)) and path.suffix.lower() not in _NETCDF:
        return None
    raw = open_bytes(path, MOST_UNPACKED)
    with _whole(path.name):
        return _open_netcdf(raw, path.name)


def _open_netcdf(raw: bytes, file: str) -> xr.Dataset:
    """Open NetCDF-3 or 4, its times as numbers."""
    import xarray as xr

    refuse(raw.startswith(b"CDF\x05"), "imports.netcdf_five")
    check_netcdf(raw)
    engine = "scipy" if raw.startswith(_CLASSIC) else "h5netcdf"
    need("classic" if engine == "scipy" else "", "NetCDF-3", file)
    with xr.open_dataset(io.BytesIO(raw), engine=engine, decode_times=False) as dataset:
        return dataset.load()


def _from_dataset(
    dataset: xr.Dataset, dims: Sequence[str], names: Mapping[str, Sequence[str]] | None, stamp: str, wanted: Wanted, file: str
) -> xr.DataArray:
    """Take rates of the own form, else whatever flow a dataset holds."""
    own = "runoff" in dataset and wanted == Wanted(beside=wanted.beside)
    unit = str(dataset["runoff"].attrs.get("units", "")) if own else ""
    if own and (unit in RATE_UNITS or not kind_of(unit)):
        loaded = decode_times(dataset) if "time" in dataset.coords else dataset
        return _with_ids(as_rates(loaded["runoff"], dims).assign_attrs(told=loaded.attrs.get("told", ())), names)
    return lines_to_rates(lines_of(dataset, wanted, file), dims, names, wanted, stamp, file)


def as_rates(rates: xr.DataArray, dims: Sequence[str]) -> xr.DataArray:
    """Put dimensions in order; ValueError where one or its labels are missing, times are no times, or the unit is another."""
    if missing := (set(dims) - set(rates.dims)) | ({"node", "time"} - set(rates.coords)):
        raise ValueError(say("imports.rate_dimension", names=", ".join(sorted(map(str, missing)))))
    unit = str(rates.attrs.get("units", ""))
    if unit not in RATE_UNITS:
        raise ValueError(say("imports.rate_unit", unit=unit) if unit else say("imports.rate_no_unit"))
    if rates["time"].dtype.kind != "M" or not rates.sizes["time"] or np.isnat(rates["time"].values).any():
        raise ValueError(say("imports.rate_times"))
    names = list(map(label_text, rates["node"].values))
    return rates.assign_coords(node=names).transpose(*dims).astype(float)


def _from_table(path: Path, raw: bytes, dims: list[str], names: Mapping[str, Sequence[str]] | None, stamp: str) -> xr.DataArray:
    """Read a table: its own columns by name, else what a person would see in it."""
    plain = _plain_parquet(raw, dims, path.name) if raw.startswith(parquet.MAGIC) else _plain_csv(raw, dims)
    if plain is not None and (names is None or _is_plain(plain)):
        return _with_ids(_pivot(plain, dims), names)
    notes = Notes(path.name)
    sheets = [] if plain is not None and "trace" not in dims else list(read_sheets(path, notes))
    found = next((columns for sheet in sheets if (columns := _named_columns(sheet, dims))), None)
    if found is not None and (names is None or "trace" in dims):
        table, numbers = _sheet_table(*found, dims)
        return _pivot(table.assign(**{_RATE: numbers}), dims).assign_attrs(told=tuple(notes.guesses))
    if names is None or "trace" in dims:
        heads = [cell_text(cell) for sheet in sheets[:1] for row in sheet.rows[:1] for cell in row]
        raise ValueError(say("imports.rate_column", names=", ".join(sorted({*dims, _RATE}.difference(heads)))))
    return rates_by_name(path, names, stamp)


def _plain_csv(raw: bytes, dims: list[str]) -> pd.DataFrame | None:
    """Read a long table in UTF-8 with commas and its columns by name as text; None where a file is none."""
    try:
        head = raw[:1000].decode("utf-8-sig", errors="ignore").partition("\n")[0]
        if not {*dims, _RATE} <= {name.strip() for name in head.split(",")}:
            return None
        return pd.read_csv(io.StringIO(raw.decode("utf-8-sig")), dtype=str, skipinitialspace=True).rename(columns=str.strip)
    except ValueError:
        return None


def _plain_parquet(raw: bytes, dims: list[str], file: str) -> pd.DataFrame | None:
    """Read a long table of Parquet with its columns by name as text; None where it has other columns."""
    table = parquet.read_frame(raw, file)
    if not {*dims, _RATE} <= set(table.columns):
        return None
    if table["time"].dtype.kind == "M":
        clock = table["time"].dt.strftime("%Y-%m-%dT%H:%M:%S%z")
        table["time"] = clock.str.replace(r"T00:00:00$", "", regex=True) if clock.str.endswith("T00:00:00").all() else clock
    return table.assign(**{name: table[name].map(_as_text) for name in (*dims, _RATE)})


def _with_ids(rates: xr.DataArray, names: Mapping[str, Sequence[str]] | None) -> xr.DataArray:
    """Write nodes by their ids where a table calls them by other names; a name that is not known stays as it is."""
    called = rates["node"].values.tolist()
    if names is None or set(called) <= set(names):
        return rates
    places = Places(names, ())
    ids = [next(iter(found)) if len(found := places.exact(name)) == 1 else name for name in called]
    twice = [one for one in ids if ids.count(one) > 1]
    refuse(twice, "imports.rate_twice", node="".join(twice[:1]), day=pd.Timestamp(rates["time"].values[0]))
    return rates.assign_coords(node=ids)


def _as_text(value: Any) -> str | None:
    """Write a value as a table of text would hold it; None where it is missing."""
    return None if pd.isna(value) else repr(float(value)) if isinstance(value, float) else str(value)


def _is_plain(table: pd.DataFrame) -> bool:
    """Tell whether a table has plain numbers and dates, and each row as many cells as the header."""
    numbers = pd.to_numeric(table[_RATE], errors="coerce")
    dated = table["time"].dropna().str.fullmatch(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?").all()
    counted = (numbers.notna() | table[_RATE].isna()).all()
    return bool(dated and counted and isinstance(table.index, pd.RangeIndex))


def _pivot(table: pd.DataFrame, dims: list[str]) -> xr.DataArray:
    """Make an array of a long table; traces stay in the order of the table."""
    if table[dims].isna().any(axis=None):
        raise ValueError(say("imports.rate_blank", names=", ".join(dims)))
    times, told = _times(table["time"])
    table = table.assign(time=times)
    twice = table[table.duplicated(dims)]
    if len(twice):
        row, key = twice.iloc[0], "imports.trace_twice" if "trace" in dims else "imports.rate_twice"
        raise ValueError(say(key, **row[[dim for dim in dims if dim != "time"]], day=row["time"]))
    rates = table.set_index(dims)[_RATE].astype(float).to_xarray().assign_attrs(units=RATE_UNITS[0], **told)
    return rates.sel(trace=table["trace"].drop_duplicates().to_numpy()) if "trace" in dims else rates


def _times(texts: pd.Series) -> tuple[pd.Series, dict[str, Any]]:
    """Read dates, with hours or without; an offset from UTC is that of the clock of the file, the same for all; who writes 24:00 ends."""
    if texts.dtype.kind == "M":
        return texts, {"told": ()}
    texts = texts.str.replace(_CLOCK, r"\1T\2", regex=True).str.replace(_SHORT, r"\1:00", regex=True)
    offsets = texts.str.extract(r"T.*(Z|[+-]\d\d:?\d\d)$")[0]
    zones = sorted(set(offsets.dropna()))
    refuse(len(zones) > 1 or (zones and offsets.isna().any()), "imports.zones", zones=", ".join(zones))
    clock = texts.str.replace(r"(?:Z|[+-]\d\d:?\d\d)$", "", regex=True) if zones else texts
    by_hour = bool(clock.str.contains("T", regex=False).any())
    clock = clock.where(clock.str.contains("T", regex=False), clock + "T00:00:00") if by_hour else clock
    late = clock.str.contains("T24:00:00", regex=False)
    clock = clock.str.replace("T24:00:00", "T00:00:00", regex=False)
    found = pd.to_datetime(clock, format="%Y-%m-%dT%H:%M:%S" if by_hour else "%Y-%m-%d", errors="coerce")
    refuse(found.isna().any(), "imports.rate_day", cell=next(iter(texts[found.isna()]), ""))
    told = {"told": (say("imports.zone", zone=zones[0]),) if zones else ()}
    return found + pd.to_timedelta(late.astype(int), unit="D"), told | ({"stamp": "end"} if late.any() else {})


def _named_columns(sheet: Sheet, dims: list[str]) -> tuple[Sheet, dict[str, int]] | None:
    """Find the columns of a sheet by their own names in its first row; None where one is missing."""
    heads = [cell_text(cell) for cell in sheet.rows[0]] if sheet.rows else []
    return (sheet, {name: heads.index(name) for name in (*dims, _RATE)}) if {*dims, _RATE} <= set(heads) else None


def _sheet_table(sheet: Sheet, columns: dict[str, int], dims: list[str]) -> tuple[pd.DataFrame, list[float]]:
    """Read the rows of a sheet whose columns have their own names."""
    rows = [row for row in range(1, sheet.size[0]) if not all(map(is_blank, sheet.cells(row)))]
    marks = learn_marks(sheet.raw(row, columns[_RATE]) for row in rows)
    numbers: list[float] = []
    for row in rows:
        cell = sheet.raw(row, columns[_RATE])
        number = read_number(cell, marks)
        doubtful = isinstance(cell, str) and bool(marks.doubt(cell))
        where = sheet.spot(row, columns[_RATE]).address
        refuse((number is None and not is_missing(cell)) or doubtful, "imports.rate_number", cell=cell, where=where)
        numbers.append(np.nan if number is None else number)
    held = {dim: [_label(sheet.raw(row, columns[dim]), dim) for row in rows] for dim in dims}
    return pd.DataFrame(held), numbers


def _label(cell: Cell, dim: str) -> Any:
    """Read a name, or a day as it is written."""
    if dim != "time" or is_blank(cell):
        return cell_text(cell) or None
    when = read_when(cell)
    refuse(when is None, "imports.rate_day", cell=cell_text(cell))
    text = cell_text(cell)
    return text if "T" in text or when is None else period_of(when)[0].isoformat()


def rates_by_name(path: Path, names: Mapping[str, Sequence[str]], stamp: str) -> xr.DataArray:
    """Read a table of any layout; every guess stands in ``told``."""
    import xarray as xr

    read = read_actual(path, names, reservoirs=(), series=stamp)
    if read.readings.empty:
        raise nothing_read(path, read.guesses, "imports.no_rates")
    frame = _stamped(read.readings, stamp, path.name)
    told: list[Any] = list(read.guesses)
    if spaced := [guess for guess in read.guesses if getattr(guess.why, "key", "") == "imports.spaced"]:
        told = [guess for guess in read.guesses if guess not in spaced]
        told.append(say("imports.stamps_start", name=path.name, first=moment(frame["start"][0]), last=moment(frame["end"][0])))
    days = (frame["end"] - frame["start"]).dt.days.to_numpy()
    as_volume = (frame["quantity"] == "volume").to_numpy()
    rates = np.where(as_volume, frame["value"].to_numpy() / (days * HM3_PER_CUMEC_DAY), frame["value"].to_numpy())
    edges = np.unique(np.concatenate([frame["start"].to_numpy(), frame["end"].to_numpy()]))
    nodes = list(dict.fromkeys(frame["place"]))
    values = np.full((len(nodes), max(len(edges) - 1, 0)), np.nan)
    for node, start, end, rate in zip(frame["place"], frame["start"], frame["end"], rates, strict=True):
        first, last = np.searchsorted(edges, [start.to_datetime64(), end.to_datetime64()])
        refuse(np.isfinite(values[nodes.index(node), first:last]).any(), "imports.rate_twice", node=node, day=start)
        values[nodes.index(node), first:last] = rate
    moments = edges.astype("datetime64[ns]")
    coords: dict[str, Any] = {"node": nodes, "time": moments[:-1], "until": ("time", moments[1:])}
    return xr.DataArray(values, coords, ("node", "time"), attrs={"units": RATE_UNITS[0], "told": tuple(told)})


def _stamped(frame: pd.DataFrame, stamp: str, name: str) -> pd.DataFrame:
    """Give days that are the last of dekads or months the period they end, where that is told; refuse them where it is not."""
    times = pd.DatetimeIndex(frame["start"].unique()).sort_values()
    if (frame["end"] - frame["start"]).max() > pd.Timedelta(days=1) or not are_ends(times):
        return frame
    refuse(not stamp, "imports.stamps_at_ends", name=name, first=times[0])
    if stamp != "end":
        return frame
    ends = times + pd.Timedelta(days=1)
    starts = dict(zip(times, ends[:-1].insert(0, start_before(ends)), strict=True))
    return frame.assign(start=frame["start"].map(starts))
