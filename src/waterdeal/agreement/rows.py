"""The rows of a clause as numbers: what is summed, which way it is bound, how it may give way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: part of a clause that holds once for its whole period
WHOLE = "whole"
Sense = Literal["at_least", "at_most", "exactly"]


class Term(NamedTuple):
    """``factor`` times a quantity at a place in a step (`step` is the number of the segment for a regime)."""

    quantity: str  # name of the result; besides, `regime` and `regime_index` help a scale that is not convex
    place: str
    step: int
    factor: float


class Measure(NamedTuple):
    """How a clause counts what a row gives way by: as a change of the number in its sentence, or of each promise by the same share."""

    unit: str = ""  # `hm3`, `GWh`, `1`, `m3/s` or `share` (of the promise); that of the row unless told
    weight: float = 1.0  # units that one unit of the row's concession counts as
    number: float | None = None  # the number in the sentence, in this unit; what the scale counts as unless told


#: measure of a row that gives way in its own unit
PLAIN = Measure()


@dataclass(frozen=True)
class Row:
    """``sum of terms >= bound`` or ``<= bound``, less what is conceded."""

    part: str  # which part of the clause: a step's label, or `WHOLE`
    sense: Sense  # `at_least`, `at_most`, or `exactly` for a helper row
    terms: tuple[Term, ...]  # what is summed
    bound: float  # Right-hand side in the clause's unit
    unit: str = "hm3"  # `hm3`, `GWh`, `kt` or `1`
    concession: str | None = WHOLE  # name of the concession the row gives way by; None where it never does
    scale: float = 0.0  # size of the promise, for relative concessions
    measure: Measure = PLAIN  # in what the clause counts what is conceded

    @property
    def counted_in(self) -> str:
        """Unit in which the clause counts what the row concedes."""
        return self.measure.unit or self.unit


def giving(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that give way."""
    return [row for row in rows if row.concession is not None]


#: units in which clauses count what they concede, beside those of rows
RATE, SHARE = "m3/s", "share"


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


def scaled(terms: Iterable[Term], factor: float) -> tuple[Term, ...]:
    """Return terms with their factors multiplied."""
    return tuple(term._replace(factor=term.factor * factor) for term in terms)


def counted(rows: Iterable[Row], before: float) -> list[Row]:
    """Return rows with what was counted before the horizon taken off the bounds of those that promise something."""
    return [row if row.concession is None else replace(row, bound=row.bound - before) for row in rows]
