"""Infeasible is an answer: which clauses cannot all hold, by which balances, and the menu of ways out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.solve.clauses import ClauseProgram, conflicting_clauses
from waterdeal.solve.conflict import conflicting_names, split_name
from waterdeal.solve.menu import Concession, even_mix, single_concession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

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
    """A balance or bound of the river that takes part in a conflict.

    Parameters
    ----------
    family : str
        Full name of the rows or columns, e.g. ``water_balance``; words for it stand in the locale files.
    place : str
        Node, link, reservoir or demand.
    first, last : str
        Labels of the first and last step, empty where it has none.
    """

    family: str
    place: str
    first: str
    last: str


@dataclass(frozen=True)
class Explanation:
    """Why there is no plan, and what would make one.

    Parameters
    ----------
    clauses : tuple of str
        Clauses that cannot all hold, none of which could be left out; empty where the rest of the scenario has no plan by itself.
    involved : tuple of Involved
        Balances and bounds of the river that the conflict is about.
    menu : tuple of Concession
        For each clause that can help alone, its smallest concession, the smallest relative one first.
    no_help : tuple of str
        Negotiable clauses that cannot help alone.
    fixed : tuple of str
        Clauses of the conflict that are not negotiable.
    mix : tuple of Concession or None
        One even-handed mix; None where concessions of all negotiable clauses together do not suffice.
    """

    clauses: tuple[str, ...]
    involved: tuple[Involved, ...]
    menu: tuple[Concession, ...] = ()
    no_help: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    mix: tuple[Concession, ...] | None = ()


def explain_conflict(
    program: Program, inputs: xr.Dataset, options: SolveOptions, reline: Callable[[Floats], Program] | None = None
) -> Explanation | None:
    """Explain why a program has no plan.

    Parameters
    ----------
    program : Program
        The compiled model.
    inputs : xarray.Dataset
        Its inputs.
    options : SolveOptions
        How HiGHS is run.
    reline : callable, optional
        Returns the model with its lines moved to a plan, where nature has curves.

    Returns
    -------
    Explanation or None
        None where there is a plan after all.
    """
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
    """Return an error that carries the explanation; as it is where the model has no clauses.

    Parameters
    ----------
    error : Infeasible
        What the levels raised.
    program : Program
        The compiled model.
    inputs : xarray.Dataset
        Its inputs.
    options : SolveOptions
        How HiGHS is run.
    reline : callable, optional
        Returns the model with its lines moved to a plan, where nature has curves.

    Returns
    -------
    Infeasible
        With ``explanation``, ``clauses`` and ``menu``.
    """
    if not inputs.sizes.get("clause", 0):
        return error
    found = explain_conflict(program, inputs, options, reline)
    if found is None:
        message = "HiGHS called the scenario impossible, and found a plan when asked again; the numbers are not to be trusted"
        raise SolverTrouble(message)
    if not found.clauses:
        return Infeasible(str(error), error.rows, found)
    ways = "; ".join(f"{way.clause} by {way.amount:.6g} {way.unit}" for way in found.menu) or "no single one suffices"
    message = f"these clauses cannot all hold: {', '.join(found.clauses)}. Concessions that would do, each by itself: {ways}"
    return Infeasible(message, error.rows, found)


def _involved(model: ClauseProgram) -> tuple[Involved, ...]:
    """Balances and bounds of the conflict that the solver has just found."""
    if model.program.has_integers:
        return ()
    names = conflicting_names(model.solver, model.program)
    return gather_involved(name for name in names if not name.startswith("clause."))


def gather_involved(names: Iterable[str]) -> tuple[Involved, ...]:
    """Gather names of rows and columns by place, with their first and last step.

    Parameters
    ----------
    names : iterable of str
        E.g. ``water_balance[kokbulak,2026-06-D1]``.

    Returns
    -------
    tuple of Involved
        In the order of first appearance.
    """
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
