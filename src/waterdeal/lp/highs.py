"""A kept HiGHS that solves one program for cost after cost."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from waterdeal.errors import SolverTrouble, TimeLimitReached, Unbounded
from waterdeal.lp.highs_private import new_highs
from waterdeal.lp.options import Outcome
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from waterdeal.errors import SolveError
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Matrix, Program
    from waterdeal.types import Floats, Ints

Basis = highspy.HighsBasis

#: rows beyond which interior point is taken for the first level: more than any program that was compared, as simplex was faster on all
#: (docs/decisions/simplex-at-every-size.md)
IPM_FROM_ROWS = 2_000_000

#: rows from which a program that is not soon done is solved from nothing; below it goes on from where the last one ended
#: (docs/decisions/levels-by-reduced-costs.md)
COLD_FROM_ROWS = 8_000

#: iterations a row after which a run from a start is given up for one from nothing: with nothing perturbed HiGHS can go round in circles
NEAR_ITERATIONS = 3

#: iterations a row after which a large program is no longer taken from where the one before has ended
NEARBY = 0.01

#: HiGHS's own limit of iterations
ENDLESS = 2**31 - 1

#: feasibility asked of HiGHS; its default of 1e-7 a row adds up to more than the audit allows
TOLERANCE = 1e-9

#: other ways to solve a program whose outcome is odd
_OTHER_WAYS: tuple[dict[str, object], ...] = ({"presolve": "off", "solver": "simplex"}, {"presolve": "off", "solver": "ipm"})
#: the same where columns are integer: there the choice of a method is HiGHS's own
_OTHER_WAYS_WHOLE: tuple[dict[str, object], ...] = ({"presolve": "off"}, {"presolve": "on"})

#: what HiGHS guesses whole numbers by
_GUESSES = tuple(f"mip_heuristic_run_{name}" for name in ("feasibility_jump", "rins", "rens", "root_reduced_cost", "zi_round", "shifting"))

#: how HiGHS runs from a basis that is near the end: by primal simplex where the basis has a plan, with weights that need no
#: solve a row to begin with, and with costs and bounds as they are, as nothing has to be undone then (docs/decisions/runs-from-a-start.md)
_NEAR: dict[str, object] = {
    "simplex_strategy": 0,
    "simplex_dual_edge_weight_strategy": 1,
    "dual_simplex_cost_perturbation_multiplier": 0.0,
    "primal_simplex_bound_perturbation_multiplier": 0.0,
}

_STATUS = highspy.HighsModelStatus
_OUTCOMES = {
    _STATUS.kOptimal: Outcome.OPTIMAL,
    _STATUS.kModelEmpty: Outcome.OPTIMAL,
    _STATUS.kInfeasible: Outcome.INFEASIBLE,
    _STATUS.kUnbounded: Outcome.UNBOUNDED,
    _STATUS.kTimeLimit: Outcome.TIME_LIMIT,
    _STATUS.kIterationLimit: Outcome.TIME_LIMIT,
    _STATUS.kInterrupt: Outcome.TIME_LIMIT,
    _STATUS.kSolutionLimit: Outcome.TIME_LIMIT,
}


class Solver:
    """HiGHS with one program in it."""

    def __init__(self, program: Program, options: SolveOptions, deadline: float | None = None) -> None:
        """Pass the arrays to HiGHS in one call."""
        self.options = options
        self._usual: dict[str, object] = {}  # HiGHS's own values of `_NEAR`, while those are set
        self.highs = new_highs(options.threads)
        self._deadline = time.monotonic() + options.time_limit if deadline is None else deadline
        self.has_factor = False  # whether HiGHS holds a factor of the basis it has ended with, as it may not after interior point
        self._other_ways = _OTHER_WAYS
        rows = len(program.row_lower)
        self.is_large, self.nearby = rows >= COLD_FROM_ROWS, int(NEARBY * rows)
        by_size = "ipm" if rows >= IPM_FROM_ROWS else "simplex"
        self._set(primal_feasibility_tolerance=TOLERANCE, dual_feasibility_tolerance=TOLERANCE)
        # rows and columns are all in hm3: scaling gains nothing, and what is feasible scaled can miss by 1e-6 in hm3
        self._set(simplex_scale_strategy=0)
        # a basis is factored by its larger entries: with HiGHS's 0.1 a row could miss by 1e-7 hm3 what it was said to meet, and what is
        # held there for later levels would contradict itself
        self._set(factor_pivot_threshold=0.5)
        self._method = by_size if options.method == "choose" else options.method
        self._set(solver=self._method)
        self._set(random_seed=options.seed, presolve="on" if options.presolve else "off")
        if program.has_integers:
            self._other_ways = _OTHER_WAYS_WHOLE if options.presolve else _OTHER_WAYS_WHOLE[::-1]
            self._set(solver="choose", mip_rel_gap=0.0, mip_abs_gap=TOLERANCE, mip_feasibility_tolerance=TOLERANCE)
        if self.highs.passModel(_highs_lp(program)) == highspy.HighsStatus.kError:  # it would answer every question with nothing
            raise SolverTrouble(say("solving.not_taken"))
        self.columns = np.arange(len(program.column_lower), dtype=np.int32)
        self._cost, self._values = np.zeros(len(self.columns)), np.zeros(0)
        self.column_bounds = _Bounds(self.highs.changeColsBounds, program.column_lower, program.column_upper)
        self.row_bounds = _Bounds(self.highs.changeRowsBounds, program.row_lower, program.row_upper)
        self._matrix = program.matrix

    def beside(self, program: Program) -> Solver:
        """Make a solver of another program, to be done in the same time."""
        return Solver(program, self.options, self._deadline)

    def _set(self, **values: object) -> None:
        """Set options of HiGHS."""
        for name, value in values.items():
            self.highs.setOptionValue(name, value)

    def _values_of(self, names: Iterable[str]) -> dict[str, object]:
        """Return options of HiGHS as they are."""
        return {name: self.highs.getOptionValue(name)[1] for name in names}

    def minimise(self, cost: Floats, *, again: bool = True, most_iterations: int = ENDLESS) -> Outcome:
        """Make a cost least, from where the last one ended; an odd outcome is tried again another way before it is believed."""
        if not np.array_equal(cost, self._cost):
            self.highs.changeColsCost(len(self.columns), self.columns, cost)
            self._cost = cost.copy()
        near = bool(self._usual) and most_iterations == ENDLESS
        self._set(simplex_iteration_limit=NEAR_ITERATIONS * (len(self._matrix.start) + 1) if near else most_iterations)
        outcome = self._run()
        self._set(simplex_iteration_limit=ENDLESS)
        if near and self.highs.getModelStatus() == _STATUS.kIterationLimit:
            self.start_cold()
            outcome = self._run()
        for changes in self._other_ways:
            if outcome in {Outcome.OPTIMAL, Outcome.TIME_LIMIT} or (outcome == Outcome.INFEASIBLE and not again):
                break
            before = outcome
            self.start_cold()
            kept = self._values_of(changes)
            self._set(**changes)
            outcome = self._run()
            self._set(**kept)
            if outcome == before and outcome != Outcome.TROUBLE:
                break
        return outcome

    def _run(self) -> Outcome:
        """Run HiGHS for what is left of the time."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return Outcome.TIME_LIMIT
        self._set(time_limit=self.highs.getRunTime() + left)
        self._values = np.zeros(0)
        self.highs.run()
        self.has_factor = self.highs.getOptionValue("solver")[1] != "ipm"
        return _OUTCOMES.get(self.highs.getModelStatus(), Outcome.TROUBLE)

    def limit_search(self, nodes: int) -> None:
        """Give up the search for whole numbers after so many nodes, and guess at none: guesses take most of its time and prove nothing."""
        self._set(mip_max_nodes=nodes, mip_heuristic_effort=0.0, mip_allow_restart=False)
        self._set(**dict.fromkeys(_GUESSES, False))

    def restart_clock(self) -> None:
        """Give the next question the whole time limit: a kept solver answers many."""
        self._deadline = time.monotonic() + self.options.time_limit

    def start_cold(self) -> None:
        """Forget the basis, so that the next level starts anew."""
        self.highs.clearSolver()
        self._set(solver=self._method, **self._usual)
        self._usual = {}

    def start_inside(self) -> None:
        """Start anew by interior point, where the method is open and the program large (docs/decisions/levels-by-reduced-costs.md)."""
        self.start_cold()
        if self.is_large and self.options.method == "choose":
            self._set(solver="ipm")

    def start_at(self, basis: highspy.HighsBasis) -> None:
        """Start from where a program much like this has ended; nothing else of what was solved before is left."""
        self.highs.clearSolver()
        self._set(solver=self._method)
        self.highs.setBasis(basis)
        self.go_on()

    def go_on(self) -> None:
        """Start from where the last run has ended, which is near enough for HiGHS to run as it does from a start."""
        self._set(solver=self._method)
        if not self._usual:
            self._usual = self._values_of(_NEAR)
            self._set(**_NEAR)

    def turn_to_simplex(self) -> None:
        """Run by simplex from here on, whatever method was chosen: it goes on from where the last run has ended."""
        self._method = "simplex"
        self._set(solver="simplex")

    def values(self) -> Floats:
        """Value of every column; not to be written to."""
        if not self._values.size:
            # highspy makes a list of it first, each time it is asked
            self._values = np.fromiter(self.highs.getSolution().col_value, dtype=float, count=len(self.columns))
        return self._values

    def duals(self) -> tuple[Floats, Floats]:
        """Reduced cost of every column, and dual of every row."""
        solution = self.highs.getSolution()
        return np.array(solution.col_dual), np.array(solution.row_dual)

    def edges(self, columns: Ints, rows: Ints) -> Iterator[Floats]:
        """Yield how all columns change with each of some columns and rows that are not in the basis."""
        basic = np.asarray(self.highs.getBasicVariables()[1])
        inside = basic >= 0
        moves = [(column, self.highs.getReducedColumn(column)[1]) for column in columns.tolist()]
        for column, across in [*moves, *((None, self.highs.getBasisInverseCol(row)[1]) for row in rows.tolist())]:
            edge = np.zeros(len(self.columns))
            edge[basic[inside]] = -np.asarray(across)[inside]
            if column is not None:
                edge[column] = 1.0
            yield edge

    def hold(self, program: Program) -> None:
        """Turn to a program of the same shape: its bounds and coefficients, and the whole time limit."""
        self.restart_clock()
        self.column_bounds.take(program.column_lower, program.column_upper)
        self.row_bounds.take(program.row_lower, program.row_upper)
        self._take_coefficients(program.matrix)

    def held(self, program: Program) -> Program:
        """Return a program of the same shape with the bounds that are held now."""
        (column_lower, column_upper), (row_lower, row_upper) = self.column_bounds.now, self.row_bounds.now
        return replace(program, column_lower=column_lower, column_upper=column_upper, row_lower=row_lower, row_upper=row_upper)

    def _take_coefficients(self, matrix: Matrix) -> None:
        """Set the coefficients that differ; the same entries must be there."""
        if matrix is not self._matrix:
            for entry in np.flatnonzero(matrix.value != self._matrix.value).tolist():
                row = int(np.searchsorted(matrix.start, entry, side="right")) - 1
                self.highs.changeCoeff(row, int(matrix.column[entry]), float(matrix.value[entry]))
            self._matrix = matrix

    def change(self, row: int, columns: Iterable[int], values: Iterable[float]) -> None:
        """Set coefficients of a row that are there."""
        for column, value in zip(columns, values, strict=True):
            self.highs.changeCoeff(row, column, value)


class _Bounds:
    """Bounds as HiGHS has them, so that it is told only those that change: it looks at all it is told."""

    def __init__(self, change: Callable[..., Any], lower: Floats, upper: Floats) -> None:
        self._change, self._lower, self._upper = change, lower.copy(), upper.copy()

    @property
    def now(self) -> tuple[Floats, Floats]:
        """Lower and upper ones."""
        return self._lower.copy(), self._upper.copy()

    def put(self, places: Ints, lower: Floats, upper: Floats) -> None:
        """Set some."""
        self._lower[places], self._upper[places] = lower, upper
        self._change(len(places), places.astype(np.int32), lower, upper)

    def take(self, lower: Floats, upper: Floats) -> None:
        """Set all."""
        moved = np.flatnonzero((lower != self._lower) | (upper != self._upper))
        if moved.size:
            self.put(moved, lower[moved], upper[moved])


def solved_for_last(program: Program, options: SolveOptions, cost: float = 1.0) -> tuple[Solver, Outcome]:
    """Make the last column of a program least, or most where its cost is below zero; how that ended, and the solver that holds it."""
    costs = np.zeros(len(program.column_lower))
    costs[-1] = cost
    solver = Solver(program, options)
    return solver, solver.minimise(costs)


def no_answer(outcome: Outcome, level: str, options: SolveOptions) -> SolveError:
    """Return the error of an outcome that says nothing about the plans there are, also of none where there was one a moment ago."""
    if outcome == Outcome.TIME_LIMIT:
        return TimeLimitReached(say("solving.time_limit", limit=options.time_limit, level=level))
    if outcome == Outcome.UNBOUNDED:
        return Unbounded(say("solving.unbounded", level=level))
    return SolverTrouble(say("solving.lost", level=level))


def _highs_lp(program: Program) -> highspy.HighsLp:
    """Arrays in the form HiGHS takes."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.column_lower), len(program.row_lower)
    lp.col_cost_ = np.zeros(lp.num_col_)
    lp.col_lower_, lp.col_upper_ = program.column_lower, program.column_upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = program.matrix.start.astype(np.int32)
    lp.a_matrix_.index_ = program.matrix.column.astype(np.int32)
    lp.a_matrix_.value_ = program.matrix.value
    if program.has_integers:
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        lp.integrality_ = [kinds[whole] for whole in program.integer.astype(int).tolist()]
    return lp
