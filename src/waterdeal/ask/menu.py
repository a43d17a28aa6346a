"""The ways out of a conflict: the smallest concession of each clause alone, and one even-handed mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.clauses import SMALLEST
from waterdeal.ask.due import due_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.ask.bargain import Bargain
    from waterdeal.types import Floats

#: a concession that is told is larger than the least by this, so that it suffices in spite of rounding
MARGIN = 1e-7
#: by how much a plain figure may be less than the least that suffices, which solvers leave by rounding
ROUNDED = 1e-6
#: decimals of a unit that are told
DIGITS = 3
#: by how much a sum of shares may grow while those after it are made least
ROOM = 1e-9
#: a change of a sum below this is none: all further shares are nothing
NOTHING = 1e-9


@dataclass(frozen=True)
class Concession:
    """What one clause would concede."""

    clause: str  # its id
    amount: float  # in all, in the clause's unit; a plan on the curves of nature concedes no more
    unit: str  # `hm3`, `GWh` or `1`
    relative: float  # share of the promise
    parts: dict[str, float]  # amount by part of the clause, in the same unit: steps, or `whole`
    least: float = 0.0  # no plan concedes less; 0 where nothing is proven of it alone
    agreed: float = 0.0  # what of the amount is agreed already
    due: float | None = None  # of a promise that depends on the plan, what the plan makes due, in the same unit

    @property
    def beyond(self) -> float:
        """Share of the promise that is conceded beyond what is agreed."""
        return self.relative * self.of_it_beyond

    @property
    def of_it_beyond(self) -> float:
        """Share of the concession that is beyond what is agreed."""
        return 1 - self.agreed / self.amount if self.agreed else 1.0

    @property
    def is_rounding(self) -> bool:
        """Whether it is no more than numbers are rounded by."""
        return self.amount <= _enough(self.agreed + SMALLEST)


def single_concession(model: Bargain, clause: str, others: Sequence[str], near: Floats | None = None) -> Concession | None:
    """Find the smallest concession of one clause, others holding; None where none helps, or none is found: `model.refused` tells which.

    It is looked for near what has the least between hulls, or `near` another. Where it can be made in several steps, it falls as late as
    it can: a better year may make it needless.
    """
    column, cost = model.column(clause), model.cost.copy()
    cost[column] = 1.0
    held = model.limits(others)
    model.hold(held)
    model.refused = model.is_refuted(model.most)
    bound = None if model.refused else model.lowest(cost)
    if bound is None:
        return None
    model.marks.mark(near)
    start = model.marked(cost, bound) if near is None else near
    least = None if start is None else model.nearest(lambda: model.from_cold(cost), lambda values: values[[column]], start)
    if least is None:
        near = model.piecewise() if near is None else None
        return None if near is None else single_concession(model, clause, others, near)
    needed = max(float(least[column]), model.allowed[clause] + SMALLEST)
    for amount in dict.fromkeys((_plain(needed) or _enough(needed), _enough(needed))):
        model.hold({**held, clause: amount})
        plan = model.settled(least)
        if plan is not None:
            break
    if plan is None:
        model.refused = False  # so much of it is, which is not to say that more is of no help
        return None
    late = model.from_cold(_late(model, [clause])) if len(model.ways(clause)) > 1 else plan
    return _concession(model, clause, plan if late is None else late, amount, float(bound[column]))


def even_mix(model: Bargain, negotiable: Sequence[str], close: float) -> tuple[tuple[Concession, ...] | None, float]:
    """Find the even-handed mix: the largest relative concession as small as it can be, then the next largest, and so on.

    None where concessions of all together do not suffice; empty where no plan is found though nothing refuses one. Beside it stands how
    large the largest must be: all of it but a share as small as `close`, or what hulls tell.
    """
    fixed = model.limits(name for name in model.ids if name not in negotiable)
    between = model.beyond(model.limits(negotiable), fixed)
    model.share([], fixed)
    mix = None if between is None and model.lowest(model.cost) is None else _mix_near(model, negotiable, fixed, between)
    least = 0.0 if between is None else float(between[model.share_column])
    return mix, _least_share(model, negotiable, max(way.beyond for way in mix), close, least) if mix else 0.0


def _mix_near(model: Bargain, negotiable: Sequence[str], fixed: dict[str, float], start: Floats | None) -> tuple[Concession, ...]:
    """Find the even-handed mix near what has it between hulls, where that is known, others being fixed; empty where none is found."""
    model.marks.mark(None)
    if start is not None and model.marks.columns.size:
        model.marks.hold(model.solver)
        start = _levelled(model, negotiable)
    columns, found = [model.column(name) for name in negotiable], None
    for cut in (False, True):
        if start is not None:
            found = model.nearest(lambda: _levelled(model, negotiable), lambda values: values[columns], start)
        if found is not None or cut:
            break
        model.hold(fixed)
        start = model.piecewise()
        model.marks.mark(start)
    if found is None:
        return ()
    agreed = model.limits(negotiable)
    amounts = {name: _beyond(agreed[name], float(found[column])) for name, column in zip(negotiable, columns, strict=True)}
    amounts = _not_nothing(amounts, agreed)
    plain = {name: max(agreed[name], _plain(amount, 3) or amount) if amount > agreed[name] else amount for name, amount in amounts.items()}
    for told in (plain, amounts) if plain != amounts else (amounts,):
        model.hold(fixed | told)
        plan = model.settled(found)
        if plan is not None:
            return tuple(_concession(model, name, plan, amount) for name, amount in told.items() if amount > agreed[name])
    return ()


def _least_share(model: Bargain, negotiable: Sequence[str], told: float, close: float, least: float) -> float:
    """Prove how large the largest concession beyond what is agreed must be: all that is told but a share, or the `least` of hulls."""
    fixed, agreed = model.limits(name for name in model.ids if name not in negotiable), model.limits(negotiable)
    scale = dict(zip(model.ids, model.inputs["clause_scale"].values.tolist(), strict=True))
    if least >= (1 - close) * told:
        return min(least, told)
    model.hold(fixed | {name: agreed[name] + (1 - close) * told * scale[name] for name in negotiable})
    model.piecewise()
    return (1 - close) * told if model.refused else least


def _levelled(model: Bargain, negotiable: Sequence[str]) -> Floats | None:
    """Return the plan of the even mix on the lines as they are: shares are counted from what is agreed."""
    scale = dict(zip(model.ids, model.inputs["clause_scale"].values.tolist(), strict=True))
    limits, agreed = model.limits(name for name in model.ids if name not in negotiable), model.limits(negotiable)
    if model.program.has_integers:
        values = _ranked(model, negotiable, limits)
        if values is None:
            return None
        limits |= {name: _beyond(agreed[name], float(values[model.column(name)])) for name in negotiable}
    left, cost = [] if model.program.has_integers else list(negotiable), model.cost.copy()
    cost[model.share_column] = 1.0
    model.solver.start_cold()
    while left:
        model.share(left, limits, [agreed[name] for name in left])
        values = model.least(cost, again=False)
        if values is None:
            return None
        share = float(values[model.share_column])
        settled = left if share * max(scale.values()) <= SMALLEST else model.sharing(left) or left
        limits |= {name: _beyond(agreed[name], agreed[name] + share * scale[name]) for name in settled}
        left = [name for name in left if name not in settled]
        model.solver.go_on()
    limits |= _not_nothing({name: limits[name] for name in negotiable}, agreed)
    model.share([], limits)
    return model.least(_late(model, negotiable), again=False)


def _ranked(model: Bargain, negotiable: Sequence[str], limits: Mapping[str, float]) -> Floats | None:
    """Return a plan of the even mix, shares counted from what is agreed, with others held to limits; None where there is none."""
    ranks, places = model.ranks, np.array([model.ids.index(name) for name in negotiable])
    model.hold(limits)
    agreed = np.array([model.allowed[name] for name in negotiable])
    values, before, asked = None, 0.0, list[int]()
    for rank in range(len(negotiable)):
        model.solver.row_bounds.put(ranks.rows[rank, places], np.full(len(places), -np.inf), agreed)
        asked.append(rank)
        columns, sizes = ranks.sum_of(rank)
        cost = model.cost.copy()
        cost[columns] = sizes
        values = model.from_cold(cost)
        if values is None:
            break
        best = float(cost @ values)
        model.solver.row_bounds.put(ranks.sums[rank : rank + 1], np.array([-np.inf]), np.array([best + ROOM * (1 + best)]))
        if rank and best - before <= NOTHING:
            break
        before = best
    opened = np.append(ranks.rows[asked].ravel(), ranks.sums[asked])
    model.solver.row_bounds.put(opened, np.full(len(opened), -np.inf), np.full(len(opened), np.inf))
    return values


def _beyond(agreed: float, amount: float) -> float:
    """Return what suffices in spite of rounding, and no less than what is agreed."""
    return _enough(amount) if amount > agreed + SMALLEST else agreed


def _not_nothing(amounts: dict[str, float], agreed: dict[str, float]) -> dict[str, float]:
    """Return amounts; where all that they take beyond what is agreed is rounding, so much of each."""
    return {name: held + _enough(SMALLEST) for name, held in agreed.items()} if amounts == agreed else amounts


def _enough(amount: float) -> float:
    """Return an amount that suffices in spite of rounding."""
    return amount * (1 + MARGIN) + MARGIN


def _plain(amount: float, spare: int = 0) -> float:
    """Return the figure of few digits that an amount is but for rounding, and for margins that it has to spare; 0 if there is none."""
    figure = round(amount, DIGITS)
    return figure if -ROUNDED - spare * MARGIN * (1 + amount) <= figure - amount <= 3 * MARGIN * (1 + amount) else 0.0


def _late(model: Bargain, clauses: Sequence[str]) -> Floats:
    """Cost that puts concessions as late as possible."""
    cost = model.cost.copy()
    for clause in clauses:
        ways, cost[model.column(clause)] = model.ways(clause), 1.0
        for place, (column, _) in enumerate(ways):
            cost[column] = 1 + (len(ways) - place) / len(ways)
    return cost


def _concession(model: Bargain, clause: str, values: Floats, amount: float, least: float = 0.0) -> Concession:
    """Read the parts of a concession off a plan; `least` is what hulls say that it must be."""
    number = model.ids.index(clause)
    mine = model.inputs["concession_clause"].values == clause
    names, weights = model.inputs["concession_part"].values[mine].tolist(), model.inputs["concession_weight"].values[mine].tolist()
    counted = dict(zip(names, weights, strict=True))
    parts = {part: counted[part] * float(values[column]) for column, part in model.ways(clause) if values[column] > SMALLEST}
    scale = float(model.inputs["clause_scale"].values[number])
    unit, agreed = str(model.inputs["clause_unit"].values[number]), model.allowed[clause]
    least, due = min(least, amount) if least > agreed + NOTHING else 0.0, due_of(model.program, model.inputs, clause, values, parts)
    return Concession(clause, amount, unit, amount / scale, parts, least, agreed, due)
