"""Indicators against hand values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.drafts import draft, together, user
from waterdeal.results.indicators import demand_indicators, gini, group_indicators, jain, plan_indicators

if TYPE_CHECKING:
    import xarray as xr

CUMEC_DAY = 0.0864


@pytest.mark.parametrize(
    ("values", "uneven", "even"),
    [
        ([1, 1, 1, 1], 0, 1),
        ([1, 0, 0, 0], 0.75, 0.25),
        ([1, 1, 0, 0], 0.5, 0.5),
        ([1, 2, 3, 4], 0.25, 100 / 120),
        ([1, 3], 0.25, 16 / 20),
        ([5], 0, 1),
        ([0, 0], 0, 1),
    ],
)
def test_gini_and_jain(values: list[float], uneven: float, even: float) -> None:
    """Both by hand; neither minds the unit."""
    array = np.array(values, dtype=float)
    assert [gini(array), jain(array)] == pytest.approx([uneven, even])
    assert [gini(array * 7), jain(array * 7)] == pytest.approx([uneven, even])


@pytest.fixture(scope="module")
def plan() -> xr.Dataset:
    """A town of 10 and fields of 20 on 12, 20 and 40 hm3, and a user of nothing."""
    return draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        volumes={"spring": [12, 20, 40]},
        **together(
            user("town", "fork", 10 / CUMEC_DAY, kind="municipal"),
            user("fields", "fork", 20 / CUMEC_DAY),
            user("idle", "fork", 0),
        ),
    ).plan()


def test_demand_indicators(plan: xr.Dataset) -> None:
    """Fields get 2, 10 and 20 of 20."""
    table = demand_indicators(plan)
    fields = table.loc["fields"]
    assert fields[["requirement", "delivery", "shortage"]].tolist() == pytest.approx([60, 32, 28])
    assert fields[["supply_ratio", "worst_ratio", "reliability"]].tolist() == pytest.approx([32 / 60, 0.1, 1 / 3])
    assert table.loc["town", ["supply_ratio", "worst_ratio", "reliability"]].tolist() == pytest.approx([1, 1, 1])
    assert table.loc["idle", ["supply_ratio", "worst_ratio", "reliability"]].isna().all()


@pytest.mark.parametrize("by", ["party", "zone"])
def test_group_indicators(plan: xr.Dataset, by: str) -> None:
    """Groups add up to the whole; the worst step is that of the sum."""
    table = group_indicators(plan, by)
    assert table[["requirement", "delivery", "shortage"]].sum().tolist() == pytest.approx([90, 62, 28])
    if by == "party":
        assert table.loc["A", ["supply_ratio", "worst_ratio"]].tolist() == pytest.approx([62 / 90, 0.1])


def test_plan_indicators(plan: xr.Dataset) -> None:
    """Evenness is that of the users who need water."""
    found = plan_indicators(plan)
    ratios = np.array([1, 32 / 60])
    assert found["gini"] == pytest.approx(gini(ratios))
    assert found["jain"] == pytest.approx(jain(ratios))
    assert [found["delivery"], found["supply_ratio"], found["worst_ratio"]] == pytest.approx([62, 62 / 90, 0.1])
