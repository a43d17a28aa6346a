"""One plan on the curves among many, whatever the solver happens to find first: each step on the way to it is chosen by the tie-break.

What clauses concede is made as little as it can be, evenly, so that the lines that touch the plan leave the room that was conceded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.bargain import MOST_MOVES, ON_LINES
from waterdeal.ask.curves import SMALLEST_MISS
from waterdeal.lp.colours import averaged
from waterdeal.lp.options import Outcome
from waterdeal.lp.solution import LevelBounds, minimise_held
from waterdeal.lp.tie_break import make_tie_break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.ask.bargain import Bargain
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


class Chosen:
    """The way to a plan on the curves, from what lies between the hulls."""

    def __init__(self, model: Bargain, program: Program, levels: Sequence[str]) -> None:
        """Draw what decides among plans; columns beyond the program's own follow from those."""
        tie_break = make_tie_break(program, levels)
        self._model, self._curves, self._classes = model, model.curves, tie_break.classes
        self._tie_break, self._off, self._conceded = np.zeros((3, len(model.cost)))
        self._tie_break[: len(tie_break.cost)] = tie_break.cost
        self._off[model.curves.off] = 1.0
        self._conceded[model.share_column] = 1.0

    def plan(self) -> Floats | None:
        """Return the plan with the clauses as they are held; None where the way leads to none, or columns are whole numbers."""
        model, curves = self._model, self._curves
        if model.program.has_integers or not curves.lakes:
            return None
        model.marks.hold(model.solver)
        curves.hold(model.solver, on_lines=False)
        share, conceding = np.array([model.share_column]), [name for name, most in model.held.items() if most > 0]
        limits = dict(model.held)
        model.share(conceding, limits, [limits[name] for name in conceding])
        model.solver.column_bounds.put(share, np.array([-np.inf if conceding else 0.0]), np.zeros(1))
        values = self._best(self._conceded)
        values = None if values is None else self._on_lines(values)
        values = model.moved_home(values, lambda: self._best(self._conceded))
        curves.near(model.solver, model.marks.bounds(), self._tie_break)
        model.share([], limits)
        model.solver.column_bounds.put(share, np.zeros(1), np.full(1, np.inf))
        return values if values is not None and curves.missed(values) <= SMALLEST_MISS else None

    def _on_lines(self, values: Floats) -> Floats | None:
        """Move the lines to where there is a plan: what evaporates off them is made least first."""
        found = None
        self._curves.open(self._model.solver, np.inf)
        for _ in range(MOST_MOVES):
            self._curves.touch(self._model.solver, values)
            fresh = self._best(self._off, self._conceded)
            if fresh is None:
                break
            values = fresh
            if values[self._curves.off].sum() <= ON_LINES:
                found = values
                break
        self._curves.open(self._model.solver, 0.0)
        return found

    def _best(self, *costs: Floats) -> Floats | None:
        """Make costs least, one after the other and the tie-break last; columns that nothing tells apart have their average."""
        solver = self._model.solver
        columns, rows = solver.column_bounds.now, solver.row_bounds.now
        bounds = LevelBounds(solver.held(self._model.program))
        solver.start_cold()
        for cost in (*costs, self._tie_break):
            outcome = minimise_held(solver, bounds, cost)
            if outcome != Outcome.OPTIMAL:
                break
            bounds.fix_decided(solver)
        values = solver.values().copy()
        solver.column_bounds.take(*columns)
        solver.row_bounds.take(*rows)
        if outcome != Outcome.OPTIMAL:
            return None
        if self._classes is not None:
            values[: len(self._classes)] = averaged(values[: len(self._classes)], self._classes)
        return values
