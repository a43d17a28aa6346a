"""Which clauses cannot all hold, and what each must concede, on the compiled model: columns are freed and bound, nothing is rebuilt.

A clause is let go by freeing what it may concede (`clause.conceded`), and held by binding that to what is allowed. Physics, safety and
everything else of the model is never relaxed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import SolverTrouble, TimeLimitReached
from waterdeal.lp.conflict import SMALL
from waterdeal.lp.highs import Solver
from waterdeal.lp.options import Outcome
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


#: a concession smaller than this, in the clause's unit, is rounding
SMALLEST = 1e-6


class ClauseProgram:
    """A compiled model whose clauses can be held and let go one by one."""

    def __init__(self, program: Program, inputs: xr.Dataset, options: SolveOptions) -> None:
        self.inputs = inputs
        self.ids: list[str] = inputs["clause"].values.tolist()
        self.program = replace(program, column_upper=program.column_upper.copy())
        self.first = program.columns_of("clause.conceded").start if self.ids else 0
        self.allowed = dict(zip(self.ids, program.column_upper[self.first :].tolist(), strict=False))
        self.solver = Solver(self.program, options)
        self.cost = np.zeros(len(program.column_upper))
        self.held: dict[str, float] = {}  # what clauses that are held may concede
        #: clauses that a quick answer proved to be too many by themselves; empty where it tells none
        self.blamed: list[str] = []

    def column(self, clause: str) -> int:
        """Return the column of what a clause concedes."""
        return self.first + self.ids.index(clause)

    def ways(self, clause: str) -> list[tuple[int, str]]:
        """Return the column and name of each concession of a clause."""
        start = self.program.columns_of("clause.concession").start
        owners, parts = self.inputs["concession_clause"].values, self.inputs["concession_part"].values
        return [(start + int(k), str(parts[k])) for k in np.flatnonzero(owners == clause)]

    def hold(self, limits: Mapping[str, float]) -> None:
        """Hold some clauses to a most that they may concede, and let all others go."""
        self.held = dict(limits)
        upper = np.array([limits.get(clause, np.inf) for clause in self.ids])
        self.solver.column_bounds.put(np.arange(self.first, self.first + len(upper)), np.zeros(len(upper)), upper)

    def least(self, cost: Floats, *, again: bool = True) -> Floats | None:
        """Return the plan of least cost with the clauses as they are held; None where there is none (tried twice with `again`)."""
        outcome = self.solver.minimise(cost, again=again)
        if outcome == Outcome.OPTIMAL:
            return self.solver.values()
        if outcome == Outcome.INFEASIBLE:
            return None
        if outcome == Outcome.TIME_LIMIT:
            raise TimeLimitReached(say("asking.clauses_time_limit"))
        raise SolverTrouble(say("asking.clauses_lost"))

    def can_hold(self, clauses: Iterable[str], *, again: bool = True) -> bool:
        """Tell whether some plan keeps these clauses, whatever becomes of the others."""
        self.hold({clause: self.allowed[clause] for clause in clauses})
        return self.least(self.cost, again=again) is not None

    def cannot_hold(self, clauses: Iterable[str], *, again: bool = True) -> bool:
        """Tell whether it is proven that no plan keeps these clauses."""
        return not self.can_hold(clauses, again=again)

    def lowest(self, cost: Floats) -> Floats | None:
        """Return a plan of which the cost is no higher than that of any plan; None where there is none."""
        return self.least(cost)

    def with_dual(self) -> list[str]:
        """Return the clauses whose concession had a price in the last solve."""
        if not self.ids:
            return []
        _, dual = self.solver.duals()
        first, owners = self.program.rows_of("clause.concession_counted").start, self.inputs["concession_clause"].values.tolist()
        priced = {owner for number, owner in enumerate(owners) if abs(dual[first + number]) > SMALL}
        return [clause for clause in self.ids if clause in priced]


def conflicting_clauses(model: ClauseProgram, among: Sequence[str] | None = None) -> tuple[str, ...] | None:
    """Find a set of clauses that cannot all hold, none of which could be left out of it; None where all can hold.

    The duals of the least total concession prove a conflict; of the clauses they name, each that is not needed is dropped, the last
    of the agreement first. Nothing is believed from a single solve: that the set which is found cannot hold has been proven by adding up
    rows, or tried twice by the solver, the second time without presolve.
    """
    every = list(model.ids if among is None else among)
    suspects = _suspects(model, every)
    if model.cannot_hold(()):
        return ()
    kept = suspects or every
    if not model.cannot_hold(kept, again=False) and not model.cannot_hold(kept):
        kept = every
        if not model.cannot_hold(kept):
            return None
    found = thinned(model.blamed or kept, lambda fewer: model.cannot_hold(fewer, again=False))
    if not model.cannot_hold(found):  # one of the quick answers was wrong
        found = thinned(kept, model.cannot_hold)
        model.cannot_hold(found)
    return tuple(found)


def thinned(names: Sequence[str], suffice: Callable[[list[str]], bool]) -> list[str]:
    """Drop each name without which the others suffice, the last first."""
    kept = list(names)
    for name in reversed(names):
        fewer = [other for other in kept if other != name]
        if suffice(fewer):
            kept = fewer
    return kept


def largest_concessions(program: Program, inputs: xr.Dataset) -> Floats:
    """Return the most that any plan needs each clause to concede: what its rows lack where all else in them is as bad as bounds allow."""
    owners, matrix = inputs["concession_clause"].values, program.matrix
    first, lacking = program.columns_of("clause.concession").start if len(owners) else 0, np.zeros(len(owners))
    for family in program.rows:
        if family.name not in {"clause.at_least", "clause.at_most"}:
            continue
        sign, bounds = (1.0, program.row_lower) if family.name == "clause.at_least" else (-1.0, program.row_upper)
        for row in range(family.start, family.start + family.size):
            inside = slice(matrix.start[row], matrix.start[row + 1])
            columns, values = matrix.column[inside], sign * matrix.value[inside]
            given, rest = (columns >= first) & (columns < first + len(owners)), values != 0
            columns, values, ways = columns[rest & ~given], values[rest & ~given], columns[given] - first
            worst = (values * np.where(values > 0, program.column_lower[columns], program.column_upper[columns])).sum()
            lacking[ways] = np.maximum(lacking[ways], sign * bounds[row] - worst)
    counted = inputs["concession_weight"].values * lacking
    return np.array([counted[owners == clause].max(initial=0.0) for clause in inputs["clause"].values.tolist()])


def _suspects(model: ClauseProgram, among: list[str]) -> list[str]:
    """Clauses that the duals of the least total concession speak of; none where there are no duals."""
    model.hold({})
    cost = model.cost.copy()
    cost[[model.column(name) for name in among]] = 1 / model.inputs["clause_scale"].sel(clause=among).values
    return model.with_dual() if not model.program.has_integers and model.lowest(cost) is not None else []
