"""A dataset as the bytes of a NetCDF-4 file, written and read in one pass with h5py; others find in it what xarray would have written.

xarray and h5netcdf look up each dimension and each attribute of each variable again in the file: for two hundred small variables that
takes a second. What a file may hold beyond plain arrays of numbers and text is left to them, and so is a file that others wrote.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray import conventions

from waterdeal.imports.bounds import check_netcdf

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


def netcdf_bytes(dataset: xr.Dataset, encoding: Mapping[str, Mapping[str, Any]] | None = None, **groups: xr.Dataset) -> bytes:
    """Return a dataset as a NetCDF-4 file, as ``Dataset.to_netcdf`` with the engine h5netcdf would write it, others as groups in it."""
    encoding = encoding or {}
    buffer = io.BytesIO()
    parts = [_encoded(part, encoding) if _is_plain(part, encoding) else None for part in (dataset, *groups.values())]
    if None in parts:
        tree = xr.DataTree(dataset, {name: xr.DataTree(part) for name, part in groups.items()})
        tree.to_netcdf(buffer, engine="h5netcdf", encoding={"/": {name: dict(chosen) for name, chosen in encoding.items()}})
    else:
        _write(buffer, dict(zip(("", *groups), parts, strict=True)))
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


def _encoded(dataset: xr.Dataset, encoding: Mapping[str, Mapping[str, Any]]) -> tuple[Any, Any] | None:
    """Variables and attributes by the conventions of climate and forecast; None where they are more than numbers and text."""
    variables, attributes = conventions.encode_dataset_coordinates(dataset)
    for name, chosen in encoding.items():
        if name in variables:
            variables[name] = variables[name].copy(deep=False)
            variables[name].encoding = dict(chosen)
    variables, attributes = conventions.cf_encoder(variables, attributes)
    held = [*attributes.values(), *(value for variable in variables.values() for value in variable.attrs.values())]
    if not all(isinstance(value, (str, int, float, np.number)) and not isinstance(value, bool) for value in held):
        return None
    return variables, attributes


def _write(buffer: io.BytesIO, parts: Mapping[str, Any]) -> None:
    """Write the variables and attributes of the file, under no name, and of its groups; dimensions are numbered through."""
    import h5py

    with h5py.File(buffer, "w", track_order=True) as file:
        numbered = 0
        for name, (variables, attributes) in parts.items():
            place = file.create_group(name, track_order=True) if name else file
            numbered += _write_part(place, variables, attributes, numbered)
        made_by = f"{_OURS}{h5py.version.version},hdf5={h5py.version.hdf5_version}"
        file.attrs["_NCProperties"] = np.array(made_by, dtype=h5py.string_dtype("ascii", len(made_by)))


def _write_part(place: Any, variables: Mapping[Hashable, xr.Variable], attributes: Mapping[Any, Any], numbered: int) -> int:
    """Write all variables: first the arrays, then what makes dimensions of some of them; return how many dimensions there are."""
    import h5py

    sizes: dict[Hashable, int] = {}
    for variable in variables.values():
        sizes |= variable.sizes
    text = h5py.string_dtype()
    bare = {dim: size for dim, size in sizes.items() if dim not in variables}
    held = {dim: place.create_dataset(dim, (size,), dtype=">f4", track_order=True) for dim, size in bare.items()}
    for name, variable in variables.items():
        held[name] = _put(place, str(name), variable, text)
    numbers = {dim: number for number, dim in enumerate(sizes, start=numbered)}
    for dim, size in sizes.items():
        held[dim].make_scale(str(dim) if dim in variables else f"{NO_VARIABLE}{size:10}")
        _note(held[dim], "_Netcdf4Dimid", np.int32(numbers[dim]))
    for name, variable in variables.items():
        if variable.dims:
            _note(held[name], "_Netcdf4Coordinates", np.array([numbers[dim] for dim in variable.dims], dtype=np.int32))
            if name not in sizes:
                _note(held[name], "_Netcdf4Dimid", np.int32(numbers[variable.dims[0]]))
        if name not in sizes:
            for axis, dim in enumerate(variable.dims):
                h5py.h5ds.attach_scale(held[name].id, held[dim].id, axis)
    for key, value in attributes.items():
        _note(place, key, value if isinstance(value, str) else np.atleast_1d(value))
    return len(sizes)


def _note(place: Any, key: Any, value: Any) -> None:
    """Give a variable, a group or the file an attribute that it has not yet: ``attrs[key] = value`` without asking what is there."""
    from h5py import h5a

    values = np.asarray(value, dtype=object if isinstance(value, str) else None)
    type_in_file, space, type_here = _laid_out(values.dtype.str, values.shape)
    h5a.create(place.id, str(key).encode(), type_in_file, space).write(values, mtype=type_here)


@cache
def _laid_out(dtype: str, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """How an attribute lies in a file, its shape there, and how it lies here; a file has a thousand of a few kinds."""
    from h5py import h5s, h5t

    held = h5t.string_dtype() if dtype == "|O" else np.dtype(dtype)
    return h5t.py_create(held, logical=True), h5s.create_simple(shape), h5t.py_create(held)


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
        _note(made, key, value if isinstance(value, str) else np.atleast_1d(value))
    if blank is not None:
        _note(made, "_FillValue", np.atleast_1d(np.asarray(blank, dtype=values.dtype)))
    return made


def read_netcdf(raw: bytes) -> xr.Dataset:
    """Read a dataset as ``xarray.open_dataset`` reads it, with its groups: in one pass where it was written here, else with xarray."""
    check_netcdf(raw)
    parts = _read(raw)
    if parts is not None:
        return _merged({name: xr.decode_cf(part).load() for name, part in parts.items()})
    with xr.open_datatree(io.BytesIO(raw), engine="h5netcdf") as opened:
        read = opened.load()
        return _merged({"": read.to_dataset(), **{str(name): child.to_dataset(inherit=False) for name, child in read.children.items()}})


def _merged(parts: dict[str, xr.Dataset]) -> xr.Dataset:
    """Put variables of groups beside those of the file, the name of the group before theirs; labels that both have are the file's."""
    whole = parts.pop("")
    for group, part in parts.items():
        shared = [name for name in part.coords if name in whole.coords]
        named = part.drop_vars(shared).rename({name: f"{group}_{name}" for name in part.variables if name not in shared})
        whole = whole.assign_coords(named.coords).assign(named.data_vars)
    return whole


def _read(raw: bytes) -> dict[str, xr.Dataset] | None:
    """Arrays and attributes of a file written here and of its groups, not decoded yet; None where it was not, or holds more than that."""
    import h5py

    with h5py.File(io.BytesIO(raw)) as file:
        made_by = file.attrs.get("_NCProperties", b"")
        places = {"": file, **{name: held for name, held in file.items() if isinstance(held, h5py.Group)}}
        if not (isinstance(made_by, bytes) and made_by.startswith(_OURS.encode()) and all(map(_is_ours, places.values()))):
            return None
        return {name: _read_part(place) for name, place in places.items()}


def _is_ours(place: Any) -> bool:
    """Whether a file or a group holds nothing but what is written here; groups stand in the file alone."""
    import h5py

    held = [one for one in place.values() if not (place.name == "/" and isinstance(one, h5py.Group))]
    return all(isinstance(one, h5py.Dataset) and ("_Netcdf4Dimid" in one.attrs or not one.shape) for one in held)


def _read_part(place: Any) -> xr.Dataset:
    """Read the arrays of a file or a group."""
    import h5py

    arrays = {name: held for name, held in place.items() if isinstance(held, h5py.Dataset)}
    dims = {int(held.attrs["_Netcdf4Dimid"]): name for name, held in arrays.items() if "CLASS" in held.attrs}
    variables = {
        name: xr.Variable([dims[number] for number in held.attrs.get("_Netcdf4Coordinates", ())], _array(held), _attributes(held))
        for name, held in arrays.items()
        if "_Netcdf4Coordinates" in held.attrs or not held.shape
    }
    return xr.Dataset(variables, attrs=_attributes(place))


def _array(held: Any) -> NDArray[Any]:
    """An array of a file; text as text of one width."""
    return np.asarray(held.asstr()[()]).astype(str) if held.dtype.kind == "O" else np.asarray(held[()])


def _attributes(place: Any) -> dict[str, Any]:
    """Attributes that were given; a list of one number is that number."""
    given = {key: place.attrs[key] for key in place.attrs if key not in OF_HDF5}
    return {key: value[0] if isinstance(value, np.ndarray) and value.shape == (1,) else value for key, value in given.items()}
