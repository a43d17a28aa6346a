"""Infeasible is an answer: which clauses cannot all hold, by which balances, and the menu of ways out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.ask.clauses import ClauseProgram, conflicting_clauses
from waterdeal.ask.conflict import conflicting_names, split_name
from waterdeal.ask.menu import Concession, even_mix, single_concession
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


#: rows and bounds that tell people something; the others (shares of shortage adding up and the like) are part of every proof
TOLD = frozenset({
    "water_balance", "flow", "reservoir.storage", "lake.storage", "reservoir.release_limit", "terminal.storage_least",
    "terminal.lake_storage_least", "environment.flow_minimum", "pulse.volume_met", "lake_target.volume_reached",
    "entitlement.limit_met", "hydropower.turbine_flow", "hydropower.turbine_limit",
})  # fmt: skip
#: columns that are told as the rows they belong to
SHORTFALLS = {"entitlement.shortfall": "entitlement.limit_met"}
#: rows whose index has the name of a promise first and then its place, which says more
PLACED_LAST = frozenset({"environment.flow_minimum", "lake_target.volume_reached"})


@dataclass(frozen=True)
class Involved:
    """A balance or bound of the river that takes part in a conflict."""

    family: str  # full name of the rows or columns, e.g. `water_balance`; words for it stand in the locale files
    place: str  # node, link, reservoir or demand
    first: str
    last: str


@dataclass(frozen=True)
class Explanation:
    """Why there is no plan, and what would make one."""

    #: clauses that cannot all hold, none of which could be left out; empty where the rest of the scenario has no plan by itself
    clauses: tuple[str, ...]
    involved: tuple[Involved, ...]  # balances and bounds of the river that the conflict is about
    menu: tuple[Concession, ...] = ()  # for each clause that can help alone, its smallest concession, the smallest relative one first
    no_help: tuple[str, ...] = ()  # negotiable clauses that cannot help alone
    fixed: tuple[str, ...] = ()  # clauses of the conflict that are not negotiable
    mix: tuple[Concession, ...] | None = ()  # one even-handed mix; None where concessions of all negotiable clauses together do not suffice


def explain_conflict(
    program: Program, inputs: xr.Dataset, options: SolveOptions, reline: Callable[[Floats], Program] | None = None
) -> Explanation | None:
    """Explain why a program has no plan."""
    model = ClauseProgram(program, inputs, options)
    clauses = conflicting_clauses(model)
    if clauses is None:
        return None
    involved = _involved(model)
    negotiable = [name for name, free in zip(model.ids, inputs["clause_negotiable"].values, strict=True) if free]
    if not clauses:
        return Explanation((), involved, (), tuple(negotiable), (), None)
    mix = even_mix(model, negotiable, options)
    found = {name: single_concession(model, name, reline) for name in negotiable if name in clauses}
    menu = sorted((way for way in found.values() if way is not None), key=lambda way: (way.relative, way.clause))
    helpful = {way.clause for way in menu}
    return Explanation(
        clauses=clauses,
        involved=involved,
        menu=tuple(menu),
        no_help=tuple(name for name in negotiable if name not in helpful),
        fixed=tuple(name for name in clauses if name not in negotiable),
        mix=None if mix is None else mix[0],
    )


def explained(
    error: Infeasible, program: Program, inputs: xr.Dataset, options: SolveOptions, reline: Callable[[Floats], Program] | None = None
) -> Infeasible:
    """Return an error that carries the explanation; as it is where the model has no clauses."""
    if not inputs.sizes.get("clause", 0):
        return error
    found = explain_conflict(program, inputs, options, reline)
    if found is None:
        raise SolverTrouble(say("asking.highs_called_scenario_imposs"))
    if not found.clauses:
        return Infeasible(str(error), error.rows, found)
    ways = "; ".join(f"{way.clause} by {way.amount:.6g} {way.unit}" for way in found.menu) or "no single one suffices"
    message = say("asking.these_clauses_cannot_all", value=", ".join(found.clauses), ways=ways)
    return Infeasible(message, error.rows, found)


def _involved(model: ClauseProgram) -> tuple[Involved, ...]:
    """Balances and bounds of the conflict that the solver has just found."""
    if model.program.has_integers:
        return ()
    names = conflicting_names(model.solver, model.program)
    return gather_involved(name for name in names if not name.startswith("clause."))


def gather_involved(names: Iterable[str]) -> tuple[Involved, ...]:
    """Gather names of rows and columns by place, with their first and last step."""
    steps: dict[tuple[str, str], list[str]] = {}
    for name in names:
        family, index = split_name(name)
        if family in SHORTFALLS:
            family, index = SHORTFALLS[family], index.partition(",")[0]
        if family not in TOLD:
            continue
        place, _, step = index.rpartition(",")
        if place and not re.match(r"\d{4}-", step):
            place, step = index, ""
        if family == "hydropower.turbine_limit":  # plant and link: the plant says enough
            family, place = "hydropower.turbine_flow", place.partition(",")[0]
        if family in PLACED_LAST:
            place = place.rpartition(",")[2]
        steps.setdefault((family, place or step), []).append(step if place else "")
    return tuple(Involved(family, place, min(when), max(when)) for (family, place), when in steps.items())
