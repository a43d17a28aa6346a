"""What a plan at a corner of a frontier means to promises, clauses, nature, parties and reservoirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.results.tables import party_order
from waterdeal.studies.measures import has_measure, make_measure
from waterdeal.studies.owners import columns_by_place, family_indices

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program

#: what is added up by place, and how it is called
SUMMED = {"limit": "entitlement.shortfall", "clause": "clause.conceded", "flow": "environment.flow_shortfall"}


def corner_figures(program: Program, inputs: xr.Dataset, values: NDArray[np.float64]) -> dict[str, float]:
    """Read figures off a plan.

    Parameters
    ----------
    program : Program
        The compiled model.
    inputs : xarray.Dataset
        Inputs it was built from.
    values : numpy.ndarray
        Value of every column.

    Returns
    -------
    dict
        By name: ``limit:ID``, ``clause:ID`` and ``flow:ID``, what is missing to promises, clauses and least flows; ``delivery:PARTY``;
        ``storage:BODY``, at the end.
    """
    found: dict[str, float] = {}
    for kind, family in SUMMED.items():
        for column, place in columns_by_place(program, family):
            found[f"{kind}:{place}"] = found.get(f"{kind}:{place}", 0.0) + float(values[column])
    for party in party_order(inputs):
        if has_measure(program, inputs, party, "delivery"):
            good = make_measure(program, inputs, party, "delivery").good
            found[f"delivery:{party}"] = float((good * values).sum())
    last = str(inputs["step"].values[-1])
    for name in ("reservoir.storage", "lake.storage"):
        family_found = next((family for family in program.columns if family.name == name), None)
        for offset, index in enumerate(family_indices(family_found) if family_found is not None else ()):
            if isinstance(index, tuple) and str(index[1]) == last:
                found[f"storage:{index[0]}"] = float(values[family_found.start + offset]) if family_found is not None else 0.0
    return found
