"""Rounding that adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.report.edition import round_rates, round_tree
from waterdeal.results.tables import round_to_total

VOLUMES = st.lists(st.floats(0, 5000), min_size=1, max_size=30)


@given(VOLUMES, st.integers(0, 3))
def test_parts_add_up_and_stay_close(values: list[float], digits: int) -> None:
    """Parts make the rounded sum exactly, each within one unit of the last digit, zero stays zero, nothing is negative."""
    exact = np.array(values)
    rounded = round_to_total(exact, digits)
    unit = 10.0**-digits
    assert rounded.sum() == pytest.approx(np.round(exact.sum() / unit) * unit, abs=unit / 1e3 + 1e-9)
    assert np.abs(rounded - exact).max() <= unit * (1 + 1e-6)
    assert (rounded >= 0).all()
    assert (rounded[exact == 0] == 0).all()


@given(VOLUMES)
def test_trees_add_up_at_every_level(values: list[float]) -> None:
    """Groups of a tree are within one unit of their own sums."""
    exact = np.array(values)
    seasons, months = (
        np.array([f"s{number // 12}" for number in range(len(exact))]),
        np.array([f"m{number // 3}" for number in range(len(exact))]),
    )
    rounded = round_tree(exact, [seasons, months], 1)
    assert rounded.sum() == pytest.approx(round(exact.sum(), 1), abs=0.0501)
    for labels in (seasons, months):
        for label in np.unique(labels):
            assert abs(rounded[labels == label].sum() - exact[labels == label].sum()) <= 0.2


def test_a_given_total_is_reached() -> None:
    """Parts follow the total, also where it differs from their own sum, and with signs."""
    assert round_to_total(np.array([1.0, 1.0]), 1, 2.1).tolist() == [1.1, 1.0]
    assert round_to_total(np.array([10.04, -3.04, 0.0]), 1, 7.1).tolist() == [10.1, -3.0, 0.0]
    assert round_to_total(np.array([0.0, 0.0]), 1, 0.1).tolist() == [0.1, 0.0]
    assert round_to_total(np.array([]), 1).tolist() == []


def test_rates_add_up_down_each_column() -> None:
    """Each column is rounded on its own."""
    rates = round_rates(np.array([[0.34, 1.0], [0.34, 2.0], [0.34, 3.0]]), np.array(["KZ", "KZ", "UZ"]), 1)
    assert rates.sum(axis=0).tolist() == pytest.approx([1.0, 6.0])
