"""Functions of the month: hand-solved fits, a prior, and standard errors that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.science.periodic import HARMONICS, fit_regularised, month_basis, month_penalty


def plain(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A prior that says nothing."""
    return np.zeros(count), np.zeros(count)


def test_the_year_closes_without_a_jump() -> None:
    """December to January is a step like any other: the basis is that of a circle."""
    basis = month_basis()
    assert basis.shape == (12, 1 + 2 * HARMONICS)
    turned = np.roll(basis, 1, axis=0)
    for order in range(1, HARMONICS + 1):
        pair = slice(2 * order - 1, 2 * order + 1)
        steps = np.linalg.norm((basis - turned)[:, pair], axis=1)
        assert steps == pytest.approx(np.full(12, steps[0]))


def test_a_mean_by_hand() -> None:
    """Two, four and six: the mean is 4, its standard error the deviation 2 over the root of 3."""
    fit = fit_regularised(np.ones((3, 1)), np.array([2.0, 4.0, 6.0]), np.zeros(3), plain(1))
    assert fit.value == pytest.approx([4.0])
    assert np.sqrt(fit.covariance[0, 0]) == pytest.approx(2 / np.sqrt(3), rel=0.01)


def test_a_prior_is_weighed_by_precision() -> None:
    """A hundred values 4 +- 2, each known to within 2, weigh as much as a prior of 4.4 known to within 0.2: half way."""
    target = np.tile([2.0, 6.0], 50)
    fit = fit_regularised(np.ones((100, 1)), target, np.zeros(100), (np.array([4.4]), np.array([25.0])), known=2.0)
    assert fit.value == pytest.approx([4.2], abs=0.01)
    assert fit.covariance[0, 0] == pytest.approx(1 / 50, rel=0.02)


def test_known_smooth_gains_are_recovered_within_standard_errors() -> None:
    """Of 200 years of ten with noise of 20 m3/s, the truth is within two standard errors in about 95 of 100 months."""
    rng, basis = np.random.default_rng(7), np.tile(month_basis(), (10, 1))
    truth = np.array([40.0, 60.0, -20.0, 5.0, 8.0, 0.0, 0.0])
    inside, prior = [], (np.zeros(7), month_penalty() / 300.0**2)
    for _ in range(60):
        fit = fit_regularised(basis, basis @ truth + rng.normal(0, 20, len(basis)), np.zeros(len(basis)), prior)
        error = np.sqrt(np.einsum("ij,jk,ik->i", month_basis(), fit.covariance, month_basis()))
        inside.append(np.abs(month_basis() @ (fit.value - truth)) < 2 * error)
    assert 0.90 < np.mean(inside) < 0.99


def test_outliers_count_less() -> None:
    """One value a thousand off moves a mean of thirty by less than it would by least squares."""
    target = np.tile([9.0, 11.0], 15)
    target[3] = 1010.0
    fit = fit_regularised(np.ones((30, 1)), target, np.zeros(30), plain(1))
    assert abs(fit.value[0] - 10) < 3 < abs(target.mean() - 10)


def test_rows_that_cannot_be_fitted_are_refused() -> None:
    """One row, or one that is no number."""
    for target in ([1.0], [1.0, np.nan]):
        with pytest.raises(ValueError, match="two rows"):
            fit_regularised(np.ones((len(target), 1)), np.array(target), np.zeros(len(target)), plain(1))
