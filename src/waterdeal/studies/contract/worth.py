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


def shares_of(contract: Contract, plan: xr.Dataset, side: tuple[str, ...], end: str) -> pd.Series[float]:
    """Shares of a side's parties in the energy; even ones where the plan has no line for it."""
    lines = contract.lines(plan)
    owners = plan[f"power_link_{end}"].sel(power_link=lines).values if lines else np.array([], dtype=str)
    by_line = plan["power_received"].sel(power_link=lines).values.sum(axis=1) if lines else np.zeros(0)
    sums = pd.Series({party: float(by_line[owners == party].sum()) for party in side})
    return sums / sums.sum() if sums.sum() > 0 else pd.Series(1.0 / len(side), index=list(side))


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
    pays: pd.Series[float]  # shares of the parties that keep the water in the energy
    gets: pd.Series[float]  # and of those that send it

    @classmethod
    def of(cls, contract: Contract, assumed: Assumed, plans: tuple[xr.Dataset, xr.Dataset, xr.Dataset]) -> Self:
        """Weigh a contract by its three plans: alone, with its energy alone, with all of it."""
        once = {id(plan): party_accounts(plan) for plan in {id(plan): plan for plan in plans}.values()}
        accounts, whole = tuple(once[id(plan)] for plan in plans), plans[2]
        tables = tuple(weighed(contract, *pair) for pair in zip(plans, accounts, strict=True))
        sent = contract.sent(whole).sum(axis=0)
        winter = np.isin(np.arange(len(sent)), contract.winter(whole))
        shares = (shares_of(contract, whole, side, end) for side, end in ((contract.upstream, "to"), (contract.downstream, "from")))
        return cls(contract, assumed, *plans, accounts, tables, np.where(winter, sent, 0.0), *shares)

    @property
    def steps(self) -> pd.DataFrame:
        """What energy and water change in the account of each party, and both together."""
        weights = {OWN: 1.0, **{name: self.assumed.central(name) for name in ("water", "stored", "summer_price")}}
        first, then, last = (table @ pd.Series(weights) for table in self.weighed)
        return pd.DataFrame({"energy": self.part * (then - first), "water": last - then})

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

    def streams(self, price: float) -> dict[str, Stream]:
        """What each side gives and gets month by month: energy where it is sent, water where it is released, money with the energy."""
        months = month_labels(self.whole)
        order = list(dict.fromkeys(months.tolist()))
        of_month = np.asarray(np.array(order)[:, None] == months[None, :], dtype=float)
        sent = of_month @ self.sent_by_step
        more = of_month @ (self.contract.released(self.whole) - self.contract.released(self.energy))
        steps, money = self.steps, np.array(spread_over(price * self.sent, sent.tolist()))
        found = {}
        for name, side in (("keeps", self.contract.upstream), ("sends", self.contract.downstream)):
            energy, water = (float(steps[leg].reindex(list(side)).fillna(0.0).sum()) for leg in ("energy", "water"))
            flows = [np.array(spread_over(energy, sent.tolist())), np.array(spread_over(water, more.tolist()))]
            flows.append(-money if name == "keeps" else money)
            table = np.array(flows)
            gives, gets = np.where(table < 0, -table, 0.0).sum(axis=0), np.where(table > 0, table, 0.0).sum(axis=0)
            found[name] = Stream(", ".join(side), tuple(gives.tolist()), tuple(gets.tolist()))
        return found


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
