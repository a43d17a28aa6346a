"""Infeasible is an answer: which clauses cannot all hold, by which balances, and the menu of ways out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waterdeal.agreement.rows import SHARE
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.clauses import conflicting_clauses
from waterdeal.ask.conflict import Involved, described, described_by, gather_involved, place_of
from waterdeal.ask.menu import Concession, even_mix, single_concession
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.conflict import conflicting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program

#: share of a concession that may be more than is needed, unless proven closer; and how often a smaller one is looked for
CLOSE, MOST_SMALLER = 0.01, 5


@dataclass(frozen=True)
class Explanation:
    """Why there is no plan, and what would make one."""

    #: clauses that cannot all hold, none of which could be left out; empty where the rest of the scenario has no plan by itself
    clauses: tuple[str, ...]
    involved: tuple[Involved, ...]  # balances and bounds of the river that the conflict is about
    menu: tuple[Concession, ...] = ()  # for each clause that can help alone, its smallest concession, the smallest relative one first
    no_help: tuple[str, ...] = ()  # negotiable clauses that cannot help alone
    fixed: tuple[str, ...] = ()  # clauses of the conflict that are not negotiable
    #: one even-handed mix; None where concessions of all negotiable clauses together do not suffice, empty where none was found
    mix: tuple[Concession, ...] | None = ()
    #: largest share of its promise, beyond what is agreed, that the mix asks of a clause, as far as it is proven that no other asks less
    mix_least: float = 0.0
    unsure: tuple[str, ...] = ()  # negotiable clauses of which it is proven neither that they help alone nor that they cannot
    proven: bool = True  # whether it is proven on the curves of nature that the clauses cannot all hold, and that all are needed for it
    #: where several conflicts share no clause, each of them, with what ends it alone; no concession of one clause ends them all
    conflicts: tuple[Explanation, ...] = ()

    @property
    def is_rounding(self) -> bool:
        """Whether concessions no larger than numbers are rounded by are enough."""
        ways = self.menu or self.mix or ()
        return any(way.is_rounding for way in self.menu) or (bool(ways) and all(way.is_rounding for way in ways))


def explain_conflict(program: Program, inputs: xr.Dataset, options: SolveOptions, rounds: int = 0) -> Explanation | None:
    """Explain why a program has no plan."""
    return explain_bargain(Bargain(program, inputs, options), rounds)


def explain_bargain(model: Bargain, rounds: int = 0) -> Explanation | None:
    """Explain why clauses cannot all hold; None where they can. Each round proves ten times closer how much of a concession is needed."""
    model.left_to_search *= 10**rounds
    negotiable = [name for name, free in zip(model.ids, model.inputs["clause_negotiable"].values, strict=True) if free]
    found = _conflict(model, model.ids)
    if found is None or not found.clauses:
        return None if found is None else replace(found, no_help=tuple(negotiable), mix=None)
    whole = found = _with_ways(model, found, negotiable, model.ids, rounds)
    left, conflicts = list(model.ids), [whole]
    while not whole.menu and found is not None and found.clauses:  # a concession that is enough leaves no other conflict
        left = [name for name in left if name not in found.clauses]
        found = _conflict(model, left)
        conflicts += [found] if found is not None and found.clauses else []
    mix, least = even_mix(model, negotiable, CLOSE / 10**rounds)
    whole = replace(whole, mix=mix, mix_least=least)
    if len(conflicts) == 1:
        return whole
    told = tuple(_with_ways(model, one, negotiable, [*left, *one.clauses], rounds) for one in conflicts)
    return replace(whole, menu=(), no_help=tuple(negotiable), unsure=(), conflicts=told)


def _conflict(model: Bargain, among: Sequence[str]) -> Explanation | None:
    """Find one conflict among some clauses, and what of the river it is about."""
    model.unsure = model.is_fine = False
    clauses = conflicting_clauses(model, among)
    if clauses is None:
        return None
    involved = () if model.program.has_integers else gather_involved(conflicting(model.solver, model.program, place_of, model.ray))
    units = model.inputs["clause_unit"].sel(clause=list(clauses)).values
    on_planes = model.inputs.sizes["headed"] > 0 and "GWh" in units  # energy of followed heads is still that of the planes of a pass
    return Explanation(clauses, involved, proven=not model.unsure and not on_planes)


def _with_ways(model: Bargain, found: Explanation, negotiable: Sequence[str], among: Sequence[str], rounds: int) -> Explanation:
    """Add the ways out of one conflict, the clauses of others being let go; a clause that none shows to be needed for it is tried."""
    menu, unsure = list[Concession](), list[str]()
    for name in negotiable:
        if name not in found.clauses:
            continue
        others = [other for other in among if other != name]
        way = single_concession(model, name, others)
        if way is not None:
            menu.append(way)
        elif not model.refused and not _cannot_help(model, others):
            unsure.append(name)
    menu = [_sharpened(model, way, [other for other in among if other != way.clause], CLOSE / 10**rounds) for way in menu]
    helpful = {way.clause for way in menu}
    proven = found.proven
    for name in [name for name in found.clauses if name not in helpful]:
        rest = [other for other in found.clauses if other != name]
        if not model.can_hold(rest):
            fewer = _conflict(model, rest) if model.refused else None  # it is not needed, though hulls could not tell
            if fewer is not None:
                return _with_ways(model, fewer, negotiable, among, rounds)
            proven = False
    if not proven:
        unsure += [name for name in negotiable if name not in found.clauses]
    return replace(
        found,
        menu=tuple(sorted(menu, key=lambda way: (way.beyond, way.clause))),
        no_help=tuple(name for name in negotiable if name not in helpful and name not in unsure),
        fixed=tuple(name for name in found.clauses if name not in negotiable),
        unsure=tuple(unsure),
        proven=proven,
    )


def _cannot_help(model: Bargain, others: Sequence[str]) -> bool:
    """Whether the curves, piece by piece, leave nothing that keeps these clauses, whatever becomes of the rest."""
    model.hold(model.limits(others))
    model.piecewise()
    return model.refused


def _sharpened(model: Bargain, way: Concession, others: Sequence[str], close: float) -> Concession:
    """Prove that all but a small share of a concession is needed beyond what is agreed, or find a smaller one of which it is."""
    for _ in range(MOST_SMALLER):
        asked = way.amount - close * (way.amount - way.agreed)
        if way.least >= asked:
            break
        model.hold({**model.limits(others), way.clause: asked})
        near = model.piecewise()
        if model.refused:
            return replace(way, least=asked)
        smaller = None if near is None else single_concession(model, way.clause, others, near)
        if smaller is None or smaller.amount >= way.amount:
            break
        way = replace(smaller, least=max(way.least, smaller.least))
    return way


def explained(error: Infeasible, model: Bargain) -> Infeasible | None:
    """Return an error that carries the explanation, or what contradicts in words; None where a plan on the curves is found after all."""
    if not model.ids:
        return None if model.follows and not model.refused else described(error)
    found = explain_bargain(model)
    if found is None and model.follows:
        return None
    if found is None:
        raise SolverTrouble(say("asking.conflict_gone"))
    if not found.clauses:
        return described_by(error, found)
    ways: str = "; ".join(map(_in_brief, found.menu))
    if not ways:
        mix = "; ".join(map(_in_brief, found.mix or ()))
        ways = say("asking.mix_suffices", mix=mix) if mix else say("asking.none_suffices")
    sets = "; ".join(", ".join(conflict.clauses) for conflict in found.conflicts or (found,))
    return Infeasible(say("asking.clauses_conflict", value=sets, ways=ways), (), found)


def _in_brief(way: Concession) -> str:
    """Tell a concession in an error: shares per cent."""
    return f"{way.clause}: {100 * way.amount:.6g} %" if way.unit in {"1", SHARE} else f"{way.clause}: {way.amount:.6g} {way.unit}"
