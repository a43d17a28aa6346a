"""The lines a plan was made with, where nature has curves: written with the plan, so that its model can be built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.unlabelled import with_variables
from waterdeal.variables import having

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.types import Floats


def with_lines(inputs: xr.Dataset, results: xr.Dataset) -> xr.Dataset:
    """Return inputs with the lines of a plan made from them."""
    lines = [name for name in having("moved") if name in results.variables]
    return with_variables(inputs, {name: results.variables[name] for name in lines})


def with_data(inputs: xr.Dataset, data: Mapping[str, Floats]) -> xr.Dataset:
    """Return inputs with other numbers in some variables."""
    return with_variables(inputs, {name: inputs.variables[name].copy(data=array) for name, array in data.items()})


def without_marks(inputs: xr.Dataset) -> xr.Dataset:
    """Return inputs in which no body or link is marked to dry."""
    marks = [name for name in ("storage_dries", "loss_dries") if name in inputs and inputs[name].values.any()]
    return with_data(inputs, {name: np.zeros(inputs[name].shape) for name in marks}) if marks else inputs
