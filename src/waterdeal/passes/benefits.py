"""Concave benefits pass by pass: what a plan's deliveries are truly worth, and tangents moved to where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.passes.field_costs import understated_cost, with_nearer_cost_tangents
from waterdeal.passes.spread import with_moved
from waterdeal.scenario.benefit import touching_lines

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.passes.spread import Spreads

    Floats = NDArray[np.float64]


def overstated_worth(inputs: xr.Dataset, results: xr.Dataset) -> float:
    """Return what the tangents of a plan promise beyond its true worth, and leave out of the costs of its fields; never below zero.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs the plan was made from.
    results : xarray.Dataset
        The plan.

    Returns
    -------
    float
        In the money of the benefits; where only concave benefits stand on the level ``benefit``, the certified gap of the plan.
    """
    return float((results["benefit_worth"].values - true_worth(inputs, results)).sum()) + understated_cost(inputs, results)


def true_worth(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Return what the deliveries of a plan are truly worth; tables are taken at their lines, which are exact.

    Parameters
    ----------
    inputs, results : xarray.Dataset
        Inputs and plan.

    Returns
    -------
    numpy.ndarray
        Worth by benefit.
    """
    given = covered_deliveries(inputs, results)
    lines = inputs["tangent_intercept"].values + inputs["tangent_slope"].values * given[:, None]
    curved = inputs["benefit_linear"].values * given - inputs["benefit_curve"].values * given**2
    return np.where(np.isfinite(curved), curved, lines.min(axis=1, initial=np.inf))


def covered_deliveries(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Return the deliveries each benefit is of.

    Parameters
    ----------
    inputs, results : xarray.Dataset
        Inputs and plan.

    Returns
    -------
    numpy.ndarray
        hm3 by benefit.
    """
    delivery = results["delivery"].sel(demand=inputs["benefit_demand"].values).values
    return np.asarray((delivery * inputs["benefit_covers"].values).sum(axis=1))


def with_nearer_tangents(inputs: xr.Dataset, results: xr.Dataset, spreads: Spreads) -> xr.Dataset:
    """Return inputs whose moving tangents touch the benefits, and the costs of fields, around a plan.

    Parameters
    ----------
    inputs, results : xarray.Dataset
        Inputs and plan.
    spreads : Spreads
        How widely they stood before; what they stand in now is noted there.

    Returns
    -------
    xarray.Dataset
        Benefits given as tables keep their pieces.
    """
    inputs = with_nearer_cost_tangents(inputs, results, spreads)
    if not inputs.sizes["benefit"]:
        return inputs
    required = inputs["requirement"].sel(demand=inputs["benefit_demand"].values).values
    reach = (required * inputs["benefit_covers"].values).sum(axis=1)
    points = spreads.points("benefit", covered_deliveries(inputs, results), reach)
    curve, linear = inputs["benefit_curve"].values[:, None], inputs["benefit_linear"].values[:, None]
    largest = np.nanmax(linear, initial=0.0)  # the specks of one benefit are seen beside the slopes of another
    intercept, slope = touching_lines((linear, curve), points, reach[:, None], largest)
    return with_moved(inputs, {"tangent_intercept": intercept, "tangent_slope": slope})
