"""Costs of fields that rise with their area, so that a plan of the base year gives back the areas observed (Howitt 1995).

Each zone is calibrated by itself, at the prices of the basin and at full supply: what the scenario changes is what areas then answer to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.scenario.benefit import SPREAD
from waterdeal.scenario.field_paths import THOUSAND
from waterdeal.science.calibration import BaseYear, calibrate_by_duals, calibrate_by_elasticities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.scenario.agriculture_schema import Agriculture
    from waterdeal.scenario.field_paths import FieldPlan

    Floats = NDArray[np.float64]

#: a coefficient below this share of the cost itself is rounding of the duals
_ROUNDING = 1e-9


def cost_variables(plans: Sequence[FieldPlan], most: Floats, asked: Agriculture) -> dict[str, Any]:
    """Costs beyond those of ``fields.csv``: ``linear a + curve a^2 / 2`` on an area a, with tangents that lie below them.

    Parameters
    ----------
    plans : sequence of FieldPlan
        All fields.
    most : numpy.ndarray
        Largest area of each, kha.
    asked : Agriculture
        Names the calibration.

    Returns
    -------
    dict
        Variables by name, as (dims, array), over the fields whose cost rises (dim ``costed``).

    Raises
    ------
    ValueError
        If a base year cannot be explained: more land or water than there was, a crop grown at a loss.
    """
    extra = calibrated(plans, asked)
    size = np.array([max(abs(plan.area_cost), 1.0) for plan in plans])
    rows = np.flatnonzero((np.abs(extra) > _ROUNDING * size[:, None]).any(axis=1))
    linear, curve = extra[rows].T if len(rows) else (np.zeros(0), np.zeros(0))
    points = most[rows, None] * SPREAD
    intercept, slope = cost_tangents(linear, curve, points)
    dims = ("costed", "cost_tangent")
    return {
        "costed": np.array([plans[row].row["field"] for row in rows.tolist()], dtype=str),
        "cost_linear": ("costed", linear),
        "cost_curve": ("costed", curve),
        "cost_intercept": (dims, intercept),
        "cost_slope": (dims, slope),
    }


def cost_tangents(linear: Floats, curve: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the tangents of ``linear a + curve a^2 / 2`` at points by (field, tangent).

    Parameters
    ----------
    linear, curve : numpy.ndarray
        Coefficients by field.
    points : numpy.ndarray
        Where they touch, kha.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        Million USD, and million USD a kha.
    """
    return -curve[:, None] * points**2 / 2.0, linear[:, None] + curve[:, None] * points


def calibrated(plans: Sequence[FieldPlan], asked: Agriculture) -> Floats:
    """Coefficients of the cost beyond that of ``fields.csv``, by (field, linear and curve).

    Parameters
    ----------
    plans : sequence of FieldPlan
        All fields.
    asked : Agriculture
        Names the calibration.

    Returns
    -------
    numpy.ndarray
        Million USD a kha, and million USD a kha squared; none where nothing is calibrated.

    Raises
    ------
    ValueError
        If a base year cannot be explained.
    """
    extra = np.zeros((len(plans), 2))
    if asked.calibration == "none":
        return extra
    demands = [str(plan.row["demand"]) for plan in plans]
    for demand in dict.fromkeys(demands):
        rows = [
            place for place, plan in enumerate(plans) if demands[place] == demand and plan.row["area_kha"] > 0.0 and plan.season.is_grown
        ]
        if rows:
            extra[rows] = _of_zone(demand, [plans[row] for row in rows], asked)
    return extra


def _of_zone(demand: str, plans: Sequence[FieldPlan], asked: Agriculture) -> Floats:
    """Calibrate the fields of one demand."""
    cost = np.array([plan.area_cost + plan.water_cost * float(plan.full_water.sum()) for plan in plans])
    try:
        base = base_year(plans, cost)
        if asked.calibration == "pmp":
            found = calibrate_by_duals(base)
        else:
            found = calibrate_by_elasticities(base, [plan.row["supply_elasticity"] for plan in plans])
    except ValueError as error:
        names = ", ".join(f"{place}: {plan.row['field']}" for place, plan in enumerate(plans))
        message = f"{demand} ({names}): {error}"
        raise ValueError(message) from error
    return np.column_stack([found.alpha - cost, found.gamma])


def base_year(plans: Sequence[FieldPlan], cost: Floats) -> BaseYear:
    """Put the fields of one demand as they were seen.

    Parameters
    ----------
    plans : sequence of FieldPlan
        Its fields.
    cost : numpy.ndarray
        Cost of a kha with its water, million USD.

    Returns
    -------
    BaseYear
        With water as a limit where ``observed_water_hm3`` stands in ``field_demands.csv``.

    Raises
    ------
    ValueError
        If the areas need more land or water than there was.
    """
    worth = np.array([float(plan.row["price_usd_t"] - plan.row["harvest_usd_t"]) / THOUSAND for plan in plans])
    grown = np.array([plan.full_yield for plan in plans])
    area = np.array([float(plan.row["area_kha"]) for plan in plans])
    land, water = (float(plans[0].row[name]) for name in ("land_kha", "observed_water_hm3"))
    if np.isnan(water):
        return BaseYear(worth, grown, cost, area, land)
    return BaseYear(worth, grown, cost, area, land, np.array([float(plan.full_water.sum()) for plan in plans]), water)
