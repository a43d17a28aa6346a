"""Whose figures matter: a scenario planned once for each set of the figures that parties have apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waterdeal.basin.layers import values_by_party
from waterdeal.errors import FileProblem, Infeasible, InputError
from waterdeal.results.clauses import measure_clauses
from waterdeal.studies.batch_figures import party_totals
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.ask.explain import Explanation
    from waterdeal.basin.claims import Figure
    from waterdeal.run import Case

#: whose values are taken, by figure; empty for those of the basin
Use = dict["Figure", str]
#: outcomes with one figure of one party
Singles = dict[tuple["Figure", str], "Outcome"]
#: from where on a delivery, a clause or a concession is moved, by unit; a share by a thousandth
LEAST = {"hm3": 1.0, "GWh": 1.0, "m3/s": 0.1}
_SHARE = 0.001
#: a change of a delivery that is more than rounding of the solver, hm3
_TRACE = 0.01


@dataclass(frozen=True)
class Disagreement:
    """A figure of which parties have values apart, over all its periods."""

    figure: Figure
    used: str  # whose value the scenario is planned with; empty for that of the basin
    values: Mapping[str, Mapping[tuple[str | float, ...], float]]  # by party, and by the cells in which they are apart

    def others(self) -> list[str]:
        """Whose values differ from the ones planned with."""
        return [party for party in self.values if self.differs(party)]

    def differs(self, party: str) -> bool:
        """Whether a party has other values than those planned with."""
        held = self.values[self.used]
        return any(not _equal(value, held[row]) for row, value in self.values[party].items())

    def furthest(self) -> tuple[str, tuple[str | float, ...]]:
        """Return the party and the cell that are furthest from what is planned with."""
        held = self.values[self.used]
        apart = {(party, row): _apart(self.values[party][row], held[row]) for party in self.others() for row in held}
        return max(apart, key=lambda place: apart[place])


@dataclass(frozen=True)
class Outcome:
    """What the deal comes to with one set of facts."""

    delivery: Mapping[str, float] = field(default_factory=dict)  # by party, hm3; none where there is no plan
    #: by clause, part, what (promised, planned, conceded; menu and mix of a conflict) and unit
    clauses: Mapping[tuple[str, str, str, str], float] = field(default_factory=dict)
    conflicts: frozenset[frozenset[str]] = frozenset()  # clauses that cannot all hold
    why: str = ""  # why there is no plan

    def change_from(self, base: Outcome) -> dict[str, float]:
        """Return what each party gets more, hm3; nothing where one of both is no plan."""
        return {party: self.delivery[party] - base.delivery[party] for party in base.delivery if party in self.delivery}

    def most_from(self, base: Outcome) -> float:
        """Return by how much the party that is moved most is, hm3; beyond all where there is no plan any more, or one now."""
        return math.inf if bool(self.why) != bool(base.why) else max(map(abs, self.change_from(base).values()), default=0.0)

    def clauses_from(self, base: Outcome) -> list[str]:
        """Return the clauses of which something promised, planned, conceded or asked for is moved."""
        keys = dict.fromkeys([*base.clauses, *self.clauses])
        moved = (key for key in keys if _moved(self.clauses.get(key, math.nan), base.clauses.get(key, math.nan), key[-1]))
        return list(dict.fromkeys(key[0] for key in moved))

    def moves(self, base: Outcome) -> bool:
        """Whether it is another deal: a party moved by 1 hm3, a clause, a conflict, its menu, or whether there is a plan."""
        if bool(self.why) != bool(base.why) or self.conflicts != base.conflicts:
            return True
        return any(abs(change) >= LEAST["hm3"] for change in self.change_from(base).values()) or bool(self.clauses_from(base))


@dataclass(frozen=True)
class Trial:
    """One set of facts that was planned with."""

    kind: str  # one: a single figure of a party; side: all of one side; together: all that move nothing one by one
    party: str  # whose; empty for the basin, "*" for figures of several
    figures: tuple[Figure, ...]  # that differ from those the scenario is planned with
    outcome: Outcome


@dataclass(frozen=True)
class Weighed:
    """What hangs on whose figures a scenario is planned with."""

    disagreements: tuple[Disagreement, ...]
    base: Outcome  # the scenario as it stands
    trials: tuple[Trial, ...]
    moving: tuple[Figure, ...]  # each of which makes another deal by itself, the one that moves a party most first
    group: tuple[Figure, ...]  # none of which does by itself, but all together do
    left_alone: tuple[Figure, ...]  # which do not, one by one nor together


@dataclass
class _Planned:
    """A case planned with sets of facts, each once."""

    case: Case
    disagreements: Mapping[Figure, Disagreement]
    progress: Callable[[str], None]
    made: dict[tuple[tuple[float, ...], ...], Outcome] = field(default_factory=dict)

    def outcome(self, changed: Use) -> Outcome:
        """Plan with the figures of others, all else as the scenario has it."""
        use = {figure: changed.get(figure, one.used) for figure, one in self.disagreements.items()}
        key = tuple(tuple(one.values[use[figure]].values()) for figure, one in self.disagreements.items())
        if key not in self.made:
            self.progress(str(len(self.made) + 1))
            self.made[key] = _outcome(self.case, use) if changed else _plan(self.case)
        return self.made[key]


def weigh_facts(case: Case, progress: Callable[[str], None] = lambda _stage: None) -> Weighed:
    """Plan a scenario with each figure of each party by itself, with all of one side, and with all that move nothing.

    Parameters
    ----------
    case : Case
        A scenario that names layers of figures.
    progress : callable
        Told the number of the plan that is being made.

    Returns
    -------
    Weighed
        The disagreements, each plan, and which of them move the deal.

    Raises
    ------
    FileProblem
        Where the scenario names no layers.
    """
    if not case.file.scenario.facts.layers:
        raise FileProblem(say("facts.no_layers", file=case.file.path.name))
    found = _disagreements(case)
    planned = _Planned(case, found, progress)
    base = planned.outcome({})
    single = {(figure, party): planned.outcome({figure: party}) for figure, one in found.items() for party in one.others()}
    trials = [Trial("one", party, (figure,), outcome) for (figure, party), outcome in single.items()]
    trials += [Trial("side", party, tuple(use), planned.outcome(use)) for party, use in _sides(found.values())]
    most = {figure: max(single[figure, party].most_from(base) for party in one.others()) for figure, one in found.items()}
    moved = (figure for figure in found if any(single[figure, party].moves(base) for party in found[figure].others()))
    moving = tuple(sorted(moved, key=lambda figure: -most[figure]))
    small = tuple(figure for figure in found if figure not in moving)
    quiet = tuple(figure for figure in small if not any(_traces(single[figure, party], base) for party in found[figure].others()))
    left_alone: tuple[Figure, ...] = ()
    for tried in dict.fromkeys((small, quiet)):
        uses = _together([found[figure] for figure in tried], single, base)
        together = [Trial("together", party, tuple(use), planned.outcome(use)) for party, use in uses]
        trials += together
        if not any(trial.outcome.moves(base) for trial in together):
            left_alone = tried
            break
    group = tuple(figure for figure in small if figure not in left_alone)
    return Weighed(tuple(found.values()), base, tuple(trials), moving, group, left_alone)


def _disagreements(case: Case) -> dict[Figure, Disagreement]:
    """Return what is disputed, and whose value the scenario is planned with."""
    facts, basin = case.file.scenario.facts, case.basin.beneath or case.basin
    apart = values_by_party(basin, case.basin.layers).items()
    used = {figure: facts.chosen(*figure) for figure, _ in apart}
    return {figure: Disagreement(figure, used[figure] if used[figure] in values else "", values) for figure, values in apart}


def _sides(disagreements: Collection[Disagreement]) -> Iterator[tuple[str, Use]]:
    """All figures of each side that differ from those planned with; where a party has none, those of the basin."""
    for party in dict.fromkeys(party for one in disagreements for party in one.values):
        sides = {one.figure: (one, party if party in one.values else "") for one in disagreements}
        if use := {figure: side for figure, (one, side) in sides.items() if one.differs(side)}:
            yield party, use


def _together(disagreements: Collection[Disagreement], single: Singles, base: Outcome) -> list[tuple[str, Use]]:
    """All of some figures at once: of each side, and of whom they add up to a move of a party, where they do."""
    found: list[tuple[str, Use]] = list(_sides(disagreements))
    for party in base.delivery:
        for sign in (1, -1):
            use, total = {}, 0.0
            for one in disagreements:
                changes = {other: sign * single[one.figure, other].change_from(base).get(party, 0.0) for other in one.others()}
                most = max(changes, key=lambda other: changes[other])
                if changes[most] > _TRACE:
                    use[one.figure], total = most, total + changes[most]
            if total >= LEAST["hm3"] and use not in [known for _, known in found]:
                found.append(("*", use))
    return found


def _outcome(case: Case, use: Use) -> Outcome:
    """Plan with figures of parties; what cannot be a basin is told as what has no plan."""
    named: dict[str, dict[str, dict[str, str]]] = {}
    for (table, key, name), party in use.items():
        if party:
            named.setdefault(table, {}).setdefault(key, {})[name] = party
    try:
        return _plan(case.set({"facts.use": named}))
    except InputError as error:
        return Outcome(why=str(error))


def _plan(case: Case) -> Outcome:
    """Plan a case, or keep why there is no plan."""
    try:
        plan = case.solve().dataset
    except Infeasible as error:
        conflicts: Sequence[Explanation] = () if error.explanation is None else error.explanation.conflicts or (error.explanation,)
        ways = {} if error.explanation is None else _ways(error.explanation)
        return Outcome(clauses=ways, conflicts=frozenset(frozenset(one.clauses) for one in conflicts), why=str(error))
    delivery = {str(party): float(amount) for party, amount in party_totals(plan)["delivery"].items()}
    return Outcome(delivery, _clauses(plan))


def _ways(explanation: Explanation) -> dict[tuple[str, str, str, str], float]:
    """Return what the menu asks of each clause alone, and the even mix of it."""
    menus = {"menu": explanation.menu, "mix": explanation.mix or ()}
    menus |= {f"menu {number}": one.menu for number, one in enumerate(explanation.conflicts)}
    return {(way.clause, "", name, way.unit): way.amount for name, ways in menus.items() for way in ways}


def _clauses(plan: xr.Dataset) -> dict[tuple[str, str, str, str], float]:
    """Return what each part of each clause promises and is planned to be, and what the clause concedes."""
    units = plan["clause_unit"].values.tolist()
    given = zip(plan["clause"].values.tolist(), units, plan["clause_conceded"].values.tolist(), strict=True)
    found = {(clause, "", "conceded", unit): amount for clause, unit, amount in given}
    for row in measure_clauses(plan).itertuples(index=False):
        figures = {"promised": row.promised, "planned": row.value}
        found |= {(str(row.clause), str(row.part), what, str(row.unit)): value for what, value in figures.items()}
    return found


def _traces(outcome: Outcome, base: Outcome) -> bool:
    """Whether an outcome differs from another by more than rounding."""
    return outcome.moves(base) or any(abs(change) > _TRACE for change in outcome.change_from(base).values())


def _moved(value: float, other: float, unit: str) -> bool:
    """Whether a figure of a clause is moved."""
    return _apart(value, other) >= LEAST.get(unit, _SHARE)


def _apart(value: float, other: float) -> float:
    """How far two values are apart; what only one of them has is as far as can be."""
    return 0.0 if _equal(value, other) else math.inf if not math.isfinite(value - other) else abs(value - other)


def _equal(value: float, other: float) -> bool:
    """Whether two values, or blanks, are the same."""
    return value == other or (math.isnan(value) and math.isnan(other))
