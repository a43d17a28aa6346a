"""Aquifers: steps that can be cut anywhere, and what they leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.science.aquifer import aquifer_factors, aquifer_storage, debt_shares


@given(alpha=st.floats(0, 0.2), days=st.lists(st.floats(1, 40), min_size=1, max_size=6), cut=st.floats(0.1, 0.9))
def test_a_step_can_be_cut_anywhere(alpha: float, days: list[float], cut: float) -> None:
    """The exact step gives the same storage in one step as in two."""
    rate_in, rate_out = 5.0, 2.0
    lengths = np.array(days)
    whole = aquifer_storage(1000, rate_in * lengths, rate_out * lengths, alpha, lengths)
    parts = np.column_stack([cut * lengths, (1 - cut) * lengths]).ravel()
    halves = aquifer_storage(1000, rate_in * parts, rate_out * parts, alpha, parts)
    assert halves[1::2] == pytest.approx(whole)


def test_balanced_aquifer_stays() -> None:
    """Storage of (R - P) / alpha stays as it is."""
    days = np.array([31.0, 8.0, 10.0])
    assert aquifer_storage(3 / 0.01, 5 * days, 2 * days, 0.01, days) == pytest.approx(300)


def test_aquifer_that_gives_nothing() -> None:
    """With alpha 0 an aquifer keeps what it gets."""
    kept, fed = aquifer_factors(0, [10, 31])
    assert (kept.tolist(), fed.tolist()) == ([1, 1], [1, 1])


def test_impossible_pumping_is_refused() -> None:
    """Pumping more than there is, or a negative figure, is refused."""
    with pytest.raises(ValueError, match="more than the aquifer holds in step 2"):
        aquifer_storage(100, 0, 60, 0.001, [10, 10])
    with pytest.raises(ValueError, match="alpha must be"):
        aquifer_storage(100, 0, 0, -0.1, [10])
    with pytest.raises(ValueError, match="step days must be a number above 0"):
        aquifer_factors(0.1, [10, 0])


@given(alpha=st.floats(0, 0.2), days=st.lists(st.floats(1, 40), min_size=1, max_size=6), place=st.integers(0, 5))
def test_debt_is_what_is_missing_at_the_end(alpha: float, days: list[float], place: int) -> None:
    """One hm3 pumped in any step leaves the storage at the end lower by its debt share."""
    pumping = np.zeros(len(days))
    pumping[place % len(days)] = 1.0
    without, pumped = (aquifer_storage(1e4, 10, water, alpha, days)[-1] for water in (0, pumping))
    assert without - pumped == pytest.approx(debt_shares(alpha, days)[0, place % len(days)], abs=1e-8)
