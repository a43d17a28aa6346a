"""What a contract is worth to each party: three plans, and prices that leave nobody worse off than alone.

Without the contract, with its energy alone, and with all of it. From the first to the second a party gets or gives energy, from the second
to the third water. What each step changes in its account is what that leg is worth to it or costs it; together they are all it gains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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


def benefits(contract: Contract, plan: xr.Dataset, accounts: pd.DataFrame, assumed: Assumed) -> pd.Series[float]:
    """What a plan is worth to each party before payments, million USD: its account, and water where that gives it no worth."""
    paid = [name for name in PAYMENTS if name in accounts]
    worth = accounts["benefit"] - accounts[paid].sum(axis=1)
    if assumed.water is not None:
        bare = (accounts["delivery_worth"] == 0) & (accounts["crop_margin"] == 0)
        worth += assumed.water.central * accounts["delivery"].where(bare, 0.0)
    if assumed.stored is not None and contract.reservoir:
        kept = float(plan["storage"].sel(reservoir=contract.reservoir).values[-1])
        owner = str(plan["node_party"].sel(node=contract.reservoir).values)
        worth[owner] += assumed.stored.central * kept
    return worth


@dataclass(frozen=True)
class Worth:
    """What the legs of a contract are worth to each party, million USD, payments apart."""

    contract: Contract
    assumed: Assumed
    alone: xr.Dataset
    energy: xr.Dataset  # with its energy alone
    whole: xr.Dataset
    accounts: tuple[pd.DataFrame, ...]  # of the parties in each of these

    @classmethod
    def of(cls, contract: Contract, assumed: Assumed, alone: xr.Dataset, energy: xr.Dataset, whole: xr.Dataset) -> Self:
        """Weigh a contract by its three plans."""
        return cls(contract, assumed, alone, energy, whole, tuple(map(party_accounts, (alone, energy, whole))))

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What energy and water change in the account of each party, and both together."""
        plans = (self.alone, self.energy, self.whole)
        worths = (benefits(self.contract, *pair, self.assumed) for pair in zip(plans, self.accounts, strict=True))
        first, then, last = worths
        part = self.assumed.delivered.central
        return pd.DataFrame({"energy": part * (then - first), "water": last - then})

    @property
    def gains(self) -> pd.Series[float]:
        """What each party gains before payments."""
        return self.steps.sum(axis=1)

    @property
    def sent(self) -> float:
        """Energy that is sent and comes, GWh."""
        return self.assumed.delivered.central * float(self.sent_by_step.sum())

    @property
    def sent_by_step(self) -> Floats:
        """Energy that the plan sends in the steps of the contract, GWh."""
        sent = self.contract.sent(self.whole).sum(axis=0)
        winter = np.isin(np.arange(len(sent)), self.contract.winter(self.whole))
        return np.asarray(np.where(winter, sent, 0.0), dtype=np.float64)

    def interval(self) -> Interval:
        """Return what can be paid for the energy so that nobody is worse off than alone."""
        contract, gains = self.contract, self.gains
        keeps, sends = (float(gains.reindex(list(side)).fillna(0.0).sum()) for side in (contract.upstream, contract.downstream))
        return Interval(-sends, keeps, self.sent, gains)

    def at_price(self, price: float) -> pd.Series[float]:
        """What each party gains where the energy is paid at a price; what several pay or get is shared by what each sends or may pay."""
        gains, paid = self.gains.copy(), price * self.sent
        for side, sign in ((self.contract.upstream, -1.0), (self.contract.downstream, 1.0)):
            shares = self._shares(side)
            for party, share in shares.items():
                gains[str(party)] += sign * paid * share
        return gains

    def _shares(self, side: tuple[str, ...]) -> pd.Series[float]:
        """Shares of a side's parties in the energy; even ones where the plan has no line for it."""
        lines = self.contract.lines(self.whole)
        end = "from" if side == self.contract.downstream else "to"
        owners = self.whole[f"power_link_{end}"].sel(power_link=lines).values if lines else np.array([], dtype=str)
        by_line = self.whole["power_received"].sel(power_link=lines).values.sum(axis=1) if lines else np.zeros(0)
        sums = pd.Series({party: float(by_line[owners == party].sum()) for party in side})
        return sums / sums.sum() if sums.sum() > 0 else pd.Series(1.0 / len(side), index=list(side))

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

    least: float  # what those who send energy need at least, million USD; below zero where they would pay for the water
    most: float  # what those who keep the water can pay at most
    sent: float  # energy it is for, GWh
    gains: pd.Series[float]  # of each party before payments

    @property
    def has_room(self) -> bool:
        """Whether there is such a payment."""
        return self.most >= self.least - SPECK * (1 + abs(self.least))

    @property
    def prices(self) -> tuple[float, float] | None:
        """Prices of a GWh, million USD; None where no energy is sent, or there is no such payment."""
        return (self.least / self.sent, self.most / self.sent) if self.sent > 0 and self.has_room else None

    @property
    def lacking(self) -> float:
        """What both sides together would need more, million USD."""
        return 0.0 if self.has_room else self.least - self.most
