"""Plan against actual: per clause and step what was planned, measured by each agency, and is owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.agreement.followed import followed_series
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.river import Flows
from waterdeal.units import rate_to_volume
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.followed import Series
    from waterdeal.types import Floats


def measured_along() -> dict[str, str]:
    """Quantities of a plan that measurements are laid beside, each with the dimension of its places."""
    return {name: vocabulary()[name].dims[0] for name in having("measured")}


def lay_on_steps(readings: pd.DataFrame, plan: xr.Dataset) -> pd.DataFrame:
    """Lay readings on the steps of a plan."""
    starts = plan["time"].values.astype("datetime64[D]")
    days = plan["step_length"].values.astype(int)
    planned = {str(name): quantity for quantity, dim in measured_along().items() for name in plan[dim].values}
    rows: dict[tuple[str, str, str], Floats] = {}
    for (place, source), group in readings[readings["place"].isin(list(planned))].groupby(["place", "source"], sort=True):
        quantity = planned[str(place)]
        laid = _stored(group, starts, days) if quantity == "storage" else _summed(group, starts, days)
        if np.isfinite(laid).any():
            rows[quantity, str(place), str(source)] = laid
    index = pd.MultiIndex.from_tuples(list(rows), names=["quantity", "place", "source"])
    return pd.DataFrame(list(rows.values()), index=index, columns=plan["step"].values)


def _plain(group: pd.DataFrame) -> list[tuple[str, float, np.datetime64, np.datetime64]]:
    """Quantity, value, first day and day after the last of each reading."""
    begins = pd.to_datetime(group["start"]).to_numpy().astype("datetime64[D]")
    ends = pd.to_datetime(group["end"]).to_numpy().astype("datetime64[D]")
    return list(zip(group["quantity"].astype(str), group["value"].astype(float), begins, ends, strict=True))


def _summed(group: pd.DataFrame, starts: NDArray[np.datetime64], days: NDArray[np.int64]) -> Floats:
    """Volumes or energies of the steps whose every day was measured."""
    per_day: dict[np.datetime64, float] = {}
    for quantity, value, begin, end in _plain(group):
        if quantity != "storage":
            amount = float(rate_to_volume(value, 1.0)) if quantity == "flow" else value / int((end - begin).astype(int))
            per_day |= dict.fromkeys(np.arange(begin, end), amount)
    spans = [np.arange(begin, begin + length) for begin, length in zip(starts, days, strict=True)]
    return np.array([np.sum([per_day.get(day, np.nan) for day in span]) for span in spans])


def _stored(group: pd.DataFrame, starts: NDArray[np.datetime64], days: NDArray[np.int64]) -> Floats:
    """Storages read on the last day of each step, or on the first morning after it."""
    by_day = {begin: value for quantity, value, begin, _ in _plain(group) if quantity == "storage"}
    ends = starts + days
    return np.array([by_day.get(end, by_day.get(end - 1, np.nan)) for end in ends])


COLUMNS = ("clause", "quantity", "place", "step", "source", "plan", "actual", "tolerance", "percent", "difference", "cumulative",
           "spread", "status")  # fmt: skip
#: what is owed below this is rounding, hm3
SMALLEST_DEBT = 1e-3
OWED = ("clause", "party", "to", "place", "source", "planned_to_date", "actual_to_date", "owed", "due")


@dataclass(frozen=True)
class Tracking:
    """Plan against actual."""

    #: one row a clause, series, step and source; `spread` is the difference between agencies, `status` is `ok`, `under`, `over`, `disagree`
    #: or `missing`
    steps: pd.DataFrame
    owed: pd.DataFrame  # one row a clause and source with something owed: by whom, to whom, how much, by which date
    laid: pd.DataFrame  # the readings on the steps, by (quantity, place, source)
    measured_steps: int  # how many steps, from the first, have any reading


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
    flows = Flows(plan)
    laid = lay_on_steps(readings, plan)
    measured = np.flatnonzero(laid.notna().any().to_numpy()) if len(laid) else np.array([], dtype=int)
    count = int(measured[-1]) + 1 if measured.size else 0
    rows: list[tuple[Any, ...]] = []
    debts: list[tuple[Any, ...]] = []
    for clause in clauses_of(plan):
        steps = [int(step) for step in clause.steps(flows) if step < count]
        for series in followed_series(clause, flows) if steps else ():
            actual = _actual(series, laid)
            rows += _step_rows(clause, series, flows, steps, actual)
            debts += _debts(clause, series, flows, steps, actual)
    return Tracking(pd.DataFrame(rows, columns=list(COLUMNS)), pd.DataFrame(debts, columns=list(OWED)), laid, count)


def _actual(series: Series, laid: pd.DataFrame) -> dict[str, Floats]:
    """Measured values of a series by source; NaN in a step where any of its places was not measured."""
    sources = sorted(set(laid.index.get_level_values("source")))
    rows = {source: [(series.quantity, place, source) for place in series.places] for source in sources}
    return {source: laid.loc[keys].to_numpy().sum(axis=0) for source, keys in rows.items() if set(keys) <= set(laid.index)}


def _step_rows(clause: Clause, series: Series, flows: Flows, steps: list[int], actual: dict[str, Floats]) -> list[tuple[Any, ...]]:
    """Rows of one series: one a step and source, one a step without any."""
    planned, tolerance = flows.at(series.quantity, series.places), clause.tolerance
    rows = []
    sums = dict.fromkeys(actual, 0.0)
    for step in steps:
        values = {source: float(array[step]) for source, array in actual.items()}
        known = [value for value in values.values() if np.isfinite(value)]
        spread = max(known) - min(known) if len(known) > 1 else 0.0
        disagree = spread > tolerance * max(abs(float(np.mean(known or [0.0]))), 1e-9)
        for source, value in (values or {"": float("nan")}).items():
            plan = float(planned[step])
            difference = value - plan
            sums[source] = sums.get(source, 0.0) + difference
            percent = 100 * value / plan if plan > 0 else float("nan")
            cumulative = difference if series.quantity == "storage" else sums[source]
            status = _status(value, plan, tolerance, disagree=disagree)
            rows.append((
                clause.id, series.quantity, "+".join(series.places), flows.labels[step], source, plan, value, tolerance, percent,
                difference, cumulative, spread, status,
            ))  # fmt: skip
    return rows


def _status(value: float, plan: float, tolerance: float, *, disagree: bool) -> str:
    """Word for one reading; what is missing is never zero."""
    if not np.isfinite(value):
        return "missing"
    if disagree:
        return "disagree"
    if abs(value - plan) <= tolerance * abs(plan) + 1e-6:
        return "ok"
    return "under" if value < plan else "over"


def _debts(clause: Clause, series: Series, flows: Flows, steps: list[int], actual: dict[str, Floats]) -> list[tuple[Any, ...]]:
    """What is owed on a series: less water than planned where something is promised, more than planned where something is capped."""
    if series.quantity == "storage" or not clause.party:
        return []
    due = clause.end.isoformat() if clause.end is not None else str(flows.ends[clause.steps(flows)[-1]])
    capped = clause.kind.startswith("max_")
    found = []
    for source, array in actual.items():
        known = np.isfinite(array[steps])
        if not known.any():
            continue
        measured_steps = np.array(steps)[known]
        plan = float(flows.at(series.quantity, series.places)[measured_steps].sum())
        amount = float(array[measured_steps].sum())
        owed = (amount - plan) if capped else (plan - amount)
        if owed > SMALLEST_DEBT:
            names = (clause.id, "+".join(clause.party), "+".join(clause.to), "+".join(series.places), source)
            found.append((*names, plan, amount, owed, due))
    return found
