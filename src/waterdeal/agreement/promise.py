"""A promise that is a sum on one side of an amount, of which the row of the model and the reading of a plan follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.agreement.rows import Reading, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Sense
    from waterdeal.types import Ints


@dataclass(frozen=True)
class Promise:
    """A quantity at places, added up over steps, is on one side of an amount: the plain case, of which row and reading follow."""

    part: str  # as in `Row`; it gives way by itself
    sense: Sense
    quantity: str  # `flow`, `delivery`, `storage` or `energy`
    places: tuple[str, ...]
    steps: Sequence[int] | Ints
    amount: float  # what is promised
    before: float = 0.0  # what was counted before the horizon
    size: float | None = None  # size of the promise, where it is not the amount

    @property
    def unit(self) -> str:
        """Unit of the amount."""
        return "GWh" if self.quantity == "energy" else "hm3"

    def row(self, river: River) -> Row:
        """The row of the model."""
        terms = river.terms(self.quantity, self.places, self.steps)
        size = self.amount if self.size is None else self.size
        return Row(self.part, self.sense, terms, self.amount - self.before, self.unit, self.part, size)

    def reading(self, flows: Flows) -> Reading:
        """What was measured."""
        measured = float(flows.at(self.quantity, self.places)[self.steps].sum()) + self.before
        return Reading(self.part, self.sense, measured, self.amount, self.unit)
