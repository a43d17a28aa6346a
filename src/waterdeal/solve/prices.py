"""Honest prices: what one more is worth, what one less costs, how far each holds. All by solving again; never a bare solver dual.

*Sign*: worth is benefit, above zero for what is scarce and below zero for what hurts (one more of a promise), whether an objective of
one's own is written as a maximum or a minimum. *Unit*: units of the level per unit of the amount. *Level*: a price belongs to the first
level whose value changes; the levels before it are as they were, those after it do not count. *Sides*: one more and one less have
prices of their own; they differ wherever duals are not unique, which is the commonest state of an allocation. *Range*: on one level
the value is convex and piecewise linear, so where a price ends is where its line meets the next one, found exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.levels import solve_levels
from waterdeal.solve.ranges import SAME, SMALLEST_STEP, Ray
from waterdeal.solve.respond import Responses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.solve.amounts import Target
    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

#: how far a price is looked for at least, in the unit of the amount
REACH = 100.0
#: changes that are solved again: shares of the amount, and units
SHARES, UNITS = (0.01, 0.1), (1.0, 10.0, 100.0)


@dataclass(frozen=True)
class Side:
    """The price of more, or of less.

    Parameters
    ----------
    level : str or None
        Level it belongs to; None where no level changes.
    worth : float
        Worth of one more (fall of the level), or cost of one less (its rise).
    holds_for : float
        Largest change over which that stays the same; at least so much where `open_end`.
    open_end : bool
        Whether the search ended at its reach, not at a change of the price.
    infeasible : bool
        Whether even the smallest change leaves no plan; the worth is then told as zero and means nothing.
    """

    level: str | None
    worth: float
    holds_for: float
    open_end: bool = False
    infeasible: bool = False


@dataclass(frozen=True)
class Rung:
    """A change of the amount, solved again.

    Parameters
    ----------
    change : float
        How much more.
    level : str or None
        First level that changes.
    gain : float
        Fall of its value; negative where it rises.
    infeasible : bool
        Whether there is no plan.
    """

    change: float
    level: str | None
    gain: float
    infeasible: bool = False


@dataclass(frozen=True)
class Price:
    """Prices of one amount.

    Parameters
    ----------
    name, unit : str
        As in `Target`.
    amount : float
        Present amount.
    more, less : Side
        Worth of one more; cost of one less.
    rungs : tuple of Rung
        Changes solved again, where asked for.
    note : str
        What a reader must know besides: sides on different levels, whole numbers held.
    """

    name: str
    unit: str
    amount: float
    more: Side
    less: Side
    rungs: tuple[Rung, ...] = ()
    note: str = ""

    def change_of_objective(self, sense: str, *, side: str = "more") -> float:
        """Return the change of an objective as written per unit more: Pyomo's convention for duals.

        Parameters
        ----------
        sense : str
            ``max`` or ``min``, as the objective was written.
        side : str
            ``more`` or ``less``.

        Returns
        -------
        float
            The worth for an objective that is maximised, its negative for one that is minimised.
        """
        worth = (self.less if side == "less" else self.more).worth
        return worth if sense == "max" else -worth


def price(program: Program, levels: Sequence[str], target: Target, options: SolveOptions, *, ladder: bool = True) -> Price:
    """Price one amount; see `Pricer` for several of one program.

    Parameters
    ----------
    program : Program
        The compiled model; it must have a plan.
    levels : sequence of str
        Goals in order of importance.
    target : Target
        What is priced.
    options : SolveOptions
        How HiGHS is run.
    ladder : bool
        Whether larger changes are solved too.

    Returns
    -------
    Price
        Both sides, their ranges, and the ladder.
    """
    return Pricer(program, levels, options).price(target, ladder=ladder)


class Pricer:
    """Prices of one program; the plan as it stands is solved once.

    Parameters
    ----------
    program : Program
        The compiled model; integers are held at their values in the plan.
    levels : sequence of str
        Goals in order of importance.
    options : SolveOptions
        How HiGHS is run; the time limit is for each change.
    """

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        """Solve the program as it stands."""
        self.conditional = program.has_integers
        self.levels: tuple[str | None, ...] = (*levels, None)
        if self.conditional:
            program = with_integers_held(program, levels, options)
        self.responses = Responses(program, levels, options)

    def price(self, target: Target, *, ladder: bool = True, reach: float = 0.0) -> Price:
        """Price one amount.

        Parameters
        ----------
        target : Target
            What is priced.
        ladder : bool
            Whether larger changes are solved too.
        reach : float
            How far a price is looked for; the larger of the amount and 100 units where it is zero.

        Returns
        -------
        Price
            Both sides, their ranges, and the ladder.
        """
        if not np.isfinite(target.amount):
            free = Side(None, 0.0, np.inf, open_end=True)
            return Price(target.name, target.unit, target.amount, free, free)
        far = reach or max(abs(target.amount), REACH)
        more = self._side(Ray(self.responses, target, 1.0, far))
        less = self._side(Ray(self.responses, target, -1.0, min(far, target.amount - target.floor)))
        rungs = tuple(self._rung(target, change) for change in _changes(target)) if ladder else ()
        return Price(target.name, target.unit, target.amount, more, less, rungs, self._note(more, less))

    def _side(self, ray: Ray) -> Side:
        """Price one side."""
        if ray.far < SMALLEST_STEP:
            return Side(None, 0.0, 0.0, infeasible=ray.is_cut)
        level, slope = ray.first_slope()
        end = ray.end_of(level, slope)
        return Side(self.levels[level], -ray.sign * slope + 0.0, end, end >= ray.far and not ray.is_cut)

    def _rung(self, target: Target, change: float) -> Rung:
        """Solve one change."""
        found = self.responses.at(target, change)
        return Rung(change, None, 0.0, infeasible=True) if found is None else Rung(change, self.levels[found.level], -found.change + 0.0)

    def _note(self, more: Side, less: Side) -> str:
        """Say what the numbers do not."""
        notes = ["conditional on the whole numbers of the plan"] if self.conditional else []
        if more.level and less.level and more.level != less.level:
            kind = "not convex: " if more.worth > less.worth + SAME * (1 + abs(less.worth)) else ""
            notes.append(f"{kind}one more and one less belong to different levels, so their prices do not compare")
        return "; ".join(notes)


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
