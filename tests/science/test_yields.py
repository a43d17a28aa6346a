"""Yield responses: what they share, where they fail."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.science.yields import (
    additive_yield,
    jensen_yield,
    multiplicative_yield,
    relative_evapotranspiration,
    salinity_factor,
    seasonal_yield,
)

#: FAO-33 response factors of maize by stage (physics.json, AG-19)
MAIZE = [0.4, 1.5, 0.5, 0.2]
FORMS = {
    name: partial(form, MAIZE)
    for name, form in (("additive", additive_yield), ("multiplicative", multiplicative_yield), ("jensen", jensen_yield))
}

shares = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@pytest.mark.parametrize("form", FORMS)
@given(supply=shares, more=st.floats(0, 1), stage=st.integers(0, 3))
def test_more_water_never_yields_less(form: str, supply: list[float], more: float, stage: int) -> None:
    """Every form lies between 0 and 1, is 1 at full supply, and rises with each stage's water."""
    before = np.array(supply)
    after = before.copy()
    after[stage] += (1 - after[stage]) * more
    low, high = FORMS[form](np.stack([before, after]))
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-12
    assert FORMS[form](np.ones(4)) == 1


def test_two_failures_do_not_make_a_harvest() -> None:
    """With two stages whose factors are above 1 the bare product of two negatives would be a yield."""
    assert multiplicative_yield([1.5, 1.5, 0, 0], [0, 0, 1, 1]) == 0


def test_jensen_by_hand() -> None:
    """Shares to the power of their sensitivities."""
    assert jensen_yield([0.5, 1, 0, 2], [0.25, 0.5, 0, 0.5]) == pytest.approx(0.5 * 0.5 * 1 * 0.25)


def test_seasonal_yield_is_floored() -> None:
    """A factor above 1 does not give a negative yield."""
    assert seasonal_yield(1.25, [1, 0.6, 0.2, 0]) == pytest.approx([1, 0.5, 0, 0])


def test_relative_evapotranspiration() -> None:
    """A stage that asks for nothing lacks nothing; rounding above 1 is taken off."""
    assert relative_evapotranspiration([0, 50, 100 * (1 + 1e-10)], [0, 100, 100]).tolist() == [1, 0.5, 1]


def test_salt_spares_up_to_a_threshold_and_kills() -> None:
    """Below the threshold nothing is lost, far above everything."""
    assert salinity_factor([5, 7.7, 100], 7.7, 5.2).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: relative_evapotranspiration(110, 100), "unstressed"),
        (lambda: relative_evapotranspiration(-1, 100), "negative"),
        (lambda: additive_yield([-0.1, 0, 0, 0], np.ones(4)), "factor"),
        (lambda: jensen_yield([1, 1, 1, 1], [1.1, 1, 1, 1]), "between 0 and 1"),
        (lambda: multiplicative_yield([1, 1, 1, 1], [np.nan, 1, 1, 1]), "between 0 and 1"),
        (lambda: salinity_factor(-1, 2, 3), "0 or more"),
    ],
)
def test_impossible_answers_are_refused(call: Any, match: str) -> None:
    """Shares outside 0 to 1 and negative factors are refused."""
    with pytest.raises(ValueError, match=match):
        call()
