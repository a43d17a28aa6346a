"""Turn a solution into one dataset: every quantity of the plan, by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.guarded import slow_ways
from waterdeal.results.clauses import clause_results
from waterdeal.results.environment import environment_results
from waterdeal.results.quantities import plan_quantities
from waterdeal.unlabelled import Unlabelled, plain_variable, put_together
from waterdeal.variables import attributes, vocabulary

if TYPE_CHECKING:
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution


def extract(inputs: xr.Dataset, program: Program, solution: Solution) -> xr.Dataset:
    """Make the results of a plan."""
    read, names = Unlabelled(inputs), vocabulary()
    found = plan_quantities(read, program, solution.values)
    plan = read.extended(found)
    found |= environment_results(plan) | clause_results(plan, program, solution.values)
    found["level_value"] = ("objective_level", np.array(list(solution.levels.values())))
    kept = {str(name): inputs.variables[name] for name in inputs.data_vars if names[str(name)].stage == "both"}
    data = {name: _described(name, held) for name, held in {**kept, **found}.items()}
    used = {dim for variable in data.values() for dim in variable.dims}
    labels = {str(name): inputs.variables[name] for name in inputs.coords if name in used} | _added(inputs, list(solution.levels))
    attrs = {**inputs.attrs, "is_unique": int(solution.is_unique), "levels": json.dumps(solution.levels), **slow_ways()}
    levels = xr.Coordinates({"objective_level": labels["objective_level"]})
    indexes = {name: index for name, index in inputs.xindexes.items() if name in labels} | dict(levels.xindexes)
    return put_together({**data, **labels, **levels.variables}, set(labels), attrs, indexes)


def _described(name: str, held: Any) -> xr.Variable:
    """Return a variable with the attributes of the vocabulary beside its own."""
    dims, values, attrs = (held.dims, held.data, held.attrs) if isinstance(held, xr.Variable) else (held[0], np.asarray(held[1]), {})
    dims = (dims,) if isinstance(dims, str) else tuple(dims)
    return plain_variable(dims, values, {**attrs, **attributes(name, dims)})


def _added(inputs: xr.Dataset, levels: list[str]) -> dict[str, xr.Variable]:
    """Names of the levels, `time` as the start of the step, and CF ``time_bounds``."""
    time = inputs.variables["time"].copy(deep=False)
    time.attrs = {**time.attrs, "standard_name": "time", "long_name": "start of the step", "bounds": "time_bounds", "axis": "T"}
    borders = np.append(time.values, np.datetime64(inputs.variables["step"].attrs["end"], "ns"))
    bounds = xr.Variable(("time", "bound"), np.stack([borders[:-1], borders[1:]], axis=1))
    return {"time": time, "objective_level": xr.Variable("objective_level", levels), "time_bounds": bounds}
