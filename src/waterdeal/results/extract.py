"""Turn a solution into one dataset: every quantity of the plan, by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.guarded import slow_ways
from waterdeal.results.clauses import clause_results
from waterdeal.results.environment import environment_results
from waterdeal.results.lookahead import BEYOND, brought_beyond
from waterdeal.results.quantities import plan_quantities
from waterdeal.results.tolerance import promise_results
from waterdeal.unlabelled import Unlabelled, plain_variable, put_together
from waterdeal.variables import WHOLE, attributes, vocabulary

if TYPE_CHECKING:
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution


def extract(inputs: xr.Dataset, program: Program, solution: Solution) -> xr.Dataset:
    """Make the results of a plan."""
    read, names = Unlabelled(inputs), vocabulary()
    found = plan_quantities(read, program, solution.values)
    plan = read.extended(found)
    found |= environment_results(plan) | clause_results(plan, program, solution.values)
    found |= promise_results(read.extended(found))
    found["level_value"] = ("objective_level", np.array(list(solution.levels.values())))
    found["level_least"] = ("objective_level", np.array([solution.least.get(level, np.nan) for level in solution.levels]))
    kept = {str(name): inputs.variables[name] for name in inputs.data_vars if names[str(name)].stage == "both"}
    data = {name: _described(name, held) for name, held in {**kept, **found}.items()}
    own = _own_variables(inputs, program, solution)
    data |= {str(name): own.variables[name] for name in own.data_vars}
    used = {dim for variable in data.values() for dim in variable.dims}
    labels = {str(name): inputs.variables[name] for name in inputs.coords if name in used} | _added(inputs, list(solution.levels))
    beyond = brought_beyond(program, solution.values, solution.levels)
    told: dict[str, str | int] = {BEYOND: json.dumps(beyond)} if beyond else {}
    told |= {WHOLE: 1} if solution.conditional else {}
    attrs = {**inputs.attrs, **told, "is_unique": int(solution.is_unique), "levels": json.dumps(solution.levels), **slow_ways()}
    attrs["levels_least"] = json.dumps(dict(solution.least))
    levels = xr.Coordinates({"objective_level": labels["objective_level"]})
    indexes = {name: index for name, index in inputs.xindexes.items() if name in labels} | dict(levels.xindexes) | dict(own.xindexes)
    labels |= {str(name): own.variables[name] for name in own.coords}
    return put_together({**data, **labels, **levels.variables}, set(labels), attrs, indexes)


def _own_variables(inputs: xr.Dataset, program: Program, solution: Solution) -> xr.Dataset:
    """Variables that a user added to the model, by her names; an index that is no dimension of the inputs becomes one of its own."""
    found, labels = dict[str, xr.Variable](), dict[str, Any]()
    for family in [family for family in program.columns if family.added]:
        name = family.name.replace(".", "_")
        name = f"own_{name}" if name in vocabulary() or name in inputs.variables else name
        values, attrs = solution.values[family.start : family.start + family.size], {"long_name": f"{family.name}, added to the model"}
        indices = [index if isinstance(index, tuple) else (index,) for index in family.indices()]
        sides = [list(dict.fromkeys(side)) for side in zip(*indices, strict=True)] if indices[:1] != [(None,)] else []
        if len(values) != np.prod([len(side) for side in sides], dtype=int):
            sides = [[",".join(map(str, index)) for index in indices]]
        dims: list[str] = []
        for place, side in enumerate(sides, 1):
            known = _dim_of(side, inputs)
            dims.append(known if known is not None and known not in dims else f"{name}_index{place}")
        labels |= {dim: np.array(side, dtype=str) for dim, side in zip(dims, sides, strict=True) if dim not in inputs.sizes}
        found[name] = xr.Variable(dims, values.reshape([len(side) for side in sides]), attrs)
    return xr.Dataset(found, labels)


def _dim_of(side: list[Any], inputs: xr.Dataset) -> str | None:
    """Name the dimension of the inputs whose labels an index is; steps are those of time."""
    known = {"time": inputs.variables["step"], **{str(name): inputs.variables[name] for name in inputs.coords if name != "time"}}
    return next((dim for dim, labels in known.items() if side and labels.values.tolist() == side), None)


def _described(name: str, held: Any) -> xr.Variable:
    """Return a variable with the attributes of the vocabulary beside its own."""
    dims, values, attrs = (held.dims, held.data, held.attrs) if isinstance(held, xr.Variable) else (held[0], np.asarray(held[1]), {})
    dims = (dims,) if isinstance(dims, str) else tuple(dims)
    return plain_variable(dims, values, {**attrs, **attributes(name, dims)})


def _added(inputs: xr.Dataset, levels: list[str]) -> dict[str, xr.Variable]:
    """Names of the levels, `time` as the start of the step, CF ``time_bounds``, and `time_end`."""
    time = inputs.variables["time"].copy(deep=False)
    time.attrs = {**time.attrs, "standard_name": "time", "long_name": "start of the step", "bounds": "time_bounds", "axis": "T"}
    borders = np.append(time.values, np.datetime64(inputs.variables["step"].attrs["end"], "ns"))
    bounds = xr.Variable(("time", "bound"), np.stack([borders[:-1], borders[1:]], axis=1))
    end = xr.Variable("time", borders[1:], {"standard_name": "time", "long_name": "end of the step, at which storages and levels stand"})
    return {"time": time, "objective_level": xr.Variable("objective_level", levels), "time_bounds": bounds, "time_end": end}
