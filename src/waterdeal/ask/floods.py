"""What floods bring over dams whatever is agreed: no more may go there under clauses, or water that no outlet passes would keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.clauses import ClauseProgram
from waterdeal.unlabelled import with_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program

#: water over a dam that is none, hm3, and how much more than on first lines the curves may send there, as a share of it
NONE, CURVED = 1e-6, 0.01
#: what it is in the inputs, and in the model
MOST, EXCESS = "release_excess_max", "reservoir.release_excess"


def flooded(
    inputs: xr.Dataset, compiled: Callable[[xr.Dataset], Program], levels: Sequence[str], options: SolveOptions
) -> tuple[Program, xr.Dataset]:
    """Return inputs in which what a flood brings over a dam without clauses may go there, in the step or one beside it, and their program.

    Safety is solved with all clauses let go. The inputs themselves are returned where nothing has to go over a dam.
    """
    program = compiled(inputs)
    family = next((family for family in program.columns if family.name == EXCESS), None)
    if not inputs.sizes["clause_row"] or "safety" not in levels or family is None or not family.size:
        return program, inputs
    model = ClauseProgram(program, inputs, options)
    model.hold({})
    columns = np.arange(family.start, family.start + family.size)
    model.solver.column_bounds.put(columns, np.zeros(family.size), np.full(family.size, np.inf))
    values = model.least(program.goals["safety"][0])
    if values is None or values[columns].max() <= NONE:
        return program, inputs
    over = np.zeros(inputs[MOST].shape)
    for row, body in enumerate(inputs["reservoir"].values.tolist()):
        for step, label in enumerate(inputs["step"].values.tolist()):
            place = family.place_of((body, label))
            over[row, step] = 0.0 if place is None else values[family.start + place]
    over = np.where(over > NONE, (1 + CURVED) * over, 0.0)
    beside = np.pad(over, ((0, 0), (1, 1)))
    most = np.maximum(over, np.maximum(beside[:, :-2], beside[:, 2:]))
    inputs = with_variables(inputs, {MOST: inputs.variables[MOST].copy(data=most)})
    return compiled(inputs), inputs
