"""Payback: a debt of water is delivered on top of the ordinary volume, by a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, volume
from waterdeal.agreement.place import Place, place_names, place_terms, place_volumes
from waterdeal.agreement.rows import WHOLE, Reading, Row
from waterdeal.fields import Volume
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = True


class Form(Clause, Place):
    """`debt` is what is owed, `ordinary` what would pass without it; both are due by the end of the period."""

    kind: Literal["payback"]
    debt: Volume
    ordinary: Volume = 0.0
    so_far: Volume = 0.0

    @model_validator(mode="after")
    def has_a_date(self) -> Form:
        """A debt has a date."""
        if self.end is None:
            raise ValueError(say("agreement.give_end_date_debt"))
        return self


def rows(clause: Form, river: River) -> list[Row]:
    """Volume by the date at least the ordinary volume and the debt."""
    terms = place_terms(clause, river, river.within(clause))
    return [Row(WHOLE, "at_least", terms, clause.ordinary + clause.debt - clause.so_far, scale=clause.debt)]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Volume measured by the date."""
    measured = float(place_volumes(clause, flows)[flows.within(clause)].sum()) + clause.so_far
    return [Reading(WHOLE, "at_least", measured, clause.ordinary + clause.debt)]


def facts(clause: Form) -> Facts:
    """Place, debt and ordinary volume."""
    return {"place": names(*place_names(clause)), "value": volume(clause.debt), "ordinary": volume(clause.ordinary)}
