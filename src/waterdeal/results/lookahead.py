"""What a plan tells of the look-ahead: what it brings to levels of the objective, which are told of the season alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution
    from waterdeal.types import Floats

#: attribute of a plan: what the look-ahead brings to the levels that count the season too, by level
BEYOND = "lookahead_levels"
#: level of what the next season would miss, and how the names of all that is of the look-ahead begin
LEVEL, PREFIX = "lookahead", "lookahead_"
_BLOCK = "lookahead."
#: storage, hm3, below which a plan and its replay end with the same
_ROUNDING = 1e-8
#: what the group says of itself
NOTE = "expected after the horizon, by months; no part of the plan"


def brought_beyond(program: Program, values: Floats, levels: Iterable[str]) -> dict[str, float]:
    """Return what the look-ahead brings to each level but its own; nothing where there is no look-ahead."""
    places = [np.arange(family.start, family.start + family.size) for family in program.columns if family.name.startswith(_BLOCK)]
    if not places:
        return {}
    own, found = np.concatenate(places), dict[str, float]()
    for level in levels:
        cost = program.goals[level][0][own]
        if level != LEVEL and cost.any():
            found[level] = float((cost * values[own]).sum())
    return found


def season_levels(program: Program, solution: Solution) -> dict[str, float]:
    """Return the values of the levels as plans tell them: of the season alone."""
    beyond = brought_beyond(program, solution.values, solution.levels)
    return {level: value - beyond.get(level, 0.0) for level, value in solution.levels.items()}


def shifted(results: xr.Dataset, storage: Floats) -> dict[str, Floats]:
    """Return what the look-ahead of a plan lacks and has too much if bodies end the season with other storages than it was made with."""
    lacking, excess = (results[f"{PREFIX}{name}"].values.copy() for name in ("lacking", "excess"))
    more = (storage[:, -1] - results["storage"].values[:, -1]) * (1 - results[f"{PREFIX}evaporation_share"].values[:, 0] / 2)
    nodes = results["node"].values.tolist()
    rows = np.array([nodes.index(body) for body in results["reservoir"].values.tolist()], dtype=int)
    net = np.where(np.abs(more) > _ROUNDING, excess[rows, 0] - lacking[rows, 0] + more, np.nan)
    told = np.isfinite(net)
    lacking[rows[told], 0], excess[rows[told], 0] = np.maximum(-net, 0.0)[told], np.maximum(net, 0.0)[told]
    return {f"{PREFIX}lacking": lacking, f"{PREFIX}excess": excess}


def apart(results: xr.Dataset) -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    """Return a plan without its look-ahead, and that as a group with names of its own; no group where there is none."""
    names = [str(name) for name in results.variables if str(name).startswith(PREFIX)]
    if not names:
        return results, {}
    own = results[[name for name in names if name not in results.coords]].rename({name: name.removeprefix(PREFIX) for name in names})
    own.attrs = {"title": NOTE}
    return results.drop_vars(names), {LEVEL: own}
