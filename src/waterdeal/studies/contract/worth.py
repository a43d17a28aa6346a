"""What a contract is worth to each party: three plans, and prices that leave nobody worse off than alone.

Without the contract, with its energy alone, and with all of it. From the first to the second a party gets or gives energy, from the second
to the third water. What each step changes in its account is what that leg is worth to it or costs it; together they are all it gains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from waterdeal.accounts.party import party_accounts
from waterdeal.studies.contract.ladders import month_labels
from waterdeal.studies.contract.temptation import Stream, spread_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.studies.contract.assumed import Assumed
    from waterdeal.studies.contract.legs import Contract
    from waterdeal.types import Floats

#: columns of an account that are payments between parties, which the sheet counts at the price of the contract
PAYMENTS = ("power_trade",)
#: a gain below it is none, as a share of the largest
SPECK = 1e-9
#: what an account is worth besides what is assumed
OWN = "own"


def weighed(contract: Contract, plan: xr.Dataset, accounts: pd.DataFrame) -> pd.DataFrame:
    """By party: its account before payments, million USD, and what of a plan is worth what is assumed for it.

    Water is what is delivered to users whose accounts give it no worth, hm3; stored, what the reservoir of the contract holds at the end;
    summer energy, what the parties that keep the water make in the growing season and no load of theirs takes, GWh.
    """
    paid = [name for name in PAYMENTS if name in accounts]
    bare = (accounts["delivery_worth"] == 0) & (accounts["crop_margin"] == 0)
    table = pd.DataFrame({OWN: accounts["benefit"] - accounts[paid].sum(axis=1), "water": accounts["delivery"].where(bare, 0.0)})
    table["stored"] = table["summer_price"] = 0.0
    if contract.reservoir:
        owner = str(plan["node_party"].sel(node=contract.reservoir).values)
        table.loc[owner, "stored"] = float(plan["storage"].sel(reservoir=contract.reservoir).values[-1])
    table["summer_price"] += summer_energy(contract, plan).reindex(table.index).fillna(0.0)
    return table


def summer_energy(contract: Contract, plan: xr.Dataset) -> pd.Series[float]:
    """Energy of the growing season that no load of the parties that keep the water takes, GWh."""
    left = plan["power_surplus"].values[:, plan["growing"].values == 1].sum(axis=1)
    return pd.Series(left, index=plan["power_market"].values.tolist(), dtype=float).reindex(list(contract.upstream)).fillna(0.0)


def parted(contract: Contract, plan: xr.Dataset, side: tuple[str, ...], end: str, sent: Floats) -> pd.DataFrame:
    """Energy of a contract by step of each party of a side, at that end of its lines, GWh; even parts where no line carries it."""
    lines = contract.lines(plan)
    owners = plan[f"power_link_{end}"].sel(power_link=lines).values if lines else np.array([], dtype=str)
    by_line = plan["power_received"].sel(power_link=lines).values * (sent > 0) if lines else np.zeros((0, len(sent)))
    table = pd.DataFrame([by_line[owners == party].sum(axis=0) for party in side], index=list(side))
    return table if table.to_numpy().sum() > 0 else pd.DataFrame([sent / len(side)] * len(side), index=list(side))


@dataclass(frozen=True)
class Worth:
    """What the legs of a contract are worth to each party, million USD, payments apart."""

    contract: Contract
    assumed: Assumed
    alone: xr.Dataset
    energy: xr.Dataset  # with its energy alone
    whole: xr.Dataset
    accounts: tuple[pd.DataFrame, ...]  # of the parties in each of these
    weighed: tuple[pd.DataFrame, ...]  # and what of them is worth what
    sent_by_step: Floats  # energy that the plan sends in the steps of the contract, GWh
    comes: pd.DataFrame  # and what of it comes to each party that keeps the water
    goes: pd.DataFrame  # and goes from each that sends it
    kept: pd.DataFrame | None = None  # account of each party where no energy comes back, as `weighed`; None where it is the same

    @classmethod
    def of(
        cls, contract: Contract, assumed: Assumed, plans: tuple[xr.Dataset, xr.Dataset, xr.Dataset], kept: xr.Dataset | None = None
    ) -> Self:  # fmt: skip
        """Weigh a contract by its three plans: alone, with its energy alone, with all of it; and by one in which no energy comes back."""
        once = {id(plan): party_accounts(plan) for plan in {id(plan): plan for plan in plans}.values()}
        accounts, whole = tuple(once[id(plan)] for plan in plans), plans[2]
        tables = tuple(weighed(contract, *pair) for pair in zip(plans, accounts, strict=True))
        sent = contract.sent(whole).sum(axis=0)
        sent = np.where(np.isin(np.arange(len(sent)), contract.winter(whole)), sent, 0.0)
        comes, goes = (parted(contract, whole, *side, sent) for side in ((contract.upstream, "to"), (contract.downstream, "from")))
        own = None if kept is None else weighed(contract, kept, party_accounts(kept))
        return cls(contract, assumed, *plans, accounts, tables, sent, comes, goes, own)

    @property
    def pays(self) -> pd.Series[float]:
        """Shares of the parties that keep the water in the energy."""
        return _shares(self.comes)

    @property
    def gets(self) -> pd.Series[float]:
        """Shares of those that send it."""
        return _shares(self.goes)

    @property
    def steps(self) -> pd.DataFrame:
        """What energy and water change in the account of each party, and both together."""
        first, then, last = map(self._summed, self.weighed)
        return pd.DataFrame({"energy": self.part * (then - first), "water": last - then})

    @property
    def back(self) -> pd.Series[float]:
        """What of the step of energy is that of energy that comes back."""
        then = self._summed(self.weighed[1])
        return self.part * (then - (then if self.kept is None else self._summed(self.kept)))

    def _summed(self, table: pd.DataFrame) -> pd.Series[float]:
        """Account of each party at what is assumed."""
        weights = {OWN: 1.0, **{name: self.assumed.central(name) for name in ("water", "stored", "summer_price")}}
        return table @ pd.Series(weights)

    @property
    def part(self) -> float:
        """Part of the energy agreed that comes."""
        return self.assumed.central("delivered", 1.0)

    @property
    def gains(self) -> pd.Series[float]:
        """What each party gains before payments."""
        return self.steps.sum(axis=1)

    @property
    def sent(self) -> float:
        """Energy that is sent and comes, GWh."""
        return self.part * float(self.sent_by_step.sum())

    def interval(self) -> Interval:
        """Return what can be paid for the energy so that nobody is worse off than alone."""
        contract, gains = self.contract, self.gains
        keeps, sends = (gains.reindex(list(side)).fillna(0.0) for side in (contract.upstream, contract.downstream))
        return Interval(keeps, sends, self.sent, self.pays, self.gets)

    def at_price(self, price: float) -> pd.Series[float]:
        """What each party gains where the energy is paid at a price; what several pay or get is shared by what each sends or may pay."""
        gains, paid = self.gains.copy(), price * self.sent
        for shares, sign in ((self.pays, -1.0), (self.gets, 1.0)):
            for party, share in shares.items():
                gains[str(party)] += sign * paid * share
        return gains

    def stream(self, parties: Sequence[str], price: float) -> Stream:
        """What some parties of a side give and get, as one, month by month.

        Energy counts where it is sent, from or to them, or comes back, water where it is released; money is of the energy that has come.
        """
        months = month_labels(self.whole)
        order = list(dict.fromkeys(months.tolist()))
        of_month = np.asarray(np.array(order)[:, None] == months[None, :], dtype=float)
        sign, moved = (-1.0, self.comes) if parties[0] in self.comes.index else (1.0, self.goes)
        own = of_month @ moved.loc[list(parties)].sum(axis=0).to_numpy()
        when = own if own.sum() > 0 else of_month @ self.sent_by_step
        more = of_month @ (self.contract.released(self.whole) - self.contract.released(self.energy))
        again = of_month @ self.contract.sent(self.whole, back=True).sum(axis=0)
        energy, back, water = self.steps.assign(back=self.back)[["energy", "back", "water"]].reindex(list(parties)).fillna(0.0).sum()
        legs = ((energy - back, when), (back, again), (water, more))
        flows = np.array([spread_over(amount, weights.tolist()) for amount, weights in legs])
        gives, gets = np.where(flows < 0, -flows, 0.0).sum(axis=0), np.where(flows > 0, flows, 0.0).sum(axis=0)
        return Stream(", ".join(parties), tuple(gives.tolist()), tuple(gets.tolist()), tuple((sign * price * self.part * own).tolist()))

    def changed(self, dry: xr.Dataset, bare: xr.Dataset) -> pd.DataFrame:
        """What the account of each party changes from the contract to a plan without its water, and from that to one without its energy."""
        whole, water, energy = (self._summed(weighed(self.contract, plan, party_accounts(plan))) for plan in (self.whole, dry, bare))
        return pd.DataFrame({"water": water - whole, "energy": self.part * (energy - water)})


def _shares(energy: pd.DataFrame) -> pd.Series[float]:
    """Shares of parties in what comes or goes over all steps; even ones of nothing."""
    sums = energy.sum(axis=1)
    return sums / sums.sum() if sums.sum() > 0 else pd.Series(1.0 / len(sums), index=sums.index)


@dataclass(frozen=True)
class Interval:
    """Payments for the energy of a contract, from those who keep the water to those who send the energy, that leave nobody worse off."""

    keeps: pd.Series[float]  # what each party that keeps the water gains before payments, million USD
    sends: pd.Series[float]  # what each party that sends the energy gains; below zero where sending costs it more than the water brings
    sent: float  # energy it is for, GWh
    pays: pd.Series[float]  # shares in which the first pay
    gets: pd.Series[float]  # and the others get

    @property
    def least(self) -> float:
        """What those who send energy need at least, as one; below zero where they would pay for the water."""
        return 0.0 - float(self.sends.sum())

    @property
    def most(self) -> float:
        """What those who keep the water can pay at most, as one."""
        return float(self.keeps.sum())

    @property
    def has_room(self) -> bool:
        """Whether there is a payment that leaves neither side worse off, each taken as one."""
        return self.most >= self.least - SPECK * (1 + abs(self.least))

    @property
    def bounds(self) -> dict[str, float]:
        """Price of a GWh, million USD, that each party with a part in the energy needs at least, or can pay at most."""
        sides = ((self.keeps, self.pays, 1.0), (self.sends, self.gets, -1.0))
        parts = {str(party): float(part) * self.sent for _, shares, _ in sides for party, part in shares.items()}
        bounds = {str(party): sign * float(gain) for gains, _, sign in sides for party, gain in gains.items()}
        return {party: bound / parts[party] for party, bound in bounds.items() if parts[party] > 0}

    @property
    def prices(self) -> tuple[float, float] | None:
        """Prices of a GWh, million USD, at which no party is worse off; None where no energy is sent, or there is no such price."""
        bounds, speck = self.bounds, SPECK * (1 + abs(self.least) + abs(self.most))
        gains = pd.concat([self.keeps, self.sends])
        if not self.sent > 0 or any(gain < -speck and party not in bounds for party, gain in gains.items()):  # whom no price reaches
            return None
        least = max(bounds[str(party)] for party in self.sends.index if party in bounds)
        most = min(bounds[str(party)] for party in self.keeps.index if party in bounds)
        return (least, most) if least <= most + speck / self.sent else None

    @property
    def side_prices(self) -> tuple[float, float] | None:
        """Prices at which neither side is worse off, each taken as one."""
        return (self.least / self.sent, self.most / self.sent) if self.sent > 0 and self.has_room else None

    @property
    def lacking(self) -> float:
        """What both sides together would need more, million USD."""
        return 0.0 if self.has_room else self.least - self.most

    @property
    def needs(self) -> dict[str, float]:
        """What each party that sends energy needs more where all is paid that can be, million USD; none where both sides can be content."""
        after = self.sends + self.most * self.gets.reindex(self.sends.index)
        return {} if self.has_room else {str(party): -float(left) for party, left in after.items() if left < -SPECK * (1 + abs(self.least))}
