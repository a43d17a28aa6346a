"""Traces of inflow: rates by trace, node and time, carried to the steps of a scenario."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.basin.schema import spellings
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.imports.numbers import is_gap_code
from waterdeal.imports.rates import as_rates, read_rates
from waterdeal.scenario.by_step import with_rates
from waterdeal.scenario.horizon import horizon_steps
from waterdeal.scenario.parts import period_factors, runoff_factors
from waterdeal.scenario.series import check_series, periods_of, series_volumes, wanted_by
from waterdeal.units import HM3_PER_CUMEC_DAY
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waterdeal.basin.schema import Basin
    from waterdeal.run import Case
    from waterdeal.types import Floats


DIMS = ("trace", "node", "time")
#: traces that are looked at one by one in an error
MOST_TOLD = 5


def read_traces(path: Path, basin: Basin | None = None, mapping: Mapping[str, Any] | None = None) -> xr.DataArray:
    """Read traces from any format with members, e.g. NetCDF or CSV; nodes by any name that a basin or a mapping has for them."""
    names = None if basin is None else spellings(basin, "nodes")
    return as_traces(read_rates(path, DIMS, say("members.form"), names, "", wanted_by(mapping)))


def as_traces(dataset: xr.Dataset | xr.DataArray) -> xr.DataArray:
    """Take the traces out of a dataset."""
    traces = as_rates(dataset["runoff"] if isinstance(dataset, xr.Dataset) else dataset, DIMS).sortby("time")
    return traces if "trace" in traces.coords else traces.assign_coords(trace=np.arange(traces.sizes["trace"]))


def check_traces(traces: xr.DataArray, case: Case, file: str) -> None:
    """Refuse traces with gaps, negative rates, unknown or missing nodes, or names that occur twice."""
    names = [str(name) for name in traces["trace"].values.tolist()]
    problems: list[Problem] = []
    if not names:
        problems.append(make_problem(file, None, "trace", "members.no_trace"))
    doubled = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubled:
        problems.append(make_problem(file, None, "trace", "members.twice", names=", ".join(doubled[:MOST_TOLD])))
    for bad, key in ((~np.isfinite(traces.values), "members.gap"), (traces.values < 0, "members.negative")):
        for place in np.argwhere(bad)[:MOST_TOLD].tolist():
            trace, node, time = (str(traces[dim].values[at]) for dim, at in zip(traces.dims, place, strict=True))
            value = float(traces.values[tuple(place)])
            told = {"trace": trace, "node": node, "day": time[:10], "value": value}
            problems.append(make_problem(file, None, "runoff", "members.missing_code" if is_gap_code(value) else key, **told))
    if names and not problems:
        problems += check_series(traces.max("trace"), file, case.basin)
    if problems:
        raise ScenarioError(file, problems)


class TraceVolumes:
    """Volumes of the steps of a scenario under each trace; each rate holds for its period."""

    def __init__(self, traces: xr.DataArray, case: Case, file: str) -> None:
        """Find how much of each step each rate holds for."""
        steps, nodes = horizon_steps(case.file.scenario.period), case.basin.ids("nodes")
        series_volumes(case.basin, traces.isel(trace=0, drop=True), steps, file)
        first, last = periods_of(traces)
        edges = np.array([steps[0].start.toordinal(), *(step.end.toordinal() for step in steps)], dtype=float)
        overlap = np.minimum(last[:, None], edges[None, 1:]) - np.maximum(first[:, None], edges[None, :-1])
        self._held = np.clip(overlap, 0.0, None) * HM3_PER_CUMEC_DAY
        scenario = case.file.scenario
        self._factors = runoff_factors(scenario, nodes) * period_factors(scenario, nodes, steps)
        self._told = partial(with_rates, rates=scenario.hydrology.rate_by_step, names=nodes, steps=steps)
        self._at = np.array([nodes.index(str(name)) for name in traces["node"].values.tolist()])
        self._rates, self._count = traces.values, len(nodes)

    def of(self, trace: int) -> Floats:
        """Return the volumes by (node, step) under a trace, hm3."""
        volumes = np.zeros((self._count, self._held.shape[1]))
        volumes[self._at] = np.einsum("nt,ts->ns", self._rates[trace], self._held)
        return self._told(volumes * self._factors)

    def spread(self, count: int) -> list[int]:
        """Return traces evenly spread from the driest to the wettest."""
        totals = np.array([self.of(trace).sum() for trace in range(len(self._rates))])
        order = np.argsort(totals, kind="stable")
        return [int(order[place]) for place in np.unique(np.linspace(0, len(order) - 1, min(count, len(order))).astype(int))]


def traces_digest(traces: xr.DataArray) -> str:
    """Return a SHA-256 of traces: names, nodes, times and rates."""
    total = hashlib.sha256()
    for name in ("trace", "node"):
        total.update("\n".join(map(str, traces[name].values.tolist())).encode())
    times: Any = traces["time"].values.astype("datetime64[s]").astype(np.int64)
    total.update(np.ascontiguousarray(times).tobytes())
    total.update(np.ascontiguousarray(traces.values, dtype=float).tobytes())
    return total.hexdigest()
