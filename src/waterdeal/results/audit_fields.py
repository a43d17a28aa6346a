"""What an audit recomputes about fields: their water within the delivery, their areas within land and bounds, their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def most_delivered(results: xr.Dataset) -> Floats:
    """Most that may be delivered, hm3 by (demand, step): the requirement, or where crops are planned what fields can take."""
    grows = results["demand_grows"].values.astype(bool)[:, None]
    return np.where(grows, results["delivery_most"].values, results["requirement"].values)


def shortage_residual(results: xr.Dataset) -> Floats:
    """Requirement less delivery less shortage, hm3 by (demand, step); fields given more than the requirement are not short."""
    owed = results["requirement"].values - results["delivery"].values
    grows = results["demand_grows"].values.astype(bool)[:, None]
    return np.asarray(np.where(grows, np.maximum(owed, 0.0), owed) - results["shortage"].values)


def crops_keep(results: xr.Dataset) -> Floats:
    """Water that crops consume, hm3 by (demand, step), from the areas of paths and the water of tables.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan.

    Returns
    -------
    numpy.ndarray
        Nothing where no crops are planned.
    """
    return _drawn(results, "path_consumption", "response_consumption")


def _drawn(results: xr.Dataset, by_path: str, by_table: str) -> Floats:
    """Add up paths and tables field by field."""
    demands = results["demand"].values.tolist()
    owner = dict(zip(results["field"].values.tolist(), results["field_demand"].values.tolist(), strict=True))
    total = np.zeros((len(demands), results.sizes["time"]))
    for area, field, water in zip(results["path_area"].values, results["path_field"].values, results[by_path].values, strict=True):
        total[demands.index(owner[field])] += area * water
    for season, field, share in zip(results["season_water"].values, results["responding"].values, results[by_table].values, strict=True):
        total[demands.index(owner[field])] += season * share
    return total


def field_residuals(results: xr.Dataset) -> Iterator[tuple[str, Floats, NDArray[np.str_]]]:
    """Yield what must be nothing: name, residual by (item, step) - one column where there are no steps - and the items.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a plan.

    Yields
    ------
    tuple
        Excesses are 0 where a bound is kept.
    """
    area = results["field_area"].values
    taken = _drawn(results, "path_water", "response_draw")
    of_path = [results["field"].values.tolist().index(name) for name in results["path_field"].values.tolist()]
    summed = np.zeros_like(area)
    np.add.at(summed, of_path, results["path_area"].values)
    beyond = np.maximum(results["field_area_least"].values - area, area - results["field_area_most"].values)
    standing = results["land_counts"].values.astype(float) @ area - results["land_area"].values
    grows = results["demand_grows"].values.astype(bool)[:, None]
    fields, demands = results["field"].values, results["demand"].values
    yield "water of crops within delivery", np.where(grows, np.maximum(taken - results["delivery"].values, 0.0), 0.0), demands
    yield "water of crops", results["crop_water"].values - taken, demands
    yield "consumption of crops", results["crop_consumption"].values - crops_keep(results), demands
    yield "area of paths = area of field", _column(area - summed), fields
    yield "area within bounds", _column(np.maximum(beyond, 0.0)), fields
    yield "areas not negative", _column(np.maximum(-results["path_area"].values, 0.0)), results["crop_path"].values
    yield "fields on their land", _column(np.maximum(standing, 0.0)), results["land_row"].values
    yield "yield not negative", _column(np.maximum(-results["field_output"].values, 0.0)), fields
    yield "rotation", _column(np.maximum(_rotation_missed(results), 0.0)), results["rotation"].values
    yield "food grown", _column(np.maximum(_food_missing(results), 0.0)), results["food_need"].values


def _column(values: Floats) -> Floats:
    """One column: told at the first step."""
    return values.reshape(-1, 1)


def _food_missing(results: xr.Dataset) -> Floats:
    """Output that is missing to what parties need, kt."""
    party = results["demand_party"].sel(demand=results["field_demand"].values).values
    eaten = (results["food_party"].values[:, None] == party) & (results["food_crop"].values[:, None] == results["field_crop"].values)
    return np.asarray(results["food_least"].values - eaten.astype(float) @ results["field_output"].values)


def _rotation_missed(results: xr.Dataset) -> Floats:
    """Area by which rotation rules are missed, kha; 0 or less where they are kept."""
    area = results["field_area"].values
    there = results["rotation_demand"].values[:, None] == results["field_demand"].values
    own = there & (results["rotation_crop"].values[:, None] == results["field_crop"].values)
    all_area, own_area = (flags.astype(float) @ area for flags in (there, own))
    short, beyond = results["rotation_least"].values * all_area - own_area, own_area - results["rotation_most"].values * all_area
    return np.asarray(np.maximum(short, beyond))
