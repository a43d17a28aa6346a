"""Rates that a scenario gives for single steps: they stand for what the class, the series and the factors make of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, make_problem
from waterdeal.imports.numbers import is_gap_code
from waterdeal.scenario.series import IMPLAUSIBLE
from waterdeal.units import MOST, rate_to_volume
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats

RUNOFF, REQUIREMENT = "hydrology.rate_by_step", "requirement.rate_by_step"


def check_rates_by_step(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Report places and steps that are not there, rates that cannot be, and requirements that follow from crops."""
    labels = [step.label for step in steps]
    asked = ((RUNOFF, scenario.hydrology.rate_by_step, "nodes"), (REQUIREMENT, scenario.requirement.rate_by_step, "demands"))
    for field, rates, table in asked:
        names = basin.ids(table)
        for name, row in rates.items():
            if name not in names:
                yield Problem(file, None, f"{field}.{name}", say("scenario.not_in_basin"), did_you_mean(name, names))
            for label, rate in row.items():
                at = f"{field}.{name}.{label}"
                if label not in labels:
                    yield make_problem(file, None, at, "scenario.rate_no_step", step=label, first=labels[0], last=labels[-1])
                if rate < 0 and is_gap_code(rate):
                    yield make_problem(file, None, at, "imports.series_code", value=rate)
                elif not 0 <= rate <= MOST:
                    yield make_problem(file, None, at, "scenario.rate_outside", rate=rate)
    wet = basin.runoff["node"].values.tolist()
    for node, row in scenario.hydrology.rate_by_step.items():
        most = float(basin.runoff.sel(node=node).max()) if node in wet else 0.0
        for label in [label for label, rate in row.items() if 0 < IMPLAUSIBLE * most < rate]:
            told = {"node": node, "highest": row[label], "day": label, "most": most}
            yield make_problem(file, None, f"{RUNOFF}.{node}.{label}", "scenario.series_high", **told)
    grown = basin.table("fields")["demand"].tolist() if scenario.agriculture.on else []
    for name in [name for name in scenario.requirement.rate_by_step if name in grown]:
        yield make_problem(file, None, f"{REQUIREMENT}.{name}", "scenario.rate_of_crops", name=name)


def with_rates(volumes: Floats, rates: Mapping[str, Mapping[str, float]], names: Sequence[str], steps: Sequence[Step]) -> Floats:
    """Return volumes by (place, step) with those of the rates in their place."""
    if not rates:
        return volumes
    laid, at = volumes.copy(), {step.label: number for number, step in enumerate(steps)}
    for name, row in rates.items():
        for label, rate in row.items():
            laid[list(names).index(name), at[label]] = rate_to_volume(rate, steps[at[label]].days)
    return laid
