"""A dam that a scenario raises or lowers: full storage other than the basin's, within the curve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from waterdeal.errors import Problem

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario


def with_raised_dams(basin: Basin, scenario: Scenario) -> Basin:
    """Return the basin with the full storages that the scenario gives.

    Parameters
    ----------
    basin : Basin
        The basin; it stays as it is.
    scenario : Scenario
        The scenario.

    Returns
    -------
    Basin
        The same basin where no full storage is given.
    """
    given = {name: choice.full for name, choice in scenario.reservoir.items() if choice.full is not None}
    if not given:
        return basin
    bodies = basin.table("reservoirs")
    full = [given.get(name, now) for name, now in zip(bodies["reservoir"], bodies["full_hm3"], strict=True)]
    return replace(basin, tables={**basin.tables, "reservoirs": bodies.assign(full_hm3=full)})


def check_raised_dams(basin: Basin, scenario: Scenario, file: str) -> list[Problem]:
    """Report a full storage of the scenario below dead storage or beyond the curve.

    Parameters
    ----------
    basin : Basin
        The basin.
    scenario : Scenario
        The scenario.
    file : str
        Name of its file, for messages.

    Returns
    -------
    list of Problem
        One a reservoir.
    """
    dead = dict(zip(basin.table("reservoirs")["reservoir"], basin.table("reservoirs")["dead_hm3"], strict=True))
    curves = basin.table("curves").groupby("reservoir")["volume_hm3"].max().to_dict()
    problems = []
    for name, choice in scenario.reservoir.items():
        if choice.full is None or name not in dead:
            continue
        top = curves.get(name, float("inf"))
        if not dead[name] < choice.full <= top:
            found = f"full storage {choice.full:g} hm3 is outside {dead[name]:g} (dead) to {top:g} (top of the curve)"
            problems.append(Problem(file, None, f"reservoir.{name}.full", found, "Extend curves.csv first, or ask for less."))
    return problems
