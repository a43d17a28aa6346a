"""The ways out of a conflict: the smallest concession of each clause alone, and one even-handed mix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.clauses import SMALLEST, ClauseProgram
from waterdeal.lp.extend import AddedRow, with_column, with_rows
from waterdeal.lp.goals import largest_share
from waterdeal.lp.highs import Solver, solved_for_last
from waterdeal.lp.options import Outcome
from waterdeal.lp.program import Sharing
from waterdeal.lp.sharing import even_out, with_shares
from waterdeal.lp.solution import LevelBounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

    Reline = Callable[[Floats], Program]

#: a concession that is told is larger than the least by this, so that it suffices in spite of rounding
MARGIN = 1e-7
#: a part smaller than this share of a concession is not told
PART = 1e-3
#: most times the lines of a concession are moved
MOST_MOVES = 8


@dataclass(frozen=True)
class Concession:
    """What one clause would concede."""

    clause: str  # its id
    amount: float  # in all, in the clause's unit
    unit: str  # `hm3`, `GWh` or `1`
    relative: float  # share of the promise
    parts: dict[str, float]  # amount by part of the clause: steps, or `whole`


def single_concession(model: ClauseProgram, clause: str, reline: Reline | None = None) -> Concession | None:
    """Find the smallest concession of one clause, all others holding.

    Where it can be made in several steps, each concedes the same share of what is promised in it, as far as water allows. Where nature has
    curves, the lines in the model are moved to the plan of the concession until the concession no longer changes.
    """
    others = {name: most for name, most in model.allowed.items() if name != clause}
    column = model.column(clause)
    cost = model.cost.copy()
    cost[column] = 1.0
    least = np.nan
    for _ in range(MOST_MOVES):
        model.hold(others)
        values = model.least(cost)
        if values is None:
            return None
        before, least = least, float(values[column])
        if reline is None or abs(least - before) <= MARGIN * (1 + abs(least)):
            break
        model.take(reline(values))
    values = _spread(model, {**others, clause: _enough(least)}, [clause])
    return None if values is None else _concession(model, clause, values)


def even_mix(model: ClauseProgram, negotiable: Sequence[str], options: SolveOptions) -> tuple[Concession, ...] | None:
    """Find the even-handed mix: the largest relative concession as small as it can be, then the next largest, and so on."""
    scale = dict(zip(model.ids, model.inputs["clause_scale"].values.tolist(), strict=True))
    limits = {name: most for name, most in model.allowed.items() if name not in negotiable}
    left = list(negotiable)
    while left:
        found = _least_largest(model, left, scale, limits, options)
        if found is None:
            return None
        share, bound = found
        settled = left if share * max(scale.values()) <= SMALLEST else bound or left
        limits |= {name: _enough(share * scale[name]) for name in settled}
        left = [name for name in left if name not in settled]
    values = _spread(model, limits, negotiable)
    if values is None:
        return None
    mix = [_concession(model, name, values) for name in negotiable]
    return tuple(concession for concession in mix if concession.amount > SMALLEST)


def _least_largest(
    model: ClauseProgram, left: Sequence[str], scale: dict[str, float], limits: dict[str, float], options: SolveOptions
) -> tuple[float, list[str]] | None:
    """Make the largest relative concession of `left` least, and find whose it is in every such plan."""
    columns = np.array([model.column(name) for name in left])
    upper = model.program.column_upper.copy()
    upper[columns] = np.inf
    for name, limit in limits.items():
        upper[model.column(name)] = limit
    sizes = np.array([scale[name] for name in left])
    program = with_share(replace(model.program, column_upper=upper), columns, sizes, np.zeros(len(columns)))
    solver, outcome = solved_for_last(program, options)
    if outcome != Outcome.OPTIMAL:
        return None
    share = float(solver.values()[-1])
    if program.has_integers:
        return share, []
    _, dual = solver.duals()
    return share, [name for name, value in zip(left, dual[-len(left) :], strict=True) if abs(value) > MARGIN]


def with_share(program: Program, columns: NDArray[np.int64], scale: Floats, free: Floats) -> Program:
    """Add a column at the end, the largest share, and a row for each of some columns: ``column <= free + scale x share``."""
    first = len(program.row_lower)
    held = [AddedRow("share_held", np.array([column]), np.ones(1), -np.inf, most) for column, most in zip(columns, free, strict=True)]
    return with_column(with_rows(program, held), "largest_share", np.arange(first, first + len(columns)), -scale)


def _enough(amount: float) -> float:
    """Return an amount that suffices in spite of rounding."""
    return amount * (1 + MARGIN) + MARGIN if amount > SMALLEST else 0.0


def _spread(model: ClauseProgram, limits: Mapping[str, float], clauses: Sequence[str]) -> Floats | None:
    """Return a plan with clauses held to limits whose steps concede even shares of their promises: no step carries what others could.

    With whole numbers, of which duals prove nothing, concessions fall as late as they can instead: a better year may make them needless.
    """
    model.hold(limits)
    columns = np.array([column for clause in clauses for column, _ in model.ways(clause)], dtype=np.int64)
    if model.program.has_integers or len(columns) <= len(clauses):
        return model.least(_late(model, clauses))
    upper = model.program.column_upper.copy()
    upper[model.first : model.first + len(model.ids)] = [limits.get(clause, np.inf) for clause in model.ids]
    scales = model.inputs["concession_scale"].values[columns - model.program.columns_of("clause.concession").start]
    sharing = Sharing(columns, columns[:0], first=True, most=scales)
    wider, shares = with_shares(replace(model.program, column_upper=upper), "agreement", sharing)
    solver, goal = Solver(wider, model.solver.options), largest_share("agreement", shares, len(wider.column_lower))
    if solver.minimise(goal.cost) != Outcome.OPTIMAL:
        return None
    even_out(solver, wider, goal, LevelBounds(wider))
    return solver.values()[: len(upper)]


def _late(model: ClauseProgram, clauses: Sequence[str]) -> Floats:
    """Cost that puts concessions as late as possible."""
    cost = model.cost.copy()
    for clause in clauses:
        ways = model.ways(clause)
        for place, (column, _) in enumerate(ways):
            cost[column] = 1 + (len(ways) - place) / len(ways)
    return cost


def _concession(model: ClauseProgram, clause: str, values: Floats) -> Concession:
    """Read the concession of a clause off a plan; told so large that it suffices."""
    number = model.ids.index(clause)
    amount = _enough(float(values[model.column(clause)]))
    least = max(SMALLEST, PART * amount)
    parts = {part: float(values[column]) for column, part in model.ways(clause) if values[column] > least}
    scale = float(model.inputs["clause_scale"].values[number])
    return Concession(clause, amount, str(model.inputs["clause_unit"].values[number]), amount / scale, parts)
