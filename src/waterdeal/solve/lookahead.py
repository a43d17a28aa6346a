"""What a look-ahead changes: the same scenario solved without it, and what the next season would miss after that plan."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolveError
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.session import solve_following
from waterdeal.model.levels import own_levels
from waterdeal.provenance import KEPT
from waterdeal.results.extract import extract
from waterdeal.results.lines import with_lines
from waterdeal.results.lookahead import LEVEL, PREFIX
from waterdeal.solve.trust import stored_in
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.lp.program import Family, Program
    from waterdeal.lp.solution import Solution
    from waterdeal.solve.single import Passes
    from waterdeal.types import Flags, Floats

#: levels of how releases run, which ask for no water
RUNNING = ("operation", "given", "smoothness")
#: rules of an end that lets more be kept
OPEN = ("free", "at_least", "as_start")
#: decimals of what is told, hm3
DIGITS = 6


def kept_for_later(inputs: xr.Dataset, results: xr.Dataset, passes: Passes) -> str:
    """Return as JSON what is left in each body beyond the plan without look-ahead, and what the next season would miss after either.

    Empty where there is no answer to the same scenario without the look-ahead; where there is none, what could be kept is told.
    """
    lines = with_lines(inputs, results)
    if f"{PREFIX}runoff" not in inputs or LEVEL not in passes.levels:
        return _could_be_kept(lines, results, passes)
    program = passes.compiled(lines)
    try:
        found = extract(lines, program, _alone(program, passes))
        more = np.round(results["storage"].values[:, -1] - found["storage"].values[:, -1], DIGITS) + 0.0
        missing = _missing_after(program, found, passes) if more.any() else levels_of(results)[LEVEL]
    except SolveError:
        return "{}"
    kept = dict(zip(results["reservoir"].values.tolist(), more.tolist(), strict=True))
    return json.dumps({"kept": kept, "missing": levels_of(results)[LEVEL], "missing_without": round(missing, DIGITS)})


def _alone(program: Program, passes: Passes) -> Solution:
    """Solve the season alone: what is after it counts on no level, and as it is soft it is in the way of none."""
    own = _of_lookahead(program.columns, len(program.column_lower))
    goals = {name: (np.where(own, 0.0, cost), constant) for name, (cost, constant) in program.goals.items()}
    levels = [level for level in own_levels(program, passes.levels) if level != LEVEL]
    start = None if passes.start is None else passes.start.without(LEVEL)
    return solve_following(replace(program, goals=goals), levels, passes.options, start)[0]


def _of_lookahead(families: Sequence[Family], count: int) -> Flags:
    """Tell which columns, or rows, are of the look-ahead."""
    own = np.zeros(count, dtype=bool)
    for family in families:
        own[family.start : family.start + family.size] = family.name.startswith(f"{LEVEL}.")
    return own


def _could_be_kept(lines: xr.Dataset, results: xr.Dataset, passes: Passes) -> str:
    """Return as JSON what more reservoirs could end with than their ends ask, no level being worse but those of how releases run."""
    at_end = np.isin(results["terminal_rule"].values, OPEN)
    at_end &= np.isin(results["reservoir"].values, results["node"].values[results["node_kind"].values == "reservoir"])
    if not at_end.any():
        return "{}"
    program, steps = passes.compiled(lines), len(results["time"])
    columns = program.columns_of("reservoir.storage").start + np.flatnonzero(at_end) * steps + steps - 1
    cost = np.zeros(len(program.column_lower))
    cost[columns] = -1.0
    asked = replace(program, goals={**program.goals, KEPT: (cost, 0.0)})
    levels = [level for level in own_levels(program, passes.levels) if level not in RUNNING]
    try:
        most = solve_levels(asked, [*levels, KEPT], passes.options).values
    except SolveError:
        return "{}"
    more = np.maximum(most[columns] - results["storage"].values[at_end, -1], 0.0)
    return json.dumps({"could": dict(zip(results["reservoir"].values[at_end].tolist(), np.round(more, DIGITS).tolist(), strict=True))})


def _missing_after(program: Program, plan: xr.Dataset, passes: Passes) -> float:
    """Return what the next season would miss at least after a plan: all of the plan is held, its own rows say nothing more."""
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for family, values in _decided(plan).items():
        start = program.columns_of(family).start
        lower[start : start + values.size] = upper[start : start + values.size] = values.ravel()
    own = _of_lookahead(program.rows, len(program.row_lower))
    free = replace(
        program,
        column_lower=lower,
        column_upper=upper,
        row_lower=np.where(own, program.row_lower, -np.inf),
        row_upper=np.where(own, program.row_upper, np.inf),
    )
    cost, constant = program.goals[LEVEL]
    solver = Solver(free, passes.options)
    solver.minimise(cost)
    return float((cost * solver.values()).sum()) + constant


def _decided(plan: xr.Dataset) -> dict[str, Floats]:
    """What of a plan the look-ahead depends on, by family of columns."""
    found = {"flow": plan["flow"].values, "demand.delivery": plan["delivery"].values, **stored_in(plan)}
    return {family: np.maximum(values, 0.0) for family, values in found.items() if values.size}
