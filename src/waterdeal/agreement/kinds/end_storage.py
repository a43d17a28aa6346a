"""End storage: a reservoir holds at least a volume on a date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, day, names, volume
from waterdeal.agreement.rows import WHOLE, Reading, Row
from waterdeal.fields import Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = False


class Form(Clause):
    """`value` is the least storage of `reservoir` at the start of the day `on` (the end of the horizon without it)."""

    kind: Literal["end_storage"]
    reservoir: str
    value: Volume
    on: date | None = None


def rows(clause: Form, river: River) -> list[Row]:
    """Storage on the date at least the value; none where the date is out of sight."""
    step = river.step_ending(clause.on)
    if step < 0:
        return []
    return [Row(WHOLE, "at_least", river.terms("storage", (clause.reservoir,), [step]), clause.value, scale=clause.value)]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Storage measured on the date."""
    step = flows.step_ending(clause.on)
    if step < 0:
        return []
    return [Reading(WHOLE, "at_least", float(flows.at("storage", (clause.reservoir,))[step]), clause.value)]


def facts(clause: Form) -> Facts:
    """Reservoir, volume and date."""
    return {"place": names(clause.reservoir), "value": volume(clause.value), "day": day(clause.on)}
