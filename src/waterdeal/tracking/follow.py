"""Plan against actual: per clause and step what was planned, measured by each agency, and is owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.agreement.followed import followed_series
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.river import Flows
from waterdeal.tracking.on_steps import lay_on_steps

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.followed import Series

    Floats = NDArray[np.float64]

COLUMNS = (
    "clause", "quantity", "place", "step", "source", "plan", "actual", "tolerance", "percent", "difference", "cumulative", "spread",
    "status",
)  # fmt: skip
#: what is owed below this is rounding, hm3
SMALLEST_DEBT = 1e-3
OWED = ("clause", "party", "to", "place", "source", "planned_to_date", "actual_to_date", "owed", "due")


@dataclass(frozen=True)
class Tracking:
    """Plan against actual.

    Parameters
    ----------
    steps : pandas.DataFrame
        One row a clause, series, step and source; `spread` is the difference between agencies, `status` is ``ok``, ``under``, ``over``,
        ``disagree`` or ``missing``.
    owed : pandas.DataFrame
        One row a clause and source with something owed: by whom, to whom, how much, by which date.
    laid : pandas.DataFrame
        The readings on the steps, by (quantity, place, source).
    measured_steps : int
        How many steps, from the first, have any reading.
    """

    steps: pd.DataFrame
    owed: pd.DataFrame
    laid: pd.DataFrame
    measured_steps: int


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
        steps = [int(step) for step in flows.within(clause) if step < count]
        for series in followed_series(clause, flows):
            actual = _actual(series, laid)
            if steps:
                rows += _step_rows(clause, series, flows, steps, actual)
                debts += _debts(clause, series, flows, steps, actual)
    return Tracking(pd.DataFrame(rows, columns=list(COLUMNS)), pd.DataFrame(debts, columns=list(OWED)), laid, count)


def _actual(series: Series, laid: pd.DataFrame) -> dict[str, Floats]:
    """Measured values of a series by source; NaN in a step where any of its places was not measured."""
    found: dict[str, Floats] = {}
    sources = sorted({source for quantity, place, source in laid.index if quantity == series.quantity and place in series.places})
    for source in sources:
        keys = [(series.quantity, place, source) for place in series.places]
        if all(key in laid.index for key in keys):
            found[source] = laid.loc[keys].to_numpy().sum(axis=0)
    return found


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
    due = clause.end.isoformat() if clause.end is not None else str(flows.ends[flows.within(clause)[-1]])
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
