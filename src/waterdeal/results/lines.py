"""The lines a plan was made with, where nature has curves: written with the plan, so that its model can be built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: what passes change in the inputs
LINES = (
    "area_intercept",
    "area_slope",
    "storage_near_low",
    "storage_near_high",
    "plane_sense",
    "energy_constant",
    "energy_per_flow",
    "energy_per_storage",
    "salt_line_link",
    "salt_line_demand",
    "salt_line_drain",
    "salt_line_body",
    "salt_line_aquifer",
    "salt_line_node",
    "tangent_intercept",
    "tangent_slope",
    "cost_intercept",
    "cost_slope",
)


def with_lines(inputs: xr.Dataset, results: xr.Dataset) -> xr.Dataset:
    """Return inputs with the lines of a plan made from them.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of the case.
    results : xarray.Dataset
        Its plan.

    Returns
    -------
    xarray.Dataset
        Inputs whose model has this plan as its best, without passes.
    """
    return inputs.drop_vars(LINES).assign({name: results[name].variable for name in LINES})


def with_data(inputs: xr.Dataset, data: Mapping[str, Floats]) -> xr.Dataset:
    """Return inputs with other numbers in some variables, all in one step: each assignment to a dataset costs as long as many.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of the case.
    data : mapping of str to numpy.ndarray
        New values, of the shape of the old.

    Returns
    -------
    xarray.Dataset
        The rest as it was.
    """
    return inputs.assign({name: inputs.variables[name].copy(data=array) for name, array in data.items()})
