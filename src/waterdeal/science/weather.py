"""Air, radiation and heat at the ground, after FAO-56 (Allen et al. 1998, chapter 3); equation numbers are its own.

Temperatures are in degC, pressures in kPa, humidities in per cent, radiation and heat in MJ/m2 a day, heights in m, latitude in decimal
degrees (north positive). All functions take numbers or arrays that broadcast.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.science.refuse import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


#: solar constant, MJ/m2 a minute
_SOLAR = 0.0820
#: Stefan-Boltzmann constant, MJ/K4 m2 a day
_STEFAN = 4.903e-9
#: 0 degC in K, as FAO-56 rounds it in eq. 39
_KELVIN = 273.16
#: albedo of the reference grass
_ALBEDO = 0.23
#: Angstrom coefficients where none are calibrated (FAO-56, below eq. 35)
_ANGSTROM = (0.25, 0.50)
#: coefficient of Hargreaves' radiation formula inland, degC^-0.5 (FAO-56, below eq. 50); near a coast 0.19
KRS_INLAND = 0.16
#: day of the year of the 15th of each month, for which FAO-56 tabulates monthly radiation (annex 2)
MID_MONTH_DAYS = np.array([date(2001, month, 15).timetuple().tm_yday for month in range(1, 13)])


def atmospheric_pressure(elevation: ArrayLike) -> Floats:
    """Mean pressure of the air at a height above the sea (eq. 7)."""
    return np.asarray(101.3 * ((293.0 - 0.0065 * np.asarray(elevation, dtype=float)) / 293.0) ** 5.26)


def psychrometric_constant(pressure: ArrayLike) -> Floats:
    """Psychrometric constant of the air, kPa per degC (eq. 8)."""
    return np.asarray(0.665e-3 * np.asarray(pressure, dtype=float))


def saturation_vapour_pressure(temperature: ArrayLike) -> Floats:
    """Vapour pressure of saturated air at one temperature (eq. 11); at the dew point it is the actual one (eq. 14)."""
    warm = np.asarray(temperature, dtype=float)
    return np.asarray(0.6108 * np.exp(17.27 * warm / (warm + 237.3)))


def mean_saturation_vapour_pressure(tmax: ArrayLike, tmin: ArrayLike) -> Floats:
    """Mean saturation vapour pressure of a day, week or month (eq. 12).

    The mean of the two ends, not the pressure at the mean temperature: the curve bends, and the latter is too low.
    """
    return np.asarray((saturation_vapour_pressure(tmax) + saturation_vapour_pressure(tmin)) / 2.0)


def vapour_pressure_slope(temperature: ArrayLike) -> Floats:
    """Slope of the saturation vapour pressure curve, kPa per degC (eq. 13)."""
    warm = np.asarray(temperature, dtype=float)
    return np.asarray(4098.0 * saturation_vapour_pressure(warm) / (warm + 237.3) ** 2)


def vapour_pressure_from_humidity_range(tmax: ArrayLike, tmin: ArrayLike, rh_max: ArrayLike, rh_min: ArrayLike) -> Floats:
    """Actual vapour pressure from maximum and minimum relative humidity (eq. 17)."""
    high, low = _share(rh_max), _share(rh_min)
    return np.asarray((saturation_vapour_pressure(tmin) * high + saturation_vapour_pressure(tmax) * low) / 2.0)


def vapour_pressure_from_maximum_humidity(tmin: ArrayLike, rh_max: ArrayLike) -> Floats:
    """Actual vapour pressure from the maximum relative humidity alone (eq. 18)."""
    return np.asarray(saturation_vapour_pressure(tmin) * _share(rh_max))


def vapour_pressure_from_mean_humidity(tmax: ArrayLike, tmin: ArrayLike, rh_mean: ArrayLike) -> Floats:
    """Actual vapour pressure from the mean relative humidity (eq. 19)."""
    return np.asarray(_share(rh_mean) * mean_saturation_vapour_pressure(tmax, tmin))


def vapour_pressure_from_minimum_temperature(tmin: ArrayLike, depression: ArrayLike = 0.0) -> Floats:
    """Actual vapour pressure where no humidity is known: the dew point is taken as the minimum temperature less a depression (eq. 48).

    The depression is 0 over well-watered land, 2 to 3 degC in arid country (annex 6).
    """
    return saturation_vapour_pressure(np.asarray(tmin, dtype=float) - np.asarray(depression, dtype=float))


def _share(humidity: ArrayLike) -> Floats:
    """Relative humidity as a share, once it is known to be one."""
    percent = np.asarray(humidity, dtype=float)
    inside = ((percent >= 0.0) & (percent <= 100.0)).all()
    refuse(not inside, f"relative humidity lies between {percent.min():g} and {percent.max():g}; expected per cent, 0 to 100")
    return percent / 100.0


def _sun(latitude: ArrayLike, day_of_year: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Latitude and declination in radians, and sunset hour angle (eq. 22, 24, 25)."""
    degrees = np.asarray(latitude, dtype=float)
    day = np.asarray(day_of_year, dtype=float)
    refuse(not ((degrees >= -90.0) & (degrees <= 90.0)).all(), "latitude lies outside -90 to 90 degrees")
    refuse(not ((day >= 1.0) & (day <= 366.0)).all(), "day of the year lies outside 1 to 366")
    phi = np.radians(degrees)
    declination = 0.409 * np.sin(2.0 * np.pi / 365.0 * day - 1.39)
    # beyond the polar circle the sun does not set, or does not rise: the angle ends at pi or 0
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0))
    return np.asarray(phi), np.asarray(declination), np.asarray(sunset)


def extraterrestrial_radiation(latitude: ArrayLike, day_of_year: ArrayLike) -> Floats:
    """Radiation at the top of the air (eq. 21 to 25); the day of a month is that of its 15th (`MID_MONTH_DAYS`)."""
    phi, declination, sunset = _sun(latitude, day_of_year)
    distance = 1.0 + 0.033 * np.cos(2.0 * np.pi / 365.0 * np.asarray(day_of_year, dtype=float))
    height = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    return np.asarray(24.0 * 60.0 / np.pi * _SOLAR * distance * height)


def daylight_hours(latitude: ArrayLike, day_of_year: ArrayLike) -> Floats:
    """Longest possible sunshine of a day, hours (eq. 34)."""
    return np.asarray(24.0 / np.pi * _sun(latitude, day_of_year)[2])


def solar_radiation_from_sunshine(sunshine: ArrayLike, daylight: ArrayLike, extraterrestrial: ArrayLike) -> Floats:
    """Solar radiation from actual and longest possible hours of sunshine (Angstrom; eq. 35), which may exceed the day by 0.1 hour."""
    hours, longest = np.asarray(sunshine, dtype=float), np.asarray(daylight, dtype=float)
    refuse((hours < 0.0).any() or (hours > longest + 0.1).any(), "sunshine must be 0 or more, and not longer than the day")
    return np.asarray((_ANGSTROM[0] + _ANGSTROM[1] * hours / longest) * np.asarray(extraterrestrial))


def solar_radiation_from_temperatures(tmax: ArrayLike, tmin: ArrayLike, extraterrestrial: ArrayLike, krs: ArrayLike) -> Floats:
    """Solar radiation where neither it nor sunshine is measured (Hargreaves' radiation formula; eq. 50)."""
    return np.asarray(np.asarray(krs) * np.sqrt(temperature_range(tmax, tmin)) * np.asarray(extraterrestrial))


def temperature_range(tmax: ArrayLike, tmin: ArrayLike) -> Floats:
    """Daily range of temperature, once it is known to be none below 0."""
    spread = np.asarray(np.asarray(tmax, dtype=float) - np.asarray(tmin, dtype=float))
    refuse((spread < 0.0).any(), "the minimum temperature is above the maximum")
    return spread


def clear_sky_radiation(extraterrestrial: ArrayLike, elevation: ArrayLike) -> Floats:
    """Solar radiation under a cloudless sky (eq. 37)."""
    return np.asarray((0.75 + 2e-5 * np.asarray(elevation, dtype=float)) * np.asarray(extraterrestrial, dtype=float))


def net_shortwave_radiation(solar: ArrayLike) -> Floats:
    """Solar radiation that the reference grass keeps (eq. 38)."""
    return np.asarray((1.0 - _ALBEDO) * np.asarray(solar, dtype=float))


def net_longwave_radiation(tmax: ArrayLike, tmin: ArrayLike, vapour_pressure: ArrayLike, solar: ArrayLike, clear_sky: ArrayLike) -> Floats:
    """Heat radiation that leaves the ground by day (eq. 39; solar over clear-sky radiation counts as 1 at most)."""
    clear = np.asarray(clear_sky, dtype=float)
    refuse((clear <= 0.0).any(), "there is no daylight: net longwave radiation is not defined in the polar night")
    heat = _STEFAN * ((np.asarray(tmax, dtype=float) + _KELVIN) ** 4 + (np.asarray(tmin, dtype=float) + _KELVIN) ** 4) / 2.0
    damp = 0.34 - 0.14 * np.sqrt(np.asarray(vapour_pressure, dtype=float))
    return np.asarray(heat * damp * (1.35 * np.minimum(np.asarray(solar) / clear, 1.0) - 0.35))


def monthly_soil_heat_flux(before: ArrayLike, after: ArrayLike) -> Floats:
    """Heat that goes into the soil in a month between two known ones, from their mean temperatures (eq. 43)."""
    return np.asarray(0.07 * (np.asarray(after, dtype=float) - np.asarray(before, dtype=float)))


def yearly_soil_heat_flux(mean_temperature: ArrayLike) -> Floats:
    """Heat that goes into the soil in each month of a mean year, twelve on the last axis (eq. 43, December before January)."""
    months = np.asarray(mean_temperature, dtype=float)
    refuse(months.shape[-1:] != (12,), "a mean year needs twelve months on the last axis")
    return monthly_soil_heat_flux(np.roll(months, 1, axis=-1), np.roll(months, -1, axis=-1))


def wind_at_two_metres(wind: ArrayLike, height: ArrayLike) -> Floats:
    """Wind at 2 m above short grass from wind (m/s) at another height of 0.5 m or more (eq. 47)."""
    above, speed = np.asarray(height, dtype=float), np.asarray(wind, dtype=float)
    refuse((above < 0.5).any(), "the height of the wind gauge must be 0.5 m or more")
    refuse((speed < 0.0).any(), "wind speed is negative")
    return np.asarray(speed * 4.87 / np.log(67.8 * above - 5.42))
