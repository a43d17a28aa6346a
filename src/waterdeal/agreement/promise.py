"""A promise that is a sum on one side of an amount, of which the row of the model and the reading of a plan follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waterdeal.agreement.rows import PLAIN, SHARE, Measure, Reading, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Sense
    from waterdeal.types import Ints

#: units of quantities that are not volumes
_UNITS = {"energy": "GWh", "power_received": "GWh", "salt_load": "kt", "salt_returned": "kt"}


@dataclass(frozen=True)
class Promise:
    """A quantity at places, added up over steps, is on one side of an amount: the plain case, of which row and reading follow."""

    part: str  # as in `Row`; it gives way by itself
    sense: Sense
    quantity: str  # `flow`, `delivery`, `storage`, `energy` or `power_received`
    places: tuple[str, ...]
    steps: Sequence[int] | Ints
    amount: float  # what is promised
    before: float = 0.0  # what was counted before the horizon
    size: float | None = None  # size of the promise, where it is not the amount
    measure: Measure = PLAIN  # as in `Row`
    back: tuple[str, ...] = ()  # places whose amounts are taken off: what goes back at the same time is not given
    later: tuple[int, ...] = ()  # steps in which what is missing may be made up
    rate: float = 1.0  # how much of that counts as one

    @property
    def unit(self) -> str:
        """Unit of the amount."""
        return _UNITS.get(self.quantity, "hm3")

    def _counted(self) -> list[tuple[str, tuple[str, ...], list[int], float]]:
        """What is added up: quantity, places, steps, and how much of it counts as one."""
        when = [([int(step) for step in self.steps], 1.0), (list(self.later), 1.0 / self.rate)]
        return [
            (self.quantity, places, steps, sign * factor)
            for steps, factor in when for places, sign in ((self.places, 1.0), (self.back, -1.0)) if places and steps
        ]  # fmt: skip

    def row(self, river: River) -> Row:
        """The row of the model."""
        terms = sum((river.terms(*of) for of in self._counted()), ())
        size, measure = self.amount if self.size is None else self.size, self.measure
        if measure.number is None and measure.unit != SHARE:
            measure = measure._replace(number=size * measure.weight)
        stake = size or river.at_stake(self.quantity, self.places, self.steps)
        return Row(self.part, self.sense, terms, self.amount - self.before, self.unit, self.part, stake, measure)

    def reading(self, flows: Flows) -> Reading:
        """What was measured."""
        measured = self.before
        for quantity, places, steps, factor in self._counted():
            measured += factor * float(flows.at(quantity, places)[steps].sum())
        return Reading(self.part, self.sense, measured, self.amount, self.unit)


def as_share(promise: Promise, river: River) -> Promise:
    """Let a promise give way by a share of itself: for clauses whose promises are several, or in several units."""
    return replace(promise, measure=Measure(SHARE, 1 / promise.row(river).scale))
