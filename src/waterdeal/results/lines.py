"""The lines a plan was made with, where nature has curves: written with the plan, so that its model can be built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.unlabelled import put_together
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
    """Return inputs with other numbers in some variables that are no labels: an assignment to a dataset looks at all there is."""
    variables = dict(inputs.variables)
    variables.update((name, variables[name].copy(data=array)) for name, array in data.items())
    return put_together(variables, set(map(str, inputs.coords)), dict(inputs.attrs), dict(inputs.xindexes))
