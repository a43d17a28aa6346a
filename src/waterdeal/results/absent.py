"""Parts a plan does not have: their empty variables are named in the file, not written, and stand there again once it is read.

A dataset holds every quantity of the vocabulary, so that whoever reads it need not ask which parts are on. In a file each empty variable
and each dimension costs as long as a full one, and tells nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.variables import setting, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

#: attribute of the file: names of empty variables by "dims|shape|dtype"
ABSENT = "absent"


def without_absent(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset without its empty variables, named in an attribute instead."""
    named: dict[str, list[str]] = {}
    for name, variable in dataset.variables.items():
        if not variable.size:
            dtype = "<U1" if variable.dtype.kind in "OU" else variable.dtype.str
            key = "|".join((",".join(map(str, variable.dims)), ",".join(map(str, variable.shape)), dtype))
            named.setdefault(key, []).append(str(name))
    kept = dataset.drop_vars([name for names in named.values() for name in names])
    return kept.assign_attrs({ABSENT: json.dumps(named, separators=(",", ":"))}) if named else kept


def with_absent(read: xr.Dataset) -> xr.Dataset:
    """Return a dataset of a file with the empty variables that it names."""
    if ABSENT not in read.attrs:
        return read
    names = vocabulary()
    data: dict[str, xr.Variable] = {}
    coords: dict[str, xr.Variable] = {}
    for name, dims, empty in _named(setting(read, ABSENT)):
        if empty.size or name in read.variables:
            raise ValueError(say("plans.named_not_empty", ABSENT=ABSENT, name=name))
        known = names.get(name)
        (coords if name in dims else data)[name] = xr.Variable(dims, empty, known.attrs if known and name not in dims else {})
    whole = read.assign_coords(coords).assign(data)
    del whole.attrs[ABSENT]
    return whole


def _named(groups: Any) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Name, dims and empty array of each variable."""
    for key, names in groups.items():
        dims, shape, dtype = key.split("|")
        sizes = tuple(int(size) for size in shape.split(","))
        if 0 not in sizes:
            raise ValueError(say("plans.size_not_empty", ABSENT=ABSENT, value=key))
        for name in names:
            yield name, tuple(dims.split(",")), np.empty(sizes, dtype=np.dtype(dtype))
