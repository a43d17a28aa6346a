"""Reference evapotranspiration after FAO-56: soil heat, wind, Penman-Monteith and Hargreaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.crops.atmosphere import (
    mean_saturation_vapour_pressure,
    psychrometric_constant,
    vapour_pressure_slope,
)
from waterdeal.crops.radiation import temperature_range

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: mm of water that 1 MJ/m2 evaporates
_MM_PER_MJ = 0.408


def monthly_soil_heat_flux(before: ArrayLike, after: ArrayLike) -> Floats:
    """Heat that goes into the soil in a month between two known ones (FAO-56 eq. 43).

    Parameters
    ----------
    before, after : array_like
        Mean temperature of the month before and of the month after, degC.

    Returns
    -------
    numpy.ndarray
        Flux, MJ/m2 a day.
    """
    return np.asarray(0.07 * (np.asarray(after, dtype=float) - np.asarray(before, dtype=float)))


def monthly_soil_heat_flux_without_next(before: ArrayLike, now: ArrayLike) -> Floats:
    """Heat that goes into the soil in a month whose next is not known yet (FAO-56 eq. 44).

    Parameters
    ----------
    before, now : array_like
        Mean temperature of the month before and of the month itself, degC.

    Returns
    -------
    numpy.ndarray
        Flux, MJ/m2 a day.
    """
    return np.asarray(0.14 * (np.asarray(now, dtype=float) - np.asarray(before, dtype=float)))


def yearly_soil_heat_flux(mean_temperature: ArrayLike) -> Floats:
    """Heat that goes into the soil in each month of a mean year (FAO-56 eq. 43, December before January).

    Parameters
    ----------
    mean_temperature : array_like
        Mean temperature of the twelve months on the last axis, degC.

    Returns
    -------
    numpy.ndarray
        Flux in the same shape, MJ/m2 a day.

    Raises
    ------
    ValueError
        If the last axis does not hold twelve months.
    """
    months = np.asarray(mean_temperature, dtype=float)
    if months.ndim == 0 or months.shape[-1] != 12:
        message = "a mean year needs twelve months on the last axis"
        raise ValueError(message)
    return monthly_soil_heat_flux(np.roll(months, 1, axis=-1), np.roll(months, -1, axis=-1))


def wind_at_two_metres(wind: ArrayLike, height: ArrayLike) -> Floats:
    """Wind at 2 m above short grass from wind at another height (FAO-56 eq. 47).

    Parameters
    ----------
    wind : array_like
        Speed measured, m/s.
    height : array_like
        Height of the instrument above the ground, m.

    Returns
    -------
    numpy.ndarray
        Speed at 2 m, m/s.

    Raises
    ------
    ValueError
        If the instrument stands so low that the formula has no meaning, or the wind is negative.
    """
    above, speed = np.asarray(height, dtype=float), np.asarray(wind, dtype=float)
    if (above < 0.5).any():
        message = "the height of the wind gauge must be 0.5 m or more"
        raise ValueError(message)
    if (speed < 0.0).any():
        message = "wind speed is negative"
        raise ValueError(message)
    return np.asarray(speed * 4.87 / np.log(67.8 * above - 5.42))


def penman_monteith(
    temperatures: tuple[ArrayLike, ArrayLike],
    vapour_pressure: ArrayLike,
    net_radiation: ArrayLike,
    soil_heat: ArrayLike,
    wind: ArrayLike,
    pressure: ArrayLike,
) -> Floats:
    """Reference evapotranspiration by FAO Penman-Monteith (FAO-56 eq. 6).

    In frost it can come out a little below zero (dew and hoar frost); it is handed over as it is.

    Parameters
    ----------
    temperatures : (array_like, array_like)
        Maximum and minimum temperature, degC; the mean is their mean.
    vapour_pressure : array_like
        Actual vapour pressure, kPa.
    net_radiation, soil_heat : array_like
        Net radiation, and heat that goes into the soil, MJ/m2 a day.
    wind : array_like
        Wind at 2 m, m/s.
    pressure : array_like
        Pressure of the air, kPa.

    Returns
    -------
    numpy.ndarray
        Evapotranspiration, mm a day.

    Raises
    ------
    ValueError
        If the minimum temperature is above the maximum, or the wind is negative.
    """
    tmax, tmin = (np.asarray(values, dtype=float) for values in temperatures)
    speed = np.asarray(wind, dtype=float)
    temperature_range(tmax, tmin)
    if (speed < 0.0).any():
        message = "wind speed is negative"
        raise ValueError(message)
    mean = (tmax + tmin) / 2.0
    slope, gamma = vapour_pressure_slope(mean), psychrometric_constant(pressure)
    deficit = mean_saturation_vapour_pressure(tmax, tmin) - np.asarray(vapour_pressure, dtype=float)
    heat = _MM_PER_MJ * slope * (np.asarray(net_radiation, dtype=float) - np.asarray(soil_heat, dtype=float))
    return np.asarray((heat + gamma * 900.0 / (mean + 273.0) * speed * deficit) / (slope + gamma * (1.0 + 0.34 * speed)))


def hargreaves(tmax: ArrayLike, tmin: ArrayLike, extraterrestrial: ArrayLike) -> Floats:
    """Reference evapotranspiration by Hargreaves (FAO-56 eq. 52).

    Parameters
    ----------
    tmax, tmin : array_like
        Maximum and minimum temperature, degC.
    extraterrestrial : array_like
        Radiation at the top of the air, MJ/m2 a day.

    Returns
    -------
    numpy.ndarray
        Evapotranspiration, mm a day.

    Raises
    ------
    ValueError
        If the minimum temperature is above the maximum.
    """
    spread = temperature_range(tmax, tmin)
    mean = (np.asarray(tmax, dtype=float) + np.asarray(tmin, dtype=float)) / 2.0
    return np.asarray(0.0023 * (mean + 17.8) * np.sqrt(spread) * _MM_PER_MJ * np.asarray(extraterrestrial, dtype=float))
