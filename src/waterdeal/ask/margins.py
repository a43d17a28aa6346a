"""How far each clause is from binding: how much it alone could ask for more, with all else holding."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.extend import with_column
from waterdeal.lp.highs import solved_for_last
from waterdeal.lp.options import Outcome

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program

#: least weight of a concession
SMALLEST = 1e-12
#: more than any promise could be tightened by, as a share of it
MOST = 1e4


@dataclass(frozen=True)
class Room:
    """How much more a clause could ask for."""

    clause: str  # its id
    amount: float  # by how much the number of its sentence could change, in its unit; all its parts tightened by the same share
    share: float  # that share; infinite where nothing bounds it
    unit: str


def clause_rooms(program: Program, inputs: xr.Dataset, options: SolveOptions) -> tuple[Room, ...]:
    """Find the room of every clause."""
    return tuple(_room(program, inputs, clause, options) for clause in inputs["clause"].values.tolist())


def _room(program: Program, inputs: xr.Dataset, clause: str, options: SolveOptions) -> Room:
    """Tighten all rows of one clause by the same share, as far as there is a plan."""
    mine = np.flatnonzero((inputs["row_clause"].values == clause) & (inputs["row_concession"].values != ""))
    bounds, senses = inputs["row_bound"].values[mine], inputs["row_sense"].values
    (number,) = np.flatnonzero(inputs["clause"].values == clause)
    scale, unit = float(inputs["clause_scale"].values[number]), str(inputs["clause_unit"].values[number])
    weight = inputs["concession_weight"].values[inputs["concession_clause"].values == clause].max(initial=SMALLEST)
    size = np.where(np.abs(bounds) > 0, np.abs(bounds), scale / weight)
    families = {sense: program.rows_of(f"clause.{sense}") for sense in set(senses[mine].tolist())}
    parts = zip(senses[mine].tolist(), inputs["row_part"].values[mine].tolist(), strict=True)
    rows = np.array([families[sense].start + (families[sense].place_of((clause, part)) or 0) for sense, part in parts], dtype=np.int64)
    signs = np.where(senses[mine] == "at_least", -1.0, 1.0)
    solver, outcome = solved_for_last(with_column(program, "tightening", rows, signs * size, MOST), options, -1.0)
    if outcome != Outcome.OPTIMAL:
        return Room(clause, 0.0, 0.0, unit)
    share = float(solver.values()[-1])
    return Room(clause, math.inf, math.inf, unit) if share >= MOST else Room(clause, share * scale, share, unit)
