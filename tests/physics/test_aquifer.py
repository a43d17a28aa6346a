"""Aquifers: steps that can be cut anywhere, responses that keep water, debts after the horizon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.physics.aquifer import (
    aquifer_factors,
    closure,
    depletion_rate_share,
    depletion_shares,
    depletion_volume_share,
    linear_aquifer,
    stream_depletion,
    stream_depletion_factor,
)


@given(alpha=st.floats(0, 0.2), days=st.lists(st.floats(1, 40), min_size=1, max_size=6), cut=st.floats(0.1, 0.9))
def test_a_step_can_be_cut_anywhere(alpha: float, days: list[float], cut: float) -> None:
    """The exact step gives the same storage in one step as in two; baseflow is what is missing."""
    rate_in, rate_out = 5.0, 2.0
    lengths = np.array(days)
    whole = linear_aquifer(1000, rate_in * lengths, rate_out * lengths, alpha, lengths)
    parts = np.column_stack([cut * lengths, (1 - cut) * lengths]).ravel()
    halves = linear_aquifer(1000, rate_in * parts, rate_out * parts, alpha, parts)
    assert halves.storage[1::2] == pytest.approx(whole.storage)
    assert halves.baseflow.reshape(-1, 2).sum(axis=1) == pytest.approx(whole.baseflow, abs=1e-8)


def test_balanced_aquifer_stays() -> None:
    """Storage of (R - P) / alpha stays as it is, and gives as baseflow what it gets."""
    days = np.array([31.0, 8.0, 10.0])
    steps = linear_aquifer(3 / 0.01, 5 * days, 2 * days, 0.01, days)
    assert steps.storage == pytest.approx(300)
    assert steps.baseflow == pytest.approx(3 * days)
    assert closure(300, steps.storage, 3 * days) == pytest.approx(steps.baseflow)


def test_aquifer_that_gives_nothing() -> None:
    """With alpha 0 an aquifer keeps what it gets."""
    kept, fed = aquifer_factors(0, [10, 31])
    assert (kept.tolist(), fed.tolist()) == ([1, 1], [1, 1])


def test_impossible_pumping_is_refused() -> None:
    """Pumping more than there is, or a negative figure, is refused."""
    with pytest.raises(ValueError, match="more than the aquifer holds in step 2"):
        linear_aquifer(100, 0, 60, 0.001, [10, 10])
    with pytest.raises(ValueError, match="alpha must be"):
        linear_aquifer(100, 0, 0, -0.1, [10])
    with pytest.raises(ValueError, match="step days must be a number above 0"):
        aquifer_factors(0.1, [10, 0])


def test_volume_share_is_the_mean_of_the_rate_share() -> None:
    """The share of the water is the rate share averaged over the days pumped."""
    middles = (np.arange(200_000) + 0.5) / 200_000 * 90
    assert float(depletion_volume_share(90, 150)) == pytest.approx(depletion_rate_share(middles, 150).mean(), abs=1e-7)


def test_stream_feels_nothing_at_first_and_all_in_the_end() -> None:
    """No depletion when the pump starts; nearly all after a thousand times the factor."""
    assert depletion_rate_share([0, 1e9], 100).tolist() == pytest.approx([0, 1], abs=1e-3)
    assert depletion_volume_share([0, 1e9], 100).tolist() == pytest.approx([0, 1], abs=1e-3)
    assert float(depletion_volume_share(0.01, 1e4)) >= 0


@given(factor=st.floats(1, 2000), days=st.lists(st.floats(1, 40), min_size=1, max_size=10))
def test_responses_keep_water(factor: float, days: list[float]) -> None:
    """Shares are not negative; steady pumping loses by each border what Jenkins' volume share says, and the rest is debt."""
    lengths = np.array(days)
    shares = depletion_shares(factor, lengths)
    assert (shares >= -1e-12).all()
    lost, debt = stream_depletion(2 * lengths, shares)
    ends = np.cumsum(lengths)
    assert np.cumsum(lost) == pytest.approx(2 * ends * depletion_volume_share(ends, factor), abs=1e-9)
    assert lost.sum() + debt == pytest.approx(2 * ends[-1])


def test_pumping_late_is_mostly_debt() -> None:
    """Pumping in the last step of a season leaves more to be paid after it than pumping in the first."""
    shares = depletion_shares(150, [30] * 6)
    first, last = [stream_depletion(pumping, shares)[1] for pumping in ([10, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 10])]
    assert first < last
    assert last > 9


def test_wrong_figures_are_refused() -> None:
    """A factor of nothing, shares of other steps and negative pumping are refused."""
    with pytest.raises(ValueError, match="transmissivity must be a number above 0"):
        stream_depletion_factor(1000, 0, 0.15)
    with pytest.raises(ValueError, match="pumping has 2 steps, the shares are for 3"):
        stream_depletion([1, 2], np.zeros((3, 3)))
    with pytest.raises(ValueError, match="pumping must be"):
        stream_depletion([-1], np.zeros((1, 1)))
    with pytest.raises(ValueError, match="factor must be"):
        depletion_rate_share(10, 0)
