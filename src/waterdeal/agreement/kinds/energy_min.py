"""Energy minimum: plants generate at least so much over a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from waterdeal.agreement.clause import Clause, Names
from waterdeal.agreement.facts import Facts, energy, names
from waterdeal.agreement.rows import WHOLE, Reading, Row
from waterdeal.fields import Energy
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = True


class Form(Clause):
    """`value` is the least energy of `plants`, or of all plants of `energy_of`."""

    kind: Literal["energy_min"]
    plants: Names = ()
    energy_of: str | None = None
    value: Energy
    so_far: Energy = 0.0

    @model_validator(mode="after")
    def some_plants(self) -> Form:
        """Either plants or a party."""
        if bool(self.plants) == (self.energy_of is not None):
            raise ValueError(say("agreement.give_either_plants_energy"))
        return self


def rows(clause: Form, river: River) -> list[Row]:
    """Energy over the period at least the value."""
    terms = river.energy_terms(_plants(clause, river), river.within(clause))
    return [Row(WHOLE, "at_least", terms, clause.value - clause.so_far, "GWh", scale=clause.value)]


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Energy measured over the period."""
    measured = float(flows.at("energy", _plants(clause, flows))[flows.within(clause)].sum()) + clause.so_far
    return [Reading(WHOLE, "at_least", measured, clause.value, "GWh")]


def facts(clause: Form) -> Facts:
    """Plants and energy."""
    return {"place": names(*(clause.plants or (str(clause.energy_of),))), "value": energy(clause.value)}


def _plants(clause: Form, river: River) -> tuple[str, ...]:
    """Plants that count."""
    return clause.plants or river.plants_of(str(clause.energy_of))
