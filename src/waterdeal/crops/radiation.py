"""Radiation and heat at the ground, after FAO-56 (Allen et al. 1998, chapter 3).

Radiation is in MJ/m2 a day, latitude in decimal degrees (north positive). All functions take numbers or arrays that broadcast.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: solar constant, MJ/m2 a minute
_SOLAR = 0.0820
#: Stefan-Boltzmann constant, MJ/K4 m2 a day
_STEFAN = 4.903e-9
#: 0 degC in K, as FAO-56 rounds it in eq. 39
_KELVIN = 273.16
#: albedo of the reference grass
_ALBEDO = 0.23
#: Angstrom coefficients where none are calibrated (FAO-56, below eq. 35)
ANGSTROM = (0.25, 0.50)
#: coefficients of Hargreaves' radiation formula (FAO-56, below eq. 50), degC^-0.5
KRS = {"interior": 0.16, "coastal": 0.19}
#: day of the year of the 15th of each month, for which FAO-56 tabulates monthly radiation (annex 2)
MID_MONTH_DAYS = np.array([date(2001, month, 15).timetuple().tm_yday for month in range(1, 13)])


def _sun(latitude: ArrayLike, day_of_year: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Latitude and declination in radians, and sunset hour angle (FAO-56 eq. 22, 24, 25)."""
    degrees = np.asarray(latitude, dtype=float)
    day = np.asarray(day_of_year, dtype=float)
    if not ((degrees >= -90.0) & (degrees <= 90.0)).all():
        message = "latitude lies outside -90 to 90 degrees"
        raise ValueError(message)
    if not ((day >= 1.0) & (day <= 366.0)).all():
        message = "day of the year lies outside 1 to 366"
        raise ValueError(message)
    phi = np.radians(degrees)
    declination = 0.409 * np.sin(2.0 * np.pi / 365.0 * day - 1.39)
    # beyond the polar circle the sun does not set, or does not rise: the angle ends at pi or 0
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0))
    return np.asarray(phi), np.asarray(declination), np.asarray(sunset)


def extraterrestrial_radiation(latitude: ArrayLike, day_of_year: ArrayLike) -> Floats:
    """Radiation at the top of the air (FAO-56 eq. 21 to 25).

    Parameters
    ----------
    latitude : array_like
        Latitude, decimal degrees.
    day_of_year : array_like
        1 for 1 January; for a month that of its 15th (``MID_MONTH_DAYS``).

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.

    Raises
    ------
    ValueError
        If latitude or day are none.
    """
    phi, declination, sunset = _sun(latitude, day_of_year)
    distance = 1.0 + 0.033 * np.cos(2.0 * np.pi / 365.0 * np.asarray(day_of_year, dtype=float))
    height = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    return np.asarray(24.0 * 60.0 / np.pi * _SOLAR * distance * height)


def daylight_hours(latitude: ArrayLike, day_of_year: ArrayLike) -> Floats:
    """Longest possible sunshine of a day (FAO-56 eq. 34).

    Parameters
    ----------
    latitude : array_like
        Latitude, decimal degrees.
    day_of_year : array_like
        1 for 1 January.

    Returns
    -------
    numpy.ndarray
        Hours.

    Raises
    ------
    ValueError
        If latitude or day are none.
    """
    return np.asarray(24.0 / np.pi * _sun(latitude, day_of_year)[2])


def solar_radiation_from_sunshine(
    sunshine: ArrayLike, daylight: ArrayLike, extraterrestrial: ArrayLike, angstrom: tuple[float, float] = ANGSTROM
) -> Floats:
    """Solar radiation from hours of sunshine (Angstrom; FAO-56 eq. 35).

    Parameters
    ----------
    sunshine, daylight : array_like
        Actual and longest possible sunshine, hours a day.
    extraterrestrial : array_like
        Radiation at the top of the air, MJ/m2 a day.
    angstrom : (float, float)
        Share that arrives on overcast days, and what full sunshine adds.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.

    Raises
    ------
    ValueError
        If the sun shines for less than 0 hours or longer than the day by more than a tenth of an hour.
    """
    hours, longest = np.asarray(sunshine, dtype=float), np.asarray(daylight, dtype=float)
    if (hours < 0.0).any() or (hours > longest + 0.1).any():
        message = "sunshine must be 0 or more, and not longer than the day"
        raise ValueError(message)
    return np.asarray((angstrom[0] + angstrom[1] * hours / longest) * np.asarray(extraterrestrial))


def solar_radiation_from_temperatures(tmax: ArrayLike, tmin: ArrayLike, extraterrestrial: ArrayLike, krs: ArrayLike) -> Floats:
    """Solar radiation where neither it nor sunshine is measured (Hargreaves' radiation formula; FAO-56 eq. 50).

    Parameters
    ----------
    tmax, tmin : array_like
        Maximum and minimum temperature, degC.
    extraterrestrial : array_like
        Radiation at the top of the air, MJ/m2 a day.
    krs : array_like
        Coefficient, degC^-0.5; see ``KRS``.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.

    Raises
    ------
    ValueError
        If the minimum is above the maximum.
    """
    return np.asarray(np.asarray(krs) * np.sqrt(temperature_range(tmax, tmin)) * np.asarray(extraterrestrial))


def temperature_range(tmax: ArrayLike, tmin: ArrayLike) -> Floats:
    """Daily range of temperature.

    Parameters
    ----------
    tmax, tmin : array_like
        Maximum and minimum temperature, degC.

    Returns
    -------
    numpy.ndarray
        Range, degC.

    Raises
    ------
    ValueError
        If the minimum is above the maximum.
    """
    spread = np.asarray(np.asarray(tmax, dtype=float) - np.asarray(tmin, dtype=float))
    if (spread < 0.0).any():
        message = "the minimum temperature is above the maximum"
        raise ValueError(message)
    return spread


def clear_sky_radiation(extraterrestrial: ArrayLike, elevation: ArrayLike) -> Floats:
    """Solar radiation under a cloudless sky (FAO-56 eq. 37).

    Parameters
    ----------
    extraterrestrial : array_like
        Radiation at the top of the air, MJ/m2 a day.
    elevation : array_like
        Height above the sea, m.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.
    """
    return np.asarray((0.75 + 2e-5 * np.asarray(elevation, dtype=float)) * np.asarray(extraterrestrial, dtype=float))


def net_shortwave_radiation(solar: ArrayLike, albedo: float = _ALBEDO) -> Floats:
    """Solar radiation that the reference grass keeps (FAO-56 eq. 38).

    Parameters
    ----------
    solar : array_like
        Solar radiation, MJ/m2 a day.
    albedo : float
        Share thrown back, 0.23 for the reference grass.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.
    """
    return np.asarray((1.0 - albedo) * np.asarray(solar, dtype=float))


def net_longwave_radiation(tmax: ArrayLike, tmin: ArrayLike, vapour_pressure: ArrayLike, solar: ArrayLike, clear_sky: ArrayLike) -> Floats:
    """Heat radiation that leaves the ground (FAO-56 eq. 39; the ratio of solar to clear-sky radiation counts as 1 at most).

    Parameters
    ----------
    tmax, tmin : array_like
        Maximum and minimum temperature, degC.
    vapour_pressure : array_like
        Actual vapour pressure, kPa.
    solar, clear_sky : array_like
        Solar radiation, and the same under a cloudless sky, MJ/m2 a day.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.

    Raises
    ------
    ValueError
        If there is no daylight: the formula does not hold in the polar night.
    """
    clear = np.asarray(clear_sky, dtype=float)
    if (clear <= 0.0).any():
        message = "there is no daylight: net longwave radiation is not defined in the polar night"
        raise ValueError(message)
    heat = _STEFAN * ((np.asarray(tmax, dtype=float) + _KELVIN) ** 4 + (np.asarray(tmin, dtype=float) + _KELVIN) ** 4) / 2.0
    damp = 0.34 - 0.14 * np.sqrt(np.asarray(vapour_pressure, dtype=float))
    return np.asarray(heat * damp * (1.35 * np.minimum(np.asarray(solar) / clear, 1.0) - 0.35))


def net_radiation(shortwave: ArrayLike, longwave: ArrayLike) -> Floats:
    """Radiation that is left at the ground (FAO-56 eq. 40).

    Parameters
    ----------
    shortwave, longwave : array_like
        Net shortwave radiation gained, and net longwave radiation lost, MJ/m2 a day.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.
    """
    return np.asarray(np.asarray(shortwave, dtype=float) - np.asarray(longwave, dtype=float))
