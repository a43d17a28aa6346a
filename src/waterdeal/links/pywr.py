"""Read a model of pywr, version 1 or 2, as the tables of a network; what a network cannot carry is listed."""

from __future__ import annotations

import io
import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import MOST_BYTES, open_bytes
from waterdeal.links.licences import KNOWN, SORTS, Clock, windows
from waterdeal.links.models import ModelTables, lacks
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waterdeal.types import Floats

_MOST_STEPS, _MOST_DEPTH = 40_000, 20
#: sorts of nodes that pass water on
_PASSING = frozenset({"link", "river", "rivergauge", "losslink", "piecewiselink", "breaklink", "delaynode", "delay"})
#: virtual nodes that add up the flow of others
_TOTALS = frozenset({"aggregatednode", "aggregated"})
_STORING = frozenset({"storage", "reservoir", "piecewisestorage"})
#: what a node may say beside what is carried, without meaning for the water
_IDLE = frozenset({"name", "type", "meta", "comment", "comments", "position", "outputs", "inputs", "color", "nsteps", "parameters"})


def read_pywr(path: Path) -> ModelTables:
    """Read a model; volumes are its own, flows a day become volumes of its steps."""
    try:
        content = json.loads(open_bytes(path, MOST_BYTES))
        return _Model(content if "network" not in content else _first_form(content), path).tables()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise FileProblem(say("networks.no_pywr", file=path.name, error=lacks(error))) from error


def _first_form(content: Mapping[str, Any]) -> dict[str, Any]:
    """Write a model of version 2 as one of version 1."""
    network, time = content["network"], content["time"]
    step = time["timestep"]
    named = {part["meta"]["name"]: part for part in network.get("parameters") or ()}
    return {
        "timestepper": {"start": time["start"], "end": time["end"], "timestep": step.get("days", 1) if isinstance(step, dict) else step},
        "nodes": [{"name": node["meta"]["name"], **node} for node in (*network["nodes"], *(network.get("virtual_nodes") or ()))],
        "edges": [[edge["from_node"], edge["to_node"]] for edge in network["edges"]],
        "parameters": named,
    }


class _Model:
    """A model of version 1 on its way to tables."""

    def __init__(self, content: Mapping[str, Any], path: Path) -> None:
        self._home, self._content = path.parent, content
        clock = content["timestepper"]
        self._starts, self._days = _steps(clock)
        self._parameters: Mapping[str, Any] = content.get("parameters") or {}
        self._nodes = {str(node["name"]): node for node in content["nodes"]}
        self._made = ModelTables()
        self._single: set[str] = set()  # nodes through which water passes by one link of their name
        self._edges: Counter[tuple[str, str]] = Counter()
        ends = self._starts + pd.to_timedelta(self._days - 1, unit="D")
        self._made.steps = [
            {"step": f"{start:%Y-%m-%d}", "start": f"{start:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"}
            for start, end in zip(self._starts, ends, strict=True)
        ]

    def tables(self) -> ModelTables:
        """Make the tables."""
        self._made.leave("networks.left_foresight")
        for name, node in self._nodes.items():
            self._add_node(name, _sort(node), node)
        for name, node in self._nodes.items():
            add = self._add_licence if _sort(node) in SORTS else self._add_total if _sort(node) in _TOTALS else None
            if add is not None and not add(name, node):
                self._made.leave("networks.left_node", node=name, kind=node.get("type", ""))
        for edge in self._content["edges"]:
            self._add_edge(str(edge[0]), str(edge[1]))
        self._made.prune()
        return self._made

    def _add_node(self, name: str, sort: str, node: Mapping[str, Any]) -> None:
        """Add a node with the link that bounds it."""
        kinds = self._made.nodes
        if sort in _STORING:
            kinds[name] = "junction"
            self._add_storage(name, node)
        elif sort == "catchment":
            kinds[name] = "junction"
            self._tell_unused(name, node, {"flow"})
            flow = self._value(name, "flow", node.get("flow"), 0.0) * self._days
            steps = self._made.steps
            self._made.inflows += [{"node": name, "step": step["step"], "inflow": float(flow[at])} for at, step in enumerate(steps)]
        elif sort in {"input", "output", *_PASSING}:
            kinds[name] = "junction"
            kinds[_other(name, sort)] = {"input": "source", "output": "sink"}.get(sort, "junction")
            ends = (_other(name, sort), name) if sort == "input" else (name, _other(name, sort))
            self._add_passing(name, sort, node, ends)
        elif sort not in {*SORTS, *_TOTALS}:
            self._made.leave("networks.left_node", node=name, kind=node.get("type", ""))

    def _add_licence(self, name: str, node: Mapping[str, Any]) -> bool:
        """Add a licence as limits on the links of its nodes; tell whether it is as plain as a network can carry."""
        counts = self._counts(node, "factors")
        figures = [self._evaluated(given, 0) for given in (node.get("min_volume") or 0.0, node.get("max_volume"))]
        fixed = [float(figure[0]) for figure in figures if figure is not None and (figure == figure[0]).all()]
        if min(counts.values(), default=0) <= 0 or len(fixed) < 2 or _beyond(node, KNOWN):
            return False
        empty = {"initial_volume": 0.0} if _sort(node) == "rollingvirtualstorage" and node.get("initial_volume_pc") is None else {}
        volumes = fixed[0], fixed[1], _initial({**empty, **node}, fixed[1])
        found = windows(node, _sort(node), volumes, Clock(self._starts, float(self._days[0])))
        for window in found or ():
            self._made.add_limit(name if found == [window] else f"{name} {self._starts[window.last]:%Y-%m-%d}", counts, window)
        return found is not None

    def _add_total(self, name: str, node: Mapping[str, Any]) -> bool:
        """Add the most that several nodes may pass together in each step; tell whether nothing else is asked of them."""
        counts, most = self._counts(node, "flow_weights"), self._evaluated(node.get("max_flow", np.inf), 0)
        if not counts or most is None or _beyond(node, {"nodes", "max_flow", "flow_weights"}):
            return False
        for at in np.flatnonzero(np.isfinite(most)).tolist():
            self._made.add_limit(f"{name} {self._starts[at]:%Y-%m-%d}", counts, (at, at, float(most[at] * self._days[at])))
        return True

    def _counts(self, node: Mapping[str, Any], weights: str) -> dict[str, float]:
        """Return what the water of each node counts for another, sums taken apart; nothing where that is not known of one of them."""
        over = [str(part["name"] if isinstance(part, dict) else part) for part in node.get("nodes") or ()]
        given = [float(weight) for weight in node.get(weights) or [1.0] * len(over)]
        found: dict[str, float] = {}
        for part, weight in zip(over, given, strict=True):
            total = self._nodes.get(part, {})
            inner = {part: 1.0} if part in self._single else self._counts(total, "flow_weights") if _sort(total) in _TOTALS else {}
            if not inner or inner.keys() & found.keys():
                return {}
            found |= {name: weight * factor for name, factor in inner.items()}
        return found

    def _add_passing(self, name: str, sort: str, node: Mapping[str, Any], ends: tuple[str, str]) -> None:
        """Add the link through a node, a piece for each of its costs."""
        known = {"max_flow", "min_flow", "cost", "mrf", "mrf_cost", "costs", "max_flows", "loss_factor", "timesteps", "days", "steps"}
        self._tell_unused(name, node, known)
        net = 1 + self._value(name, "loss_factor", node.get("loss_factor"), 0.0)
        lag = int(node.get("timesteps") or round(float(node.get("days") or 0) / float(self._days[0])))
        pieces = self._pieces(name, sort, node)
        rising = all((after[2] >= before[2]).all() for before, after in pairwise(pieces))
        if rising and not lag and not node.get("loss_factor"):
            self._single.add(name)
        for at, (low, high, each) in enumerate(pieces, 1):
            link, piece = (name, at) if rising else (f"{name} {at}", 1)
            figures = {"gain": 1 / net, "lower": low * self._days * net, "upper": high * self._days * net, "cost": each / net}
            self._made.add_link(link, ends, figures, piece, lag)

    def _pieces(self, name: str, sort: str, node: Mapping[str, Any]) -> list[tuple[Floats, Floats, Floats]]:
        """Return the least and most flow of each piece of a node and its cost, in volumes a day."""

        def piece(least: Any, most: Any, cost: Any) -> tuple[Floats, Floats, Floats]:
            given = (("min_flow", least, 0.0), ("max_flow", most, np.inf), ("cost", cost, 0.0))
            low, high, each = (self._value(name, *one) for one in given)
            return low, high, each

        if sort == "piecewiselink":
            listed = zip(node.get("costs") or (), node.get("max_flows") or (), strict=True)
            steps = node.get("steps") or [{"cost": cost, "max_flow": most} for cost, most in listed]
            return [piece(0.0, step.get("max_flow"), step.get("cost")) for step in steps]
        whole = piece(node.get("min_flow"), node.get("max_flow"), node.get("cost"))
        return [whole] if node.get("mrf") is None else [piece(0.0, node["mrf"], node.get("mrf_cost")), whole]

    def _add_storage(self, name: str, node: Mapping[str, Any]) -> None:
        """Add a store: what it holds goes from a step to the next, in a store of its own between each two control curves."""
        self._tell_unused(name, node, {"max_volume", "min_volume", "initial_volume", "initial_volume_pc", "cost", "steps"})
        most = self._value(name, "max_volume", node.get("max_volume"), np.inf)
        least = self._value(name, "min_volume", node.get("min_volume"), 0.0)
        held = np.full(len(most), _initial(node, float(most[0])))
        curves, costs = self._zones(name, node)
        edges = [np.zeros(len(most)), *(curve * most for curve in curves), most]
        for at, ((low, high), cost) in enumerate(zip(pairwise(edges), costs, strict=True), 1):
            store = f"{name} [{at}]"
            self._made.nodes[store] = "junction"
            self._made.add_link(f"{store} in", (name, store), {"cost": cost})
            self._made.add_link(f"{store} out", (store, name), {"cost": -cost})
            part = [np.clip(volume, low, high) - low for volume in (least, held)]
            self._made.add_link(f"{store} stored", (store, store), {"lower": part[0], "upper": high - low}, lag=1)
            self._made.inflows.append({"node": store, "step": self._made.steps[0]["step"], "inflow": float(part[1][0])})

    def _zones(self, name: str, node: Mapping[str, Any]) -> tuple[list[Floats], list[Floats]]:
        """Return the control curves of a store from the lowest, as shares of its volume, and the costs below, between and above them."""
        given: Any = node.get("cost")
        part = self._parameters.get(given, given) if isinstance(given, str) else given
        curves: list[Any] = []
        costs: list[Any] = [given or 0.0]
        if node.get("steps"):
            curves = [step.get("control_curve") for step in node["steps"]]
            costs = [*(step.get("cost") or 0.0 for step in node["steps"]), 0.0]
        elif isinstance(part, dict) and _sort(part) == "controlcurve" and part.get("storage_node") == name:
            listed = part.get("control_curves") or [part.get("control_curve")]
            curves, costs = list(reversed(listed)), list(reversed(part.get("values") or part.get("parameters") or ()))
        found = [self._evaluated(one, 0) for one in (*curves, *costs)]
        zones = [one for one in found[: len(curves)] if one is not None], [one for one in found[len(curves) :] if one is not None]
        rising = all((after >= before).all() for parts in zones for before, after in pairwise(parts))
        if len(zones[0]) == len(curves) and len(zones[1]) == len(curves) + 1 and rising:
            return zones
        self._made.leave("networks.left_value", node=name, field="cost", kind=_kind(given or "control_curve", self._parameters))
        return [], [np.zeros(len(self._starts))]

    def _add_edge(self, start: str, end: str) -> None:
        """Add the link of an edge."""
        if not {start, end} <= set(self._nodes) or not {start, end} <= set(self._made.nodes):
            self._made.leave("networks.left_edge", start=start, end=end)
            return
        sort = _sort(self._nodes[start])
        self._edges[start, end] += 1
        again = f" ({self._edges[start, end]})" if self._edges[start, end] > 1 else ""
        self._made.add_link(f"{start} - {end}{again}", (_other(start, sort) if sort in _PASSING else start, end), {})

    def _tell_unused(self, name: str, node: Mapping[str, Any], used: set[str]) -> None:
        """List what a node says that is not carried."""
        for key in sorted(_beyond(node, used)):
            self._made.leave("networks.left_field", node=name, field=key)

    def _value(self, node: str, key: str, given: Any, default: float) -> Floats:
        """Return a figure of a node by step; its default where it is not given or cannot be carried, which is listed."""
        if given is None:
            return np.full(len(self._starts), default)
        found = self._evaluated(given, 0)
        if found is None:
            self._made.leave("networks.left_value", node=node, field=key, kind=_kind(given, self._parameters))
            return np.full(len(self._starts), default)
        return found

    def _evaluated(self, given: Any, depth: int) -> Floats | None:
        """Return a parameter by step; None where it depends on the state of the model or is of a sort that is not known."""
        if isinstance(given, int | float) and not isinstance(given, bool):
            return np.full(len(self._starts), float(given))
        part = self._parameters.get(given) if isinstance(given, str) else given
        if depth > _MOST_DEPTH or not isinstance(part, dict):
            return None if depth > _MOST_DEPTH or part is None else self._evaluated(part, depth + 1)
        sort = _sort(part)
        literal = part.get("value", part.get("values")) if sort in {"literal", "constant"} else None
        inner = part.get("name") if sort == "parameter" else literal
        if inner is not None:
            return self._evaluated(inner, depth + 1)
        if sort == "aggregated":
            return self._aggregated(part, depth)
        is_file = sort == "dataframe" and "url" in part
        return _of_file(self._home, part, self._starts, self._days) if is_file else _profile(sort, part, self._starts)

    def _aggregated(self, given: Mapping[str, Any], depth: int) -> Floats | None:
        """Return several parameters as one."""
        parts = [self._evaluated(part, depth + 1) for part in given.get("parameters") or given.get("metrics") or ()]
        return _combined(parts, given.get("agg_func"))


def _combined(parts: list[Floats | None], how: Any) -> Floats | None:
    """Return several parameters as one, by the name of how; None where it or one of them is not known."""
    by: dict[str, Any] = {"sum": np.sum, "product": np.prod, "min": np.min, "max": np.max, "mean": np.mean}
    name = str(how.get("type", "") if isinstance(how, dict) else how).lower()
    known = [part for part in parts if part is not None]
    return np.asarray(by[name](known, axis=0)) if known and len(known) == len(parts) and name in by else None


def _beyond(node: Mapping[str, Any], known: set[str]) -> set[str]:
    """Return what a node says that is not carried."""
    return {key for key, value in node.items() if key not in known | _IDLE and value not in (None, [], {}, 0)}


def _initial(node: Mapping[str, Any], most: float) -> float:
    """Return what a store holds at the start; full where nothing is said."""
    initial, share = node.get("initial_volume"), node.get("initial_volume_pc")
    if isinstance(initial, dict):
        share, initial = initial.get("proportion"), initial.get("volume", initial.get("value"))
    return float(initial) if initial is not None else most * (1.0 if share is None else float(share))


def _of_file(home: Path, given: Mapping[str, Any], starts: pd.DatetimeIndex, lengths: Floats) -> Floats | None:
    """Return a column of a CSV file beside the model, which must have a value for every day of the steps or for every step."""
    path = (home / str(given["url"])).resolve()
    if not path.is_relative_to(home.resolve()) or not path.name.lower().endswith(".csv"):
        return None
    table = pd.read_csv(io.BytesIO(open_bytes(path, MOST_BYTES)), index_col=given.get("index_col", 0))
    table.index = pd.to_datetime(table.index, dayfirst=bool(given.get("dayfirst")), format="mixed")
    column = table[given["column"]] if "column" in given else table.iloc[:, 0] if table.shape[1] == 1 else None
    if column is None:
        return None
    at = pd.DatetimeIndex(starts)
    daily = column.reindex(pd.date_range(at[0], periods=int(lengths.sum()), freq="D"))
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(int)
    whole = bool(daily.notna().all())
    found = np.add.reduceat(daily.to_numpy(dtype=float), first) / lengths if whole else column.reindex(at).to_numpy(dtype=float)
    return None if np.isnan(found).any() else found


def _profile(sort: str, part: Mapping[str, Any], starts: pd.DatetimeIndex) -> Floats | None:
    """Return a parameter that lists its values: by month, by day of the year, or by step."""
    given = part.get("values")
    listed: list[Any] = given if isinstance(given, list) else []
    values = np.array([float(value) for value in listed if isinstance(value, int | float)])
    if len(values) != len(listed):
        return None
    months, days = starts.month.to_numpy(), _day_of_leap_year(starts)
    found: Any = None
    if sort == "monthlyprofile" and len(values) == 12 and not part.get("interp_day"):
        found = values[months - 1]
    elif sort == "dailyprofile" and len(values) == 366:
        found = values[days - 1]
    elif sort == "arrayindexed" and len(values) >= len(starts):
        found = values[: len(starts)]
    return None if found is None else np.asarray(found, dtype=float)


def _steps(clock: Mapping[str, Any]) -> tuple[pd.DatetimeIndex, Floats]:
    """Return the first day of each step and its days: so many days, or weeks or months by their sign."""
    length = clock["timestep"]
    if isinstance(length, str) and not length.isdecimal():
        periods = pd.period_range(clock["start"], clock["end"], freq=length)
        starts, after = periods.start_time, (periods + 1).start_time
    else:
        starts = pd.date_range(clock["start"], clock["end"], freq=f"{int(length)}D")
        after = starts + pd.Timedelta(days=int(length))
    if not 0 < len(starts) <= _MOST_STEPS:
        raise ValueError(say("networks.model_steps", count=len(starts), most=_MOST_STEPS))
    return starts, np.asarray((after - starts).days, dtype=float)


def _sort(part: Mapping[str, Any]) -> str:
    """Return the sort of a node or parameter, written alike in both versions."""
    return str(part.get("type", "")).lower().replace("_", "").removesuffix("parameter") or "parameter"


def _kind(given: Any, parameters: Mapping[str, Any]) -> str:
    """Name the sort of a parameter for people."""
    part = parameters.get(given, given) if isinstance(given, str) else given
    return str(part.get("type", part)) if isinstance(part, dict) else str(part)


def _other(name: str, sort: str) -> str:
    """Name the other end of the link through a node."""
    end = {"input": "source", "output": "sink"}.get(sort, "out")
    return f"{name} ({end})"


def _day_of_leap_year(days: pd.DatetimeIndex) -> Any:
    """Return the number of each day in a year with 29 February."""
    number = days.day_of_year.to_numpy()
    return number + ((~days.is_leap_year) & (number >= 60))
