"""Muskingum: admissible steps, shares for steps of any lengths, water in the reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.published.routes import muskingum_coefficients
from waterdeal.science.muskingum import check_muskingum, muskingum_shares


@st.composite
def reaches(draw: Any) -> tuple[float, float, np.ndarray]:
    """Draw a reach and steps of any lengths that suit it."""
    travel, weight = draw(st.floats(1, 40)), draw(st.floats(0, 0.45))
    lengths = draw(
        st.lists(st.floats(2 * travel * weight, 2 * travel * (1 - weight)).filter(lambda day: day > 0.05), min_size=2, max_size=12)
    )
    return travel, weight, np.array(lengths)


@given(reach=reaches(), seed=st.integers(0, 1000))
def test_every_drop_is_kept(reach: tuple[float, float, np.ndarray], seed: int) -> None:
    """What entered has left or is in the reach, K [xX + (1-x)Y] + dt/2 (X - Y), at the end of every step of any length."""
    travel, weight, days = reach
    water = np.random.default_rng(seed).uniform(0, 100, len(days))
    shares = muskingum_shares(travel, weight, days)
    assert (shares >= 0).all()
    assert (shares.sum(axis=1) <= 1 + 1e-9).all()
    left = np.zeros(len(days))
    for step in range(len(days)):
        left[step:] += water[step] * shares[step, : len(days) - step]
    entering, leaving = water / days, left / days
    inside = travel * (weight * entering + (1 - weight) * leaving) + days / 2 * (entering - leaving)
    assert inside == pytest.approx(np.cumsum(water - left), abs=1e-8)


def test_equal_steps_follow_the_coefficients() -> None:
    """With equal steps the shares are those of Y = C0 X + C1 X before + C2 Y before."""
    c0, c1, c2 = muskingum_coefficients(14, 0.2, 10)
    first = muskingum_shares(14, 0.2, np.full(60, 10.0))[0]
    assert first[:4] == pytest.approx([c0, c1 + c2 * c0, c2 * (c1 + c2 * c0), c2**2 * (c1 + c2 * c0)])
    assert first.sum() == pytest.approx(1, abs=1e-12)


def test_unequal_steps_are_not_the_coefficients_of_one_step() -> None:
    """A dekad of 8 days after one of 10 passes another share than a dekad of 10 would, or a month would."""
    equal = muskingum_shares(14, 0.2, [10, 10, 10])
    unequal = muskingum_shares(14, 0.2, [10, 8, 11])
    assert unequal[0, 0] == pytest.approx(equal[0, 0])
    assert abs(unequal[0, 1] - equal[0, 1]) > 0.05


def test_borders_of_what_is_admissible() -> None:
    """Steps of 2Kx to 2K(1-x) days suit a reach, others do not; there a coefficient is negative."""
    check_muskingum(14, 0.2, [5.6, 10, 22.4])
    for days in ([10, 5], 30):
        with pytest.raises(ValueError, match=r"allows steps of 5.6 to 22.4 days"):
            check_muskingum(14, 0.2, days)
    assert muskingum_coefficients(14, 0.2, 5)[0] < 0
    assert muskingum_coefficients(14, 0.2, 30)[2] < 0
    assert (muskingum_shares(14, 0.2, [5.6, 22.4, 5.6]) >= 0).all()


def test_unsuitable_steps_are_refused_with_a_remedy() -> None:
    """The message tells the steps allowed and what to do."""
    with pytest.raises(ValueError, match=r"allows steps of 5.6 to 22.4 days, but a step has 5 days: split the reach"):
        check_muskingum(14, 0.2, [10, 5])
    with pytest.raises(ValueError, match="a step has 31 days: give the reach a travel time"):
        muskingum_shares(14, 0.2, [10, 31])
    with pytest.raises(ValueError, match=r"weight must lie between 0 and 0.5, found 0.6"):
        check_muskingum(14, 0.6, 10)
    with pytest.raises(ValueError, match="travel days must be a number above 0"):
        muskingum_shares(0, 0.2, [1])
