"""Calibrated costs of fields pass by pass: what tangents miss of them, and tangents moved to the areas of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.passes.spread import with_moved
from waterdeal.results.quantities import calibrated_cost
from waterdeal.scenario.field_costs import cost_tangents

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.passes.spread import Spreads

    Floats = NDArray[np.float64]


def understated_cost(inputs: xr.Dataset, results: xr.Dataset) -> float:
    """Return what the tangents of a plan leave out of the true costs of its areas; never below zero.

    Parameters
    ----------
    inputs, results : xarray.Dataset
        Inputs the plan was made from, and the plan.

    Returns
    -------
    float
        Million USD: part of the certified gap of the plan.
    """
    if not inputs.sizes["costed"]:
        return 0.0
    lines = inputs["cost_intercept"].values + inputs["cost_slope"].values * _areas(inputs, results)[:, None]
    return float((calibrated_cost(inputs, results["field_area"].values) - lines.max(axis=1)).sum())


def with_nearer_cost_tangents(inputs: xr.Dataset, results: xr.Dataset, spreads: Spreads) -> xr.Dataset:
    """Return inputs whose moving tangents touch the costs around the areas of a plan.

    Parameters
    ----------
    inputs, results : xarray.Dataset
        Inputs and plan.
    spreads : Spreads
        How widely they stood before; what they stand in now is noted there.

    Returns
    -------
    xarray.Dataset
        The same where no cost is calibrated.
    """
    if not inputs.sizes["costed"]:
        return inputs
    reach = inputs["field_area_most"].sel(field=inputs["costed"].values).values
    points = spreads.points("costed", _areas(inputs, results), reach)
    intercept, slope = cost_tangents(inputs["cost_linear"].values, inputs["cost_curve"].values, points)
    return with_moved(inputs, {"cost_intercept": intercept, "cost_slope": slope})


def _areas(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Area of each field whose cost is calibrated, kha."""
    return np.asarray(results["field_area"].sel(field=inputs["costed"].values).values, dtype=float)
