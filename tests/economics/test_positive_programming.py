"""Calibration of areas, and money of different years."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waterdeal.economics.positive_programming import BaseYear, calibrate_by_duals, calibrate_by_elasticities, calibrated_areas
from waterdeal.economics.present_value import annuity_value, equal_payment, present_value

#: a zone of three crops (assumed): USD a t, t/ha, USD/ha, kha, thousand m3/ha, hm3
ZONE = BaseYear(
    np.array([600.0, 200, 250]), np.array([3.0, 5, 6]), np.array([900.0, 500, 800]), np.array([40.0, 30, 10]),
    land=80, water_use=np.array([9.0, 5, 8]), water=590,
)  # fmt: skip


def test_both_ways_return_the_areas_observed() -> None:
    """Under land and water that are both used up, either calibration gives back what was seen."""
    for costs in (calibrate_by_duals(ZONE), calibrate_by_elasticities(ZONE, [0.4, 0.8, 1.2])):
        plan = calibrated_areas(ZONE, costs)
        assert plan.certified
        assert plan.values == pytest.approx(ZONE.area, rel=1e-5)


def test_duals_of_the_base_year_stay() -> None:
    """Prices of land and water after an elasticity calibration are those it was found with, here of water alone."""
    dry = replace(ZONE, land=100)
    costs = calibrate_by_elasticities(dry, 0.5)
    plan = calibrated_areas(dry, costs)
    assert costs.land_dual == 0
    assert costs.water_dual > 0
    assert plan.values == pytest.approx(dry.area, rel=1e-5)
    assert plan.shadow_values == pytest.approx([costs.land_dual, costs.water_dual], rel=1e-4, abs=1e-6)


def test_elasticity_is_what_it_says() -> None:
    """Where neither land nor water binds, one per cent more revenue moves the area by the elasticity in per cent."""
    free = replace(ZONE, land=1000, water_use=None, water=np.inf)
    eta = np.array([0.4, 0.8, 1.2])
    costs = calibrate_by_elasticities(free, eta)
    moved = calibrated_areas(replace(free, price=free.price * 1.01), costs).values
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
    plan = calibrated_areas(base, calibrate_by_elasticities(base, eta))
    assert plan.values == pytest.approx(area, rel=2e-3)


def test_money_of_years() -> None:
    """An annuity is the sum of its years; a payment is its inverse; without interest it is a sum."""
    assert present_value([100, 100, 100], 0.08) == pytest.approx(float(annuity_value(100, 0.08, 3)))
    assert present_value([[0, 121], [110, 0]], 0.1) == pytest.approx([100, 100])
    assert annuity_value(equal_payment(500, 0.08, 20), 0.08, 20) == pytest.approx(500)
    assert annuity_value(100, 0, 3) == 300
    assert annuity_value(100, 1e-12, 3) == pytest.approx(300)
    assert annuity_value(100, 0.08, 0) == 0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: annuity_value(100, -1, 3), "above -1"),
        (lambda: annuity_value(100, 0.08, -1), "0 or more"),
        (lambda: equal_payment(100, 0.08, 0), "no year"),
    ],
)
def test_impossible_terms_are_refused(call: Any, match: str) -> None:
    """Rates that leave nothing and terms without years are refused."""
    with pytest.raises(ValueError, match=match):
        call()
