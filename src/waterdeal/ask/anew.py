"""Prices of lines that touch curves, proven by whole plans: what a price promises for a change is what the level gives in a plan of it.

A price is proven where its range ends, and so is the range. Where the plan there gives another gain, or none is found, a nearer end is
tried; a price that no plan gives is told as one of the lines alone. What there is no plan for on lines must have none between hulls.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from waterdeal.ask.prices import Settled
from waterdeal.ask.respond import ROUNDING, SLIGHT, moved
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from waterdeal.ask.prices import Loosen, Price, Pricer, Rung, Side
    from waterdeal.ask.respond import Anew, Target

#: change of a level that two plans on other lines may differ by, for each unit of it; and how near a gain is the same
CURVED, NEARLY = 1e-6, 1e-3
#: ends that are tried, as shares of a range that was looked for, and of one that was found in tenfold steps; the smallest change tried
ENDS, OPEN_ENDS, SMALLEST = (1.0, 0.9, 0.1, 0.01), (1.0, 0.1, 0.01), 1e-4


class Settles(Protocol):
    """Solves a scenario again with its program changed."""

    before: Anew  # the plan as it is

    def __call__(self, loosen: Loosen, level: str | None = None) -> Anew | None:
        """Return the plan, settled as far as a level depends on it; None where none is found."""

    def refuses(self, loosen: Loosen) -> bool:
        """Whether it is proven that there is no plan."""


def priced(pricer: Pricer, target: Target, settled: Settles | None, *, ladder: bool = True, ranged: bool = True) -> Price:
    """Price an amount and, where a program is of lines that touch curves, prove it."""
    found = pricer.price(target, ladder=ladder, ranged=ranged)
    return found if settled is None else Proving(pricer, settled).proven(found, target)


class Proving:
    """Proves prices of one program."""

    def __init__(self, pricer: Pricer, settled: Settles) -> None:
        self._pricer, self._settled = pricer, settled

    def proven(self, found: Price, target: Target) -> Price:
        """Return a price of which each side tells whether it is proven, with the changes that were solved anew."""
        (less, below), (more, above) = (self._side(side, sign, target) for side, sign in ((found.less, -1.0), (found.more, 1.0)))
        rungs = tuple(self._rung(rung, target) for rung in found.rungs)
        return replace(found, less=less, more=more, rungs=rungs, settled=(*below, *above))

    def _side(self, side: Side, sign: float, target: Target) -> tuple[Side, tuple[Settled, ...]]:
        """Prove a side as far as it goes."""
        if side.infeasible:
            return replace(side, proven=self._settled.refuses(partial(moved, target=target, by=sign * SMALLEST))), ()
        if not 0 < side.holds_for < float("inf"):
            return replace(side, proven=True), ()
        told: list[Settled] = []
        for share in OPEN_ENDS if side.open_end else ENDS:
            end = share * side.holds_for
            if end < min(SMALLEST, side.holds_for):
                break
            told.append(self._change(sign * end, side.level, sign * end * side.worth, target))
            if told[-1].agrees:
                return replace(side, holds_for=end, open_end=side.open_end or share < 1, proven=True), tuple(told)
        return replace(side, proven=False), tuple(told)

    def _rung(self, rung: Rung, target: Target) -> Rung:
        """Prove what a change does."""
        if rung.infeasible:
            return replace(rung, proven=self._settled.refuses(partial(moved, target=target, by=rung.change)))
        return replace(rung, proven=self._change(rung.change, rung.level, rung.gain, target).agrees)

    def _change(self, change: float, level: str | None, promised: float, target: Target) -> Settled:
        """Solve a change anew; where no bound that moves touches the plan, it is the plan of the change too."""
        if level is None and self._pricer.responses.is_free(target, change):
            return Settled(change, promised, None, 0.0, agrees=True)
        anew, before = self._settled(partial(moved, target=target, by=change), level), self._settled.before
        if anew is None:
            return Settled(change, promised, None, 0.0, found=False)
        gains = {name: before.least[name] - value for name, value in anew.least.items()}
        curved = 0.0 if anew.is_near else CURVED
        noise = {name: (ROUNDING + curved) * (1 + abs(before.least[name])) + SLIGHT * abs(change) for name in gains}
        first = next((name for name, gain in gains.items() if abs(gain) > noise[name]), None)
        if first is None:
            return Settled(change, promised, None, 0.0, agrees=level is None)
        reached = levels_of(before.results)[first] - levels_of(anew.results)[first]
        is_same = first == level and abs(gains[first] - promised) <= NEARLY * abs(promised) + noise[first]
        return Settled(change, promised, first, gains[first], agrees=is_same, reached=reached)
