"""What a plan makes due by a clause whose promise depends on it: what a concession of water is a share of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.forms import clause_readings, clause_rows
from waterdeal.agreement.inputs import clauses_of, number_told
from waterdeal.agreement.river import Flows, River
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

#: what promises of water depend on
_QUANTITIES = ("flow", "delivery", "storage")


def due_of(program: Program, inputs: xr.Dataset, clause: str, values: Floats, parts: Mapping[str, float]) -> float | None:
    """Return what the part of a clause that concedes most promises in a plan, hm3; None where its sentence says it, or it is no water."""
    (one,) = [held for held in clauses_of(inputs) if held.id == clause]
    unit = str(inputs["clause_unit"].values[inputs["clause"].values == clause][0])
    if unit != "hm3" or not math.isnan(number_told(clause_rows(one, River(inputs)))):
        return None
    most = max(parts, key=lambda part: parts[part], default="")
    readings = clause_readings(one, _flows(program, inputs, values))
    return max((reading.promised for reading in readings if reading.part == most), default=None)


def _flows(program: Program, inputs: xr.Dataset, values: Floats) -> Flows:
    """Lay the water of a plan on its steps."""
    steps = {label: number for number, label in enumerate(inputs["step"].values.tolist())}
    told = {}
    for name in _QUANTITIES:
        quantity = vocabulary()[name]
        places = {label: number for number, label in enumerate(inputs[quantity.dims[0]].values.tolist())}
        found = np.full((len(places), len(steps)), np.nan)
        for family in program.columns:
            if family.name in quantity.solved_as.split():
                at = [(places[place], steps[step]) for place, step in family.indices()]
                found[tuple(np.array(at, dtype=int).reshape(-1, 2).T)] = values[family.start : family.start + family.size]
        told[name] = (quantity.dims, found)
    return Flows(inputs.assign(told))
