"""What a series says about time: stamps, bounds, calendars, clocks; and what completes one that is partial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from waterdeal.errors import InputError
from waterdeal.examples import two_party_basin, two_party_scenario
from waterdeal.scenario.doubts import doubts, water_beside_classes
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.series import scenario_series
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from pathlib import Path

RATES = [14, 14, 21, 42, 77, 98, 77, 49, 31.5, 21, 17.5, 14]
PERIOD = {"start": "2026-04-01", "end": "2026-10-01", "step": "month"}


def rates_of(folder: Path, name: str, **hydrology: Any) -> list[float]:
    """Mean rate of each month from April to September that the product takes from a series."""
    scenario = two_party_scenario(hydrology={"series": name, **hydrology}, period=PERIOD)
    series = scenario_series(folder, name, two_party_basin(), scenario.hydrology)
    inputs = make_inputs(two_party_basin(), scenario, series=series)
    rates = volume_to_rate(inputs["runoff"].sel(node="headwater"), inputs["step_length"])
    return [round(float(rate), 6) for rate in rates.values]


def told(folder: Path, name: str, **hydrology: Any) -> str:
    """What is told of the series of a case, in one text."""
    from waterdeal.scenario.horizon import horizon_steps
    from waterdeal.scenario.series import tell_series

    scenario = two_party_scenario(hydrology={"series": name, **hydrology}, period=PERIOD)
    series = scenario_series(folder, name, two_party_basin(), scenario.hydrology)
    return "\n".join(tell_series(two_party_basin(), scenario, series, horizon_steps(scenario.period)))


def write(path: Path, times: Any, values: Any, head: str = "node,time,runoff_m3s") -> str:
    """Write a long table and return its name."""
    path.write_text(
        head + "\n" + "".join(f"headwater,{time},{value}\n" for time, value in zip(times, values, strict=True)), encoding="utf-8"
    )
    return path.name


def netcdf(path: Path, times: Any, attrs: dict[str, str], values: Any, bounds: Any = None, **to: Any) -> str:
    """Write a series as NetCDF with its times as they stand, and return its name."""
    variables: dict[str, Any] = {"runoff": (("node", "time"), np.array([values], dtype=float), {"units": "m3 s-1"})}
    if bounds is not None:
        variables["time_bnds"] = (("time", "edge"), np.array(bounds, dtype=float))
    coords = {"node": ["headwater"], "time": ("time", np.array(times, dtype=float), attrs)}
    xr.Dataset(variables, coords).to_netcdf(path, **(to or {"engine": "h5netcdf"}))
    return path.name


FIRSTS = pd.date_range("2026-01-01", periods=12, freq="MS")
SINCE = {"units": "days since 2026-01-01"}


@pytest.mark.parametrize("shape", ["first days", "last days", "xlsx", "xlsx last days"])
def test_stamps_told_to_be_ends(tmp_path: Path, shape: str) -> None:
    """A value stands for the period that its stamp ends, where that is told, in each form of file."""
    ends = pd.date_range("2026-02-01", periods=12, freq="MS") - (pd.Timedelta(days=1) if "last" in shape else pd.Timedelta(0))
    name = write(tmp_path / "a.csv", ends.strftime("%Y-%m-%d"), RATES)
    if "xlsx" in shape:
        name = "a.xlsx"
        pd.DataFrame({"node": "headwater", "time": ends, "runoff_m3s": RATES}).to_excel(tmp_path / name, index=False)
    assert rates_of(tmp_path, name, stamp="end") == RATES[3:9]


def test_open_stamps_are_told_or_refused(tmp_path: Path) -> None:
    """First days are taken for starts, which is told; last days and middles are refused with both readings."""
    write(tmp_path / "first.csv", FIRSTS.strftime("%Y-%m-%d"), RATES)
    assert rates_of(tmp_path, "first.csv") == RATES[3:9]
    assert 'if times are ends, write stamp = "end"' in told(tmp_path, "first.csv")
    assert told(tmp_path, "first.csv", stamp="start") == ""
    for shift, words in ((pd.Timedelta(days=-1), "before its time or after it"), (pd.Timedelta(days=14), "the middle of months")):
        write(tmp_path / "b.csv", (FIRSTS + shift).strftime("%Y-%m-%d"), RATES)
        with pytest.raises(InputError, match=words):
            rates_of(tmp_path, "b.csv")


def test_bounds_say_it_themselves(tmp_path: Path) -> None:
    """CF bounds win over stamps in the middle of months; bounds that overlap are refused."""
    edges = (pd.date_range("2026-01-01", periods=13, freq="MS") - FIRSTS[0]).days
    bounds = np.stack([edges[:-1], edges[1:]], axis=1)
    name = netcdf(tmp_path / "a.nc", bounds.mean(axis=1), {**SINCE, "bounds": "time_bnds"}, RATES, bounds)
    assert rates_of(tmp_path, name) == RATES[3:9]
    netcdf(tmp_path / "b.nc", bounds.mean(axis=1), {**SINCE, "bounds": "time_bnds"}, RATES, bounds + np.array([0, 5]))
    with pytest.raises(InputError, match="overlap"):
        rates_of(tmp_path, "b.nc")


@pytest.mark.parametrize("calendar", ["noleap", "365_day"])
def test_years_without_a_leap_day(tmp_path: Path, calendar: str) -> None:
    """Days of such a calendar are those of that name: a whole year of 365 days from a leap year on ends where it should."""
    days = pd.date_range("2025-01-01", "2026-12-31")
    values = [RATES[day.month - 1] for day in days]
    name = netcdf(tmp_path / "a.nc", np.arange(365, 365 + len(days)), {"units": "days since 2024-01-01", "calendar": calendar}, values)
    assert rates_of(tmp_path, name) == RATES[3:9]
    assert "no 29 February" in told(tmp_path, name)


def test_a_leap_day_that_a_calendar_lacks_is_no_gap(tmp_path: Path) -> None:
    """The 28th holds on it; any other day that is missing is one, and many gaps are one problem."""
    attrs = {"units": "days since 2028-01-01", "calendar": "noleap"}
    scenario = two_party_scenario(hydrology={"series": "a.nc"}, period={"start": "2028-02-27", "end": "2028-03-03", "step": "day"})
    scenario = scenario.model_copy(update={"entitlement": scenario.entitlement.model_copy(update={"limits": ()})})
    netcdf(tmp_path / "a.nc", np.arange(90), attrs, np.arange(1, 91))
    series = scenario_series(tmp_path, "a.nc", two_party_basin(), scenario.hydrology)
    inputs = make_inputs(two_party_basin(), scenario, series=series)
    assert (inputs["runoff"].sel(node="headwater").values / 0.0864).round(6).tolist() == [58, 59, 59, 60, 61]
    netcdf(tmp_path / "a.nc", [day for day in range(90) if day not in {40, 70}], attrs, np.ones(88))
    with pytest.raises(InputError, match="such places: 2") as caught:
        scenario_series(tmp_path, "a.nc", two_party_basin(), scenario.hydrology)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("unit", ["months since 2026-01-01", "decades since 2026-01-01"])
@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_times_that_count_in_other_units_are_refused_by_name(tmp_path: Path, unit: str, calendar: str) -> None:
    """Nothing is taken for days that is none."""
    name = netcdf(tmp_path / "a.nc", np.arange(12), {"units": unit, "calendar": calendar}, RATES)
    with pytest.raises(InputError, match=unit):
        rates_of(tmp_path, name)


@pytest.mark.parametrize("calendar", ["360_day", "all_leap", "julian"])
def test_calendars_with_days_that_no_year_has(tmp_path: Path, calendar: str) -> None:
    """They are refused in plain words."""
    name = netcdf(tmp_path / "a.nc", np.arange(360), {**SINCE, "calendar": calendar}, np.ones(360))
    with pytest.raises(InputError, match=f'calendar "{calendar}" has days') as caught:
        rates_of(tmp_path, name)
    assert "decode_times" not in str(caught.value)


def test_classic_netcdf(tmp_path: Path) -> None:
    """NetCDF-3 is read as NetCDF-4 is."""
    name = netcdf(tmp_path / "a.nc", (FIRSTS - FIRSTS[0]).days, SINCE, RATES, format="NETCDF3_CLASSIC", engine="scipy")
    assert rates_of(tmp_path, name) == RATES[3:9]


def test_one_clock(tmp_path: Path) -> None:
    """An offset that all times share is told; two are refused."""
    hours = pd.date_range("2026-04-01", "2026-10-01", freq="6h", inclusive="left").strftime("%Y-%m-%dT%H:%M:%S")
    write(tmp_path / "a.csv", [f"{hour}+06:00" for hour in hours], [5.0] * len(hours))
    assert rates_of(tmp_path, "a.csv") == [5.0] * 6
    assert "+06:00" in told(tmp_path, "a.csv")
    assert "values of the series last 6 hours" in told(tmp_path, "a.csv")
    write(tmp_path / "b.csv", [f"{hour}{'Z' if at else '+06:00'}" for at, hour in enumerate(hours)], [5.0] * len(hours))
    with pytest.raises(InputError, match="different clocks"):
        rates_of(tmp_path, "b.csv")


def test_a_partial_series_is_completed_from_a_class(tmp_path: Path) -> None:
    """Two months of a forecast: the others are those of the class, to the digit, and it is told which; unasked, they are missing."""
    write(tmp_path / "a.csv", ["2026-04-01", "2026-05-01"], [40, 60])
    own = make_inputs(two_party_basin(), two_party_scenario(hydrology={"year_class": "exceeded_90"}, period=PERIOD))
    of_class = volume_to_rate(own["runoff"].sel(node="headwater"), own["step_length"]).values.round(6).tolist()
    assert rates_of(tmp_path, "a.csv", complete_from="exceeded_90") == [40, 60, *of_class[2:]]
    assert "completed from class exceeded_90: nodes –; steps not wholly covered, by node: headwater (4)" in told(
        tmp_path, "a.csv", complete_from="exceeded_90"
    )
    with pytest.raises(InputError, match="not the whole horizon"):
        rates_of(tmp_path, "a.csv")
    with pytest.raises(InputError, match="exceeded_99"):
        rates_of(tmp_path, "a.csv", complete_from="exceeded_99")
    with pytest.raises(ValueError, match="belong to a series"):
        two_party_scenario(hydrology={"year_class": "exceeded_90", "stamp": "end"})


@pytest.mark.parametrize(("factor", "doubtful"), [(1.0, False), (1.001, True)])
def test_water_beyond_the_record_is_told_however_little(tmp_path: Path, factor: float, doubtful: bool) -> None:
    """A series is laid beside the classes of year; what is beyond the wettest, by a thousandth even, is told."""
    wettest = two_party_basin().runoff.sel(node="headwater").max("year_class").values
    write(tmp_path / "a.csv", FIRSTS.strftime("%Y-%m-%d"), wettest * factor)
    scenario = two_party_scenario(hydrology={"series": "a.csv"}, period=PERIOD)
    inputs = make_inputs(two_party_basin(), scenario, series=scenario_series(tmp_path, "a.csv", two_party_basin(), scenario.hydrology))
    assert any("no class of year does" in problem.found for problem in doubts(two_party_basin(), scenario, inputs, "a")) == doubtful
    assert "mean" in water_beside_classes(two_party_basin(), scenario, inputs)[0]
