"""All levels in as few runs as it takes, from where a program of the same shape has ended.

A stage minimises the sum of the levels that are left, each by its weight. The levels on which the plan is proven best are fixed; where the
next one is not, weights are raised by what its reduced costs ask for, and levels that have become too light to be told apart wait for a
later stage. In the end every level has been proven in its turn, as if they had been solved one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.blend import Reader, blended, raised_weights
from waterdeal.lp.conflict import refusal
from waterdeal.lp.options import Outcome
from waterdeal.lp.solution import worth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.blend import Orders, Start
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.types import Floats

    Goal = tuple[str, Floats]

#: how often weights are raised before the next level is solved alone
MOST_RAISES = 4
#: iterations of a blend a row before its first level is solved alone: weights far apart can lead HiGHS astray
MOST_ITERATIONS = 3
#: levels lighter than this share of the heaviest wait for a later stage
LIGHTEST = 1e-10


class Stages:
    """Solves the levels of one program in a solver that holds it."""

    orders: Orders  # reduced costs of the last stage

    def __init__(self, solver: Solver, program: Program, goals: Sequence[Goal], bounds: LevelBounds) -> None:
        self._solver, self._program, self._goals, self._bounds = solver, program, goals, bounds
        self._reader = Reader(program, [cost for _, cost in goals])
        self.weights: Floats = np.ones(len(goals))

    def fix(self, duals: Floats) -> None:
        """Fix what some levels decide, one after the other."""
        for level in duals:
            self._bounds.fix(self._solver, *np.split(level, [len(self._bounds.column[0])]))

    def descend(self, start: Start) -> None:
        """Solve all levels."""
        self.weights = start.weights.copy()
        self._solver.start_at(start.basis)
        done, tries = 0, 0
        while True:
            orders = self.orders = self._stage(done, alone=tries == MOST_RAISES)
            proven, values = orders.proven(), self._solver.values()
            self._bounds.best |= {level: worth(cost, values) for level, cost in self._goals[done : done + proven]}
            if done + proven == len(self._goals):
                return
            self.weights[done:] = raised_weights(orders, self.weights[done:])
            self.fix(orders.duals[:proven])
            done, tries = done + proven, 0 if proven else tries + 1

    def _stage(self, done: int, *, alone: bool) -> Orders:
        """Minimise what is left, or only its first level, and read the reduced costs."""
        weights = self.weights[done:]
        told_apart = np.where(weights >= LIGHTEST * weights.max(), weights, 0.0)
        if alone:
            told_apart[1:] = 0.0
        costs = [cost for _, cost in self._goals[done:]]
        outcome = self._solver.minimise(blended(costs, told_apart), most_iterations=MOST_ITERATIONS * len(self._program.row_lower))
        if outcome not in {Outcome.OPTIMAL, Outcome.INFEASIBLE}:
            self._solver.start_cold()
            outcome = self._solver.minimise(costs[0])
        if outcome != Outcome.OPTIMAL:
            raise refusal(outcome, self._solver, self._program, self._goals[done][0])
        return self._reader.orders(self._solver, self._bounds, done)
