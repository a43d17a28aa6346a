"""Readings laid on the steps of a plan: volumes of whole steps, storages at their ends; a step not wholly measured is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.units import rate_to_volume
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def measured_along() -> dict[str, str]:
    """Quantities of a plan that measurements are laid beside, each with the dimension of its places."""
    return {name: vocabulary()[name].dims[0] for name in having("measured")}


def lay_on_steps(readings: pd.DataFrame, plan: xr.Dataset) -> pd.DataFrame:
    """Lay readings on the steps of a plan.

    Parameters
    ----------
    readings : pandas.DataFrame
        ``place, quantity, source, start, end, value`` as `read_actual` gives them.
    plan : xarray.Dataset
        The plan.

    Returns
    -------
    pandas.DataFrame
        One row a (quantity, place, source), one column a step: hm3 or GWh; NaN where a step was not wholly measured. A reading
        longer than a step is spread evenly over its days.
    """
    starts = plan["time"].values.astype("datetime64[D]")
    days = plan["step_length"].values.astype(int)
    planned = {str(name): quantity for quantity, dim in measured_along().items() for name in plan[dim].values}
    rows: dict[tuple[str, str, str], Floats] = {}
    for (place, source), group in readings.groupby(["place", "source"], sort=True):
        quantity = planned.get(str(place))
        if quantity is None:
            continue
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
    found = np.full(len(starts), np.nan)
    for step, (begin, length) in enumerate(zip(starts, days, strict=True)):
        values = [per_day.get(day, np.nan) for day in np.arange(begin, begin + length)]
        found[step] = float(np.sum(values))
    return found


def _stored(group: pd.DataFrame, starts: NDArray[np.datetime64], days: NDArray[np.int64]) -> Floats:
    """Storages read on the last day of each step, or on the first morning after it."""
    by_day = {begin: value for quantity, value, begin, _ in _plain(group) if quantity == "storage"}
    ends = starts + days
    return np.array([by_day.get(end, by_day.get(end - 1, np.nan)) for end in ends])
