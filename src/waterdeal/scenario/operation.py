"""The parts of the inputs that make plans operable: ramps of releases and reaches, what was ever let out, and the tolerance of promises."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.records import records_of
from waterdeal.calendar import StepKind, water_years
from waterdeal.scenario.environment import PROMISED
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats, Ints

#: days in which a release may change by the default share
RAMP_DAYS = 10.0
#: kinds of rows of records.csv that a step is held to: that of its own first, without which it has none
RECORDED = {StepKind.DEKAD: ("10-day", "month"), StepKind.MONTH: ("month",)}

Promise = tuple[str, str, str, "Ints", float]


def ramp_part(basin: Basin, scenario: Scenario, steps: Sequence[Step], variables: dict[str, Any]) -> dict[str, Any]:
    """Ramps: those of the scenario, else of the basin, else by default for river releases of reservoirs; soft ones need the level."""
    asked, links = scenario.operation, basin.table("links")
    names, known = links["link"].tolist(), basin.table("ramps")
    rates, hard = np.full(len(names), np.nan), np.isin(names, asked.hard)
    for link, rate, kind in known.itertuples(index=False, name=None) if len(known) else ():
        rates[names.index(link)] = rate
        hard[names.index(link)] |= kind == "hard"
    if asked.ramp_share:
        usual = asked.ramp_share / RAMP_DAYS * _largest_releases(basin, steps, variables)
        rates = np.where(np.isnan(rates), usual, rates)
    for link, rate in asked.ramp.items():
        rates[names.index(link)] = rate
    holds = hard | ("operation" in scenario.objective.levels)
    return {
        "ramp_most": ("link", np.where(holds & (links["kind"] != "spillway").to_numpy(), rates, np.nan) * HM3_PER_CUMEC_DAY),
        "ramp_hard": ("link", hard.astype(int)),
    }


def record_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """What releases of reservoirs were ever recorded to be by month, where the scenario counts what is outside; blank elsewhere.

    A month has the record of months; a dekad that of dekads, and no more nor less than its month was ever; other steps have none.
    """
    bodies, days = basin.ids("reservoirs"), np.array([float(step.days) for step in steps])
    least, greatest = np.full((len(bodies), len(steps)), np.nan), np.full((len(bodies), len(steps)), np.nan)
    if scenario.operation.within_record and "operation" in scenario.objective.levels:
        rows = [row for row in records_of(basin) if row.quantity == "release" and len(row.when) == 1 and row.place in bodies]
        known = {(row.place, row.step, row.when[0]): (row.least, row.greatest) for row in rows}
        for (row, body), (column, step) in product(enumerate(bodies), enumerate(steps)):
            ranges = [known.get((body, kind, step.start.month)) for kind in RECORDED.get(step.kind, ())]
            if ranges and ranges[0]:
                lows, highs = zip(*(one for one in ranges if one), strict=True)
                least[row, column], greatest[row, column] = min(max(lows), *highs), min(highs)
    volumes = ((name, values * days * HM3_PER_CUMEC_DAY) for name, values in (("least", least), ("greatest", greatest)))
    return {f"record_release_{name}": (("reservoir", "time"), values) for name, values in volumes}


def _largest_releases(basin: Basin, steps: Sequence[Step], variables: dict[str, Any]) -> Floats:
    """Largest rate of each link that is a river release of a reservoir: what its outlets pass, else its turbines take; NaN elsewhere."""
    nodes, links = {row["node"]: row["kind"] for row in basin.rows("nodes")}, basin.table("links")
    days = np.array([float(step.days) for step in steps])
    bodies = basin.ids("reservoirs")
    passed = (variables["release_max"][1] / days).max(axis=1) / HM3_PER_CUMEC_DAY
    driven = dict(zip(variables["plant_link"][1].tolist(), (variables["turbine_max"][1] / days).max(axis=1).tolist(), strict=True))
    found = np.full(len(links), np.nan)
    for place, (link, begin, kind) in enumerate(zip(links["link"], links["from_node"], links["kind"], strict=True)):
        if kind == "river" and nodes[begin] == "reservoir":
            most = float(passed[bodies.index(begin)])
            most = most if np.isfinite(most) else driven.get(link, np.nan) / HM3_PER_CUMEC_DAY
            found[place] = most if np.isfinite(most) else np.nan
    return found


def give_part(scenario: Scenario, steps: Sequence[Step], variables: dict[str, Any]) -> dict[str, Any]:
    """Promises with a tolerance: of users and least flows one a water year; those counted on a level above the one that may use it."""
    objective = scenario.objective
    levels = list(objective.levels)
    above = levels[: levels.index(objective.give_to)] if objective.give_to in levels else []
    found = [row for row in _promises(objective.gives, steps, variables) if row[4] > 0 and PROMISED[row[1]].level in above]
    return {
        "promise": np.array([row[0] for row in found], dtype=str),
        "promise_kind": ("promise", np.array([row[1] for row in found], dtype=str)),
        "promise_item": ("promise", np.array([row[2] for row in found], dtype=str)),
        "promise_season": (("promise", "time"), np.array([row[3] for row in found], dtype=int).reshape(len(found), len(steps))),
        "promise_share": ("promise", np.array([row[4] for row in found], dtype=float)),
    }


def _promises(shares: dict[str, float], steps: Sequence[Step], variables: dict[str, Any]) -> Iterator[Promise]:
    """Yield label, kind, place, steps and share of every promise: none of towns, of sanitary flows and of clauses."""
    years = np.array(water_years(np.array([step.start for step in steps], dtype="datetime64[ns]")))
    kinds, healthy = variables["demand_kind"][1], variables["flow_requirement_kind"][1] == "sanitary"
    yearly = [("user", name) for name in variables["demand"][kinds != "municipal"].tolist()]
    yearly += [("flow", name) for name in variables["flow_requirement"][~healthy].tolist()]
    for kind, name in yearly:
        for year in dict.fromkeys(years.tolist()):
            yield f"{kind}_{name}_{year}", kind, name, (years == year).astype(int), shares[kind]
    for kind, of in PROMISED.items():
        for name, within in zip(variables[of.dim].tolist(), variables[of.steps][1] > 0, strict=True) if of.steps else ():
            if within.any():
                yield f"{kind}_{name}", kind, name, within.astype(int), shares[kind]
