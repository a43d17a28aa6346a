"""Storage band: a reservoir stays between two volumes at the end of every step of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, volumes
from waterdeal.agreement.rows import Reading, Row
from waterdeal.fields import Volume
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = False


class Form(Clause):
    """`low` and `high` are the edges of the band of `reservoir`; one of them may be left out."""

    kind: Literal["storage_band"]
    reservoir: str
    low: Volume | None = None
    high: Volume | None = None

    @model_validator(mode="after")
    def some_edge(self) -> Form:
        """There is an edge, and the low one is below the high one."""
        if self.low is None and self.high is None:
            raise ValueError(say("agreement.give_low_high_both"))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(say("agreement.low_above_high", low=self.low, high=self.high))
        return self


def rows(clause: Form, river: River) -> list[Row]:
    """One row a step and edge."""
    found = []
    for step in river.within(clause):
        label, stored = river.labels[step], river.terms("storage", (clause.reservoir,), [step])
        if clause.low is not None:
            found.append(Row(label, "at_least", stored, clause.low, concession=label, scale=clause.low))
        if clause.high is not None:
            found.append(Row(label, "at_most", stored, clause.high, concession=label, scale=clause.high))
    return found


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Storage measured at the end of each step."""
    stored = flows.at("storage", (clause.reservoir,))
    found = []
    for step in flows.within(clause):
        if clause.low is not None:
            found.append(Reading(flows.labels[step], "at_least", float(stored[step]), clause.low))
        if clause.high is not None:
            found.append(Reading(flows.labels[step], "at_most", float(stored[step]), clause.high))
    return found


def facts(clause: Form) -> Facts:
    """Reservoir and edges."""
    return {"place": names(clause.reservoir), "value": volumes(*(edge for edge in (clause.low, clause.high) if edge is not None))}
