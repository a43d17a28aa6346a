"""A dataset as the bytes of a NetCDF-4 file, written and read in one pass with h5py; others find in it what xarray would have written.

xarray and h5netcdf look up each dimension and each attribute of each variable again in the file: for two hundred small variables that
takes a second. What a file may hold beyond plain arrays of numbers and text is left to them, and so is a file that others wrote.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray import conventions

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from numpy.typing import NDArray

#: name that NetCDF gives to a dimension that is no variable, before its length
NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable."
#: attributes that HDF5 and NetCDF keep for themselves
OF_HDF5 = frozenset(
    {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties", "_nc3_strict"}
)
#: how a file written here begins to say so
_OURS = "version=2,h5py="
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
        bare = {dim: size for dim, size in sizes.items() if dim not in variables}
        held = {dim: file.create_dataset(dim, (size,), dtype=">f4", track_order=True) for dim, size in bare.items()}
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
        made_by = f"{_OURS}{h5py.version.version},hdf5={h5py.version.hdf5_version}"
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


def read_netcdf(raw: bytes) -> xr.Dataset:
    """Read a dataset as ``xarray.open_dataset`` reads it: in one pass where it was written here, else with xarray."""
    dataset = _read(raw)
    if dataset is None:
        with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as opened:
            return opened.load()
    return xr.decode_cf(dataset).load()


def _read(raw: bytes) -> xr.Dataset | None:
    """Arrays and attributes of a file written here, not decoded yet; None where it was not, or holds more than was written."""
    import h5py

    with h5py.File(io.BytesIO(raw)) as file:
        made_by = file.attrs.get("_NCProperties", b"")
        plain = all(isinstance(held, h5py.Dataset) and ("_Netcdf4Dimid" in held.attrs or not held.shape) for held in file.values())
        if not (plain and isinstance(made_by, bytes) and made_by.startswith(_OURS.encode())):
            return None
        dims = {int(held.attrs["_Netcdf4Dimid"]): name for name, held in file.items() if "CLASS" in held.attrs}
        found = {name: held for name, held in file.items() if "_Netcdf4Coordinates" in held.attrs or not held.shape}
        variables = {
            name: xr.Variable([dims[number] for number in held.attrs.get("_Netcdf4Coordinates", ())], _array(held), _attributes(held))
            for name, held in found.items()
        }
        return xr.Dataset(variables, attrs=_attributes(file))


def _array(held: Any) -> NDArray[Any]:
    """An array of a file; text as text of one width."""
    return np.asarray(held.asstr()[()]).astype(str) if held.dtype.kind == "O" else np.asarray(held[()])


def _attributes(place: Any) -> dict[str, Any]:
    """Attributes that were given; a list of one number is that number."""
    given = {key: place.attrs[key] for key in place.attrs if key not in OF_HDF5}
    return {key: value[0] if isinstance(value, np.ndarray) and value.shape == (1,) else value for key, value in given.items()}
