"""Time members of ensembles: ``python benchmarks/ensemble.py [--members N] [--write]``.

First the same LP as in benchmarks/routes.py (60 nodes x 36 steps, one level) under other inflows: ours, a hot start written by hand in raw
highspy, and stock Pyomo built anew. Then a season of the Syr Darya with all its levels: ours, and written by hand in raw highspy, one level
after another. Last the same season on two processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
import xarray as xr  # noqa: E402
from machine import head, versions  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
LEVEL = "irrigation"
#: kinds of promises that may have a tolerance
PROMISES = ("users", "flows", "pulses", "lake_targets")


def other_waters(inputs: xr.Dataset, members: int) -> list[Any]:
    """Draw the runoff of members."""
    shape = inputs["runoff"].shape
    return [inputs["runoff"].values * factor for factor in np.random.default_rng(0).lognormal(0, 0.2, (members, *shape))]


def ours(inputs: xr.Dataset, waters: list[Any]) -> tuple[Any, list[float], list[float]]:
    """Ours: a kept model, every quantity of every member; the model, CPU seconds and level values by member."""
    from waterdeal.lp.options import SolveOptions
    from waterdeal.results.quantities import plan_quantities
    from waterdeal.solve.kept import KeptModel
    from waterdeal.unlabelled import Unlabelled

    kept = KeptModel(inputs, (LEVEL,), SolveOptions(), ("runoff",))
    kept.learn({"runoff": water} for water in waters[:8])
    read, times, values = Unlabelled(inputs), [], []
    for water in waters:
        start = time.process_time()
        solution = kept.solve({"runoff": water})
        plan_quantities(read.replaced(runoff=water), kept.moving.program, solution.values)
        times.append(time.process_time() - start)
        values.append(solution.levels[LEVEL])
    return kept, times, values


def raw(kept: Any, waters: list[Any], values: list[float]) -> list[float]:
    """Raw highspy, hot from the member before; CPU seconds by member."""
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.options import SolveOptions

    program = kept.moving.program
    solver, cost = Solver(program, SolveOptions()), program.goals[LEVEL][0]
    solver.minimise(cost)
    balance, times = program.rows_of("water_balance"), []
    rows = np.arange(balance.start, balance.start + balance.size)
    for place, water in enumerate(waters):
        other = kept.program_at({"runoff": water})
        start = time.process_time()
        solver.highs.changeRowsBounds(len(rows), rows.astype(np.int32), other.row_lower[rows], other.row_upper[rows])
        solver.highs.run()
        flow = np.array(solver.highs.getSolution().col_value)
        times.append(time.process_time() - start)
        assert abs(float(cost @ flow) + program.goals[LEVEL][1] - values[place]) < 1e-5 * max(1.0, abs(values[place]))
    return times


def stock(inputs: xr.Dataset, waters: list[Any]) -> list[float]:
    """Stock Pyomo, built anew for every member; CPU seconds by member."""
    from pyomo.contrib.appsi.solvers import Highs

    from waterdeal.model.build import build_model, materialise

    times = []
    for water in waters:
        start = time.process_time()
        model = materialise(build_model(inputs.assign(runoff=inputs["runoff"].copy(data=water))))
        model.component(f"{LEVEL}_goal").activate()
        Highs().solve(model)
        times.append(time.process_time() - start)
    return times


def small(members: int = 60) -> list[tuple[str, float]]:
    """CPU seconds a member by route, medians."""
    from network import network_inputs

    inputs = network_inputs(60, 36)
    waters = other_waters(inputs, members)
    kept, times, values = ours(inputs, waters)
    return [
        ("waterdeal: all bounds, tie-break, proof, every quantity", statistics.median(times)),
        ("raw highspy, hot from the member before, one level, columns as they are", statistics.median(raw(kept, waters, values))),
        ("stock Pyomo built anew, appsi_highs, one level", statistics.median(stock(inputs, waters[:3]))),
    ]


def season_case(*changes: str) -> Any:
    """The season of the Syr Darya, with some settings changed."""
    from waterdeal.run import load

    return load(ROOT / "scenarios" / "syrdarya-growing-median.toml", changes)


def factors_of(members: int, shape: tuple[int, ...]) -> Any:
    """Draw how much more or less water members have: 15 % of noise in every dekad of every river, 30 % between members."""
    drawn = np.random.default_rng(0)
    return np.exp(drawn.normal(0, 0.3, (members, 1, 1)) + drawn.normal(0, 0.15, (members, *shape)))


def all_levels(members: int = 60, learned: int = 32) -> list[tuple[str, float]]:
    """CPU seconds a member of the season with all levels, ours and by hand, means; by hand no shares are made even.

    Tolerance is off, as it takes programs of its own that nobody writes by hand.
    """
    from waterdeal.ensemble.members import Solvers

    case = season_case("objective.sharing=least_shortage", "objective.evenness_give=0", *(f"objective.give.{kind}=0" for kind in PROMISES))
    solvers, water = Solvers(case), case.inputs["runoff"].values
    waters = list(water * factors_of(members + learned, water.shape))
    solvers.kept.learn({"runoff": water} for water in waters[members:])
    times, levels = [], []
    for number, other in enumerate(waters[:members], start=1):
        start = time.process_time()
        solvers.solve(number, other)
        times.append(time.process_time() - start)
        levels.append(solvers.kept.solve({"runoff": other}).levels)  # those of a member leave out what comes after the season
    by_hand, lost = raw_levels(solvers, waters[:members], levels)
    return [
        ("waterdeal: all levels, tie-break, proof, the quantities of an ensemble", statistics.mean(times)),
        (
            "raw highspy, hot, one level after another, each from where it ended before and fixed by its reduced costs; no tie-break, "
            f"columns as they are; HiGHS lost its way in {lost} of {members} members",
            statistics.mean(by_hand),
        ),
    ]


def raw_levels(solvers: Any, waters: list[Any], levels: list[Any]) -> tuple[list[float], int]:
    """Raw highspy, hot from the run before: what a level decides is fixed by its reduced costs; CPU seconds, and members it lost."""
    from highspy import HighsModelStatus

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.solution import LevelBounds

    session = solvers.session
    program = session.program
    solver = Solver(program, SolveOptions())
    highs, columns = solver.highs, solver.columns
    goals = [(goal.level, goal.cost[: len(columns)]) for goal in session.agenda.goals[:-1] if goal.shares is None]
    bases: dict[str, Any] = {}
    times, lost = [], 0
    for water, due in zip(waters, levels, strict=True):
        other, is_lost, found = solvers.kept.program_at({"runoff": water}), False, []
        start = time.process_time()
        solver.hold(other)
        bounds = LevelBounds(other)
        for name, cost in goals:
            highs.changeColsCost(len(columns), columns, cost)
            if name in bases:
                highs.setBasis(bases[name])
            highs.run()
            bases[name] = highs.getBasis()
            is_lost |= highs.getModelStatus() != HighsModelStatus.kOptimal
            found.append(highs.getInfo().objective_function_value)
            bounds.fix_decided(solver)
        values = np.array(highs.getSolution().col_value)
        times.append(time.process_time() - start)
        assert values.size
        lost += is_lost
        for (name, _), value in zip(goals, found, strict=True):
            over, scale = value + program.goals[name][1] - due[name], 1 + abs(due[name])
            assert is_lost or over < 1e-5 * scale, name
            if abs(over) > 1e-5 * scale:  # shares that are made even cost the levels after them something
                break
    return times, lost


def season(members: int, folder: Path) -> dict[str, float]:
    """Wall seconds, and peak memory of one process in MB, of a season of the Syr Darya on two processes."""
    from waterdeal.ensemble.run import EnsembleChoices, run_traces

    case = season_case()
    inputs = case.inputs
    wet = case.basin.runoff["node"].values.tolist()
    rates = (inputs["runoff"] / inputs["step_length"] / 0.0864).sel(node=wet).values
    coords = {"node": wet, "time": inputs["time"].values}
    drawn = rates * factors_of(members, rates.shape)
    traces = xr.DataArray(drawn, dims=("trace", "node", "time"), coords=coords, attrs={"units": "m3 s-1"})
    start = time.monotonic()
    found = run_traces(case, traces, folder / "out", EnsembleChoices("processes:2"))
    wall = time.monotonic() - start
    own, workers = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"members": members, "wall": wall, "driver_mb": own, "worker_mb": workers, "failed": len(found.failures())}


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="write docs/reference/benchmarks-ensemble.md")
    chosen = parser.parse_args()
    routes, whole_season = small(), all_levels()
    our_time, season_time = routes[0][1], whole_season[0][1]
    with tempfile.TemporaryDirectory() as folder:
        whole = season(chosen.members, Path(folder))
    lines = [
        *head("python benchmarks/ensemble.py --write", "Members of ensembles"),
        f"{versions('waterdeal', 'pyomo', 'highspy', 'numpy', 'xarray')}. Medians of CPU seconds.",
        "",
        "The LP of [the other benchmarks](benchmarks.md), 60 nodes x 36 steps, under other inflows:",
        "",
        "| route | CPU s a member | / ours |",
        "|---|---|---|",
        *(f"| {name} | {seconds:.4f} | {seconds / our_time:.2f} |" for name, seconds in routes),
        "",
        "A season of the Syr Darya, `syrdarya-growing-median.toml` with its levels by least shortage and without tolerance, one process;",
        "means, as a few members take long:",
        "",
        "| route | CPU s a member | / ours |",
        "|---|---|---|",
        *(f"| {name} | {seconds:.4f} | {seconds / season_time:.2f} |" for name, seconds in whole_season),
        "",
        f"`syrdarya-growing-median.toml` as it is, all levels and the tie-break, {whole['members']:,} traces (15 % of noise in every",
        "dekad of every river, 30 % between traces), two processes:",
        f"{whole['wall']:.0f} s wall, {1000 * whole['wall'] / whole['members']:.1f} ms each;",
        f"peak memory {whole['driver_mb']:.0f} MB in the process that asks, {whole['worker_mb']:.0f} MB in a worker;",
        f"{whole['failed']:.0f} members without a plan.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if chosen.write:
        (ROOT / "docs" / "reference" / "benchmarks-ensemble.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
