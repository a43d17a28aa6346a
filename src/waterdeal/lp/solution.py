"""What solving level after level keeps: the bounds as they tighten, and in the end the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.highs import ENDLESS
from waterdeal.lp.options import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints


#: reduced costs and duals below this are zero; real ones are of the size of the weights, 1e-2 to 1e2
ZERO_DUAL = 1e-7
#: room above a figure that is held as it was solved, hm3, and what it may grow to where several of them contradict each other by rounding;
#: a tenth or a hundredth of it leaves concessions that are told to the last digit without a plan, and makes no bundled plan more unique
ROOM, MOST_ROOM = 1e-8, 1e-6
#: room on both sides of what has been fixed, where that contradicts itself by rounding: no more than it takes, as each costs its dual
ROOMS = (1e-8, 1e-7, 1e-6)
#: how it ends where what is held or fixed contradicts itself
_CONTRADICTED = (Outcome.INFEASIBLE, Outcome.TROUBLE)


@dataclass(frozen=True)
class Solution:
    """A proven best plan, as numbers."""

    values: Floats  # value of every column
    levels: dict[str, float]  # value reached on each level
    is_unique: bool  # whether no other plan is as good, tie-break included
    conditional: bool = False  # whether integers were fixed at their best values first; duals and `is_unique` hold for these values only
    least: Mapping[str, float] = field(default_factory=dict)  # what each level can be at least, before any tolerance is used


def worth(cost: Floats, values: Floats) -> float:
    """Return what a plan costs; by NumPy's own sum, which is the same with any number of threads."""
    return float((cost * values).sum())


class LevelBounds:
    """Bounds as they tighten from level to level, and the values reached."""

    def __init__(self, program: Program) -> None:
        self.best: dict[str, float] = {}
        self.least: dict[str, float] = {}  # of every level that is proven, also of those whose shares were eased afterwards
        self.reset(program)

    def note(self, level: str, value: float) -> None:
        """Note the worth of a level that is proven."""
        self.best[level] = self.least[level] = value

    def reset(self, program: Program) -> None:
        """Take back what has been fixed and held."""
        self.column = [program.column_lower.copy(), program.column_upper.copy()]
        self.row = [program.row_lower.copy(), program.row_upper.copy()]
        self._own = (program.column_lower, program.column_upper), (program.row_lower, program.row_upper)
        self._room = ROOM
        self._held: list[tuple[NDArray[np.int64], Floats, Floats]] = []  # columns, what they came to, and the most they may be
        self._marked = (self.column, self.row, 0)

    def mark(self, column: tuple[Floats, Floats] | None = None) -> None:
        """Remember the bounds as they are, or these of columns."""
        lower, upper = column or self.column
        self._marked = ([lower.copy(), upper.copy()], [side.copy() for side in self.row], len(self._held))

    def take_back(self) -> None:
        """Return to the bounds that were remembered."""
        self.column, self.row, held = self._marked
        del self._held[held:]

    def fix_decided(self, solver: Solver) -> None:
        """Fix what the level just solved decides: columns with a reduced cost, and rows with a dual."""
        self.fix(solver, *solver.duals())

    def fix(self, solver: Solver, column_dual: Floats, row_dual: Floats) -> None:
        """Fix columns with a reduced cost, and rows with a dual, where these hold them."""
        for pair, dual, told in ((self.column, column_dual, solver.column_bounds), (self.row, row_dual, solver.row_bounds)):
            held, side = self.tighten(pair, dual)
            if held.size:
                told.put(held, side, side)

    def hold(self, solver: Solver, columns: NDArray[np.int64], values: Floats) -> None:
        """Let columns be no more than they are in a plan that nothing betters, but for rounding."""
        self._held.append((columns, values, self.column[1][columns]))
        self._put(solver, self._held[-1:])

    def room_in(self, cost: Floats) -> float:
        """Return what a level may worsen by, as each column that is held has room."""
        places = [columns[columns < len(cost)] for columns, _, _ in self._held]
        return self._room * float(np.abs(cost[np.unique(np.concatenate(places))]).sum()) if places else 0.0

    def loosen(self, solver: Solver) -> bool:
        """Give more room to what is held, unless nothing is or the room is as large as it may be."""
        if not self._held or self._room >= MOST_ROOM:
            return False
        self._room *= 10
        self._put(solver, self._held)
        return True

    def fixed(self) -> list[tuple[NDArray[np.int64], Floats]]:
        """Return what has been fixed, of columns and of rows, and at what."""
        found = []
        for (lower, upper), (least, most) in zip((self.column, self.row), self._own, strict=True):
            places = np.flatnonzero((lower == upper) & (least < most))
            found.append((places, lower[places].copy()))
        return found

    def open_fixed(self, solver: Solver, fixed: list[tuple[NDArray[np.int64], Floats]], room: float) -> None:
        """Give what was fixed the room of rounding, within its own bounds."""
        told_of = (solver.column_bounds, solver.row_bounds)
        for (lower, upper), (least, most), (places, at), told in zip((self.column, self.row), self._own, fixed, told_of, strict=True):
            lower[places], upper[places] = np.maximum(least[places], at - room), np.minimum(most[places], at + room)
            told.put(places, lower[places], upper[places])

    def _put(self, solver: Solver, held: Sequence[tuple[NDArray[np.int64], Floats, Floats]]) -> None:
        """Bound what is held; what a level has fixed since stays so."""
        for columns, values, most in held:
            lower = self.column[0][columns]
            free = lower < self.column[1][columns]
            upper = np.clip(values + self._room, lower, most)
            self.column[1][columns[free]] = upper[free]
            solver.column_bounds.put(columns, lower, self.column[1][columns])

    def narrowed(self, program: Program, place: Ints) -> LevelBounds:
        """Return the bounds of what is left of a program, by the place of each column in it, below zero where it is not."""
        narrow = LevelBounds(program)
        narrow._room = self._room
        for columns, values, most in self._held:
            inside = place[columns] >= 0
            narrow._held.append((place[columns[inside]], values[inside], most[inside]))
        return narrow

    def take_held(self, narrow: LevelBounds, columns: Ints) -> None:
        """Take what has been held since in what was left of a program, its columns by place."""
        self._held += [(columns[held], values, most) for held, values, most in narrow._held[len(self._held) :]]
        self._room = narrow._room

    @staticmethod
    def tighten(pair: list[Floats], dual: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Close the bounds of what has a dual onto the side the dual holds it at."""
        lower, upper = pair
        side = np.where(dual > 0, lower, upper)
        held = np.flatnonzero((np.abs(dual) > ZERO_DUAL) & (lower != upper) & np.isfinite(side))
        lower[held] = upper[held] = side[held]
        return held, side[held]


def room_left(room: Floats, values: Floats, planned: Floats) -> Floats:
    """Return the room that is left beyond some values: all of it but where a plan goes on; there what has been given so far is taken off.

    A plan that goes on needs no more than leads to what was planned. Where more is missing by now than was planned, nobody gave it, and
    there is as much room as is missing more.
    """
    return np.fmin(room, np.abs(planned - values)) if planned.size else room


def minimise_next(solver: Solver, bounds: LevelBounds, cost: Floats) -> Outcome:
    """Make a cost least from where the program before has ended; a large one is solved from nothing where that does not end soon."""
    if solver.is_large:
        solver.go_on()
        outcome = solver.minimise(cost, again=False, most_iterations=solver.nearby)
        if outcome == Outcome.OPTIMAL:
            return outcome
        solver.start_inside()
    return minimise_held(solver, bounds, cost)


def minimise_held(solver: Solver, bounds: LevelBounds, cost: Floats, most_iterations: int = ENDLESS) -> Outcome:
    """Make a cost least; where what is held, or else what is fixed, contradicts itself by rounding, with more room for it."""
    outcome = solver.minimise(cost, most_iterations=most_iterations)
    while outcome in _CONTRADICTED and bounds.loosen(solver):
        solver.start_cold()
        outcome = solver.minimise(cost, most_iterations=most_iterations)
    fixed = bounds.fixed() if outcome in _CONTRADICTED else []
    for room in ROOMS if any(places.size for places, _ in fixed) else ():
        bounds.open_fixed(solver, fixed, room)
        solver.start_cold()
        outcome = solver.minimise(cost, most_iterations=most_iterations)
        if outcome not in _CONTRADICTED:
            break
    return outcome
