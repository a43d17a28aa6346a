"""Check a scenario against its basin: names, bounds, dates; all problems at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.calendar import is_growing
from waterdeal.errors import Problem, make_problem
from waterdeal.scenario.agriculture import plan_fields
from waterdeal.scenario.environment import curve_of, regime_rates, target_volume
from waterdeal.scenario.field_costs import area_bounds, calibrated, land_variables
from waterdeal.scenario.field_paths import factors
from waterdeal.scenario.field_season import horizon_days
from waterdeal.scenario.groundwater import check_groundwater
from waterdeal.scenario.reservoirs import check_raised_dams
from waterdeal.scenario.routing import routing_problems
from waterdeal.scenario.salinity import check_salinity
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.field_paths import FieldPlan
    from waterdeal.scenario.parts_schema import LakeTarget, Pulse, Regime
    from waterdeal.scenario.schema import Scenario, Terminal


def check_environment(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Check regimes, pulses and targets of lakes."""
    asked = scenario.environment
    problems = _check_ids(basin, scenario, file)
    links = basin.ids("links")
    for table, entries in (("regime", asked.regime), ("pulse", asked.pulse)):
        problems += unknown_names(file, f"environment.{table}.link", [entry.link for entry in entries], links)
    for regime in asked.regime:
        if regime.link in links:
            problems += _regime_problems(basin, regime, file)
    for pulse in asked.pulse:
        problems += _pulse_problems(pulse, steps, file)
    for target in asked.lake_target:
        problems += _target_problems(basin, target, steps, file)
    return problems


def _check_ids(basin: Basin, scenario: Scenario, file: str) -> list[Problem]:
    """No two entries have the same name."""
    asked = scenario.environment
    groups = {
        "regime": [*basin.ids("flow_requirements"), *(entry.id for entry in asked.regime)],
        "pulse": [entry.id for entry in asked.pulse],
        "lake_target": [entry.id for entry in asked.lake_target],
    }
    return [
        Problem(file, None, f"environment.{table}", f'"{name}" stands twice', say("scenario.keep_one_rename_basin"))
        for table, ids in groups.items()
        for name, count in Counter(ids).items()
        if count > 1
    ]


def _regime_problems(basin: Basin, regime: Regime, file: str) -> list[Problem]:
    """Report a regime whose flows cannot be made."""
    try:
        regime_rates(basin, regime)
    except ValueError as error:
        remedy = say("scenario.check_values_m3s_rule") if regime.rule else say("scenario.give_mean_m3s_twelve")
        return [Problem(file, None, f"environment.regime.{regime.id}", str(error), remedy)]
    return []


def _pulse_problems(pulse: Pulse, steps: Sequence[Step], file: str) -> list[Problem]:
    """Report a pulse that is not wholly within the horizon."""
    first, last = steps[0].start, steps[-1].end
    if first <= pulse.start and pulse.end <= last:
        return []
    found = say("scenario.runs_from_outside_horizon", start=pulse.start, end=pulse.end, first=first, last=last)
    remedy = say("scenario.volume_all_days_move")
    return [Problem(file, None, f"environment.pulse.{pulse.id}", found, remedy)]


def _target_problems(basin: Basin, target: LakeTarget, steps: Sequence[Step], file: str) -> list[Problem]:
    """Report a target for what is not a lake, off the steps, off its curve, or above its dam."""
    kinds = dict(zip(basin.table("nodes")["node"], basin.table("nodes")["kind"], strict=True))
    lakes = [name for name in basin.ids("reservoirs") if kinds.get(name) == "lake"]
    if target.lake not in lakes:
        if kinds.get(target.lake) == "reservoir":
            found, remedy = "is a reservoir, not a lake", say("scenario.use_reservoir_terminal_claus", lake=target.lake)
            return [Problem(file, None, f"environment.lake_target.lake.{target.lake}", found, remedy)]
        return unknown_names(file, "environment.lake_target.lake", [target.lake], lakes)
    field = f"environment.lake_target.{target.id}"
    problems = []
    ends = [step.end for step in steps]
    if target.by not in ends:
        near = min(ends, key=lambda end: abs((end - target.by).days))
        problems.append(Problem(file, None, field, say("scenario.not_end_step_horizon", by=target.by), f"Nearest: {near}."))
    levels, _ = curve_of(basin, target.lake)
    if target.level is not None and not (len(levels) and levels[0] <= target.level <= levels[-1]):
        known = f"{levels[0]:g} to {levels[-1]:g} m" if len(levels) else "no level"
        found = say("scenario.level_m_outside_curve", level=target.level, lake=target.lake, known=known)
        problems.append(Problem(file, None, f"{field}.level", found, say("scenario.extend_curves_csv_give")))
        return problems
    bodies = basin.table("reservoirs").set_index("reservoir")
    volume, full = target_volume(basin, target), float(bodies["full_hm3"][target.lake])
    if volume > full:
        found = say("scenario.hm3_above_full_storage", volume=volume, full=full)
        problems.append(Problem(file, None, field, found, say("scenario.ask_less_raise_dam", lake=target.lake)))
    return problems


#: days of the longest horizon: a crop is planned once
_LONGEST = 366
#: area or output by which rounding may miss a bound
_ROUNDING = 1e-9


def check_agriculture(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Check the crops of a scenario."""
    asked = scenario.agriculture
    problems = unknown_names(file, "agriculture.response_by_crop", asked.response_by_crop, basin.ids("crops"))
    problems += unknown_names(file, "agriculture.price_factor", asked.price_factor, basin.ids("crops"))
    if not asked.on:
        return problems
    if basin.table("fields").empty:
        return [
            *problems,
            make_problem(file, None, "agriculture.on", "scenario.basin_no_fields_csv"),
        ]
    if horizon_days(steps) > _LONGEST:
        found = say("scenario.horizon_days", horizon_days=horizon_days(steps))
        return [
            *problems,
            Problem(file, None, "period", found, say("scenario.agriculture_must_year_at")),
        ]
    problems += _factor_problems(basin, scenario, file)
    if problems:
        return problems
    try:
        plans = plan_fields(basin, scenario, steps)
        calibrated(plans, asked)
    except ValueError as error:
        return [Problem(file, None, "agriculture", str(error), say("scenario.mend_tables_basin_choose"))]
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
            found = say("scenario.no_crops_csv_which", name=name, column=column, form=form)
            problems.append(Problem(file, None, "agriculture.response", found, say("scenario.fill_choose_another_response")))
    if asked.calibration == "elasticity":
        fields = basin.table("fields")
        blank = fields.loc[fields["supply_elasticity"].isna() & (fields["area_kha"] > 0), "field"].tolist()
        if blank:
            found = say("scenario.have_no_supply_elasticity", value=", ".join(blank[:5]))
            problems.append(Problem(file, None, "agriculture.calibration", found, say("scenario.fill_choose_pmp_none")))
    return problems


def _area_problems(basin: Basin, scenario: Scenario, plans: Sequence[FieldPlan], file: str) -> list[Problem]:
    """Least areas fit on the land, and the food that parties need can be grown."""
    least, most = area_bounds(plans, scenario.agriculture)
    land, problems = land_variables(plans), []
    for name, area, counts in zip(land["land_row"], land["land_area"][1], land["land_counts"][1], strict=True):
        if float(counts @ least) > area * (1.0 + _ROUNDING):
            found = say("scenario.least_areas_fields_stand", name=name, value=counts @ least, area=area)
            problems.append(Problem(file, None, "agriculture.flexibility", found, say("scenario.raise_land_kha_lower")))
    owner = basin.table("demands").set_index("demand")["party"]
    for row in basin.table("food_needs").to_dict("records"):
        grown = [
            most[place] * plan.full_yield
            for place, plan in enumerate(plans)
            if owner[plan.row["demand"]] == row["party"] and plan.row["crop"] == row["crop"]
        ]
        if sum(grown) < float(row["tonnes"]) / 1000.0 * (1.0 - _ROUNDING):
            found = say(
                "scenario.can_grow_t_at",
                row=row["food_need"],
                row_2=row["party"],
                value=sum(grown) * 1000.0,
                row_3=row["crop"],
                row_4=row["tonnes"],
            )
            problems.append(Problem(file, None, "agriculture", found, say("scenario.allow_more_area_need")))
    return problems


def unknown_names(file: str, field: str, names: Iterable[str], known: Iterable[str]) -> list[Problem]:
    """Report names that the basin does not have."""
    have = list(known)
    return [
        Problem(file, None, f"{field}.{name}", say("scenario.not_basin"), did_you_mean(name, have)) for name in names if name not in have
    ]


def check_scenario(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Run every rule on a scenario."""
    return [
        *_check_names(basin, scenario, file),
        *_check_reservoirs(basin, scenario, steps, file),
        *_check_entitlements(basin, scenario, steps, file),
        *routing_problems(basin, steps),
        *check_raised_dams(basin, scenario, file),
        *check_environment(basin, scenario, steps, file),
        *check_agriculture(basin, scenario, steps, file),
        *check_groundwater(basin, scenario, steps, file),
        *check_salinity(basin, scenario, file),
    ]


def _check_names(basin: Basin, scenario: Scenario, file: str) -> list[Problem]:
    """Every name of the scenario is one of the basin's."""
    hydrology = scenario.hydrology
    problems = unknown_names(file, "reservoir", scenario.reservoir, basin.ids("reservoirs"))
    problems += unknown_names(file, "hydrology.factor_by_node", hydrology.factor_by_node, basin.runoff["node"].values.tolist())
    problems += unknown_names(file, "requirement.factor_by_demand", scenario.requirement.factor_by_demand, basin.ids("demands"))
    problems += unknown_names(file, "energy.turbine_min", scenario.energy.turbine_min, basin.ids("plants"))
    problems += unknown_names(file, "benefit", scenario.benefit, basin.ids("demands"))
    problems += unknown_names(file, "power", scenario.power, basin.ids("parties"))
    if hydrology.year_class is not None:
        problems += unknown_names(file, "hydrology.year_class", [hydrology.year_class], basin.runoff["year_class"].values.tolist())
    return problems


def _check_reservoirs(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Every reservoir has a start within its bounds and a terminal choice that can be met."""
    kinds = basin.table("nodes").set_index("node")["kind"]
    problems = []
    for name, dead, full in basin.table("reservoirs")[["reservoir", "dead_hm3", "full_hm3"]].itertuples(index=False, name=None):
        field = f"reservoir.{name}"
        choice = scenario.reservoir.get(name)
        if choice is None:
            problems.append(Problem(file, None, field, "is missing", say("scenario.give_initial_storage_termina")))
            continue
        if not dead <= choice.initial <= full:
            found = say("scenario.initial_storage_hm3_outside", initial=choice.initial, dead=dead, full=full)
            problems.append(Problem(file, None, f"{field}.initial", found, say("scenario.unit_right_bare_numbers")))
        if choice.terminal is not None:
            problems += _terminal_problems(choice.terminal, full, steps, file, f"{field}.terminal")
        elif kinds[name] == "reservoir":
            remedy = say("scenario.choose_at_least_as")
            problems.append(Problem(file, None, f"{field}.terminal", "is missing", remedy))
    return problems


def _terminal_problems(terminal: Terminal, full: float, steps: Sequence[Step], file: str, field: str) -> list[Problem]:
    """Report a terminal choice that no plan could meet."""
    problems = []
    if terminal.storage is not None and terminal.storage > full:
        found = say("scenario.hm3_above_full_storage_2", storage=terminal.storage, full=full)
        problems.append(Problem(file, None, f"{field}.storage", found, say("scenario.ask_less")))
    if terminal.by is not None and terminal.by not in {step.end for step in steps}:
        near = min((step.end for step in steps), key=lambda end: abs((end - terminal.by).days if terminal.by else 0))
        problems.append(Problem(file, None, f"{field}.by", say("scenario.not_end_step", by=terminal.by), f"Nearest: {near}."))
    return problems


def _check_entitlements(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Limits and inflows name things that exist, over a season that is in the horizon."""
    promised = scenario.entitlement
    limits = basin.table("limits").set_index("limit")
    problems = unknown_names(file, "entitlement.limits", [entry.limit for entry in promised.limits], limits.index)
    problems += unknown_names(file, "entitlement.inflows.link", [entry.link for entry in promised.inflows], basin.ids("links"))
    problems += unknown_names(file, "entitlement.inflows.party", [entry.party for entry in promised.inflows], basin.ids("parties"))
    ids = [entry.limit for entry in promised.limits] + [entry.id for entry in promised.inflows]
    problems += [
        Problem(file, None, "entitlement", f'"{name}" stands twice', "Keep one.") for name in sorted({i for i in ids if ids.count(i) > 1})
    ]
    for promise in promised.inflows:
        if not any((promise.start or step.start) <= step.start and step.end <= (promise.end or step.end) for step in steps):
            found = say("scenario.runs_from_no_step", id=promise.id, start=promise.start, end=promise.end)
            problems.append(Problem(file, None, "entitlement.inflows", found, say("scenario.check_dates_ends_exclusive")))
    growing = np.array([is_growing(step, basin.growing_season) for step in steps])
    for entry in promised.limits:
        if entry.limit not in limits.index:
            continue
        season = str(limits["season"][entry.limit])
        days = sum(step.days for step, inside in zip(steps, growing == (season == "growing"), strict=True) if inside)
        if days == 0:
            found = say("scenario.season_which_not_horizon", limit=entry.limit, season=season)
            problems.append(Problem(file, None, "entitlement.limits", found, say("scenario.name_limit_season_planned")))
        elif days < 182 and entry.share is None:
            found = say("scenario.whole_season_which_horizon", limit=entry.limit, days=days)
            problems.append(Problem(file, None, "entitlement.limits", found, say("scenario.say_by_share_how")))
    return problems
