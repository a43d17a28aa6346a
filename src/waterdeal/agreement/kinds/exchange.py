"""Water-for-energy exchange: storage filled by a date and a release schedule, against energy sent and returned (1998-2000 pattern)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from waterdeal.agreement.clause import Clause, Month, Names
from waterdeal.agreement.facts import Facts, energy, names, rates, share, text
from waterdeal.agreement.place import Place
from waterdeal.agreement.rates import Rates, band_readings, band_rows
from waterdeal.agreement.rows import Reading, Row
from waterdeal.fields import Energy, Frozen, Share, Volume
from waterdeal.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.agreement.river import Flows, River

ACCUMULATES = True


class Power(Frozen):
    """Energy that `plants` make in `months` for the other side; without plants it is made outside the model, and only followed."""

    amount: Energy
    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    plants: Names = ()


class Release(Rates):
    """A release schedule at a gauge, kept `within` a share."""

    at: str
    within: Share = 0.05


class Filling(Frozen):
    """Storage that a reservoir holds on a date."""

    reservoir: str
    value: Volume
    on: date


class Form(Clause):
    """Any of `filling`, `release`, `sent` (by `to`) and `returned` (by `party`)."""

    kind: Literal["exchange"]
    filling: Filling | None = None
    release: Release | None = None
    sent: Power | None = None
    returned: Power | None = None

    @model_validator(mode="after")
    def both_ways(self) -> Form:
        """Water goes one way, energy the other."""
        if (self.filling is None and self.release is None) or (self.sent is None and self.returned is None):
            raise ValueError(say("agreement.give_filling_release_sent"))
        return self


def rows(clause: Form, river: River) -> list[Row]:
    """Rows of each leg that the model can keep."""
    found: list[Row] = []
    if clause.release is not None:
        found += band_rows(Place(at=clause.release.at), clause.release, clause.release.within, clause, river)
    if clause.filling is not None and (step := river.step_ending(clause.filling.on)) >= 0:
        stored = river.terms("storage", (clause.filling.reservoir,), [step])
        found.append(Row("filling", "at_least", stored, clause.filling.value, concession="filling", scale=clause.filling.value))
    for name, leg in _power(clause):
        steps = _steps(clause, leg, river)
        if leg.plants and steps.size:
            found.append(Row(name, "at_least", river.energy_terms(leg.plants, steps), leg.amount, "GWh", name, leg.amount))
    return found


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Readings of each leg that can be measured."""
    found: list[Reading] = []
    if clause.release is not None:
        found += band_readings(Place(at=clause.release.at), clause.release, clause.release.within, clause, flows)
    if clause.filling is not None and (step := flows.step_ending(clause.filling.on)) >= 0:
        stored = float(flows.at("storage", (clause.filling.reservoir,))[step])
        found.append(Reading("filling", "at_least", stored, clause.filling.value))
    for name, leg in _power(clause):
        steps = _steps(clause, leg, flows)
        if leg.plants and steps.size:
            found.append(Reading(name, "at_least", float(flows.at("energy", leg.plants)[steps].sum()), leg.amount, "GWh"))
    return found


def facts(clause: Form) -> Facts:
    """What goes which way."""
    release, filling = clause.release, clause.filling
    return {
        "place": names(release.at if release is not None else filling.reservoir if filling is not None else ""),
        "value": rates(release) if release is not None else text(""),
        "within": share(release.within if release is not None else None),
        "sent": energy(clause.sent.amount if clause.sent is not None else None),
        "returned": energy(clause.returned.amount if clause.returned is not None else None),
    }


def _power(clause: Form) -> list[tuple[str, Power]]:
    """Legs of energy that are there."""
    legs = (("sent", clause.sent), ("returned", clause.returned))
    return [(name, leg) for name, leg in legs if leg is not None]


def _steps(clause: Form, leg: Power, river: River) -> NDArray[np.int64]:
    """Steps of the period in the months of a leg."""
    steps = river.within(clause)
    return steps[np.isin(river.data["month"].values[steps], leg.months)]
