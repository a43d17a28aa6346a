"""Honest prices: what one more is worth, what one less costs, how far each holds. All by solving again; never a bare solver dual.

*Sign*: worth is benefit, above zero for what is scarce and below zero for what hurts (one more of a promise), whether an objective of
one's own is written as a maximum or a minimum. *Unit*: units of the level per unit of the amount. *Level*: a price belongs to the first
level whose value changes; the levels before it are as they were, those after it do not count. *Sides*: one more and one less have
prices of their own; they differ wherever duals are not unique, which is the commonest state of an allocation. *Range*: on one level
the value is convex and piecewise linear, so where a price ends is where its line meets the next one, found exactly. Where shares are made
even before a sum is looked at, that sum may bend either way; then a range is told only as far as its line holds half way too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.respond import Responses
from waterdeal.errors import SolverTrouble
from waterdeal.lp.levels import solve_levels
from waterdeal.model.levels import own_levels
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waterdeal.ask.respond import Response, Target
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program

    Loosen = Callable[[Program], Program]

#: how far a price is looked for at least, in the unit of the amount
REACH = 100.0
#: changes that are solved again: shares of the amount, and units
SHARES, UNITS = (0.01, 0.1), (1.0, 10.0, 100.0)


@dataclass(frozen=True)
class Side:
    """The price of more, or of less."""

    level: str | None  # level it belongs to; None where no level changes
    worth: float  # worth of one more (fall of the level), or cost of one less (its rise)
    holds_for: float  # largest change over which that stays the same; at least so much where `open_end`
    open_end: bool = False  # whether the search ended before the price changed
    infeasible: bool = False  # whether even the smallest change leaves no plan; the worth is then told as zero and means nothing
    proven: bool | None = None  # whether plans solved anew with all passes give it as far as it holds; None where none was asked for


@dataclass(frozen=True)
class Rung:
    """A change of the amount, solved again."""

    change: float  # how much more
    level: str | None  # first level that changes
    gain: float  # fall of its value; negative where it rises
    infeasible: bool = False  # whether there is no plan
    proven: bool | None = None  # whether a plan solved anew with all passes gives it; None where none was asked for


@dataclass(frozen=True)
class Settled:
    """What a change comes to in a plan that is solved anew with all passes."""

    change: float  # how much more
    promised: float  # fall of the value of its level by the price
    level: str | None  # first level that changes; None where none does
    gain: float  # fall of the least that it can be
    found: bool = True  # whether a plan was found
    agrees: bool = False  # whether it is what the price promises, on the same level
    reached: float = 0.0  # fall of what the plan comes to on that level, tolerance that it uses for other levels included


@dataclass(frozen=True)
class Price:
    """Prices of one amount."""

    name: str
    unit: str
    amount: float  # present amount
    more: Side
    less: Side
    rungs: tuple[Rung, ...] = ()  # changes solved again, where asked for
    note: str = ""  # what a reader must know besides: sides on different levels, whole numbers held
    settled: tuple[Settled, ...] = ()  # changes solved anew with all passes, where asked for: the ends of both ranges

    def change_of_objective(self, sense: str, *, side: str = "more") -> float:
        """Return the change of an objective as written per unit more: Pyomo's convention for duals."""
        worth = (self.less if side == "less" else self.more).worth
        return worth if sense == "max" else -worth


class Pricer:
    """Prices of one program; the plan as it stands is solved once."""

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        """Solve the program as it stands."""
        self.conditional = program.has_integers
        levels = own_levels(program, levels)
        self.levels: tuple[str | None, ...] = (*levels, None)
        if self.conditional:
            program = with_integers_held(program, levels, options)
        self.responses = Responses(program, levels, options)

    def price(self, target: Target, *, ladder: bool = True, reach: float = 0.0, ranged: bool = True) -> Price:
        """Price one amount; where its range is not asked for, it is told only as far as a few changes show it."""
        if not np.isfinite(target.amount):
            free = Side(None, 0.0, np.inf, open_end=True)
            return Price(target.name, target.unit, target.amount, free, free)
        far = reach or max(abs(target.amount), REACH)
        side = self._side if ranged else self._near_side
        more, less = side(target, 1.0, far), side(target, -1.0, min(far, target.amount - target.floor))
        rungs = tuple(self._rung(target, change) for change in _changes(target)) if ladder else ()
        return Price(target.name, target.unit, target.amount, more, less, rungs, self._note(more, less))

    def _side(self, target: Target, sign: float, far: float) -> Side:
        """Price one side, with its range."""
        ray = Ray(self.responses, target, sign, far)
        if ray.far < SMALLEST_STEP:
            return Side(None, 0.0, 0.0, infeasible=ray.is_cut)
        level, slope = ray.first_slope()
        end = ray.end_of(level, slope)
        return Side(self.levels[level], -ray.sign * slope + 0.0, end, end >= ray.far and not ray.is_cut)

    def _near_side(self, target: Target, sign: float, far: float) -> Side:
        """Price one side, and follow it outward in tenfold steps while it holds."""
        if far < SMALLEST_STEP:
            return Side(None, 0.0, 0.0)
        step = min(max(STEP_SHARE * abs(target.amount), STEP), far)
        whole = self.responses.at(target, sign * step)
        if whole is None:
            step = far = min(step, abs(self.responses.furthest(target, sign * step)))
            if step < SMALLEST_STEP:
                return Side(None, 0.0, 0.0, infeasible=True)
            whole = self.responses.at(target, sign * step)
        half = self.responses.at(target, sign * step / 2)
        while step >= SMALLEST_STEP and not _in_line(whole, half):
            step /= 4
            whole, half = (self.responses.at(target, sign * by) for by in (step, step / 2))
        if half is None:
            return Side(None, 0.0, 0.0, infeasible=True)
        slope, end = half.change / (step / 2), step if _in_line(whole, half) else step / 2
        while end < far:
            further = min(10 * end, far)
            found = self.responses.at(target, sign * further)
            if found is None or found.level != half.level or abs(found.change - slope * further) > SAME * (1 + abs(slope)) * further:
                break
            end = further
        return Side(self.levels[half.level], -sign * slope + 0.0, end, open_end=True)

    def _rung(self, target: Target, change: float) -> Rung:
        """Solve one change."""
        found = self.responses.at(target, change)
        return Rung(change, None, 0.0, infeasible=True) if found is None else Rung(change, self.levels[found.level], -found.change + 0.0)

    def _note(self, more: Side, less: Side) -> str:
        """Say what the numbers do not."""
        notes = [say("asking.whole_numbers_held")] if self.conditional else []
        if more.level and less.level and more.level != less.level:
            bent = more.worth > less.worth + SAME * (1 + abs(less.worth))
            notes.append(say("asking.not_convex" if bent else "asking.other_levels"))
        return "; ".join(notes)


def _in_line(whole: Response | None, half: Response | None) -> bool:
    """Whether a change does on its level just twice what half of it does."""
    if whole is None or half is None:
        return False
    return whole.level == half.level and abs(whole.change - 2 * half.change) <= 2 * AGREE * (1 + abs(half.change))


def _changes(target: Target) -> tuple[float, ...]:
    """Changes of the ladder, from the largest fall to the largest rise."""
    sizes = sorted({*(share * abs(target.amount) for share in SHARES), *UNITS} - {0.0})
    return tuple(change for change in (*(-size for size in reversed(sizes)), *sizes) if target.amount + change >= target.floor)


def with_integers_held(program: Program, levels: Sequence[str], options: SolveOptions) -> Program:
    """Program whose integers are fixed at the values of its plan."""
    whole = np.rint(solve_levels(program, levels, options).values[program.integer])
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[program.integer] = upper[program.integer] = whole
    return replace(program, column_lower=lower, column_upper=upper, integer=program.integer[:0])


#: first step that a slope is taken over: a share of the amount, and no less than this; and the smallest one
STEP_SHARE, STEP, SMALLEST_STEP = 1e-3, 1e-2, 1e-4
#: how closely the slopes over a step and over half of it must agree
AGREE = 1e-6
#: by how much the mean slope up to a point may differ from the price for the price to hold there
SAME = 1e-6
#: most lines that are met on the way back from the far end of a range
MOST_LINES = 60


class Ray:
    """An amount that changes one way, as far as there is a plan."""

    def __init__(self, responses: Responses, target: Target, sign: float, far: float) -> None:
        """Find how far there is a plan."""
        self.responses, self.target, self.sign = responses, target, sign
        self._known: dict[float, Response | None] = {}
        self.far, self.is_cut = far, False
        found = responses.at(target, sign * far) if far > 0 else None
        if found is None and far > 0:
            self.far, self.is_cut = abs(responses.furthest(target, sign * far)), True
        elif found is not None:
            self._known[far] = found

    def at(self, by: float) -> Response | None:
        """Return the response to a change; to a hair less of it where rounding says there is no plan; None where there is none near."""
        if by not in self._known:
            found = self.responses.at(self.target, self.sign * by)
            self._known[by] = found or self.responses.at(self.target, self.sign * (by - SMALLEST_STEP / 10))
        return self._known[by]

    def first_slope(self) -> tuple[int, float]:
        """Return the first level that changes, and its slope, over a step so small that half of it gives the same."""
        step = min(max(STEP_SHARE * abs(self.target.amount), STEP), self.far)
        while True:
            whole, half = self.at(step), self.at(step / 2)
            if whole is not None and half is not None:
                slope, near = whole.change / step, half.change / (step / 2)
                if whole.level == half.level and abs(slope - near) <= AGREE * (1 + abs(near)):
                    return whole.level, slope
                if step / 4 < SMALLEST_STEP:
                    return half.level, near
            elif step / 4 < SMALLEST_STEP:
                raise SolverTrouble(say("asking.change_unsure", name=self.target.name, value=self.sign * step))
            step /= 4

    def end_of(self, level: int, slope: float) -> float:
        """Walk back from the far end, line after line, to where a price ends."""
        end = self.far
        for _ in range(MOST_LINES):
            place, above = self._off(end, level, slope)
            if above <= SAME * (1 + abs(slope)) * end:
                break
            end = end / 2 if math.isinf(above) else self._meeting(end, (place, above), (level, slope))
        while self.responses.bends and end > SMALLEST_STEP and self._off(end / 2, level, slope)[1] > SAME * (1 + abs(slope)) * end:
            end /= 2  # a line that is met again further out does not hold between
        return end

    def _off(self, by: float, level: int, slope: float) -> tuple[int, float]:
        """First level that is off the line, and by how much; without bounds where there is no plan near."""
        found = self.at(by)
        if found is None:
            return level, math.inf
        if found.level < level:
            return found.level, abs(found.change)
        change = found.change if found.level == level else 0.0
        return level, abs(change - slope * by)

    def _meeting(self, end: float, off: tuple[int, float], line: tuple[int, float]) -> float:
        """Where the line through the value just before `end` meets the line of the price; convexity puts the true end no further."""
        back = end * STEP_SHARE
        for _ in range(4):
            place, above = self._off(end - back, *line)
            if above <= SAME * (1 + abs(line[1])) * (end - back):
                back /= 10
                continue
            steep = (off[1] - above) / back if place == off[0] else 0.0
            return max(end - off[1] / steep, 0.0) if steep > 0 and end - off[1] / steep < end - back else end - back
        return end - back
