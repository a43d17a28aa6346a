"""How far a plan is from its replay, quantity by quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr


def differences_table(replayed: xr.Dataset, plan: xr.Dataset) -> pd.DataFrame:
    """Set every replayed quantity against the plan's."""
    steps = replayed["step"].values.tolist()
    rows = []
    for name in (name for name in replayed.data_vars if name != "step"):
        array = replayed.variables[name]
        found = array.values
        wanted = plan.variables[name].transpose(*array.dims).values if name in plan else np.zeros(found.shape)
        unit = str(array.attrs["units"])
        if found.size == 0:
            rows.append((name, unit, 0.0, "", "", 0.0, 0.0))
            continue
        size = np.where(np.isnan(found) & np.isnan(wanted), 0.0, np.abs(found - wanted))
        size = np.where(np.isnan(size), np.inf, size)
        at = np.unravel_index(int(size.argmax()), size.shape)
        place = str(replayed.variables[array.dims[0]].values[at[0]])
        step = steps[at[1]] if len(at) > 1 else "over the horizon"
        rows.append((name, unit, float(size[at]), place, step, float(found[at]), float(wanted[at])))
    return pd.DataFrame(rows, columns=["name", "unit", "difference", "place", "step", "replayed", "planned"])
