"""Results as a NetCDF file, written as bytes: Cyrillic folders and a full disk are normal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.results.absent import with_absent, without_absent
from waterdeal.results.formats import INPUTS, PLAN, SCHEMA, brought_up, schema_name
from waterdeal.results.netcdf import netcdf_bytes, read_netcdf
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

#: how times are written to a file
TIMES = {"units": "days since 1970-01-01", "dtype": "int64", "calendar": "proleptic_gregorian"}


def to_bytes(results: xr.Dataset) -> bytes:
    """Serialise results to NetCDF-4."""
    plain = without_absent(results)
    encoding = {
        str(name): {"zlib": True, "complevel": 4} for name, array in plain.variables.items() if array.dtype.kind == "f" and array.ndim
    }
    return netcdf_bytes(plain, {**encoding, "time": TIMES, "time_bounds": TIMES})


def inputs_to_bytes(inputs: xr.Dataset) -> bytes:
    """Serialise the inputs of a model to NetCDF-4, so that a run can be questioned and repeated without its sources."""
    return netcdf_bytes(without_absent(inputs).assign_attrs({SCHEMA: schema_name(INPUTS)}), {"time": TIMES})


def read_inputs(path: Path | str) -> xr.Dataset:
    """Read the inputs of a run."""
    file = Path(path)
    file = file / "inputs.nc" if file.is_dir() else file
    inputs = brought_up(_read(file, ("runoff", "row_bound"), "the inputs of a run"), INPUTS, file)
    inputs.attrs.pop(SCHEMA, None)  # of the file, not of what is in it
    return inputs


def read_results(path: Path | str) -> xr.Dataset:
    """Read results from a NetCDF file, or from ``plan.nc`` in the folder of a run."""
    file = Path(path)
    file = file / "plan.nc" if file.is_dir() else file
    results = _read(file, ("storage", "flow"), "a waterdeal plan")
    if "waterdeal_version" not in results.attrs:
        raise FileProblem(say("plans.no_plan", file=file))
    return brought_up(results, PLAN, file)


def _read(file: Path, needed: tuple[str, ...], what: str) -> xr.Dataset:
    """Read a NetCDF file that must hold some variables."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise FileProblem(say("plans.unreadable", file=file, value=error.strerror or error)) from error
    try:
        dataset = with_absent(read_netcdf(raw))
        for name in needed:
            dataset[name]
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise FileProblem(say("plans.damaged", file=file, what=what, error=error)) from error
    return _with_text(dataset)


def _with_text(results: xr.Dataset) -> xr.Dataset:
    """Turn object arrays of text back into text arrays."""
    texts = {name: variable.astype(str) for name, variable in results.variables.items() if variable.dtype.kind == "O"}
    results = results.assign(texts).set_coords([name for name in texts if name in results.coords])
    results.encoding.pop("unlimited_dims", None)  # dims without entries are read as unlimited, and need not outlive their variables
    return results


def refuse_existing(path: Path, remedy: str, *, force: bool) -> None:
    """Raise FileProblem where something is there already that `force` does not allow to replace."""
    if path.exists() and not force and not holds_explanation_only(path):
        raise FileProblem(say("plans.exists", path=path, remedy=remedy))


def holds_explanation_only(folder: Path) -> bool:
    """Tell whether a folder holds nothing but the explanation of a run that found no plan, which the next run may replace."""
    return folder.is_dir() and all(file.name.startswith("explanation.") for file in folder.iterdir())


def write_folder(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> Path:
    """Write all files of a run, or none.

    The files are written to a temporary folder beside the target, which is then renamed; a failed or killed run leaves the target
    as it was.
    """
    target = folder.resolve()
    refuse_existing(folder, "Choose another folder with -o", force=force)
    if target.exists() and not (target / "plan.nc").is_file() and not holds_explanation_only(target):
        raise FileProblem(say("plans.no_run_folder", folder=folder))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".waterdeal-", dir=target.parent, ignore_cleanup_errors=True) as temporary:
            fresh = Path(temporary) / "fresh"
            for name, content in files.items():
                file = fresh / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            _swap(fresh, target, Path(temporary) / "old")
    except OSError as error:
        raise FileProblem(say("plans.unwritable", folder=folder, value=error.strerror or error)) from error
    return folder


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put a fresh folder in the place of the target; where that fails the target is as it was."""
    if target.exists():
        target.replace(old)
    try:
        fresh.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
