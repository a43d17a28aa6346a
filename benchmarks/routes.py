"""The routes that are compared, each run alone in a process of its own.

``python benchmarks/routes.py ROUTE NODES STEPS`` prints one JSON object: CPU seconds by stage and peak memory in MB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parent))

LEVEL = "irrigation"


class Clock:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self._last = time.process_time()

    def mark(self, stage: str) -> None:
        """Book the time since the last mark under a stage."""
        now = time.process_time()
        self.stages[stage] = now - self._last
        self._last = now


def waterdeal_route(inputs: Any, clock: Clock) -> float:
    """Ours: build, compile by template, solve one level, extract."""
    program = _compiled(inputs, clock)
    values = _solve(program, clock)
    from waterdeal.results.extract import extract
    from waterdeal.solve.levels import Solution

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
    _stock(inputs, clock).set_instance(_stock.model)
    clock.mark("transfer")
    return 0.0


def stock_route(inputs: Any, clock: Clock) -> float:
    """Stock Pyomo: build every element, solve one level by appsi_highs, read the values into xarray."""
    solver = _stock(inputs, clock)
    solver.config.load_solution = False
    result = solver.solve(_stock.model)
    result.solution_loader.load_vars()
    clock.mark("transfer and solve")
    import numpy as np
    import xarray as xr

    flow = _stock.model.flow
    values = np.array([flow[index].value for index in flow.index_set()]).reshape(inputs.sizes["link"], -1)
    xr.DataArray(values, dims=("link", "time"))
    clock.mark("extract")
    return float(result.best_feasible_objective)


def contrib_route(inputs: Any, clock: Clock) -> float:
    """Stock Pyomo with its newer interface ``highs`` of contrib.solver."""
    _stock(inputs, clock)
    import pyomo.environ as pyo

    pyo.SolverFactory("highs").solve(_stock.model)
    clock.mark("transfer and solve")
    return float(pyo.value(_stock.model.component(f"{LEVEL}_goal")))


def _compiled(inputs: Any, clock: Clock) -> Any:
    """Build and compile by template."""
    from waterdeal.model.build import build_model
    from waterdeal.solve.compile import compile_model

    clock.mark("imports")
    clock.stages.clear()
    model = build_model(inputs)
    clock.mark("build")
    program = compile_model(model)
    clock.mark("compile")
    return program


def _solve(program: Any, clock: Clock) -> Any:
    """Solve one level in HiGHS."""
    from waterdeal.solve.highs import Solver
    from waterdeal.solve.options import SolveOptions

    solver = Solver(program, SolveOptions(time_limit=3600))
    clock.mark("pass")
    outcome = solver.minimise(program.goals[LEVEL][0])
    clock.mark("solve")
    if outcome != "optimal":
        msg = f"not optimal: {outcome}"
        raise SystemExit(msg)
    return solver.values()


def _stock(inputs: Any, clock: Clock) -> Any:
    """Build the stock model, every element, with one goal active."""
    from pyomo.contrib.appsi.solvers import Highs

    from waterdeal.model.build import build_model, materialise

    clock.mark("imports")
    clock.stages.clear()
    model = materialise(build_model(inputs))
    model.component(f"{LEVEL}_goal").activate()
    clock.mark("build")
    _stock.model = model
    return Highs()


ROUTES: dict[str, Callable[[Any, Clock], float]] = {
    "waterdeal": waterdeal_route,
    "raw highspy": raw_route,
    "stock Pyomo, appsi_highs": stock_route,
    "stock Pyomo, contrib highs": contrib_route,
    "waterdeal, no solve": build_route,
    "stock Pyomo, no solve": stock_build_route,
}


def main() -> None:
    """Run one route once."""
    route, nodes, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    from network import network_inputs

    inputs = network_inputs(nodes, steps)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    clock = Clock()
    value = ROUTES[route](inputs, clock)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = sum(clock.stages.values())
    print(json.dumps({"stages": clock.stages, "total": total, "peak_mb": peak, "before_mb": before, "objective": value}))


if __name__ == "__main__":
    main()
