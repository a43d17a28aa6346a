"""Plans side by side: what each party and user gets, and the differences to the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from waterdeal.results.clauses import clause_steps, measure_clauses
from waterdeal.results.indicators import demand_indicators, group_indicators, plan_indicators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr


def compare_plans(plans: Mapping[str, xr.Dataset]) -> dict[str, pd.DataFrame]:
    """Compare plans with the first one.

    Parameters
    ----------
    plans : mapping of str to xarray.Dataset
        Results by name; the first is what the others are compared with.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``party``, ``demand``, ``reservoir`` (hm3 at the end) and ``plan``: one column a plan, then ``<plan> - <first>``;
        ``step`` has the difference in delivery by (plan, party) and step where the steps are the same; with clauses also ``clause``,
        the least reserve of each, and ``clause_step``, differences in what is followed of each.
    """
    tables = {
        "party": _side_by_side(plans, lambda plan: group_indicators(plan)["delivery"]),
        "demand": _side_by_side(plans, lambda plan: demand_indicators(plan)["delivery"]),
        "reservoir": _side_by_side(plans, lambda plan: plan["storage"].isel(time=-1, drop=True).to_series()),
        "plan": _side_by_side(plans, lambda plan: pd.Series(plan_indicators(plan))),
    }
    if any(plan.sizes.get("clause", 0) for plan in plans.values()):
        tables["clause"] = _side_by_side(plans, lambda plan: measure_clauses(plan).groupby("clause", sort=False)["slack"].min())
        tables["clause_step"] = _difference(plans, clause_steps, ["plan", "clause", "quantity", "place"])
    tables["step"] = _difference(plans, _by_step, ["plan", "party"])
    return {name: table for name, table in tables.items() if len(table)}


def _difference(plans: Mapping[str, xr.Dataset], made: Callable[[xr.Dataset], pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Differences of tables by step to that of the first plan, where the steps are the same."""
    (_, first), *others = ((name, made(plan)) for name, plan in plans.items())
    apart = {name: table - first for name, table in others if list(table.columns) == list(first.columns)}
    return pd.concat(apart, names=names) if apart else pd.DataFrame()


def _side_by_side(plans: Mapping[str, xr.Dataset], made: Callable[[xr.Dataset], pd.Series[float]]) -> pd.DataFrame:
    """Put what each plan comes to beside one another, then the differences to the first."""
    table = pd.DataFrame({name: made(plan) for name, plan in plans.items()})
    first = table.columns[0]
    for name in table.columns[1:]:
        table[f"{name} - {first}"] = table[name] - table[first]
    return table


def as_printed(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Round plans side by side; each difference is that of the figures as printed."""
    printed, count = table.round(digits), (len(table.columns) + 1) // 2
    for place in range(count, len(table.columns)):
        apart = printed.iloc[:, place - count + 1] - printed.iloc[:, 0]
        printed.isetitem(place, apart.round(digits).to_numpy() + 0.0)
    return printed


def _by_step(plan: xr.Dataset) -> pd.DataFrame:
    """Delivery by party and step."""
    frame = pd.DataFrame(plan["delivery"].values, index=pd.Index(plan["demand_party"].values, name="party"), columns=plan["step"].values)
    return frame.groupby(level=0).sum()
