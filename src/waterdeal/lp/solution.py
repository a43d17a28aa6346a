"""What solving level after level keeps: the bounds as they tighten, and in the end the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


#: reduced costs and duals below this are zero; real ones are of the size of the weights, 1e-2 to 1e2
ZERO_DUAL = 1e-7


@dataclass(frozen=True)
class Solution:
    """A proven best plan, as numbers."""

    values: Floats  # value of every column
    levels: dict[str, float]  # value reached on each level
    is_unique: bool  # whether no other plan is as good, tie-break included
    conditional: bool = False  # whether integers were fixed at their best values first; duals and `is_unique` hold for these values only


def worth(cost: Floats, values: Floats) -> float:
    """Return what a plan costs; by NumPy's own sum, which is the same with any number of threads."""
    return float((cost * values).sum())


class LevelBounds:
    """Bounds as they tighten from level to level, and the values reached."""

    def __init__(self, program: Program) -> None:
        self.column = [program.column_lower.copy(), program.column_upper.copy()]
        self.row = [program.row_lower.copy(), program.row_upper.copy()]
        self.best: dict[str, float] = {}
        self._marked = (self.column, self.row)

    def mark(self, column: tuple[Floats, Floats] | None = None) -> None:
        """Remember the bounds as they are, or these of columns."""
        lower, upper = column or self.column
        self._marked = ([lower.copy(), upper.copy()], [side.copy() for side in self.row])

    def take_back(self) -> None:
        """Return to the bounds that were remembered."""
        self.column, self.row = self._marked

    def fix_decided(self, solver: Solver) -> None:
        """Fix what the level just solved decides: columns with a reduced cost, and rows with a dual."""
        self.fix(solver, *solver.duals())

    def fix(self, solver: Solver, column_dual: Floats, row_dual: Floats) -> None:
        """Fix columns with a reduced cost, and rows with a dual, where these hold them."""
        for pair, dual, told in ((self.column, column_dual, solver.column_bounds), (self.row, row_dual, solver.row_bounds)):
            held, side = self.tighten(pair, dual)
            if held.size:
                told.put(held, side, side)

    @staticmethod
    def tighten(pair: list[Floats], dual: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Close the bounds of what has a dual onto the side the dual holds it at."""
        lower, upper = pair
        side = np.where(dual > 0, lower, upper)
        held = np.flatnonzero((np.abs(dual) > ZERO_DUAL) & (lower != upper) & np.isfinite(side))
        lower[held] = upper[held] = side[held]
        return held, side[held]
