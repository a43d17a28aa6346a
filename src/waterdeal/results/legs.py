"""The legs of a contract on a plan: who gives what to whom, where it is counted, how much of it is due and planned in each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.kinds.energy import Exchange, due_share, later_of
from waterdeal.agreement.rates import step_volumes
from waterdeal.agreement.river import Flows
from waterdeal.results.clauses import conceded_by_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.legs import Goods, Money, Power
    from waterdeal.agreement.made_up import MakeUp, WaterMakeUp
    from waterdeal.types import Floats

    Sides = tuple[tuple[str, ...], tuple[str, ...]]

#: quantities of water that passes or is delivered
WATER = ("flow", "delivery")


@dataclass(frozen=True)
class Due:
    """What is due over some steps."""

    part: str  # part of the clause that promises it
    steps: tuple[int, ...]
    amount: float  # less what came before the horizon and what was conceded
    later: tuple[int, ...] = ()  # steps in which what is missing may be made up


@dataclass(frozen=True)
class Leg:
    """A leg of a contract, of one party where its energy crosses lines."""

    contract: str  # id of the clause that exchanges water and energy
    clause: str  # id of the clause that promises it: the same, or one beside it between the same sides
    name: str  # `sent`, `returned`, `filling`, `release`, `water`, `fuel`, `food` or `money`
    givers: tuple[str, ...]
    takers: tuple[str, ...]
    unit: str  # `GWh`, `hm3`, `t`, or the currency of which it counts millions
    quantity: str  # quantity of plans that it is counted in by step; empty where there is none
    places: tuple[str, ...]
    back: tuple[str, ...]  # places whose amounts are taken off
    dues: tuple[Due, ...]
    planned: Floats  # by step; NaN where no quantity of plans counts it
    price: Floats  # million USD for one, by step; NaN where there is none
    made_up: MakeUp | None = None
    within: float = 0.0  # share of what is due by which it may differ
    carried: bool = True  # whether a row carries it

    def due(self) -> Floats:
        """What is due by step, spread as the plan has it, over days alike where it has none; later the volume that passes anyway."""
        found = np.zeros(len(self.planned))
        later = sorted({step for due in self.dues for step in due.later})
        ordinary = getattr(self.made_up, "ordinary", 0.0)
        for steps, amount in [*((list(due.steps), due.amount) for due in self.dues), *([(later, ordinary)] if later else [])]:
            pace = np.nan_to_num(self.planned[steps])
            pace = pace if pace.sum() > 0 else np.ones(len(steps))
            found[steps] += amount * pace / pace.sum()
        return found

    @property
    def meter(self) -> str:
        """Name by which readings of energy that no row carries are known: there is no place of the basin for them."""
        return "" if self.quantity or self.unit != "GWh" else f"{self.clause}.{self.name}"

    def speaks(self) -> list[int]:
        """Steps in which it is due or may be made up."""
        return sorted({step for due in self.dues for step in (*due.steps, *due.later)})


def contract_legs(plan: xr.Dataset) -> tuple[Leg, ...]:
    """Return the legs of all contracts of a plan in force; those of which nothing falls into it are left out."""
    clauses, found, taken = clauses_of(plan), list[Leg](), set[str]()
    contracts = [clause for clause in clauses if isinstance(clause, Exchange)]
    if not contracts:
        return ()
    flows, made = Flows(plan), conceded_by_part(plan)
    for contract in contracts:
        legs = _Legs(contract, flows, made)
        found += [*legs.energy(), *legs.water(), *legs.beside_the_balance()]
        for clause in clauses:
            if clause.id not in taken and not isinstance(clause, Exchange) and _between(clause, contract):
                taken.add(clause.id)
                found += legs.promised_beside(clause)
    return tuple(leg for leg in found if leg.dues)


def _between(clause: Clause, contract: Exchange) -> bool:
    """Whether a clause is between the two sides of a contract."""
    own, sides = (set(clause.party), set(clause.to)), (set(contract.party), set(contract.to))
    return all(own) and any(own[0] <= one and own[1] <= other for one, other in (sides, sides[::-1]))


@dataclass(frozen=True)
class _Legs:
    """Reads the legs of a contract off a plan."""

    contract: Exchange
    flows: Flows
    made: Mapping[tuple[str, str], float]  # what each part of a clause conceded

    def energy(self) -> Iterator[Leg]:
        """Legs of energy: over lines one for each party that sends, else one of its plants or without any."""
        for name, power in self.contract.power():
            givers, takers = self._sides("to" if name == "sent" else "party")
            lines, back = self.contract.lines(name, self.flows)
            dues = self._dues(name, power)
            if power.plants:
                yield self._leg(name, (givers, takers), ("energy", power.plants, ()), dues, power=power)
            elif not lines:
                spread = _by_days(self.flows, dues)
                yield self._leg(name, (givers, takers), ("", (), ()), spread, unit="GWh", power=power)
            else:
                yield from self._by_giver(name, power, (lines, back), dues)

    def _by_giver(self, name: str, power: Power, lines: Sides, dues: Sequence[Due]) -> Iterator[Leg]:
        """Legs over lines, one for each party that sends: what is due of each is as the plan parts it."""
        starts, ends = (dict(zip(self.flows.ids("power_link"), self.flows.data[f"power_link_{side}"].values.tolist(), strict=True))
                        for side in ("from", "to"))  # fmt: skip
        givers = list(dict.fromkeys(starts[line] for line in lines[0]))
        own = {giver: (tuple(line for line in lines[0] if starts[line] == giver), tuple(line for line in lines[1] if ends[line] == giver))
               for giver in givers}  # fmt: skip
        planned = {giver: self._net("power_received", *own[giver]) for giver in givers}
        whole = np.sum(list(planned.values()), axis=0)
        for giver in givers:
            takers = tuple(dict.fromkeys(ends[line] for line in own[giver][0]))
            parts = [Due(due.part, due.steps, due.amount * _part(planned[giver], whole, due.steps, len(givers)), due.later) for due in dues]
            yield self._leg(name, ((giver,), takers), ("power_received", *own[giver]), parts, power=power)

    def water(self) -> Iterator[Leg]:
        """The storage on a day, and the release."""
        contract, sides, filling, release = self.contract, self._sides("party"), self.contract.filling, self.contract.release
        if filling is not None and (step := self.flows.step_ending(filling.on)) >= 0:
            amount = filling.value * due_share(filling.scale, self.flows) - self._conceded("filling")
            yield self._leg("filling", sides, ("storage", (filling.reservoir,), ()), [Due("filling", (step,), amount)])
        if release is not None:
            rates, labels = release.part(due_share(release.scale, self.flows)), self.flows.labels
            volumes = step_volumes(rates, self.flows, contract.steps(self.flows))
            later = () if release.made_up is None else release.made_up.later([step for step, _ in volumes], self.flows)
            dues = [Due(labels[step], (step,), volume - self._conceded(labels[step]), later) for step, volume in volumes]
            yield self._leg("release", sides, ("flow", (release.at,), ()), dues, made_up=release.made_up, within=release.within)

    def beside_the_balance(self) -> Iterator[Leg]:
        """Fuel, food and money, spread over the days of their months."""
        contract = self.contract
        legs: list[tuple[str, Goods | Money | None, str, float]] = [
            ("fuel", contract.fuel, "t", contract.fuel.tonnes if contract.fuel else 0.0),
            ("food", contract.food, "t", contract.food.tonnes if contract.food else 0.0),
            ("money", contract.money, contract.money.currency if contract.money else "", contract.money.amount if contract.money else 0.0),
        ]
        for name, leg, unit, amount in legs:
            if leg is not None:
                steps = [step for step in contract.steps(self.flows).tolist() if self.flows.month[step] in leg.months]
                dues = _by_days(self.flows, [Due(name, tuple(steps), amount)] if steps else [])
                yield self._leg(name, self._sides(leg.by), ("", (), ()), dues, unit=unit)

    def promised_beside(self, clause: Clause) -> list[Leg]:
        """Water that another clause between the sides promises at least, by what its rows speak of."""
        data, past = self.flows.data, self.flows.past
        found: dict[tuple[str, tuple[str, ...]], list[Due]] = {}
        numbers, senses = np.flatnonzero(data["row_clause"].values == clause.id), data["row_sense"].values
        for row in (row for row in numbers.tolist() if senses[row] == "at_least" and data["row_unit"].values[row] == "hm3"):
            at = np.flatnonzero(data["term_row"].values == row)
            kinds = set(data["term_quantity"].values[at].tolist())
            if len(kinds) != 1 or not kinds <= set(WATER) or (data["term_factor"].values[at] <= 0).any():
                continue  # an index, a share or a difference: what is due depends on more than this
            places = tuple(dict.fromkeys(data["term_place"].values[at].tolist()))
            steps = tuple(sorted({int(step) + past for step in data["term_step"].values[at]}))
            part = str(data["row_part"].values[row])
            conceded = 0.0 if part.endswith("_in_time") else self.made.get((clause.id, part), 0.0)
            amount = float(data["row_bound"].values[row]) - conceded
            found.setdefault((kinds.pop(), places), []).append(Due(part, steps, amount))
        sides, made_up = (tuple(clause.party), tuple(clause.to)), getattr(clause, "made_up", None)
        more = {"clause": clause, "made_up": made_up}
        return [self._leg("water", sides, (quantity, places, ()), _with_later(dues, made_up, self.flows), **more)
                for (quantity, places), dues in found.items()]  # fmt: skip

    def _sides(self, giver: str) -> Sides:
        """Who gives and who takes."""
        party, to = tuple(self.contract.party), tuple(self.contract.to)
        return (party, to) if giver == "party" else (to, party)

    def _conceded(self, part: str) -> float:
        """What a part of the contract conceded."""
        return self.made.get((self.contract.id, part), 0.0)

    def _dues(self, name: str, power: Power) -> list[Due]:
        """What is due of a leg of energy, period by period."""
        found = []
        for part, period, amount in self.contract.leg_periods(name, power, self.flows):
            before = (power.so_far or 0.0) if period.is_first else 0.0
            later = later_of(power, period, self.flows)
            found.append(Due(part, tuple(period.steps.tolist()), amount - before - self._conceded(part), later))
        return [due for due in found if due.steps]

    def _net(self, quantity: str, places: Sequence[str], back: Sequence[str]) -> Floats:
        """A quantity at places, less that at others, by step."""
        found = self.flows.at(quantity, tuple(places))
        return found - self.flows.at(quantity, tuple(back)) if back else found

    def _leg(
        self, name: str, sides: Sides, counted: tuple[str, tuple[str, ...], tuple[str, ...]], dues: Sequence[Due], **more: Any
    ) -> Leg:  # fmt: skip
        """Make a leg."""
        quantity, places, back = counted
        clause, power = more.pop("clause", self.contract), more.pop("power", None)
        planned = self._net(*counted) if quantity else np.full(len(self.flows.labels), np.nan)
        unit = more.pop("unit", "") or ("hm3" if quantity in (*WATER, "storage") else "GWh")
        more["carried"] = bool(quantity) or name not in self.contract.unheld(self.flows)
        made_up = more.pop("made_up", None) if power is None else power.made_up
        price = self._price(power, places if quantity == "power_received" else ())
        return Leg(self.contract.id, clause.id, name, *sides, unit, quantity, places, back, tuple(dues), planned, price, made_up, **more)

    def _price(self, power: Power | None, lines: Sequence[str]) -> Floats:
        """Price of a GWh by step, million USD: over lines that of the plan, which is the clause's own where it has one."""
        found = np.full(len(self.flows.labels), np.nan)
        if power is not None and lines:
            at = np.isin(self.flows.ids("power_link"), lines)
            found[self.flows.past :] = self.flows.data["power_link_price"].values[at].mean(axis=0)
            found = np.where(found > 0, found, np.nan)
        if power is not None and power.price is not None:
            found[:] = power.price / self.contract.rates.get(power.paid_in, 1.0)
        return found


def _with_later(dues: Sequence[Due], made_up: WaterMakeUp | None, flows: Flows) -> list[Due]:
    """Dues that may be made up later: those in time, which rows that count what comes late do not tell."""
    if made_up is None:
        return list(dues)
    timely = {due.part.removesuffix("_in_time"): due for due in dues if due.part.endswith("_in_time")}
    return [Due(part, due.steps, due.amount, made_up.later(due.steps, flows)) for part, due in timely.items()] or list(dues)


def _by_days(flows: Flows, dues: Sequence[Due]) -> list[Due]:
    """What no plan has, step by step: over days alike."""
    return [
        Due(due.part, (step,), due.amount * float(flows.days[step] / flows.days[list(due.steps)].sum()))
        for due in dues for step in due.steps
    ]  # fmt: skip


def _part(own: Floats, whole: Floats, steps: Sequence[int], count: int) -> float:
    """Part of one party in what all send over some steps."""
    total = float(whole[list(steps)].sum())
    return float(own[list(steps)].sum()) / total if total > 0 else 1.0 / count
