"""Energy: at least so much over a period, or an exchange of water for energy (1998-2000 pattern)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from waterdeal.agreement.clause import Clause, Names, Period
from waterdeal.agreement.crops import grown_on, output_terms, sum_over
from waterdeal.agreement.facts import Fact, Facts, Phrase, fact, names
from waterdeal.agreement.legs import Goods, LegScale, Money, Power
from waterdeal.agreement.made_up import WaterMakeUp, in_time
from waterdeal.agreement.place import Place
from waterdeal.agreement.promise import Promise, as_share
from waterdeal.agreement.rates import Rates, band_promises
from waterdeal.agreement.rows import SHARE, WHOLE, Measure, Reading, Row
from waterdeal.errors import refuse
from waterdeal.fields import DEAREST, Energy, Frozen, Share, Volume

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River
    from waterdeal.types import Ints


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


class Release(Rates):
    """A release schedule at a gauge, kept `within` a share, less by a `scale`; what is missing to its lower edge may be `made_up` later."""

    at: str
    within: Share = 0.05
    scale: LegScale | None = None
    made_up: WaterMakeUp | None = None

    @property
    def penal(self) -> bool:
        """Whether what is missing at last is paid for."""
        return self.made_up is not None and self.made_up.penalty is not None


class Filling(Frozen):
    """Storage that a reservoir holds on a date, less by a `scale`."""

    reservoir: str
    value: Volume
    on: date
    scale: LegScale | None = None


class Exchange(Clause):
    """Water of `party` (`filling`, `release`) and energy (`sent` by `to`, `returned` by `party`); `fuel`, `food` and `money` beside them.

    A leg that no row carries is only followed (`unheld`). `rates` are units of a currency for a dollar.
    """

    accumulates = True
    when = "if_given"
    kind: Literal["exchange"]
    filling: Filling | None = None
    release: Release | None = None
    sent: Power | None = None
    returned: Power | None = None
    fuel: Goods | None = None
    food: Goods | None = None
    money: Money | None = None
    rates: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)

    def check_fields(self) -> None:
        """Water goes one way and energy the other, energy goes both ways, or goods or money stand against one of them."""
        water, energy = self.filling or self.release, self.sent or self.returned
        beside, swapped = self.fuel or self.food or self.money, self.sent is not None and self.returned is not None
        refuse(not ((water and energy) or swapped or (beside and (water or energy))), "agreement.one_way_only")
        priced = [leg.paid_in for _, leg in self.power() if leg.price is not None] + ([self.money.currency] if self.money else [])
        unknown = sorted({currency for currency in priced if currency not in {"USD", *self.rates}})
        refuse(bool(unknown), "agreement.no_exchange_rate", currencies=", ".join(unknown))
        for price in [leg.price / self.rates.get(leg.paid_in, 1.0) for _, leg in self.power() if leg.price is not None]:
            refuse(price > DEAREST, "contract.dear", name="price", value=price, part=price / 1000)

    def power(self) -> list[tuple[str, Power]]:
        """Legs of energy that are there."""
        return [(name, leg) for name, leg in (("sent", self.sent), ("returned", self.returned)) if leg is not None]

    def lines(self, name: str, river: River) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Lines over which a leg of energy without plants goes, and those by which energy comes back."""
        givers, takers = (self.to, self.party) if name == "sent" else (self.party, self.to)
        return river.lines(givers, takers), river.lines(takers, givers)

    def carried(self, river: River) -> list[tuple[str, Power]]:
        """Legs of energy that rows can carry: made by plants, or over lines."""
        return [(name, leg) for name, leg in self.power() if leg.plants or self.lines(name, river)[0]]

    def promises(self, river: River) -> list[Promise]:
        """Those of each leg that the model can keep, and that can be measured."""
        found, timely = list[Promise](), list[Promise]()  # what may come late too: in time as much as can be, which gives way freely
        release, filling = self.release, self.filling
        if release is not None:
            firm, freely = _released(release, self.steps(river), river)
            found, timely = found + firm, timely + freely
        if filling is not None and (step := river.step_ending(filling.on)) >= 0:
            due = filling.value * due_share(filling.scale, river)
            found.append(Promise("filling", "at_least", "storage", (filling.reservoir,), [step], due))
        for name, leg in self.carried(river):
            lines, back = ((), ()) if leg.plants else self.lines(name, river)
            quantity, places = ("power_received", lines) if lines else ("energy", leg.plants)
            for part, period, amount in self.leg_periods(name, leg, river):
                before, later = (leg.so_far or 0.0) if period.is_first else 0.0, later_of(leg, period, river)
                rate = leg.made_up.rate if leg.made_up is not None else 1.0
                promise = Promise(part, "at_least", quantity, places, period.steps, amount, before, back=back)
                found.append(replace(promise, later=later, rate=rate))
                timely += [in_time(promise)] if later else []
        return [as_share(promise, river) for promise in found] + timely

    def rows(self, river: River) -> list[Row]:
        """Rows of the promises, and no more over the lines of a leg than it promises, where trade is not free."""
        found, free = super().rows(river), bool(river.data["power_link_free"].values.any()) if "power_link_free" in river.data else False
        capped = [] if free else [row for row in found if any(term.quantity == "power_sent" for term in row.terms)]
        found += [replace(row, part=f"{row.part}_most", sense="at_most", concession=None) for row in capped]
        fields, due = self._food(river)
        if fields:
            found.append(Row("food", "at_least", output_terms(river, fields), due, "kt", "food", due, Measure(SHARE, 1 / due)))
        return found

    def readings(self, flows: Flows) -> list[Reading]:
        """Those of the promises, and the output of the crop that is sent."""
        fields, due = self._food(flows)
        grown = [Reading("food", "at_least", sum_over(flows, "field_output", fields), due, "kt")] if fields else []
        return super().readings(flows) + grown

    def _food(self, river: River) -> tuple[tuple[str, ...], float]:
        """Fields of the side that sends food of a crop of the basin, and how much it sends, kt."""
        if self.food is None or self.food.crop is None:
            return (), 0.0
        return grown_on(river, self.to if self.food.by == "to" else self.party, self.food.crop), self.food.tonnes / 1000.0

    def open_steps(self, name: str, leg: Power, river: River) -> list[int]:
        """Steps in which a leg is due, or made up for."""
        periods = [period for _, period, _ in self.leg_periods(name, leg, river)]
        return sorted({int(step) for period in periods for step in (*period.steps, *later_of(leg, period, river))})

    def leg_periods(self, name: str, leg: Power, river: River) -> list[tuple[str, Period, float]]:
        """Part, period and energy of each due of a leg: its months, each year."""
        steps, found = self.steps(river), list[tuple[str, Period, float]]()
        share = due_share(leg.scale, river)
        for end, months, energy in leg.dues:
            for period in self.periods(river, steps[np.isin(river.month[steps], months)], months):
                part = f"{name}{end}" if period.part == WHOLE else f"{name}{end}_{period.year}"
                found.append((part, period, share * energy))
        return found

    def unheld(self, river: River) -> list[str]:
        """Legs that no row carries: energy without plants and lines, goods, money, and legs of days and months that are not in sight."""
        parts = [promise.part for promise in self.promises(river)]
        found = ["filling"] if self.filling is not None and "filling" not in parts else []
        for name, leg in self.power():
            missing = [end for end, *_ in leg.dues if not any(f"{part}_".startswith(f"{name}{end}_") for part in parts)]
            found += [name] if len(missing) == len(leg.dues) else [f"{name}{end}" for end in missing]
        legs = ("filling", "sent", "returned")
        found += ["release"] if self.release is not None and all(part.startswith(legs) for part in parts) else []
        penal = any(part is not None and part.penal for part in (self.sent, self.returned, self.release))
        goods = [name for name in ("fuel", "food", "money") if getattr(self, name) is not None]
        return found + [name for name in goods if name != "food" or not self._food(river)[0]] + ["penalty"] * penal

    def facts(self) -> Facts:
        """What goes which way."""
        release, filling = self.release, self.filling
        return {
            "place": names(release.at if release is not None else filling.reservoir if filling is not None else ""),
            "value": release.told_rates() if release is not None else fact("text", ""),
            "within": fact("share", release.within if release is not None else None),
            "sent": fact("energy", self.sent.total if self.sent is not None else None),
            "returned": fact("energy", self.returned.total if self.returned is not None else None),
        }

    def phrases(self) -> list[Phrase]:
        """Water one way, energy the other, and what stands beside them."""
        found, filling = [], self.filling
        if filling is not None:
            stored = {"place": names(filling.reservoir), "value": fact("volume", filling.value), "day": fact("day", filling.on)}
            found += [Phrase("clause.end_storage", stored), *_scaled(filling.scale)]
        if (release := self.release) is not None:
            found += [Phrase("clause.schedule", self.facts()), *_scaled(release.scale)]
            found += release.made_up.phrases() if release.made_up is not None else []
        for name, leg in self.power():
            told = {"party": self._side("to" if name == "sent" else "party"), "months": fact("months", *leg.all_months)}
            found.append(Phrase(f"clause.exchange_{name}", told | {"value": fact("energy", leg.total)}))
            found += _terms_of(leg)
        for goods in filter(None, (self.fuel, self.food)):
            told = {"party": self._side(goods.by), "value": fact("number", goods.tonnes), "of": fact("text", goods.goods)}
            found.append(Phrase("clause.exchange_goods", told | {"months": fact("months", *goods.months)}))
        if (money := self.money) is not None:
            told = {"party": self._side(money.by), "value": fact("number", money.amount), "currency": fact("text", money.currency)}
            found.append(Phrase("clause.exchange_money", told | {"months": fact("months", *money.months)}))
        return found

    def _side(self, side: Literal["party", "to"]) -> Fact | Phrase:
        """Names of a side; the other side where nobody is named."""
        parties: tuple[str, ...] = getattr(self, side)
        return names(*parties) if parties else Phrase("clause.other_side", {})


def _terms_of(leg: Power) -> list[Phrase]:
    """Price of a leg of energy, the least of it that can be due, and how what is missing is made up."""
    found = []
    if leg.price is not None:
        found.append(Phrase("clause.exchange_price", {"value": fact("number", leg.price), "currency": fact("text", leg.paid_in)}))
    found += _scaled(leg.scale)
    return found + leg.made_up.phrases() if leg.made_up is not None else found


def _scaled(scale: LegScale | None) -> list[Phrase]:
    """The least of a leg that can be due, where it has a scale."""
    return [] if scale is None else [Phrase("clause.exchange_scale", {"least": fact("share", scale.least)})]


def due_share(scale: LegScale | None, river: River) -> float:
    """Share of a leg that is due in the year of the plan."""
    return 1.0 if scale is None else scale.share(str(river.data.attrs.get("year_class", "")))


def later_of(leg: Power, period: Period, river: River) -> tuple[int, ...]:
    """Steps after a period in which what is missing to a leg of energy may be made up."""
    return leg.made_up.later(period.steps, river) if leg.made_up is not None else ()


def _released(release: Release, steps: Ints, river: River) -> tuple[list[Promise], list[Promise]]:
    """Promises of a release, and those that give way freely: its lower edges, where what is missing to all of them may come later.

    A release of which nothing is due has no upper edge.
    """
    share, made_up = due_share(release.scale, river), release.made_up
    band = band_promises(Place(at=release.at), release.part(share), release.within, river, steps)
    low, high = ([promise for promise in band if promise.sense == sense] for sense in ("at_least", "at_most"))
    high = high if share > 0 else []
    due = [int(promise.steps[0]) for promise in low]
    if made_up is None or not made_up.later(due, river):
        return low + high, []
    whole = Promise("release", "at_least", "flow", (release.at,), due, sum(promise.amount for promise in low))
    return made_up.promises(whole, river) + high, [in_time(promise) for promise in low]


KINDS = (EnergyMin, Exchange)
