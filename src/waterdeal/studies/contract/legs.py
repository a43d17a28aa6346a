"""The contract of a case: its clause, what of it the model carries, and the case with other amounts in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.inputs import unheld_parts
from waterdeal.agreement.kinds.energy import Exchange
from waterdeal.agreement.river import River
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import InputError
from waterdeal.model.additions import add_row
from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.run import Case
    from waterdeal.types import Floats, Ints

#: a rate no river reaches, m3/s, and the share within which it holds: a release between nothing and twice of it is free
ANY_RATE, ANY = 1e5, 1.0
#: levels that only spread what is missing and what is let out over steps
SPREADING = ("evenness", "given", "smoothness")
#: hm3 or GWh within which a row is met just so
MET = 1e-3
#: legs of an exchange in the order in which a sheet tells them
LEGS = ("sent", "returned", "filling", "release", "fuel", "food", "money")


@dataclass(frozen=True)
class Contract:
    """A case and the clause of it that exchanges water and energy, with the other clauses of its agreement."""

    case: Case
    clause: Exchange
    beside: tuple[Clause, ...] = ()

    @property
    def upstream(self) -> tuple[str, ...]:
        """Parties that keep and release the water."""
        return self.clause.party or self._others(self.clause.to)

    @property
    def downstream(self) -> tuple[str, ...]:
        """Parties that send energy for it."""
        return self.clause.to or self._others(self.clause.party)

    def _others(self, named: tuple[str, ...]) -> tuple[str, ...]:
        """All parties but some: the other side of a clause that names one."""
        return tuple(party for party in self.case.basin.ids("parties") if party not in named)

    @property
    def legs(self) -> tuple[str, ...]:
        """Legs that the clause has."""
        return tuple(leg for leg in LEGS if getattr(self.clause, leg) is not None)

    @cached_property
    def not_carried(self) -> tuple[str, ...]:
        """Legs of it that no row carries: not in the balance."""
        unheld = unheld_parts(self.clause, self.case.inputs)
        asleep = self.clause.id not in self.case.inputs["clause"].values
        return tuple(leg for leg in self.legs if asleep or leg in unheld)

    @property
    def promised(self) -> float:
        """Energy that is to be sent within the horizon, GWh."""
        return 0.0 if self.clause.sent is None else self.clause.sent.total

    @cached_property
    def gauge(self) -> tuple[str, ...]:
        """Links by which the water of the contract is released: the gauge that it names, else those of its reservoir but spillways."""
        if self.clause.release is not None:
            return (self.clause.release.at,)
        places = [str(getattr(clause, "at", None) or "") for clause in self.beside if set(clause.party) & set(self.upstream)]
        if any(places):
            return (next(filter(None, places)),)
        inputs, body = self.case.inputs, "" if self.clause.filling is None else self.clause.filling.reservoir
        below = (inputs["link_from"].values == body) & (inputs["link_kind"].values != "spillway")
        return tuple(inputs["link"].values[below].tolist())

    @cached_property
    def reservoir(self) -> str:
        """The reservoir that keeps the water; empty where none stands above the gauge."""
        if self.clause.filling is not None:
            return self.clause.filling.reservoir
        above = str(self.case.inputs["link_from"].sel(link=self.gauge[0]).values)
        return above if above in self.case.inputs["reservoir"].values else ""

    def winter(self, data: xr.Dataset) -> Ints:
        """Steps in which energy is to be sent; those outside the growing season where the clause sends none."""
        if self.clause.sent is None:
            return np.flatnonzero(data["growing"].values == 0)
        return np.flatnonzero(np.isin(data["month"].values, self.clause.sent.all_months))

    def released(self, plan: xr.Dataset) -> Floats:
        """Water released at the gauge by step, hm3."""
        return np.asarray(plan["flow"].sel(link=list(self.gauge)).values.sum(axis=0), dtype=np.float64)

    def summer_release(self, plan: xr.Dataset) -> float:
        """Water released there in the growing season, hm3."""
        return float(self.released(plan)[plan["growing"].values == 1].sum())

    def lines(self, data: xr.Dataset, *, back: bool = False) -> list[str]:
        """Lines over which energy is sent, or comes back."""
        return list(self.clause.lines("returned" if back else "sent", River(data))[0])

    def sent(self, plan: xr.Dataset, *, back: bool = False) -> Floats:
        """Energy that is sent, or comes back, by plant or line and step, GWh as it arrives; none where the model carries none."""
        leg = self.clause.returned if back else self.clause.sent
        if leg is not None and leg.plants:
            return np.asarray(plan["energy"].sel(plant=list(leg.plants)).values, dtype=np.float64)
        lines = self.lines(plan, back=back) if leg is not None else []
        if not lines:
            return np.zeros((0, plan.sizes["time"]))
        return np.asarray(plan["power_received"].sel(power_link=lines).values, dtype=np.float64)

    def by_months(self) -> Contract:
        """Return the contract as ladders, other years and stops take it: months as steps, areas by their line, nothing spread further.

        Nor is anything of a promise given up for releases that are steadier: two plans would differ by that. Where months are no steps of
        it, its steps stay.
        """
        scenario, period = self.case.file.scenario, self.case.file.scenario.period
        levels = [level for level in scenario.levels if level not in SPREADING]
        coarse = self.case.set({"physics.evaporation": "line", "objective.levels": levels, "objective.give": 0})
        parts = [{"until": part.until.isoformat(), "step": "month"} for part in period.stretches]
        with suppress(InputError):
            coarse = coarse.set({"period.stretches": parts} if parts else {"period.step": "month"})
        return find_contract(coarse, self.clause.id)

    def binds(self, plan: xr.Dataset) -> bool:
        """Whether the water of the contract holds a plan from what it would be: some row of it but those of its energy is met just so."""
        owners, parts = plan["row_clause"].values.astype(str), plan["row_part"].values.astype(str)
        own = np.isin(owners, [self.clause.id, *(other.id for other in self.beside)])
        energy = (owners == self.clause.id) & np.char.startswith(parts, "sent")
        return bool((plan["row_slack"].values[own & ~energy] <= MET).any())

    def without(self) -> Case:
        """Return the case without the contract."""
        return self.case.set({f"agreement.{clause.id}.in_force": False for clause in (self.clause, *self.beside)})

    def energy_only(self, amount: float) -> Case:
        """Return the case in which so much energy is sent and no water is asked for it: whoever keeps the water does so for itself."""
        key, clause = f"agreement.{self.clause.id}", self.clause
        changes: dict[str, object] = {f"agreement.{other.id}.in_force": False for other in self.beside}
        if clause.sent is not None and clause.sent.amount is not None:
            changes[f"{key}.sent.amount"] = amount
        elif clause.sent is not None:
            part = amount / clause.sent.total
            changes[f"{key}.sent.by_month"] = {month: energy * part for month, energy in clause.sent.by_month.items()}
        if clause.filling is not None:
            changes[f"{key}.filling.value"] = 0.0
        if clause.release is not None:
            rates = {name: getattr(clause.release, name) for name in ("by_month", "by_step")}
            changes |= {f"{key}.release.within": ANY, f"{key}.release.value": ANY_RATE}
            changes |= {f"{key}.release.{name}": dict.fromkeys(map(str, by), ANY_RATE) for name, by in rates.items() if by}
        return self.case.set(changes)

    def sent_only(self, amount: float) -> Case:
        """Return the case in which so much energy is sent, none comes back and no water is asked for it."""
        case, leg, key = self.energy_only(amount), self.clause.returned, f"agreement.{self.clause.id}.returned"
        if leg is None:
            return case
        nothing = {"amount": 0.0} if leg.amount is not None else {"by_month": dict.fromkeys(leg.by_month, 0.0)}
        return case.set({f"{key}.{name}": value for name, value in nothing.items()})

    def release_only(self, volume: float) -> Case:
        """Return the case without the contract in which so much is released in the growing season."""
        return self.without().with_model(partial(_released, contract=self, inputs=self.case.inputs, volume=volume))


def _released(model: Any, contract: Contract, inputs: xr.Dataset, volume: float) -> None:
    """Ask for a release in the growing season."""
    steps = model.TIME.ordered_data()
    summer = [steps[step] for step in np.flatnonzero(inputs["growing"].values == 1)]
    add_row(model, "contract_released", sum(model.flow[link, step] for link in contract.gauge for step in summer) >= volume)


def find_contract(case: Case, name: str | None = None) -> Contract:
    """Find the clause of a case that exchanges water and energy: the one that is named, else the only one.

    Raises
    ------
    ScenarioError
        Where there is none, several and none named, none of that name, or it names neither side.
    """
    known = {
        clause.id: (clause, tuple(other for other in agreement.clause if other is not clause and other.in_force))
        for agreement in case.agreements
        for clause in agreement.clause
        if isinstance(clause, Exchange) and clause.in_force
    }
    if not known:
        raise refused(field="contract", key="contract.none")
    if name is None and len(known) > 1:
        raise refused(field="contract", key="contract.several", names=", ".join(known))
    chosen = next(iter(known)) if name is None else name
    if chosen not in known:
        raise refused(field="contract", key="contract.unknown", hint=did_you_mean(chosen, list(known)), name=chosen)
    found = Contract(case, *known[chosen])
    if not (found.clause.party or found.clause.to):
        raise refused(field="contract", key="contract.no_parties", name=chosen)
    if not found.gauge:
        raise refused(field="contract", key="contract.no_gauge", name=chosen)
    return found
