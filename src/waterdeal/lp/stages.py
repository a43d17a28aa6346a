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
from waterdeal.lp.easing import ease
from waterdeal.lp.goals import TIE_BREAK
from waterdeal.lp.options import Outcome
from waterdeal.lp.pools import open_pools
from waterdeal.lp.sharing import NOTHING, Ways, even_out, hold_at_nothing
from waterdeal.lp.solution import minimise_held, worth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.lp.blend import Leg, Orders, Start, Trail
    from waterdeal.lp.goals import Agenda
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.sharing import Goal
    from waterdeal.lp.solution import LevelBounds
    from waterdeal.types import Floats, Ints

#: how often weights are raised before the next level is solved alone
MOST_RAISES = 4
#: iterations of a blend a row before its first level is solved alone: weights far apart can lead HiGHS astray
MOST_ITERATIONS = 3
#: levels lighter than this share of the heaviest wait for a later stage
LIGHTEST = 1e-10


class Stages:
    """Solves the levels of one program in a solver that holds it."""

    def __init__(self, solver: Solver, agenda: Agenda, bounds: LevelBounds) -> None:
        self._solver, self._agenda, self._bounds = solver, agenda, bounds
        self.weights: list[Floats] = []  # as they were raised, by leg
        self._orders: Orders | None = None

    def undecided(self) -> tuple[Ints, Ints]:
        """Return the columns and rows that no level and no tie-break keeps in its place."""
        nothing = np.zeros(0, np.int64)
        return (nothing, nothing) if self._orders is None else self._orders.undecided(len(self._bounds.column[0]))

    def fix_last(self) -> None:
        """Fix what the levels of the last stage decide, but for the tie-break: it is to be solved once more."""
        if self._orders is not None:
            self._fix(self._orders.duals[:-1])

    def _fix(self, duals: Floats) -> None:
        """Fix what some levels decide, one after the other."""
        for level in duals:
            self._bounds.fix(self._solver, *np.split(level, [len(self._bounds.column[0])]))

    def descend(self, start: Start, trail: Trail | None = None) -> None:
        """Solve all levels, leg by leg."""
        for _ in self.in_turn(start, trail):
            pass

    def in_turn(self, start: Start, trail: Trail | None = None) -> Iterator[int]:
        """Solve leg after leg, and yield how many goals are solved: the bounds then hold the worth of their levels."""
        done = 0
        for leg in start.legs:
            goals = self._agenda.goals[done : done + len(leg.weights)]
            self._go(leg, goals, trail)
            done += len(goals)
            yield done

    def _go(self, leg: Leg, goals: Sequence[Goal], trail: Trail | None) -> None:
        """Solve the levels of one leg."""
        weights, reader = leg.weights.copy(), Reader(self._agenda.program, [goal.cost for goal in goals])
        self.weights.append(weights)
        self._solver.start_at(leg.stand.basis)
        done, tries = 0, 0
        while done < len(goals):
            alone = tries == MOST_RAISES
            orders = self._orders = self._stage(reader, goals, (done, weights), alone=alone)
            # a level that was solved alone is at its best whatever its basis reads like: bounds a hair apart can be told for one another
            count = max(orders.proven(), int(alone))
            proven = goals[done : done + self._up_to_shares(goals[done : done + count])]
            self._note(proven, trail)
            if proven and proven[-1].level == TIE_BREAK:
                return
            if done + len(proven) < len(goals):
                weights[done:] = raised_weights(orders, weights[done:])
            self._leave(proven, orders, leg, trail)
            done, tries = done + len(proven), 0 if proven else tries + 1

    def _up_to_shares(self, proven: Sequence[Goal]) -> int:
        """Count the goals up to the first shares of more than nothing, which are to be made even before anything else."""
        for place, goal in enumerate(proven):
            if goal.shares is not None and goal.shares.largest(self._solver) > NOTHING:
                return place + 1
        return len(proven)

    def _leave(self, proven: Sequence[Goal], orders: Orders, leg: Leg, trail: Trail | None) -> None:
        """Fix what goals decide that are proven, and make even the shares that end them."""
        for goal, duals in zip(proven, orders.duals, strict=False):
            ways = Ways(leg.ways, None if trail is None else trail.ways)
            if goal.begins:
                self._bounds.mark()
            if goal.shares is None:
                self._fix(duals[None])
            elif goal.shares.largest(self._solver) <= NOTHING:
                hold_at_nothing(self._solver, self._bounds, goal.shares)
            else:
                count = len(self._bounds.column[0])
                even_out(self._solver, self._agenda.program, goal, self._bounds, (duals[:count], duals[count:]), ways)
                if trail is not None:
                    trail.go_on(self._bounds)
            if goal.opening is not None:
                open_pools(self._solver, self._agenda.program, goal, self._bounds)
            eased = ease(self._solver, self._agenda.program, goal, self._bounds, ways)
            if trail is not None and (eased or goal.opening is not None):
                trail.go_on(self._bounds)

    def _stage(self, reader: Reader, goals: Sequence[Goal], at: tuple[int, Floats], *, alone: bool) -> Orders:
        """Minimise what is left, or only its first level, and read the reduced costs."""
        done, weights = at[0], at[1][at[0] :]
        told_apart = np.where(weights >= LIGHTEST * weights.max(), weights, 0.0)
        if alone:
            told_apart[1:] = 0.0
        costs = [goal.cost for goal in goals[done:]]
        most = MOST_ITERATIONS * len(self._bounds.row[0])
        outcome = minimise_held(self._solver, self._bounds, blended(costs, told_apart), most_iterations=most)
        if outcome not in {Outcome.OPTIMAL, Outcome.INFEASIBLE}:
            self._solver.start_cold()
            outcome = self._solver.minimise(costs[0])
        if outcome != Outcome.OPTIMAL:
            raise refusal(outcome, self._solver, self._agenda.program, goals[done].level)
        return reader.orders(self._solver, self._bounds, done)

    def _note(self, proven: Sequence[Goal], trail: Trail | None) -> None:
        """Note the worth of levels that are proven."""
        values = self._solver.values()
        for goal in proven:
            if goal.shares is None:
                self._bounds.note(goal.level, worth(goal.cost, values))
            if trail is not None:
                trail.add(goal, self._solver)
