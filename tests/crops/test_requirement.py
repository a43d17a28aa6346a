"""Effective rain, net and gross requirement, leaching, dated operations."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.calendar import StepKind, make_steps
from waterdeal.crops.rainfall import RainMethod, effective_rainfall
from waterdeal.crops.requirement import (
    Efficiency,
    Operation,
    applied_water,
    field_percolation,
    gross_requirement,
    gross_volume,
    leaching_depth,
    leaching_fraction,
    net_requirement,
    operation_depths,
)


@pytest.mark.parametrize("method", ["fao", "fao_dependable", "usda", "none"])
@given(rain=st.floats(0, 600))
def test_effective_rain_is_part_of_the_rain(method: str, rain: float) -> None:
    """No formula gives less than nothing, or more than fell; more rain never gives less."""
    found = effective_rainfall([rain, rain + 1], method)
    assert 0 <= found[0] <= rain
    assert found[1] >= found[0] - 1e-9


def test_formulas_for_dry_country() -> None:
    """The dependable rain of CROPWAT has its own border and loss."""
    assert effective_rainfall([10, 70, 100], RainMethod.FAO_DEPENDABLE) == pytest.approx([0, 32, 56])
    assert effective_rainfall([10, 70], "fixed_share", 0.8) == pytest.approx([8, 56])
    assert effective_rainfall([10, 70], "none").tolist() == [0, 0]


@pytest.mark.parametrize(
    ("rain", "method", "share", "match"),
    [(-1, "fao", None, "negative"), (1, "bureau", None, "bureau"), (1, "fao", 0.8, "goes with"), (1, "fixed_share", None, "goes with"), (1, "fixed_share", 1.2, "0 to 1")],
)  # fmt: skip
def test_odd_rain_is_refused(rain: float, method: str, share: float | None, match: str) -> None:
    """Negative rain, unknown formulas and shares out of place are refused."""
    with pytest.raises(ValueError, match=match):
        effective_rainfall(rain, method, share)


def test_net_requirement() -> None:
    """Rain, soil water and capillary rise come off; filling the soil adds; surplus is not carried on."""
    found = net_requirement([100, 100, 20], [10, 10, 30], soil_water=[20, -20, 0], capillary_rise=[5, 5, 0])
    assert found.tolist() == [65, 105, 0]
    with pytest.raises(ValueError, match="0 or more"):
        net_requirement(100, -1)


def test_efficiencies_multiply_and_say_what_they_cover() -> None:
    """The chain is the product; every part has its loss written beside it."""
    chain = Efficiency(0.7, 0.8, 0.9)
    assert chain.total == pytest.approx(0.504)
    assert gross_requirement([50.4, 0], chain) == pytest.approx([100, 0])
    assert gross_volume(100, 2, Efficiency(0.5, 1, 1)) == pytest.approx(4)
    assert set(Efficiency.COVERS) == {"application", "distribution", "conveyance"}


@pytest.mark.parametrize("share", [0, -0.1, 1.01, np.nan])
@pytest.mark.parametrize("part", ["application", "distribution", "conveyance"])
def test_odd_efficiencies_are_refused(part: str, share: float) -> None:
    """What is no share of water is refused, and the message says which loss is meant."""
    with pytest.raises(ValueError, match=f"{part} efficiency"):
        Efficiency(**{"application": 0.7, "distribution": 0.8, "conveyance": 0.9, part: share})


def test_leaching_by_hand() -> None:
    """ECw 2, ECe 4: fraction 1/9, 900 mm applied for 800; half of the loss at 80 % application already passes all that is needed."""
    fraction = leaching_fraction(2, 4)
    assert fraction == pytest.approx(1 / 9)
    assert applied_water(800, fraction) == pytest.approx(900)
    assert field_percolation(800, 0.8, 0.25) == pytest.approx(50)
    assert leaching_depth(800, fraction, [0, 50, 100, 150]) == pytest.approx([100, 50, 0, 0])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: leaching_fraction(10, 4), "too salty"),
        (lambda: leaching_fraction(-1, 4), "negative"),
        (lambda: applied_water(800, 1.0), "below 1"),
        (lambda: field_percolation(800, 0, 0.5), "above 0"),
        (lambda: Operation("leaching", -1, date(2026, 1, 1), date(2026, 2, 1)), "0 or more"),
        (lambda: Operation("leaching", 100, date(2026, 2, 1), date(2026, 2, 1)), "not after its start"),
    ],
)
def test_impossible_leaching_is_refused(call: Any, match: str) -> None:
    """Water too salty to leach with, shares that are none, and operations without days are refused."""
    with pytest.raises(ValueError, match=match):
        call()


@given(st.floats(0, 5), st.floats(2.1, 10))
def test_leaching_stays_below_one(water: float, soil: float) -> None:
    """Every fraction that is given leaves water for the crop."""
    assert 0 <= float(leaching_fraction(water, soil)) < 1


def test_operations_are_spread_by_days() -> None:
    """Depth follows the days of each step; what lies before the horizon is past."""
    steps = make_steps(date(2026, 2, 1), date(2026, 4, 1), StepKind.MONTH)
    charging = Operation("charging", 150, date(2026, 3, 1), date(2026, 3, 16))
    leaching = Operation("leaching", 200, date(2026, 1, 12), date(2026, 3, 3))
    assert operation_depths([charging, leaching], steps) == pytest.approx(np.array([[0, 150], [200 * 28 / 50, 200 * 2 / 50]]))
