"""Capacity by the sequent peak, means that sources state, storage from rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.physics.capacity import check_stated_mean, sequent_peak, storage_change


def carries(capacity: float, inflow: np.ndarray, demand: float) -> bool:
    """Whether a reservoir that starts full meets the demand through a record that comes again and again."""
    storage = capacity
    for water in np.tile(inflow, 4):
        storage = min(capacity, storage + water - demand)
        if storage < -1e-9:
            return False
    return True


@given(record=st.lists(st.floats(0, 100), min_size=1, max_size=20), share=st.floats(0, 1))
def test_capacity_is_enough_and_no_larger(record: list[float], share: float) -> None:
    """A reservoir of the capacity found never runs dry; a smaller one does."""
    inflow = np.array(record)
    demand = share * inflow.mean()
    capacity = sequent_peak(inflow, demand)
    assert carries(capacity, inflow, demand)
    if capacity > 1e-3:
        assert not carries(0.99 * capacity, inflow, demand)


def test_drought_over_the_end_of_the_record() -> None:
    """A drought that spans the end of the record and its start counts as one."""
    assert sequent_peak([1, 9, 9, 9, 1, 1], 4) == pytest.approx(9)
    assert sequent_peak([1, 1, 1, 9, 9, 9], 4) == pytest.approx(9)


def test_more_than_flows_in_is_refused() -> None:
    """No capacity carries a demand above the mean inflow."""
    with pytest.raises(ValueError, match="no capacity is enough: 12 is asked of a record that brings 9"):
        sequent_peak([1, 5, 3], 4)
    with pytest.raises(ValueError, match="inflow must be"):
        sequent_peak([1, np.nan], 1)


def test_stated_means() -> None:
    """A rounded mean agrees, another does not; the sentence says which."""
    assert check_stated_mean([1, 2, 4], 2.333).agrees
    wrong = check_stated_mean([1, 2, 4], 2.0)
    assert str(wrong) == "the stated mean 2 is not the mean of the values, 2.33333"
    assert str(check_stated_mean([2.0], 2.0)) == "the stated mean 2 agrees with the mean of the values, 2"
    with pytest.raises(ValueError, match="a mean needs values"):
        check_stated_mean([], 1)


def test_storage_change_has_a_sign() -> None:
    """More out than in empties a reservoir; the length of the step counts."""
    assert storage_change([100, 50], [50, 100], [10, 1]).tolist() == pytest.approx([43.2, -4.32])
