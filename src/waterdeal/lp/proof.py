"""A proof that a program has no plan: rows and bounds whose sum contradicts itself. Quick where an irreducible set takes minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


#: a multiplier below this is rounding
SMALL = 1e-9


def names_in_proof(solver: Solver, program: Program) -> tuple[str, ...]:
    """Return the rows and informative bounds of a proof that a program has no plan.

    The proof is a ray of duals: the rows, added up with these multipliers, ask for more than the bounds of the columns allow. That no
    flow runs backwards (a lower bound of zero) is part of every proof and not told.
    """
    status, has_ray, *rest = solver.highs.getDualRay()
    if status == highspy.HighsStatus.kError or not has_ray or not rest:
        return ()
    ray = np.asarray(rest[0], dtype=float)
    lp = solver.highs.getLp()
    lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
    found = _proof(program, ray, lower, upper)
    if found is None:
        found = _proof(program, -ray, lower, upper)
    if found is None:
        return ()
    rows, columns = found
    return tuple(program.row_name(int(row)) for row in rows) + tuple(program.column_name(int(column)) for column in columns)


def _proof(program: Program, ray: Floats, lower: Floats, upper: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Check that a ray proves infeasibility; return its rows and columns."""
    size = np.abs(ray).max(initial=0.0)
    if size == 0:
        return None
    y = np.where(np.abs(ray) > SMALL * size, ray / size, 0.0)
    total = np.zeros(len(lower))
    rows = np.repeat(np.arange(len(y)), np.diff(program.matrix.start))
    np.add.at(total, program.matrix.column, program.matrix.value * y[rows])
    total[np.abs(total) <= SMALL] = 0.0
    with np.errstate(invalid="ignore"):
        asked = np.where(y > 0, y * program.row_lower, np.where(y < 0, y * program.row_upper, 0.0)).sum()
        most = np.where(total > 0, total * upper, np.where(total < 0, total * lower, 0.0)).sum()
    if not np.isfinite(asked) or not np.isfinite(most) or asked <= most + 1e-9:
        return None
    told = (total > 0) | ((total < 0) & (lower != 0))
    return np.flatnonzero(y), np.flatnonzero(told)
