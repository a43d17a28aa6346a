"""Why a delivery is no larger: the wish for a little more is asked of the plan, and what refuses it is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.clauses import ClauseProgram
from waterdeal.solve.explain import Involved, gather_involved
from waterdeal.solve.extend import AddedRow, with_rows
from waterdeal.solve.proof import SMALL
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

    Ints = NDArray[np.int64]

#: how much more is wished for, hm3, unless less is missing
WISH = 1.0
#: a shortage below this is not seen in any table, hm3
SMALLEST_WISH = 0.05
#: how near to what is asked a delivery must come, hm3
REACHED = 1e-5
#: how much a level may worsen before it counts as given up
LEVEL_SLACK = 1e-7


@dataclass(frozen=True)
class Reason:
    """What held a delivery down.

    Parameters
    ----------
    demand : str
        The demand.
    steps : tuple of str
        Labels of the steps asked about.
    required, delivered : float
        Over these steps, hm3.
    wished : float
        How much more was wished for, hm3; 0 where nothing is missing.
    levels : tuple of str
        Levels of the objective that would be worsened.
    clauses : tuple of str
        Clauses that would be broken.
    involved : tuple of Involved
        Balances, capacities and storages that leave no other way.
    tied : bool
        Whether an equally good plan gives more here and less elsewhere, so that only the tie-break decided.
    """

    demand: str
    steps: tuple[str, ...]
    required: float
    delivered: float
    wished: float
    levels: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    involved: tuple[Involved, ...] = ()
    tied: bool = False


def find_reason(
    program: Program, inputs: xr.Dataset, results: xr.Dataset, wish: tuple[str, Sequence[int]], options: SolveOptions
) -> Reason:
    """Find what held a delivery down.

    Clauses and levels are left out one by one, the last first, as long as the wish stays impossible; what is left is needed, every part of
    it. Where nothing but the river refuses, levels and clauses are empty.

    Parameters
    ----------
    program : Program
        The compiled model.
    inputs, results : xarray.Dataset
        Its inputs and its plan.
    wish : (str, sequence of int)
        The demand, and the numbers of the steps.
    options : SolveOptions
        How HiGHS is run.

    Returns
    -------
    Reason
        The levels and clauses that together refuse the wish, and the balances involved.
    """
    demand, steps = wish
    at = inputs["demand"].values.tolist().index(demand)
    chosen = np.asarray(list(steps))
    required = float(inputs["requirement"].values[at][chosen].sum())
    delivered = float(results["delivery"].values[at][chosen].sum())
    labels = tuple(inputs["step"].values[chosen].tolist())
    missing = required - delivered
    if missing < SMALLEST_WISH:
        return Reason(demand, labels, required, delivered, 0.0)
    columns = program.columns_of("demand.delivery").start + at * inputs.sizes["time"] + chosen
    wished = 0.0
    for wished in sorted({min(WISH, missing / 2), missing * 0.999}):
        most = AddedRow("wish", columns, np.ones(len(columns)), -np.inf, delivered + 2 * wished)
        model = _Held(with_rows(program, [most, *_level_rows(program, results)]), inputs, options, columns)
        model.asked = delivered + wished
        if not model.possible(model.ids, model.levels):
            levels, clauses = _needed(model)
            model.possible(clauses, levels)
            return Reason(demand, labels, required, delivered, wished, tuple(levels), tuple(clauses), gather_involved(_held_by(model)))
    return Reason(demand, labels, required, delivered, wished, tied=True)


class _Held(ClauseProgram):
    """A model whose levels can be held and let go too; the delivery asked about is made as large as they allow."""

    asked = 0.0

    def __init__(self, program: Program, inputs: xr.Dataset, options: SolveOptions, columns: Ints) -> None:
        super().__init__(program, inputs, options)
        added = [found for found in program.rows if found.name in program.goals]
        self.levels = [found.name for found in added]
        self.level_rows = np.array([found.start for found in added])
        self._best = program.row_upper[self.level_rows]
        self._columns = columns
        self.cost[columns] = -1.0

    def possible(self, clauses: Sequence[str], levels: Sequence[str]) -> bool:
        """Tell whether what is asked for is possible with these clauses and levels held."""
        upper = np.where([level in levels for level in self.levels], self._best, np.inf)
        self.solver.fix_rows(self.level_rows, np.full(len(self.level_rows), -np.inf), upper)
        self.hold(clauses)
        values = self.least(self.cost)
        return values is not None and float(values[self._columns].sum()) >= self.asked - REACHED


def _held_by(model: _Held) -> Iterator[str]:
    """Rows with a dual, and columns held at an upper bound, where the delivery is as large as it can be."""
    column_dual, row_dual = model.solver.duals()
    values = model.solver.values()
    for row in np.flatnonzero(np.abs(row_dual) > SMALL):
        name = model.program.row_name(int(row))
        if not name.startswith("clause.") and name not in model.levels:
            yield name
    for column in np.flatnonzero((column_dual < -SMALL) & (values > SMALL)):
        name = model.program.column_name(int(column))
        if not name.startswith("clause."):
            yield name


def _level_rows(program: Program, results: xr.Dataset) -> list[AddedRow]:
    """Rows that hold every level at the value the plan reached."""
    rows = []
    for level, value in levels_of(results).items():
        if level not in program.goals:
            continue
        cost, offset = program.goals[level]
        columns = np.flatnonzero(cost)
        if columns.size:
            rows.append(AddedRow(level, columns, cost[columns], -np.inf, value - offset + LEVEL_SLACK * (1 + abs(value))))
    return rows


def _needed(model: _Held) -> tuple[list[str], list[str]]:
    """Drop clauses and levels that are not needed to refuse the wish: first all that have no dual, then one by one, the last first."""
    _, row_dual = model.solver.duals()
    levels = [name for name, row in zip(model.levels, model.level_rows, strict=True) if abs(row_dual[row]) > SMALL]
    clauses = model.with_dual()
    if model.possible(clauses, levels):
        levels, clauses = list(model.levels), list(model.ids)
    for level in reversed(levels.copy()):
        fewer = [name for name in levels if name != level]
        if not model.possible(clauses, fewer):
            levels = fewer
    for clause in reversed(clauses.copy()):
        fewer = [name for name in clauses if name != clause]
        if not model.possible(fewer, levels):
            clauses = fewer
    return levels, clauses
