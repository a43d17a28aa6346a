"""A plan as series that other tools read: each quantity by place and time, amounts and means of steps, states at their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.imports.lines import Line
from waterdeal.results.absent import without_absent
from waterdeal.results.lookahead import apart
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    import xarray as xr

#: units of amounts of a step; what has another unit is a mean of it
_AMOUNTS = frozenset({"hm3", "GWh", "kt"})
#: units as the tables of other tools spell them
_SPELLED = {"m3 s-1": "m3/s", "g l-1": "g/l", "1": "-"}


def plan_lines(results: xr.Dataset) -> list[Line]:
    """Return every quantity that a plan gives by place and time; what a place lacks in all steps is left out."""
    starts = results["time"].values.astype("datetime64[ns]")
    ends = results["time_end"].values.astype("datetime64[ns]")
    lines = []
    for name, quantity in vocabulary().items():
        if quantity.stage != "result" or len(quantity.dims) != 2 or quantity.dims[-1] != "time" or name not in results:
            continue
        array = results[name].transpose(*quantity.dims)
        if array.dtype.kind != "f":
            continue
        unit = _SPELLED.get(quantity.unit, quantity.unit)
        at_ends = "ends" in quantity.roles
        kind = {"type": "accumulative"} if quantity.unit in _AMOUNTS else {}
        for place, values in zip(array[quantity.dims[0]].values.tolist(), array.values, strict=True):
            if np.isfinite(values).any():
                times: dict[str, Any] = {"times": ends} if at_ends else {"times": starts, "until": ends}
                lines.append(Line((str(place),), name, unit, values=values, labels=kind, **times))
    return lines


def plan_store(results: xr.Dataset) -> dict[str, bytes]:
    """Return a plan as the files of a Zarr store."""
    from waterdeal.imports.zarr_store import zarr_files

    plain, _ = apart(without_absent(results))
    return zarr_files(plain)
