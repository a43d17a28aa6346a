"""Why a program has no plan: rows and bounds that contradict one another, and the error that carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

from waterdeal.errors import Infeasible
from waterdeal.lp.highs import no_answer
from waterdeal.lp.options import Outcome
from waterdeal.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.errors import SolveError
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Element, Program
    from waterdeal.types import Floats

#: a multiplier below this is rounding
SMALL = 1e-9
#: an irreducible set takes HiGHS about a minute for the Syr Darya; above this size the duals' own proof is told instead
MOST_ROWS = 1_000


def refusal(outcome: Outcome, solver: Solver, program: Program, level: str) -> SolveError:
    """Return the error that belongs to an outcome without a plan; what contradicts is looked for when somebody asks the error."""
    if outcome != Outcome.INFEASIBLE:
        return no_answer(outcome, level, solver.options)
    return Infeasible(say("solving.no_plan"), lambda: conflicting(solver, program))


def conflicting(solver: Solver, program: Program) -> tuple[Element, ...]:
    """Return an irreducible conflict that a solver has ended with; of large programs a proof of it. Empty where HiGHS finds neither."""
    if len(program.row_lower) > MOST_ROWS:
        return _proving(solver, program)
    solver.highs.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    status, iis = solver.highs.getIis()
    if status == highspy.HighsStatus.kError or not iis.valid_:
        return _proving(solver, program)
    return program.elements(np.atleast_1d(iis.row_index_), np.atleast_1d(iis.col_index_))


def _proving(solver: Solver, program: Program) -> tuple[Element, ...]:
    """Return the rows and informative bounds of a proof that a program has no plan: quick where an irreducible set takes minutes.

    The proof is a ray of duals: the rows, added up with these multipliers, ask for more than the bounds of the columns allow. That no
    flow runs backwards (a lower bound of zero) is part of every proof and not told.
    """
    status, has_ray, *rest = solver.highs.getDualRay()
    if status == highspy.HighsStatus.kError or not has_ray or not rest:
        return ()
    ray = np.asarray(rest[0], dtype=float)
    lp = solver.highs.getLp()
    lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
    found = _proof(program, ray, lower, upper) or _proof(program, -ray, lower, upper)
    return program.elements(*found) if found else ()


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
