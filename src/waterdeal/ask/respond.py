"""How the levels of a program respond when an amount of it changes: solved again, from where the plan as it stands has ended.

As many levels as can be are proven by one run (`lp.stages`), and none beyond the first that changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.blend import Trail
from waterdeal.lp.extend import AddedRow, with_column, with_rows
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver, no_answer, solved_for_last
from waterdeal.lp.levels import solve_in_turn
from waterdeal.lp.options import Outcome
from waterdeal.lp.solution import LevelBounds
from waterdeal.lp.stages import Stages
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.lp.goals import Agenda
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints


class Target(NamedTuple):
    """An amount that can be changed, and the bounds that move when it grows by one."""

    name: str  # as in `find_target`
    unit: str  # unit of the amount
    amount: float  # what there is now; infinite where nothing limits it
    floor: float  # least that the amount can be
    rows: Ints
    row_lower_step: Floats
    row_upper_step: Floats
    columns: Ints
    column_lower_step: Floats
    column_upper_step: Floats

    def moves(self) -> Iterator[tuple[str, Ints, Floats]]:
        """Yield the name of each array of bounds of a program, the places in it that move, and by how much."""
        yield "row_lower", self.rows, self.row_lower_step
        yield "row_upper", self.rows, self.row_upper_step
        yield "column_lower", self.columns, self.column_lower_step
        yield "column_upper", self.columns, self.column_upper_step


def moved(program: Program, target: Target, by: float) -> Program:
    """Return the program with the amount of a target changed."""
    changed: dict[str, Any] = {name: getattr(program, name).copy() for name, _, _ in target.moves()}
    for name, places, steps in target.moves():
        np.add.at(changed[name], places, by * steps)
    return replace(program, **changed)


#: a change of a level smaller than this, for each unit of its value or of the change of the amount, is rounding
ROUNDING = 1e-9
SLIGHT = 1e-6
#: a bound this near to a plan may hold it
TOUCHED = 1e-6
#: bounds that cross by no more than this are taken as equal
TOUCHING = 1e-9


class Anew(NamedTuple):
    """A plan of a changed program that is solved again with all passes."""

    results: xr.Dataset
    least: Mapping[str, float]  # what each level can be at least there, before any tolerance is used
    is_near: bool  # whether it is on the lines of the plan as it stands


class Response(NamedTuple):
    """What a change of an amount does."""

    level: int  # place of the first level whose value changes; the number of levels where none does
    change: float  # change of its value; a fall is an improvement


class Responses:
    """The values of the levels of a program as a function of its amounts."""

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        """Solve the program as it stands."""
        self.program, self.levels, self.options = program, tuple(levels), options
        self.agenda = make_agenda(program, levels, every=True)
        #: whether values may bend either way: shares are made even before the sum of their level is looked at, or tolerance is used
        self.bends = self.agenda.opening is not None or any(program.shares[level].first for level in self.agenda.shares)
        self.solver, bounds, trail = Solver(self.agenda.program, options), LevelBounds(self.agenda.program), Trail(self.agenda)
        #: plans that are best on all levels so far: wherever what is decided is taken back, as pools open or shares are eased, and the last
        self.plans: list[Floats] = []
        goals, done = self.agenda.goals, 0
        for place in solve_in_turn(self.solver, self.agenda.program, goals, bounds, trail=trail):
            done = place + 1
            if done == len(goals) or goals[place].opening is not None or goals[place].then is not None:
                self.plans.append(self.solver.values()[: len(program.column_lower)])
        if done < len(goals):
            raise Infeasible(say("asking.no_plan_can_satisfy"))
        #: the least that each level can be
        self.least = bounds.least
        self.start = trail.start

    def at(self, target: Target, by: float) -> Response | None:
        """Change an amount, and return what that does; None where there is no plan, or none near the one whose lines these are."""
        if self.is_free(target, by):
            return Response(len(self.levels), 0.0)
        changed = closed(moved(self.program, target, by))
        if changed is None:
            return None
        try:
            return self._first_change(changed, by, anew=False)
        except SolverTrouble:  # at the very end of a range the sides that a level fixes can miss one another by rounding
            return self._first_change(changed, by, anew=True)

    def is_free(self, target: Target, by: float) -> bool:
        """Whether no bound that moves touches any of the best plans, before or after: then none has a dual, and no level changes.

        The last plan alone does not tell: where a promise has a tolerance, the plans of the levels before it is used are others.
        """
        for name, places, steps in target.moves():
            bounds = getattr(self.program, name)[places]
            for plan in self.plans:
                at = plan[places] if name.startswith("column") else self._row_values(plan, places)
                for moved_by in (0.0, by):
                    room = (at - bounds - moved_by * steps) * (1.0 if name.endswith("lower") else -1.0)
                    if (room[steps != 0] <= TOUCHED).any():
                        return False
        return True

    def _row_values(self, plan: Floats, rows: Ints) -> Floats:
        """Return what some rows come to in a plan."""
        matrix, found = self.program.matrix, np.zeros(len(rows))
        for place, row in enumerate(rows.tolist()):
            inside = slice(matrix.start[row], matrix.start[row + 1])
            found[place] = matrix.value[inside] @ plan[matrix.column[inside]]
        return found

    def _first_change(self, changed: Program, by: float, *, anew: bool) -> Response | None:
        """Solve levels, from where the plan as it stands has ended or from nothing, until one changes."""
        agenda, done = self.agenda.like(changed, self.agenda.tie_break), 0  # ties as they were: no level is a matter of them
        solver = self.solver
        if agenda.decided == self.agenda.decided:
            solver.hold(agenda.program)
        else:
            solver, anew = Solver(agenda.program, self.options), True
        for solved, least in self._in_turn(solver, agenda, anew=anew):
            done, found = solved, self._changed(least, by)
            if found is not None:
                return found
        if not done:
            return None
        if done < len(agenda.goals):
            opening = agenda.goals[done - 1].opening
            if opening is not None and opening.pools.apart[0].size:
                return None  # what all levels before leave is nowhere near the plan whose lines it is asked on
            raise no_answer(Outcome.TROUBLE, agenda.goals[done].level, self.options)
        return Response(len(self.levels), 0.0)

    def _in_turn(self, solver: Solver, agenda: Agenda, *, anew: bool) -> Iterator[tuple[int, dict[str, float]]]:
        """Solve goals, and yield how many are solved and the least that their levels can be; none where there is no plan."""
        bounds = LevelBounds(agenda.program)
        if anew:
            solver.start_cold()
            for place in solve_in_turn(solver, agenda.program, agenda.goals, bounds):
                yield place + 1, bounds.least
            return
        stages = Stages(solver, agenda, bounds)
        try:
            for done in stages.in_turn(self.start):
                yield done, bounds.least
        except Infeasible:
            if bounds.least:  # then there was a plan a moment ago
                raise no_answer(Outcome.TROUBLE, next(reversed(bounds.least)), self.options) from None

    def _changed(self, least: Mapping[str, float], by: float) -> Response | None:
        """Return the first level whose value has changed; shares are told by the volumes that come of them, on the same level."""
        for place, level in enumerate(self.levels):
            if level in least:
                before, change = self.least[level], least[level] - self.least[level]
                if abs(change) > ROUNDING * (1 + abs(before)) + SLIGHT * abs(by):
                    return Response(place, change)
        return None

    def furthest(self, target: Target, reach: float) -> float:
        """Return the largest change for which there is a plan: one linear program, in which the change is a column."""
        program, rows, steps = _opened(self.program, target)
        sign = float(np.sign(reach))
        solver, outcome = solved_for_last(with_column(program, "change", rows, -sign * steps, abs(reach)), self.options, -1.0)
        if outcome != Outcome.OPTIMAL:
            raise no_answer(outcome, say("asking.furthest_change"), self.options)
        return sign * float(solver.values()[-1])


def closed(program: Program) -> Program | None:
    """Bounds that cross by rounding made equal; None where they contradict one another."""
    pairs = ((program.row_lower, program.row_upper), (program.column_lower, program.column_upper))
    if any((lower > upper + TOUCHING * (1 + np.abs(upper))).any() for lower, upper in pairs):
        return None
    rows, columns = (np.maximum(lower, upper) for lower, upper in pairs)
    return replace(program, row_upper=rows, column_upper=columns)


def _opened(program: Program, target: Target) -> tuple[Program, NDArray[np.int64], Floats]:
    """Program with every bound that moves in a row of its own, these rows, and their steps."""
    matrix, added, steps = program.matrix, list[AddedRow](), list[float]()
    moving = moved(program, target, 0.0)
    for name, places, sizes in target.moves():
        bounds = getattr(moving, name)
        for at, step in zip(places, sizes, strict=True):
            if step and np.isfinite(bounds[at]):
                inside = slice(matrix.start[at], matrix.start[at + 1]) if name.startswith("row") else None
                columns = np.array([at]) if inside is None else matrix.column[inside]
                values = np.ones(1) if inside is None else matrix.value[inside]
                side = float(bounds[at])
                ends = (side, np.inf) if name.endswith("lower") else (-np.inf, side)
                added.append(AddedRow("moving", columns, values, *ends))
                bounds[at] = -np.inf if name.endswith("lower") else np.inf
                steps.append(float(step))
    first = len(program.row_lower)
    return with_rows(moving, added), np.arange(first, first + len(added)), np.array(steps)
