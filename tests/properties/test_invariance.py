"""What must not change a plan does not, and what must change it does so in proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.changes import in_km3, renamed, scaled, shuffled
from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    from tests.drafts import Draft

#: levels on which more water can only help; floods are another matter
NEEDS = ("drinking", "entitlement", "environment", "irrigation")
DECISIONS = ("flow", "storage", "delivery")


def same_plan(one: xr.Dataset, other: xr.Dataset, factor: float = 1.0) -> None:
    """Assert that one plan is the other times a factor, by name."""
    for name in DECISIONS:
        wanted, found = one[name] * factor, other[name].reindex_like(one[name])
        xr.testing.assert_allclose(wanted, found, rtol=1e-7, atol=1e-6 * max(1.0, factor))


@examples(2, thorough=12)
@given(river=rivers(), seed=st.integers(0, 9), size=st.sampled_from([0.1, 8.0]))
def test_order_units_and_size(river: Draft, seed: int, size: float) -> None:
    """The order of rows says nothing, nor does a unit; a river eight times as large has a plan eight times as large."""
    plan = river.plan()
    same_plan(plan, shuffled(river, seed).plan())
    same_plan(plan, in_km3(river).plan())
    same_plan(plan, scaled(river, size).plan(), size)


@examples(2, thorough=12)
@given(river=rivers())
def test_names(river: Draft) -> None:
    """Names decide between plans of the same worth, never what a plan is worth."""
    assert renamed(river).plan()["level_value"].values == pytest.approx(river.plan()["level_value"].values, rel=1e-6, abs=1e-5)


@examples(2, thorough=12)
@given(river=rivers(), factor=st.sampled_from([1.05, 1.5, 3.0]))
def test_more_water(river: Draft, factor: float) -> None:
    """More water never worsens the first level that is not met."""
    wetter = river.with_content(hydrology={"year_class": "mean", "factor": factor})
    dry, wet = (one.plan(levels=NEEDS)["level_value"].values for one in (river, wetter))
    for before, after in zip(dry, wet, strict=True):
        assert after <= before + 1e-5
        if before > 1e-6:
            break


@examples(2, thorough=12)
@given(river=rivers())
def test_levels_in_turn(river: Draft) -> None:
    """A level reaches the same value however many come after it."""
    every = river.plan()["level_value"].values
    for count in (3, 6):
        assert river.plan(levels=LEVELS[:count])["level_value"].values == pytest.approx(every[:count], rel=1e-6, abs=1e-5)
