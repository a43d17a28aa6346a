"""Infeasible is an answer: which clauses cannot all hold, by which balances, and the menu of ways out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.ask.clauses import ClauseProgram, conflicting_clauses
from waterdeal.ask.conflict import Involved, described, gather_involved
from waterdeal.ask.menu import Concession, even_mix, single_concession
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.conflict import conflicting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


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
    involved = () if program.has_integers else gather_involved(conflicting(model.solver, model.program))
    negotiable = [name for name, free in zip(model.ids, inputs["clause_negotiable"].values, strict=True) if free]
    if not clauses:
        return Explanation((), involved, (), tuple(negotiable), (), None)
    mix = even_mix(model, negotiable, options)
    ways = [single_concession(model, name, reline) for name in negotiable if name in clauses]
    menu = sorted(filter(None, ways), key=lambda way: (way.relative, way.clause))
    helpful = {way.clause for way in menu}
    return Explanation(
        clauses=clauses,
        involved=involved,
        menu=tuple(menu),
        no_help=tuple(name for name in negotiable if name not in helpful),
        fixed=tuple(name for name in clauses if name not in negotiable),
        mix=mix,
    )


def explained(
    error: Infeasible, program: Program, inputs: xr.Dataset, options: SolveOptions, reline: Callable[[Floats], Program] | None = None
) -> Infeasible:
    """Return an error that carries the explanation; where the model has no clauses, what contradicts in words."""
    if not inputs.sizes["clause"]:
        return described(error)
    found = explain_conflict(program, inputs, options, reline)
    if found is None:
        raise SolverTrouble(say("asking.conflict_gone"))
    if not found.clauses:
        return Infeasible(error.args[0], (), found)
    ways = "; ".join(f"{way.clause} by {way.amount:.6g} {way.unit}" for way in found.menu) or say("asking.none_suffices")
    return Infeasible(say("asking.clauses_conflict", value=", ".join(found.clauses), ways=ways), (), found)
