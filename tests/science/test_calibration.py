"""Calibration of areas, against a quadratic program of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.published.routes import quadratic_plan
from waterdeal.science.calibration import BaseYear, CalibratedCosts, base_year_duals, calibrate_by_duals, calibrate_by_elasticities

#: a zone of three crops (assumed): USD a t, t/ha, USD/ha, kha, thousand m3/ha, hm3
ZONE = BaseYear(
    np.array([600.0, 200, 250]), np.array([3.0, 5, 6]), np.array([900.0, 500, 800]), np.array([40.0, 30, 10]),
    land=80, water_use=np.array([9.0, 5, 8]), water=590,
)  # fmt: skip


def planned(base: BaseYear, costs: CalibratedCosts) -> tuple[np.ndarray, np.ndarray]:
    """Areas of greatest margin under calibrated costs, and what land and water are worth."""
    return quadratic_plan(base.price * base.yield_ - costs.alpha, costs.gamma, base.rows, base.limits)


def test_both_ways_return_the_areas_observed() -> None:
    """Under land and water that are both used up, either calibration gives back what was seen."""
    for costs in (calibrate_by_duals(ZONE), calibrate_by_elasticities(ZONE, [0.4, 0.8, 1.2])):
        assert planned(ZONE, costs)[0] == pytest.approx(ZONE.area, rel=1e-5)


def test_duals_of_the_base_year_stay() -> None:
    """Prices of land and water after an elasticity calibration are those it was found with, here of water alone."""
    dry = replace(ZONE, land=100)
    land, water = base_year_duals(dry)[0]
    areas, worth = planned(dry, calibrate_by_elasticities(dry, 0.5))
    assert land == 0
    assert water > 0
    assert areas == pytest.approx(dry.area, rel=1e-5)
    assert worth == pytest.approx([land, water], rel=1e-4, abs=1e-6)


def test_elasticity_is_what_it_says() -> None:
    """Where neither land nor water binds, one per cent more revenue moves the area by the elasticity in per cent."""
    free = replace(ZONE, land=1000, water_use=None, water=np.inf)
    eta = np.array([0.4, 0.8, 1.2])
    costs = calibrate_by_elasticities(free, eta)
    moved = planned(replace(free, price=free.price * 1.01), costs)[0]
    assert (moved / free.area - 1) / 0.01 == pytest.approx(eta, rel=1e-3)


def test_marginal_crop_has_a_flat_cost() -> None:
    """By duals one crop a binding limit keeps no curvature: that is why elasticities are better."""
    costs = calibrate_by_duals(replace(ZONE, land=100))
    assert (costs.gamma == 0).sum() == 1
    assert (calibrate_by_elasticities(ZONE, 0.5).gamma > 0).all()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"land": 79.0}, "of land"),
        ({"water": 589.0}, "of water"),
        ({"area": np.array([40.0, 0, 10])}, "above 0"),
        ({"price": np.array([600.0, 200])}, "3 crops"),
        ({"water_use": None}, "go together"),
    ],
)
def test_base_year_that_cannot_have_been(change: dict[str, Any], match: str) -> None:
    """Observed areas above land or water, and data that do not fit, are refused."""
    with pytest.raises(ValueError, match=match):
        replace(ZONE, **change)


def test_crops_at_a_loss_and_odd_elasticities_are_refused() -> None:
    """A crop grown at a loss has no dual, and supply does not fall with revenue."""
    with pytest.raises(ValueError, match="at a loss"):
        calibrate_by_duals(replace(ZONE, cost=np.array([900.0, 1500, 800])))
    with pytest.raises(ValueError, match="above 0"):
        calibrate_by_elasticities(ZONE, [0.4, 0, 1])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 50), st.floats(200, 2000), st.floats(0.1, 0.95), st.floats(2, 12)), min_size=2, max_size=5),
    st.floats(0.2, 3),
    st.floats(1, 1.5),
)
def test_random_zones_are_given_back(crops: list[tuple[float, float, float, float]], eta: float, spare: float) -> None:
    """Whatever crops, margins and water: the base year comes back, with land or without to spare."""
    area, revenue, share, use = np.array(crops).T
    base = BaseYear(revenue, np.ones(len(area)), revenue * share, area, float(area.sum()) * spare, use, float(area @ use))
    assert planned(base, calibrate_by_elasticities(base, eta))[0] == pytest.approx(area, rel=2e-3)
