"""The exact frontier of what two parties can have: every corner, and the rate at which one gives to the other between them.

The levels above those on which parties compete are held at their best, as ever by fixing what their duals decide. What is then left is a
polyhedron, and its picture in the plane of two measures has finitely many corners, which are all found. Lines of areas and heads are
those of the scenario's own plan: on them the frontier is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.lp.compile import compile_model
from waterdeal.lp.conflict import refusal
from waterdeal.lp.extend import AddedRow, with_rows
from waterdeal.lp.highs import Solver
from waterdeal.lp.levels import decide, solve_levels
from waterdeal.lp.options import Outcome
from waterdeal.lp.solution import LevelBounds, worth
from waterdeal.lp.tie_break import make_tie_break
from waterdeal.model.build import build_model
from waterdeal.model.levels import own_levels
from waterdeal.results.tables import party_order
from waterdeal.scenario.ranks import base_level
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.trust import anywhere
from waterdeal.studies.measures import Measure, columns_by_place, indexed_columns, make_measure, sum_of
from waterdeal.studies.problem import FILE
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.run import Case
    from waterdeal.types import Floats

#: levels on which parties compete; those above the first of them are held
COMPETING = ("entitlement", "firm_power", "power", "irrigation", "benefit")
#: what the others keep at least of the plan, where they have it, and the level that stands for nature
KEPT, NATURE = ("delivery", "shortfall", "energy", "irrigation"), "environment"
#: by how much what others keep may be less than in the plan, by rounding: a cubic metre
ROUNDING = 1e-6
#: by how much a plan is worse on a held level to be told that it is
UNKEPT = 1e-3


def levels_above(levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels above the first on which parties compete."""
    return tuple(takewhile(lambda level: base_level(level) not in COMPETING, levels))


def with_whole_held(program: Program, plan: Floats) -> Program:
    """Return a program whose whole numbers are those of a plan: with them free, a frontier has gaps that no line bridges."""
    if not program.has_integers:
        return program
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[program.integer] = upper[program.integer] = np.rint(plan[program.integer])
    return replace(program, column_lower=lower, column_upper=upper, integer=program.integer[:0])


def kept_rows(program: Program, inputs: xr.Dataset, parties: tuple[str, str], plan: Floats, *, nature: bool) -> list[AddedRow]:
    """Make rows that keep what a plan gives to the other parties, and to nature."""
    pairs = [(party, name) for party in party_order(inputs) for name in KEPT if party not in parties]
    goods = {f"kept_{name}_{party}": sum_of(program, inputs, party, name) for party, name in pairs}
    if nature:
        goods["kept_nature"] = -program.goals[NATURE][0]
    places = {name: np.flatnonzero(good) for name, good in goods.items() if good.any()}
    return [AddedRow(name, at, goods[name][at], worth(goods[name], plan) - ROUNDING, np.inf) for name, at in places.items()]


#: how far a plan must lie beyond a line to be no rounding: an amount, and a share of the length of the line
BEYOND, BEYOND_SHARE = 1e-6, 1e-8
#: largest cost of a weighted sum, whose smaller weight is 1 where that allows it
LARGEST_WEIGHT = 1e3


@dataclass(frozen=True)
class Corner:
    """A plan at a corner."""

    first: float
    second: float
    values: Floats  # value of every column


class Dichotomy:
    """Finds the corners."""

    def __init__(self, program: Program, goods: tuple[Floats, Floats], rest: Sequence[Floats], options: SolveOptions) -> None:
        """Give HiGHS the program."""
        self._program, self._goods, self._rest = program, goods, tuple(rest)
        self._solver = Solver(program, options)
        #: linear programmes solved
        self.solves = 0

    def corners(self) -> tuple[list[Corner], list[float]]:
        """Find all corners."""
        first, second = self._goods
        last, begin = self._best(first, second), self._best(second, first)
        if last.first - begin.first <= BEYOND or begin.second - last.second <= BEYOND:
            return [last], []
        found, proofs, open_lines = [begin], list[float](), [(begin, last)]
        while open_lines:
            left, right = open_lines.pop()
            between, beyond = self._between(left, right)
            if between is None:
                found.append(right)
                proofs.append(beyond)
            else:
                open_lines += [(between, right), (left, between)]
        return found, proofs

    def _between(self, left: Corner, right: Corner) -> tuple[Corner | None, float]:
        """Return a corner beyond a line, or none and the most by which a plan lies beyond it."""
        wide, high = right.first - left.first, left.second - right.second
        weights = np.array([high, wide]) / min(high, wide)
        weights *= min(1.0, LARGEST_WEIGHT / weights.max())
        good = weights[0] * self._goods[0] + weights[1] * self._goods[1]
        self._solver.restart_clock()
        self._minimise(-good)
        level = max(weights @ (corner.first, corner.second) for corner in (left, right))
        beyond = (worth(good, self._solver.values()) - level) / weights.sum()
        if beyond <= BEYOND + BEYOND_SHARE * (wide + high):
            return None, max(float(beyond), 0.0)
        found = self._settled(-self._goods[0])
        # rounding can lead back to an end of the line: then there is nothing between
        is_new = left.first + BEYOND < found.first < right.first - BEYOND and right.second + BEYOND < found.second < left.second - BEYOND
        return (found, 0.0) if is_new else (None, float(beyond))

    def _best(self, good: Floats, then: Floats) -> Corner:
        """Return the corner with most of one sum."""
        self._solver.restart_clock()
        self._minimise(-good)
        return self._settled(-then)

    def _settled(self, then: Floats) -> Corner:
        """Choose one of the plans that are best for the cost just solved, by another cost and the rest, and open the bounds again."""
        basis, bounds = self._solver.highs.getBasis(), LevelBounds(self._program)
        for cost in (then, *self._rest):
            bounds.fix_decided(self._solver)
            self._minimise(cost)
        values = np.clip(self._solver.values(), self._program.column_lower, self._program.column_upper)
        self._solver.hold(self._program)
        self._solver.highs.setBasis(basis)
        return Corner(worth(self._goods[0], values), worth(self._goods[1], values), values)

    def _minimise(self, cost: Floats) -> None:
        """Solve once."""
        self.solves += 1
        outcome = self._solver.minimise(cost)
        if outcome != Outcome.OPTIMAL:
            raise refusal(outcome, self._solver, self._program, "frontier")


@dataclass(frozen=True)
class Gap:
    """What a plan leaves on the table."""

    first: float  # how much more the first party could have, the second having no less
    second: float  # how much more the second party could have, the first having no less


def gap_to(corners: NDArray[np.float64], point: tuple[float, float]) -> Gap:
    """Measure how far a point is from a frontier.

    Examples
    --------
    >>> gap_to(np.array([[0.0, 10.0], [10.0, 0.0]]), (4.0, 4.0))
    Gap(first=2.0, second=2.0)
    """
    first, second = corners[:, 0], corners[:, 1]
    return Gap(float(np.interp(point[1], second[::-1], first[::-1])) - point[0], float(np.interp(point[0], first, second)) - point[1])


#: what is added up by place, and how it is called
SUMMED = {"limit": "entitlement.shortfall", "clause": "clause.concession", "flow": "environment.flow_shortfall"}


def corner_figures(program: Program, inputs: xr.Dataset, values: NDArray[np.float64]) -> dict[str, float]:
    """Read figures off a plan."""
    found: dict[str, float] = {}
    for kind, family in SUMMED.items():
        for column, place in columns_by_place(program, family):
            found[f"{kind}:{place}"] = found.get(f"{kind}:{place}", 0.0) + float(values[column])
    for party in party_order(inputs):
        good = sum_of(program, inputs, party, "delivery")
        if good.any():
            found[f"delivery:{party}"] = float((good * values).sum())
    last = str(inputs["step"].values[-1])
    for name in ("reservoir.storage", "lake.storage"):
        for column, index in indexed_columns(program, name):
            if len(index) > 1 and str(index[1]) == last:
                found[f"storage:{index[0]}"] = float(values[column])
    return found


@dataclass(frozen=True)
class Frontier:
    """The frontier of two parties."""

    parties: tuple[str, str]
    of: tuple[str, str]
    units: tuple[str, str]
    corners: Floats  # figures by (corner, party): the first party has least at the first corner and most at the last
    beyond: Floats  # by segment: the most by which any plan lies beyond it, as proven by the solver; rounding only
    plan: tuple[float, float]  # figures of the scenario's own plan
    gap: Gap  # how far that plan is from the frontier
    #: by corner, what else there is: `limit:ID` and `clause:ID` (what is missing to them), `flow:ID`, `delivery:PARTY`, `storage:BODY` at
    #: the end; the plan of a corner is the one that the scenario's other levels and the tie-break choose
    figures: pd.DataFrame
    held: tuple[str, ...]  # levels held at their best
    others: str  # `kept` or `free`
    conditional: bool  # whether whole numbers were held at their values in the plan
    solves: int  # linear programmes solved
    unkept: tuple[str, ...] = ()  # held levels that the plan puts others before, so that it may lie beyond

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the two columns in tables."""
        return f"{self.parties[0]}_{self.of[0]}", f"{self.parties[1]}_{self.of[1]}"

    def table(self) -> pd.DataFrame:
        """Return the corners, with what lies between each and the next."""
        change = np.abs(np.diff(self.corners, axis=0))
        table = pd.DataFrame(self.corners, columns=list(self.labels), index=pd.RangeIndex(1, len(self.corners) + 1, name="corner"))
        table["exchange_rate"] = np.append(change[:, 1] / change[:, 0], np.nan)
        table["beyond"] = np.append(self.beyond, np.nan)
        return table

    def changes(self, least: float = 0.05) -> pd.DataFrame:
        """Return what else changes from corner to corner."""
        rows = []
        for place in range(len(self.figures) - 1):
            before, after = self.figures.iloc[place], self.figures.iloc[place + 1]
            size = (after - before).abs().sort_values(ascending=False, kind="stable")
            rows += [(place + 1, str(name), float(before[name]), float(after[name])) for name in size.index[(size >= least).to_numpy()]]
        return pd.DataFrame(rows, columns=["segment", "figure", "before", "after"])


@dataclass(frozen=True)
class FrontierChoices:
    """What is held and what is free.

    Parameters
    ----------
    of : tuple of str
        What is measured of the first and of the second party; see `waterdeal.studies.measures.make_measure`.
    others : str
        ``kept``: the other parties have no less delivery and energy, miss no more of what they are promised and of what they need, the
        latter weighted by steps as its level is, so that their water does not come at another time; and nature misses no more; all this
        over the horizon, and as in the scenario's plan. ``free``: only levels above count.
    held : tuple of str or None
        Levels held at their best, in order; None for those above the first on which parties compete.
    """

    of: tuple[str, str] = ("delivery", "delivery")
    others: str = "kept"
    held: tuple[str, ...] | None = None


def find_frontier(
    case: Case, parties: tuple[str, str], choices: FrontierChoices | None = None, progress: Callable[[str], None] = lambda _stage: None
) -> Frontier:
    """Find the frontier of two parties.

    Parameters
    ----------
    case : Case
        The scenario.
    parties : tuple of str
        The two.
    choices : FrontierChoices, optional
        What is measured, held and free.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    Frontier
        All corners, proven.

    Raises
    ------
    ScenarioError
        If a party, a measure or a level is none of the scenario's.
    SolveError
        Where the scenario has no plan, or one of the parties can have something without limit.
    """
    case = case.plain(say("general.a_frontier"))
    return frontier_of_inputs(case.inputs, case.file.scenario.levels, case.options, parties, choices, progress)


def frontier_of_inputs(
    inputs: xr.Dataset,
    levels: Sequence[str],
    options: SolveOptions,
    parties: tuple[str, str],
    choices: FrontierChoices | None = None,
    progress: Callable[[str], None] = lambda _stage: None,
) -> Frontier:
    """Find the frontier of two parties from inputs."""
    chosen = choices or FrontierChoices()
    _refuse(parties, chosen, levels)
    progress("plan")
    inputs = anywhere(settle(inputs, Passes(levels, options)).inputs)
    program = compile_model(build_model(inputs))
    order = own_levels(program, levels)
    plan = solve_levels(program, order, options).values
    conditional, program = program.has_integers, with_whole_held(program, plan)
    pair = tuple(make_measure(program, inputs, party, name) for party, name in zip(parties, chosen.of, strict=True))
    held = chosen.held if chosen.held is not None else levels_above(order)
    progress("frontier")
    space = program
    if chosen.others == "kept":
        space = with_rows(space, kept_rows(space, inputs, parties, plan, nature="environment" in order and "environment" not in held))
    space = decide(space, held, options)  # among plans that keep it: levels held in another order than the plan's could leave none
    free = space.column_lower < space.column_upper
    rest = [space.goals[level][0] for level in order if level not in held and space.goals[level][0][free].any()]
    search = Dichotomy(space, (pair[0].good, pair[1].good), [*rest, make_tie_break(space, order).cost], options)
    corners, beyond = search.corners()
    goods = np.array([(corner.first, corner.second) for corner in corners])
    here = worth(pair[0].good, plan), worth(pair[1].good, plan)
    worse = {level: worth(program.goals[level][0], plan - corners[0].values) for level in held}
    return Frontier(
        parties, chosen.of, (pair[0].unit, pair[1].unit),
        np.array([_figures(pair, good) for good in goods.tolist()]), np.array(beyond),
        _figures(pair, here), gap_to(goods, here),
        pd.DataFrame([corner_figures(program, inputs, corner.values) for corner in corners], index=np.arange(1, len(corners) + 1)),
        tuple(held), chosen.others, conditional, search.solves, tuple(level for level in held if worse[level] > UNKEPT),
    )  # fmt: skip


def _figures(pair: Sequence[Measure], goods: Sequence[float]) -> tuple[float, float]:
    """Figures as people read them."""
    return pair[0].figure(goods[0]), pair[1].figure(goods[1])


def _refuse(parties: tuple[str, str], chosen: FrontierChoices, levels: Sequence[str]) -> None:
    """Refuse what cannot be meant."""
    problems = []
    if parties[0] == parties[1] and chosen.of[0] == chosen.of[1]:
        problems.append(make_problem(FILE, None, "parties", "studying.twice", party=parties[0]))
    if chosen.others not in {"kept", "free"}:
        problems.append(make_problem(FILE, None, "others", "studying.others", others=chosen.others))
    problems += [
        Problem(FILE, None, "held", say("studying.no_level", level=level), did_you_mean(level, list(levels)))
        for level in chosen.held or ()
        if level not in levels
    ]
    if problems:
        raise ScenarioError(FILE, problems)
