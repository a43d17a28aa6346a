"""The seam: a basin and a scenario become one dataset, all volumes in hm3 per step. Right of here nobody knows files or units."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.check import check_clauses
from waterdeal.agreement.food import with_food_exchanged
from waterdeal.agreement.forms import clause_rows
from waterdeal.agreement.inputs import clause_variables, clauses_text
from waterdeal.agreement.river import River
from waterdeal.basin.claims import told_held
from waterdeal.basin.origins import origins_text
from waterdeal.basin.provenance import DRAWN, find_origins
from waterdeal.basin.records import main_stem, records_of
from waterdeal.basin.schema import spellings
from waterdeal.basin.tables import STATUSES
from waterdeal.errors import AgreementError, Problem, ScenarioError, make_problem, what_was_said
from waterdeal.scenario.age import lent_limits
from waterdeal.scenario.agriculture import agriculture_part
from waterdeal.scenario.benefit import benefit_part
from waterdeal.scenario.by_step import with_rates
from waterdeal.scenario.check import check_scenario
from waterdeal.scenario.dated import dated_requirements
from waterdeal.scenario.environment import natural_shares
from waterdeal.scenario.facts import disputed, told_whose
from waterdeal.scenario.field_season import told_methods
from waterdeal.scenario.horizon import horizon_steps, step_coords, water_year_of
from waterdeal.scenario.lookahead import lookahead_part, told_lookahead
from waterdeal.scenario.memory import Memory
from waterdeal.scenario.operation import give_part, ramp_part, record_part
from waterdeal.scenario.parts import PARTS, class_volumes, column_part, period_factors, requirement_factors, runoff_factors
from waterdeal.scenario.power import agreed_trade
from waterdeal.scenario.reservoirs import with_raised_dams
from waterdeal.scenario.salinity import check_salt_of_runoff
from waterdeal.unlabelled import plain_variable, put_together
from waterdeal.variables import DEAL, WATER_YEAR, attributes, having, labels_among, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Objective, Scenario


def make_inputs(
    basin: Basin, scenario: Scenario, file: str = "scenario", series: xr.DataArray | None = None,
    clauses: Sequence[Clause] = (), memory: Memory | None = None,
) -> xr.Dataset:  # fmt: skip
    """Make the inputs of the model."""
    try:
        steps = horizon_steps(scenario.period)
    except ValueError as error:
        problem = Problem(file, None, "period", what_was_said(error), say("scenario.period_borders"))
        raise ScenarioError(file, [problem]) from error
    memory = memory or Memory()
    basin = memory.basin(basin, with_raised_dams(basin, scenario))
    if problems := check_scenario(basin, scenario, steps, file):
        raise ScenarioError(file, problems)
    variables = _variables(basin, scenario, steps, series, file, memory)
    coords: dict[str, Any] = dict(step_coords(basin, steps))
    variables = {name: coords.pop(name) for name in ("step", "step_length", "month", "growing")} | variables
    coords |= {name: variables.pop(name) for name in labels_among(variables)}
    attrs = {
        "basin": basin.id,
        "year_class": scenario.hydrology.year_class or "",
        "physics": scenario.physics.model_dump_json(),
        **_told_objective(scenario.objective),
        "evapotranspiration": json.dumps(told_methods(basin, scenario.agriculture)),
        "salinity": scenario.salinity.model_dump_json(),
        "growing_season": json.dumps(basin.growing_season),
        **told_lookahead(basin, scenario, steps),
        **_told_unusual(basin, scenario),
    }
    in_force = with_food_exchanged([clause for clause in clauses if clause.in_force])
    fresh = memory.clauses(in_force, variables | coords, attrs)
    found = _clause_variables(in_force, fresh, memory, file, basin, priced=scenario.breach == "priced")
    if found["row_bound"][1].size:  # no clause is kept by water over a dam, unless a flood brings it there
        dims, most = variables["release_excess_max"]
        variables["release_excess_max"] = (dims, np.zeros_like(most))
    variables |= agreed_trade(variables | coords | found, in_force, attrs)
    labels, indexes = memory.coordinates(coords | {name: found.pop(name) for name in labels_among(found)})
    described = _described(variables | found)
    inputs = put_together(described | labels, set(labels), attrs | {"clauses": clauses_text(in_force)}, dict(indexes))
    _check_finite(inputs, file)
    inputs.variables["step"].attrs["end"] = steps[-1].end.isoformat()
    origins = _own_origins(memory.part(_basin_origins, basin, scenario), scenario, memory)
    statuses, text = memory.part(_told_origins, basin, scenario, origins)
    for name in [name for name in statuses if inputs.variables[name].dtype.kind == "f" and inputs.variables[name].size]:
        inputs.variables[name].attrs["status"] = statuses[name]
    inputs.attrs |= {"scenario": scenario.scenario.id, "provenance": text, "records": memory.part(_records, basin, scenario)}
    inputs.attrs |= {"crossings": json.dumps(told)} if (told := basin.rows("crossings")) else {}
    inputs.attrs |= told_whose(basin) | told_held(basin.layers)
    if series is not None:
        inputs.attrs |= {"series": str(scenario.hydrology.series), "series_sha256": series.attrs.get("sha256", "")}
    return inputs


def _told_unusual(basin: Basin, scenario: Scenario) -> dict[str, str]:
    """Tell limits of another year, between whom the deal is, and another start of the water year, where there are such."""
    told: dict[str, Any] = {"limits_lent": lent_limits(basin, scenario), DEAL: scenario.deal.parties}
    told |= {} if basin.water_year_start == (10, 1) else {WATER_YEAR: basin.water_year_start}
    return {name: json.dumps(value) for name, value in told.items() if value}


def _told_objective(objective: Objective) -> dict[str, Any]:
    """Tell by what rule users of equal standing share, and which level may use the tolerance of promises."""
    return {
        "sharing": objective.sharing or "least_shortage",
        "sharing_chosen": int(objective.sharing is not None),
        "sharing_weights": " : ".join(f"{weight:g}" for weight in objective.shortage.weight),
        "give_to": objective.give_to,
        "evenness_give": objective.evenness_give,
        **({"least_supply": objective.least_supply} if objective.least_supply else {}),
    }


def _variables(
    basin: Basin, scenario: Scenario, steps: Sequence[Step], series: xr.DataArray | None, file: str, memory: Memory
) -> dict[str, Any]:
    """Make all variables but those of clauses and steps, as (dims, array), labels bare."""
    variables: dict[str, Any] = {}
    for part in PARTS:
        variables |= memory.part(part, basin, scenario, steps)
    if memory.requirements is not None:
        names = basin.ids("demands")
        dims, asked = variables["requirement"]
        factors = requirement_factors(scenario, names)
        variables["requirement"] = (dims, dated_requirements(memory.requirements, names, steps, asked, factors))
    if scenario.requirement.rate_by_step:
        dims, asked = variables["requirement"]
        variables["requirement"] = (dims, with_rates(asked, scenario.requirement.rate_by_step, basin.ids("demands"), steps))
    variables |= column_part(basin, steps, variables)
    variables |= memory.part(lookahead_part, basin, scenario, steps)
    variables |= agriculture_part(basin, scenario, steps, variables)
    variables |= benefit_part(scenario, variables, water_year_of(basin, steps))
    variables |= ramp_part(basin, scenario, steps, variables)
    variables |= memory.part(record_part, basin, scenario, steps)
    variables |= give_part(scenario, steps, variables)
    if series is not None:
        from waterdeal.scenario.series import series_volumes

        nodes = basin.ids("nodes")
        factors = runoff_factors(scenario, nodes) * period_factors(scenario, nodes, steps)
        fill = class_volumes(basin, scenario.hydrology.complete_from, steps)
        variables["runoff"] = (("node", "time"), series_volumes(basin, series, steps, file, fill) * factors)
    runoff = with_rates(variables["runoff"][1], scenario.hydrology.rate_by_step, basin.ids("nodes"), steps)
    variables["runoff"] = (("node", "time"), runoff)
    if unsalted := list(check_salt_of_runoff(basin, scenario, runoff)):
        raise ScenarioError(file, unsalted)
    shares = memory.part(natural_shares, basin, scenario, variables["flow_requirement_link"][1].tolist())
    natural = np.array([row @ runoff for row in shares]).reshape(len(shares), len(steps))
    return {**variables, "flow_natural": (("flow_requirement", "time"), natural)}


def _clause_variables(
    clauses: Sequence[Clause], unread: Sequence[Any], memory: Memory, file: str, basin: Basin, *, priced: bool
) -> dict[str, Any]:
    """Make the variables of clauses in force; where breaches are priced, negotiable ones may concede without limit."""
    fresh: list[Any] = [(clause, watched, River(watched)) for clause, watched in unread]
    if any(check_clauses([clause], river, file) for clause, _, river in fresh):
        called = spellings(basin)
        told = [problem for clause, watched, _ in fresh for problem in check_clauses([clause], River(watched, called), file)]
        raise AgreementError(file, told)
    memory.rows |= {clause.id: (clause, clause_rows(clause, river), watched.read) for clause, watched, river in fresh}
    found = clause_variables([(clause, memory.rows[clause.id][1]) for clause in clauses])
    if priced:
        dims, most = found["clause_conceded_max"]
        found["clause_conceded_max"] = (dims, np.where(found["clause_negotiable"][1] == 1, np.inf, most))
    return found


def _described(variables: Mapping[str, Any]) -> dict[Any, xr.Variable]:
    """Make variables, given as (dims, array), each with the attributes of the vocabulary."""
    made: dict[Any, xr.Variable] = {}
    for name, (dims, array) in variables.items():
        named = (dims,) if isinstance(dims, str) else tuple(dims)
        made[name] = plain_variable(named, np.asarray(array), attributes(name, named))
    return made


def _check_finite(dataset: xr.Dataset, file: str) -> None:
    """Refuse any input that is not a number where one is needed."""
    needed = [(str(name), array) for name, array in dataset.variables.items() if name not in having("blank") and array.dtype.kind == "f"]
    if bad := [name for name, array in needed if not np.isfinite(array.values).all()]:
        raise ScenarioError(file, [make_problem(file, None, name, "scenario.input_gap") for name in bad])


def _basin_origins(basin: Basin, scenario: Scenario) -> list[dict[str, str]]:
    """List the origin of every figure of the basin that a plan may read, of trade only where it is on."""
    apart = set(disputed(basin))
    return [
        {"figure": figure, "status": origin.status, "source": origin.source, "note": origin.told(disputed=figure in apart)}
        for figure, origin in ((".".join(place), origin) for place, origin in find_origins(basin).items() if place[2] not in DRAWN)
        if origin is not None and (scenario.trade.on or not figure.startswith("power_"))
    ]


def _own_origins(rows: list[dict[str, str]], scenario: Scenario, memory: Memory) -> list[dict[str, str]]:
    """Origins of the figures of a basin where series and rates of the scenario stand for some of them."""
    notes: dict[str, str] = {}
    if scenario.hydrology.series is not None:
        notes["hydrology."] = say("origin.own_series", series=scenario.hydrology.series)
    for name in [] if memory.requirements is None else memory.requirements["demand"].unique().tolist():
        notes[f"requirements.{name}."] = say("origin.own_series", series=scenario.requirement.series)
    for table, rates in (("hydrology", scenario.hydrology.rate_by_step), ("requirements", scenario.requirement.rate_by_step)):
        notes |= {f"{table}.{name}.": say("origin.own_rates") for name in rates}
    notes |= {f"curves.{name}.": say("origin.own_curve") for name, choice in scenario.reservoir.items() if choice.curve}
    for figures, note in notes.items():
        own = {"status": "assumed", "source": "scenario", "note": note}
        rows = [{**row, **own} if row["figure"].startswith(figures) else row for row in rows]
    return rows


def _records(basin: Basin, _scenario: Scenario) -> str:
    """What was ever recorded, and the links of the main stem, as JSON."""
    return json.dumps({"main": main_stem(basin), "rows": records_of(basin)}, separators=(",", ":"))


def _origins(basin: Basin, scenario: Scenario, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """List the origin of every figure of the basin, and of the storages and the worth of energy that the scenario gives."""
    rows = [*rows, *(_stated(f"{name}.initial", choice.source) for name, choice in scenario.reservoir.items())]
    rows += [_stated(f"{name}.full", choice.source) for name, choice in scenario.reservoir.items() if choice.full is not None]
    rows += [
        {"figure": f"climates.{name}.evapotranspiration", "status": "computed", "source": "scenario", "note": method}
        for name, method in told_methods(basin, scenario.agriculture).items()
        if method != "given"
    ]
    for name, entries in scenario.environment:
        rows += [_stated(f"{entry.id}.{'flow_m3s' if name == 'regime' else 'volume_hm3'}", entry.source) for entry in entries]
    return [*rows, {"figure": "scenario.energy.value", "status": "assumed", "source": "scenario", "note": say("origin.energy_value")}]


def _stated(figure: str, source: str) -> dict[str, str]:
    """Origin of a figure of the scenario; its source may begin with its status."""
    word, note = source.partition(":")[0].strip(), source or say("origin.no_source")
    return {"figure": f"scenario.{figure}", "status": word if word in STATUSES else "assumed", "source": "scenario", "note": note}


def _told_origins(basin: Basin, scenario: Scenario, rows: list[dict[str, str]]) -> tuple[dict[str, str], str]:
    """Tell of inputs how many of their figures are read, computed and assumed; and the origin of every figure, as text."""
    origins = _origins(basin, scenario, rows)
    found = Counter((row["figure"].partition(".")[0], row["figure"].rpartition(".")[2], row["status"]) for row in origins)
    told = {}
    for name, quantity in vocabulary().items():
        if quantity.source:
            table, _, field = quantity.source.partition(".")
            counts = [f"{found[table, field, status]} {status}" for status in STATUSES if found[table, field, status]]
            told[name] = ", ".join(counts) or "no figure"
    return told, origins_text(origins)
