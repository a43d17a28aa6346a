"""Check what a scenario asks of fields against its basin: tables, factors, a horizon of a year, areas that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Problem
from waterdeal.scenario.agriculture import plan_fields
from waterdeal.scenario.field_costs import calibrated
from waterdeal.scenario.field_paths import factors
from waterdeal.scenario.field_rules import area_bounds, land_variables
from waterdeal.scenario.field_season import horizon_days
from waterdeal.scenario.names import unknown_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.field_paths import FieldPlan
    from waterdeal.scenario.schema import Scenario

#: days of the longest horizon: a crop is planned once
_LONGEST = 366
#: area or output by which rounding may miss a bound
_ROUNDING = 1e-9


def check_agriculture(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Check the crops of a scenario.

    Parameters
    ----------
    basin : Basin
        The basin.
    scenario : Scenario
        The scenario.
    steps : sequence of Step
        Its horizon.
    file : str
        Name of its file, for messages.

    Returns
    -------
    list of Problem
        All problems; none where no crops are planned.
    """
    asked = scenario.agriculture
    problems = unknown_names(file, "agriculture.response_by_crop", asked.response_by_crop, basin.ids("crops"))
    problems += unknown_names(file, "agriculture.price_factor", asked.price_factor, basin.ids("crops"))
    if not asked.on:
        return problems
    if basin.table("fields").empty:
        return [
            *problems,
            Problem(file, None, "agriculture.on", "the basin has no fields.csv", "Add the table, or switch agriculture off."),
        ]
    if horizon_days(steps) > _LONGEST:
        found = f"the horizon has {horizon_days(steps)} days"
        return [
            *problems,
            Problem(file, None, "period", found, "With agriculture on it must be a year at most: each crop is planned once."),
        ]
    problems += _factor_problems(basin, scenario, file)
    if problems:
        return problems
    try:
        plans = plan_fields(basin, scenario, steps)
        calibrated(plans, asked)
    except ValueError as error:
        return [Problem(file, None, "agriculture", str(error), "Mend the tables of the basin, or choose another calibration.")]
    return _area_problems(basin, scenario, plans, file)


def _factor_problems(basin: Basin, scenario: Scenario, file: str) -> list[Problem]:
    """Crops that are grown have the factors of their response, and the elasticities of a calibration."""
    asked, problems = scenario.agriculture, []
    crops = {row["crop"]: row for row in basin.table("crops").to_dict("records")}
    for name in [crop for crop in basin.table("fields")["crop"].unique() if crop not in set(basin.table("responses")["crop"])]:
        form, row = asked.response_by_crop.get(name, asked.response), crops[name]
        column = {"jensen": "jensen_initial", "seasonal": "ky_total"}.get(form, "ky_initial")
        given = row["ky_total"] if form == "seasonal" else factors(row, "jensen" if form == "jensen" else "ky")
        if np.isnan(given).any():
            found = f"{name} has no {column} in crops.csv, which the response {form} needs"
            problems.append(Problem(file, None, "agriculture.response", found, "Fill it in, or choose another in response_by_crop."))
    if asked.calibration == "elasticity":
        fields = basin.table("fields")
        blank = fields.loc[fields["supply_elasticity"].isna() & (fields["area_kha"] > 0), "field"].tolist()
        if blank:
            found = f"{', '.join(blank[:5])} have no supply_elasticity in fields.csv"
            problems.append(Problem(file, None, "agriculture.calibration", found, "Fill it in, or choose pmp or none."))
    return problems


def _area_problems(basin: Basin, scenario: Scenario, plans: Sequence[FieldPlan], file: str) -> list[Problem]:
    """Least areas fit on the land, and the food that parties need can be grown."""
    least, most = area_bounds(plans, scenario.agriculture)
    land, problems = land_variables(plans), []
    for name, area, counts in zip(land["land_row"], land["land_area"][1], land["land_counts"][1], strict=True):
        if float(counts @ least) > area * (1.0 + _ROUNDING):
            found = f"{name}: the least areas of fields that stand together are {counts @ least:g} kha, the land {area:g}"
            problems.append(Problem(file, None, "agriculture.flexibility", found, "Raise it, or land_kha; or lower areas in fields.csv."))
    owner = basin.table("demands").set_index("demand")["party"]
    for row in basin.table("food_needs").to_dict("records"):
        grown = [
            most[place] * plan.full_yield
            for place, plan in enumerate(plans)
            if owner[plan.row["demand"]] == row["party"] and plan.row["crop"] == row["crop"]
        ]
        if sum(grown) < float(row["tonnes"]) / 1000.0 * (1.0 - _ROUNDING):
            found = f"{row['food_need']}: {row['party']} can grow {sum(grown) * 1000.0:g} t of {row['crop']} at most, not {row['tonnes']:g}"
            problems.append(Problem(file, None, "agriculture", found, "Allow more area, or need less (food_needs.csv)."))
    return problems
