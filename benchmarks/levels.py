"""Time all levels of long horizons: ``python benchmarks/levels.py [--years 1 3 10]``.

The bundled dry season, drawn out over whole years of dekads, solved level by level from nothing: the first pass of a run, without reading,
building and reports. Every horizon is compared with the first, in one process, so that the ratio says how the solve grows.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "scenarios" / "syrdarya-growing-dry.toml"
#: the year after the start, on 1 April
FIRST_END = 2027


def program_of(years: int) -> tuple[Any, tuple[str, ...], Any]:
    """The compiled first pass of some years, its levels, and how it is solved."""
    from waterdeal.lp.compile import compile_model
    from waterdeal.model.build import build_model
    from waterdeal.run import load

    case = load(SCENARIO, [f"period.end={FIRST_END - 1 + years}-04-01"])
    return compile_model(build_model(case.inputs)), case.file.scenario.objective.levels, case.options


def seconds(years: int, repeat: int = 1) -> tuple[float, Any]:
    """CPU seconds of all levels and the tie-break, the least of some runs, and the program."""
    from waterdeal.lp.levels import solve_levels

    program, levels, options = program_of(years)
    found = []
    for _ in range(repeat):
        start = time.process_time()
        assert solve_levels(program, levels, options).is_unique
        found.append(time.process_time() - start)
    return min(found), program


def growth(years: int, repeat: int = 2) -> float:
    """How many times as long some years take as one."""
    return seconds(years, repeat)[0] / seconds(1, repeat)[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, nargs="+", default=[1, 3, 10])
    chosen = parser.parse_args()
    first = 0.0
    print("| years of dekads | rows | columns | CPU s | / first |\n|---|---|---|---|---|")
    for years in chosen.years:
        spent, program = seconds(years, 3 if years == 1 else 1)
        first = first or spent
        print(f"| {years} | {len(program.row_lower):,} | {len(program.column_lower):,} | {spent:.2f} | {spent / first:.1f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
