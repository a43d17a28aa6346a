"""Rates of a clause that hold step by step: one for all, by month, or by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from waterdeal.agreement.place import place_terms, place_volumes
from waterdeal.agreement.rows import Reading, Row, Sense
from waterdeal.fields import Frozen, Rate
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.place import Place
    from waterdeal.agreement.river import Flows, River

MonthKey = Annotated[str, Field(pattern=r"^([1-9]|1[0-2])$")]
StepKey = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-D[123]|-(0[1-9]|[12]\d|3[01]))?$")]


class Rates(Frozen):
    """Rates in m3/s: `value` for all steps, `by_month` over it, `by_step` over both; a step without any is free."""

    value: Rate | None = None
    by_month: dict[MonthKey, Rate] = Field(default_factory=dict)
    by_step: dict[StepKey, Rate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def some_rate(self) -> Rates:
        """There is a rate, and none is below zero."""
        rates = [*([] if self.value is None else [self.value]), *self.by_month.values(), *self.by_step.values()]
        if not rates:
            raise ValueError(say("agreement.give_value_by_month"))
        if min(rates) < 0:
            raise ValueError(say("agreement.m3_s_below_zero", min=min(rates)))
        return self


def step_volumes(rates: Rates, river: River, steps: Iterable[int]) -> list[tuple[int, float]]:
    """Return the steps that have a rate, each with its volume in hm3."""
    found = []
    for step in steps:
        label = river.labels[step]
        rate = rates.by_step.get(label, rates.by_month.get(str(int(label[5:7])), rates.value))
        if rate is not None:
            found.append((int(step), river.volume_of(rate, step)))
    return found


def rate_rows(place: Place, volumes: Iterable[tuple[int, float]], river: River, sense: Sense) -> list[Row]:
    """Return one row a step: the water at a place is at least, or at most, its volume."""
    return [
        Row(label := river.labels[step], sense, place_terms(place, river, [step]), volume, concession=label, scale=volume)
        for step, volume in volumes
    ]


def rate_readings(place: Place, volumes: Iterable[tuple[int, float]], flows: Flows, sense: Sense) -> list[Reading]:
    """Return one reading a step."""
    measured = place_volumes(place, flows)
    return [Reading(flows.labels[step], sense, float(measured[step]), volume) for step, volume in volumes]


def band_rows(place: Place, rates: Rates, within: float, clause: Clause, river: River) -> list[Row]:
    """Return two rows a step: the water at a place is not below, and not above, its rate by more than a share."""
    low, high = _edges(step_volumes(rates, river, river.within(clause)), within)
    return [*rate_rows(place, low, river, "at_least"), *rate_rows(place, high, river, "at_most")]


def band_readings(place: Place, rates: Rates, within: float, clause: Clause, flows: Flows) -> list[Reading]:
    """Return two readings a step, one a side."""
    low, high = _edges(step_volumes(rates, flows, flows.within(clause)), within)
    return [*rate_readings(place, low, flows, "at_least"), *rate_readings(place, high, flows, "at_most")]


def _edges(volumes: list[tuple[int, float]], within: float) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Return the lower and upper edge of a schedule."""
    return [(step, volume * (1 - within)) for step, volume in volumes], [(step, volume * (1 + within)) for step, volume in volumes]
