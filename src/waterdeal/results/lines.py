"""The lines a plan was made with, where nature has curves: written with the plan, so that its model can be built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.variables import having

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.types import Floats


def with_lines(inputs: xr.Dataset, results: xr.Dataset) -> xr.Dataset:
    """Return inputs with the lines of a plan made from them."""
    lines = [name for name in having("moved") if name in results.variables]
    return inputs.drop_vars(lines, errors="ignore").assign({name: results[name].variable for name in lines})


def with_data(inputs: xr.Dataset, data: Mapping[str, Floats]) -> xr.Dataset:
    """Return inputs with other numbers in some variables, all in one step: each assignment to a dataset costs as long as many."""
    return inputs.assign({name: inputs.variables[name].copy(data=array) for name, array in data.items()})
