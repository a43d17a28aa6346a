"""The part of the inputs about crops: fields, their paths of irrigation, what they need, and what rules their areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.tables import STAGES
from waterdeal.scenario.field_costs import area_bounds, cost_variables, food_variables, land_variables, rotation_variables
from waterdeal.scenario.field_paths import THOUSAND, FieldPlan, factors, lines_above, plan_field
from waterdeal.scenario.field_season import field_climates, field_season
from waterdeal.science.requirement import HM3_PER_MM_KHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats


def plan_fields(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> list[FieldPlan]:
    """Place every field of a basin in the horizon; none where the scenario plans no crops."""
    asked = scenario.agriculture
    if not asked.on:
        return []
    climates = field_climates(basin, asked)
    users, crops = (basin.table(table).set_index(key).to_dict("index") for table, key in (("field_demands", "demand"), ("crops", "crop")))
    columns = ["water_mm", "yield_share"]
    tables = {crop: rows.sort_values("water_mm")[columns].to_numpy(dtype=float) for crop, rows in basin.table("responses").groupby("crop")}
    seasons, plans = {}, []
    for field in basin.rows("fields"):
        row: dict[Any, Any] = {**crops[field["crop"]], **users[field["demand"]], **field}
        place = row["crop"], row["climate"]
        if place not in seasons:
            seasons[place] = field_season(row, climates[row["climate"]], steps)
        plans.append(plan_field(row, seasons[place], tables.get(row["crop"], np.zeros((0, 2))), asked, steps))
    return plans


def agriculture_part(basin: Basin, scenario: Scenario, steps: Sequence[Step], variables: dict[str, Any]) -> dict[str, Any]:
    """Fields and paths, with the requirement that takes the place of ``requirements.csv`` where crops are planned."""
    asked, plans = scenario.agriculture, plan_fields(basin, scenario, steps)
    least, most = area_bounds(plans, asked)
    return {
        **_field_variables(plans, scenario, len(steps)),
        "field_area_least": ("field", least),
        "field_area_most": ("field", most),
        **_path_variables(plans, scenario, len(steps)),
        **_response_variables(plans, scenario, len(steps)),
        **land_variables(plans),
        **rotation_variables(basin, on=asked.on),
        **food_variables(basin, on=asked.on),
        **cost_variables(plans, most, asked),
        **_demand_variables(basin, scenario, plans, most, variables),
    }


def _text(plans: Sequence[FieldPlan], name: str) -> NDArray[np.str_]:
    """A column of text by field."""
    return np.array([str(plan.row[name]) for plan in plans], dtype=str)


def _numbers(plans: Sequence[FieldPlan], name: str) -> Floats:
    """A column of numbers by field."""
    return np.array([float(plan.row[name]) for plan in plans], dtype=float)


def _field_variables(plans: Sequence[FieldPlan], scenario: Scenario, count: int) -> dict[str, Any]:
    """What a replay needs to grow the crops again."""
    stages, prices = len(STAGES), [scenario.agriculture.price_factor.get(str(plan.row["crop"]), 1.0) for plan in plans]
    factor = [factors(plan.row, "jensen" if plan.response == "jensen" else "ky") for plan in plans]
    return {
        "field": _text(plans, "field"),
        "field_demand": ("field", _text(plans, "demand")),
        "field_crop": ("field", _text(plans, "crop")),
        "field_area_historic": ("field", _numbers(plans, "area_kha")),
        "field_evaporates": (("field", "growth_stage"), np.array([plan.season.evaporates for plan in plans]).reshape(-1, stages)),
        "field_need": (("field", "growth_stage", "time"), np.array([plan.season.need for plan in plans]).reshape(-1, stages, count)),
        "field_dated": (("field", "time"), np.array([plan.dated.given for plan in plans]).reshape(-1, count)),
        "field_dated_kept": (("field", "time"), np.array([plan.dated.kept for plan in plans]).reshape(-1, count)),
        "field_efficiency": ("field", np.array([plan.efficiency for plan in plans], dtype=float)),
        "field_response": ("field", np.array([plan.response for plan in plans], dtype=str)),
        "field_factor": (("field", "growth_stage"), np.array(factor, dtype=float).reshape(-1, stages)),
        "field_factor_total": ("field", _numbers(plans, "ky_total")),
        "field_salt_factor": ("field", np.array([plan.salt_factor for plan in plans], dtype=float)),
        "field_yield_full": ("field", np.array([plan.full_yield for plan in plans], dtype=float)),
        "field_price": ("field", _numbers(plans, "price_usd_t") * np.array(prices, dtype=float)),
        "field_harvest_cost": ("field", _numbers(plans, "harvest_usd_t")),
        "field_area_cost": ("field", np.array([plan.area_cost for plan in plans], dtype=float)),
        "field_water_cost": ("field", np.array([plan.water_cost for plan in plans], dtype=float)),
    }


def _worth(plan: FieldPlan, scenario: Scenario) -> float:
    """What a thousand tonnes bring after harvest, million USD."""
    price = float(plan.row["price_usd_t"]) * scenario.agriculture.price_factor.get(str(plan.row["crop"]), 1.0)
    return (price - float(plan.row["harvest_usd_t"])) / THOUSAND


def _path_variables(plans: Sequence[FieldPlan], scenario: Scenario, count: int) -> dict[str, Any]:
    """Water, yield and margin of every path."""
    names, owners, given_up = list[str](), list[str](), list[int]()
    levels, waters, consumed, yields, margins = [], [], [], [], []
    for plan in plans:
        net, kept = plan.path_depths()
        grown, water = plan.path_shares() * plan.full_yield, HM3_PER_MM_KHA * net / plan.efficiency
        names += [f"{plan.row['field']}_{number}" for number in range(1, len(grown) + 1)]
        owners += [str(plan.row["field"])] * len(grown)
        given_up += [0] * (len(grown) - 1) + [int(plan.may_be_given_up)]
        levels.append(plan.path_levels())
        waters.append(water)
        consumed.append(HM3_PER_MM_KHA * kept)
        yields.append(grown)
        margins.append(grown * _worth(plan, scenario) - plan.area_cost - plan.water_cost * water.sum(axis=1))
    return {
        "crop_path": np.array(names, dtype=str),
        "path_field": ("crop_path", np.array(owners, dtype=str)),
        "path_level": (("crop_path", "growth_stage"), np.vstack([np.zeros((0, len(STAGES))), *levels])),
        "path_given_up": ("crop_path", np.array(given_up, dtype=int)),
        "path_water": (("crop_path", "time"), np.vstack([np.zeros((0, count)), *waters])),
        "path_consumption": (("crop_path", "time"), np.vstack([np.zeros((0, count)), *consumed])),
        "path_yield": ("crop_path", np.concatenate([np.zeros(0), *yields])),
        "path_margin": ("crop_path", np.concatenate([np.zeros(0), *margins])),
    }


def _response_variables(plans: Sequence[FieldPlan], scenario: Scenario, count: int) -> dict[str, Any]:
    """Fields that follow a table: what a hm3 in the root zone draws at the head gate, and lines above output over area and water."""
    chosen = [plan for plan in plans if plan.points.size]
    longest = max((len(plan.points) for plan in chosen), default=0)
    pieces = max(longest - 1, 0)
    lines = np.array([lines_above(plan.points, plan.full_yield, pieces) for plan in chosen]).reshape(len(chosen), pieces, 2)
    share = np.array([plan.step_share for plan in chosen]).reshape(-1, count)
    efficiency = np.array([plan.efficiency for plan in chosen], dtype=float).reshape(-1, 1)
    points = np.full((len(chosen), longest, 2), np.nan)
    for place, plan in enumerate(chosen):
        points[place, : len(plan.points)] = plan.points
    cost = np.array([plan.water_cost for plan in chosen], dtype=float)
    return {
        "responding": _text(chosen, "field"),
        "response_draw": (("responding", "time"), share / efficiency),
        "response_consumption": (("responding", "time"), share),
        "response_by_area": (("responding", "response_piece"), lines[:, :, 0]),
        "response_by_water": (("responding", "response_piece"), lines[:, :, 1]),
        "response_water_most": ("responding", np.array([HM3_PER_MM_KHA * plan.points[-1, 0] for plan in chosen], dtype=float)),
        "response_worth": ("responding", np.array([_worth(plan, scenario) for plan in chosen], dtype=float)),
        "response_water_cost": ("responding", cost / efficiency[:, 0]),
        "response_water": (("responding", "response_point"), points[:, :, 0]),
        "response_share": (("responding", "response_point"), points[:, :, 1]),
    }


def _demand_variables(
    basin: Basin, scenario: Scenario, plans: Sequence[FieldPlan], most: Floats, variables: dict[str, Any]
) -> dict[str, Any]:
    """Requirement of demands whose crops are planned - historic areas at full supply - and the most their fields can take."""
    demands, (dims, required) = variables["demand"].tolist(), variables["requirement"]
    required, largest, growing = required.copy(), np.zeros_like(required), np.zeros(len(demands), dtype=int)
    fraction, unused = variables["return_fraction"][1].copy(), {row["demand"]: row["unused_return"] for row in basin.rows("field_demands")}
    for name in dict.fromkeys(str(plan.row["demand"]) for plan in plans):
        at = demands.index(name)
        own = [(plan, most[place]) for place, plan in enumerate(plans) if plan.row["demand"] == name]
        factor = scenario.requirement.factor * scenario.requirement.factor_by_demand.get(name, 1.0)
        growing[at] = 1
        required[at] = factor * sum(plan.row["area_kha"] * plan.full_water for plan, _ in own)
        largest[at] = np.maximum(required[at], sum(area * plan.full_water for plan, area in own))
        if not np.isnan(unused[name]):
            fraction[at] = unused[name]
    return {
        "requirement": (dims, required),
        "demand_grows": ("demand", growing),
        "delivery_most": (dims, largest),
        "return_fraction": ("demand", fraction),
    }
