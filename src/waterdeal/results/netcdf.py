"""A dataset as the bytes of a NetCDF-4 file, written in one pass with h5py; every reader of NetCDF finds what xarray would have written.

xarray and h5netcdf look up each dimension and each attribute of each variable again in the file: for two hundred small variables that
takes a second. What a file may hold beyond plain arrays of numbers and text is left to them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from xarray import conventions

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import xarray as xr

#: name that NetCDF gives to a dimension that is no variable, before its length
NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable."
#: encodings that are written here
_ENCODED = {"zlib", "complevel", "units", "dtype", "calendar"}


def netcdf_bytes(dataset: xr.Dataset, encoding: Mapping[str, Mapping[str, Any]] | None = None) -> bytes:
    """Return a dataset as a NetCDF-4 file, as ``Dataset.to_netcdf`` with the engine h5netcdf would write it."""
    encoding = encoding or {}
    buffer = io.BytesIO()
    variables, attributes = _encoded(dataset, encoding) if _is_plain(dataset, encoding) else (None, None)
    if variables is None or attributes is None:
        dataset.to_netcdf(buffer, engine="h5netcdf", encoding={name: dict(chosen) for name, chosen in encoding.items()})
    else:
        _write(buffer, variables, attributes)
    return buffer.getvalue()


def _is_plain(dataset: xr.Dataset, encoding: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a dataset holds nothing but arrays of numbers and text in memory, none of them empty."""
    if dataset.encoding.get("unlimited_dims") or any(not _ENCODED.issuperset(chosen) for chosen in encoding.values()):
        return False
    return all(
        isinstance(name, str)
        and "/" not in name
        and variable.size
        and variable.dtype.kind in "biufUM"
        and (name not in variable.dims or variable.ndim == 1)
        and (name in encoding or not variable.encoding)
        for name, variable in dataset.variables.items()
    )


def _encoded(dataset: xr.Dataset, encoding: Mapping[str, Mapping[str, Any]]) -> tuple[Any, Any]:
    """Variables and attributes by the conventions of climate and forecast; None where they are more than numbers and text."""
    variables, attributes = conventions.encode_dataset_coordinates(dataset)
    for name, chosen in encoding.items():
        if name in variables:
            variables[name] = variables[name].copy(deep=False)
            variables[name].encoding = dict(chosen)
    variables, attributes = conventions.cf_encoder(variables, attributes)
    held = [*attributes.values(), *(value for variable in variables.values() for value in variable.attrs.values())]
    if not all(isinstance(value, (str, int, float, np.number)) and not isinstance(value, bool) for value in held):
        return None, None
    return variables, attributes


def _write(buffer: io.BytesIO, variables: Mapping[Hashable, xr.Variable], attributes: Mapping[Any, Any]) -> None:
    """Write all variables: first the arrays, then what makes dimensions of some of them."""
    import h5py

    sizes: dict[Hashable, int] = {}
    for variable in variables.values():
        sizes |= variable.sizes
    text = h5py.string_dtype()
    with h5py.File(buffer, "w", track_order=True) as file:
        for dim, size in sizes.items():
            if dim not in variables:
                file.create_dataset(dim, (size,), dtype=">f4", track_order=True)
        held = {dim: file[dim] for dim in sizes if dim not in variables}
        for name, variable in variables.items():
            held[name] = _put(file, str(name), variable, text)
        for number, (dim, size) in enumerate(sizes.items()):
            held[dim].make_scale(str(dim) if dim in variables else f"{NO_VARIABLE}{size:10}")
            held[dim].attrs["_Netcdf4Dimid"] = np.int32(number)
        numbers = {dim: number for number, dim in enumerate(sizes)}
        for name, variable in variables.items():
            if variable.dims:
                held[name].attrs["_Netcdf4Coordinates"] = np.array([numbers[dim] for dim in variable.dims], dtype=np.int32)
                held[name].attrs["_Netcdf4Dimid"] = np.int32(numbers[variable.dims[0]])
            if name not in sizes:
                for axis, dim in enumerate(variable.dims):
                    h5py.h5ds.attach_scale(held[name].id, held[dim].id, axis)
        for key, value in attributes.items():
            file.attrs[key] = value if isinstance(value, str) else np.atleast_1d(value)
        made_by = f"version=2,h5py={h5py.version.version},hdf5={h5py.version.hdf5_version}"
        file.attrs["_NCProperties"] = np.array(made_by, dtype=h5py.string_dtype("ascii", len(made_by)))


def _put(file: Any, name: str, variable: xr.Variable, text: np.dtype[Any]) -> Any:
    """Write one variable with its attributes."""
    values, attrs = variable.values, dict(variable.attrs)
    if values.dtype.kind in "UO":
        values = values.astype(object)
    chosen: dict[str, Any] = {"dtype": text if values.dtype.kind == "O" else values.dtype}
    blank = attrs.pop("_FillValue", None)
    if blank is not None:
        chosen["fillvalue"] = blank
    if variable.encoding.get("zlib") and values.ndim:
        chosen |= {"compression": "gzip", "compression_opts": variable.encoding.get("complevel", 4)}
    made = file.create_dataset(name, values.shape, data=values, track_order=True, **chosen)
    for key, value in attrs.items():
        made.attrs[key] = value if isinstance(value, str) else np.atleast_1d(value)
    if blank is not None:
        made.attrs["_FillValue"] = np.atleast_1d(np.asarray(blank, dtype=values.dtype))
    return made
