"""How far each clause is from binding: how much it alone could ask for more, with all else holding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.solve.extend import with_column
from waterdeal.solve.highs import Solver
from waterdeal.solve.status import Outcome

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.options import SolveOptions
    from waterdeal.solve.program import Program

#: more than any promise could be tightened by, as a share of it
MOST = 1e4


@dataclass(frozen=True)
class Room:
    """How much more a clause could ask for.

    Parameters
    ----------
    clause : str
        Its id.
    amount : float
        In all, in its unit; all its parts tightened by the same share.
    share : float
        That share; infinite where nothing bounds it.
    """

    clause: str
    amount: float
    share: float


def clause_rooms(program: Program, inputs: xr.Dataset, options: SolveOptions) -> tuple[Room, ...]:
    """Find the room of every clause.

    Parameters
    ----------
    program : Program
        The compiled model; it must have a plan.
    inputs : xarray.Dataset
        Its inputs.
    options : SolveOptions
        How HiGHS is run.

    Returns
    -------
    tuple of Room
        One a clause, in order.
    """
    return tuple(_room(program, inputs, clause, options) for clause in inputs["clause"].values.tolist())


def _room(program: Program, inputs: xr.Dataset, clause: str, options: SolveOptions) -> Room:
    """Tighten all rows of one clause by the same share, as far as there is a plan."""
    mine = (inputs["row_clause"].values == clause) & (inputs["row_concession"].values != "")
    bounds = inputs["row_bound"].values[mine]
    scale = float(inputs["clause_scale"].values[inputs["clause"].values == clause][0])
    size = np.where(np.abs(bounds) > 0, np.abs(bounds), scale / max(len(bounds), 1))
    rows, signs = _rows(program, inputs, clause)
    cost = np.zeros(len(program.column_lower) + 1)
    cost[-1] = -1.0
    solver = Solver(with_column(program, "tightening", rows, signs * size, MOST), options)
    if solver.minimise(cost) != Outcome.OPTIMAL:
        return Room(clause, 0.0, 0.0)
    share = float(solver.values()[-1])
    return Room(clause, float("inf"), float("inf")) if share >= MOST else Room(clause, share * float(size.sum()), share)


def _rows(program: Program, inputs: xr.Dataset, clause: str) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray]:
    """Rows of a clause in the order of the inputs, and the sign that tightens each."""
    starts = {family.name: family.start for family in program.rows}
    senses, owners = inputs["row_sense"].values, inputs["row_clause"].values
    ways = inputs["row_concession"].values
    rows, signs = [], []
    for sense, sign in (("at_least", -1.0), ("at_most", 1.0)):
        places = np.flatnonzero(senses == sense)
        for number, place in enumerate(places):
            if owners[place] == clause and ways[place]:
                rows.append((place, starts[f"clause.{sense}"] + number))
                signs.append((place, sign))
    order = np.argsort([place for place, _ in rows])
    return np.array([row for _, row in rows])[order], np.array([sign for _, sign in signs])[order]
