"""Results as a NetCDF file, written as bytes: Cyrillic folders and a full disk are normal."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem, why_of, why_unread
from waterdeal.results.absent import with_absent, without_absent
from waterdeal.results.disk import recovered
from waterdeal.results.formats import INPUTS, PLAN, SCHEMA, brought_up, schema_name
from waterdeal.results.lookahead import apart
from waterdeal.results.netcdf import netcdf_bytes, read_netcdf
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

#: how times are written to a file
TIMES = {"units": "days since 1970-01-01", "dtype": "int64", "calendar": "proleptic_gregorian"}
#: bytes of a file whose content is not remembered any more
_REMEMBERED = 8_000_000


def to_bytes(results: xr.Dataset) -> bytes:
    """Serialise results to NetCDF-4; the look-ahead is a group of its own."""
    plain, groups = apart(without_absent(results))
    encoding = {
        str(name): {"zlib": True, "complevel": 4} for name, array in plain.variables.items() if array.dtype.kind == "f" and array.ndim
    }
    return netcdf_bytes(plain, {**encoding, "time": TIMES, "time_bounds": TIMES, "time_end": TIMES}, **groups)


def inputs_to_bytes(inputs: xr.Dataset) -> bytes:
    """Serialise the inputs of a model to NetCDF-4, so that a run can be questioned and repeated without its sources."""
    return netcdf_bytes(without_absent(inputs).assign_attrs({SCHEMA: schema_name(INPUTS)}), {"time": TIMES})


def read_inputs(path: Path | str) -> xr.Dataset:
    """Read the inputs of a run."""
    file = recovered(path)
    file = file / "inputs.nc" if file.is_dir() else file
    inputs = brought_up(_read(file, ("runoff", "row_bound"), "plans.of_run"), INPUTS, file)
    inputs.attrs.pop(SCHEMA, None)  # of the file, not of what is in it
    return inputs


def read_results(path: Path | str) -> xr.Dataset:
    """Read results from a NetCDF file, or from ``plan.nc`` in the folder of a run."""
    file = recovered(path)
    file = file / "plan.nc" if file.is_dir() else file
    results = _read(file, ("storage", "flow"), "plans.of_waterdeal")
    if "waterdeal_version" not in results.attrs:
        raise FileProblem(say("plans.no_plan", file=file))
    return brought_up(results, PLAN, file)


def _read(file: Path, needed: tuple[str, ...], what: str) -> xr.Dataset:
    """Read a NetCDF file that must hold some variables."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise FileProblem(say("plans.unreadable", file=file, value=why_of(error))) from error
    try:
        dataset = _remembered(raw).copy(deep=True) if len(raw) < _REMEMBERED else _opened(raw)
        for name in needed:
            dataset[name]
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise FileProblem(say("plans.damaged", file=file, what=say(what), error=why_unread(error))) from error
    return dataset


def _opened(raw: bytes) -> xr.Dataset:
    """Return what the bytes of a file hold."""
    return _with_text(with_absent(read_netcdf(raw)))


#: what a file was found to hold: records and tracking ask for the same files again and again, and a copy takes a fiftieth of a reading
_remembered = lru_cache(maxsize=4)(_opened)


def _with_text(results: xr.Dataset) -> xr.Dataset:
    """Turn object arrays of text back into text arrays."""
    texts = {name: variable.astype(str) for name, variable in results.variables.items() if variable.dtype.kind == "O"}
    results = results.assign(texts).set_coords([name for name in texts if name in results.coords])
    return results.drop_encoding()  # how a file held it is nothing to what is written next; dims without entries are read as unlimited
