"""Scores of a series: by hand, by another route, and where they are not defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.thorough import examples
from waterdeal.science.scores import score


def test_scores_by_hand() -> None:
    """Observed 1, 2, 3, 4 and simulated 2, 2, 4, 4: errors 1, 0, 1, 0 against a spread of 5."""
    found = score([2, 2, 4, 4], [1, 2, 3, 4])
    assert found.nse == pytest.approx(1 - 2 / 5)
    assert found.bias == pytest.approx(3 / 2.5 - 1)
    assert found.rmse == pytest.approx(math.sqrt(2 / 4))
    # r = sum of products 4 over sqrt(4 x 5); standard deviations 1 and sqrt(1.25); means 3 and 2.5
    r, alpha, beta = 4 / math.sqrt(20), 1 / math.sqrt(1.25), 1.2
    assert found.kge_2009 == pytest.approx(1 - math.sqrt((r - 1) ** 2 + (alpha - 1) ** 2 + (beta - 1) ** 2))
    assert found.kge_2012 == pytest.approx(1 - math.sqrt((r - 1) ** 2 + (alpha / beta - 1) ** 2 + (beta - 1) ** 2))


FLOWS = st.lists(st.tuples(st.floats(1, 1000), st.floats(1, 1000)), min_size=3, max_size=20)


@examples(20, 300)
@given(FLOWS)
def test_scores_by_a_second_route(pairs: list[tuple[float, float]]) -> None:
    """NumPy's own correlation and deviations, and the decomposition of Gupta et al. (2009, eq. 4): NSE = 2 a r - a2 - b2."""
    simulated, observed = map(np.array, zip(*pairs, strict=True))
    if min(simulated.std(), observed.std()) < 1e-3:
        return
    found = score(simulated, observed)
    r = np.corrcoef(simulated, observed)[0, 1]
    alpha, shift = simulated.std() / observed.std(), (simulated.mean() - observed.mean()) / observed.std()
    assert found.nse == pytest.approx(2 * alpha * r - alpha**2 - shift**2, abs=1e-6 * max(1.0, alpha**2, shift**2))
    beta, gamma = simulated.mean() / observed.mean(), (simulated.std() / simulated.mean()) / (observed.std() / observed.mean())
    assert found.kge_2009 == pytest.approx(1 - np.linalg.norm([r - 1, alpha - 1, beta - 1]), abs=1e-6 * (1 + alpha + beta))
    assert found.kge_2012 == pytest.approx(1 - np.linalg.norm([r - 1, gamma - 1, beta - 1]), abs=1e-6 * (1 + gamma + beta))


def test_weights_count_values_as_often_as_they_say() -> None:
    """Three days at one value are three values."""
    assert score([1, 5, 3], [2, 4, 4], [3, 1, 2]) [1:] == pytest.approx(score([1, 1, 1, 5, 3, 3], [2, 2, 2, 4, 4, 4])[1:])


def test_what_is_not_defined_is_no_number() -> None:
    """Nothing compared, and an observed series that never moves."""
    assert score([np.nan], [1.0]).compared == 0
    assert math.isnan(score([np.nan], [1.0]).nse)
    still = score([1, 2, 3], [2, 2, 2])
    assert math.isnan(still.nse)
    assert math.isnan(still.kge_2009)
    assert still.rmse == pytest.approx(math.sqrt(2 / 3))


def test_perfect_and_mean() -> None:
    """The series itself scores 1; its mean scores an NSE of 0."""
    flows = np.array([3.0, 8.0, 1.0, 4.0])
    assert score(flows, flows)[1:4] == pytest.approx((1, 1, 1))
    assert score(np.full(4, flows.mean()), flows).nse == pytest.approx(0)
