"""What documents print of any plan: totals are those of their addends, and every cell is within one unit of its last digit of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given

import waterdeal as wd
from tests.properties.agreements import agreements
from tests.thorough import examples
from waterdeal.errors import Infeasible
from waterdeal.reports.allocation import make_periods
from waterdeal.reports.edition import Edition
from waterdeal.reports.table import Table
from waterdeal.results.tables import SMALL
from waterdeal.words import Words

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft
    from waterdeal.reports.document import Document
    from waterdeal.types import Floats

#: one unit of the last digit, and what floats leave
UNIT = 0.1 * (1 + 1e-6) + 1e-9


def _numbers(document: Document, name: str, level: int, count: int) -> Floats:
    """Numbers of the rows of a level of a table, its first columns of numbers."""
    tables = [block for block in document.blocks if isinstance(block, Table) and block.name == name]  # none where it has no rows
    rows = [row[1 : 1 + count] for table in tables for place, row in enumerate(table.rows) if table.level(place) == level]
    return np.array(rows, dtype=float).reshape(len(rows), count)


def _by_period(plan: xr.Dataset, values: Floats) -> Floats:
    """Sums over the months, the seasons where there are several, and all."""
    edition = Edition(plan, Words("ru"))
    periods = make_periods(edition.steps, edition.words, by_step=False)
    return np.column_stack([values[:, list(period.steps)].sum(axis=1) for period in periods])


@pytest.mark.thorough
@examples(2, thorough=200)
@given(agreements())
def test_totals_and_cells_of_random_plans(river: Draft) -> None:
    """Of the annex and the season: tables whose rows are users, the place of inflow, and their totals."""
    try:
        plan = river.plan()
    except Infeasible:
        assume(False)
    for kind in ("annex", "season"):
        document = wd.report(plan, kind, "ru")
        assert not [gap for block in document.blocks if isinstance(block, Table) for gap in block.gaps()]
    for name, values in (("annex_limits", plan["delivery"].values), ("shortages", plan["shortage"].values)):
        due = _by_period(plan, values)
        printed = _numbers(document, name, 2, due.shape[1])
        assert np.abs(np.sort(printed, axis=0) - np.sort(due, axis=0)).max(initial=0.0) <= UNIT
        assert np.abs(_numbers(document, name, 0, due.shape[1]) - due.sum(axis=0)).max(initial=0.0) <= UNIT
    inflow = _by_period(plan, plan["runoff"].values)
    there = inflow[inflow[:, -1] > SMALL]
    assert np.abs(_numbers(document, "inflow", 0, inflow.shape[1]) - inflow.sum(axis=0)).max(initial=0.0) <= UNIT + 1e-3
    assert len(_numbers(document, "inflow", 2, inflow.shape[1])) <= len(there)
