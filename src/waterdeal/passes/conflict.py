"""A pass that has no plan: whether the lines are to blame or the clauses, and what the clauses would have to concede on the curves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.passes.relations import evaporation_miss, with_areas
from waterdeal.results.extract import extract
from waterdeal.solve.highs import Solver
from waterdeal.solve.menu import with_share
from waterdeal.solve.solution import Solution
from waterdeal.solve.status import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

#: evaporation that the lines of a plan with concessions may miss, hm3 in a step of a body
SMALL_MISS = 1e-7
#: change of the largest excess, as a share of the promise, that is none
SMALL_CHANGE = 1e-9


@dataclass
class Excess:
    """How far clauses go beyond what they may concede, each time lines have been moved.

    Parameters
    ----------
    shares : list of float
        Largest excess as a share of the promise.
    """

    shares: list[float] = field(default_factory=list)

    def settles(self) -> bool:
        """Whether moving the lines no longer changes it."""
        return len(self.shares) > 1 and abs(self.shares[-1] - self.shares[-2]) <= SMALL_CHANGE


def lines_at_concessions(program: Program, inputs: xr.Dataset, options: SolveOptions, excess: Excess) -> xr.Dataset | None:
    """Return inputs whose area lines touch the curves at the plan whose clauses go least beyond what they may concede.

    Parameters
    ----------
    program : Program
        A model without a plan.
    inputs : xarray.Dataset
        Its inputs.
    options : SolveOptions
        How HiGHS is run.
    excess : Excess
        What the times before needed; this one is added.

    Returns
    -------
    xarray.Dataset or None
        None where clauses cannot help, or moving the lines changes nothing any more: then it is not the lines that leave no plan.
    """
    if not inputs.sizes["clause"]:
        return None
    values = _least_excess(program, inputs, options)
    if values is None:
        return None
    excess.shares.append(float(values[-1]))
    plan = _plan(program, inputs, values[:-1])
    done = excess.settles() or evaporation_miss(inputs, plan) <= SMALL_MISS
    return None if done else with_areas(inputs, plan)


def _least_excess(program: Program, inputs: xr.Dataset, options: SolveOptions) -> Floats | None:
    """Plan whose clauses go least beyond what they may concede, with the largest share at its end; None where that does not help."""
    first = program.columns_of("clause.conceded").start
    chosen = np.flatnonzero(
        (inputs["clause_negotiable"].values == 1) & np.isfinite(program.column_upper[first : first + inputs.sizes["clause"]])
    )
    columns = first + chosen
    upper = program.column_upper.copy()
    upper[columns] = np.inf
    scale = inputs["clause_scale"].values[chosen]
    wider = with_share(replace(program, column_upper=upper), columns, scale, program.column_upper[columns])
    cost = np.zeros(len(wider.column_upper))
    cost[-1] = 1.0
    solver = Solver(wider, options)
    return solver.values() if solver.minimise(cost) == Outcome.OPTIMAL else None


def relining(inputs: xr.Dataset, program: Program, compiled: Callable[[xr.Dataset], Program]) -> Callable[[Floats], Program]:
    """Return what moves the area lines of a model to a plan.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of the model.
    program : Program
        The model, for the names of its columns.
    compiled : callable
        Builds and compiles the model of inputs.

    Returns
    -------
    callable
        From the values of a plan to the model with other lines.
    """
    return lambda values: compiled(with_areas(inputs, _plan(program, inputs, values)))


def _plan(program: Program, inputs: xr.Dataset, values: Floats) -> xr.Dataset:
    """Read the plan of some values."""
    return extract(inputs, program, Solution(values, {}, is_unique=False))
