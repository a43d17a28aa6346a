"""Rates of a clause that hold step by step: one for all, by month, or by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from waterdeal.agreement.facts import Fact, spread
from waterdeal.agreement.place import counted_at
from waterdeal.agreement.promise import Promise
from waterdeal.fields import Frozen, Rate, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        rates = self._all()
        refuse(not rates, "agreement.some_rate")
        refuse(min(rates) < 0, "agreement.rate_below_zero", min=min(rates))

    def told_rates(self) -> Fact:
        """Range of the rates."""
        return spread("rate", *self._all())

    def _all(self) -> list[float]:
        """Every rate there is."""
        return [*([] if self.value is None else [self.value]), *self.by_month.values(), *self.by_step.values()]


def step_volumes(rates: Rates, river: River, steps: Iterable[int]) -> list[tuple[int, float]]:
    """Return the steps that have a rate, each with its volume in hm3."""
    labels = {int(step): river.labels[step] for step in steps}
    held = {step: rates.by_step.get(label, rates.by_month.get(str(int(label[5:7])), rates.value)) for step, label in labels.items()}
    return [(step, river.volume_of(rate, step)) for step, rate in held.items() if rate is not None]


def rate_promises(place: Place, volumes: Iterable[tuple[int, float]], river: River, sense: Sense) -> list[Promise]:
    """Return one promise a step: the water at a place is at least, or at most, its volume."""
    where = counted_at(place, river)
    return [Promise(river.labels[step], sense, *where, [step], volume) for step, volume in volumes]


def band_promises(place: Place, rates: Rates, within: float, river: River, steps: Ints) -> list[Promise]:
    """Return two promises a step: the water at a place is not below, and not above, its rate by more than a share."""
    volumes = step_volumes(rates, river, steps)
    low = rate_promises(place, [(step, volume * (1 - within)) for step, volume in volumes], river, "at_least")
    return low + rate_promises(place, [(step, volume * (1 + within)) for step, volume in volumes], river, "at_most")
