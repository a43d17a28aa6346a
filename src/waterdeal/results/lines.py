"""The lines a plan was made with, where nature has curves: written with the plan, so that its model can be built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.variables import having

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


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
    lines = having("moved")
    return inputs.drop_vars(lines).assign({name: results[name].variable for name in lines})


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
