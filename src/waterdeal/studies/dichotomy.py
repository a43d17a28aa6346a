"""Every corner of what two sums can be at most, in one linear programme: no grid, no weights chosen.

Aneja and Nair's dichotomy (1979). The ends: one sum first, then the other on the best plans of the first. Between two known corners the
straight line has one pair of weights for which both are worth the same; the best plan for these weights lies beyond the line, and is a new
corner, or on it, and then there is nothing beyond. Of several best plans the one with most of the first sum is taken, so that only true
corners are found, the same from any start. HiGHS keeps the program and goes on from the last basis each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.highs import Solver
from waterdeal.solve.refusal import refusal
from waterdeal.solve.solution import LevelBounds, worth
from waterdeal.solve.status import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

#: how far a plan must lie beyond a line to be no rounding: an amount, and a share of the length of the line
BEYOND, BEYOND_SHARE = 1e-6, 1e-8
#: largest cost of a weighted sum, whose smaller weight is 1 where that allows it
LARGEST_WEIGHT = 1e3


@dataclass(frozen=True)
class Corner:
    """A plan at a corner.

    Parameters
    ----------
    first, second : float
        The two sums, more being better.
    values : numpy.ndarray
        Value of every column.
    """

    first: float
    second: float
    values: Floats


class Dichotomy:
    """Finds the corners.

    Parameters
    ----------
    program : Program
        The compiled model, without whole numbers.
    goods : (numpy.ndarray, numpy.ndarray)
        The two sums, more being better.
    rest : sequence of numpy.ndarray
        Costs that choose among the plans of a corner, in order; with the tie-break last the plan of a corner is one only.
    options : SolveOptions
        How HiGHS is run; its time limit is for each corner.
    """

    def __init__(self, program: Program, goods: tuple[Floats, Floats], rest: Sequence[Floats], options: SolveOptions) -> None:
        """Give HiGHS the program."""
        self._program, self._goods, self._rest = program, goods, tuple(rest)
        self._solver = Solver(program, options)
        #: linear programmes solved
        self.solves = 0

    def corners(self) -> tuple[list[Corner], list[float]]:
        """Find all corners.

        Returns
        -------
        corners : list of Corner
            By rising first sum and falling second.
        beyond : list of float
            By line between two: the most by which any plan lies beyond it, in the unit of the sums; rounding only.

        Raises
        ------
        Infeasible, Unbounded, TimeLimitReached, SolverTrouble
            Where a corner has no proven plan.
        """
        first, second = self._goods
        last, begin = self._best(first, second), self._best(second, first)
        if last.first - begin.first <= BEYOND or begin.second - last.second <= BEYOND:
            return [last], []
        found, proofs, open_lines = [begin], list[float](), [(begin, last)]
        while open_lines:
            left, right = open_lines.pop()
            between, beyond = self._between(left, right)
            if between is None:
                found.append(right)
                proofs.append(beyond)
            else:
                open_lines += [(between, right), (left, between)]
        return found, proofs

    def _between(self, left: Corner, right: Corner) -> tuple[Corner | None, float]:
        """Return a corner beyond a line, or none and the most by which a plan lies beyond it."""
        wide, high = right.first - left.first, left.second - right.second
        weights = np.array([high, wide]) / min(high, wide)
        weights *= min(1.0, LARGEST_WEIGHT / weights.max())
        good = weights[0] * self._goods[0] + weights[1] * self._goods[1]
        self._solver.restart_clock()
        self._minimise(-good)
        level = max(weights @ (corner.first, corner.second) for corner in (left, right))
        beyond = (worth(good, self._solver.values()) - level) / weights.sum()
        if beyond <= BEYOND + BEYOND_SHARE * (wide + high):
            return None, max(float(beyond), 0.0)
        found = self._settled(LevelBounds(self._program), [-self._goods[0]])
        # rounding can lead back to an end of the line: then there is nothing between
        is_new = left.first + BEYOND < found.first < right.first - BEYOND and right.second + BEYOND < found.second < left.second - BEYOND
        return (found, 0.0) if is_new else (None, float(beyond))

    def _best(self, good: Floats, then: Floats) -> Corner:
        """Return the corner with most of one sum."""
        self._solver.restart_clock()
        self._minimise(-good)
        return self._settled(LevelBounds(self._program), [-then])

    def _settled(self, bounds: LevelBounds, costs: Sequence[Floats]) -> Corner:
        """Choose one of the plans that are best for the cost just solved, and open the bounds again."""
        basis = self._solver.highs.getBasis()
        for cost in (*costs, *self._rest):
            bounds.fix_decided(self._solver)
            self._minimise(cost)
        values = np.clip(self._solver.values(), self._program.column_lower, self._program.column_upper)
        self._solver.take_bounds(self._program)
        self._solver.highs.setBasis(basis)
        return Corner(worth(self._goods[0], values), worth(self._goods[1], values), values)

    def _minimise(self, cost: Floats) -> None:
        """Solve once."""
        self.solves += 1
        outcome = self._solver.minimise(cost)
        if outcome != Outcome.OPTIMAL:
            raise refusal(outcome, self._solver, self._program, "frontier")
