"""Crops of a plan as a tidy table: one row a party and crop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr


def field_table(results: xr.Dataset) -> pd.DataFrame:
    """Fields of a plan.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan.

    Returns
    -------
    pandas.DataFrame
        By field: party, demand, crop, historic and planned area (kha), output (kt), yield (t/ha), water at the head gate and consumption
        over the horizon (hm3), margin (million USD).
    """
    demands = results["field_demand"].values
    table = pd.DataFrame({"field": results["field"].values.astype(str), "demand": demands.astype(str)})
    table.insert(0, "party", results["demand_party"].sel(demand=demands).values.astype(str))
    table["crop"] = results["field_crop"].values.astype(str)
    for name in ("area_historic", "area", "output", "yield", "margin"):
        table[name] = results[f"field_{name}"].values
    for name, by_path, by_table in (("water", "path_water", "response_draw"), ("consumption", "path_consumption", "response_consumption")):
        taken = pd.Series(results["path_area"].values * results[by_path].sum("time").values, index=results["path_field"].values)
        drawn = pd.Series(results["season_water"].values * results[by_table].sum("time").values, index=results["responding"].values)
        table[name] = pd.concat([taken, drawn]).groupby(level=0).sum().reindex(table["field"], fill_value=0.0).to_numpy()
    return table


def crop_table(results: xr.Dataset) -> pd.DataFrame:
    """Crops of each party.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan.

    Returns
    -------
    pandas.DataFrame
        By party and crop, in the order of the basin: area (kha), output (kt), yield (t/ha), water, consumption (hm3), margin (million USD).
    """
    sums = (
        field_table(results)
        .groupby(["party", "crop"], sort=False)[["area", "output", "water", "consumption", "margin"]]
        .sum()
        .reset_index()
    )
    sums.insert(4, "yield", np.divide(sums["output"], sums["area"], out=np.full(len(sums), np.nan), where=(sums["area"] > 0).to_numpy()))
    return sums
