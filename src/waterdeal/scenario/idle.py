"""Settings that change nothing as things stand: what they act through is switched off, not in the basin, or no level of the objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import Problem
from waterdeal.scenario.environment import PROMISED
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr
    from pydantic import BaseModel

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario

#: tables of a scenario that act only while their key `on` is true
_SWITCHED = ("agriculture", "groundwater", "salinity")
#: rules of the end of a reservoir that have a day of their own
_DATED = {"at_least", "as_start"}

Idle = tuple[str, str]


def idle_settings(basin: Basin, scenario: Scenario, inputs: xr.Dataset, file: str) -> list[Problem]:
    """Find settings that somebody wrote and that no plan would show, and what no level keeps water for."""
    found = [*_switched_off(scenario), *_of_levels(scenario, inputs), *_of_ramps(scenario, inputs), *_of_basin(basin, scenario)]
    told = [Problem(file, None, key, why, say("scenario.idle.remedy")) for key, why in found]
    return told + [Problem(file, None, "objective.levels", why, say("scenario.uncounted.remedy")) for why in _uncounted(scenario, inputs)]


def _written(part: BaseModel, *but: str) -> list[str]:
    """Keys of a table that were written, and are not what they would be anyway."""
    fields = type(part).model_fields
    return [key for key in sorted(part.model_fields_set) if key not in but and getattr(part, key) != fields[key].get_default()]


def _names(names: Sequence[str]) -> str:
    """Write some names, the first of many."""
    return ", ".join(names[:4]) + " ..." * (len(names) > 4)


def _switched_off(scenario: Scenario) -> Iterator[Idle]:
    """Keys beside a switch that is off, and the price of breaches where no clause may be broken."""
    for table in _SWITCHED:
        part = getattr(scenario, table)
        yield from ((f"{table}.{key}", say("scenario.idle_off", switch=f"{table}.on")) for key in _written(part, "on") if not part.on)
    if scenario.breach == "priced" and not scenario.agreements:
        yield "breach", say("scenario.idle_no_clause")


def _of_levels(scenario: Scenario, inputs: xr.Dataset) -> Iterator[Idle]:
    """Keys that count on a level which the objective does not have."""
    objective, operation = scenario.objective, scenario.operation
    given = sorted({"give", "give_to"} & set(_written(objective)))
    asked: list[tuple[str, list[str]]] = [
        ("firm_power", [f"power.{party}.firm" for party, market in scenario.power.items() if any(market.firm)]),
        ("operation", [f"operation.ramp.{link}" for link in operation.ramp if link not in _hard(inputs)]),
        ("operation", [f"operation.{key}" for key in _written(operation, "ramp", "hard") if getattr(operation, key)]),
        ("evenness", ["objective.evenness_give"] * (objective.evenness_give > 0)),
        ("benefit", [f"benefit.{name}" for name in scenario.benefit]),
        ("benefit", [f"reservoir.{name}.terminal" for name, body in scenario.reservoir.items() if body.terminal and body.terminal.worth]),
        ("benefit", ["energy.value"] * ("value" in _written(scenario.energy) and "lookahead" not in scenario.levels)),
        (objective.give_to, [f"objective.{key}" for key in given if any(objective.gives.values())]),
    ]
    for level, keys in asked:
        yield from ((key, say("scenario.idle_level", level=level)) for key in keys if level not in scenario.levels)


def _hard(inputs: xr.Dataset) -> set[str]:
    """Links whose ramp no plan may break."""
    return set(inputs["link"].values[inputs["ramp_hard"].values > 0].tolist())


def _of_ramps(scenario: Scenario, inputs: xr.Dataset) -> Iterator[Idle]:
    """Ramps of spillways, which have none, and links that are hard about a ramp they do not have."""
    kinds = dict(zip(inputs["link"].values.tolist(), inputs["link_kind"].values.tolist(), strict=True))
    free = set(inputs["link"].values[np.isnan(inputs["ramp_most"].values)].tolist())
    for key, links in (("ramp", list(scenario.operation.ramp)), ("hard", scenario.operation.hard)):
        yield from ((f"operation.{key}.{link}", say("scenario.idle_spillway")) for link in links if kinds[link] == "spillway")
    without = [link for link in scenario.operation.hard if link in free and kinds[link] != "spillway"]
    yield from ((f"operation.hard.{link}", say("scenario.idle_no_ramp")) for link in without)


def _of_basin(basin: Basin, scenario: Scenario) -> Iterator[Idle]:
    """Keys that act on what the basin does not have, and days of an end that asks for nothing."""
    if scenario.physics.head == "successive" and not len(basin.table("heads")):
        yield "physics.head", say("scenario.idle_table", table="heads.csv")
    for name, body in scenario.reservoir.items():
        if body.terminal is not None and body.terminal.by is not None and body.terminal.rule not in _DATED:
            yield f"reservoir.{name}.terminal.by", say("scenario.idle_by", rule=body.terminal.rule)
    if not scenario.agriculture.on:
        return
    grown, tabled = set(basin.table("fields")["crop"]), set(basin.table("responses")["crop"])
    for key in ("response_by_crop", "price_factor"):
        named: dict[str, Any] = getattr(scenario.agriculture, key)
        yield from ((f"agriculture.{key}.{crop}", say("scenario.idle_not_grown")) for crop in named if crop not in grown)
    for crop in scenario.agriculture.response_by_crop:
        if crop in grown & tabled:
            yield f"agriculture.response_by_crop.{crop}", say("scenario.idle_own_response")


def _uncounted(scenario: Scenario, inputs: xr.Dataset) -> Iterator[str]:
    """Tell of users, promises and flows that no level counts, so that a plan may give them nothing and still be the best."""
    levels = set(scenario.levels)
    towns, soft = inputs["demand_kind"].values == "municipal", inputs["flow_shortfall_max"].values > 0
    asked, sanitary = inputs["flow_minimum"].sum("time").values > 0, inputs["flow_requirement_kind"].values == "sanitary"
    rows: tuple[tuple[str, set[str], Any, Any], ...] = (
        ("drinking", {"evenness"}, inputs["demand"].values, towns),
        ("irrigation", {"evenness"}, inputs["demand"].values, ~towns),
        ("entitlement", {"evenness"}, inputs["entitlement"].values, np.ones(inputs.sizes["entitlement"], dtype=bool)),
        ("drinking", set(), inputs["flow_requirement"].values, sanitary & soft & asked),
        ("environment", set(), inputs["flow_requirement"].values, ~sanitary & soft & asked),
        *((of.level, set(), inputs[of.dim].values, inputs[f"{of.missing}_max"].values > 0) for of in PROMISED.values() if of.steps),
    )
    for level, others, names, counted in rows:
        if not levels & {level, *others} and counted.any():
            yield say("scenario.uncounted", level=level, names=_names(names[counted].tolist()))
