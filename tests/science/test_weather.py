"""Which method is taken for what is known, and what the pieces refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.science import weather
from waterdeal.science.evapotranspiration import (
    ASSUMED_WIND,
    Climate,
    Method,
    actual_vapour_pressure,
    hargreaves,
    penman_monteith,
    reference_evapotranspiration,
)

#: temperatures of a continental year, degC (assumed)
WARM = np.array([1.0, 4, 12, 20, 27, 33, 36, 34, 28, 20, 11, 4])
COLD = np.array([-7.0, -5, 1, 8, 13, 17, 19, 17, 11, 5, 0, -4])


def place(**known: Any) -> Climate:
    """Return a day in July at 41 N, 300 m, with more known or less."""
    return Climate(**{"tmax": 36, "tmin": 19, "latitude": 41, "elevation": 300, "day_of_year": 196, "soil_heat": 0, **known})


def test_only_temperatures_give_hargreaves() -> None:
    """Where nothing but temperatures is known the answer is Hargreaves', and says so."""
    found = reference_evapotranspiration(place())
    assert found.method == Method.HARGREAVES
    assert found.values == pytest.approx(hargreaves(36, 19, weather.extraterrestrial_radiation(41, 196)))


@pytest.mark.parametrize(
    ("known", "source"),
    [
        ({"vapour_pressure": 1.5, "dew_point": 1}, "vapour_pressure"),
        ({"dew_point": 12, "rh_mean": 1}, "dew_point"),
        ({"rh_max": 70, "rh_min": 25, "rh_mean": 1}, "rh_max_and_rh_min"),
        ({"rh_max": 70, "rh_mean": 1}, "rh_max"),
        ({"rh_mean": 40}, "rh_mean"),
        ({"wind": 2}, "tmin"),
    ],
)
def test_best_humidity_is_taken(known: dict[str, float], source: str) -> None:
    """Of several measures of humidity the best is used, in FAO-56's order, and any makes it Penman-Monteith."""
    found = reference_evapotranspiration(place(**known))
    assert found.method == Method.PENMAN_MONTEITH
    assert found.sources["humidity"] == source


def test_best_radiation_is_taken() -> None:
    """Measured radiation goes before sunshine, sunshine before temperatures; missing wind is assumed and said to be."""
    sources = [
        reference_evapotranspiration(place(**known)).sources for known in ({"solar_radiation": 25, "sunshine": 12}, {"sunshine": 12})
    ]
    assert [source["radiation"] for source in sources] == ["solar_radiation", "sunshine"]
    assert sources[0]["wind"] == "assumed"
    assumed, told = (reference_evapotranspiration(place(sunshine=12, **more)).values for more in ({}, {"wind": ASSUMED_WIND}))
    assert assumed == told


def test_forms_of_humidity_agree_on_saturated_air() -> None:
    """At 100 per cent the range and the mean form give the mean saturation pressure, the maximum form that of the coldest hour."""
    full = [actual_vapour_pressure(place(**known))[0] for known in ({"rh_max": 100, "rh_min": 100}, {"rh_mean": 100})]
    assert full == pytest.approx([float(weather.mean_saturation_vapour_pressure(36, 19))] * 2)
    assert weather.vapour_pressure_from_maximum_humidity(19, 100) == weather.saturation_vapour_pressure(19)
    assert weather.vapour_pressure_from_minimum_temperature(19, 2) == weather.saturation_vapour_pressure(17)


def test_a_year_of_months() -> None:
    """Months go through at once, as one by one; evapotranspiration is greatest in June or July, and near 0 in winter."""
    heat = weather.yearly_soil_heat_flux((WARM + COLD) / 2)
    year = Climate(WARM, COLD, 41, 300, weather.MID_MONTH_DAYS, soil_heat=heat, rh_mean=50, wind=2)
    values = reference_evapotranspiration(year).values
    july = Climate(WARM[6], COLD[6], 41, 300, 196, soil_heat=heat[6], rh_mean=50, wind=2)
    assert reference_evapotranspiration(july).values == pytest.approx(values[6])
    assert int(values.argmax()) in {5, 6}
    assert values.min() < 1
    assert values.max() > 6


def test_soil_heat_of_a_mean_year() -> None:
    """December stands before January; over the year the soil gains nothing."""
    mean = (WARM + COLD) / 2
    heat = weather.yearly_soil_heat_flux(mean)
    assert heat[0] == pytest.approx(float(weather.monthly_soil_heat_flux(mean[11], mean[1])))
    assert heat.sum() == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="twelve months"):
        weather.yearly_soil_heat_flux(mean[:11])


def test_soil_heat_is_never_assumed() -> None:
    """Penman-Monteith without soil heat is refused: 0 is right for days and wrong for months."""
    with pytest.raises(ValueError, match="soil heat flux"):
        reference_evapotranspiration(place(soil_heat=None, wind=2))


def test_lone_minimum_humidity_is_refused() -> None:
    """A minimum humidity alone would be ignored: it is refused instead."""
    with pytest.raises(ValueError, match="rh_max"):
        place(rh_min=20)


def test_polar_day_and_night() -> None:
    """In the polar summer the day has 24 hours; in the night there is none, and net radiation is refused."""
    assert weather.daylight_hours([80, -80, 0], 172) == pytest.approx([24, 0, 12])
    assert weather.extraterrestrial_radiation(-80, 172) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="polar night"):
        weather.net_longwave_radiation(0, -5, 0.3, 0, 0)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: weather.extraterrestrial_radiation(91, 1), "latitude"),
        (lambda: weather.extraterrestrial_radiation(41, 0), "day of the year"),
        (lambda: weather.solar_radiation_from_sunshine(13, 12, 30), "longer than the day"),
        (lambda: weather.solar_radiation_from_temperatures(10, 20, 30, 0.16), "above the maximum"),
        (lambda: weather.vapour_pressure_from_mean_humidity(30, 20, 0.5 * 400), "per cent"),
        (lambda: weather.wind_at_two_metres(3, 0.2), "wind gauge"),
        (lambda: weather.wind_at_two_metres(-3, 2), "negative"),
        (lambda: penman_monteith((30, 20), 2, 15, 0, -1, 100), "negative"),
        (lambda: hargreaves(10, 20, 30), "above the maximum"),
    ],
)
def test_impossible_weather_is_refused(call: Any, match: str) -> None:
    """What cannot be measured is refused in a sentence."""
    with pytest.raises(ValueError, match=match):
        call()


def test_wind_falls_towards_the_ground() -> None:
    """At 2 m the formula leaves the wind as it is, within rounding."""
    assert weather.wind_at_two_metres(3, 2) == pytest.approx(3, rel=1e-3)
    assert weather.wind_at_two_metres(3, 10) < 3


@given(st.floats(-5, 40), st.floats(1, 20), st.floats(0.5, 6), st.floats(20, 90))
def test_drier_air_evaporates_more(tmin: float, spread: float, wind: float, humidity: float) -> None:
    """With everything else as it is, drier air takes up more water, but for the heat that it lets out."""
    vapour = weather.mean_saturation_vapour_pressure(tmin + spread, tmin) * humidity / 100
    wet, dry = (penman_monteith((tmin + spread, tmin), vapour * share, 12, 0, wind, 95) for share in (1.0, 0.9))
    assert dry > wet
