"""Both ladders of a contract: the summer release that energy buys, and the energy that further releases cost. Every point is a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.errors import Infeasible, SolveError
from waterdeal.unlabelled import with_variables
from waterdeal.variables import having, levels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import xarray as xr

    from waterdeal.results.result import Result
    from waterdeal.run import Case
    from waterdeal.studies.contract.legs import Contract
    from waterdeal.types import Texts

#: change of a level below which it is the same, as a share of its size, and absolutely; of a figure, hm3 or GWh
SAME, SLIGHT, TOLD = 1e-5, 1e-4, 0.05
#: steps of a ladder
STEPS = 4
#: passes that follow heads and benefits, where differences between plans are told: what more of them change is no figure; and where a year
#: is told beside others, to less than a hundredth: a third pass would move late goals, which only a fifth mends
PASSES, FEW = 5, 2
#: what is taken of a plan beside: its lines of areas, heads, benefits and costs; not where it stood, nor what ran dry in it
LINES = ("area_", "energy_", "tangent_", "cost_")


@dataclass(frozen=True)
class Made:
    """What a step of a ladder makes better first: the first level, in the order of the scenario, that two plans differ on."""

    level: str  # empty where the plans differ on no level
    before: float
    after: float


@dataclass(frozen=True)
class Rise:
    """Why shortage is larger though more is promised."""

    places: tuple[tuple[str, str, float], ...]  # where it rose: party, month, hm3; the largest first
    gained: tuple[tuple[str, float], ...]  # parties that miss less meanwhile, hm3
    more: tuple[str, ...]  # months in which more is released than at the point before
    less: tuple[str, ...]  # months in which less is


@dataclass(frozen=True)
class Point:
    """A point of a ladder: a plan, solved and audited."""

    asked: float  # energy that is sent, or water that is released at least, of which the point is
    plan: xr.Dataset | None  # None where there is none
    release: float  # released in the growing season, hm3
    unserved: float  # energy not served outside the growing season to the parties that keep the water, GWh
    shortage: float  # water missing to the users of the others, hm3
    made: Made | None = None  # what is better, or worse, than at the point before, first of all
    by_party: pd.DataFrame | None = None  # change of unserved energy and of shortage since the point before, by party
    rise: Rise | None = None  # where shortage rose downstream though more is promised


@dataclass(frozen=True)
class Ladder:
    """Points of a ladder, from the plan without the contract up."""

    kind: str  # `energy`: what energy buys; `release`: what releases cost
    points: tuple[Point, ...]

    def rates(self) -> list[float]:
        """Return hm3 that each GWh of a step buys, or GWh of winter that each km3 of a step costs; NaN without a plan."""
        found = []
        for before, after in pairwise(self.points):
            if before.plan is None or after.plan is None:
                found.append(float("nan"))
            elif self.kind == "energy":
                found.append(_over(after.release - before.release, after.asked - before.asked))
            else:
                found.append(1000 * _over(after.unserved - before.unserved, after.release - before.release))
        return found

    def useless_from(self) -> float | None:
        """Return the least of what is asked for from which on nothing more is gained downstream; None where something is."""
        solved = [point for point in self.points if point.plan is not None]
        gaining = [place for place, (before, after) in enumerate(pairwise(solved)) if before.shortage - after.shortage >= TOLD]
        last = gaining[-1] + 1 if gaining else 0
        return solved[last].asked if solved and last < len(solved) - 1 else None


def _over(much: float, of: float) -> float:
    """A rate; none of nothing."""
    return much / of if abs(of) > SLIGHT else float("nan")


def energy_ladder(contract: Contract, alone: xr.Dataset, amounts: Sequence[float], progress: Callable[[str], None]) -> Ladder:
    """Solve the release of the growing season for each amount of winter energy, with no water asked for it."""
    cases = ((amount, contract.energy_only(amount)) for amount in amounts)
    return Ladder("energy", _climb(contract, alone, 0.0, _told(cases, progress, "GWh")))


def release_ladder(contract: Contract, alone: xr.Dataset, volumes: Sequence[float], progress: Callable[[str], None]) -> Ladder:
    """Solve what each release of the growing season costs those who release it, with no energy sent for it."""
    cases = ((volume, contract.release_only(volume)) for volume in volumes)
    return Ladder("release", _climb(contract, alone, contract.summer_release(alone), _told(cases, progress, "hm3")))


def _told(cases: Iterator[tuple[float, Case]], progress: Callable[[str], None], unit: str) -> Iterator[tuple[float, Case]]:
    """Tell each point before it is solved."""
    for asked, case in cases:
        progress(f"{asked:,.0f} {unit}")
        yield asked, case


def _climb(contract: Contract, alone: xr.Dataset, first: float, cases: Iterator[tuple[float, Case]]) -> tuple[Point, ...]:
    """Solve case after case, each beginning on the lines of the plan before, and compare each with the last that has a plan."""
    points, last, before = [_point(contract, first, alone, None)], alone, None
    for asked, case in cases:
        found = plan_beside(quickly(case), last, before)
        if found is None:
            points.append(Point(asked, None, np.nan, np.nan, np.nan))
            continue
        before = found
        points.append(_point(contract, asked, found.dataset, last))
        last = found.dataset
    return tuple(points)


def plan_beside(case: Case, lines: xr.Dataset, after: Result | None = None) -> Result | None:
    """Solve a case on the lines of a plan beside it, or where that does not lead to a plan from its own; None where it has none.

    It is sought from where a plan of the same rows has ended, where one is told.
    """
    try:
        return on_lines_of(case, lines).solve(after=after)
    except SolveError:
        pass
    try:
        return case.solve()
    except Infeasible:
        return None


def quickly(case: Case, most: int = PASSES) -> Case:
    """Return a case of which fewer passes follow heads and benefits."""
    return case.set("physics.passes", most) if case.file.scenario.physics.passes > most else case


def on_lines_of(case: Case, plan: xr.Dataset) -> Case:
    """Return a case whose passes begin on the lines of a plan, and are free to leave it."""
    held = {name: case.inputs.variables[name] for name in having("moved") if not name.startswith(LINES)}
    begun = case.settled(plan)
    return replace(begun, inputs=with_variables(begun.inputs, held))


def _point(contract: Contract, asked: float, plan: xr.Dataset, before: xr.Dataset | None) -> Point:
    """Read a point off its plan."""
    unserved, shortage = unserved_energy(plan), shortages(plan).sum(axis=1)
    winter = unserved_energy(plan.isel(time=np.flatnonzero(plan["growing"].values == 0))).reindex(list(contract.upstream))
    others = [party for party in shortage.index if party not in contract.upstream]
    figures = contract.summer_release(plan), float(winter.sum()), float(shortage[others].sum())
    if before is None:
        return Point(asked, plan, *figures)
    change = {"unserved": unserved - unserved_energy(before), "shortage": shortage - shortages(before).sum(axis=1)}
    return Point(
        asked, plan, *figures, _first_change(before, plan), pd.DataFrame(change).fillna(0.0), _rise(contract, before, plan, others)
    )


def unserved_energy(plan: xr.Dataset) -> pd.Series[float]:
    """Energy that is not served by party, GWh; of a party without a market what its plants make less than nothing: its energy, negative."""
    energy = pd.Series(-plan["energy"].sum("time").values, index=plan["plant_party"].values).groupby(level=0).sum()
    served = pd.Series(plan["power_unserved"].sum("time").values, index=plan["power_market"].values)
    return served.combine_first(energy)


def month_labels(plan: xr.Dataset) -> Texts:
    """Year and month of each step."""
    return np.asarray(pd.DatetimeIndex(plan["time"].values).strftime("%Y-%m").to_numpy(dtype=str))


def shortages(plan: xr.Dataset) -> pd.DataFrame:
    """Shortage by party and month, hm3."""
    table = pd.DataFrame(plan["shortage"].values, index=plan["demand_party"].values, columns=month_labels(plan))
    return table.groupby(level=0).sum().T.groupby(level=0).sum().T


def _first_change(before: xr.Dataset, after: xr.Dataset) -> Made:
    """Find the first level on which two plans differ."""
    old, new = levels_of(before), levels_of(after)
    for level, value in new.items():
        if level in old and abs(value - old[level]) > SAME * abs(old[level]) + SLIGHT:
            return Made(level, old[level], value)
    return Made("", 0.0, 0.0)


def _rise(contract: Contract, before: xr.Dataset, after: xr.Dataset, parties: Sequence[str]) -> Rise | None:
    """Find where the shortage of some parties rose, and what changed with it; nothing where they miss no more in all."""
    every = shortages(after) - shortages(before)
    change = every.loc[list(parties)]
    if float(change.to_numpy().sum()) < TOLD:
        return None
    values = change.to_numpy(dtype=float)
    rises = [
        (str(change.index[row]), str(change.columns[column]), float(values[row, column])) for row, column in np.argwhere(values >= TOLD)
    ]
    by_party = every.sum(axis=1)
    gained = tuple((str(party), -float(less)) for party, less in by_party.sort_values().items() if less <= -TOLD)
    moved = pd.Series(contract.released(after) - contract.released(before), index=month_labels(after)).groupby(level=0).sum()
    more, less = (tuple(map(str, moved.index[sign * moved.to_numpy() >= TOLD])) for sign in (1, -1))
    return Rise(tuple(sorted(rises, key=lambda rise: -rise[2])), gained, more, less)


def even_steps(most: float, count: int = STEPS) -> tuple[float, ...]:
    """Steps up to an amount, all but the last round numbers.

    Examples
    --------
    >>> even_steps(2500.0, 4)
    (600.0, 1200.0, 1800.0, 2500.0)
    """
    if not most > 0:
        return ()
    digit = 10.0 ** (floor(log10(most / count)))
    step = max(digit, digit * floor(most / count / digit))
    return (*(step * place for place in range(1, count) if step * place < most), most)


def rising(start: float, most: float, count: int = STEPS) -> tuple[float, ...]:
    """Volumes from a start up to an amount above it."""
    return tuple((start + np.array(even_steps(most - start, count))).tolist()) if most > start else ()
