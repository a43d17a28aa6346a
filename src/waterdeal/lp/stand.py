"""Where a solver stands: which columns and rows are in the basis, and at which bound the others are; as arrays that can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints

    Codes = NDArray[np.int8]

_STATUS = highspy.HighsBasisStatus
_KINDS = (_STATUS.kUpper, _STATUS.kZero, _STATUS.kLower, _STATUS.kBasic)


@dataclass(frozen=True)
class Stand:
    """A basis."""

    columns: Codes
    rows: Codes

    @cached_property
    def basis(self) -> highspy.HighsBasis:
        """The same for HiGHS."""
        basis = highspy.HighsBasis()
        basis.col_status = [_KINDS[code] for code in self.columns.tolist()]
        basis.row_status = [_KINDS[code] for code in self.rows.tolist()]
        basis.valid, basis.alien = True, False  # an alien one is factored once more, to see whether it is one
        return basis

    def rest(self, columns: Ints, rows: Ints) -> highspy.HighsBasis:
        """Return the basis of some columns and rows, an alien one: what is missing in it HiGHS finds."""
        basis = Stand(self.columns[columns], self.rows[rows]).basis
        basis.alien = True
        return basis

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave out what HiGHS holds: it cannot be sent to another process."""
        return Stand, (self.columns, self.rows)


def stand_of(solver: Solver, program: Program) -> Stand:
    """Read where a solver stands, at the bounds that a program has without any level fixed."""
    basic = np.asarray(solver.highs.getBasicVariables()[1])
    values = solver.values()
    columns = _statuses(values, (program.column_lower, program.column_upper), basic[basic >= 0])
    rows = _statuses(program.activity(values), (program.row_lower, program.row_upper), -1 - basic[basic < 0])
    return Stand(columns, rows)


def sides_of(values: Floats, lower: Floats, upper: Floats) -> Floats:
    """Tell which bound each value stands at."""
    nearer = np.where(np.isfinite(lower) & (~np.isfinite(upper) | (np.abs(values - lower) <= np.abs(upper - values))), 1.0, -1.0)
    return np.where(np.isfinite(lower) | np.isfinite(upper), nearer, np.nan)


def _statuses(values: Floats, bounds: tuple[Floats, Floats], basic: NDArray[np.int64]) -> Codes:
    """Status of each column or row."""
    codes = (np.nan_to_num(sides_of(values, *bounds), nan=0.0) + 1).astype(np.int8)
    codes[basic] = 3
    return codes
