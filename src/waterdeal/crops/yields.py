"""How yield answers to water and salt: FAO-33 (Doorenbos and Kassam 1979), Rao, Jensen; Maas and Hoffman.

Every response takes relative evapotranspiration (actual over unstressed, 0 to 1) and gives relative yield, never below 0. Stage responses
take stages on the last axis and any number of paths, zones or years before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: what rounding may lift a share above 1
_ROUNDING = 1e-9


def relative_evapotranspiration(actual: ArrayLike, unstressed: ArrayLike) -> Floats:
    """Actual over unstressed evapotranspiration; 1 where nothing is asked for.

    Parameters
    ----------
    actual, unstressed : array_like
        Evapotranspiration, mm, e.g. by (..., stage).

    Returns
    -------
    numpy.ndarray
        Shares, 0 to 1.

    Raises
    ------
    ValueError
        If an amount is negative, or more is used than asked for.
    """
    used, asked = np.broadcast_arrays(np.asarray(actual, dtype=float), np.asarray(unstressed, dtype=float))
    if not ((used >= 0.0) & (asked >= 0.0)).all():
        message = "evapotranspiration is negative or not a number"
        raise ValueError(message)
    if (used > asked * (1.0 + _ROUNDING) + _ROUNDING).any():
        message = "a crop cannot evaporate more than it does unstressed"
        raise ValueError(message)
    return np.where(asked > 0.0, np.minimum(used / np.where(asked > 0.0, asked, 1.0), 1.0), 1.0)


def seasonal_yield(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from the evapotranspiration of the whole season: 1 - Ky (1 - w) (FAO-33).

    Parameters
    ----------
    ky : array_like
        Yield response factor of the whole season.
    relative : array_like
        Relative evapotranspiration of the season.

    Returns
    -------
    numpy.ndarray
        Relative yield, 0 or more.

    Raises
    ------
    ValueError
        If a factor is negative or a share is outside 0 to 1.
    """
    factor, share = _checked(ky, relative)
    return np.maximum(1.0 - factor * (1.0 - share), 0.0)


def additive_response(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """The additive form as it is published, 1 - sum Ky_s (1 - w_s): below 0 where the factors add up to more than 1.

    It shows how far the form runs below zero; for planning take `additive_yield`, else a rule on areas "buys" negative crops.

    Parameters
    ----------
    ky : array_like
        Yield response factor by stage.
    relative : array_like
        Relative evapotranspiration by (..., stage).

    Returns
    -------
    numpy.ndarray
        The sum, without the last axis.

    Raises
    ------
    ValueError
        If a factor is negative or a share is outside 0 to 1.
    """
    factor, share = _checked(ky, relative)
    return np.asarray(1.0 - (factor * (1.0 - share)).sum(axis=-1))


def additive_yield(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from stages in the additive form, 1 - sum Ky_s (1 - w_s), floored at 0.

    Parameters
    ----------
    ky : array_like
        Yield response factor by stage.
    relative : array_like
        Relative evapotranspiration by (..., stage).

    Returns
    -------
    numpy.ndarray
        Relative yield, 0 or more, without the last axis.

    Raises
    ------
    ValueError
        If a factor is negative or a share is outside 0 to 1.
    """
    return np.maximum(additive_response(ky, relative), 0.0)


def multiplicative_yield(ky: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from stages in the multiplicative form, product of 1 - Ky_s (1 - w_s) (Rao et al. 1988).

    Each factor is floored at 0 before the product: two failed stages must not multiply to a harvest.

    Parameters
    ----------
    ky : array_like
        Yield response factor by stage.
    relative : array_like
        Relative evapotranspiration by (..., stage).

    Returns
    -------
    numpy.ndarray
        Relative yield, 0 or more, without the last axis.

    Raises
    ------
    ValueError
        If a factor is negative or a share is outside 0 to 1.
    """
    factor, share = _checked(ky, relative)
    return np.asarray(np.maximum(1.0 - factor * (1.0 - share), 0.0).prod(axis=-1))


def jensen_yield(exponents: ArrayLike, relative: ArrayLike) -> Floats:
    """Relative yield from stages in Jensen's form, product of w_s to the power of lambda_s (Jensen 1968).

    Parameters
    ----------
    exponents : array_like
        Sensitivity of each stage, lambda.
    relative : array_like
        Relative evapotranspiration by (..., stage).

    Returns
    -------
    numpy.ndarray
        Relative yield, 0 or more, without the last axis.

    Raises
    ------
    ValueError
        If an exponent is negative or a share is outside 0 to 1.
    """
    power, share = _checked(exponents, relative)
    return np.asarray((share**power).prod(axis=-1))


def salinity_factor(ec_soil: ArrayLike, threshold: ArrayLike, slope: ArrayLike) -> Floats:
    """Share of the yield that the salt of the root zone leaves: 1 - b/100 (ECe - a), 0 to 1 (Maas and Hoffman 1977).

    Parameters
    ----------
    ec_soil : array_like
        Electrical conductivity of the saturated paste, ECe, dS/m.
    threshold : array_like
        Conductivity up to which the crop loses nothing, a, dS/m.
    slope : array_like
        Per cent of yield lost with each dS/m above, b.

    Returns
    -------
    numpy.ndarray
        Shares.

    Raises
    ------
    ValueError
        If an argument is negative.
    """
    salt, spared, loss = (np.asarray(values, dtype=float) for values in (ec_soil, threshold, slope))
    if not ((salt >= 0.0).all() and (spared >= 0.0).all() and (loss >= 0.0).all()):
        message = "conductivity, threshold and slope must be 0 or more"
        raise ValueError(message)
    return np.asarray(np.clip(1.0 - loss / 100.0 * (salt - spared), 0.0, 1.0))


def _checked(factors: ArrayLike, relative: ArrayLike) -> tuple[Floats, Floats]:
    """Factors and shares as arrays, once they are known to be such."""
    factor, share = np.asarray(factors, dtype=float), np.asarray(relative, dtype=float)
    if not (factor >= 0.0).all():
        message = "a response factor is negative or not a number"
        raise ValueError(message)
    if not ((share >= 0.0) & (share <= 1.0 + _ROUNDING)).all():
        message = "relative evapotranspiration must lie between 0 and 1"
        raise ValueError(message)
    return factor, np.minimum(share, 1.0)
