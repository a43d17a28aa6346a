"""Plan against actual: per clause and step what was planned, measured by each agency, and is owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.agreement.followed import followed_series
from waterdeal.agreement.inputs import clauses_of
from waterdeal.results.legs import contract_legs
from waterdeal.units import rate_to_volume
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.followed import Series
    from waterdeal.types import Floats


def measured_along() -> dict[str, str]:
    """Quantities of a plan that measurements are laid beside, each with the dimension of its places."""
    return {name: vocabulary()[name].dims[0] for name in having("measured")}


def lay_on_steps(readings: pd.DataFrame, plan: xr.Dataset) -> pd.DataFrame:
    """Lay readings on the steps of a plan; those of legs of energy that no row carries too."""
    starts = plan["time"].values.astype("datetime64[D]")
    days = plan["step_length"].values.astype("timedelta64[D]")
    along = {quantity: dim for quantity, dim in measured_along().items() if dim in plan}
    planned = {(str(name), _kind(quantity)): quantity for quantity, dim in along.items() for name in plan[dim].values}
    planned |= {(leg.meter, "energy"): "energy" for leg in contract_legs(plan) if leg.meter}
    rows: dict[tuple[str, str, str], Floats] = {}
    for (place, kind, source), group in readings.groupby(["place", readings["quantity"].map(_kind), "source"], sort=True):
        quantity = planned.get((str(place), str(kind)))
        if quantity is None:
            continue
        laid = _stored(group, starts, days) if quantity == "storage" else _summed(group, starts, days)
        if np.isfinite(laid).any():
            rows[quantity, str(place), str(source)] = laid
    index = pd.MultiIndex.from_tuples(list(rows), names=["quantity", "place", "source"])
    return pd.DataFrame(list(rows.values()), index=index, columns=plan["step"].values)


def _kind(quantity: str) -> str:
    """Kind of a reading, or of what it is laid beside: a link and the plant on it may have one name."""
    quantity = "energy" if quantity == "power_received" else quantity
    return quantity if quantity in {"storage", "energy"} else "flow"


def _plain(group: pd.DataFrame) -> list[tuple[str, float, np.datetime64, np.datetime64]]:
    """Quantity, value, first day and day after the last of each reading."""
    begins = pd.to_datetime(group["start"]).to_numpy().astype("datetime64[D]")
    ends = pd.to_datetime(group["end"]).to_numpy().astype("datetime64[D]")
    return list(zip(group["quantity"].astype(str), group["value"].astype(float), begins, ends, strict=True))


def _summed(group: pd.DataFrame, starts: NDArray[np.datetime64], days: NDArray[np.timedelta64]) -> Floats:
    """Volumes or energies of the steps whose every day was measured."""
    per_day: dict[np.datetime64, float] = {}
    for quantity, value, begin, end in _plain(group):
        if quantity != "storage":
            amount = float(rate_to_volume(value, 1.0)) if quantity == "flow" else value / int((end - begin).astype(int))
            per_day |= dict.fromkeys(np.arange(begin, end), amount)
    spans = [np.arange(begin, begin + length) for begin, length in zip(starts, days, strict=True)]
    return np.array([np.sum([per_day.get(day, np.nan) for day in span]) for span in spans])


def _stored(group: pd.DataFrame, starts: NDArray[np.datetime64], days: NDArray[np.timedelta64]) -> Floats:
    """Storages read on the last day of each step, or on the first morning after it."""
    by_day = {begin: value for quantity, value, begin, _ in _plain(group) if quantity == "storage"}
    ends = starts + days
    return np.array([by_day.get(end, by_day.get(end - np.timedelta64(1, "D"), np.nan)) for end in ends])


COLUMNS = ("clause", "quantity", "place", "step", "source", "plan", "actual", "tolerance", "percent", "difference", "cumulative",
           "spread", "status")  # fmt: skip
#: what is owed below this is rounding, hm3
SMALLEST_DEBT = 1e-3
OWED = ("clause", "party", "to", "place", "source", "planned_to_date", "actual_to_date", "owed", "due", "quantity", "side")


@dataclass(frozen=True)
class Tracking:
    """Plan against actual."""

    #: one row a clause, series, step and source; `spread` is the difference between agencies, `status` is `ok`, `under`, `over`, `disagree`
    #: or `missing`
    steps: pd.DataFrame
    #: one row a clause and source with something owed: by whom, to whom, how much of what, by when; `side` is `at_most` where more was
    #: taken than planned
    owed: pd.DataFrame
    laid: pd.DataFrame  # the readings on the steps, by (quantity, place, source)
    measured_steps: int  # how many steps, from the first, have any reading

    @property
    def unmeasured(self) -> list[str]:
        """Clauses in force to date of which nothing was measured."""
        measured = set(self.steps.loc[self.steps["actual"].notna(), "clause"])
        return [str(name) for name in dict.fromkeys(self.steps["clause"]) if name not in measured]


def follow(plan: xr.Dataset, readings: pd.DataFrame) -> Tracking:
    """Compare a plan with what was measured.

    Parameters
    ----------
    plan : xarray.Dataset
        Results of a run with clauses.
    readings : pandas.DataFrame
        As `read_actual` gives them.

    Returns
    -------
    Tracking
        Steps and debts.
    """
    laid = lay_on_steps(readings, plan)
    measured = np.flatnonzero(laid.notna().any().to_numpy()) if len(laid) else np.array([], dtype=int)
    count = int(measured[-1]) + 1 if measured.size else 0
    clauses = {clause.id: clause for clause in clauses_of(plan)}
    rows: list[tuple[Any, ...]] = []
    debts: list[tuple[Any, ...]] = []
    for series in followed_series(plan):
        steps = [step for step in series.steps if step < count]
        if steps and series.clause in clauses:
            followed = _Followed(clauses[series.clause], series, plan, steps, _actual(series, laid))
            rows += followed.step_rows()
            debts += followed.debts()
    return Tracking(pd.DataFrame(rows, columns=list(COLUMNS)), pd.DataFrame(debts, columns=list(OWED)), laid, count)


#: share by which a gauge may read more than can pass it before it is doubted
_GAUGE = 0.05


def beyond_bounds(laid: pd.DataFrame, plan: xr.Dataset) -> list[dict[str, Any]]:
    """Find readings that cannot be: more than a link carries or all rivers bring, less than a reservoir can let out; the first of each."""
    water = float(plan["runoff"].sum() + plan["storage_initial"].sum() + plan["arrival_past"].sum() + plan["return_past"].sum())
    most = {name: np.fmin(row, water) for name, row in zip(plan["link"].values.tolist(), plan["flow_max"].values, strict=True)}
    dead = plan["storage_dead"].values.tolist() if "storage_dead" in plan else [0.0] * plan.sizes["reservoir"]
    least = dict(zip(plan["reservoir"].values.tolist(), dead, strict=True))
    found = []
    for (quantity, place, source), values in zip(laid.index.tolist(), laid.to_numpy(), strict=True):
        bound = np.broadcast_to(least.get(place, 0.0) if quantity == "storage" else most.get(place, water), values.shape)
        outside = values < bound * (1 - _GAUGE) if quantity == "storage" else values > bound * (1 + _GAUGE)
        if quantity in {"storage", "flow", "delivery"} and outside.any():
            step = int(outside.argmax())
            told = {"quantity": quantity, "place": place, "source": source, "step": str(laid.columns[step])}
            found.append({**told, "value": float(values[step]), "bound": float(bound[step])})
    return found


def unread_storages(tracking: Tracking, plan: xr.Dataset) -> list[str]:
    """Reservoirs and lakes whose storage nobody measured at the end of the last step that was: the rest starts from the plan's."""
    if not tracking.measured_steps:
        return []
    last = tracking.laid.iloc[:, tracking.measured_steps - 1].dropna()
    read = {place for quantity, place, _ in last.index if quantity == "storage"}
    return [name for name in plan["reservoir"].values.tolist() if name not in read]


def agreed_agencies(plan: xr.Dataset) -> dict[str, str]:
    """Agency that is named first for each gauge: its reading counts where several differ."""
    gauges = [gauge for clause in clauses_of(plan) for gauge in clause.measured]
    return {gauge.gauge: gauge.agency for gauge in reversed(gauges)}


def planned_of(series: Series, plan: xr.Dataset) -> Floats:
    """What a plan gives of a series, by step."""
    array = plan[series.quantity]
    names = array[array.dims[0]].values.tolist()
    return np.asarray(array.values[[names.index(place) for place in series.places]].sum(axis=0))


def _actual(series: Series, laid: pd.DataFrame) -> dict[str, Floats]:
    """Measured values of a series by source; NaN in a step where any of its places was not measured.

    Where no agency measures all its places, as with the meters of several countries, the values of all agencies are added up.
    """
    sources = sorted(set(laid.index.get_level_values("source")))
    rows = {source: [(series.quantity, place, source) for place in series.places] for source in sources}
    found = {source: laid.loc[keys].to_numpy().sum(axis=0) for source, keys in rows.items() if set(keys) <= set(laid.index)}
    if found or len(series.places) < 2:
        return found
    each = [laid[[key[:2] == (series.quantity, place) for key in laid.index]] for place in series.places]
    if not all(map(len, each)):
        return {}
    read_by = "+".join(dict.fromkeys(str(source) for rows in each for source in rows.index.get_level_values("source")))
    return {read_by: np.sum([rows.mean().to_numpy() for rows in each], axis=0)}


@dataclass(frozen=True)
class _Followed:
    """A series of a clause with what was measured of it."""

    clause: Clause
    series: Series
    plan: xr.Dataset
    steps: list[int]  # steps of the series up to the last that was measured
    actual: dict[str, Floats]  # measured values by source

    def step_rows(self) -> list[tuple[Any, ...]]:
        """One row a step and source, one a step without any."""
        series, tolerance, labels = self.series, self.clause.tolerance, self.plan["step"].values
        planned = planned_of(series, self.plan)
        rows = []
        sums = dict.fromkeys(self.actual, 0.0)
        for step in self.steps:
            values = {source: float(array[step]) for source, array in self.actual.items()}
            known = [value for value in values.values() if np.isfinite(value)]
            spread = max(known) - min(known) if len(known) > 1 else 0.0
            disagree = spread > tolerance * max(abs(float(np.mean(known or [0.0]))), 1e-9)
            for source, value in (values or {"": float("nan")}).items():
                plan = float(planned[step])
                difference = value - plan
                sums[source] = sums.get(source, 0.0) + difference
                percent = 100 * value / plan if plan > 0 else float("nan")
                cumulative = difference if series.quantity == "storage" else sums[source]
                status = _status(value, plan, tolerance, series.side, disagree=disagree)
                rows.append((
                    self.clause.id, series.quantity, "+".join(series.places), labels[step], source, plan, value, tolerance, percent,
                    difference, cumulative, spread, status,
                ))  # fmt: skip
        return rows

    def _sides(self) -> tuple[Sequence[str], Sequence[str]]:
        """Who owes the series, and to whom: over lines the parties they lead from and to."""
        if self.series.quantity != "power_received":
            return self.clause.party, self.clause.to
        at = np.isin(self.plan["power_link"].values, self.series.places)
        starts, ends = (list(dict.fromkeys(self.plan[f"power_link_{side}"].values[at].tolist())) for side in ("from", "to"))
        return starts, ends

    def debts(self) -> list[tuple[Any, ...]]:
        """What is owed: less than planned where something is promised, more than planned where something is capped."""
        series, clause = self.series, self.clause
        if series.quantity == "storage" or not series.side or not clause.party:
            return []
        due = clause.end.isoformat() if clause.end is not None else str(self.plan["time_bounds"].values[series.steps[-1], 1])[:10]
        found = []
        for source, array in self.actual.items():
            known = np.isfinite(array[self.steps])
            if not known.any():
                continue
            measured = np.array(self.steps)[known]
            plan, amount = float(planned_of(series, self.plan)[measured].sum()), float(array[measured].sum())
            owed = (plan - amount) if series.side == "at_least" else (amount - plan)
            if owed > SMALLEST_DEBT:
                names = (clause.id, *map("+".join, self._sides()), "+".join(series.places), source)
                found.append((*names, plan, amount, owed, due, series.quantity, series.side))
        return found


def _status(value: float, plan: float, tolerance: float, side: str, *, disagree: bool) -> str:
    """Word for one reading; what is missing is never zero, and less than a cap is in order."""
    if not np.isfinite(value):
        return "missing"
    if disagree:
        return "disagree"
    if abs(value - plan) <= tolerance * abs(plan) + 1e-6 or (side == "at_most" and value < plan):
        return "ok"
    return "under" if value < plan else "over"
