"""Joint works: what a candidate work saves or yields to each party, by solving with it and without, and when its cost pays for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.accounts.party import party_accounts
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.kinds.works import CostShare
from waterdeal.basin.cells import did_you_mean
from waterdeal.documents import plain
from waterdeal.errors import Infeasible
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.quantities import summed_at
from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.run import Case
    from waterdeal.scenario.works import Work
    from waterdeal.types import Floats

#: what a party has of a plan: its unit, and whether more of it is better
MEASURES = {
    "delivery": ("hm3", 1), "shortage": ("hm3", -1), "lost": ("hm3", -1), "stored": ("hm3", 1), "outflow": ("hm3", 1),
    "flow_missing": ("hm3", -1), "unseen": ("hm3", -1), "energy": ("GWh", 1), "unserved": ("GWh", -1), "output": ("kt", 1),
    "benefit": ("MUSD", 1),
}  # fmt: skip
#: of what the cost of one more is told: of water what is delivered more, or missing less where less is required; and what is lost less
ONE_MORE = {"hm3": ("delivery", "shortage"), "saved": ("lost",), "gwh": ("energy",), "kt": ("output",)}
#: a change below this is none, in any unit
SLIGHT = 1e-6
#: million USD a GWh from which on a worth of energy is relative, not money: nobody pays a dollar for a kWh
DOLLAR = 1.0
#: days of a year
YEAR = 365.25


def has_money(plan: xr.Dataset) -> bool:
    """Whether a plan gives a price to deliveries, crops or loads; a worth of energy alone is relative."""
    return any(plan.sizes.get(dim, 0) for dim in ("benefit", "field", "power_block"))


def holdings(plan: xr.Dataset) -> pd.DataFrame:
    """What each party has of a plan: water, energy, crops and, where anything has a price, money.

    ``lost`` is what reaches on its land, canals to it, its reservoirs and lakes lose; ``stored`` is what these hold at the end, ``outflow``
    what reaches the outlets on its land, ``unseen`` what may be missing to the volumes it is promised before a gauge shows it.
    """
    table = party_accounts(plan)
    parties = table.index.to_numpy(dtype=str)
    owner = dict(zip(plan["node"].values.tolist(), plan["node_party"].values.tolist(), strict=True))

    def on_land(values: Floats, nodes: NDArray[np.str_]) -> Floats:
        return summed_at(values, np.array([owner[node] for node in nodes.tolist()], dtype=str), parties)

    bodies, starts, ends = (plan[name].values for name in ("reservoir", "link_from", "link_to"))
    left = np.isin(ends, plan["node"].values[plan["node_kind"].values == "outlet"])
    total = {name: plan[name].values.sum(axis=1) for name in ("loss", "evaporation", "seepage", "arrival")}
    found = table[["delivery", "shortage"]].copy()
    losing = np.where(plan["link_kind"].values == "canal", ends, starts)
    found["lost"] = on_land(total["loss"], losing) + on_land(total["evaporation"] + total["seepage"], bodies)
    found["stored"] = on_land(plan["storage"].values[:, -1], bodies)
    found["outflow"] = on_land(np.where(left, total["arrival"], 0.0), ends)
    found["flow_missing"], found["unseen"] = table["flow_missing"], _unseen(plan).reindex(table.index).fillna(0.0)
    found[["energy", "unserved"]] = table[["energy", "unserved"]]
    growers = plan["demand_party"].sel(demand=plan["field_demand"].values).values.astype(str)
    found["output"] = summed_at(plan["field_output"].values, growers, parties)
    worth = table["benefit"] if has_money(plan) else 0.0 * table["benefit"]
    if has_money(plan) and plan["energy_value"].size and plan["energy_value"].values.max() >= DOLLAR:
        worth = worth - summed_at((plan["energy"] * plan["energy_value"]).sum("time").values, plan["plant_party"].values, parties)
    return found.assign(benefit=worth)[list(MEASURES)]


def _unseen(plan: xr.Dataset) -> pd.Series[float]:
    """Of the volumes promised to each party what its gauges cannot tell: their tolerance of it; shared evenly where several get it."""
    clauses = {clause.id: clause for clause in clauses_of(plan)}
    found: dict[str, float] = {}
    rows = measure_clauses(plan)
    told = (rows["clause"].tolist(), rows["unit"].tolist(), rows["sense"].tolist(), rows["promised"].astype(float).tolist())
    for name, unit, sense, promised in zip(*told, strict=True):
        clause = clauses[name]
        if unit == "hm3" and sense == "at_least" and clause.measured:
            for party in clause.to:
                found[party] = found.get(party, 0.0) + clause.tolerance * promised / len(clause.to)
    return pd.Series(found, dtype=float)


@dataclass(frozen=True)
class Weighed:
    """A work, or several together, against the plan without."""

    works: Mapping[str, Work]
    plan: xr.Dataset | None  # with them; None where there is none
    why: str  # why there is no plan
    change: pd.DataFrame  # what each party has more, by measure of `MEASURES`; in the unit of each
    shares: pd.Series[float] | None  # of each party in the cost, by the agreement; None where it states none
    a_year: float  # cost of a year, million USD
    years: float  # the horizon in years, one at least
    money: bool  # whether the scenario gives a price to what changes

    @property
    def gains(self) -> pd.DataFrame:
        """What each party gains, signed so that more is better."""
        return self.change * pd.Series({name: float(sign) for name, (_, sign) in MEASURES.items()}) + 0.0

    @property
    def gain_a_year(self) -> pd.Series[float]:
        """What each party gains a year, million USD, and so the most that it can pay for the works; NaN where nothing has a price."""
        return self.change["benefit"] / self.years if self.money else pd.Series(np.nan, index=self.change.index)

    @property
    def paid(self) -> pd.Series[float]:
        """Cost of a year that each party bears, million USD; NaN where the agreement does not share it."""
        return self.a_year * (pd.Series(np.nan, index=self.change.index) if self.shares is None else self.shares)

    @property
    def break_even(self) -> pd.Series[float]:
        """Cost of a year of the whole works at which each party neither gains nor loses by its share; NaN where it bears nothing."""
        bears = self.paid.where(self.paid > 0)
        return self.gain_a_year * self.a_year / bears

    def cost_of_one(self, *names: str) -> pd.Series[float]:
        """What each party pays for one more of what it gains, by the largest of some measures, million USD; NaN where it gains none."""
        gained = self.gains[list(names)].max(axis=1)
        return self.paid * self.years / gained.where(gained > SLIGHT)

    def cost_to_all(self, *names: str) -> float:
        """What one more costs that all parties together gain, by the largest of some measures, million USD; NaN where they gain none."""
        gained = float(self.gains[list(names)].sum().max())
        return self.a_year * self.years / gained if gained > SLIGHT else float("nan")

    def by_party(self) -> pd.DataFrame:
        """Return by party its share in the cost, what it pays and gains a year, the break-even of the works, and the cost of one more."""
        paid, gain = self.paid, self.gain_a_year
        columns = {"share": paid / self.a_year, "paid": paid, "gain": gain, "net": gain - paid, "break_even": self.break_even}
        return pd.DataFrame({**columns, **{f"cost_{unit}": self.cost_of_one(*names) for unit, names in ONE_MORE.items()}})

    def of_all(self) -> dict[str, float]:
        """Return the same of all parties together."""
        gain = float(self.gain_a_year.sum(skipna=False))
        costs = {f"cost_{unit}": self.cost_to_all(*names) for unit, names in ONE_MORE.items()}
        return {"share": 1.0, "paid": self.a_year, "gain": gain, "net": gain - self.a_year, "break_even": gain, **costs}

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        lines = self.by_party()
        told = {party: {**self.gains.loc[party].to_dict(), **lines.loc[party].to_dict()} for party in lines.index}
        return {
            "works": list(self.works), "cost_a_year": self.a_year, "money": self.money, "shared": self.shares is not None, "why": self.why,
            "parties": plain(told), "all": plain({**self.gains.sum(min_count=1).to_dict(), **self.of_all()}),
        }  # fmt: skip


def weigh_works(case: Case, names: Sequence[str] = (), progress: Callable[[str], None] = lambda _stage: None) -> tuple[Weighed, ...]:
    """Solve a scenario without its candidate works, with each of them, and with all together.

    Parameters
    ----------
    case : Case
        A scenario with works.
    names : sequence of str
        Ids of the works; all of the scenario unless named. Others stay as they are.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    tuple of Weighed
        One a work, and one for all where there are several. Volumes hm3, energy GWh, crops kt, money million USD.

    Raises
    ------
    ScenarioError
        Where the scenario has no works, or none of a name, or an agreement shares the cost of one that is not there.
    SolveError
        Where there is no plan without them.
    """
    known = case.file.scenario.work
    if not known:
        raise refused(field="works", key="works.none")
    for name in [*names, *(clause.work for clause in _cost_shares(case))]:
        if name not in known:
            raise refused(field="works", key="works.unknown", hint=did_you_mean(name, list(known)), name=name)
    chosen = list(dict.fromkeys(names or known))
    progress("without")
    bare = case.set({f"work.{name}.built": False for name in chosen})
    before = bare.solve().dataset
    found = []
    for built in [*([name] for name in chosen), *([chosen] if len(chosen) > 1 else [])]:
        progress(", ".join(built))
        found.append(_weighed(bare, before, {name: known[name] for name in built}))
    return tuple(found)


def _cost_shares(case: Case) -> list[CostShare]:
    """Return the clauses in force that share the cost of a work."""
    return [clause for one in case.agreements for clause in one.clause if isinstance(clause, CostShare) and clause.in_force]


def _weighed(bare: Case, before: xr.Dataset, works: Mapping[str, Work]) -> Weighed:
    """Weigh some works against the plan without."""
    own, why = holdings(before), ""
    try:
        plan = bare.set({f"work.{name}.built": True for name in works}).solve().dataset
    except Infeasible as error:
        plan, why = None, str(error)
    after = holdings(plan) if plan is not None else own * np.nan
    change = after.reindex(after.index.union(own.index)).fillna(0.0) - own.reindex(after.index.union(own.index)).fillna(0.0)
    change = change.where(change.abs() > SLIGHT, 0.0) if plan is not None else own * np.nan
    stated = {clause.work: pd.Series(clause.shares) for clause in _cost_shares(bare)}
    a_year, shares = sum(work.a_year for work in works.values()), None
    if all(name in stated for name in works):
        borne = (work.a_year / a_year * stated[name].reindex(change.index).fillna(0.0) for name, work in works.items())
        shares = sum(borne, pd.Series(0.0, index=change.index))
    years = max(1.0, float(before["step_length"].sum()) / YEAR)
    return Weighed(works, plan, why, change, shares, a_year, years, has_money(before))
