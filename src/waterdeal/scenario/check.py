"""Check a scenario against its basin: names, bounds, dates; all problems at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.calendar import is_growing
from waterdeal.errors import Problem
from waterdeal.scenario.agriculture_check import check_agriculture
from waterdeal.scenario.environment_check import check_environment
from waterdeal.scenario.groundwater import check_groundwater
from waterdeal.scenario.names import unknown_names
from waterdeal.scenario.raised_dam import check_raised_dams
from waterdeal.scenario.routing import routing_problems
from waterdeal.scenario.salinity import check_salinity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario, Terminal


def check_scenario(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Run every rule on a scenario.

    Parameters
    ----------
    basin : Basin
        The basin it names.
    scenario : Scenario
        The scenario.
    steps : sequence of Step
        Its horizon.
    file : str
        Name of its file, for messages.

    Returns
    -------
    list of Problem
        All problems.
    """
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
            problems.append(Problem(file, None, field, "is missing", "Give its initial storage and its terminal choice."))
            continue
        if not dead <= choice.initial <= full:
            found = f"initial storage {choice.initial:g} hm3 is outside {dead:g} to {full:g}"
            problems.append(Problem(file, None, f"{field}.initial", found, "Is the unit right? Bare numbers are million m3."))
        if choice.terminal is not None:
            problems += _terminal_problems(choice.terminal, full, steps, file, f"{field}.terminal")
        elif kinds[name] == "reservoir":
            remedy = "Choose at_least, as_start, value or free: with none, a plan drains the reservoir."
            problems.append(Problem(file, None, f"{field}.terminal", "is missing", remedy))
    return problems


def _terminal_problems(terminal: Terminal, full: float, steps: Sequence[Step], file: str, field: str) -> list[Problem]:
    """Report a terminal choice that no plan could meet."""
    problems = []
    if terminal.storage is not None and terminal.storage > full:
        found = f"{terminal.storage:g} hm3 is above full storage {full:g}"
        problems.append(Problem(file, None, f"{field}.storage", found, "Ask for less."))
    if terminal.by is not None and terminal.by not in {step.end for step in steps}:
        near = min((step.end for step in steps), key=lambda end: abs((end - terminal.by).days if terminal.by else 0))
        problems.append(Problem(file, None, f"{field}.by", f"{terminal.by} is not the end of a step", f"Nearest: {near}."))
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
            found = f"{promise.id} runs from {promise.start} to {promise.end}: no step of the horizon is wholly in it"
            problems.append(Problem(file, None, "entitlement.inflows", found, "Check its dates; ends are exclusive."))
    growing = np.array([is_growing(step, basin.growing_season) for step in steps])
    for entry in promised.limits:
        if entry.limit not in limits.index:
            continue
        season = str(limits["season"][entry.limit])
        days = sum(step.days for step, inside in zip(steps, growing == (season == "growing"), strict=True) if inside)
        if days == 0:
            found = f"{entry.limit} is for the {season} season, which is not in the horizon"
            problems.append(Problem(file, None, "entitlement.limits", found, "Name a limit of the season planned."))
        elif days < 182 and entry.share is None:
            found = f"{entry.limit} is for a whole season, of which the horizon holds {days} days"
            problems.append(Problem(file, None, "entitlement.limits", found, "Say by `share` how much of it is meant for these days."))
    return problems
