"""Compare waterdeal with raw highspy, stock Pyomo, linopy and pywr in one run: ``python benchmarks [--all] [--write] [--pywr PYTHON]``.

Every route runs alone in a process of its own; CPU seconds are medians, so compare ratios, not seconds. With ``--write`` the table
goes into docs/reference/benchmarks.md; with ``--all`` the other pages are measured after it, one after another. pywr needs pandas below 3
and so an environment of its own (``python -m venv ENV; ENV/bin/pip install pywr``), whose Python ``--pywr`` names.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from machine import ALL, head, versions  # noqa: E402

PAGE = HERE.parent / "docs" / "reference" / "benchmarks.md"
OURS, RAW = "waterdeal", "raw highspy"
FULL = (OURS, RAW, "stock Pyomo, appsi_highs", "stock Pyomo, contrib highs", "linopy")
#: one step without a look ahead, which is all that pywr solves
ONE_STEP = (OURS, RAW, "stock Pyomo, appsi_highs", "pywr")
NO_SOLVE = ("waterdeal, no solve", "stock Pyomo, no solve")
#: nodes, steps, routes; ours comes first
SIZES = ((60, 1, ONE_STEP), (60, 36, FULL), (200, 360, FULL), (600, 1000, (OURS, RAW)), (600, 1000, NO_SOLVE))
#: routes with a library that may be missing, and how it comes
OPTIONAL = {
    "linopy": 'not installed: `pip install "waterdeal[benchmarks]"`',
    "pywr": "not measured: `--pywr PYTHON` names an environment with pywr, which needs pandas below 3",
}
#: how many sizes ``--small`` measures
SMALL = 2
#: nodes from which on every route is run once
LARGE = 600
#: names the Python that has pywr
PYWR = "WATERDEAL_BENCHMARKS_PYWR"
#: relative difference of objectives that is rounding
SAME = 1e-6
#: the other pages, and what makes them small
OTHERS = {"ensemble.py": ["--members", "50"], "season.py": [], "statewide.py": ["--years", "1"]}


def measure(route: str, nodes: int, steps: int, repeat: int) -> dict[str, Any] | None:
    """Run a route several times in a process of its own; None where its library is not installed."""
    if route == "linopy" and find_spec("linopy") is None:
        return None
    if route == "pywr":
        return _measure_pywr(nodes, repeat) if os.environ.get(PYWR) else None
    return _called([sys.executable, str(HERE / "routes.py"), route, str(nodes), str(steps), str(repeat)])


def _measure_pywr(nodes: int, repeat: int) -> dict[str, Any]:
    """Hand one step to pywr in its own environment."""
    from network import network_inputs
    from pywr_step import YEAR, one_step, step_figures

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "step.json"
        file.write_text(json.dumps(step_figures(one_step(network_inputs(nodes, YEAR)))), encoding="utf-8")
        return _called([os.environ[PYWR], str(HERE / "pywr_route.py"), str(file), str(repeat)])


def _called(command: list[str]) -> dict[str, Any]:
    """Run a command and read the JSON of its last line; HiGHS may print a banner before it."""
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def table(nodes: int, steps: int, routes: tuple[str, ...], repeat: int) -> str:
    """Measure the routes at one size and write their table."""
    measured = {route: measure(route, nodes, steps, repeat) for route in routes}
    found = {route: entry for route, entry in measured.items() if entry}
    ours, against = found[routes[0]], RAW if RAW in found else routes[0]
    for route in found:
        off = abs(found[route]["objective"] - ours["objective"])
        assert off <= SAME * max(1.0, abs(ours["objective"])), f"{route} solves another problem"
    runs = "one run" if repeat == 1 else f"medians of {repeat - 1} after a warm-up"
    lines = [
        f"\n### {nodes} nodes x {steps} step{'s' if steps > 1 else ''}{', without the solve' if routes == NO_SOLVE else ''}\n",
        f"CPU seconds, {runs}.\n",
        f"| route | CPU s | / {against} | ours / this | peak MB | ours / this, MB | by stage, s |",
        "|---|---|---|---|---|---|---|",
    ]
    for route in routes:
        entry = measured[route]
        if entry is None:
            lines.append(f"| {route} | {OPTIONAL[route]} | | | | | |")
            continue
        stages = ", ".join(f"{name} {seconds:.3f}" for name, seconds in entry["stages"].items())
        total, peak = entry["total"], entry["peak_mb"]
        named = f"{route} {entry['version']}" if "version" in entry else route
        lines.append(
            f"| {named} | {total:.3f} | {total / found[against]['total']:.2f} | {ours['total'] / total:.3f} | {peak:.0f} | "
            f"{ours['peak_mb'] / peak:.2f} | {stages} |"
        )
    if routes != NO_SOLVE:
        own = ours["total"] / (ours["stages"]["pass"] + ours["stages"]["solve"])
        lines.append(f"\nwaterdeal against its own hand-over and solve, in one process: {own:.2f}.")
        lines.append(f"\nObjective of every route: {ours['objective']:.3f}.")
    return "\n".join(lines)


def page(repeat: int, *, small: bool) -> str:
    """Measure all sizes and write the page."""
    used = versions("waterdeal", "pyomo", "highspy", "numpy", "xarray", "linopy")
    lines = [
        *head("python benchmarks --write", "Benchmarks"),
        f"One thread; {used}.",
        "",
        "The same allocation LP (a binary tree of rivers with reservoirs, evaporation, users with steps of shortage, return flows, slow",
        "reaches, a least flow at the outlet), solved for the irrigation level, from the inputs dataset to results in xarray.",
        "`raw highspy` gets the finished arrays and only solves; linopy is written whole arrays at a time and hands over to HiGHS in",
        "memory, its faster way. At the largest size stock Pyomo is compared without the solve, which is HiGHS's own time on every route.",
        "",
        "pywr solves step after step without a look ahead, so that one step, with reservoirs nearly empty, is all the work that is the",
        "same: it builds and sets up the network, solves the step by its edge solver (GLPK), the quicker one to set up, and reads",
        "deliveries. For a further step it pays `step` and `extract` only; what it then decides is another problem, since ours decides all",
        "steps at once.",
        "pywr needs pandas below 3, so that its row needs an environment of its own: `python benchmarks --write --pywr PYTHON`.",
        "",
        "Every route runs alone in one process, several times: the first time is not counted, since imports and what libraries make once",
        "are start-up, of which [the page of a whole season](benchmarks-season.md) has the figures; at the largest size there is one run.",
        "Peak memory is that of the process, inputs and imports included. Compare ratios: seconds are those of one machine on one day.",
        "Where such a machine changes its speed from one process to the next, rows are off by that; the line below a table, which compares",
        "ours with the part of it that is raw highspy's work, in the same process, is not.",
    ]
    for nodes, steps, routes in SIZES[: SMALL if small else None]:
        lines.append(table(nodes, steps, routes, repeat if nodes < LARGE else 1))
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=6, help="runs of a route in its process; of more than one the first is not counted")
    parser.add_argument("--small", action="store_true", help="the small sizes only; writes nothing")
    parser.add_argument("--all", action="store_true", help=f"the other pages too; `{ALL}` makes them all")
    parser.add_argument("--pywr", metavar="PYTHON", help="Python of an environment with pywr")
    parser.add_argument("--write", action="store_true", help="write docs/reference/benchmarks.md")
    chosen = parser.parse_args()
    if chosen.small and chosen.write:
        parser.error("a page shows every size: --small and --write exclude each other")
    if chosen.pywr:
        os.environ[PYWR] = chosen.pywr
    text = page(chosen.repeat, small=chosen.small)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")
    for file, smaller in OTHERS.items() if chosen.all else ():
        command = [sys.executable, str(HERE / file), *(smaller if chosen.small else []), *(["--write"] if chosen.write else [])]
        subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
