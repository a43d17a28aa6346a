"""What is known of a climate, and the reference evapotranspiration that the known allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.crops import atmosphere, radiation
from waterdeal.crops.evapotranspiration import hargreaves, penman_monteith, wind_at_two_metres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: wind where none is measured: the mean of over 2000 stations (FAO-56, below eq. 47), m/s
ASSUMED_WIND = 2.0


class Method(StrEnum):
    """How reference evapotranspiration is found."""

    PENMAN_MONTEITH = "penman_monteith"
    HARGREAVES = "hargreaves"


@dataclass(frozen=True)
class Climate:
    """What is known of a place in some days or months; arrays broadcast, months on the last axis.

    Parameters
    ----------
    tmax, tmin : array_like
        Mean daily maximum and minimum temperature, degC.
    latitude, elevation : array_like
        Decimal degrees, and m above the sea.
    day_of_year : array_like
        Day of the year; for months that of the 15th (``radiation.MID_MONTH_DAYS``).
    soil_heat : array_like, optional
        Heat that goes into the soil, MJ/m2 a day: 0 for days and dekads (FAO-56 eq. 42), else from the neighbouring months. Needed
        for Penman-Monteith.
    vapour_pressure, dew_point : array_like, optional
        Actual vapour pressure in kPa, or dew point in degC.
    rh_max, rh_min, rh_mean : array_like, optional
        Relative humidity, per cent.
    solar_radiation, sunshine : array_like, optional
        Solar radiation in MJ/m2 a day, or sunshine in hours a day.
    wind, wind_height : array_like, optional
        Wind in m/s and the height in m at which it was measured, 2 unless told.
    krs : float
        Coefficient for radiation from temperatures: 0.16 inland, 0.19 near a coast.
    dew_point_depression : float
        How far the dew point lies below the minimum temperature where no humidity is known, degC.
    """

    tmax: ArrayLike
    tmin: ArrayLike
    latitude: ArrayLike
    elevation: ArrayLike
    day_of_year: ArrayLike
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
    krs: float = radiation.KRS["interior"]
    dew_point_depression: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a minimum humidity that nothing could be made of."""
        if self.rh_min is not None and self.rh_max is None:
            message = "a minimum relative humidity is of use only with the maximum: give rh_max too, or rh_mean"
            raise ValueError(message)

    @property
    def knows_only_temperatures(self) -> bool:
        """Whether neither humidity nor radiation nor wind is known."""
        others = (self.vapour_pressure, self.dew_point, self.rh_max, self.rh_mean, self.solar_radiation, self.sunshine, self.wind)
        return all(value is None for value in others)


@dataclass(frozen=True)
class ReferenceEvapotranspiration:
    """Reference evapotranspiration and how it was found.

    Parameters
    ----------
    values : numpy.ndarray
        mm a day.
    method : Method
        Penman-Monteith or Hargreaves.
    sources : mapping of str to str
        For humidity, radiation and wind: what each was taken from.
    """

    values: Floats
    method: Method
    sources: Mapping[str, str]


def actual_vapour_pressure(climate: Climate) -> tuple[Floats, str]:
    """Actual vapour pressure by the best method that the known allows, in the order of FAO-56 (chapter 3).

    Parameters
    ----------
    climate : Climate
        What is known.

    Returns
    -------
    (numpy.ndarray, str)
        Vapour pressure in kPa, and what it was taken from.

    Raises
    ------
    ValueError
        If a humidity is outside 0 to 100.
    """
    if climate.vapour_pressure is not None:
        return np.asarray(climate.vapour_pressure, dtype=float), "vapour_pressure"
    if climate.dew_point is not None:
        return atmosphere.vapour_pressure_from_dew_point(climate.dew_point), "dew_point"
    if climate.rh_max is not None and climate.rh_min is not None:
        pressure = atmosphere.vapour_pressure_from_humidity_range(climate.tmax, climate.tmin, climate.rh_max, climate.rh_min)
        return pressure, "rh_max_and_rh_min"
    if climate.rh_max is not None:
        return atmosphere.vapour_pressure_from_maximum_humidity(climate.tmin, climate.rh_max), "rh_max"
    if climate.rh_mean is not None:
        return atmosphere.vapour_pressure_from_mean_humidity(climate.tmax, climate.tmin, climate.rh_mean), "rh_mean"
    return atmosphere.vapour_pressure_from_minimum_temperature(climate.tmin, climate.dew_point_depression), "tmin"


def incoming_radiation(climate: Climate) -> tuple[Floats, str]:
    """Solar radiation by the best method that the known allows (FAO-56 eq. 35 and 50).

    Parameters
    ----------
    climate : Climate
        What is known.

    Returns
    -------
    (numpy.ndarray, str)
        Radiation in MJ/m2 a day, and what it was taken from.

    Raises
    ------
    ValueError
        If sunshine is longer than the day, or the minimum temperature is above the maximum.
    """
    if climate.solar_radiation is not None:
        return np.asarray(climate.solar_radiation, dtype=float), "solar_radiation"
    top = radiation.extraterrestrial_radiation(climate.latitude, climate.day_of_year)
    if climate.sunshine is not None:
        longest = radiation.daylight_hours(climate.latitude, climate.day_of_year)
        return radiation.solar_radiation_from_sunshine(climate.sunshine, longest, top), "sunshine"
    return radiation.solar_radiation_from_temperatures(climate.tmax, climate.tmin, top, climate.krs), "temperatures"


def net_radiation_of(climate: Climate) -> Floats:
    """Net radiation at the ground, whatever has to be estimated for it (FAO-56 eq. 38 to 40).

    Parameters
    ----------
    climate : Climate
        What is known.

    Returns
    -------
    numpy.ndarray
        Radiation, MJ/m2 a day.

    Raises
    ------
    ValueError
        If what is known contradicts itself.
    """
    top = radiation.extraterrestrial_radiation(climate.latitude, climate.day_of_year)
    solar = incoming_radiation(climate)[0]
    clear = radiation.clear_sky_radiation(top, climate.elevation)
    vapour = actual_vapour_pressure(climate)[0]
    longwave = radiation.net_longwave_radiation(climate.tmax, climate.tmin, vapour, solar, clear)
    return radiation.net_radiation(radiation.net_shortwave_radiation(solar), longwave)


def reference_evapotranspiration(climate: Climate, method: Method | None = None) -> ReferenceEvapotranspiration:
    """Reference evapotranspiration by the method that the known allows.

    Where only temperatures are known that is Hargreaves; else Penman-Monteith, in which whatever is missing is estimated as FAO-56
    (chapter 3, "Calculation procedures with missing data") says, and named in the answer.

    Parameters
    ----------
    climate : Climate
        What is known.
    method : Method, optional
        Method to use whatever is known.

    Returns
    -------
    ReferenceEvapotranspiration
        mm a day, the method, and what each part was taken from.

    Raises
    ------
    ValueError
        If Penman-Monteith is used and the soil heat flux is not given, or the known contradicts itself.

    Examples
    --------
    >>> july = Climate(tmax=26.6, tmin=14.8, latitude=45.72, elevation=200, day_of_year=196, soil_heat=0, wind=2)
    >>> found = reference_evapotranspiration(july)
    >>> round(float(found.values), 1), str(found.method), found.sources["radiation"]
    (4.6, 'penman_monteith', 'temperatures')
    """
    chosen = method or (Method.HARGREAVES if climate.knows_only_temperatures else Method.PENMAN_MONTEITH)
    if chosen == Method.HARGREAVES:
        top = radiation.extraterrestrial_radiation(climate.latitude, climate.day_of_year)
        return ReferenceEvapotranspiration(hargreaves(climate.tmax, climate.tmin, top), chosen, {"radiation": "temperatures"})
    if climate.soil_heat is None:
        message = "Penman-Monteith needs the soil heat flux: 0 for days and dekads, for months see monthly_soil_heat_flux"
        raise ValueError(message)
    vapour, humidity = actual_vapour_pressure(climate)
    if climate.wind is None:
        speed, wind = np.asarray(ASSUMED_WIND), "assumed"
    else:
        speed, wind = wind_at_two_metres(climate.wind, climate.wind_height), "measured"
        if (np.asarray(climate.wind_height) == 2.0).all():
            speed = np.asarray(climate.wind, dtype=float)  # the formula gives 1.0004 at 2 m
    values = penman_monteith(
        (climate.tmax, climate.tmin), vapour, net_radiation_of(climate), climate.soil_heat, speed,
        atmosphere.atmospheric_pressure(climate.elevation),
    )  # fmt: skip
    return ReferenceEvapotranspiration(values, chosen, {"humidity": humidity, "radiation": incoming_radiation(climate)[1], "wind": wind})
