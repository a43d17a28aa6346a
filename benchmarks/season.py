"""Where the time of a whole season goes, part by part: ``python benchmarks/season.py [SCENARIO] [--write]``.

The scenario has crops, followed heads and curved areas on. Times are CPU seconds of one process; the last column sets them against one
solve of the irrigation level of the last pass by raw highspy, in the same run.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "benchmarks-season.md"
SEASON = ROOT / "scenarios" / "syrdarya-growing-everything.toml"


def measure(scenario: Path) -> tuple[dict[str, float], float, float]:
    """Run the parts of a scenario; CPU seconds by part, wall seconds in all, CPU seconds of one raw solve."""
    began, wall = time.process_time(), time.perf_counter()
    from waterdeal.lp.compile import compile_model
    from waterdeal.lp.highs import Solver
    from waterdeal.model.build import build_model
    from waterdeal.run import load

    parts = {"import": time.process_time() - began}
    marks: list[tuple[str, float]] = [("read", time.process_time())]
    case = load(scenario)
    result = case.solve(progress=lambda stage: marks.append((stage, time.process_time())))
    marks.append(("", time.process_time()))
    spent = time.perf_counter() - wall
    for (name, start), (_, end) in pairwise(marks):
        label = "first pass" if name == "solve" else "other passes" if name.startswith("pass ") else name
        parts[label] = parts.get(label, 0.0) + end - start
    program = compile_model(build_model(case.settled(result.dataset).inputs))
    start = time.process_time()
    Solver(program, case.options).minimise(program.goals["irrigation"][0])
    return parts, spent, time.process_time() - start


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", type=Path, default=SEASON)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    chosen = parser.parse_args()
    from machine import head, versions

    parts, wall, raw = measure(chosen.scenario)
    lines = [
        *head("python benchmarks/season.py --write", "A whole season, part by part"),
        f"{versions('waterdeal', 'pyomo', 'highspy', 'numpy', 'xarray')}.",
        "",
        f"`{chosen.scenario.name}`, one thread: {wall:.1f} s wall in all, imports included; one solve of the irrigation level of",
        f"the last pass by raw highspy takes {raw:.3f} s of CPU.",
        "",
        "| part | CPU s | / raw solve |",
        "|---|---|---|",
        *(f"| {name} | {seconds:.2f} | {seconds / raw:.1f} |" for name, seconds in parts.items()),
        f"| all | {sum(parts.values()):.2f} | {sum(parts.values()) / raw:.1f} |",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
