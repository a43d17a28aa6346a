"""Spill that need not be: water through a spillway while the outlets had room and the reservoir was not full.

A linear programme spills wilfully where water has no worth downstream, a price is negative or a ceiling falls due (design/model.md, 2.7).
Nothing forbids it; it is told, so that nobody takes it for a flood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: volumes below this are none, hm3
SMALL = 1e-4


def wilful_spills(results: xr.Dataset) -> pd.DataFrame:
    """List the spills of a plan that outlets or storage could have taken.

    Parameters
    ----------
    results : xarray.Dataset
        A plan.

    Returns
    -------
    pandas.DataFrame
        ``reservoir``, ``step``, ``spill``, ``outlet_room`` and ``storage_room`` (hm3); lakes have no outlets to spare and are left out.
    """
    bodies = results["reservoir"].values
    operated = (results["node_kind"].sel(node=bodies).values == "reservoir")[:, None]
    outlet_room = np.minimum(_outlet_capacity(results), results["release_max"].values) - results["release"].values
    ceiling = results["storage_max"].values - results["flood_space"].values
    storage_room = ceiling - results["storage"].values
    spill = results["spill"].values
    found = np.argwhere(operated & (spill > SMALL) & (outlet_room > SMALL) & (storage_room > SMALL))
    rows = [
        (str(bodies[body]), str(results["step"].values[step]), spill[body, step], outlet_room[body, step], storage_room[body, step])
        for body, step in found
    ]
    return pd.DataFrame(rows, columns=["reservoir", "step", "spill", "outlet_room", "storage_room"])


def _outlet_capacity(results: xr.Dataset) -> Floats:
    """What the river and canal links that leave each reservoir carry together."""
    outlets = np.isin(results["link_kind"].values, ["river", "canal"])
    leaves = (results["reservoir"].values[:, None] == results["link_from"].values[None, :]) & outlets
    capacity = results["flow_max"].values
    return np.array([capacity[row].sum(axis=0) for row in leaves]).reshape(len(leaves), capacity.shape[1])
