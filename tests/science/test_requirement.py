"""Effective rain, net requirement, efficiencies, dated operations."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.calendar import StepKind, make_steps
from waterdeal.science.requirement import Efficiency, Operation, RainMethod, effective_rainfall, net_requirement, operation_depths
from waterdeal.words import read_texts


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
    """Rain and capillary rise come off; surplus is not carried on."""
    assert net_requirement([100, 100, 20], [10, 10, 30], [5, 0, 0]).tolist() == [85, 90, 0]
    for rain, risen in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="0 or more"):
            net_requirement(100, rain, risen)


def test_efficiencies_multiply_and_say_what_they_cover() -> None:
    """The chain is the product; every part has its loss written beside it."""
    chain = Efficiency(0.7, 0.8, 0.9)
    assert chain.total == pytest.approx(0.504)
    assert {f"efficiency.{part}" for part in vars(chain)} == {key for key in read_texts("en") if key.startswith("efficiency.")}


@pytest.mark.parametrize("share", [0, -0.1, 1.01, np.nan])
@pytest.mark.parametrize("part", ["application", "distribution", "conveyance"])
def test_odd_efficiencies_are_refused(part: str, share: float) -> None:
    """What is no share of water is refused, and the message says which loss is meant."""
    with pytest.raises(ValueError, match=f"{part} efficiency"):
        Efficiency(**{"application": 0.7, "distribution": 0.8, "conveyance": 0.9, part: share})


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: Operation("leaching", -1, date(2026, 1, 1), date(2026, 2, 1)), "0 or more"),
        (lambda: Operation("leaching", 100, date(2026, 2, 1), date(2026, 2, 1)), "not after its start"),
    ],
)
def test_impossible_operations_are_refused(call: Any, match: str) -> None:
    """Operations of less than nothing or without days are refused."""
    with pytest.raises(ValueError, match=match):
        call()


def test_operations_are_spread_by_days() -> None:
    """Depth follows the days of each step; what lies before the horizon is past."""
    steps = make_steps(date(2026, 2, 1), date(2026, 4, 1), StepKind.MONTH)
    charging = Operation("charging", 150, date(2026, 3, 1), date(2026, 3, 16))
    leaching = Operation("leaching", 200, date(2026, 1, 12), date(2026, 3, 3))
    assert operation_depths([charging, leaching], steps) == pytest.approx(np.array([[0, 150], [200 * 28 / 50, 200 * 2 / 50]]))
