"""Groundwater and salt of a plan as tidy tables over the horizon: plain numbers, no words, no rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def aquifer_table(results: xr.Dataset) -> pd.DataFrame:
    """Balance of each aquifer: start + recharge - pumped - baseflow = end.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan.

    Returns
    -------
    pandas.DataFrame
        aquifer, party; start, recharge, pumped, baseflow, end, debt (hm3), energy (GWh).
    """
    of_aquifer = (results["aquifer"].values[:, None] == results["well_aquifer"].values[None, :]).astype(float)
    return pd.DataFrame(
        {
            "aquifer": results["aquifer"].values.astype(str),
            "party": results["aquifer_party"].values.astype(str),
            "start": results["aquifer_initial"].values,
            "recharge": results["recharge"].values.sum(axis=1),
            "pumped": of_aquifer @ results["pumped"].values.sum(axis=1),
            "baseflow": results["baseflow"].values.sum(axis=1),
            "end": results["aquifer_storage"].values[:, -1],
            "debt": results["groundwater_debt"].values,
            "energy": of_aquifer @ results["pumping_energy"].values.sum(axis=1),
        }
    )


def salt_table(results: xr.Dataset) -> pd.DataFrame:
    """Salt of every link with a limit, and of every link into an outlet, over the horizon or the steps of its limit.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan that was replayed.

    Returns
    -------
    pandas.DataFrame
        place (link); limit, mean (by the water of each step), most (g/l; limit blank where there is none), load (kt), missing (hm3: pure
        water missing to dilute to the limit), steps_above (1).
    """
    rows = []
    names = ("salt_limit_link", "salt_limit_value", "salt_limit_season")
    for at, (link, limit, season) in enumerate(zip(*(results[name].values for name in names), strict=True)):
        held = season > 0
        above = int((results["salt_above"].values[at] > 1e-6).sum())
        rows.append((str(link), float(limit), *_carried(results, str(link), held), float(results["salt_excess"].values[at].sum()), above))
    if results.sizes["salt_link"]:
        kinds = results["node_kind"].sel(node=results["link_to"].values).values
        others = results["link"].values[(kinds == "outlet") & ~np.isin(results["link"].values, results["salt_limit_link"].values)]
        always = np.ones(results.sizes["time"], dtype=bool)
        rows += [(str(link), np.nan, *_carried(results, str(link), always), np.nan, 0) for link in others]
    return pd.DataFrame(rows, columns=["place", "limit", "mean", "most", "load", "missing", "steps_above"])


def _carried(results: xr.Dataset, link: str, held: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Mean and highest concentration, and salt that enters a link in some steps."""
    load = results["salt_load"].sel(salt_link=link).values[held]
    water, strong = results["flow"].sel(link=link).values[held], results["salinity"].sel(salt_link=link).values[held]
    known = strong[np.isfinite(strong)]
    total = float(water.sum())
    return float(load.sum()) / total if total > 0 else np.nan, float(known.max()) if known.size else np.nan, float(load.sum())
