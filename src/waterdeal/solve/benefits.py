"""Concave benefits pass by pass: what a plan's deliveries are truly worth, and tangents moved to where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.quantities import calibrated_cost
from waterdeal.scenario.benefit import touching_lines
from waterdeal.scenario.field_costs import cost_tangents
from waterdeal.solve.spread import with_moved

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.spread import Spreads
    from waterdeal.types import Floats


def understated_cost(inputs: xr.Dataset, results: xr.Dataset) -> float:
    """Return what the tangents of a plan leave out of the true costs of its areas; never below zero."""
    lines = inputs.variables["cost_intercept"].values + inputs.variables["cost_slope"].values * _areas(inputs, results)[:, None]
    return float((calibrated_cost(inputs, results.variables["field_area"].values) - lines.max(axis=1, initial=-np.inf)).sum())


def with_nearer_cost_tangents(inputs: xr.Dataset, results: xr.Dataset, spreads: Spreads) -> xr.Dataset:
    """Return inputs whose moving tangents touch the costs around the areas of a plan."""
    if not inputs.sizes["costed"]:
        return inputs
    reach = inputs["field_area_most"].sel(field=inputs["costed"].values).values
    points = spreads.points("costed", _areas(inputs, results), reach)
    intercept, slope = cost_tangents(inputs["cost_linear"].values, inputs["cost_curve"].values, points)
    return with_moved(inputs, {"cost_intercept": intercept, "cost_slope": slope})


def _areas(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Area of each field whose cost is calibrated, kha."""
    return np.asarray(results["field_area"].sel(field=inputs.variables["costed"].values).values, dtype=float)


def overstated_worth(inputs: xr.Dataset, results: xr.Dataset) -> float:
    """Return what the tangents of a plan promise beyond its true worth, and leave out of the costs of its fields; never below zero."""
    return float((results["benefit_worth"].values - true_worth(inputs, results)).sum()) + understated_cost(inputs, results)


def true_worth(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Return what the deliveries of a plan are truly worth; tables are taken at their lines, which are exact."""
    given = covered_deliveries(inputs, results)
    lines = inputs.variables["tangent_intercept"].values + inputs.variables["tangent_slope"].values * given[:, None]
    curved = inputs.variables["benefit_linear"].values * given - inputs.variables["benefit_curve"].values * given**2
    return np.where(np.isfinite(curved), curved, lines.min(axis=1, initial=np.inf))


def covered_deliveries(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Return the deliveries each benefit is of."""
    delivery = results["delivery"].sel(demand=inputs.variables["benefit_demand"].values).values
    return np.asarray((delivery * inputs.variables["benefit_covers"].values).sum(axis=1))


def with_nearer_tangents(inputs: xr.Dataset, results: xr.Dataset, spreads: Spreads) -> xr.Dataset:
    """Return inputs whose moving tangents touch the benefits, and the costs of fields, around a plan."""
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
