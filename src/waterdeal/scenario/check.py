"""Check a scenario against its basin: names, bounds, dates; all problems at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.basin.records import records_of
from waterdeal.basin.schema import spellings
from waterdeal.calendar import season_span
from waterdeal.errors import Problem, make_problem, what_was_said
from waterdeal.imports.places import Places
from waterdeal.scenario.agriculture import plan_fields
from waterdeal.scenario.by_step import check_rates_by_step
from waterdeal.scenario.environment import Rivers, arriving_shares, curve_of, regime_rates, rivers_of, target_volume
from waterdeal.scenario.field_costs import area_bounds, calibrated, land_variables
from waterdeal.scenario.field_paths import factors
from waterdeal.scenario.field_season import horizon_days
from waterdeal.scenario.groundwater import check_groundwater
from waterdeal.scenario.horizon import limit_years, season_years, step_days
from waterdeal.scenario.lookahead import check_lookahead
from waterdeal.scenario.natural import HANDS_OFF
from waterdeal.scenario.power import check_trade, markets_of
from waterdeal.scenario.reservoirs import check_raised_dams
from waterdeal.scenario.routing import routing_problems
from waterdeal.scenario.salinity import check_salinity
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.field_paths import FieldPlan
    from waterdeal.scenario.parts_schema import LakeTarget
    from waterdeal.scenario.schema import Scenario

#: days of the longest horizon: a crop is planned once
_LONGEST = 366
#: share by which rounding may miss a bound
_ROUNDING = 1e-9


def check_scenario(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Run every rule on a scenario."""
    return [
        *_check_names(basin, scenario, file), *_check_changes(scenario, steps, file), *_check_reservoirs(basin, scenario, steps, file),
        *_check_record(basin, scenario, file),
        *_check_entitlements(basin, scenario, steps, file), *routing_problems(basin, steps), *check_raised_dams(basin, scenario, file),
        *check_environment(basin, scenario, steps, file), *check_agriculture(basin, scenario, steps, file),
        *check_groundwater(basin, scenario, steps, file), *check_salinity(basin, scenario, file),
        *check_lookahead(basin, scenario, steps, file), *check_rates_by_step(basin, scenario, steps, file),
        *check_trade(basin, scenario, file),
    ]  # fmt: skip


def unknown_names(file: str, field: str, names: Iterable[str], known: Iterable[str], basin: Basin | None = None) -> list[Problem]:
    """Report names that the basin does not have; a name for people tells its id."""
    have, found = list(known), say("scenario.not_in_basin")
    strange = [name for name in names if name not in have]
    places = Places(spellings(basin)) if strange and basin is not None else None
    meant = {name: sorted(places.exact(name) & set(have)) if places else [] for name in strange}
    return [Problem(file, None, f"{field}.{name}", found, did_you_mean((meant[name] or [name])[0], have)) for name in strange]


def _twice(file: str, fields: Iterable[tuple[str, Sequence[str]]], key: str) -> Iterator[Problem]:
    """Report names that stand twice among those of a field."""
    for field, names in fields:
        for name in [name for name, count in Counter(names).items() if count > 1]:
            yield make_problem(file, None, field, key, name=name)


def _check_end(file: str, field: str, by: date, steps: Sequence[Step], key: str) -> Iterator[Problem]:
    """Report a day that is not the end of a step."""
    near = min((step.end for step in steps), key=lambda end: abs((end - by).days))
    if near != by:
        yield make_problem(file, None, field, key, by=by, near=near)


def _check_names(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Every name of the scenario is one of the basin's."""
    hydrology, wet = scenario.hydrology, basin.runoff
    named: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
        ("reservoir", scenario.reservoir, basin.ids("reservoirs")),
        ("hydrology.factor_by_node", hydrology.factor_by_node, wet["node"].values.tolist()),
        ("hydrology.change.nodes", [node for change in hydrology.change for node in change.nodes], wet["node"].values.tolist()),
        ("requirement.factor_by_demand", scenario.requirement.factor_by_demand, basin.ids("demands")),
        ("energy.turbine_min", scenario.energy.turbine_min, basin.ids("plants")),
        ("benefit", scenario.benefit, basin.ids("demands")),
        ("operation.ramp", scenario.operation.ramp, basin.ids("links")),
        ("operation.hard", scenario.operation.hard, basin.ids("links")),
        ("deal.parties", scenario.deal.parties, basin.ids("parties")),
        ("power", scenario.power, basin.ids("parties")),
        ("trade.load_factor", scenario.trade.load_factor, basin.ids("power_loads")),
        ("trade.unit_factor", scenario.trade.unit_factor, basin.ids("power_units")),
        ("trade.power_level", scenario.trade.power_level, markets_of(basin, scenario)),
        *(
            (f"hydrology.{key}", [name] if name is not None else [], wet["year_class"].values.tolist())
            for key, name in (("year_class", hydrology.year_class), ("complete_from", hydrology.complete_from))
        ),
    )
    for field, names, known in named:
        yield from unknown_names(file, field, names, known, basin)


def _check_changes(scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Every change of the water holds on a day of the horizon."""
    first, last = steps[0].start, steps[-1].end
    for change in scenario.hydrology.change:
        if (change.start or first) >= last or (change.end or last) <= first:
            told = {"start": change.start or first, "end": change.end or last, "first": first, "last": last}
            yield make_problem(file, None, "hydrology.change", "scenario.change_outside", **told)


def _check_record(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Releases are held to a record only where there is one."""
    if scenario.operation.within_record and not any(row.quantity == "release" for row in records_of(basin)):
        yield make_problem(file, None, "operation.within_record", "scenario.no_release_record")


def _check_reservoirs(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Every reservoir has a start within its bounds and a terminal choice that can be met."""
    kinds = {row["node"]: row["kind"] for row in basin.rows("nodes")}
    for name, dead, full in ((row["reservoir"], row["dead_hm3"], row["full_hm3"]) for row in basin.rows("reservoirs")):
        field, choice = f"reservoir.{name}", scenario.reservoir.get(name)
        if choice is None:
            yield make_problem(file, None, field, "scenario.reservoir_missing")
            continue
        if not dead * (1 - _ROUNDING) <= choice.initial <= full * (1 + _ROUNDING):
            yield make_problem(file, None, f"{field}.initial", "scenario.initial_outside", initial=choice.initial, dead=dead, full=full)
        terminal = choice.terminal
        if terminal is None:
            if kinds[name] == "reservoir":
                yield make_problem(file, None, f"{field}.terminal", "scenario.terminal_missing")
            continue
        if terminal.storage is not None and terminal.storage > full * (1 + _ROUNDING):
            yield make_problem(file, None, f"{field}.terminal.storage", "scenario.terminal_above_full", storage=terminal.storage, full=full)
        if terminal.storage is not None and terminal.storage < dead * (1 - _ROUNDING):
            yield make_problem(file, None, f"{field}.terminal.storage", "scenario.terminal_below_dead", storage=terminal.storage, dead=dead)
        if terminal.by is not None:
            yield from _check_end(file, f"{field}.terminal.by", terminal.by, steps, "scenario.terminal_by")


def _check_entitlements(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Limits and inflows name things that exist, over a season that is in the horizon."""
    promised, limits = scenario.entitlement, {row["limit"]: row for row in basin.rows("limits")}
    yield from unknown_names(file, "entitlement.limits", [entry.limit for entry in promised.limits], limits)
    if promised.cut and not promised.limits:
        yield make_problem(file, None, "entitlement.cut", "scenario.cut_nothing")
    yield from unknown_names(file, "entitlement.inflows.link", [entry.link for entry in promised.inflows], basin.ids("links"))
    yield from unknown_names(file, "entitlement.inflows.party", [entry.party for entry in promised.inflows], basin.ids("parties"))
    ids = sorted([*(entry.limit for entry in promised.limits), *(entry.id for entry in promised.inflows)])
    yield from _twice(file, [("entitlement", ids)], "scenario.entitlement_twice")
    for inflow in promised.inflows:
        if not any((inflow.start or step.start) <= step.start and step.end <= (inflow.end or step.end) for step in steps):
            told = {"id": inflow.id, "start": inflow.start, "end": inflow.end}
            yield make_problem(file, None, "entitlement.inflows", "scenario.inflow_no_step", **told)
    for entry in [entry for entry in promised.limits if entry.limit in limits]:
        limit = limits[entry.limit]
        (years, _), held = limit_years(basin, steps, limit), season_years(basin, steps, limit["season"])
        if not years:
            yield make_problem(file, None, "entitlement.limits", "scenario.limit_other_season", limit=entry.limit, season=limit["season"])
        for year in years if entry.share is None else ():
            season = basin.growing_season if limit["season"] == "growing" else basin.growing_season[::-1]
            first, last = season_span(year, season)
            if first < steps[0].start or last > steps[-1].end:
                days = int(step_days(steps)[held == year].sum())
                yield make_problem(file, None, "entitlement.limits", "scenario.limit_part_season", limit=entry.limit, days=days)


def check_environment(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Check what is asked for nature: names and days of each, and what is special to regimes and targets of lakes."""
    asked, links = scenario.environment, basin.ids("links")
    tables: dict[str, Sequence[Any]] = {f"environment.{name}": getattr(asked, name) for name in type(asked).model_fields}
    before = {"environment.regime": basin.ids("flow_requirements")}
    ids = [(table, [*before.get(table, ()), *(entry.id for entry in entries)]) for table, entries in tables.items()]
    yield from _twice(file, ids, "scenario.environment_twice")
    for table, entries in tables.items():
        yield from unknown_names(file, f"{table}.link", [entry.link for entry in entries if "link" in type(entry).model_fields], links)
    for regime in [regime for regime in asked.regime if regime.link in links]:
        try:
            regime_rates(basin, regime)
        except ValueError as error:
            remedy = say("scenario.regime_values" if regime.rule else "scenario.regime_mean")
            yield Problem(file, None, f"environment.regime.{regime.id}", what_was_said(error), remedy)
    yield from _hands_off_problems(basin, scenario, file)
    first, last = steps[0].start, steps[-1].end
    for table, entry in ((table, entry) for table, entries in tables.items() for entry in entries):
        if "start" in type(entry).model_fields and (entry.start < first or entry.end > last):
            days = {"start": entry.start, "end": entry.end, "first": first, "last": last}
            yield make_problem(file, None, f"{table}.{entry.id}", "scenario.environment_outside", **days)
    for target in asked.lake_target:
        yield from _target_problems(basin, target, steps, file)


def _hands_off_problems(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Report hands-off flows where nobody can say what is natural: not in a river, or where it parts above."""
    firsts, regimes = {row["flow_requirement"]: row for row in reversed(basin.rows("flow_requirements"))}, scenario.environment.regime
    rows = [firsts[name] for name in basin.ids("flow_requirements") if firsts[name]["kind"] == HANDS_OFF]
    asked = [("flow_requirements.csv", row["flow_requirement"], row["link"]) for row in rows]
    asked += [(file, f"environment.regime.{regime.id}", regime.link) for regime in regimes if regime.kind == HANDS_OFF]
    asked = [found for found in asked if found[2] in basin.ids("links")]
    rivers = rivers_of(basin) if asked else Rivers({}, {}, ())
    for place, field, link in asked:
        try:
            arriving_shares(rivers, link)
        except ValueError as error:
            yield Problem(place, None, field, what_was_said(error), say("scenario.hands_off"))


def _target_problems(basin: Basin, target: LakeTarget, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Report a target for what is not a lake, off the steps, off its curve, or above its dam."""
    kinds, lake = basin.table("nodes").set_index("node")["kind"], target.lake
    if kinds.get(lake) == "reservoir":
        yield make_problem(file, None, f"environment.lake_target.lake.{lake}", "scenario.target_of_reservoir", lake=lake)
        return
    lakes = [name for name in basin.ids("reservoirs") if kinds[name] == "lake"]
    if lake not in lakes:
        yield from unknown_names(file, "environment.lake_target.lake", [lake], lakes)
        return
    field = f"environment.lake_target.{target.id}"
    yield from _check_end(file, field, target.by, steps, "scenario.target_by")
    levels = curve_of(basin, lake)[0].tolist()
    if target.level is not None and not (levels and levels[0] <= target.level <= levels[-1]):
        known = say("scenario.levels_known", low=levels[0], high=levels[-1]) if levels else say("scenario.levels_none")
        yield make_problem(file, None, f"{field}.level", "scenario.target_off_curve", level=target.level, lake=lake, known=known)
        return
    volume, full = target_volume(basin, target), float(basin.table("reservoirs").set_index("reservoir")["full_hm3"][lake])
    if volume > full:
        yield make_problem(file, None, field, "scenario.target_above_full", volume=volume, full=full, lake=lake)


def check_agriculture(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Check the crops of a scenario."""
    asked = scenario.agriculture
    problems = unknown_names(file, "agriculture.response_by_crop", asked.response_by_crop, basin.ids("crops"))
    problems += unknown_names(file, "agriculture.price_factor", asked.price_factor, basin.ids("crops"))
    if not asked.on:
        return problems
    days = horizon_days(steps)
    if basin.table("fields").empty:
        return [*problems, make_problem(file, None, "agriculture.on", "scenario.no_fields")]
    if days > _LONGEST:
        return [*problems, make_problem(file, None, "period", "scenario.agriculture_days", days=days)]
    problems += _factor_problems(basin, scenario, file)
    if problems:
        return problems
    try:
        plans = plan_fields(basin, scenario, steps)
        calibrated(plans, asked)
    except ValueError as error:
        return [Problem(file, None, "agriculture", what_was_said(error), say("scenario.agriculture_tables"))]
    return list(_area_problems(basin, scenario, plans, file))


def _factor_problems(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Crops that are grown have the factors of their response, and the elasticities of a calibration."""
    asked, fields, crops = scenario.agriculture, basin.table("fields"), basin.table("crops").set_index("crop").to_dict("index")
    for name in [crop for crop in fields["crop"].unique() if crop not in basin.ids("responses")]:
        form, row = asked.response_by_crop.get(name, asked.response), crops[name]
        column = {"jensen": "jensen_initial", "seasonal": "ky_total"}.get(form, "ky_initial")
        given = row["ky_total"] if form == "seasonal" else factors(row, "jensen" if form == "jensen" else "ky")
        if np.isnan(given).any():
            yield make_problem(file, None, "agriculture.response", "scenario.crop_factor", name=name, column=column, form=form)
    blank = fields.loc[fields["supply_elasticity"].isna() & (fields["area_kha"] > 0), "field"].tolist()
    if asked.calibration == "elasticity" and blank:
        yield make_problem(file, None, "agriculture.calibration", "scenario.field_elasticity", names=", ".join(blank[:5]))


def _area_problems(basin: Basin, scenario: Scenario, plans: Sequence[FieldPlan], file: str) -> Iterator[Problem]:
    """Least areas fit on the land, and the food that parties need can be grown."""
    least, most = area_bounds(plans, scenario.agriculture)
    land = land_variables(plans)
    for name, area, counts in zip(land["land_row"], land["land_area"][1], land["land_counts"][1], strict=True):
        if float(counts @ least) > area * (1.0 + _ROUNDING):
            yield make_problem(file, None, "agriculture.flexibility", "scenario.land_short", name=name, least=counts @ least, area=area)
    owner = basin.table("demands").set_index("demand")["party"]
    for name, party, crop, needed in basin.table("food_needs").itertuples(index=False, name=None):
        whose = [owner[plan.row["demand"]] == party and plan.row["crop"] == crop for plan in plans]
        grown = sum(area * plan.full_yield for area, plan, own in zip(most, plans, whose, strict=True) if own) * 1000.0
        if grown < needed * (1.0 - _ROUNDING):
            told = {"name": name, "party": party, "grown": grown, "crop": crop, "needed": needed}
            yield make_problem(file, None, "agriculture", "scenario.food_short", **told)
