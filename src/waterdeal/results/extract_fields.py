"""Fields in a plan: areas, water, output and margin from the areas of paths, with nothing of the model's equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled

    Floats = NDArray[np.float64]

#: an area below this is none, kha
_NO_AREA = 1e-9


def field_quantities(inputs: xr.Dataset | Unlabelled, path_area: Floats, season_water: Floats, season_output: Floats) -> dict[str, Any]:
    """Make the results about fields.

    Parameters
    ----------
    inputs : xarray.Dataset or Unlabelled
        Inputs of the model.
    path_area : numpy.ndarray
        Area by path, kha.
    season_water, season_output : numpy.ndarray
        Water in the root zone (hm3) and output (kt) of each field that follows a table.

    Returns
    -------
    dict
        Variables by name, as (dims, array). The cost of calibration is the true one, not that of its tangents.
    """
    of_field, tables = (
        _same(inputs["field"].values, inputs["path_field"].values),
        _same(inputs["field"].values, inputs["responding"].values),
    )
    area = of_field @ path_area
    output = of_field @ (path_area * inputs["path_yield"].values) + tables @ season_output
    margin = of_field @ (path_area * inputs["path_margin"].values)
    margin += tables @ (season_output * inputs["response_worth"].values - season_water * inputs["response_water_cost"].values)
    added = calibrated_cost(inputs, area)
    margin -= _same(inputs["field"].values, inputs["costed"].values) @ added
    grown = area > _NO_AREA
    return {
        "path_area": ("crop_path", path_area),
        "season_water": ("responding", season_water),
        "season_output": ("responding", season_output),
        "calibrated_cost": ("costed", added),
        "field_area": ("field", area),
        "field_output": ("field", output),
        "field_yield": ("field", np.where(grown, output / np.where(grown, area, 1.0), np.nan)),
        "field_margin": ("field", margin),
        "crop_water": (("demand", "time"), demand_water(inputs, path_area, season_water, "path_water", "response_draw")),
        "crop_consumption": (("demand", "time"), demand_water(inputs, path_area, season_water, "path_consumption", "response_consumption")),
    }


def demand_water(inputs: xr.Dataset | Unlabelled, path_area: Floats, season_water: Floats, by_path: str, by_table: str) -> Floats:
    """Water that the fields of each demand take or consume.

    Parameters
    ----------
    inputs : xarray.Dataset or Unlabelled
        Inputs or results: the water of paths and of tables is in both.
    path_area, season_water : numpy.ndarray
        Areas (kha) and water of the season (hm3).
    by_path, by_table : str
        Names of the water of a kha of a path, and of a hm3 of a table, by step.

    Returns
    -------
    numpy.ndarray
        hm3 by (demand, step).
    """
    owner = dict(zip(inputs["field"].values.tolist(), inputs["field_demand"].values.tolist(), strict=True))
    total = np.zeros((inputs.sizes["demand"], inputs.sizes["time"]))
    for of, amount, each in (("path_field", path_area, by_path), ("responding", season_water, by_table)):
        at = _same(inputs["demand"].values, np.array([owner[name] for name in inputs[of].values.tolist()], dtype=str))
        total += at @ (amount[:, None] * inputs[each].values)
    return total


def calibrated_cost(inputs: xr.Dataset | Unlabelled, area: Floats) -> Floats:
    """Cost of each field beyond that of its area, by calibration: ``l a + c a^2 / 2``, million USD.

    Parameters
    ----------
    inputs : xarray.Dataset or Unlabelled
        Inputs or results.
    area : numpy.ndarray
        Area by field, kha.

    Returns
    -------
    numpy.ndarray
        By field with such a cost.
    """
    own = _same(inputs["field"].values, inputs["costed"].values).T @ area
    return np.asarray(inputs["cost_linear"].values * own + inputs["cost_curve"].values * own**2 / 2.0)


def _same(rows: NDArray[np.str_], columns: NDArray[np.str_]) -> Floats:
    """Matrix (row, column) that is 1 where two names are the same."""
    return np.asarray(rows[:, None] == columns[None, :], dtype=float).reshape(len(rows), len(columns))
