"""Costs of fields that rise with their area, so that a plan of the base year gives back the areas observed (Howitt 1995).

Each zone is calibrated by itself, at the prices of the basin and at full supply: what the scenario changes is what areas then answer to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import what_was_said
from waterdeal.scenario.benefit import SPREAD
from waterdeal.scenario.field_paths import THOUSAND
from waterdeal.scenario.horizon import columns
from waterdeal.science.calibration import BaseYear, calibrate_by_duals, calibrate_by_elasticities
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.field_paths import FieldPlan
    from waterdeal.scenario.parts_schema import Agriculture
    from waterdeal.types import Floats


def area_bounds(plans: Sequence[FieldPlan], asked: Agriculture) -> tuple[Floats, Floats]:
    """Least and largest area of each field, kha.

    Bounds of ``fields.csv`` come first; without them a perennial stays as it is, and an annual crop within the flexibility around its
    historic area. A state order lifts both.
    """
    least, most = np.zeros(len(plans)), np.zeros(len(plans))
    for place, plan in enumerate(plans):
        row = plan.row
        spread = 0.0 if row["perennial"] == "yes" else asked.flexibility
        low, high = row["area_kha"] * max(1.0 - spread, 0.0), row["area_kha"] * (1.0 + spread)
        ordered = float(np.nan_to_num(row["state_order_kha"]))
        least[place] = max(low if np.isnan(row["area_min_kha"]) else row["area_min_kha"], ordered)
        most[place] = max(high if np.isnan(row["area_max_kha"]) else row["area_max_kha"], least[place])
    return least, most


def land_variables(plans: Sequence[FieldPlan]) -> dict[str, Any]:
    """Rows of land: sets of fields that stand on some day together, each of which fits on the land of its demand.

    Two crops of one year need no more land than one if they never stand together, whatever the length of the steps.
    """
    names, owners, areas, counts = [], [], [], []
    for demand, rows in _by_demand(plans).items():
        stands = np.array([plans[row].season.stands | plans[row].dated.busy for row in rows])
        for number, together in enumerate(largest_sets(stands), start=1):
            names.append(f"{demand}_{number}")
            owners.append(demand)
            areas.append(float(plans[rows[0]].row["land_kha"]))
            counts.append(np.isin(np.arange(len(plans)), np.array(rows)[together]))
    return {
        "land_row": np.array(names, dtype=str),
        "land_demand": ("land_row", np.array(owners, dtype=str)),
        "land_area": ("land_row", np.array(areas, dtype=float)),
        "land_counts": (("land_row", "field"), np.array(counts, dtype=int).reshape(len(names), len(plans))),
    }


def largest_sets(stands: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Sets of items that occur together and are no part of another such set."""
    _, first = np.unique(stands, axis=1, return_index=True)
    patterns = [stands[:, day] for day in sorted(first.tolist()) if stands[:, day].any()]
    return [one for one in patterns if not any((one <= other).all() and (one < other).any() for other in patterns)]


def rotation_variables(basin: Basin, *, on: bool) -> dict[str, Any]:
    """Bounds on the share of a crop in the area of its demand."""
    rows = basin.table("rotations", used=on)
    names = [f"{demand}_{crop}" for demand, crop in zip(rows["demand"].tolist(), rows["crop"].tolist(), strict=True)]
    told = {"rotation_demand": "demand", "rotation_crop": "crop", "rotation_least": "share_min", "rotation_most": "share_max"}
    return {"rotation": np.array(names, dtype=str), **columns(rows, "rotation", **told)}


def food_variables(basin: Basin, *, on: bool) -> dict[str, Any]:
    """Least output of a crop that a party needs, in thousand tonnes."""
    rows = basin.table("food_needs", used=on)
    return {
        "food_need": rows["food_need"].to_numpy(dtype=str),
        **columns(rows, "food_need", food_party="party", food_crop="crop"),
        "food_least": ("food_need", rows["tonnes"].to_numpy(dtype=float) / THOUSAND),
    }


#: a coefficient below this share of the cost itself is rounding of the duals
_ROUNDING = 1e-9


def cost_variables(plans: Sequence[FieldPlan], most: Floats, asked: Agriculture) -> dict[str, Any]:
    """Costs beyond those of ``fields.csv``: ``linear a + curve a^2 / 2`` on an area a, with tangents that lie below them."""
    extra = calibrated(plans, asked)
    size = np.array([max(abs(plan.area_cost), 1.0) for plan in plans])
    rows = np.flatnonzero((np.abs(extra) > _ROUNDING * size[:, None]).any(axis=1))
    linear, curve = extra[rows].T if len(rows) else (np.zeros(0), np.zeros(0))
    intercept, slope = cost_tangents(linear, curve, most[rows, None] * SPREAD)
    return {
        "costed": np.array([plans[row].row["field"] for row in rows.tolist()], dtype=str),
        "cost_linear": ("costed", linear),
        "cost_curve": ("costed", curve),
        "cost_intercept": (("costed", "cost_tangent"), intercept),
        "cost_slope": (("costed", "cost_tangent"), slope),
    }


def cost_tangents(linear: Floats, curve: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the tangents of ``linear a + curve a^2 / 2`` at points by (field, tangent)."""
    return -curve[:, None] * points**2 / 2.0, linear[:, None] + curve[:, None] * points


def calibrated(plans: Sequence[FieldPlan], asked: Agriculture) -> Floats:
    """Coefficients of the cost beyond that of ``fields.csv``, by (field, linear and curve)."""
    extra = np.zeros((len(plans), 2))
    if asked.calibration == "none":
        return extra
    for demand, places in _by_demand(plans).items():
        rows = [row for row in places if plans[row].row["area_kha"] > 0.0 and plans[row].season.is_grown]
        if rows:
            extra[rows] = _of_zone(demand, [plans[row] for row in rows], asked)
    return extra


def _by_demand(plans: Sequence[FieldPlan]) -> dict[str, list[int]]:
    """Places of the fields of each demand."""
    found: dict[str, list[int]] = {}
    for place, plan in enumerate(plans):
        found.setdefault(str(plan.row["demand"]), []).append(place)
    return found


def _of_zone(demand: str, plans: Sequence[FieldPlan], asked: Agriculture) -> Floats:
    """Calibrate the fields of one demand."""
    cost = np.array([plan.area_cost + plan.water_cost * float(plan.full_water.sum()) for plan in plans])
    try:
        base = base_year(plans, cost)
        elasticities = [plan.row["supply_elasticity"] for plan in plans]
        found = calibrate_by_duals(base) if asked.calibration == "pmp" else calibrate_by_elasticities(base, elasticities)
    except ValueError as error:
        names = ", ".join(f"{place}: {plan.row['field']}" for place, plan in enumerate(plans))
        raise ValueError(say("scenario.zone_fails", demand=demand, names=names, error=what_was_said(error))) from error
    return np.column_stack([found.alpha - cost, found.gamma])


def base_year(plans: Sequence[FieldPlan], cost: Floats) -> BaseYear:
    """Put the fields of one demand as they were seen."""
    worth = np.array([float(plan.row["price_usd_t"] - plan.row["harvest_usd_t"]) / THOUSAND for plan in plans])
    grown = np.array([plan.full_yield for plan in plans])
    area = np.array([float(plan.row["area_kha"]) for plan in plans])
    land, water = (float(plans[0].row[name]) for name in ("land_kha", "observed_water_hm3"))
    limited = () if np.isnan(water) else (np.array([float(plan.full_water.sum()) for plan in plans]), water)
    return BaseYear(worth, grown, cost, area, land, *limited)
