"""How far each clause is from binding: how much it alone could ask for more, with all else holding."""

from __future__ import annotations

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

#: more than any promise could be tightened by, as a share of it
MOST = 1e4


@dataclass(frozen=True)
class Room:
    """How much more a clause could ask for."""

    clause: str  # its id
    amount: float  # in all, in its unit; all its parts tightened by the same share
    share: float  # that share; infinite where nothing bounds it


def clause_rooms(program: Program, inputs: xr.Dataset, options: SolveOptions) -> tuple[Room, ...]:
    """Find the room of every clause."""
    return tuple(_room(program, inputs, clause, options) for clause in inputs["clause"].values.tolist())


def _room(program: Program, inputs: xr.Dataset, clause: str, options: SolveOptions) -> Room:
    """Tighten all rows of one clause by the same share, as far as there is a plan."""
    mine = np.flatnonzero((inputs["row_clause"].values == clause) & (inputs["row_concession"].values != ""))
    bounds, senses = inputs["row_bound"].values[mine], inputs["row_sense"].values
    scale = float(inputs["clause_scale"].values[inputs["clause"].values == clause][0])
    size = np.where(np.abs(bounds) > 0, np.abs(bounds), scale / max(len(bounds), 1))
    families = {sense: program.rows_of(f"clause.{sense}") for sense in set(senses[mine].tolist())}
    parts = zip(senses[mine].tolist(), inputs["row_part"].values[mine].tolist(), strict=True)
    rows = np.array([families[sense].start + (families[sense].place_of((clause, part)) or 0) for sense, part in parts], dtype=np.int64)
    signs = np.where(senses[mine] == "at_least", -1.0, 1.0)
    solver, outcome = solved_for_last(with_column(program, "tightening", rows, signs * size, MOST), options, -1.0)
    if outcome != Outcome.OPTIMAL:
        return Room(clause, 0.0, 0.0)
    share = float(solver.values()[-1])
    return Room(clause, float("inf"), float("inf")) if share >= MOST else Room(clause, share * float(size.sum()), share)
