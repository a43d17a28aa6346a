"""The routes that are compared, each run alone in a process of its own.

``python benchmarks/routes.py ROUTE NODES STEPS REPEAT`` prints one JSON object in its last line: medians of CPU seconds by stage, and the
peak memory of the process in MB. One step is that of pywr_step.py. Where it repeats, the first time warms up and is not counted: imports,
and what libraries make once, are start-up.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parent))

from machine import Clock  # noqa: E402

LEVEL = "irrigation"


def waterdeal_route(inputs: Any, clock: Clock) -> float:
    """Ours: build, compile by template, solve one level, extract."""
    program = _compiled(inputs, clock)
    values = _solve(program, clock)
    from waterdeal.lp.solution import Solution
    from waterdeal.results.extract import extract

    extract(inputs, program, Solution(values, {LEVEL: 0.0}, is_unique=False))
    clock.mark("extract")
    return float(program.goals[LEVEL][0] @ values)


def raw_route(inputs: Any, clock: Clock) -> float:
    """Raw highspy: arrays that are there already, solve one level."""
    program = _compiled(inputs, Clock())
    clock.mark("arrays made before the clock starts")
    clock.stages.clear()
    values = _solve(program, clock)
    return float(program.goals[LEVEL][0] @ values)


def build_route(inputs: Any, clock: Clock) -> float:
    """Ours without the solve: build and compile."""
    _compiled(inputs, clock)
    return 0.0


def stock_build_route(inputs: Any, clock: Clock) -> float:
    """Stock Pyomo without the solve: build every element, hand over to HiGHS by appsi."""
    solver, model = _stock(inputs, clock)
    solver.set_instance(model)
    clock.mark("transfer")
    return 0.0


def stock_route(inputs: Any, clock: Clock) -> float:
    """Stock Pyomo: build every element, solve one level by appsi_highs, read the values into xarray."""
    solver, model = _stock(inputs, clock)
    solver.config.load_solution = False
    result = solver.solve(model)
    result.solution_loader.load_vars()
    clock.mark("transfer and solve")
    import numpy as np
    import xarray as xr

    flow = model.flow
    values = np.array([flow[index].value for index in flow.index_set()]).reshape(inputs.sizes["link"], -1)
    xr.DataArray(values, dims=("link", "time"))
    clock.mark("extract")
    return float(result.best_feasible_objective)


def contrib_route(inputs: Any, clock: Clock) -> float:
    """Stock Pyomo with its newer interface ``highs`` of contrib.solver."""
    import pyomo.environ as pyo

    _, model = _stock(inputs, clock)
    pyo.SolverFactory("highs").solve(model)
    clock.mark("transfer and solve")
    return float(pyo.value(model.component(f"{LEVEL}_goal")))


def _compiled(inputs: Any, clock: Clock) -> Any:
    """Build and compile by template."""
    from waterdeal.lp.compile import compile_model
    from waterdeal.model.build import build_model

    clock.mark("imports")
    clock.stages.clear()
    model = build_model(inputs)
    clock.mark("build")
    program = compile_model(model)
    clock.mark("compile")
    return program


def _solve(program: Any, clock: Clock) -> Any:
    """Solve one level in HiGHS."""
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.options import SolveOptions

    solver = Solver(program, SolveOptions(time_limit=3600))
    clock.mark("pass")
    outcome = solver.minimise(program.goals[LEVEL][0])
    clock.mark("solve")
    if outcome != "optimal":
        msg = f"not optimal: {outcome}"
        raise SystemExit(msg)
    return solver.values()


def linopy_route(inputs: Any, clock: Clock) -> float:
    """linopy, an optional library."""
    import linopy_route

    return linopy_route.linopy_route(inputs, clock)


def _stock(inputs: Any, clock: Clock) -> tuple[Any, Any]:
    """Make the solver and the stock model, every element, with one goal active."""
    from pyomo.contrib.appsi.solvers import Highs

    from waterdeal.model.build import build_model, materialise

    clock.mark("imports")
    clock.stages.clear()
    model = materialise(build_model(inputs))
    model.component(f"{LEVEL}_goal").activate()
    clock.mark("build")
    return Highs(), model


ROUTES: dict[str, Callable[[Any, Clock], float]] = {
    "waterdeal": waterdeal_route,
    "raw highspy": raw_route,
    "stock Pyomo, appsi_highs": stock_route,
    "stock Pyomo, contrib highs": contrib_route,
    "linopy": linopy_route,
    "waterdeal, no solve": build_route,
    "stock Pyomo, no solve": stock_build_route,
}


def measure(route: str, inputs: Any, repeat: int) -> dict[str, Any]:
    """Run a route several times in this process.

    Parameters
    ----------
    route : str
        A key of `ROUTES`.
    inputs : xarray.Dataset
        Inputs of `network_inputs`.
    repeat : int
        How often; of more than one the first is not counted.

    Returns
    -------
    dict
        ``stages`` and ``total`` (medians of CPU seconds), ``peak_mb`` of the process, ``objective``.
    """
    clocks, value = [], 0.0
    for _ in range(repeat):
        gc.collect()  # the model before this one is not this one's memory
        clock = Clock()
        value = ROUTES[route](inputs, clock)
        clocks.append(clock.stages)
    counted = clocks[1:] or clocks
    return {
        "stages": {stage: statistics.median(stages[stage] for stages in counted) for stage in counted[0]},
        "total": statistics.median(sum(stages.values()) for stages in counted),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "objective": value,
    }


def made_inputs(nodes: int, steps: int) -> Any:
    """Make the inputs of a size.

    Parameters
    ----------
    nodes, steps : int
        The size; of one step a year is made and cut.

    Returns
    -------
    xarray.Dataset
        Inputs.
    """
    from network import network_inputs
    from pywr_step import YEAR, one_step

    return one_step(network_inputs(nodes, YEAR)) if steps == 1 else network_inputs(nodes, steps)


def main() -> None:
    """Run one route."""
    route, nodes, steps, repeat = sys.argv[1], *map(int, sys.argv[2:5])
    # made in a process of their own: what that takes is not the route's peak
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        inputs = pool.submit(made_inputs, nodes, steps).result()
    made_inputs(12, 3)  # imports that xarray puts off are not the route's time
    print(json.dumps(measure(route, inputs, repeat)))


if __name__ == "__main__":
    main()
