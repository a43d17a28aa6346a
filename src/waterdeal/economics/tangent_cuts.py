"""The greatest concave benefit under linear rows: linear programs, tangents and a certified gap.

HiGHS's quadratic solver is not used: on a season of fields it did not end in two minutes, where tangents took half a second to a gap of
4e-9 (design/model.md, section 0). Each round solves a linear program in which every benefit lies below its tangents: its optimum is a
bound. The best point between the best plan so far and that optimum is a plan: rows are convex. Tangents are added at both, until bound
and plan meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.economics.concave_sum import ConcaveSum
from waterdeal.errors import Infeasible, SolverTrouble, Unbounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import highspy
    from numpy.typing import NDArray

    from waterdeal.economics.benefit import Benefit
    from waterdeal.economics.linear_program import LinearProgram
    from waterdeal.economics.quadratic_form import QuadraticForm

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Cut = tuple[int, Ints, Floats, float]

#: feasibility asked of HiGHS
_TOLERANCE = 1e-9
#: tangents are written this many times larger, so that HiGHS may miss them by as many times less: what it misses adds to the gap
_SCALE = 1e3
#: other ways to solve a round that HiGHS loses itself in
_OTHER_WAYS: tuple[dict[str, object], ...] = ({}, {"presolve": "off"}, {"simplex_strategy": 4}, {"solver": "ipm"})
#: boxes for columns that have a benefit and no bound, one after another until what is found in one is proven outside it too
_BOXES = (1e4, 1e7, 1e10)
#: rounds without a better bound or plan after which floats have no more to give
_PATIENCE = 4


@dataclass(frozen=True)
class Maximum:
    """A plan, and how far from the best it can be.

    Parameters
    ----------
    values : numpy.ndarray
        Value of each column.
    objective, bound : float
        Benefits less cost of the plan, with the true benefits; and what no plan can exceed.
    gap : float
        Difference of the two, over the larger of 1 and the objective.
    shadow_values : numpy.ndarray
        By row: what one more unit of its binding bound adds to the objective.
    rounds : int
        Linear programs solved.
    certified : bool
        Whether the gap is within the tolerance asked for.
    """

    values: Floats
    objective: float
    bound: float
    gap: float
    shadow_values: Floats
    rounds: int
    certified: bool


def maximise(
    program: LinearProgram,
    terms: Sequence[tuple[int, Benefit]] = (),
    forms: Sequence[QuadraticForm] = (),
    *,
    tolerance: float = 1e-9,
    rounds: int = 200,
) -> Maximum:
    """Find the values of greatest benefit less cost.

    Parameters
    ----------
    program : LinearProgram
        Rows, bounds and linear cost.
    terms : sequence of (int, Benefit)
        Columns and the concave benefit of each; the domain of a benefit bounds its column too.
    forms : sequence of QuadraticForm
        Concave benefits of several columns.
    tolerance : float
        Gap at which to stop, over the larger of 1 and the objective.
    rounds : int
        Most linear programs to solve; `certified` says whether they were enough.

    Returns
    -------
    Maximum
        The plan, its bound and its shadow values.

    Raises
    ------
    Infeasible
        If no values satisfy rows, bounds and domains.
    Unbounded
        If the benefit has no end.
    SolverTrouble
        If HiGHS gives no answer.
    """
    whole = ConcaveSum(program, terms, forms)
    for box in _BOXES:
        endless = whole.endless(box)
        last = box == _BOXES[-1] or not endless.any()
        try:
            found = _maximise_in(program, whole, box, (tolerance, rounds))
        except Infeasible:
            if last:
                raise
            continue
        inside = not last or (np.abs(found.values[endless]) < box).all()
        if inside and (found.certified or (last and np.isfinite(found.bound))):
            return found
    message = "the benefit has no end: bound a column, or give it a benefit that falls"
    raise Unbounded(message)


def _maximise_in(program: LinearProgram, whole: ConcaveSum, box: float, stop: tuple[float, int]) -> Maximum:
    """Find the best plan with endless columns held in a box, until the gap or the rounds to stop at."""
    tolerance, rounds = stop
    master = _Master(program, whole, box)
    plan = np.zeros(0)
    best, bound, idle, count = -np.inf, np.inf, 0, 0
    for count in range(1, rounds + 1):
        master.run()
        reached = master.values()
        optimum, shares = reached[: master.size], reached[master.size :]
        better = whole.best_between(plan, optimum) if count > 1 else optimum
        gain = whole.total(better) - best
        plan, best = (better, whole.total(better)) if gain > 0.0 else (plan, best)
        fell = bound - master.bound()
        bound, size = min(bound, master.bound()), max(1.0, abs(best))
        idle = 0 if gain > 1e-14 * size or fell > 1e-14 * size else idle + 1
        if bound - best <= tolerance * size or idle > _PATIENCE:
            break
        loose = np.flatnonzero(shares - whole.values(optimum) > tolerance * size / (2.0 * whole.count)).tolist()
        apart = [place for place in loose if not np.array_equal(_touched(whole, place, plan), _touched(whole, place, optimum))]
        master.add([(place, *whole.cut(place, optimum)) for place in loose] + [(place, *whole.cut(place, plan)) for place in apart])
    prices, bound = master.shadow_values(), max(bound, best, master.bound_outside(box))
    gap = (bound - best) / max(1.0, abs(best))
    return Maximum(plan, best, bound, gap, prices, count, gap <= tolerance)


def _touched(whole: ConcaveSum, place: int, x: Floats) -> Floats:
    """Where a tangent of a term or form touches."""
    if place < len(whole.terms):
        return x[whole.columns[place] : whole.columns[place] + 1]
    return x[whole.forms[place - len(whole.terms)].columns]


class _Master:
    """A kept HiGHS with the rows, one column a benefit, and all tangents so far."""

    def __init__(self, program: LinearProgram, whole: ConcaveSum, box: float) -> None:
        """Pass rows and columns in one call, then the first tangents."""
        from highspy import HighsModelStatus
        from highspy.highs import _Highs

        self._status = HighsModelStatus
        self.program, self.whole = program, whole
        self.size, self.rows = len(program.cost), len(program.row_lower)
        if (whole.lower > whole.upper).any():
            message = "a column cannot lie both within its bounds and within the domain of its benefit"
            raise Infeasible(message)
        _Highs.resetGlobalScheduler(True)  # else HiGHS keeps the number of threads of an earlier solve, and refuses another
        self.highs = _Highs()
        feasibility = {"primal_feasibility_tolerance": _TOLERANCE, "dual_feasibility_tolerance": _TOLERANCE}
        self._set({"output_flag": False, "threads": 1, **feasibility})
        endless = whole.endless(box)
        self.lower, self.upper = (
            np.where(endless, np.maximum(whole.lower, -box), whole.lower),
            np.where(endless, np.minimum(whole.upper, box), whole.upper),
        )
        self.highs.passModel(_highs_lp(program, whole, self.lower, self.upper))
        self.add(self._ends())

    def _ends(self) -> Iterable[Cut]:
        """Tangents at the ends and the middle of bounded columns, or at 0 or the nearest to it."""
        lower, upper = self.whole.lower, self.whole.upper
        nearest = np.clip(0.0, lower, upper)
        points = [nearest, np.where(np.isfinite(lower), lower, nearest), np.where(np.isfinite(upper), upper, nearest)]
        points.append((points[1] + points[2]) / 2.0)
        for place in range(self.whole.count):
            for point in np.unique([tuple(_touched(self.whole, place, x)) for x in points], axis=0):
                x = nearest.copy()
                x[self._columns(place)] = point
                yield place, *self.whole.cut(place, x)

    def _columns(self, place: int) -> Ints:
        """Columns of a term or form."""
        if place < len(self.whole.terms):
            return self.whole.columns[place : place + 1]
        return self.whole.forms[place - len(self.whole.terms)].columns

    def run(self) -> None:
        """Solve from the basis of the last round."""
        self.highs.run()
        for changes in _OTHER_WAYS:
            if self.highs.getModelStatus() in {self._status.kOptimal, self._status.kModelEmpty}:
                break
            kept = {name: self.highs.getOptionValue(name)[1] for name in changes}
            self._set(changes)
            self.highs.clearSolver()
            self.highs.run()
            self._set(kept)
        self._believe(self.highs.getModelStatus())

    def _set(self, options: Mapping[str, object]) -> None:
        """Set options of HiGHS."""
        for name, value in options.items():
            self.highs.setOptionValue(name, value)

    def _believe(self, status: highspy.HighsModelStatus) -> None:
        """Raise unless the program is solved."""
        if status == self._status.kInfeasible:
            message = "no values satisfy all rows, bounds and domains"
            raise Infeasible(message)
        if status in {self._status.kUnbounded, self._status.kUnboundedOrInfeasible}:
            message = "the cost falls without end: bound a column"
            raise Unbounded(message)
        if status not in {self._status.kOptimal, self._status.kModelEmpty}:
            message = f"HiGHS ended with {status.name}"
            raise SolverTrouble(message)

    def add(self, cuts: Iterable[Cut]) -> None:
        """Add tangents as rows: benefit - slopes x <= intercept."""
        listed = list(cuts)
        if not listed:
            return
        columns = [np.append(touched, self.size + place) for place, touched, _, _ in listed]
        scales = [_SCALE / max(1.0, float(np.abs(slope).max())) for _, _, slope, _ in listed]
        slopes = [scale * np.append(-slope, 1.0) for scale, (_, _, slope, _) in zip(scales, listed, strict=True)]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in columns])[:-1]]).astype(np.int32)
        upper = np.array(scales) * [intercept for _, _, _, intercept in listed]
        index, value = np.concatenate(columns).astype(np.int32), np.concatenate(slopes)
        self.highs.addRows(len(listed), np.full(len(listed), -np.inf), upper, len(index), starts, index, value)

    def values(self) -> Floats:
        """Value of each column, then the value its tangents allow each benefit."""
        values = np.array(self.highs.getSolution().col_value)
        values[: self.size] = np.clip(values[: self.size], self.lower, self.upper)
        return values

    def bound(self) -> float:
        """What no plan exceeds."""
        return -float(self.highs.getInfo().objective_function_value)

    def bound_outside(self, box: float) -> float:
        """What no plan exceeds once endless columns may leave the box: the tangents found inside it hold everywhere."""
        endless = np.flatnonzero(self.whole.endless(box))
        if not len(endless):
            return self.bound()
        self.highs.changeColsBounds(len(endless), endless.astype(np.int32), self.whole.lower[endless], self.whole.upper[endless])
        try:
            self.run()
        except Unbounded:
            return np.inf
        return self.bound()

    def shadow_values(self) -> Floats:
        """What one more unit of each row adds."""
        return -np.array(self.highs.getSolution().row_dual)[: self.rows]


def _highs_lp(program: LinearProgram, whole: ConcaveSum, lower: Floats, upper: Floats) -> highspy.HighsLp:
    """Rows and columns in the form HiGHS takes, with a free column for each benefit."""
    import highspy
    from scipy import sparse

    matrix = sparse.csr_array(program.matrix)
    lp = highspy.HighsLp()
    free = np.full(whole.count, np.inf)
    lp.num_col_, lp.num_row_ = len(program.cost) + whole.count, len(program.row_lower)
    lp.col_cost_ = np.concatenate([whole.cost, -np.ones(whole.count)])
    lp.col_lower_, lp.col_upper_ = np.concatenate([lower, -free]), np.concatenate([upper, free])
    lp.row_lower_, lp.row_upper_ = np.asarray(program.row_lower, dtype=float), np.asarray(program.row_upper, dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data.astype(float)
    return lp
