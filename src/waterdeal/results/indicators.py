"""What a plan means for its users: supply ratios, reliability, evenness, energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.variables import having

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

#: a step is reliable for a demand where its supply ratio is at least this
RELIABLE_FROM = 0.95


def gini(values: NDArray[np.float64]) -> float:
    """Gini coefficient of values that are 0 or more: 0 where all are equal.

    Examples
    --------
    >>> round(gini(np.array([1.0, 1.0, 0.0, 0.0])), 3)
    0.5
    """
    apart, total = float(np.abs(values[:, None] - values[None, :]).sum()), float(values.sum())
    return apart / (2 * len(values) * total) if total else 0.0


def jain(values: NDArray[np.float64]) -> float:
    """Jain's index of values that are 0 or more: 1 where all are equal, 1/n where one has everything.

    Examples
    --------
    >>> jain(np.array([1.0, 1.0, 0.0, 0.0]))
    0.5
    """
    squares = float((values**2).sum())
    return float(values.sum() ** 2 / (len(values) * squares)) if squares else 1.0


def demand_indicators(results: xr.Dataset) -> pd.DataFrame:
    """Season and worst-step supply of each demand."""
    ratio = results.variables["supply_ratio"].values
    needed = ~np.isnan(ratio)
    counts = needed.sum(axis=1)
    table = pd.DataFrame(
        {
            **{name: results.variables[f"demand_{name}"].values for name in ("party", "zone", "kind")},
            **{name: results[name].sum("time").values for name in ("requirement", "delivery", "shortage")},
            "worst_ratio": np.where(needed, ratio, np.inf).min(axis=1, initial=np.inf),
            "reliability": (np.nan_to_num(ratio, nan=0.0) >= RELIABLE_FROM).sum(axis=1) / np.maximum(counts, 1),
        },
        index=pd.Index(results.variables["demand"].values, name="demand"),
    )
    table.loc[counts == 0, ["worst_ratio", "reliability"]] = np.nan
    table.insert(6, "supply_ratio", _ratio(table["delivery"], table["requirement"]))
    return table


def group_indicators(results: xr.Dataset, by: str = "party") -> pd.DataFrame:
    """Season supply by party or zone, and the least of a user of theirs in a step."""
    read = results.variables
    groups = pd.Index(read[f"demand_{by}"].values, name=by)
    required, given = (pd.DataFrame(read[name].values, index=groups).groupby(level=0).sum() for name in ("requirement", "delivery"))
    table = pd.DataFrame({"requirement": required.sum(axis=1), "delivery": given.sum(axis=1)})
    table["shortage"] = table["requirement"] - table["delivery"]
    table["supply_ratio"] = _ratio(table["delivery"], table["requirement"])
    table["worst_ratio"] = pd.DataFrame(results.variables["supply_ratio"].values, index=groups).min(axis=1).groupby(level=0).min()
    return table


def plan_indicators(results: xr.Dataset) -> dict[str, float]:
    """Single numbers of a plan."""
    demands = demand_indicators(results)
    ratios = demands["supply_ratio"].dropna().to_numpy()
    environmental = results.variables["flow_requirement_kind"].values != "sanitary"
    return {
        "requirement": float(demands["requirement"].sum()),
        "delivery": float(demands["delivery"].sum()),
        "supply_ratio": float(demands["delivery"].sum() / max(demands["requirement"].sum(), 1e-12)),
        "worst_ratio": float(demands["worst_ratio"].min()) if ratios.size else 1.0,
        "gini": gini(ratios) if ratios.size else 0.0,
        "jain": jain(ratios) if ratios.size else 1.0,
        "environmental_shortfall": float(results.variables["flow_shortfall"].values[environmental].sum()),
        "sanitary_shortfall": float(results.variables["flow_shortfall"].values[~environmental].sum()),
        **{name: float(results[name].sum()) for name in having("missed")},
        "channel_excess": float(results["channel_excess"].sum()),
        "energy": float(results["energy"].sum()),
    }


def _ratio(part: pd.Series[float], whole: pd.Series[float]) -> pd.Series[float]:
    """Part over whole, NaN where the whole is 0."""
    return part.where(whole > 0) / whole.where(whole > 0)
