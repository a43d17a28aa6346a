"""How far each clause is from binding: how much it alone could ask for more, with all else holding, on the curves of nature.

What is told is asked for in a plan that is on the curves; more than stands beside it no plan can give, as nothing between hulls does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.forms import clause_rows
from waterdeal.agreement.inputs import clauses_of, number_told
from waterdeal.agreement.river import River
from waterdeal.ask.bargain import OnCurves
from waterdeal.ask.curves import SMALLEST_MISS
from waterdeal.lp.extend import with_column

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints

#: more than any promise could be tightened by, as a share of it
MOST = 1e4
#: share of a promise that is none, and what is left to rounding of one
NOTHING, SPARE = 1e-7, 1e-7


@dataclass(frozen=True)
class Room:
    """How much more a clause could ask for."""

    clause: str  # its id
    amount: float  # by how much the number of its sentence could change, in its unit: what its concession would be, the other way
    share: float  # that as a share of the promise; infinite where nothing bounds it, NaN where nothing is promised
    unit: str
    most: float = math.inf  # no plan at all asks for more, in the same unit
    proven: bool = True  # whether a plan on the curves asks for the amount; else it is of lines alone


def clause_rooms(program: Program, inputs: xr.Dataset, options: SolveOptions, marks: xr.Dataset | None = None) -> tuple[Room, ...]:
    """Find the room of every clause, of a program with the lines of a plan in which nothing dries, and the `marks` of what does in it."""
    first, ids = len(program.column_lower), inputs["clause"].values.tolist()
    for clause in ids:
        program = with_column(program, "tightening", *_rows(program, inputs, clause), 0.0)
    model = OnCurves(program, inputs, options)
    rooms = [_room(model, clause, first + place, inputs if marks is None else marks) for place, clause in enumerate(ids)]
    river = River(inputs)
    of_nothing = {clause.id for clause in clauses_of(inputs) if clause.id in ids and number_told(clause_rows(clause, river)) == 0}
    return tuple(replace(room, share=math.nan) if room.clause in of_nothing and room.share < math.inf else room for room in rooms)


def _rows(program: Program, inputs: xr.Dataset, clause: str) -> tuple[Ints, Floats]:
    """Return the rows of a clause, and by how much each is tightened where the number of its sentence asks for its own size more."""
    weight = dict(zip(inputs["concession"].values.tolist(), inputs["concession_weight"].values.tolist(), strict=True))
    weights = [weight.get(f"{clause},{way}", 0.0) for way in inputs["row_concession"].values.tolist()]
    mine = np.flatnonzero((inputs["row_clause"].values == clause) & (np.array(weights) > 0))
    senses, size = inputs["row_sense"].values[mine], float(inputs["clause_scale"].sel(clause=clause)) / np.array(weights)[mine]
    families = {sense: program.rows_of(f"clause.{sense}") for sense in set(senses.tolist())}
    parts = zip(senses.tolist(), inputs["row_part"].values[mine].tolist(), strict=True)
    rows = np.array([families[sense].start + (families[sense].place_of((clause, part)) or 0) for sense, part in parts], dtype=np.int64)
    return rows, np.where(senses == "at_least", -1.0, 1.0) * size


def _room(model: OnCurves, clause: str, column: int, marks: xr.Dataset) -> Room:
    """Tighten all rows of one clause by the same share, as far as there is a plan."""
    (number,) = np.flatnonzero(model.inputs["clause"].values == clause)
    scale, unit = float(model.inputs["clause_scale"].values[number]), str(model.inputs["clause_unit"].values[number])
    cost = np.zeros(len(model.cost))
    cost[column] = -1.0
    _bound(model, column, 0.0, MOST)
    between = model.lowest(cost)
    most = MOST if between is None else float(between[column])
    model.marks.take(marks)
    share, is_found = (0.0, True) if most <= NOTHING else _tightened(model, column, cost)
    _bound(model, column, 0.0, 0.0)
    on_planes = unit == "GWh" and model.inputs.sizes["headed"] > 0  # energy of followed heads is that of the planes of a pass
    amount, most = (math.inf if of >= MOST else of * scale for of in (share, most))
    return Room(clause, amount, math.inf if share >= MOST else share, unit, max(amount, most), is_found and not on_planes)


def _bound(model: OnCurves, column: int, lower: float, upper: float) -> None:
    """Let a clause be tightened by so much."""
    model.solver.column_bounds.put(np.array([column]), np.array([lower]), np.array([upper]))


def _tightened(model: OnCurves, column: int, cost: Floats) -> tuple[float, bool]:
    """Return the largest share by which a clause can be tightened in a plan near the lines of the program, and whether it is on the curves.

    Where none is found on them, it is that of the lines.
    """
    model.curves.draw(model.solver, [lake.line for lake in model.curves.lakes])
    model.marks.hold(model.solver)
    first = model.from_cold(cost)
    if first is None or model.curves.missed(first) <= SMALLEST_MISS:
        return (0.0, True) if first is None else (float(first[column]), True)
    found = model.nearest(lambda: model.from_cold(cost), lambda values: values[[column]], first)
    if found is None:
        return float(first[column]), False
    share = max(float(found[column]) * (1 - SPARE) - SPARE, 0.0)
    _bound(model, column, share, MOST)
    plan = model.settled(found)
    return (share, True) if plan is not None else (float(first[column]), False)
