"""Every plan passes its audit, keeps the water of the basin together, and grows with the river."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from hypothesis import given

from tests.properties.changes import scaled
from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.results.audit import audit

if TYPE_CHECKING:
    from tests.drafts import Draft


@examples(2, thorough=12)
@given(river=rivers())
def test_water_of_the_whole_basin(river: Draft) -> None:
    """What entered less what was used, evaporated and lost is in store, on its way or gone; from the printed plan alone."""
    plan = river.plan()
    assert audit(plan).passed

    def total(name: str) -> float:
        return float(plan[name].sum())

    ends = np.isin(plan["link_to"].values, plan["node"].values[plan["node_kind"].values == "outlet"])
    gone = plan["arrival"].values[ends].sum() + plan["inflow_returned"].values[plan["node_kind"].values == "outlet"].sum()
    brought = total("runoff") + total("storage_initial") + total("transit_initial") + total("return_flow")
    stored = float(plan["storage"].isel(time=-1).sum()) + total("transit_final")
    assert brought == pytest.approx(total("delivery") + total("evaporation") + total("loss") + gone + stored, rel=1e-9, abs=1e-6)


@pytest.mark.thorough  # by default: other units and another order, in test_invariance
@examples(2, thorough=12)
@given(river=rivers())
def test_a_river_three_times_as_large(river: Draft) -> None:
    """Every level is worth three times as much."""
    assert scaled(river, 3).plan()["level_value"].values == pytest.approx(3 * river.plan()["level_value"].values, rel=1e-6, abs=1e-4)


@examples(2, thorough=12)
@given(river=rivers())
def test_rows_bottom_up(river: Draft) -> None:
    """Reversed tables give the same plan."""
    plan, other = river.plan(), replace(river, tables={name: rows[::-1] for name, rows in river.tables.items()}).plan()
    for name in ("flow", "storage", "delivery"):
        xr.testing.assert_allclose(plan[name], other[name].reindex_like(plan[name]), rtol=0, atol=1e-6)
