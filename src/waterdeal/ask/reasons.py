"""Why a delivery is no larger: the wish for a little more is asked of the plan, what refuses it is named, and each that is named is tried.

Two questions with two answers. *What refuses it*: levels and clauses that, all together, leave no more than the plan gives. *What would
lift it*: each of these, and each limit, promise, end storage and capacity in their proof, is loosened by a little and the scenario
solved again; what lifts the delivery alone is told, and where nothing but water does, the fewest that do together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.clauses import ClauseProgram, thinned
from waterdeal.ask.conflict import LIMIT, SHORTFALL, Involved, gather_involved
from waterdeal.ask.prices import with_integers_held
from waterdeal.ask.respond import Anew, Target, moved
from waterdeal.errors import Infeasible, SolverTrouble
from waterdeal.lp.conflict import SMALL
from waterdeal.lp.extend import AddedRow, with_rows
from waterdeal.lp.program import Element
from waterdeal.lp.session import Session
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Ints

    Bars = dict[tuple[str, str], "Bar"]

#: how much more is wished for, hm3, unless less is missing
WISH = 1.0
#: a shortage below this is not seen in any table, hm3
SMALLEST_WISH = 0.05
#: how near to what is asked a delivery must come, hm3
REACHED = 1e-5
#: how much a level may worsen before it counts as given up
LEVEL_SLACK = 1e-7
#: share of what is loosened that must reach the delivery to count
LIFTS = 1e-3
#: a rebuilt model that gives another delivery than the plan, by more than this, is not the plan's, hm3
SAME_PLAN = 0.01
#: rounds in which a proof is widened until what is in it lifts the delivery
MOST_ROUNDS = 8
#: name of what a lift is about where it is a level, or a clause
LEVEL, CLAUSE = "level", "clause"
#: family of the balances: of these, only that of the user's own node is loosened, by water that appears there
WATER = "water_balance"


@dataclass(frozen=True)
class Lift:
    """What lifts the delivery when it is loosened."""

    family: str  # `level`, `clause`, or a family of rows or columns as in `Involved`
    place: str  # level, clause, or place
    by: float  # how much it was loosened in all, in its own unit
    lift: float  # how much more is delivered then, hm3; where several only lift together, how much all of them do
    target: Target | None = field(default=None, repr=False, compare=False)  # the bounds that are loosened; none of a level
    change: Callable[[Program], Program] | None = field(default=None, repr=False, compare=False)  # how a level is

    @property
    def bound(self) -> Involved:
        """The bound it is about, where it is neither level nor clause."""
        return Involved(self.family, self.place, "", "")


@dataclass(frozen=True)
class Reason:
    """What held a delivery down."""

    demand: str  # the demand
    steps: tuple[str, ...]  # labels of the steps asked about
    required: float
    delivered: float
    wished: float  # how much more was wished for, hm3; 0 where nothing is missing
    levels: tuple[str, ...] = ()  # levels of the objective that would be worsened
    clauses: tuple[str, ...] = ()  # clauses that would be broken
    involved: tuple[Involved, ...] = ()  # balances, capacities, limits and storages that leave no other way
    lifts: tuple[Lift, ...] = ()  # what lifts the delivery alone, tried by solving again
    together: tuple[Lift, ...] = ()  # where no level, clause or bound does so alone: the fewest that lift it together
    tied: bool = False  # whether an equally good plan gives more here and less elsewhere, so that only the tie-break decided


def find_reason(
    program: Program, inputs: xr.Dataset, results: xr.Dataset, levels: Sequence[str], wish: tuple[str, Sequence[int]], options: SolveOptions
) -> Reason:
    """Find what held a delivery down."""
    demand, steps = wish
    at = inputs["demand"].values.tolist().index(demand)
    chosen = np.asarray(list(steps))
    required = float(inputs["requirement"].values[at][chosen].sum())
    delivered = float(results["delivery"].values[at][chosen].sum())
    reason = Reason(demand, tuple(inputs["step"].values[chosen].tolist()), required, delivered, 0.0)
    missing = required - delivered
    if missing < SMALLEST_WISH:
        return reason
    columns = program.columns_of("demand.delivery").start + at * inputs.sizes["time"] + chosen
    trial = _Trial(program, levels, columns, options)
    if abs(trial.delivered - delivered) > SAME_PLAN:
        raise SolverTrouble(say("asking.another_delivery", delivered=trial.delivered, demand=demand, delivered_2=delivered))
    tied = reason
    for wished in sorted({min(WISH, missing / 2), missing * 0.999}):
        model = _Held(trial, inputs, delivered + wished, min(WISH, missing / 2))
        if not model.possible(model.ids, model.levels):
            found = _explained(replace(reason, wished=wished), model, _own(inputs, at, chosen))
            return tied if tied.tied and not (found.lifts or found.together) else found
        tied = replace(reason, wished=wished, tied=True)
    return tied


def tried_on_curves(reason: Reason, settled: Callable[[Callable[[Program], Program]], Anew | None]) -> Reason:
    """Keep of what lifts a delivery what does so once a plan on the curves of nature is found with it, and tell by how much."""

    def lift_of(lifts: Sequence[Lift]) -> float:
        found = settled(lambda program: _all_moved(program, lifts))
        if found is None:
            return 0.0
        plan = found.results
        asked = np.isin(plan["step"].values, reason.steps)
        return float(plan["delivery"].sel(demand=reason.demand).values[asked].sum()) - reason.delivered

    def lifting(lifts: Sequence[Lift]) -> Sequence[Lift]:
        lift = lift_of(lifts) if lifts else 0.0
        return [replace(one, lift=lift) for one in lifts] if lifts and lift > LIFTS * lifts[0].by else []

    alone = [kept for lift in reason.lifts for kept in lifting([lift])]
    return replace(
        reason, lifts=tuple(sorted(alone, key=lambda lift: (lift.target is not None, -lift.lift))), together=tuple(lifting(reason.together))
    )


def _all_moved(program: Program, lifts: Sequence[Lift]) -> Program:
    """Return a program with the bounds of several loosened."""
    for lift in lifts:
        program = program if lift.target is None else moved(program, lift.target, lift.by)
        program = program if lift.change is None else lift.change(program)
    return program


def _explained(reason: Reason, model: _Held, own: tuple[Ints, str]) -> Reason:
    """Name what refuses the wish, and try each part of it."""
    levels = model.levels[: model.first_refusing()]
    bars = model.bars(own)
    levels, clauses = _needed(model, levels)
    model.possible(clauses, levels)
    named = gather_involved(element for element, is_row, _, dual in model.proof() if is_row or dual < 0)
    lifts = [*model.lift_of_level(levels[-1])] if levels else []
    lifts += _alone(model.trial, model.bars(own) | bars, model.by)
    together: list[Lift] = []
    if all(lift.family == WATER for lift in lifts):  # more water helps nearly always, and is no answer where works or rules bind
        together = _together(model, {key: bar for key, bar in bars.items() if key[0] != WATER}, own)
    if not lifts and not together:
        together = _together(model, bars, own, water=True)
    return replace(reason, levels=tuple(levels), clauses=tuple(clauses), involved=named, lifts=tuple(lifts), together=tuple(together))


@dataclass
class Bar:
    """Bounds of one place that stand in the way, each with the sign of its dual."""

    rows: dict[int, float] = field(default_factory=dict)
    columns: dict[int, float] = field(default_factory=dict)  # above zero where it is the lower bound, which falls, else the upper one

    def target(self) -> Target:
        """Return it as an amount that can be moved: one more of it is spread evenly over its bounds."""
        rows, columns = np.array(list(self.rows), dtype=np.int64), np.array(list(self.columns), dtype=np.int64)
        count = len(rows) + len(columns)
        sides, duals = (np.array(list(part.values()), dtype=float) / count for part in (self.rows, self.columns))
        return Target("", "", 0.0, -np.inf, rows, -sides, -sides, columns, np.minimum(-duals, 0.0), np.maximum(-duals, 0.0))


class _Trial:
    """The plan and how the delivery answers when bounds are loosened and the whole scenario is solved again."""

    def __init__(self, program: Program, levels: Sequence[str], columns: Ints, options: SolveOptions) -> None:
        self.program = with_integers_held(program, levels, options) if program.has_integers else program
        self.levels, self.columns, self.options = tuple(levels), columns, options
        self.session = Session(self.program, levels, options)
        self.reached = self.session.first.levels
        self.delivered = float(self.session.first.values[columns].sum())

    def loosened(self, bars: Iterable[Bar], by: float) -> Program:
        """Return the program with bounds loosened."""
        program = self.program
        for bar in bars:
            program = moved(program, bar.target(), by)
        return program

    def lift(self, bars: Iterable[Bar], by: float) -> float:
        """Tell how much more is delivered once these are loosened; nothing where that leaves no plan."""
        try:
            values = self.session.solve(self.loosened(bars, by)).values
        except Infeasible:
            return 0.0
        return float(values[self.columns].sum()) - self.delivered


class _Held(ClauseProgram):
    """A model whose levels can be held and let go too; the delivery asked about is made as large as they allow."""

    def __init__(self, trial: _Trial, inputs: xr.Dataset, asked: float, by: float, program: Program | None = None) -> None:
        most = AddedRow("wish", trial.columns, np.ones(len(trial.columns)), -np.inf, 2 * asked - trial.delivered)
        held = level_rows(trial.program, trial.levels, trial.reached)
        super().__init__(with_rows(program or trial.program, [most, *held]), inputs, trial.options)
        self.trial, self.asked, self.by = trial, asked, by
        self.levels = [row.name for row in held]
        self.level_rows = len(trial.program.row_lower) + 1 + np.arange(len(held))
        self._best = self.program.row_upper[self.level_rows]
        self.cost[trial.columns] = -1.0
        rows = zip(*(inputs[f"row_{part}"].values.tolist() for part in ("sense", "clause", "part", "concession")), strict=True)
        self._promises = {Element(f"clause.{sense}", (clause, part)): clause for sense, clause, part, way in rows if way}

    def most(self, clauses: Sequence[str], levels: Sequence[str], slack: Mapping[str, float] | None = None) -> float:
        """Return the most that can be delivered with these clauses and levels held; below zero where there is no plan."""
        upper = np.where([level in levels for level in self.levels], self._best, np.inf)
        upper += np.array([(slack or {}).get(level, 0.0) for level in self.levels])
        self.solver.row_bounds.put(self.level_rows, np.full(len(self.level_rows), -np.inf), upper)
        self.hold({clause: self.allowed[clause] for clause in clauses})
        values = self.least(self.cost)
        return -np.inf if values is None else float(values[self.trial.columns].sum())

    def possible(self, clauses: Sequence[str], levels: Sequence[str]) -> bool:
        """Tell whether what is asked for is possible with these clauses and levels held."""
        most = self.most(clauses, levels)
        if most < self.trial.delivered - SAME_PLAN:
            raise SolverTrouble(say("asking.less_than_plan", delivered=self.trial.delivered, most=most))
        return most >= self.asked - REACHED

    def keeping(self) -> list[str]:
        """Levels that can all be held, in order; a limit that was raised asks more of its own level, which is let go."""
        if self.most(self.ids, self.levels) > -np.inf:
            return list(self.levels)
        kept: list[str] = []
        for level in self.levels:
            if self.most(self.ids, [*kept, level]) > -np.inf:
                kept.append(level)
        return kept

    def first_refusing(self) -> int:
        """Return how many levels, from the first, suffice to refuse the wish; the model ends with just these held."""
        least, most = 0, len(self.levels)
        while least < most:
            middle = (least + most) // 2
            if self.possible(self.ids, self.levels[:middle]):
                least = middle + 1
            else:
                most = middle
        self.possible(self.ids, self.levels[:most])
        return most

    def lift_of_level(self, level: str) -> Iterator[Lift]:
        """Let the last level that refuses be a little worse, those above it as they are and those below it free."""
        place = self.levels.index(level)
        held = self.levels[: place + 1]
        lift = self.most(self.ids, held, {level: self.by}) - self.most(self.ids, held)
        if lift > LIFTS * self.by:
            yield Lift(LEVEL, level, self.by, lift, change=lambda program: self._loosened(program, held))

    def _loosened(self, program: Program, held: Sequence[str]) -> Program:
        """Return a program that delivers all it can with some levels held, the last a little worse; its other levels follow."""
        trial = self.trial
        *above, last = level_rows(program, held, trial.reached)
        most = AddedRow("wish", trial.columns, np.ones(len(trial.columns)), -np.inf, 2 * self.asked - trial.delivered)
        cost = np.zeros(len(program.column_lower))
        cost[trial.columns] = -1.0
        wider = with_rows(program, [most, *above, last._replace(upper=last.upper + self.by)])
        return replace(wider, goals={**wider.goals, trial.levels[0]: (cost, 0.0)}, shares={}, pools=None, easing=None)

    def proof(self) -> Iterator[tuple[Element, bool, int, float]]:
        """Rows with a dual, and columns held at a bound that is not zero, where the delivery is as large as it can be."""
        column_dual, row_dual = self.solver.duals()
        for row in np.flatnonzero(np.abs(row_dual) > SMALL):
            yield self.program.row(int(row)), True, int(row), float(row_dual[row])
        values = self.solver.values()
        for column in np.flatnonzero((np.abs(column_dual) > SMALL) & (np.abs(values) > SMALL)):
            yield self.program.column(int(column)), False, int(column), float(column_dual[column])

    def bars(self, own: tuple[Ints, str]) -> Bars:
        """Return what stands in the way in this proof and can be loosened, by family and place; of the balances that of the demand."""
        found: Bars = {}
        for element, is_row, number, dual in self.proof():
            key = (CLAUSE, self._promises[element]) if element in self._promises else _key(element, own[1])
            if key is None or (is_row and number >= len(self.trial.program.row_lower)):
                continue
            bar = found.setdefault(key, Bar())
            (bar.rows if is_row else bar.columns)[number] = float(np.sign(dual))
        for place in own[0].tolist():  # a limit on the demand itself may bind where the proof goes another way
            limits = self.trial.program.rows_of(LIMIT)
            found.setdefault((LIMIT, limits.element(place).labels[0]), Bar({limits.start + place: -1.0}))
        return found


def _own(inputs: xr.Dataset, at: int, chosen: Ints) -> tuple[Ints, str]:
    """Places, among the limits, of those that count a demand in these steps, and the demand's node."""
    counts = (inputs["entitlement_counts"].values[:, at][:, chosen] > 0).any(axis=1)
    is_limit = inputs["entitlement_measure"].values == "limit"
    return np.flatnonzero(np.asarray(counts)[is_limit]), str(inputs["demand_node"].values[at])


def _key(element: Element, node: str) -> tuple[str, str] | None:
    """Family and place of a row or column that can be loosened; None for those that only say how things add up."""
    found = gather_involved([element])
    if not found or element.family == SHORTFALL or (found[0].family == WATER and found[0].place != node):
        return None
    return found[0].family, found[0].place


def _alone(trial: _Trial, bars: Bars, by: float) -> list[Lift]:
    """What lifts the delivery when it alone is loosened."""
    lifts = [Lift(family, place, by, trial.lift([bar], by), bar.target()) for (family, place), bar in bars.items()]
    return sorted((lift for lift in lifts if lift.lift > LIFTS * by), key=lambda lift: -lift.lift)


def _together(model: _Held, bars: Bars, own: tuple[Ints, str], *, water: bool = False) -> list[Lift]:
    """The fewest that lift the delivery together: the proof is widened until they do, then each that is not needed is left out."""
    trial, by = model.trial, model.by
    bars = dict(bars)
    for _ in range(MOST_ROUNDS):
        if trial.lift(bars.values(), by) > LIFTS * by:
            break
        wider = _Held(trial, model.inputs, model.asked, by, trial.loosened(bars.values(), by))
        wider.possible(wider.ids, wider.keeping())
        more = {key: bar for key, bar in wider.bars(own).items() if key not in bars and (water or key[0] != WATER)}
        if not more:
            return []
        bars |= more
    for key in list(bars):
        fewer = {name: bar for name, bar in bars.items() if name != key}
        if trial.lift(fewer.values(), by) > LIFTS * by:
            bars = fewer
    lift = trial.lift(bars.values(), by)
    return [Lift(family, place, by, lift, bar.target()) for (family, place), bar in bars.items()] if lift > LIFTS * by else []


def level_rows(program: Program, levels: Sequence[str], reached: Mapping[str, float]) -> list[AddedRow]:
    """Rows that hold every level that decides something at the value the plan reaches."""
    rows = []
    for level in levels:
        (cost, offset), best = program.goals[level], reached[level]
        if (columns := np.flatnonzero(cost)).size:
            rows.append(AddedRow(level, columns, cost[columns], -np.inf, best - offset + LEVEL_SLACK * (1 + abs(best))))
    return rows


def _needed(model: _Held, refusing: Sequence[str]) -> tuple[list[str], list[str]]:
    """Drop clauses and levels that are not needed to refuse the wish: first all that have no dual, then one by one, the last first."""
    _, row_dual = model.solver.duals()
    levels = [name for name, row in zip(model.levels, model.level_rows, strict=True) if name in refusing and abs(row_dual[row]) > SMALL]
    clauses = model.with_dual()
    if model.possible(clauses, levels):
        levels, clauses = list(refusing), list(model.ids)
    levels = thinned(levels, lambda fewer: not model.possible(clauses, fewer))
    return levels, thinned(clauses, lambda fewer: not model.possible(fewer, levels))
