"""What is missing to a leg comes later: by when, at which rate, and for water on top of what passes anyway."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from waterdeal.agreement.facts import Phrase, fact
from waterdeal.agreement.rows import SHARE, Measure
from waterdeal.fields import Frozen, Price, Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.agreement.promise import Promise
    from waterdeal.agreement.river import River
    from waterdeal.types import Ints

#: measure of a row that gives way without conceding anything: another one holds what it stands for
FREELY = Measure(SHARE, 0.0)


class MakeUp(Frozen):
    """What is missing to a leg comes later, up to the day `by` (exclusive), `rate` for one.

    `penalty` is paid for what is missing then, million USD a GWh or hm3; no row carries it.
    """

    by: date
    rate: Annotated[float, Field(gt=0, le=10)] = 1.0
    penalty: Price | None = None

    def later(self, steps: Sequence[int] | Ints, river: River) -> tuple[int, ...]:
        """Steps after some in which what is missing to them may be made up."""
        if not len(steps):
            return ()
        after = (river.starts >= river.ends[int(max(steps))]) & (river.ends <= np.datetime64(self.by))
        return tuple(np.flatnonzero(after).tolist())

    def phrases(self) -> list[Phrase]:
        """Day and rate, and what is paid at last."""
        paid = [] if self.penalty is None else [Phrase("clause.penalty", {"value": fact("number", self.penalty)})]
        return [self._told(), *paid]

    def _told(self) -> Phrase:
        """Day and rate."""
        return Phrase("clause.exchange_made_up", {"day": fact("day", self.by), "value": fact("number", self.rate)})


class WaterMakeUp(MakeUp):
    """What is missing comes on top of `ordinary`, the volume that passes anyway from the end of the period until `by`."""

    ordinary: Volume = 0.0

    def _told(self) -> Phrase:
        """Day and rate, and what it comes on top of."""
        found = super()._told()
        if not self.ordinary:
            return found
        return Phrase("clause.made_up_over", {**found.fields, "ordinary": fact("volume", self.ordinary)})

    def promises(self, due: Promise, river: River) -> list[Promise]:
        """A promise of water that may come late: all of it by the day, and the ordinary volume whatever came in time."""
        later = self.later(due.steps, river)
        if not later:
            return [due]
        whole = replace(due, before=due.before - self.ordinary / self.rate, later=later, rate=self.rate)
        after = replace(due, part=f"{due.part}_later", steps=later, amount=self.ordinary, before=0.0, size=None)
        return [whole, after] if self.ordinary else [whole]


def in_time(promise: Promise) -> Promise:
    """Return the promise that as much comes in time as can be, which gives way freely."""
    return replace(promise, part=f"{promise.part}_in_time", measure=FREELY)
