"""One cost whose best plan is the best on every level in turn, and the proof that it is.

A basis is best level after level if, for each column and row outside it, the first level on which it has a reduced cost is one that keeps
it where it is. So the levels of a plan that is known tell weights under which its basis is best for the sum of all levels at once. When
water changes and rules do not, the plan of that sum is found in one run from that basis; then the reduced costs of each level are computed
in the new basis and looked at in turn. Where they are in order the plan is proven best on all levels; where they are not, `stages` raises
weights by what they ask for. Weights decide how quickly a plan is found, never which.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.goals import TIE_BREAK
from waterdeal.lp.sharing import NOTHING
from waterdeal.lp.solution import ZERO_DUAL, LevelBounds
from waterdeal.lp.stand import sides_of, stand_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.goals import Agenda
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.lp.sharing import Goal
    from waterdeal.lp.stand import Stand
    from waterdeal.lp.tie_break import TieBreak
    from waterdeal.types import Floats, Ints

#: how much heavier a level is made than it need be: lighter, members of ensembles need a second run more often; heavier, more iterations
MARGIN = 3.0
#: largest cost of a blend
LARGEST_COST = 1e3


@dataclass(frozen=True)
class Leg:
    """Where some levels start from that are weighed together: up to shares of more than nothing, pools, eased shares, or the end."""

    stand: Stand
    weights: Floats  # weight of each goal of the leg in the blend
    ways: dict[bytes, Stand]  # where each program ended that made the shares at its end even, by the members that were left
    goals: tuple[tuple[str, bool], ...]  # level of each goal, and whether it is of shares


@dataclass(frozen=True)
class Start:
    """Where the next program of the same shape starts from."""

    legs: tuple[Leg, ...]
    tie_break: TieBreak  # of the program that has ended there

    def fits(self, agenda: Agenda) -> bool:
        """Whether a program has as many columns and rows, and the same goals in the same order."""
        shape = len(agenda.program.column_lower), len(agenda.program.row_lower)
        goals = [goal for leg in self.legs for goal in leg.goals]
        return goals == list(map(_told, agenda.goals)) and all((len(leg.stand.columns), len(leg.stand.rows)) == shape for leg in self.legs)

    def without(self, level: str) -> Start:
        """Return the start of the same program without a level."""
        legs = []
        for leg in self.legs:
            stays = np.array([goal[0] != level for goal in leg.goals], dtype=bool)
            legs.append(replace(leg, weights=leg.weights[stays], goals=tuple(goal for goal in leg.goals if goal[0] != level)))
        return replace(self, legs=tuple(leg for leg in legs if leg.goals))


def _told(goal: Goal) -> tuple[str, bool]:
    """Tell a goal from others: its level, and whether it is of shares."""
    return goal.level, goal.shares is not None


@dataclass(frozen=True)
class Orders:
    """Reduced costs of all goals in one basis."""

    duals: Floats  # by (goal, column or row), positive where the goal keeps it at its lower bound
    #: by column or row: 1 at its lower bound, -1 at its upper, 0 in the basis or fixed, NaN where it has no bound and is not in the basis
    sides: Floats

    @cached_property
    def kept(self) -> Floats:
        """How strongly each goal keeps each column and row where it is: negative where it would move it."""
        kept = self.duals * self.sides
        loose = np.flatnonzero(np.isnan(self.sides))
        kept[:, loose] = -np.abs(self.duals[:, loose])
        return kept

    def proven(self) -> int:
        """Count the goals on which the basis is proven best, in their order."""
        undecided = self.sides != 0
        for place, kept in enumerate(self.kept):
            if (undecided & (kept < 0)).any():
                return place
            undecided &= kept == 0
        return len(self.duals)

    def undecided(self, columns: int) -> tuple[Ints, Ints]:
        """Return the columns and rows outside the basis that no goal keeps in its place."""
        found = np.flatnonzero((self.sides != 0) & (self.duals == 0).all(axis=0))
        return found[found < columns], found[found >= columns] - columns


class Reader:
    """Reads the reduced costs of all goals of a program in the basis a solver has ended with."""

    def __init__(self, program: Program, goals: Sequence[Floats]) -> None:
        self._program, self._goals = program, goals
        self._row = np.repeat(np.arange(len(program.row_lower)), np.diff(program.matrix.start))

    def orders(self, solver: Solver, bounds: LevelBounds, done: int = 0) -> Orders:
        """Read them."""
        basic = np.asarray(solver.highs.getBasicVariables()[1])
        count, rows = len(bounds.column[0]), len(bounds.row[0])
        outside = np.ones(count + rows, dtype=bool)
        outside[np.where(basic >= 0, basic, count - 1 - basic)] = False
        values = solver.values()
        lower, upper = (np.append(column, row) for column, row in zip(bounds.column, bounds.row, strict=True))
        sides = sides_of(np.append(values, self._program.activity(values)), lower, upper)
        sides[~outside | (lower == upper)] = 0.0
        matrix, at = self._program.matrix, np.maximum(basic, 0)
        duals = np.zeros((len(self._goals) - done, count + rows))
        for cost, reduced in zip(self._goals[done:], duals, strict=True):
            reduced[:count] = cost
            held = np.where(basic >= 0, cost[at], 0.0)
            if held.any():
                price = solver.highs.getBasisTransposeSolve(held)[1]
                reduced[:count] -= np.bincount(matrix.column, matrix.value * price[self._row], count)
                reduced[count:] = price
            reduced[:] = np.where(outside & (np.abs(reduced) > ZERO_DUAL), reduced, 0.0)
        return Orders(duals, sides)


class Trail:
    """Where each leg of a program ends as it is solved, from which others like it can start."""

    def __init__(self, agenda: Agenda) -> None:
        self._program, self._tie_break = agenda.program, agenda.tie_break
        self._bounds = LevelBounds(agenda.program)  # those that the leg began with
        self._goals: list[Goal] = []
        self._legs: list[Leg] = []

    @property
    def start(self) -> Start:
        """Start of where all legs have ended."""
        return Start(tuple(self._legs), self._tie_break)

    @property
    def ways(self) -> dict[bytes, Stand]:
        """Ways of the leg that has ended last."""
        return self._legs[-1].ways if self._legs else {}

    def add(self, goal: Goal, solver: Solver) -> None:
        """Add a goal that the solver has made least; shares of more than nothing, pools, eased shares, and the last goal, end a leg."""
        self._goals.append(goal)
        is_end = goal.level == TIE_BREAK or goal.opening is not None or goal.then is not None
        if is_end or (goal.shares is not None and goal.shares.largest(solver) > NOTHING):
            orders = Reader(self._program, [goal.cost for goal in self._goals]).orders(solver, self._bounds)
            weights = raised_weights(orders, np.ones(len(self._goals)))
            self._legs.append(Leg(stand_of(solver, self._program), weights, {}, tuple(map(_told, self._goals))))
            self._goals = []

    def go_on(self, bounds: LevelBounds) -> None:
        """Begin the next leg, at the bounds that the shares before it leave."""
        if not self._goals:
            self._bounds = deepcopy(bounds)


def raised_weights(orders: Orders, weights: Floats) -> Floats:
    """Raise weights until a basis is best for the sum of goals if, and only if, it is best on each in turn."""
    kept = orders.kept
    decided = kept != 0
    first = np.where(decided.any(axis=0), decided.argmax(axis=0), -1)
    raised = weights.copy()
    for place in range(len(kept) - 2, -1, -1):
        led = first == place
        later = (raised[place + 1 :, None] * kept[place + 1 :, led]).sum(axis=0)
        needed = float((-later / kept[place, led]).max(initial=0.0))
        raised[place] = max(MARGIN * needed, raised[place])
    return raised


def blended(goals: Sequence[Floats], weights: Floats) -> Floats:
    """Add up goals."""
    total = np.zeros(len(goals[0]))
    for cost, weight in zip(goals, weights.tolist(), strict=True):
        total += weight * cost
    largest = float(np.abs(total).max(initial=0.0))
    return total * (LARGEST_COST / largest) if largest > 0 else total
