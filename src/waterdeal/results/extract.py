"""Turn a solution into one dataset: every quantity of the plan, by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.results.clauses import clause_results
from waterdeal.results.environment import environment_results
from waterdeal.results.quantities import plan_quantities
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import describe, vocabulary

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program
    from waterdeal.solve.solution import Solution

    Floats = NDArray[np.float64]


def extract(inputs: xr.Dataset, program: Program, solution: Solution) -> xr.Dataset:
    """Make the results of a plan.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of the model.
    program : Program
        The compiled model.
    solution : Solution
        Its best plan.

    Returns
    -------
    xarray.Dataset
        Every result of ``variables.csv`` with the inputs needed to check it, CF attributes on all.
    """
    read, names = Unlabelled(inputs), vocabulary()
    kept = inputs[[name for name in inputs.data_vars if names[str(name)].stage == "both"]]
    results = kept.assign(plan_quantities(read, program, solution.values))
    measured = {**environment_results(results), **clause_results(results, program, solution.values)}
    measured["level_value"] = ("objective_level", np.array(list(solution.levels.values())))
    bounds = _time_bounds(read["time"].values, read["step"].attrs["end"])
    described = describe(results.assign(measured).assign_coords(objective_level=list(solution.levels), time_bounds=bounds))
    described["time"].attrs.update(standard_name="time", long_name="start of the step", bounds="time_bounds", axis="T")
    described.attrs = {**inputs.attrs, "is_unique": int(solution.is_unique), "levels": json.dumps(solution.levels)}
    return described


def _time_bounds(starts: NDArray[Any], end: str) -> tuple[tuple[str, str], NDArray[Any]]:
    """CF ``time_bounds``; `time` is the start of the step."""
    borders = np.append(starts, np.datetime64(end, "ns"))
    return ("time", "bound"), np.stack([borders[:-1], borders[1:]], axis=1)
