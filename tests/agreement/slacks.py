"""The slack of every part of every clause, by two routes that share nothing: the rows' terms, and the clause's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.results.clauses import measure_clauses

if TYPE_CHECKING:
    import xarray as xr

Slacks = dict[tuple[str, str, str], float]


def by_rows(flows: xr.Dataset) -> Slacks:
    """Evaluate the terms of all rows; the pieces of one scale count as the part they belong to."""
    names = ("row", "quantity", "place", "step", "factor")
    value = -flows["row_bound"].values
    amounts = {name: dict(zip(flows[flows[name].dims[0]].values.tolist(), flows[name].values, strict=True)) for name in np.unique(flows["term_quantity"])}
    for row, quantity, place, step, factor in zip(*(flows[f"term_{name}"].values.tolist() for name in names), strict=True):
        value[row] += factor * float(amounts[quantity][place][step])
    found: Slacks = {}
    labels = zip(*(flows[f"row_{name}"].values.tolist() for name in ("clause", "part", "concession", "sense")), strict=True)
    for (clause, part, concession, sense), amount in zip(labels, value.tolist(), strict=True):
        key = clause, re.sub(r"_\d$", "", part) if part.startswith(f"{concession}_") else part, sense
        found[key] = min(found.get(key, np.inf), amount if sense == "at_least" else -amount)
    return found


def by_text(flows: xr.Dataset) -> Slacks:
    """Measure the clauses, with no row in sight."""
    bare = flows.drop_dims(["clause_row", "clause_term", "concession", "regime"])
    measured = measure_clauses(bare)
    found = {(row.clause, row.part, row.sense): row.slack for row in measured.itertuples(index=False)}
    assert len(found) == len(measured)
    return found


def same_slacks(flows: xr.Dataset) -> None:
    """Assert that both routes give the same."""
    rows = by_rows(flows)
    assert rows
    assert rows == pytest.approx(by_text(flows), abs=1e-6, rel=1e-9)


def drawn_at_random(plan: xr.Dataset, seed: int, most: float = 120.0) -> xr.Dataset:
    """Replace the flows of a plan by random ones: no balance holds, clauses are measured all the same."""
    random, drawn = np.random.default_rng(seed), plan.copy(deep=True)
    for name in ("flow", "delivery", "storage", "turbine_flow"):
        drawn[name].values[:] = random.uniform(0, most, drawn[name].shape)
    drawn["energy"].values[:] = drawn["turbine_flow"].values * drawn["energy_factor"].values[:, None]
    return drawn
