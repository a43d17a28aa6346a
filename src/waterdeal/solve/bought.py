"""What the tolerance of promises bought: the program solved again on the lines of the plan, with all pools or those of one level closed.

What the last of a level costs the levels after it is a difference of two plans, not a dual: at a knife edge a dual tells one side only.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.lp.levels import solve_levels
from waterdeal.lp.session import Session
from waterdeal.model.levels import own_levels
from waterdeal.results.lines import with_lines
from waterdeal.results.lookahead import season_levels
from waterdeal.results.tolerance import counted_on, release_rates
from waterdeal.solve.trust import anywhere

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import Solution
    from waterdeal.solve.single import Passes
    from waterdeal.types import Flags

#: what is given below this is nothing, hm3
NOTHING = 1e-6


def bought(inputs: xr.Dataset, results: xr.Dataset, passes: Passes) -> str:
    """Return as JSON what the plan without any tolerance comes to, and that without the one of each level; empty where nothing is given.

    Levels by name; of each river release of a reservoir the largest rate and the largest change from step to step, m3/s. It is one
    program: only the bounds of what is given differ.
    """
    given = results["promise_given"].values if "promise_given" in results else np.zeros(0)
    if given.sum() <= NOTHING:
        return "{}"
    asked, levels = _Asked(anywhere(with_lines(inputs, results)), passes), counted_on(results)
    giving = [level for level in passes.levels if given[levels == level].sum() > NOTHING]
    each = {level: asked.told(levels != level) for level in giving} if len(giving) > 1 else {}
    strict = asked.told(np.zeros(len(given), dtype=bool), alone=True)
    return json.dumps({"strict": strict, "without": each or {giving[0]: strict}})


class _Asked:
    """A program whose pools are closed and opened, each time solved from where the first has ended."""

    def __init__(self, inputs: xr.Dataset, passes: Passes) -> None:
        self._inputs, self._passes = inputs, passes
        self._program = passes.compiled(inputs)
        self._levels = own_levels(self._program, passes.levels)
        self._session: Session | None = None

    def told(self, opened: Flags, *, alone: bool = False) -> dict[str, Any]:
        """Solve with some pools open, from nothing where it is to stand alone, and tell what the plan comes to."""
        program, pools = self._program, self._program.pools
        if pools is not None:
            upper = program.column_upper.copy()
            upper[pools.given[~opened]] = 0.0
            program = replace(program, column_upper=upper)
        solution = solve_levels(program, self._levels, self._passes.options) if alone else self._solved(program)
        flow = program.values_of("flow", solution.values)
        rates = release_rates(self._inputs, np.reshape(np.zeros(0) if flow is None else flow, (self._inputs.sizes["link"], -1)))
        return {
            "levels": season_levels(program, solution),
            "peak": {link: float(rate.max()) for link, rate in rates.items()},
            "jump": {link: float(np.abs(np.diff(rate)).max(initial=0.0)) for link, rate in rates.items()},
        }

    def _solved(self, program: Program) -> Solution:
        """Solve it, from where the first has ended where there are no whole numbers."""
        if program.has_integers:
            return solve_levels(program, self._levels, self._passes.options)
        if self._session is not None:
            return self._session.solve(program)
        self._session = Session(program, self._levels, self._passes.options, self._passes.start)
        return self._session.first
