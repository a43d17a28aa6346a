"""The exact frontier of what two parties can have: every corner, and the rate at which one gives to the other between them.

The levels above those on which parties compete are held at their best, as ever by fixing what their duals decide. What is then left is a
polyhedron, and its picture in the plane of two measures has finitely many corners, which are all found. Lines of areas and heads are
those of the scenario's own plan: on them the frontier is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, ScenarioError
from waterdeal.model.build import build_model
from waterdeal.passes.settle import settle
from waterdeal.passes.single import Passes
from waterdeal.passes.trust import anywhere
from waterdeal.solve.compile import compile_model
from waterdeal.solve.extend import with_rows
from waterdeal.solve.levels import decide, own_levels, solve_levels
from waterdeal.solve.solution import worth
from waterdeal.solve.tie_break import tie_break_cost
from waterdeal.studies.corner_figures import corner_figures
from waterdeal.studies.dichotomy import Dichotomy
from waterdeal.studies.gap import Gap, gap_to
from waterdeal.studies.measures import Measure, make_measure
from waterdeal.studies.problem import FILE
from waterdeal.studies.space import kept_rows, levels_above, with_whole_held

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.run import Case
    from waterdeal.solve.options import SolveOptions

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frontier:
    """The frontier of two parties.

    Parameters
    ----------
    parties, of, units : tuple of str
        The two parties, what is measured of each, and its unit.
    corners : numpy.ndarray
        Figures by (corner, party): the first party has least at the first corner and most at the last.
    beyond : numpy.ndarray
        By segment: the most by which any plan lies beyond it, as proven by the solver; rounding only.
    plan : tuple of float
        Figures of the scenario's own plan.
    gap : Gap
        How far that plan is from the frontier.
    figures : pandas.DataFrame
        By corner, what else there is: ``limit:ID`` and ``clause:ID`` (what is missing to them), ``flow:ID``, ``delivery:PARTY``,
        ``storage:BODY`` at the end; the plan of a corner is the one that the scenario's other levels and the tie-break choose.
    held : tuple of str
        Levels held at their best.
    others : str
        ``kept`` or ``free``.
    conditional : bool
        Whether whole numbers were held at their values in the plan.
    solves : int
        Linear programmes solved.
    """

    parties: tuple[str, str]
    of: tuple[str, str]
    units: tuple[str, str]
    corners: Floats
    beyond: Floats
    plan: tuple[float, float]
    gap: Gap
    figures: pd.DataFrame
    held: tuple[str, ...]
    others: str
    conditional: bool
    solves: int

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the two columns in tables."""
        first, second = (f"{party}_{name}" for party, name in zip(self.parties, self.of, strict=True))
        return first, second

    def table(self) -> pd.DataFrame:
        """Return the corners, with what lies between each and the next.

        Returns
        -------
        pandas.DataFrame
            By corner, the two figures; ``exchange_rate``, what the second party's figure loses per unit by which the first one's gains up
            to the next corner, and ``beyond``; both NaN at the last.
        """
        change = np.abs(np.diff(self.corners, axis=0))
        table = pd.DataFrame(self.corners, columns=list(self.labels), index=pd.RangeIndex(1, len(self.corners) + 1, name="corner"))
        table["exchange_rate"] = np.append(change[:, 1] / change[:, 0], np.nan)
        table["beyond"] = np.append(self.beyond, np.nan)
        return table

    def changes(self, least: float = 0.05) -> pd.DataFrame:
        """Return what else changes from corner to corner.

        Parameters
        ----------
        least : float
            Changes smaller than this are left out, in the unit of the figure.

        Returns
        -------
        pandas.DataFrame
            ``segment``, ``figure``, ``before``, ``after``; the largest change of a segment first.
        """
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
    case: Case,
    parties: tuple[str, str],
    choices: FrontierChoices | None = None,
    progress: Callable[[str], None] = lambda _stage: None,
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
    case = case.plain("a frontier")
    return frontier_of_inputs(case.inputs, case.file.scenario.objective.levels, case.options, parties, choices, progress)


def frontier_of_inputs(
    inputs: xr.Dataset,
    levels: Sequence[str],
    options: SolveOptions,
    parties: tuple[str, str],
    choices: FrontierChoices | None = None,
    progress: Callable[[str], None] = lambda _stage: None,
) -> Frontier:
    """Find the frontier of two parties from inputs.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of a case.
    levels : sequence of str
        Levels of the objective.
    options : SolveOptions
        How HiGHS is run.
    parties, choices, progress
        As for `find_frontier`.

    Returns
    -------
    Frontier
        All corners, proven.
    """
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
    space = decide(program, held, options)
    if chosen.others == "kept":
        space = with_rows(space, kept_rows(space, inputs, parties, plan, nature="environment" in order and "environment" not in held))
    free = space.column_lower < space.column_upper
    rest = [space.goals[level][0] for level in order if level not in held and space.goals[level][0][free].any()]
    search = Dichotomy(space, (pair[0].good, pair[1].good), [*rest, tie_break_cost(space)], options)
    corners, beyond = search.corners()
    goods = np.array([(corner.first, corner.second) for corner in corners])
    here = worth(pair[0].good, plan), worth(pair[1].good, plan)
    return Frontier(
        parties, chosen.of, (pair[0].unit, pair[1].unit),
        np.array([_figures(pair, good) for good in goods.tolist()]), np.array(beyond),
        _figures(pair, here), gap_to(goods, here),
        pd.DataFrame([corner_figures(program, inputs, corner.values) for corner in corners], index=np.arange(1, len(corners) + 1)),
        tuple(held), chosen.others, conditional, search.solves,
    )  # fmt: skip


def _figures(pair: Sequence[Measure], goods: Sequence[float]) -> tuple[float, float]:
    """Figures as people read them."""
    first, second = (measure.figure(good) for measure, good in zip(pair, goods, strict=True))
    return first, second


def _refuse(parties: tuple[str, str], chosen: FrontierChoices, levels: Sequence[str]) -> None:
    """Refuse what cannot be meant."""
    problems = []
    if parties[0] == parties[1] and chosen.of[0] == chosen.of[1]:
        problems.append(Problem(FILE, None, "parties", f'"{parties[0]}" stands there twice', "Name two parties, or two measures."))
    if chosen.others not in {"kept", "free"}:
        problems.append(Problem(FILE, None, "others", f'"{chosen.others}" is none of kept and free', ""))
    problems += [
        Problem(FILE, None, "held", f'the scenario has no level "{level}"', did_you_mean(level, list(levels)))
        for level in chosen.held or ()
        if level not in levels
    ]
    if problems:
        raise ScenarioError(FILE, problems)
