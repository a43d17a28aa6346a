"""What is known of a climate, and the reference evapotranspiration that the known allows (FAO-56, Allen et al. 1998, chapter 3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.science import weather
from waterdeal.science.refuse import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from waterdeal.types import Floats


#: mm of water that 1 MJ/m2 evaporates
_MM_PER_MJ = 0.408
#: wind where none is measured: the mean of over 2000 stations (FAO-56, below eq. 47), m/s
ASSUMED_WIND = 2.0


class Method(StrEnum):
    """How reference evapotranspiration is found."""

    PENMAN_MONTEITH = "penman_monteith"
    HARGREAVES = "hargreaves"


@dataclass(frozen=True)
class Climate:
    """What is known of a place in some days or months; arrays broadcast, months on the last axis."""

    tmax: ArrayLike
    tmin: ArrayLike
    latitude: ArrayLike
    elevation: ArrayLike
    day_of_year: ArrayLike  # day of the year; for months that of the 15th (`weather.MID_MONTH_DAYS`)
    #: heat that goes into the soil, MJ/m2 a day: 0 for days and dekads (FAO-56 eq. 42), else from the neighbouring months. Needed for
    #: Penman-Monteith
    soil_heat: ArrayLike | None = None
    vapour_pressure: ArrayLike | None = None
    dew_point: ArrayLike | None = None
    rh_max: ArrayLike | None = None
    rh_min: ArrayLike | None = None
    rh_mean: ArrayLike | None = None
    solar_radiation: ArrayLike | None = None
    sunshine: ArrayLike | None = None
    wind: ArrayLike | None = None
    wind_height: ArrayLike = 2.0
    krs: float = weather.KRS_INLAND  # coefficient for radiation from temperatures: 0.16 inland, 0.19 near a coast
    dew_point_depression: float = 0.0  # how far the dew point lies below the minimum temperature where no humidity is known, degC

    def __post_init__(self) -> None:
        """Refuse a minimum humidity that nothing could be made of."""
        alone = self.rh_min is not None and self.rh_max is None
        refuse(alone, "a minimum relative humidity is of use only with the maximum: give rh_max too, or rh_mean")

    @property
    def knows_only_temperatures(self) -> bool:
        """Whether neither humidity nor radiation nor wind is known."""
        others = (self.vapour_pressure, self.dew_point, self.rh_max, self.rh_mean, self.solar_radiation, self.sunshine, self.wind)
        return all(value is None for value in others)


@dataclass(frozen=True)
class ReferenceEvapotranspiration:
    """Reference evapotranspiration and how it was found."""

    values: Floats  # mm a day
    method: Method  # Penman-Monteith or Hargreaves
    sources: Mapping[str, str]  # for humidity, radiation and wind: what each was taken from


def actual_vapour_pressure(climate: Climate) -> tuple[Floats, str]:
    """Actual vapour pressure in kPa by the best method that the known allows, in the order of FAO-56, and what it was taken from."""
    if climate.vapour_pressure is not None:
        return np.asarray(climate.vapour_pressure, dtype=float), "vapour_pressure"
    if climate.dew_point is not None:
        return weather.saturation_vapour_pressure(climate.dew_point), "dew_point"
    if climate.rh_max is not None and climate.rh_min is not None:
        both = climate.rh_max, climate.rh_min
        return weather.vapour_pressure_from_humidity_range(climate.tmax, climate.tmin, *both), "rh_max_and_rh_min"
    if climate.rh_max is not None:
        return weather.vapour_pressure_from_maximum_humidity(climate.tmin, climate.rh_max), "rh_max"
    if climate.rh_mean is not None:
        return weather.vapour_pressure_from_mean_humidity(climate.tmax, climate.tmin, climate.rh_mean), "rh_mean"
    return weather.vapour_pressure_from_minimum_temperature(climate.tmin, climate.dew_point_depression), "tmin"


def incoming_radiation(climate: Climate) -> tuple[Floats, str]:
    """Solar radiation in MJ/m2 a day by the best method that the known allows (eq. 35 and 50), and what it was taken from."""
    if climate.solar_radiation is not None:
        return np.asarray(climate.solar_radiation, dtype=float), "solar_radiation"
    top = weather.extraterrestrial_radiation(climate.latitude, climate.day_of_year)
    if climate.sunshine is not None:
        longest = weather.daylight_hours(climate.latitude, climate.day_of_year)
        return weather.solar_radiation_from_sunshine(climate.sunshine, longest, top), "sunshine"
    return weather.solar_radiation_from_temperatures(climate.tmax, climate.tmin, top, climate.krs), "temperatures"


def net_radiation_of(climate: Climate) -> Floats:
    """Net radiation at the ground, MJ/m2 a day, whatever has to be estimated for it (eq. 38 to 40)."""
    top = weather.extraterrestrial_radiation(climate.latitude, climate.day_of_year)
    solar, clear = incoming_radiation(climate)[0], weather.clear_sky_radiation(top, climate.elevation)
    longwave = weather.net_longwave_radiation(climate.tmax, climate.tmin, actual_vapour_pressure(climate)[0], solar, clear)
    return np.asarray(weather.net_shortwave_radiation(solar) - longwave)


def reference_evapotranspiration(climate: Climate, method: Method | None = None) -> ReferenceEvapotranspiration:
    """Reference evapotranspiration by the method that the known allows.

    Where only temperatures are known that is Hargreaves; else Penman-Monteith, in which whatever is missing is estimated as FAO-56
    (chapter 3, "Calculation procedures with missing data") says, and named in the answer. Penman-Monteith needs the soil heat flux.

    Examples
    --------
    >>> july = Climate(tmax=26.6, tmin=14.8, latitude=45.72, elevation=200, day_of_year=196, soil_heat=0, wind=2)
    >>> found = reference_evapotranspiration(july)
    >>> round(float(found.values), 1), str(found.method), found.sources["radiation"]
    (4.6, 'penman_monteith', 'temperatures')
    """
    chosen = method or (Method.HARGREAVES if climate.knows_only_temperatures else Method.PENMAN_MONTEITH)
    if chosen == Method.HARGREAVES:
        top = weather.extraterrestrial_radiation(climate.latitude, climate.day_of_year)
        return ReferenceEvapotranspiration(hargreaves(climate.tmax, climate.tmin, top), chosen, {"radiation": "temperatures"})
    if climate.soil_heat is None:
        message = "Penman-Monteith needs the soil heat flux: 0 for days and dekads, for months see monthly_soil_heat_flux"
        raise ValueError(message)
    vapour, humidity = actual_vapour_pressure(climate)
    if climate.wind is None:
        speed, wind = np.asarray(ASSUMED_WIND), "assumed"
    else:
        speed, wind = weather.wind_at_two_metres(climate.wind, climate.wind_height), "measured"
        if (np.asarray(climate.wind_height) == 2.0).all():
            speed = np.asarray(climate.wind, dtype=float)  # the formula gives 1.0004 at 2 m
    ends, pressure = (climate.tmax, climate.tmin), weather.atmospheric_pressure(climate.elevation)
    values = penman_monteith(ends, vapour, net_radiation_of(climate), climate.soil_heat, speed, pressure)
    return ReferenceEvapotranspiration(values, chosen, {"humidity": humidity, "radiation": incoming_radiation(climate)[1], "wind": wind})


def penman_monteith(
    temperatures: tuple[ArrayLike, ArrayLike],
    vapour_pressure: ArrayLike, net_radiation: ArrayLike, soil_heat: ArrayLike, wind: ArrayLike, pressure: ArrayLike,
) -> Floats:
    """Reference evapotranspiration, mm a day, by FAO Penman-Monteith (eq. 6), of maximum and minimum temperature and wind at 2 m.

    In frost it can come out a little below zero (dew and hoar frost); it is handed over as it is.
    """
    tmax, tmin = (np.asarray(values, dtype=float) for values in temperatures)
    speed = np.asarray(wind, dtype=float)
    weather.temperature_range(tmax, tmin)
    refuse((speed < 0.0).any(), "wind speed is negative")
    mean = (tmax + tmin) / 2.0
    slope, gamma = weather.vapour_pressure_slope(mean), weather.psychrometric_constant(pressure)
    deficit = weather.mean_saturation_vapour_pressure(tmax, tmin) - np.asarray(vapour_pressure, dtype=float)
    heat = _MM_PER_MJ * slope * (np.asarray(net_radiation, dtype=float) - np.asarray(soil_heat, dtype=float))
    return np.asarray((heat + gamma * 900.0 / (mean + 273.0) * speed * deficit) / (slope + gamma * (1.0 + 0.34 * speed)))


def hargreaves(tmax: ArrayLike, tmin: ArrayLike, extraterrestrial: ArrayLike) -> Floats:
    """Reference evapotranspiration, mm a day, by Hargreaves (eq. 52)."""
    spread = weather.temperature_range(tmax, tmin)
    mean = (np.asarray(tmax, dtype=float) + np.asarray(tmin, dtype=float)) / 2.0
    return np.asarray(0.0023 * (mean + 17.8) * np.sqrt(spread) * _MM_PER_MJ * np.asarray(extraterrestrial, dtype=float))
