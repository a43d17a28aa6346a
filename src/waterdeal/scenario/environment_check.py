"""Check what a scenario asks for nature against its basin: links, natural means, dates, curves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from waterdeal.errors import Problem
from waterdeal.scenario.environment import curve_of, regime_rates, target_volume
from waterdeal.scenario.names import unknown_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.environment_schema import LakeTarget, Pulse, Regime
    from waterdeal.scenario.schema import Scenario


def check_environment(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> list[Problem]:
    """Check regimes, pulses and targets of lakes.

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
        All problems.
    """
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
        Problem(file, None, f"environment.{table}", f'"{name}" stands twice', "Keep one, or rename it; the basin's least flows count too.")
        for table, ids in groups.items()
        for name, count in Counter(ids).items()
        if count > 1
    ]


def _regime_problems(basin: Basin, regime: Regime, file: str) -> list[Problem]:
    """Report a regime whose flows cannot be made."""
    try:
        regime_rates(basin, regime)
    except ValueError as error:
        remedy = "Check values_m3s and rule." if regime.rule else "Give mean_m3s: twelve natural monthly means, m3/s."
        return [Problem(file, None, f"environment.regime.{regime.id}", str(error), remedy)]
    return []


def _pulse_problems(pulse: Pulse, steps: Sequence[Step], file: str) -> list[Problem]:
    """Report a pulse that is not wholly within the horizon."""
    first, last = steps[0].start, steps[-1].end
    if first <= pulse.start and pulse.end <= last:
        return []
    found = f"runs from {pulse.start} to {pulse.end}, outside the horizon {first} to {last}"
    remedy = "Its volume is for all of its days: move it, or make the horizon longer; ends are exclusive."
    return [Problem(file, None, f"environment.pulse.{pulse.id}", found, remedy)]


def _target_problems(basin: Basin, target: LakeTarget, steps: Sequence[Step], file: str) -> list[Problem]:
    """Report a target for what is not a lake, off the steps, off its curve, or above its dam."""
    kinds = dict(zip(basin.table("nodes")["node"], basin.table("nodes")["kind"], strict=True))
    lakes = [name for name in basin.ids("reservoirs") if kinds.get(name) == "lake"]
    if target.lake not in lakes:
        if kinds.get(target.lake) == "reservoir":
            found, remedy = "is a reservoir, not a lake", f"Use reservoir.{target.lake}.terminal, or a clause of kind end_storage."
            return [Problem(file, None, f"environment.lake_target.lake.{target.lake}", found, remedy)]
        return unknown_names(file, "environment.lake_target.lake", [target.lake], lakes)
    field = f"environment.lake_target.{target.id}"
    problems = []
    ends = [step.end for step in steps]
    if target.by not in ends:
        near = min(ends, key=lambda end: abs((end - target.by).days))
        problems.append(Problem(file, None, field, f"{target.by} is not the end of a step of the horizon", f"Nearest: {near}."))
    levels, _ = curve_of(basin, target.lake)
    if target.level is not None and not (len(levels) and levels[0] <= target.level <= levels[-1]):
        known = f"{levels[0]:g} to {levels[-1]:g} m" if len(levels) else "no level"
        found = f"level {target.level:g} m is outside the curve of {target.lake}, which has {known}"
        problems.append(Problem(file, None, f"{field}.level", found, "Extend curves.csv, or give the volume."))
        return problems
    bodies = basin.table("reservoirs").set_index("reservoir")
    volume, full = target_volume(basin, target), float(bodies["full_hm3"][target.lake])
    if volume > full:
        found = f"{volume:g} hm3 is above full storage {full:g}"
        problems.append(Problem(file, None, field, found, f"Ask for less, or raise the dam: reservoir.{target.lake}.full."))
    return problems
