"""Energy: at least so much over a period, or an exchange of water for energy (1998-2000 pattern)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from waterdeal.agreement.clause import Clause, Month, Names, Period
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.place import Place
from waterdeal.agreement.promise import Promise, as_share
from waterdeal.agreement.rates import Rates, band_promises
from waterdeal.agreement.rows import WHOLE
from waterdeal.errors import refuse
from waterdeal.fields import Energy, Frozen, Share, Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import River


class EnergyMin(Clause):
    """`value` is the least energy of `plants`, or of all plants of `energy_of`."""

    accumulates = True
    kind: Literal["energy_min"]
    plants: Names = ()
    energy_of: str | None = None
    value: Energy
    so_far: Energy = 0.0

    def check_fields(self) -> None:
        """Either plants or a party."""
        refuse(bool(self.plants) == (self.energy_of is not None), "agreement.which_plants")

    def promises(self, river: River) -> list[Promise]:
        """One a period; what was made before the horizon counts in the first."""
        plants = self.plants or river.plants_of(str(self.energy_of))
        return [
            Promise(period.part, "at_least", "energy", plants, period.steps, self.value, self.so_far if period.is_first else 0.0)
            for period in self.periods(river)
        ]

    def facts(self) -> Facts:
        """Plants and energy."""
        return {"place": names(*(self.plants or (str(self.energy_of),))), "value": fact("energy", self.value)}

    def phrases(self) -> list[Phrase]:
        """Energy of plants, or of all plants of a party."""
        facts = self.facts()
        place = Phrase("clause.plants_of", {"party": facts["place"]}) if self.energy_of else facts["place"]
        return [Phrase("clause.energy_min", {**facts, "place": place})]


class Power(Frozen):
    """Energy that `plants` make in `months` for the other side; without plants it is made outside the model, and only followed."""

    amount: Energy
    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    plants: Names = ()
    so_far: Energy | None = None


class Release(Rates):
    """A release schedule at a gauge, kept `within` a share."""

    at: str
    within: Share = 0.05


class Filling(Frozen):
    """Storage that a reservoir holds on a date."""

    reservoir: str
    value: Volume
    on: date


class Exchange(Clause):
    """Any of `filling`, `release`, `sent` (by `to`) and `returned` (by `party`)."""

    accumulates = True
    when = "if_given"
    kind: Literal["exchange"]
    filling: Filling | None = None
    release: Release | None = None
    sent: Power | None = None
    returned: Power | None = None

    def check_fields(self) -> None:
        """Water goes one way, energy the other."""
        refuse((self.filling is None and self.release is None) or (self.sent is None and self.returned is None), "agreement.one_way_only")

    def power(self) -> list[tuple[str, Power]]:
        """Legs of energy that are there."""
        return [(name, leg) for name, leg in (("sent", self.sent), ("returned", self.returned)) if leg is not None]

    def promises(self, river: River) -> list[Promise]:
        """Those of each leg that the model can keep, and that can be measured."""
        found, steps, release, filling = list[Promise](), self.steps(river), self.release, self.filling
        if release is not None:
            found += band_promises(Place(at=release.at), release, release.within, river, steps)
        if filling is not None and (step := river.step_ending(filling.on)) >= 0:
            found.append(Promise("filling", "at_least", "storage", (filling.reservoir,), [step], filling.value))
        for name, leg in self.power():
            for period in self.leg_periods(leg, river) if leg.plants else ():
                part, before = name if period.part == WHOLE else f"{name}_{period.year}", (leg.so_far or 0.0) if period.is_first else 0.0
                found.append(Promise(part, "at_least", "energy", leg.plants, period.steps, leg.amount, before))
        return [as_share(promise, river) for promise in found]

    def leg_periods(self, leg: Power, river: River) -> list[Period]:
        """Periods of a leg of energy: its months, each year."""
        steps = self.steps(river)
        return self.periods(river, steps[np.isin(river.data["month"].values[steps], leg.months)], leg.months)

    def unheld(self, river: River) -> list[str]:
        """Legs without plants, or of days and months that are not in sight."""
        legs = ("filling", "sent", "returned")
        parts = {next((leg for leg in legs if promise.part.startswith(leg)), promise.part) for promise in self.promises(river)}
        return [name for name in legs if getattr(self, name) is not None and name not in parts] + (
            ["release"] if self.release is not None and parts <= set(legs) else []
        )

    def facts(self) -> Facts:
        """What goes which way."""
        release, filling = self.release, self.filling
        return {
            "place": names(release.at if release is not None else filling.reservoir if filling is not None else ""),
            "value": release.told_rates() if release is not None else fact("text", ""),
            "within": fact("share", release.within if release is not None else None),
            "sent": fact("energy", self.sent.amount if self.sent is not None else None),
            "returned": fact("energy", self.returned.amount if self.returned is not None else None),
        }

    def phrases(self) -> list[Phrase]:
        """Water one way, energy the other."""
        found, filling = [], self.filling
        if filling is not None:
            stored = {"place": names(filling.reservoir), "value": fact("volume", filling.value), "day": fact("day", filling.on)}
            found.append(Phrase("clause.end_storage", stored))
        if self.release is not None:
            found.append(Phrase("clause.schedule", self.facts()))
        for name, leg in self.power():
            parties = self.to if name == "sent" else self.party
            party = names(*parties) if parties else Phrase("clause.other_side", {})
            months = fact("months", *leg.months)
            found.append(Phrase(f"clause.exchange_{name}", {"party": party, "value": fact("energy", leg.amount), "months": months}))
        return found


KINDS = (EnergyMin, Exchange)
