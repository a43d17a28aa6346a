"""The monotone cubic is SciPy's, and never overshoots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from waterdeal.science.monotone import monotone_cubic


@given(st.integers(2, 9), st.integers(0, 10_000))
def test_as_scipy(count: int, seed: int) -> None:
    """At any places, for any values, flat stretches and turns among them."""
    drawn = np.random.default_rng(seed)
    x = np.cumsum(drawn.integers(1, 40, count)).astype(float)
    y = np.round(drawn.normal(0, 2, (3, count))) * drawn.uniform(0.1, 9)
    at = np.append(drawn.uniform(x[0], x[-1], 20), x)
    assert monotone_cubic(x, y, at) == pytest.approx(PchipInterpolator(x, y, axis=1)(at), abs=1e-9)


def test_stays_between_its_points() -> None:
    """What rises never falls."""
    x, y = np.array([0.0, 1.0, 5.0, 6.0]), np.array([[0.0, 0.1, 9.0, 9.0]])
    read = monotone_cubic(x, y, np.linspace(0, 6, 601))
    assert (np.diff(read) >= -1e-12).all()
    assert read.max() <= 9.0 + 1e-12
