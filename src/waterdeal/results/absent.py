"""Parts a plan does not have: their empty variables are named in the file, not written, and stand there again once it is read.

A dataset holds every quantity of the vocabulary, so that whoever reads it need not ask which parts are on. In a file each empty variable
and each dimension costs as long as a full one, and tells nothing.
"""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from waterdeal.variables import setting, vocabulary
from waterdeal.words import say

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
    known, empty = vocabulary(), dict[str, xr.Variable]()
    for key, names in setting(read, ABSENT).items():
        dims, shape, dtype = key.split("|")
        sizes, over = tuple(int(size) for size in shape.split(",")), tuple(dims.split(","))
        if 0 not in sizes:
            raise ValueError(say("plans.size_not_empty", ABSENT=ABSENT, value=key))
        for name in names:
            if name in read.variables:
                raise ValueError(say("plans.named_not_empty", ABSENT=ABSENT, name=name))
            attrs = known[name].attrs if name in known and name not in over else {}
            empty[name] = xr.Variable(over, np.empty(sizes, dtype=np.dtype(dtype)), attrs)
    labels = {name: variable for name, variable in empty.items() if name in variable.dims}
    whole = read.assign_coords(labels).assign({name: variable for name, variable in empty.items() if name not in labels})
    del whole.attrs[ABSENT]
    return whole
