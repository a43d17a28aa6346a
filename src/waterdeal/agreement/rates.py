"""Rates of a clause that hold step by step: one for all, by month, or by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from waterdeal.agreement.facts import Fact, spread
from waterdeal.agreement.place import counted_at
from waterdeal.agreement.promise import Promise, as_share
from waterdeal.agreement.rows import RATE, Measure
from waterdeal.errors import refuse
from waterdeal.fields import Frozen, Rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.agreement.place import Place
    from waterdeal.agreement.river import River
    from waterdeal.agreement.rows import Sense
    from waterdeal.types import Ints

MonthKey = Annotated[str, Field(pattern=r"^([1-9]|1[0-2])$")]
StepKey = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-D[123]|-(0[1-9]|[12]\d|3[01]))?$")]


class Rates(Frozen):
    """Rates in m3/s: `value` for all steps, `by_month` over it, `by_step` over both; a step without any is free."""

    value: Rate | None = None
    by_month: dict[MonthKey, Rate] = Field(default_factory=dict)
    by_step: dict[StepKey, Rate] = Field(default_factory=dict)

    def check_fields(self) -> None:
        """There is a rate, and none is below zero."""
        rates = self.all_rates()
        refuse(not rates, "agreement.some_rate")
        refuse(min(rates) < 0, "agreement.rate_below_zero", min=min(rates))

    def told_rates(self) -> Fact:
        """Range of the rates."""
        return spread("rate", *self.all_rates())

    def part(self, share: float) -> Self:
        """A share of the rates."""
        tables = {name: {key: share * rate for key, rate in getattr(self, name).items()} for name in ("by_month", "by_step")}
        return self.model_copy(update={"value": None if self.value is None else share * self.value, **tables})

    def all_rates(self) -> list[float]:
        """Every rate there is."""
        return [*([] if self.value is None else [self.value]), *self.by_month.values(), *self.by_step.values()]


def step_volumes(rates: Rates, river: River, steps: Iterable[int]) -> list[tuple[int, float]]:
    """Return the steps that have a rate, each with its volume in hm3."""
    labels = {int(step): river.labels[step] for step in steps}
    held = {step: rates.by_step.get(label, rates.by_month.get(str(int(label[5:7])), rates.value)) for step, label in labels.items()}
    return [(step, river.volume_of(rate, step)) for step, rate in held.items() if rate is not None]


def rate_promises(place: Place, volumes: Sequence[tuple[int, float]], river: River, sense: Sense) -> list[Promise]:
    """Return one promise a step: the water at a place is at least, or at most, its volume; a rate gives way, or a share of several."""
    where, weights = counted_at(place, river), {step: 1 / river.volume_of(1.0, step) for step, _ in volumes}
    found = [Promise(river.labels[step], sense, *where, [step], volume, measure=Measure(RATE, weights[step])) for step, volume in volumes]
    rates = [volume * weights[step] for step, volume in volumes]
    if len({round(rate, 9) for rate in rates}) < 2:
        return found
    sizes = [volume or max(rates) / weights[step] for step, volume in volumes]  # a step of nothing gives way by a share of the largest rate
    return [as_share(replace(promise, size=size), river) for promise, size in zip(found, sizes, strict=True)]


def band_promises(place: Place, rates: Rates, within: float, river: River, steps: Ints) -> list[Promise]:
    """Return two promises a step: the water at a place is not below, and not above, its rate by more than a share; that gives way.

    A share of nothing is nothing: where all rates are, they give way themselves.
    """
    volumes, where, most = step_volumes(rates, river, steps), counted_at(place, river), max(rates.all_rates())
    if not most:
        return rate_promises(place, volumes, river, "at_most")
    sides: tuple[tuple[Sense, float], ...] = (("at_least", 1 - within), ("at_most", 1 + within))
    found = []
    for sense, share in sides:
        for step, volume in volumes:
            size = volume or river.volume_of(most, step)
            measure = Measure("1", 1 / size, within)
            found.append(Promise(river.labels[step], sense, *where, [step], volume * share, size=size, measure=measure))
    return found
