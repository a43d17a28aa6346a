"""Honest prices: what one more is worth, what one less costs, by re-solving; never a bare solver dual.

A price belongs to the first level of the objective whose value changes. The worth of one more is how much that level falls, the cost of
one less how much it rises, both per unit and zero or more where the thing is scarce. The two differ where the dual is not unique, and
both are told, with the range over which each holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.targets import Target, moved
from waterdeal.solve.values import SAME, Valuer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Values = tuple[float, ...]

#: smallest change that is solved for, in the target's unit, and its share of the amount
STEP = (1e-2, 1e-5)
#: changes of the ladder: shares of the amount, and units
SHARES = (0.01, 0.1)
UNITS = (1.0, 10.0, 100.0)
#: how far is looked where the amount says nothing, in the target's unit
REACH = 100.0
#: most rounds of the search for the end of a range
MOST_ROUNDS = 12


@dataclass(frozen=True)
class Side:
    """The price of more, or of less.

    Parameters
    ----------
    level : str or None
        Level it belongs to; None where no level changes.
    worth : float
        Worth of one more, or cost of one less, in units of the level.
    holds_for : float
        Largest change over which it stays the same; at least so much where `open_end`.
    open_end : bool
        Whether the search ended at its reach, not at a change of the price.
    infeasible : bool
        Whether even the smallest change has no plan.
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
        In the target's unit.
    level : str or None
        First level that changes.
    gain : float
        Fall of that level's value; negative where it rises.
    infeasible : bool
        Whether there is no plan.
    """

    change: float
    level: str | None
    gain: float
    infeasible: bool = False


@dataclass(frozen=True)
class Price:
    """Prices of one target.

    Parameters
    ----------
    name, unit : str
        As in `Target`.
    amount : float
        Present amount.
    more, less : Side
        Worth of one more; cost of one less.
    rungs : tuple of Rung
        Re-solved changes, where asked for.
    """

    name: str
    unit: str
    amount: float
    more: Side
    less: Side
    rungs: tuple[Rung, ...] = ()

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
            The worth for an objective that is maximised, less the worth for one that is minimised.
        """
        worth = getattr(self, side).worth
        return float(worth if sense == "max" else -worth)


def price(program: Program, levels: Sequence[str], target: Target, options: SolveOptions, *, ladder: bool = True) -> Price:
    """Price a target.

    Parameters
    ----------
    program : Program
        The compiled model; it must have a plan.
    levels : sequence of str
        Levels in order.
    target : Target
        What is priced.
    options : SolveOptions
        How HiGHS is run.
    ladder : bool
        Whether larger changes are solved too.

    Returns
    -------
    Price
        Left and right price, their ranges, and the ladder.
    """
    return Pricer(program, levels, options).price(target, ladder=ladder)


class Pricer:
    """Prices many targets of one program; the plan as it is is solved once.

    Parameters
    ----------
    program : Program
        The compiled model.
    levels : sequence of str
        Levels in order.
    options : SolveOptions
        How HiGHS is run.
    """

    def __init__(self, program: Program, levels: Sequence[str], options: SolveOptions) -> None:
        self.program, self.levels = program, tuple(levels)
        self._valuer = Valuer(program, levels, options)
        self._base = self._valuer.values(program)

    def price(self, target: Target, *, ladder: bool = True) -> Price:
        """Price one target; see `price`."""
        if not np.isfinite(target.amount):
            free = Side(None, 0.0, np.inf, open_end=True)
            return Price(target.name, target.unit, target.amount, free, free)
        more, less = self._side(target, 1.0), self._side(target, -1.0)
        return Price(target.name, target.unit, target.amount, more, less, self._rungs(target) if ladder else ())

    def _at(self, target: Target, change: float) -> Values | None:
        """Values of the levels with the amount changed."""
        return self._valuer.values(moved(self.program, target, change), self._base)

    def _first(self, values: Values, base: Values) -> int | None:
        """Return the number of the first level that differs."""
        for number, (value, before) in enumerate(zip(values, base, strict=False)):
            if abs(value - before) > SAME * (1 + abs(before)):
                return number
        return None

    def _side(self, target: Target, way: float) -> Side:
        """Price more (`way` 1) or less (-1)."""
        base = self._base
        if base is None:
            return Side(None, 0.0, 0.0, infeasible=True)
        step = max(STEP[0], STEP[1] * abs(target.amount))
        for _ in range(4):
            near, half = self._at(target, way * step), self._at(target, way * step / 2)
            if near is None or half is None:
                step /= 8
                continue
            level = self._first(near, base)
            if level is None:
                return self._reach(target, way, None, (0.0, step))
            if len(half) <= level:  # half the step changes an upper level already: too large a step
                step /= 8
                continue
            slope, slope_half = (near[level] - base[level]) / step, (half[level] - base[level]) / (step / 2)
            if abs(slope - slope_half) <= 1e-4 * (1 + abs(slope)):
                return self._reach(target, way, level, (slope, step))
            step /= 4
        if near is None or half is None:
            return Side(None, 0.0, 0.0, infeasible=True)
        return Side(self.levels[level or 0], -way * slope_half, step / 2)

    def _reach(self, target: Target, way: float, level: int | None, near: tuple[float, float]) -> Side:
        """Find how far a slope holds: look far, and come back to where the lines meet."""
        slope, step = near
        name, worth = (None, 0.0) if level is None else (self.levels[level], -way * slope)
        far = max(abs(target.amount), REACH) if way > 0 or target.amount <= 0 else target.amount
        good, open_end = step, True
        for _ in range(MOST_ROUNDS):
            values = self._at(target, way * far)
            if values is not None and self._on_line(values, level, slope * far):
                return Side(name, worth, far, open_end=open_end)
            open_end = False
            meet = self._meet(target, way, (level, slope), (far, values))
            far = meet if good < meet < far * (1 - 1e-9) else (good + far) / 2
            if far - good <= 1e-3 * far:
                break
        return Side(name, worth, good)

    def _on_line(self, values: Values, level: int | None, change: float) -> bool:
        """Whether values lie on the line of a slope, upper levels unchanged."""
        base = self._base or ()
        if level is None:
            return self._first(values, base) is None
        upper = self._first(values[:level], base[:level])
        return upper is None and len(values) > level and abs(values[level] - base[level] - change) <= 1e-5 * (1 + abs(change)) + SAME * abs(base[level])

    def _meet(self, target: Target, way: float, line: tuple[int | None, float], far: tuple[float, Values | None]) -> float:
        """Return where the line meets the one through the far point; halfway where that cannot be told."""
        level, slope = line
        place, values = far
        if values is None or level is None or self._base is None:
            return place / 2
        back = max(place * 1e-3, 1e-6)
        before = self._at(target, way * (place - back))
        if before is None or min(len(before), len(values)) <= level:
            return place / 2
        steep = (values[level] - before[level]) / back
        if abs(steep - slope) < 1e-7 * (1 + abs(slope)):
            return place / 2
        return float((values[level] - steep * place - self._base[level]) / (slope - steep))

    def _rungs(self, target: Target) -> tuple[Rung, ...]:
        """Solve larger changes."""
        sizes = sorted({*(share * abs(target.amount) for share in SHARES), *UNITS} - {0.0})
        changes = [*(-size for size in reversed(sizes) if size <= target.amount), *sizes]
        return tuple(self._rung(target, change) for change in changes)

    def _rung(self, target: Target, change: float) -> Rung:
        """Solve one change."""
        values, base = self._at(target, change), self._base
        if values is None or base is None:
            return Rung(change, None, 0.0, infeasible=True)
        level = self._first(values, base)
        return Rung(change, None, 0.0) if level is None else Rung(change, self.levels[level], base[level] - values[level])


def conditional(program: Program, values: np.ndarray) -> Program:
    """Return a program with its integers fixed at the values of a plan: prices are then conditional on them.

    Parameters
    ----------
    program : Program
        With integers.
    values : numpy.ndarray
        Its plan.

    Returns
    -------
    Program
        Without integers.
    """
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[program.integer] = upper[program.integer] = np.round(values[program.integer])
    return replace(program, column_lower=lower, column_upper=upper, integer=np.zeros(0, dtype=bool))
