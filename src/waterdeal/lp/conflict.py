"""Why a program has no plan: rows and bounds that contradict one another, and the error that carries them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from waterdeal.errors import Infeasible
from waterdeal.lp.highs import Solver, no_answer
from waterdeal.lp.options import Outcome
from waterdeal.lp.program import Matrix, Program
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from waterdeal.errors import SolveError
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Element
    from waterdeal.types import Flags, Floats, Ints

#: a multiplier below this is rounding
SMALL = 1e-9
#: more than any column without a bound is, hm3, and in times the largest bound: how often what rounding leaves of a multiplier counts
FAR, FARTHER = 1e6, 10.0
#: an irreducible set takes HiGHS about a minute for the Syr Darya; above this size it is not asked for one
MOST_ROWS = 1_000
#: place of a row that was added to the model
ADDED = "added"
#: a proof of more places than this is told as it is, for each place takes a solve
MOST_PLACES = 500


def refusal(outcome: Outcome, solver: Solver, program: Program, level: str) -> SolveError:
    """Return the error that belongs to an outcome without a plan; what contradicts is looked for when somebody asks the error."""
    if outcome != Outcome.INFEASIBLE:
        return no_answer(outcome, level, solver.options)
    return Infeasible(say("solving.no_plan"), lambda: conflicting(solver, program, _by_labels))


def _by_labels(element: Element) -> Hashable:
    """Place of a row or column where nobody says more: its family and labels but for the step."""
    return element.family, element.labels[:-1] or element.labels


def conflicting(
    solver: Solver, program: Program, place_of: Callable[[Element], Hashable] | None = None, ray: Floats | None = None
) -> tuple[Element, ...]:
    """Return the rows and bounds of a proof that what a solver holds has no plan; of small programs without one, HiGHS's irreducible set.

    That no flow runs backwards (a lower bound of zero) is part of every conflict and not told. Where `place_of` gives rows and columns a
    place, no place of a proof could be left out of it either. The `ray` of a proof is HiGHS's own unless one is known.
    """
    proof = _proving(solver, program, place_of, _ray_of(solver) if ray is None else ray)
    if len(program.row_lower) > MOST_ROWS:
        return proof
    return _fewest(solver, program, place_of, proof) if proof and place_of is not None else proof or _irreducible(solver, program)


def _fewest(solver: Solver, program: Program, place_of: Callable[[Element], Hashable], proof: tuple[Element, ...]) -> tuple[Element, ...]:
    """Drop every place of a proof without which the rest has no plan, by rows that the proof does without too; return what proves that.

    Of rows that were added to the model, which say of places what these say themselves, only those of the proof hold.
    """
    whole, count = solver.held(program), len(program.row_lower)
    rows, inside = [program.row(row) for row in range(count)], set(proof)
    at = [place_of(row) if "." in row.family or row in inside or place_of(row) else ADDED for row in rows]
    at += [place_of(program.column(k)) for k in range(len(program.column_lower))]
    named, beside, still = dict.fromkeys(map(place_of, proof)), solver.beside(whole), np.zeros(len(program.column_lower))

    def suffice(places: Iterable[Hashable]) -> bool:
        held = {None, *places}
        _hold(beside, whole, np.array([place in held for place in at]))
        return beside.minimise(still, again=False) == Outcome.INFEASIBLE

    kept = set(named)
    for place in reversed(named):
        kept -= {place} if suffice(kept - {place}) else set()
    if kept >= set(named) - {None} or not suffice(kept) or beside.minimise(still) != Outcome.INFEASIBLE:
        return proof
    return _proving(beside, program, None, _ray_of(beside)) or tuple(element for element in proof if place_of(element) in kept)


def _irreducible(solver: Solver, program: Program) -> tuple[Element, ...]:
    """Return HiGHS's irreducible set of rows and bounds; nothing where it only knows what may be in one, which can be all there is."""
    solver.highs.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    status, iis = solver.highs.getIis()
    rows, columns = (np.atleast_1d(index).astype(np.int64) for index in (iis.row_index_, iis.col_index_))
    if status == highspy.HighsStatus.kError or not iis.valid_ or not (_are_in(iis.row_status_, rows) and _are_in(iis.col_status_, columns)):
        return ()
    sides = np.array([int(side) for side in np.atleast_1d(iis.col_bound_)], dtype=np.int64)
    boxed, lower, upper = (int(getattr(highspy.IisBoundStatus, f"kIisBoundStatus{side}")) for side in ("Boxed", "Lower", "Upper"))
    told = (sides == upper) | (sides == boxed) | ((sides == lower) & (program.column_lower[columns] != 0))  # others are not bound
    return program.elements(rows, columns[told])


def _are_in(statuses: Sequence[Any], places: Ints) -> bool:
    """Whether HiGHS says of rows or columns that they are in the conflict, not that they may be."""
    return all(statuses[place] == highspy.IisStatus.kIisStatusInConflict for place in places.tolist())


def refuted_by(ray: Floats, program: Program) -> Ints | None:
    """Prove by multipliers of rows that a program has no plan in which any column goes far; return the columns whose bounds that takes."""
    size = np.abs(ray).max(initial=0.0)
    lower, upper = program.column_lower, program.column_upper
    bounds = np.abs(np.concatenate([lower, upper, program.row_lower, program.row_upper]))
    far = max(FAR, FARTHER * bounds[np.isfinite(bounds)].max(initial=0.0))
    lower, upper = (np.where(np.isfinite(side), side, np.sign(side) * far) for side in (lower, upper))
    within = replace(program, column_lower=lower, column_upper=upper)
    return _proof(within, np.where(np.abs(ray) > SMALL * size, ray / size, 0.0)) if size else None


def _ray_of(solver: Solver) -> Floats:
    """Return the ray of duals that a solver has ended with; nothing where it knows none."""
    status, has_ray, *rest = solver.highs.getDualRay()
    found = status != highspy.HighsStatus.kError and has_ray and rest
    return np.asarray(rest[0] if found else (), dtype=float)


def _proving(solver: Solver, program: Program, place_of: Callable[[Element], Hashable] | None, ray: Floats) -> tuple[Element, ...]:
    """Return the rows and informative bounds of a proof that a program has no plan: quick where an irreducible set takes minutes.

    The proof is a ray of duals: the rows, added up with these multipliers, ask for more than the bounds of the columns allow.
    """
    size = np.abs(ray).max(initial=0.0)
    if size == 0:
        return ()
    rows = np.flatnonzero(np.abs(ray) > SMALL * size)
    part, columns = _part(solver, rows)
    told = _proof(part, ray[rows] / size)
    told = _proof(part, -ray[rows] / size) if told is None else told
    if told is None:
        return ()
    if place_of is not None:
        kept_rows, told = _thinned(solver.options, part, told, program.elements(rows, columns), place_of)
        rows = rows[kept_rows]
    return program.elements(rows, columns[told])


def _part(solver: Solver, rows: Ints) -> tuple[Program, Ints]:
    """Return some rows of a program with the columns in them, as a solver holds them, and the places of these columns."""
    lp = solver.highs.getLp()
    entries = [solver.highs.getRowEntries(row)[1:] for row in rows.tolist()]
    columns, places = np.unique(np.concatenate([column for column, _ in entries]), return_inverse=True)
    start = np.cumsum([0, *(len(column) for column, _ in entries)])
    lower, upper = np.array(lp.row_lower_)[rows], np.array(lp.row_upper_)[rows]
    least, most = np.array(lp.col_lower_)[columns], np.array(lp.col_upper_)[columns]
    matrix = Matrix(start, places.astype(np.int64), np.concatenate([value for _, value in entries]))
    return Program(matrix, lower, upper, least, most, {}, (), ()), columns.astype(np.int64)


def _proof(part: Program, y: Floats) -> Ints | None:
    """Check that multipliers of rows prove infeasibility; return the columns whose bounds are told."""
    entries = part.matrix.value * np.repeat(y, np.diff(part.matrix.start))
    total = np.bincount(part.matrix.column, entries, len(part.column_lower))
    total[np.abs(total) <= SMALL] = 0.0
    with np.errstate(invalid="ignore"):
        asked = np.where(y > 0, y * part.row_lower, np.where(y < 0, y * part.row_upper, 0.0)).sum()
        most = np.where(total > 0, total * part.column_upper, np.where(total < 0, total * part.column_lower, 0.0)).sum()
    if not np.isfinite(asked) or not np.isfinite(most) or asked <= most + 1e-9:
        return None
    return np.flatnonzero((total > 0) | ((total < 0) & (part.column_lower != 0)))


def _thinned(
    options: SolveOptions, part: Program, told: Ints, elements: Sequence[Element], place_of: Callable[[Element], Hashable]
) -> tuple[Ints, Ints]:
    """Drop every place without which the rest still has no plan; return the rows and the told columns that are left.

    Of a column that is told, only its upper bound, or its lower one where that is not zero, is dropped: nothing flows backwards.
    """
    count = len(part.row_lower)
    solver = Solver(part, options)
    places: dict[Hashable, list[int]] = {}
    for place in [*range(count), *(count + told)]:
        key = place_of(elements[place])
        if key is not None:
            places.setdefault(key, []).append(place)
    if len(places) > MOST_PLACES:
        return np.arange(count), told
    still = np.zeros(len(part.column_lower))
    left = np.array([place_of(element) is None for element in elements])  # of what could be told, only what is told holds
    left[[*range(count), *(count + told)]] = True
    for members in reversed(places.values()):
        left[members] = False
        _hold(solver, part, left)
        if solver.minimise(still, again=False) != Outcome.INFEASIBLE:
            left[members] = True
    _hold(solver, part, left)
    if solver.minimise(still) != Outcome.INFEASIBLE:  # one of the quick answers was wrong
        return np.arange(count), told
    return np.flatnonzero(left[:count]), told[left[count + told]]


def _hold(solver: Solver, part: Program, left: Flags) -> None:
    """Hold the rows and columns that are left; of others only that nothing flows backwards."""
    rows, columns = left[: len(part.row_lower)], left[len(part.row_lower) :]
    forward = np.where(part.column_lower >= 0, 0.0, -np.inf)
    solver.row_bounds.take(np.where(rows, part.row_lower, -np.inf), np.where(rows, part.row_upper, np.inf))
    solver.column_bounds.take(np.where(columns, part.column_lower, forward), np.where(columns, part.column_upper, np.inf))
