"""The contract sheet: plans without the contract, with its energy and with all of it; ladders, other years, who would stop."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.published import published_of
from waterdeal.documents import plain
from waterdeal.studies.contract.assumed import Assumed
from waterdeal.studies.contract.ladders import (
    Ladder,
    energy_ladder,
    even_steps,
    month_labels,
    on_lines_of,
    plan_beside,
    quickly,
    release_ladder,
    rising,
)
from waterdeal.studies.contract.legs import find_contract
from waterdeal.studies.contract.record import gains_of, points_of, rows_of, summer_of, year_of
from waterdeal.studies.contract.stops import stopping, stops_of
from waterdeal.studies.contract.temptation import Order, Tempted, best_order, tempted
from waterdeal.studies.contract.worth import Worth
from waterdeal.studies.contract.years import Year, other_years
from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from waterdeal.run import Case
    from waterdeal.studies.contract.legs import Contract

#: energy beyond what is promised up to which the ladder goes, as a share of it; steps up to what is promised
BEYOND, STEPS = 1.5, 2
#: million USD below which a gain is none to people
SHOWN = 0.005


@dataclass(frozen=True)
class SheetChoices:
    """What a sheet is made of."""

    contract: str | None = None  # id of its clause, where a scenario has several
    assumed: Assumed = field(default_factory=Assumed)
    years: bool = True
    ladders: bool = True
    stops: bool = True  # whether the rest of the year is planned anew after a party has stopped


@dataclass(frozen=True)
class ContractSheet:
    """A contract, and what it comes to."""

    contract: Contract
    choices: SheetChoices
    worth: Worth
    ladders: tuple[Ladder, ...] = ()
    years: tuple[Year, ...] = ()
    by_months: Worth | None = None  # of plans as ladders have them, by which stops are weighed
    stops: Mapping[tuple[str, int], tuple[xr.Dataset, xr.Dataset]] = field(default_factory=dict)  # plans after a party has stopped

    @cached_property
    def priced(self) -> tuple[float, str]:
        """Price of a GWh that is sent, million USD, and where it is from."""
        assumed, whole, clause = self.worth.assumed, self.worth.whole, self.contract.clause
        if assumed.price is not None:
            return assumed.price.central, "assumed"
        if assumed.swap is not None:
            return assumed.in_kind, "in_kind"
        if clause.sent is not None and clause.sent.price is not None:
            return clause.sent.price / clause.rates.get(str(clause.sent.currency), 1.0), "of_clause"
        lines = self.contract.lines(whole)
        sent = whole["power_received"].sel(power_link=lines).values if lines else np.zeros(0)
        if clause.returned is not None or not sent.sum() > 0:
            return 0.0, "none" if clause.returned is None else "returned"
        paid = (whole["power_link_price"].sel(power_link=lines).values * sent).sum()
        return float(paid / sent.sum()), "of_lines"

    @property
    def price(self) -> float:
        """Price of a GWh that is sent, million USD: as assumed, else that of the clause or its lines; nothing where energy comes back."""
        return self.priced[0]

    @property
    def weighed(self) -> Worth:
        """What stops are weighed by: plans by months where the rest of the year is planned anew."""
        return self.worth if self.by_months is None else replace(self.by_months, assumed=self.worth.assumed)

    @cached_property
    def tempted(self) -> tuple[Tempted, ...]:
        """Which party gains by stopping, and in which month: each for itself, those that keep the water first."""
        parties = (*self.contract.upstream, *self.contract.downstream)
        of = self.weighed
        return tuple(tempted(of.stream((party,), self.price), stopping(of, self.stops, party, self.price)) for party in parties)

    @cached_property
    def order(self) -> Order:
        """The share of the energy that should come after the water, between both sides."""
        sends, keeps = (self.weighed.stream(side, self.price) for side in (self.contract.downstream, self.contract.upstream))
        return best_order(sends, keeps)

    def months(self) -> pd.DataFrame:
        """Month by month: energy sent and returned, GWh; water released and kept with and without the contract, hm3; money, million USD."""
        contract, alone_plan, whole = self.contract, self.worth.alone, self.worth.whole
        labels = month_labels(whole)
        table = pd.DataFrame(index=pd.Index(list(dict.fromkeys(labels.tolist())), name="month"))

        def by_month(values: object) -> pd.Series[float]:
            return pd.Series(np.asarray(values, dtype=float), index=labels).groupby(level=0).sum().reindex(table.index)

        table["sent"] = self._agreed("sent") if "sent" in contract.not_carried else by_month(self.worth.sent_by_step)
        table["returned"] = (
            self._agreed("returned") if "returned" in contract.not_carried else by_month(contract.sent(whole, back=True).sum(axis=0))
        )
        table["released"], table["released_alone"] = by_month(contract.released(whole)), by_month(contract.released(alone_plan))
        for name, plan in (("kept", whole), ("kept_alone", alone_plan)):
            if contract.reservoir:
                stored = pd.Series(plan["storage"].sel(reservoir=contract.reservoir).values, index=labels)
                table[name] = stored.groupby(level=0).last().reindex(table.index)
        table["paid"] = self.price * self.worth.part * table["sent"]
        if len(contract.downstream) > 1 and "sent" not in contract.not_carried:
            for party in contract.downstream:
                table[f"sent_by_{party}"] = by_month(self.worth.goes.loc[party])
        return table

    def _agreed(self, leg: str) -> pd.Series[float]:
        """Energy of a leg that no row carries, as it is agreed: even over its months."""
        plan, told = self.worth.whole, getattr(self.contract.clause, leg)
        labels = month_labels(plan)
        inside = np.isin(plan["month"].values, told.all_months) if told is not None else np.zeros(len(labels), dtype=bool)
        months = list(dict.fromkeys(labels[inside].tolist()))
        every = list(dict.fromkeys(labels.tolist()))
        return pd.Series([told.total / len(months) if month in months else 0.0 for month in every], index=every, dtype=float)

    @cached_property
    def ranges(self) -> list[tuple[str, float, pd.Series[float]]]:
        """Return each end of what is assumed with a range, and what each party gains there at the price of the contract."""
        ranged = self.worth.assumed.ranged()
        return [(name, end, self._gains_at(name, {name: end})) for name, known in ranged for end in (known.low, known.high)]

    @cached_property
    def together(self) -> pd.DataFrame:
        """The least and the most that each party gains where every figure is anywhere within its range: at some of the corners."""
        ranged = self.worth.assumed.ranged()
        every = product(*((known.low, known.high) for _, known in ranged))
        corners = [dict(zip((name for name, _ in ranged), ends, strict=True)) for ends in every]
        way = {"assumed": "price", "in_kind": "swap"}.get(self.priced[1], "")
        table = pd.concat([self._gains_at(way, corner) for corner in corners], axis=1)
        return pd.DataFrame({"least": table.min(axis=1), "most": table.max(axis=1)})

    def turning(self) -> dict[str, list[str]]:
        """Return by party the figures within whose range its advantage changes sign; ``together`` where only several at once do that."""
        found: dict[str, list[str]] = {}
        pairs = [(name, low, high) for (name, _, low), (_, _, high) in zip(self.ranges[::2], self.ranges[1::2], strict=True)]
        for name, low, high in [*pairs, *([("together", self.together["least"], self.together["most"])] if pairs else [])]:
            for party in low.index[(np.minimum(low, high) < -SHOWN) & (np.maximum(low, high) > SHOWN)]:
                found.setdefault(str(party), []).append(name)
        return {party: names[:-1] if len(names) > 1 and names[-1] == "together" else names for party, names in found.items()}

    @cached_property
    def _record(self) -> dict[str, Any]:
        """The sheet as plain data, made once; what is not known is none."""
        contract, worth, found = self.contract, self.worth, self.worth.interval()
        months = self.months()
        labels = [str(month) for month in months.index]
        stops = [
            {"side": "keeps" if one.party in contract.upstream else "sends", "party": one.party,
             "month": None if one.month is None else labels[one.month], "nearest": None if one.nearest is None else labels[one.nearest],
             "anew": one.anew, "saved": one.saved, "lost": one.lost, "deposit": one.deposit, "next_year": one.next_year,
             "rounds": one.rounds}
            for one in self.tempted
        ]  # fmt: skip
        told: dict[str, Any] = {
            "contract": contract.clause.id, "beside": [other.id for other in contract.beside],
            "keeps": list(contract.upstream), "sends": list(contract.downstream),
            "gauge": list(contract.gauge), "reservoir": contract.reservoir, "returns": contract.clause.returned is not None,
            "not_carried": list(contract.not_carried), "alone": "same_order", "levels": list(contract.case.levels),
            "months": rows_of(months), "gains": rows_of(gains_of(worth, self.price)),
            "price": self.price, "price_from": self.priced[1], "sent": found.sent, "summer_energy": summer_of(worth),
            "interval": {"least": found.least, "most": found.most, "has_room": found.has_room},
            "prices": None if found.prices is None else list(found.prices),
            "side_prices": None if found.side_prices is None else list(found.side_prices),
            "bounds": found.bounds, "lacking": found.lacking, "needs": found.needs,
            "ladders": {ladder.kind: points_of(ladder) for ladder in self.ladders},
            "useless_from": {ladder.kind: ladder.useless_from() for ladder in self.ladders},
            "years": [year_of(worth, year, self.price) for year in self.years],
            "tempted": stops, "order": asdict(self.order),
            "assumed": {name: list(known) for name, known in worth.assumed.told().items()},
            "published": published_of(contract.case.basin, (*contract.upstream, *contract.downstream, contract.reservoir)),
            "ranges": [{"figure": name, "at": end, "gains": gains.to_dict()} for name, end, gains in self.ranges],
            "together": self.together.to_dict("index") if self.ranges else {}, "turning": self.turning() if self.ranges else {},
        }  # fmt: skip
        known: dict[str, Any] = plain(told)
        return known

    def record(self) -> dict[str, Any]:
        """Return the sheet as plain data: GWh, hm3 and million USD."""
        return dict(self._record)

    def _gains_at(self, name: str, ends: dict[str, float]) -> pd.Series[float]:
        """What each party gains with some figures at an end; what comes back in kind pays where its own figures are tried."""
        assumed = self.worth.assumed.at(**ends)
        kind = assumed.swap is not None and name in {"swap", "summer_price"}
        price = assumed.in_kind if kind else assumed.central("price") if name == "price" else self.price
        return replace(self.worth, assumed=assumed).at_price(price)


def contract_sheet(
    case: Case, choices: SheetChoices | None = None, progress: Callable[[str], None] = lambda _stage: None
) -> ContractSheet:  # fmt: skip
    """Draw up the sheet of a contract of water against energy.

    Parameters
    ----------
    case : Case
        A scenario with an ``exchange`` clause in force.
    choices : SheetChoices, optional
        Which contract, what is assumed, and what is left out.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    ContractSheet
        Plans, worths, ladders, other years, and who is tempted to stop.

    Raises
    ------
    ScenarioError
        If there is no such clause, or it names no parties.
    Infeasible
        Where the contract cannot be held, or there is no plan without it.
    """
    choices = choices or SheetChoices()
    contract = find_contract(case.plain("contract"), choices.contract)
    assumed = weighed_with(choices.assumed, contract)
    progress("without the contract")
    alone = quickly(contract.without()).solve().dataset
    progress("with the contract")
    whole = on_lines_of(quickly(case), alone).solve().dataset
    energy = _energy_alone(contract, alone, whole, progress)
    worth = Worth.of(contract, assumed, (alone, energy, whole), _kept(contract, energy, progress))
    sheet = ContractSheet(contract, choices, worth)
    return _by_months(sheet, progress) if choices.ladders or choices.years or choices.stops else sheet


def _by_months(sheet: ContractSheet, progress: Callable[[str], None]) -> ContractSheet:
    """Add to a sheet what is told of plans by months: ladders, other years, and the rest of the year after a party has stopped."""
    choices, contract, worth = sheet.choices, sheet.contract.by_months(), sheet.worth
    progress("without the contract, by months")
    start = quickly(contract.without()).solve()
    alone, most = start.dataset, contract.summer_release(worth.whole)
    ladders = _climbed(contract, alone, most, progress) if choices.ladders else ()
    energy = _at(ladders, contract.promised)
    whole = None if contract.binds(worth.whole) else energy
    if whole is None and (choices.years or choices.stops):
        progress("with the contract, by months")
        found = plan_beside(quickly(contract.case), alone)
        whole = None if found is None else found.dataset
    years = other_years(contract, start, whole, progress) if choices.years else ()
    sheet = replace(sheet, ladders=ladders, years=years)
    if whole is None or not choices.stops or not worth.sent > 0:
        return sheet
    energy = _energy_alone(contract, alone, whole, progress) if energy is None else energy
    weighed = Worth.of(contract, worth.assumed, (alone, energy, whole), _kept(contract, energy, progress))
    return replace(sheet, by_months=weighed, stops=stops_of(weighed, sheet.price, progress))


def weighed_with(assumed: Assumed, contract: Contract) -> Assumed:
    """Return what is assumed over the ranges of the scenario: its price and swap only where the clause has no price and nothing comes back.

    Energy that comes back without a price, and twice, is refused.
    """
    ranges, clause = contract.case.file.scenario.trade.ranges, contract.clause
    if clause.returned is not None or (clause.sent is not None and clause.sent.price is not None):
        ranges = ranges.model_copy(update={"price": None, "swap": None})
    assumed = assumed.over(ranges)
    if assumed.swap is not None and assumed.summer_price is None:
        raise refused(field="assume", key="contract.swap_unpriced")
    if assumed.swap is not None and clause.returned is not None:
        raise refused(field="assume", key="contract.swap_twice", name=clause.id)
    return assumed


def _energy_alone(contract: Contract, alone: xr.Dataset, whole: xr.Dataset, progress: Callable[[str], None]) -> xr.Dataset:
    """Return the plan in which the energy is sent and no water asked for: the whole one where that asks for no more than comes anyway."""
    if contract.promised <= 0 or "sent" in contract.not_carried:
        return alone
    if not contract.binds(whole):
        return whole
    progress("with its energy")
    return on_lines_of(quickly(contract.energy_only(contract.promised)), whole).solve().dataset


def _kept(contract: Contract, energy: xr.Dataset, progress: Callable[[str], None]) -> xr.Dataset | None:
    """Return the plan in which the energy is sent and none comes back, without which its cost would hide in what is sent; if any does."""
    if contract.promised <= 0 or contract.clause.returned is None or {"sent", "returned"} & set(contract.not_carried):
        return None
    progress("with nothing returned")
    return on_lines_of(quickly(contract.sent_only(contract.promised)), energy).solve().dataset


def _climbed(contract: Contract, alone: xr.Dataset, most: float, progress: Callable[[str], None]) -> tuple[Ladder, ...]:
    """Climb both ladders: energy as far as half beyond what is promised, releases as far beyond those of the contract as they are above."""
    promised, least = contract.promised, contract.summer_release(alone)
    amounts = (*even_steps(promised, STEPS), BEYOND * promised) if promised > 0 and "sent" not in contract.not_carried else ()
    found = (energy_ladder(contract, alone, amounts, progress),) if amounts else ()
    top = most + (most - least) if most > least else BEYOND * least
    return (*found, release_ladder(contract, alone, rising(least, top, STEPS + 1), progress))


def _at(ladders: tuple[Ladder, ...], energy: float) -> xr.Dataset | None:
    """Return the plan in which so much energy is sent, where a ladder has it."""
    points = (point for ladder in ladders if ladder.kind == "energy" for point in ladder.points)
    return next((point.plan for point in points if point.asked == energy), None)
