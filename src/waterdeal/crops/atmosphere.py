"""Pressure and vapour of the air, after FAO-56 (Allen et al. 1998, chapter 3).

Temperatures are in degrees C, pressures in kPa, humidities in per cent. All functions take numbers or arrays that broadcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: psychrometer coefficients of FAO-56 (eq. 16), 1/degC: aspirated at 5 m/s, natural ventilation at 1 m/s, indoors without
PSYCHROMETER = {"aspirated": 0.000662, "natural": 0.0008, "indoors": 0.0012}


def atmospheric_pressure(elevation: ArrayLike) -> Floats:
    """Mean pressure of the air at a height above the sea (FAO-56 eq. 7).

    Parameters
    ----------
    elevation : array_like
        Height above the sea, m.

    Returns
    -------
    numpy.ndarray
        Pressure, kPa.

    Examples
    --------
    >>> round(float(atmospheric_pressure(1800)), 1)
    81.8
    """
    return np.asarray(101.3 * ((293.0 - 0.0065 * np.asarray(elevation, dtype=float)) / 293.0) ** 5.26)


def psychrometric_constant(pressure: ArrayLike) -> Floats:
    """Psychrometric constant of the air (FAO-56 eq. 8).

    Parameters
    ----------
    pressure : array_like
        Pressure, kPa.

    Returns
    -------
    numpy.ndarray
        The constant, kPa per degC.
    """
    return np.asarray(0.665e-3 * np.asarray(pressure, dtype=float))


def saturation_vapour_pressure(temperature: ArrayLike) -> Floats:
    """Vapour pressure of saturated air at one temperature (FAO-56 eq. 11).

    Parameters
    ----------
    temperature : array_like
        Temperature, degC.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.
    """
    warm = np.asarray(temperature, dtype=float)
    return np.asarray(0.6108 * np.exp(17.27 * warm / (warm + 237.3)))


def mean_saturation_vapour_pressure(tmax: ArrayLike, tmin: ArrayLike) -> Floats:
    """Mean saturation vapour pressure of a day, week or month (FAO-56 eq. 12).

    The mean of the two ends, not the pressure at the mean temperature: the curve bends, and the latter is too low.

    Parameters
    ----------
    tmax, tmin : array_like
        Mean daily maximum and minimum temperature, degC.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.
    """
    return np.asarray((saturation_vapour_pressure(tmax) + saturation_vapour_pressure(tmin)) / 2.0)


def vapour_pressure_slope(temperature: ArrayLike) -> Floats:
    """Slope of the saturation vapour pressure curve (FAO-56 eq. 13).

    Parameters
    ----------
    temperature : array_like
        Mean temperature, degC.

    Returns
    -------
    numpy.ndarray
        Slope, kPa per degC.
    """
    warm = np.asarray(temperature, dtype=float)
    return np.asarray(4098.0 * saturation_vapour_pressure(warm) / (warm + 237.3) ** 2)


def vapour_pressure_from_psychrometer(wet: ArrayLike, dry: ArrayLike, pressure: ArrayLike, coefficient: ArrayLike) -> Floats:
    """Actual vapour pressure from wet and dry bulb (FAO-56 eq. 15 and 16).

    Parameters
    ----------
    wet, dry : array_like
        Temperature of the two bulbs, degC.
    pressure : array_like
        Pressure of the air, kPa.
    coefficient : array_like
        Coefficient of the instrument, 1/degC; see ``PSYCHROMETER``.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.

    Raises
    ------
    ValueError
        If the wet bulb is warmer than the dry one.
    """
    cool, warm = np.asarray(wet, dtype=float), np.asarray(dry, dtype=float)
    if (cool > warm).any():
        message = "the wet bulb is warmer than the dry bulb"
        raise ValueError(message)
    return np.asarray(saturation_vapour_pressure(cool) - np.asarray(coefficient) * np.asarray(pressure) * (warm - cool))


def vapour_pressure_from_humidity_range(tmax: ArrayLike, tmin: ArrayLike, rh_max: ArrayLike, rh_min: ArrayLike) -> Floats:
    """Actual vapour pressure from maximum and minimum relative humidity (FAO-56 eq. 17).

    Parameters
    ----------
    tmax, tmin : array_like
        Maximum and minimum temperature, degC.
    rh_max, rh_min : array_like
        Maximum and minimum relative humidity, per cent.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.

    Raises
    ------
    ValueError
        If a humidity is outside 0 to 100.
    """
    high, low = _share(rh_max), _share(rh_min)
    return np.asarray((saturation_vapour_pressure(tmin) * high + saturation_vapour_pressure(tmax) * low) / 2.0)


def vapour_pressure_from_maximum_humidity(tmin: ArrayLike, rh_max: ArrayLike) -> Floats:
    """Actual vapour pressure from the maximum relative humidity alone (FAO-56 eq. 18).

    Parameters
    ----------
    tmin : array_like
        Minimum temperature, degC.
    rh_max : array_like
        Maximum relative humidity, per cent.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.

    Raises
    ------
    ValueError
        If a humidity is outside 0 to 100.
    """
    return np.asarray(saturation_vapour_pressure(tmin) * _share(rh_max))


def vapour_pressure_from_mean_humidity(tmax: ArrayLike, tmin: ArrayLike, rh_mean: ArrayLike) -> Floats:
    """Actual vapour pressure from the mean relative humidity (FAO-56 eq. 19).

    Parameters
    ----------
    tmax, tmin : array_like
        Maximum and minimum temperature, degC.
    rh_mean : array_like
        Mean relative humidity, per cent.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.

    Raises
    ------
    ValueError
        If a humidity is outside 0 to 100.
    """
    return np.asarray(_share(rh_mean) * mean_saturation_vapour_pressure(tmax, tmin))


def vapour_pressure_from_dew_point(dew_point: ArrayLike) -> Floats:
    """Actual vapour pressure from the dew point (FAO-56 eq. 14).

    Parameters
    ----------
    dew_point : array_like
        Dew point, degC.

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.
    """
    return saturation_vapour_pressure(dew_point)


def vapour_pressure_from_minimum_temperature(tmin: ArrayLike, depression: ArrayLike = 0.0) -> Floats:
    """Actual vapour pressure where no humidity is known: the dew point is taken as the minimum temperature (FAO-56 eq. 48).

    Parameters
    ----------
    tmin : array_like
        Minimum temperature, degC.
    depression : array_like
        How far the dew point lies below it, degC: 0 over well-watered land, 2 to 3 in arid country (FAO-56, annex 6).

    Returns
    -------
    numpy.ndarray
        Vapour pressure, kPa.
    """
    return saturation_vapour_pressure(np.asarray(tmin, dtype=float) - np.asarray(depression, dtype=float))


def _share(humidity: ArrayLike) -> Floats:
    """Relative humidity as a share, once it is known to be one."""
    percent = np.asarray(humidity, dtype=float)
    if not ((percent >= 0.0) & (percent <= 100.0)).all():
        message = f"relative humidity lies between {percent.min():g} and {percent.max():g}; expected per cent, 0 to 100"
        raise ValueError(message)
    return percent / 100.0
