"""What a plan tells of the look-ahead: what it brings to levels of the objective, which are told of the season alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

#: attribute of a plan: what the look-ahead brings to the levels that count the season too, by level
BEYOND = "lookahead_levels"
#: level of what the next season would miss, and how the names of all that is of the look-ahead begin
LEVEL, PREFIX = "lookahead", "lookahead_"
_BLOCK = "lookahead."
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


def apart(results: xr.Dataset) -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    """Return a plan without its look-ahead, and that as a group with names of its own; no group where there is none."""
    names = [str(name) for name in results.variables if str(name).startswith(PREFIX)]
    if not names:
        return results, {}
    own = results[[name for name in names if name not in results.coords]].rename({name: name.removeprefix(PREFIX) for name in names})
    own.attrs = {"title": NOTE}
    return results.drop_vars(names), {LEVEL: own}
