"""Figures older than the season that is planned: limits of an earlier year, storages of an earlier day, a record that ends before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from waterdeal.scenario.horizon import horizon_steps, limit_years
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario

#: days before the horizon from which a start storage counts as old
_MONTH = 31


def lent_limits(basin: Basin, scenario: Scenario) -> list[dict[str, str]]:
    """Return the limits in force that are of a year that the horizon does not hold: limit, its year, and the season it is used for."""
    named, steps = {entry.limit for entry in scenario.entitlement.limits}, horizon_steps(scenario.period)
    found = []
    for row in basin.rows("limits"):
        years, own = limit_years(basin, steps, row)
        if row["limit"] in named and years and not own:
            planned = [str(year) if row["season"] == "growing" else f"{year}-{(year + 1) % 100:02d}" for year in years]
            found.append({"limit": str(row["limit"]), "year": str(row["year"]), "planned": ", ".join(planned)})
    return found


def old_figures(basin: Basin, scenario: Scenario) -> Iterator[str]:
    """Tell the start storages of a day more than a month before the horizon, or after its start, and a record that ends before."""
    start = scenario.period.start
    days = {name: body.as_of for name, body in scenario.reservoir.items() if body.as_of is not None}
    for key, told in (
        ("age.storages", {name: day for name, day in days.items() if (start - day).days > _MONTH}),
        ("age.storages_later", {name: day for name, day in days.items() if day > start}),
    ):
        if told:
            yield say(key, start=start, names=", ".join(f"{name} {day}" for name, day in told.items()))
    ends = [int(year) for row in basin.rows("records") for year in re.findall(r"(?:1[89]|20)[0-9]{2}", str(row["years"]))]
    if ends and max(ends) < start.year - 1:
        yield say("age.records", last=max(ends), year=start.year)
