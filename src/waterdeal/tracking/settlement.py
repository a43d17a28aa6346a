"""The settlement of a contract: what came of each leg month by month against what was agreed, the running account, and what is owed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.results.legs import WATER, contract_legs
from waterdeal.tracking.follow import SMALLEST_DEBT, agreed_agencies

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from waterdeal.results.legs import Leg
    from waterdeal.tracking.follow import Tracking
    from waterdeal.types import Floats

WHO = ("contract", "clause", "leg", "party", "to", "unit", "carried")
INVOICE = (*WHO, "month", "since", "until", "agreed", "delivered", "difference", "against", "price", "money", "status")
ACCOUNT = (*WHO, "agreed_to_date", "delivered_to_date", "credited", "balance", "agreed_in_all", "to_come", "owed", "due", "overdue",
           "penalty", "money", "missing")  # fmt: skip
STANDING = ("contract", "rate", "water", "energy", "net", "behind")


@dataclass(frozen=True)
class Settlement:
    """A contract settled to date; amounts in the unit of each leg (GWh, hm3), money in million USD."""

    #: one row a leg, party and month to date: `carried` whether rows of the plan carry it, `agreed` as the agreed plan spreads it,
    #: `delivered` as measured (NaN where a step was not), `against` the difference in hm3 or GWh of the other side; `status` is `ok`,
    #: `under`, `over`, `missing` or `not_in_balance`
    invoice: pd.DataFrame
    #: one row a leg and party: sums of the months measured, `credited` with late deliveries at their rate, `balance` less what was
    #: agreed, what is `owed` in kind and by when, the `penalty` where that day has passed, what is still `to_come` of all, and the months
    #: `missing`
    account: pd.DataFrame
    #: one row a contract: `rate` in hm3 a GWh as agreed, balances of both sides, and which of them is `behind` by `net` hm3
    standing: pd.DataFrame
    until: str  # day after the last that was measured
    plan: xr.Dataset = field(repr=False)  # the agreed plan
    rest: xr.Dataset | None = field(default=None, repr=False)  # the plan for the rest of the year, where there is one

    def record(self) -> dict[str, Any]:
        """Return the settlement as plain data; what is missing is null."""
        tables = ("invoice", "account", "standing")
        return {"until": self.until, **{name: json.loads(getattr(self, name).to_json(orient="records")) for name in tables}}


def settle(plan: xr.Dataset, tracking: Tracking, rest: xr.Dataset | None = None) -> Settlement:
    """Settle the contracts of a plan: energy by meters, water by gauges.

    Parameters
    ----------
    plan : xarray.Dataset
        Results of the agreed run, with an ``exchange`` clause.
    tracking : Tracking
        What was measured of it, as ``follow`` gives it.
    rest : xarray.Dataset, optional
        The plan for the rest of the year (``replan(...).results``), which its report shows.

    Returns
    -------
    Settlement
        Invoice by month, running accounts and standing; empty tables where the plan has no contract. Amounts in GWh and hm3, money in
        million USD; what was not measured is NaN and counts nowhere.
    """
    count = tracking.measured_steps
    legs = contract_legs(plan) if count else ()
    settled = [_Settled(leg, plan, tracking, _rate([other for other in legs if other.contract == leg.contract])) for leg in legs]
    rows = [row for one in settled for row in one.months()]
    accounts = _jointly(pd.DataFrame([one.account() for one in settled], columns=list(ACCOUNT)))
    ends = plan["time_bounds"].values[:, 1].astype("datetime64[D]").astype(str)
    until = str(ends[count - 1]) if count else str(plan["time_bounds"].values[0, 0])[:10]
    return Settlement(pd.DataFrame(rows, columns=list(INVOICE)), accounts, _standing(legs, accounts), until, plan, rest)


def _rate(legs: list[Leg]) -> float:
    """Water for a GWh as agreed, hm3; NaN where energy also comes back, or one of both is not counted in flows."""
    water = sum(leg.due().sum() for leg in legs if leg.quantity in WATER)
    energy = sum(leg.due().sum() for leg in legs if leg.name == "sent")
    both_ways = any(leg.name == "returned" for leg in legs)
    return float(water / energy) if energy > 0 and water > 0 and not both_ways else float("nan")


def _jointly(accounts: pd.DataFrame) -> pd.DataFrame:
    """Let what one of several senders is ahead offset what another is behind: they are answerable for a leg together."""
    owed = accounts["owed"].to_numpy(dtype=float).copy()
    for at in accounts.groupby(["clause", "leg"], sort=False).indices.values():
        balance = np.nan_to_num(accounts["balance"].to_numpy(dtype=float)[at])
        short, ahead = -balance[balance < 0].sum(), balance[balance > 0].sum()
        owed[at] *= max(0.0, 1.0 - ahead / short) if short > 0 else 1.0
    owed = np.where(owed > SMALLEST_DEBT, owed, 0.0)
    none = owed == 0.0
    late = accounts["overdue"].astype(bool) & ~none
    paid = np.where(late, accounts["penalty"].to_numpy(dtype=float) * owed, 0.0)
    return accounts.assign(owed=owed, due=accounts["due"].where(~none, ""), overdue=late, penalty=paid)


def _standing(legs: tuple[Leg, ...], accounts: pd.DataFrame) -> pd.DataFrame:
    """Balances of both sides of each contract, and who is behind."""
    rows = []
    for contract in dict.fromkeys(leg.contract for leg in legs):
        own = [leg for leg in legs if leg.contract == contract]
        rate, table = _rate(own), accounts[accounts["contract"] == contract]
        water = float(table.loc[[leg.quantity in WATER for leg in own], "balance"].sum())
        energy = float(table.loc[(table["leg"] == "sent").to_numpy(), "balance"].sum())
        net = water - energy * rate
        late = [leg for leg in own if (leg.name == "sent" if net > 0 else leg.quantity in WATER)] if abs(net) > SMALLEST_DEBT else []
        behind = "+".join(dict.fromkeys(giver for leg in late for giver in leg.givers))
        rows.append((contract, rate, water, energy, abs(net), behind))
    return pd.DataFrame(rows, columns=list(STANDING))


@dataclass(frozen=True)
class _Settled:
    """A leg with what was measured of it."""

    leg: Leg
    plan: xr.Dataset
    tracking: Tracking
    rate: float  # hm3 a GWh

    @property
    def _who(self) -> tuple[str | bool, ...]:
        """What every row begins with."""
        leg = self.leg
        return (leg.contract, leg.clause, leg.name, "+".join(leg.givers), "+".join(leg.takers), leg.unit, leg.carried)

    @property
    def _steps(self) -> list[int]:
        """Steps to date in which the leg is due or made up."""
        return [step for step in self.leg.speaks() if step < self.tracking.measured_steps]

    def _actual(self) -> Floats:
        """What was measured by step: of the agency that the agreement names, else the mean; NaN where a place was not measured."""
        leg, laid, prefer = self.leg, self.tracking.laid, agreed_agencies(self.plan)
        places, quantity = (leg.places, leg.quantity) if leg.quantity else ((leg.meter,), "energy")
        found = np.zeros(len(leg.planned))
        for place in (*places, *leg.back):
            rows = laid[[key[:2] == (quantity, place) for key in laid.index]] if len(laid) else laid
            if not len(rows):
                found += 0.0 if place in leg.back else np.nan
                continue
            sources = rows.index.get_level_values("source").tolist()
            chosen = prefer.get(place)
            values = rows.to_numpy()[sources.index(chosen)] if chosen in sources else rows.mean().to_numpy()
            found += -values if place in leg.back else values
        return found

    def months(self) -> Iterator[tuple[Any, ...]]:
        """One row a month to date."""
        leg, due, actual = self.leg, self.leg.due(), self._actual()
        days = self.plan["time_bounds"].values.astype("datetime64[D]").astype(str)
        by_month: dict[str, list[int]] = {}
        for step in self._steps:
            by_month.setdefault(days[step, 0][:7], []).append(step)
        other = {"GWh": self.rate, "hm3": 1 / self.rate}.get(leg.unit, float("nan")) if leg.quantity != "storage" else float("nan")
        for month, steps in by_month.items():
            agreed, delivered = float(due[steps].sum()), float(actual[steps].sum())
            known = [step for step in steps if np.isfinite(leg.price[step])]
            money = float((actual[steps] * leg.price[steps]).sum()) if len(known) == len(steps) else float("nan")
            price = money / delivered if delivered > 0 else float(leg.price[steps].mean())
            difference = delivered - agreed
            span, status = (month, days[steps[0], 0], days[steps[-1], 1]), self._status(agreed, delivered)
            yield (*self._who, *span, agreed, delivered, difference, difference * other, price, money, status)

    def _status(self, agreed: float, delivered: float) -> str:
        """Word for a month; what is missing is never zero."""
        if not np.isfinite(delivered):
            return "missing" if self.leg.carried else "not_in_balance"
        room = max(self.leg.within * agreed, SMALLEST_DEBT)
        return "ok" if abs(delivered - agreed) <= room else "under" if delivered < agreed else "over"

    def account(self) -> tuple[Any, ...]:
        """Sums of what was measured, what is owed and by when."""
        leg, due, actual, steps = self.leg, self.leg.due(), self._actual(), self._steps
        known = [step for step in steps if np.isfinite(actual[step])]
        in_time = {step for one in leg.dues for step in one.steps}
        rate = leg.made_up.rate if leg.made_up is not None else 1.0
        agreed, delivered = float(due[known].sum()), float(actual[known].sum())
        after = float(sum(actual[step] - due[step] for step in known if step not in in_time))
        balance, in_all = float(sum(actual[step] - due[step] for step in known if step in in_time)), float(due.sum())
        balance += after / rate if after > 0 else after
        credited = agreed + balance
        day, at_rate = self._due_day()
        short = -(credited - (1 - leg.within) * agreed)
        owed = short * (rate if at_rate else 1.0) if known and short > SMALLEST_DEBT else 0.0
        money = float((actual[known] * np.nan_to_num(leg.price[known])).sum()) if np.isfinite(leg.price[known]).any() else float("nan")
        months = self.plan["time"].values.astype("datetime64[M]").astype(str)
        missing = list(dict.fromkeys(months[step] for step in steps if step not in known)) if leg.quantity or known else []
        nothing = not known and bool(steps)
        figures = [float("nan")] * 4 if nothing else [agreed, delivered, credited, balance]
        until = str(self.plan["time_bounds"].values[self.tracking.measured_steps - 1, 1])[:10]
        penal = (leg.made_up.penalty or 0.0) / rate if leg.made_up is not None else 0.0
        to_come = float("nan") if nothing or (leg.quantity == "storage" and known) else max(in_all - credited, 0.0)
        late = bool(owed) and day <= until
        return (*self._who, *figures, in_all, to_come, owed, day if owed else "", late, penal, money, " ".join(missing))

    def _due_day(self) -> tuple[str, bool]:
        """Day by which what is missing is due, and whether that is late and at the rate of what is made up."""
        days = self.plan["time_bounds"].values.astype("datetime64[D]").astype(str)
        count, made_up = self.tracking.measured_steps, self.leg.made_up
        ends = sorted(max(due.steps) for due in self.leg.dues)
        ends = ends if self.leg.unit == "GWh" else ends[-1:]
        coming = next((end for end in ends if end >= count), None)
        if coming is None and made_up is not None:
            return made_up.by.isoformat(), True
        return str(days[ends[-1] if coming is None else coming, 1]), False
