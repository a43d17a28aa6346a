"""The rows of a clause as numbers: what is summed, which way it is bound, how it may give way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.agreement.river import Flows, River
    from waterdeal.types import Ints

#: part of a clause that holds once for its whole period
WHOLE = "whole"
Sense = Literal["at_least", "at_most", "exactly"]


class Term(NamedTuple):
    """``factor`` times a quantity at a place in a step (`step` is the number of the segment for a regime)."""

    quantity: str  # name of the result; besides, `regime` and `regime_index` help a scale that is not convex
    place: str
    step: int
    factor: float


@dataclass(frozen=True)
class Row:
    """``sum of terms >= bound`` or ``<= bound``, less what is conceded."""

    part: str  # which part of the clause: a step's label, or `WHOLE`
    sense: Sense  # `at_least`, `at_most`, or `exactly` for a helper row
    terms: tuple[Term, ...]  # what is summed
    bound: float  # Right-hand side in the clause's unit
    unit: str = "hm3"  # `hm3`, `GWh` or `1`
    concession: str | None = WHOLE  # name of the concession the row gives way by; None where it never does
    scale: float = 0.0  # size of the promise, for relative concessions


@dataclass(frozen=True)
class Reading:
    """A part of a clause as measured on some flows."""

    part: str  # as in `Row`
    sense: Sense  # `at_least` or `at_most`
    value: float  # what was measured; NaN where it was not
    promised: float  # what the clause says
    unit: str = "hm3"  # as in `Row`

    @property
    def slack(self) -> float:
        """How far the promise is kept by more than it must; negative where it is broken."""
        return self.value - self.promised if self.sense == "at_least" else self.promised - self.value


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


def scaled(terms: Iterable[Term], factor: float) -> tuple[Term, ...]:
    """Return terms with their factors multiplied."""
    return tuple(term._replace(factor=term.factor * factor) for term in terms)


def counted(rows: Iterable[Row], before: float) -> list[Row]:
    """Return rows with what was counted before the horizon taken off the bounds of those that promise something."""
    return [row if row.concession is None else replace(row, bound=row.bound - before) for row in rows]
