"""Plans side by side: what each party and user gets, and the differences to the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from waterdeal.results.clauses import clause_steps, measure_clauses
from waterdeal.results.indicators import demand_indicators, group_indicators, plan_indicators

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        "party": _side_by_side({name: group_indicators(plan)["delivery"] for name, plan in plans.items()}),
        "demand": _side_by_side({name: demand_indicators(plan)["delivery"] for name, plan in plans.items()}),
        "reservoir": _side_by_side({name: plan["storage"].isel(time=-1, drop=True).to_series() for name, plan in plans.items()}),
        "plan": _side_by_side({name: pd.Series(plan_indicators(plan)) for name, plan in plans.items()}),
    }
    if any(plan.sizes.get("clause", 0) for plan in plans.values()):
        tables["clause"] = _side_by_side({name: _clause_slack(plan) for name, plan in plans.items()})
        tables["clause_step"] = _difference(
            {name: clause_steps(plan) for name, plan in plans.items()}, ["plan", "clause", "quantity", "place"]
        )
    steps = {name: _by_step(plan) for name, plan in plans.items()}
    tables["step"] = _difference(steps, ["plan", "party"])
    return {name: table for name, table in tables.items() if len(table)}


def _difference(tables: Mapping[str, pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Differences of tables by step to the first one, where the steps are the same."""
    first = next(iter(tables.values()))
    others = {name: table - first for name, table in list(tables.items())[1:] if list(table.columns) == list(first.columns)}
    return pd.concat(others, names=names) if others else pd.DataFrame()


def _clause_slack(plan: xr.Dataset) -> pd.Series[float]:
    """Least reserve of each clause over its parts; negative where it conceded."""
    return measure_clauses(plan).groupby("clause", sort=False)["slack"].min()


def _side_by_side(columns: Mapping[str, pd.Series[float]]) -> pd.DataFrame:
    """Put series beside one another, then the differences to the first."""
    table = pd.DataFrame(columns)
    first = table.columns[0]
    for name in table.columns[1:]:
        table[f"{name} - {first}"] = table[name] - table[first]
    return table


def _by_step(plan: xr.Dataset) -> pd.DataFrame:
    """Delivery by party and step."""
    frame = pd.DataFrame(plan["delivery"].values, index=pd.Index(plan["demand_party"].values, name="party"), columns=plan["step"].values)
    return frame.groupby(level=0).sum()
