"""Read flows from NetCDF and Zarr whose dimensions have any names: of stations, of one place, or of a grid such as that of GloFAS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import refuse
from waterdeal.imports.clock import decode_times
from waterdeal.imports.lines import Line, Read, kind_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    import xarray as xr

    from waterdeal.imports.lines import Wanted

_TIMES = ("valid_time", "time", "date", "forecast_period", "step")
_LATITUDES, _LONGITUDES = ("latitude", "lat"), ("longitude", "lon")
_TRACES = ("number", "realization", "member", "trace", "ensemble")
#: the mean of the 24 hours before its time, in files of GloFAS and EFAS
_DAY_BEFORE = ("dis24", "avg_dis24")
#: how far a point may be from the middle of its cell, in cells
_REACH = 0.75


def lines_of(dataset: xr.Dataset, wanted: Wanted, name: str) -> Read:
    """Take the flows out of a dataset whose times are numbers or dates."""
    flow = _with_names(dataset, _flow_of(dataset, wanted))
    told: list[Any] = []
    flow, stamp = _timed(dataset, flow, wanted, told)
    flow = _selected(flow, wanted)
    trace = wanted.trace or next((str(dim) for dim in _TRACES if dim in flow.dims), "")
    refuse(trace and trace not in flow.dims, "imports.grid_dimension", name=trace, known=_names(flow.dims))
    found = _at_points(flow, wanted, told, name) if _is_grid(flow) else _at_stations(flow, wanted, trace, name)
    lines = []
    for spellings, series in found:
        members = [series.isel({trace: at}) for at in range(series.sizes[trace])] if trace else [series]
        lines += [replace(_line(spellings, member, trace), labels=wanted.where) for member in members]
    return Read("NetCDF", lines, stamp, told)


def _names(names: Iterable[Hashable]) -> str:
    """Write some names."""
    return ", ".join(map(str, names))


def _flow_of(dataset: xr.Dataset, wanted: Wanted) -> xr.DataArray:
    """Find the variable that holds the flow: the one named, else the only one whose unit is of a flow or a volume."""
    known = {str(key): value for key, value in dataset.data_vars.items()}
    if wanted.variable:
        refuse(wanted.variable not in known, "imports.series_variable", name=wanted.variable, known=_names(known))
        return known[wanted.variable]
    numeric = {key: value for key, value in known.items() if value.dtype.kind in "fiu" and value.ndim}
    flows = [key for key, value in numeric.items() if _is_flow(str(value.attrs.get("units", "")) or wanted.unit)]
    refuse(not flows, "imports.grid_no_flow", known=_names(known))
    refuse(len(flows) > 1, "imports.grid_flows", names=_names(flows))
    return known[flows[0]]


def _with_names(dataset: xr.Dataset, flow: xr.DataArray) -> xr.DataArray:
    """Give a flow the texts that stand beside it along one of its dimensions, such as the names of stations."""
    texts = {key: value for key, value in dataset.data_vars.items() if value.dtype.kind in "USO" and value.ndim == 1}
    return flow.assign_coords({key: value.variable for key, value in texts.items() if value.dims[0] in flow.dims})


def _is_flow(unit: str) -> bool:
    """Tell whether a unit is of a flow or a volume."""
    return bool(unit) and kind_of(unit.replace("**", "")) in {"flow", "volume"}


def _timed(dataset: xr.Dataset, flow: xr.DataArray, wanted: Wanted, told: list[Any]) -> tuple[xr.DataArray, str]:
    """Give a flow its times, and tell whether they begin or end their periods where the file says it."""
    if flow.sizes.get("forecast_reference_time") == 1:
        flow = flow.isel(forecast_reference_time=0)
    dated = [str(key) for key, value in flow.coords.items() if value.ndim == 1 and "since" in str(value.attrs.get("units", ""))]
    name = wanted.time or next((one for one in (*_TIMES, *dated) if one in flow.coords and flow[one].ndim == 1), "")
    refuse(name not in flow.coords or flow[name].ndim != 1, "imports.grid_dimension", name=name or "time", known=_names(flow.dims))
    axis = flow[name].dims[0]
    valid = flow.coords.get("valid_time")
    moments = valid if valid is not None and valid.dims == (axis,) else flow[name]
    bare = flow.drop_vars([key for key, value in flow.coords.items() if axis in value.dims]).rename({axis: "time"})
    raw = bare.assign_coords(time=("time", moments.values, dict(moments.attrs))).to_dataset(name="flow")
    bounds = str(moments.attrs.get("bounds", ""))
    if bounds in dataset:
        raw[bounds] = (("time", "two"), dataset[bounds].values, dict(dataset[bounds].attrs))
    decoded = decode_times(raw)
    told += decoded.attrs.get("told", ())
    refuse(decoded["time"].dtype.kind != "M", "imports.rate_times")
    held = decoded["flow"].rename(flow.name)
    ended = flow.name in _DAY_BEFORE or "last 24 hours" in str(flow.attrs.get("long_name", "")).lower()
    if ended and "until" not in held.coords:
        ends = held["time"].values
        held = held.assign_coords(time=ends - np.timedelta64(1, "D"), until=("time", ends))
    return held, "end" if ended else ""


def _selected(flow: xr.DataArray, wanted: Wanted) -> xr.DataArray:
    """Take what is asked for of dimensions that have other meanings; those of length one leave their labels."""
    for key, value in wanted.where.items():
        refuse(key not in flow.dims, "imports.grid_dimension", name=key, known=_names(flow.dims))
        labels = [label_text(label) for label in (flow[key].values if key in flow.coords else np.arange(flow.sizes[key]))]
        refuse(value not in labels, "imports.series_label", name=key, value=value, known="; ".join(labels[:8]))
        flow = flow.isel({key: labels.index(value)}, drop=True)
    kept = {"time", *_LATITUDES, *_LONGITUDES, wanted.node, wanted.trace}
    return flow.squeeze([dim for dim in flow.dims if flow.sizes[dim] == 1 and str(dim) not in kept and dim not in _TRACES])


def _is_grid(flow: xr.DataArray) -> bool:
    """Tell whether a flow stands on a grid of latitudes and longitudes."""
    return any(name in flow.dims for name in _LATITUDES) and any(name in flow.dims for name in _LONGITUDES)


def _at_points(flow: xr.DataArray, wanted: Wanted, told: list[Any], name: str) -> list[tuple[tuple[str, ...], xr.DataArray]]:
    """Take the cells at the points that are given for nodes; one too far from every cell is refused."""
    refuse(not wanted.points, "imports.grid_points", name=name)
    axes = [next(dim for dim in dims if dim in flow.dims) for dims in (_LATITUDES, _LONGITUDES)]
    found: list[tuple[tuple[str, ...], xr.DataArray]] = []
    for node, (latitude, longitude) in wanted.points.items():
        at: dict[Hashable, int] = {}
        for axis, wish in zip(axes, (latitude, longitude), strict=True):
            middles = flow[axis].values.astype(float)
            wish = wish % 360 if axis == axes[1] and middles.max() > 180 else wish  # noqa: PLW2901
            size = float(np.abs(np.diff(middles)).min()) if len(middles) > 1 else 0.1
            at[axis] = int(np.abs(middles - wish).argmin())
            refuse(abs(middles[at[axis]] - wish) > _REACH * size, "imports.grid_beyond", node=node, axis=axis, value=wish)
        series = flow.isel(at)
        middle = [float(series[axis]) for axis in axes]
        told.append(say("imports.grid_cell", node=node, latitude=middle[0], longitude=middle[1]))
        found.append(((node,), series))
    return found


def _at_stations(flow: xr.DataArray, wanted: Wanted, trace: str, name: str) -> list[tuple[tuple[str, ...], xr.DataArray]]:
    """Take the series of each station, by the labels of their dimension or of a coordinate along it."""
    others = [dim for dim in flow.dims if dim not in {"time", trace}]
    if not others:
        alone = [value for key, value in flow.coords.items() if not value.ndim and key not in {*_LATITUDES, *_LONGITUDES, *_TIMES, trace}]
        texts, counts, numbers = ([label_text(value) for value in alone if value.dtype.kind in kinds] for kinds in ("USOT", "iu", "f"))
        return [((*texts, *counts, name.rpartition(".")[0] or name, *numbers), flow)]
    named = wanted.node or next((str(key) for key, value in flow.coords.items() if value.attrs.get("cf_role") == "timeseries_id"), "")
    refuse(len(others) > 1, "imports.grid_dimensions", names=_names(others))
    labels = [flow[named]] if named in flow.coords else [flow[key] for key in flow.coords if flow[key].dims == (others[0],)]
    strange = wanted.node and wanted.node not in {*flow.coords, others[0]}
    refuse(strange, "imports.grid_dimension", name=wanted.node, known=_names(flow.coords))
    refuse(not labels, "imports.grid_unnamed", name=str(others[0]), known=_names(flow.coords))
    labels.sort(key=lambda coordinate: coordinate.dtype.kind not in "USOT")
    return [
        (tuple(dict.fromkeys(label_text(coordinate.values[place]) for coordinate in labels)), flow.isel({others[0]: place}))
        for place in range(flow.sizes[others[0]])
    ]


def label_text(label: Any) -> str:
    """Write a label as a text: a whole number without decimals, a day without hours."""
    plain = label.item() if hasattr(label, "item") and getattr(label, "dtype", np.dtype("O")).kind != "M" else label
    if isinstance(plain, bytes):
        return plain.decode("utf-8", "replace").strip()
    if isinstance(plain, float) and plain.is_integer():
        return str(int(plain))
    return str(plain).removesuffix("T00:00:00.000000000").strip()


def _line(spellings: tuple[str, ...], series: xr.DataArray, trace: str) -> Line:
    """Make a series of one place and member."""
    member = label_text(series[trace].values) if trace and trace in series.coords else ""
    until = series["until"].values.astype("datetime64[ns]") if "until" in series.coords else None
    unit = str(series.attrs.get("units", "")).replace("**", "")
    values = series.values.astype(float)
    return Line(spellings, str(series.name), unit, series["time"].values.astype("datetime64[ns]"), values, until, member)
