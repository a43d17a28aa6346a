"""Minimum supply ratio: users get at least a share of their requirement, in every step or over the period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, each, names, share
from waterdeal.agreement.place import Place, place_names, place_terms, place_volumes, users
from waterdeal.agreement.rows import WHOLE, Reading, Row
from waterdeal.fields import Share

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = False


class Form(Clause, Place):
    """`value` is the least share of the requirement; `each` says whether in every step or over the period."""

    kind: Literal["min_supply_ratio"]
    value: Share
    each: Literal["step", "period"] = "step"
    at: None = None


def rows(clause: Form, river: River) -> list[Row]:
    """Delivery at least the share of the requirement: one row a step, or one for the period."""
    wanted, steps = river.requirement(users(clause, river)), river.within(clause)
    if clause.each == "period":
        promised = clause.value * float(wanted[steps].sum())
        return [Row(WHOLE, "at_least", place_terms(clause, river, steps), promised, scale=promised)]
    return [
        Row(label := river.labels[step], "at_least", place_terms(clause, river, [step]), promised, concession=label, scale=promised)
        for step in steps
        if (promised := clause.value * float(wanted[step])) > 0
    ]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Delivery against the share of the requirement."""
    promised, steps = clause.value * flows.requirement(users(clause, flows)), flows.within(clause)
    measured = place_volumes(clause, flows)
    if clause.each == "period":
        return [Reading(WHOLE, "at_least", float(measured[steps].sum()), float(promised[steps].sum()))]
    return [Reading(flows.labels[step], "at_least", float(measured[step]), float(promised[step])) for step in steps if promised[step] > 0]


def facts(clause: Form) -> Facts:
    """Users and share."""
    return {"place": names(*place_names(clause)), "value": share(clause.value), "each": each(clause.each)}
