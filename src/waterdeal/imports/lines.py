"""Series as formats of the field hold them: a place, what is measured, its unit, and when each value holds; carried to rates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import refuse
from waterdeal.imports.clock import with_periods
from waterdeal.imports.places import Places
from waterdeal.units import HM3_PER_CUMEC_DAY, RATE_UNITS, convert, find_spelled
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

    Times = NDArray[np.datetime64]


#: m3/s of 1 mm a day over 1 km2
_CUMEC_PER_MM_KM2 = 1000 / 86_400
_DEPTHS = frozenset({"mm/day", "mm/d", "mm day-1", "mm d-1", "mm/dag", "мм/сут"})
#: names told one by one
_MOST_NAMES = 8


@dataclass(frozen=True)
class Wanted:
    """What is asked of a file, where its names are not ours."""

    variable: str = ""  # the variable, parameter or column that holds the flow
    unit: str = ""  # where the file states none
    node: str = ""  # dimension, coordinate or column of the places
    time: str = ""
    trace: str = ""
    where: Mapping[str, str] = field(default_factory=dict)  # what tells one series from another: a member, a model, a day of issue
    names: Mapping[str, str] = field(default_factory=dict)  # name in the file of a node
    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # latitude and longitude of a node
    area: Mapping[str, float] = field(default_factory=dict)  # km2 above a node, where the file has depths
    beside: bool = False  # whether files beside it may be read too: not where a run keeps its sources


@dataclass(frozen=True)
class Line:
    """One series of a file."""

    spellings: tuple[str, ...]  # names of its place, the surest first
    parameter: str  # what is measured, as the file calls it
    unit: str  # as the file writes it; empty where it states none
    times: Times  # when values begin; their stamps where `until` is not known
    values: Floats
    until: Times | None = None
    trace: str = ""  # of an ensemble
    labels: Mapping[str, str] = field(default_factory=dict)  # what else tells it from others
    area: float = 0.0  # km2 above its place, where the file tells it

    @property
    def place(self) -> str:
        """The surest name of its place."""
        return self.spellings[0]


@dataclass(frozen=True)
class Read:
    """What a format found in a file."""

    kind: str  # name of the format
    lines: Sequence[Line]
    stamp: str = ""  # `start` or `end`, where the format has a rule
    told: Sequence[str] = ()


def header_of(head: bytes) -> list[str]:
    """Return the names in the first row of a table with commas, from how its file begins."""
    return [name.strip() for name in head.decode("utf-8-sig", "ignore").partition("\n")[0].split(",")]


def lines_to_rates(
    read: Read, dims: Sequence[str], names: Mapping[str, Sequence[str]] | None, wanted: Wanted, stamp: str, file: str
) -> xr.DataArray:
    """Carry the series of a file to rates by node and time, or by trace, node and time; what was left out or taken for granted is told."""
    refuse(stamp and read.stamp and stamp != read.stamp, "imports.stamp_contradicts", kind=read.kind, rule=read.stamp)
    told: list[Any] = list(read.told)
    lines = [line if line.unit else replace(line, unit=wanted.unit) for line in read.lines]
    lines = _with_flows(_chosen(lines, wanted), told, file)
    placed = _placed(lines, names, wanted, told, file)
    members = sorted({line.trace for line in lines}, key=lambda text: (len(text), text))
    refuse("trace" not in dims and len(members) > 1, "imports.series_members", count=len(members), names=_few(members))
    told.append(say(f"imports.read_{read.stamp or 'unstamped'}", file=file, kind=read.kind, count=len(placed)))
    dated = [(node, _dated(line, _factor(line, node, wanted), stamp or read.stamp, file, told)) for node, line in placed]
    rates = _laid(dated, members)
    rates = rates.assign_attrs(units=RATE_UNITS[0], told=tuple(dict.fromkeys(told)))
    return rates if "trace" in dims else rates.isel(trace=0, drop=True)


def _few(names: Sequence[str]) -> str:
    """Write the first of some names."""
    return "; ".join([*names[:_MOST_NAMES], *(["..."] if len(names) > _MOST_NAMES else [])])


def _chosen(lines: Sequence[Line], wanted: Wanted) -> list[Line]:
    """Take the series that are asked for by their parameter and by what else tells them apart."""
    refuse(not lines, "imports.series_none")
    parameters = list(dict.fromkeys(line.parameter for line in lines))
    refuse(wanted.variable and wanted.variable not in parameters, "imports.series_variable", name=wanted.variable, known=_few(parameters))
    found = [line for line in lines if wanted.variable in {"", line.parameter}]
    for key, value in wanted.where.items():
        known = list(dict.fromkeys(line.labels[key] for line in found if key in line.labels))
        keys = list(dict.fromkeys(name for line in found for name in line.labels))
        refuse(not known, "imports.series_no_label", name=key, known=_few(keys))
        refuse(value not in known, "imports.series_label", name=key, value=value, known=_few(known))
        found = [line for line in found if line.labels.get(key) == value]
    return found


def kind_of(unit: str) -> str:
    """Tell whether a unit is of a flow, a volume or a depth a day; empty where it is none of them."""
    spelled = find_spelled(unit)
    if unit.strip().lower() in _DEPTHS:
        return "depth"
    if spelled is not None:
        return spelled.dimension if spelled.dimension in {"flow", "volume"} else ""
    try:
        convert(1.0, unit, "m3/s")
    except ValueError:
        return ""
    return "flow"


def _with_flows(lines: list[Line], told: list[Any], file: str) -> list[Line]:
    """Leave out what is neither a flow nor a volume, and refuse what has no unit."""
    bare = [line.parameter for line in lines if not line.unit]
    refuse(bare, "imports.series_unit", names=_few(list(dict.fromkeys(bare))))
    kinds = {line.parameter: kind_of(line.unit) for line in lines}
    flows = [line for line in lines if kinds[line.parameter]]
    others = [f"{line.parameter} ({line.unit})" for line in lines if not kinds[line.parameter]]
    refuse(not flows, "imports.series_no_flow", names=_few(list(dict.fromkeys(others))))
    if others:
        told.append(say("imports.series_other", file=file, names=_few(list(dict.fromkeys(others)))))
    return flows


def _placed(
    lines: list[Line], names: Mapping[str, Sequence[str]] | None, wanted: Wanted, told: list[Any], file: str
) -> list[tuple[str, Line]]:
    """Find the node of each series; names that are not known are told, and refused where none is."""
    called = {name: node for node, name in wanted.names.items()}
    places = None if names is None else Places(names, ())
    lost = sorted(set(called) - {name for line in lines for name in line.spellings})
    refuse(lost, "imports.series_not_there", names=_few(lost), known=_few(list(dict.fromkeys(line.place for line in lines))))
    found: list[tuple[str, Line]] = []
    strange: list[str] = []
    for line in lines:
        given = next((called[name] for name in line.spellings if name in called), "")
        known = next((ids for name in line.spellings if places and (ids := places.exact(name))), frozenset[str]())
        if given or places is None or len(known) == 1:
            found.append((given or next(iter(known), line.place), line))
        else:
            strange.append(line.place)
    if strange:
        unknown = list(dict.fromkeys(strange))
        suggest = places.suggest(unknown[0]) if places else ""
        refuse(not found, "imports.series_nowhere", names=_few(unknown), suggest=suggest)
        told.append(say("imports.series_unknown", file=file, count=len(unknown), names=_few(unknown), suggest=suggest))
    return found


def _factor(line: Line, node: str, wanted: Wanted) -> float:
    """Return m3/s, or hm3 where it is a volume, in one unit of a series."""
    unit = line.unit
    spelled = find_spelled(unit)
    if kind_of(unit) == "depth":
        area = wanted.area.get(node, line.area)
        refuse(not area, "imports.series_area", node=node, unit=unit)
        return area * _CUMEC_PER_MM_KM2
    return spelled.inside if spelled else convert(1.0, unit, "m3/s")


def _dated(line: Line, factor: float, stamp: str, file: str, told: list[Any]) -> Line:
    """Return a series as rates in order of time, each with its end."""
    import xarray as xr

    order = np.argsort(line.times, kind="stable")
    coords: dict[str, Any] = {"time": line.times[order]}
    if line.until is not None:
        coords["until"] = ("time", line.until[order])
    dated = with_periods(xr.DataArray(line.values[order] * factor, coords, ("time",)), stamp, file)
    told += dated.attrs.get("told", ())
    starts, ends = dated["time"].values, dated["until"].values
    refuse((ends <= starts).any(), "imports.rate_times")
    values = dated.values
    if kind_of(line.unit) == "volume":
        values = values / ((ends - starts) / np.timedelta64(1, "D") * HM3_PER_CUMEC_DAY)
    return Line(line.spellings, line.parameter, RATE_UNITS[0], starts, values, ends, line.trace, line.labels)


def _laid(lines: list[tuple[str, Line]], members: list[str]) -> xr.DataArray:
    """Lay series on one axis of time; two values of one place and time are refused."""
    import xarray as xr

    edges = np.unique(np.concatenate([part for _, line in lines for part in (line.times, _ends(line))]))
    nodes = list(dict.fromkeys(node for node, _ in lines))
    values = np.full((len(members), len(nodes), len(edges) - 1), np.nan)
    before: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for node, line in lines:
        first, last = np.searchsorted(edges, line.times), np.searchsorted(edges, _ends(line))
        length = last - first
        at = np.repeat(first - np.cumsum(length) + length, length) + np.arange(length.sum())
        row = values[members.index(line.trace), nodes.index(node)]
        if len(np.unique(at)) < len(at) or np.isfinite(row[at]).any():
            others = [_named(other) for other in [*before[node, line.trace], line]]
            refuse(len(set(others)) > 1, "imports.series_several", node=node, names=_few(others))
            refuse(True, "imports.rate_twice", node=node, day=edges[at[0]].astype("datetime64[s]").item())
        row[at] = np.repeat(line.values, length)
        before[node, line.trace].append(line)
    coords: dict[str, Any] = {"trace": members, "node": nodes, "time": edges[:-1], "until": ("time", edges[1:])}
    return xr.DataArray(values, coords, ("trace", "node", "time"))


def _ends(line: Line) -> Times:
    """Return when the values of a dated series end."""
    return line.times[:0] if line.until is None else line.until


def _named(line: Line) -> str:
    """Write what tells a series from others of its place."""
    return ", ".join([line.place, line.parameter, *(f"{key} = {value}" for key, value in line.labels.items())])
