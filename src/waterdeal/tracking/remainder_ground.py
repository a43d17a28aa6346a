"""The rest of a season below and in the water: aquifers start where they stand, wells have had part of the safe yield, salt goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.quantities import summed_at

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: water below which there is none, hm3
DRY = 1e-9


def remaining_ground(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Start aquifers and concentrations of the rest of a season where the past leaves them.

    Parameters
    ----------
    rest : xarray.Dataset
        Inputs of the rest.
    inputs : xarray.Dataset
        Inputs of the whole horizon.
    past : xarray.Dataset
        The plan so far; nobody measures aquifers here, so that they are as planned. Water on its way has the salt of what arrived last.
    count : int
        Number of steps that are past.

    Returns
    -------
    xarray.Dataset
        The same inputs, changed in place.
    """
    last = count - 1
    least = rest["aquifer_least"].values[:, 0]
    rest["aquifer_initial"].values[:] = np.maximum(past["aquifer_storage"].values[:, last], least)
    pumped = summed_at(past["pumped"].values[:, :count], inputs["well_aquifer"].values, inputs["aquifer"].values).sum(axis=1)
    rest["aquifer_yield"].values[:] = np.maximum(inputs["aquifer_yield"].values - pumped, 0.0)
    now = {
        "salt_start_body": past["salinity_stored"].values[:, last],
        "salt_start_aquifer": past["salinity_ground"].values[:, last],
    }
    if inputs.sizes["salt_link"]:
        now["salt_start_link"] = _over(past["salt_arrival"].values[:, last], past["arrival"].values[:, last])
        now["salt_start_demand"] = _over(past["salt_returned"].values[:, last], past["return_flow"].values[:, last])
    for name, values in now.items():
        rest[name].values[:] = np.where(np.isfinite(values), values, rest[name].values)
    return rest


def _over(salt: Floats, water: Floats) -> Floats:
    """Concentration; blank where there is no water."""
    return np.asarray(np.divide(salt, water, out=np.full(salt.shape, np.nan), where=water > DRY))
