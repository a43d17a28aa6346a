"""Maximum volume: at most so much water passes a gauge, or reaches users, over a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, names, volume
from waterdeal.agreement.place import Place, place_names, place_terms, place_volumes
from waterdeal.agreement.rows import WHOLE, Reading, Row
from waterdeal.fields import Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = True


class Form(Clause, Place):
    """`value` is the most that may pass, `so_far` what has passed before the horizon."""

    kind: Literal["max_volume"]
    value: Volume
    so_far: Volume = 0.0


def rows(clause: Form, river: River) -> list[Row]:
    """Volume over the period at most the value."""
    terms = place_terms(clause, river, river.within(clause))
    return [Row(WHOLE, "at_most", terms, clause.value - clause.so_far, scale=clause.value)]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Volume measured over the period against the value."""
    measured = float(place_volumes(clause, flows)[flows.within(clause)].sum()) + clause.so_far
    return [Reading(WHOLE, "at_most", measured, clause.value)]


def facts(clause: Form) -> Facts:
    """Place and volume."""
    return {"place": names(*place_names(clause)), "value": volume(clause.value)}
