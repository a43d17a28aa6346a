"""A statewide network month by month: ``python benchmarks/statewide.py [--years 1 5 20] [--folder PATH] [--repeat N] [--write]``.

Ours reads the tables, builds, compiles, solves, audits and makes the dataset; raw highspy gets the finished arrays, solves and returns
values and duals. Stock Pyomo (appsi_highs) is compared at one year. Every run is a process of its own: CPU seconds and peak memory.
``--folder`` measures tables of your own, CALVIN's for example.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parent))

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks-statewide.md"
#: years up to which stock Pyomo is compared
STOCK_YEARS = 1
#: years up to which the routes beside ours and raw are run, and runs are repeated
SHORT_YEARS = 5
ROUTES = {
    "waterdeal": "waterdeal",
    "raw": "raw highspy, the same options",
    "default": "raw highspy, its own tolerances and scaling",
    "stock": "stock Pyomo, appsi_highs",
}


def ours(folder: Path, stages: dict[str, float]) -> float:
    """Tables to dataset."""
    import xarray as xr

    from waterdeal.links.results import network_results
    from waterdeal.links.solve import solve_network
    from waterdeal.links.tables import read_network

    xr.Dataset({"first": ("x", [0.0])})  # xarray imports dask here where it is installed; imports are not counted
    start = time.process_time()
    network = read_network(folder)
    stages["read"] = time.process_time() - start
    plan = solve_network(network)
    stages["build, compile, solve, audit"] = time.process_time() - start - stages["read"]
    now = time.process_time()
    network_results(plan)
    stages["results"] = time.process_time() - now
    stages["total"] = time.process_time() - start
    return plan.cost


def raw(folder: Path, stages: dict[str, float], options: dict[str, Any]) -> float:
    """Finished arrays to values and duals."""
    import highspy
    import numpy as np
    from highspy.highs import _Highs

    with np.load(folder / "arrays.npz") as file:
        arrays = dict(file)
    start = time.process_time()
    highs = _Highs()
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        highs.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(arrays["cost"]), len(arrays["row_lower"])
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = arrays["cost"], arrays["column_lower"], arrays["column_upper"]
    lp.row_lower_, lp.row_upper_ = arrays["row_lower"], arrays["row_upper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = arrays["start"], arrays["index"], arrays["value"]
    highs.passModel(lp)
    highs.run()
    solution = highs.getSolution()
    np.array(solution.col_value), np.array(solution.row_dual)
    stages["total"] = time.process_time() - start
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value)


def stock(folder: Path, stages: dict[str, float]) -> float:
    """Tables to values by stock Pyomo: every element made, handed over by appsi."""
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs

    from waterdeal.links.solve import LEVEL, build_network_model
    from waterdeal.links.tables import read_network
    from waterdeal.model.build import materialise

    start = time.process_time()
    model = materialise(build_network_model(read_network(folder)))
    model.component(f"{LEVEL}_goal").activate()
    found = Highs().solve(model)
    [pyo.value(model.flow[index]) for index in model.flow]
    stages["total"] = time.process_time() - start
    return float(found.best_feasible_objective)


def save_arrays(folder: Path) -> None:
    """Keep the arrays for the raw route, and how ours chooses to run HiGHS."""
    import numpy as np

    from waterdeal.links.solve import LEVEL, METHOD, build_network_model
    from waterdeal.links.tables import read_network
    from waterdeal.lp.compile import compile_model
    from waterdeal.lp.highs import TOLERANCE

    program = compile_model(build_network_model(read_network(folder)))
    matrix = program.matrix
    np.savez(
        folder / "arrays.npz",
        start=matrix.start.astype(np.int32),
        index=matrix.column.astype(np.int32),
        value=matrix.value,
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        column_lower=program.column_lower,
        column_upper=program.column_upper,
        cost=program.goals[LEVEL][0],
    )
    tolerances = {"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE, "simplex_scale_strategy": 0}
    options = {"raw": {"solver": METHOD, **tolerances}, "default": {"solver": METHOD}}
    (folder / "options.json").write_text(json.dumps({"size": [len(program.row_lower), len(program.column_lower)], **options}))


def run_route(route: str, folder: Path) -> None:
    """Run one route and print what it took."""
    stages: dict[str, float] = {}
    match route:
        case "arrays":
            save_arrays(folder)
            return
        case "waterdeal":
            cost = ours(folder, stages)
        case "stock":
            cost = stock(folder, stages)
        case _:
            cost = raw(folder, stages, json.loads((folder / "options.json").read_text())[route])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"stages": stages, "peak_mb": peak, "cost": cost}))


def call(route: str, folder: Path) -> dict[str, Any]:
    """Run one route in a process of its own."""
    command = [sys.executable, __file__, "--route", route, "--folder", str(folder)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return json.loads(out) if out else {}


def measure(folder: Path, routes: list[str], repeat: int, title: str) -> str:
    """Measure the routes on one folder, one after the other, and write a table."""
    call("arrays", folder)
    told = json.loads((folder / "options.json").read_text())
    runs: dict[str, list[dict[str, Any]]] = {route: [] for route in routes}
    for _ in range(repeat):
        for route in routes:
            runs[route].append(call(route, folder))
    rows, columns = told["size"]
    runs_told = "one run" if repeat == 1 else f"medians of {repeat}"
    lines = [f"\n## {title}\n", f"{columns:,} columns, {rows:,} rows; {told['raw']['solver']}; {runs_told}.\n"]
    lines += ["| route | CPU s | / raw | peak MB | / raw | by stage, s | cost |", "|---|---|---|---|---|---|---|"]
    middle = {name: statistics.median(run["stages"]["total"] for run in found) for name, found in runs.items()}
    peaks = {name: statistics.median(run["peak_mb"] for run in found) for name, found in runs.items()}
    for route, found in runs.items():
        parts = {name: statistics.median(run["stages"][name] for run in found) for name in found[0]["stages"] if name != "total"}
        stages = ", ".join(f"{name} {seconds:.2f}" for name, seconds in parts.items())
        ratios = middle[route] / middle["raw"], peaks[route] / peaks["raw"]
        lines.append(
            f"| {ROUTES[route]} | {middle[route]:.2f} | {ratios[0]:.2f} | {peaks[route]:.0f} | {ratios[1]:.2f} | {stages} | "
            f"{found[0]['cost']:.6e} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--folder", type=Path, help="tables of your own")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    parser.add_argument("--route", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.route:
        run_route(chosen.route, chosen.folder)
        return
    from machine import head, versions
    from statewide_network import write_tables

    used = versions("waterdeal", "pyomo", "highspy", "numpy", "pandas")
    parts = [
        "\n".join(head("python benchmarks/statewide.py --write", "A statewide network")),
        f"One thread; {used}. CPU seconds: compare ratios. 1,075 nodes, 1,533 links, 5,142 pieces a month, drawn with a seed. Ours "
        "goes from CSV tables to a dataset in xarray; raw highspy from arrays in memory to values and duals. Imports are not counted.",
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folders = {Path(temporary) / str(year): f"{year} year{'s' if year > 1 else ''}" for year in chosen.years}
        if chosen.folder:
            folders = {Path(temporary): str(chosen.folder)}
            for file in chosen.folder.resolve().iterdir():
                (Path(temporary) / file.name).symlink_to(file)
        for folder, title in folders.items():
            years = None if chosen.folder else int(folder.name)
            if years:
                write_tables(folder, years)
            is_short = years is None or years <= SHORT_YEARS
            routes = ["waterdeal", "raw", *(["default"] if is_short else []), *(["stock"] if years and years <= STOCK_YEARS else [])]
            parts.append(measure(folder, routes, chosen.repeat if is_short else 1, title))
            print(parts[-1], flush=True)
    if chosen.write:
        PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
