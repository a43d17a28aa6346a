"""Hindcasts of a river whose truth is known, naive forecasts by hand, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.commands import call
from tests.tracking.river import GAIN, NEED, RELEASE, Measured, write_basin
from waterdeal.errors import ActualDataError, InputError
from waterdeal.tracking.hindcast import HindcastChoices, hindcast

if TYPE_CHECKING:
    from pathlib import Path

YEAR = date(2021, 1, 1), date(2022, 1, 1)


@pytest.fixture
def basin(tmp_path: Path) -> Path:
    """The river as a folder."""
    return write_basin(tmp_path / "small")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Its record of three years."""
    return Measured().write(tmp_path / "o.csv")


def test_model_and_naive_forecasts_by_hand(basin: Path, record: Path) -> None:
    """2021 releases a tenth more than 2020: the model lacks the gain, last year the tenth, its difference nothing; the mean of two years 15 %."""
    series = hindcast(basin, record, *YEAR).series
    upper = series[series["gauge"] == "upper_flow"]
    release = RELEASE * 1.1
    assert upper["observed"].to_numpy() == pytest.approx(release + GAIN, abs=1e-4)
    assert upper["model"].to_numpy() == pytest.approx(release, abs=1e-4)
    assert upper["last_year"].to_numpy() == pytest.approx(RELEASE + GAIN, abs=1e-4)
    assert upper["last_year_difference"].to_numpy() == pytest.approx(release + GAIN, abs=1e-4)
    assert upper["climatology"].to_numpy() == pytest.approx(0.95 * RELEASE + GAIN, abs=1e-4)
    lower = series[series["gauge"] == "lower_flow"]
    assert lower["model"].to_numpy() == pytest.approx(release - NEED, abs=1e-4)


def test_a_gauge_where_a_naive_forecast_is_as_good_is_named(basin: Path, record: Path) -> None:
    """Last year's difference is exact here, so both gauges are named; volumes of the growing season add up by hand."""
    found = hindcast(basin, record, *YEAR)
    assert found.beaten == ["upper_flow", "lower_flow"]
    volumes = found.volumes.set_index(["gauge", "season", "forecast"])
    days = np.array([30, 31, 30, 31, 31, 30]) * 0.0864
    growing = slice(3, 9)
    seen = days @ (RELEASE * 1.1 + GAIN)[growing]
    row = volumes.loc[("upper_flow", "2021 growing", "model")]
    assert row["observed"] == pytest.approx(seen)
    assert row["error"] == pytest.approx((days @ (RELEASE * 1.1)[growing]) / seen - 1)


def test_storages_given_find_the_release(basin: Path, record: Path) -> None:
    """The dam keeps its storage, so that its release is its inflow; the release is then a gauge that is scored."""
    found = hindcast(basin, record, *YEAR, HindcastChoices(given="storages"))
    release = found.series[found.series["gauge"] == "dam_release"]
    assert release["model"].to_numpy() == pytest.approx(RELEASE * 1.1, abs=1e-3)
    balance = found.balances.iloc[0]
    assert balance["unclosed"] == pytest.approx(0.0, abs=1e-3)


def test_users_take_no_more_than_there_is(tmp_path: Path, basin: Path) -> None:
    """A release below the requirement leaves nothing at the lower gauge, and no water is made."""
    path = tmp_path / "dry.csv"
    rows = [f"dam_release,2021-{month:02d},{value},m3/s\nlower_flow,2021-{month:02d},1,m3/s\n" for month, value in enumerate([10] * 12, start=1)]
    path.write_text("place,date,value,unit\n" + "".join(rows), encoding="utf-8")
    series = hindcast(basin, path, *YEAR).series
    assert series["model"].to_numpy() == pytest.approx(np.maximum(10 - NEED, 0.0), abs=1e-6)


def test_taken_shares_of_the_basin_are_used(tmp_path: Path, record: Path) -> None:
    """Where taken.csv says that half was taken, half flows on."""
    half = [{"demand": "fields", "month": month, "share": 0.5} for month in range(1, 13)]
    series = hindcast(write_basin(tmp_path / "half", taken=half), record, *YEAR).series
    lower = series[series["gauge"] == "lower_flow"]
    assert lower["model"].to_numpy() == pytest.approx(RELEASE * 1.1 - 0.5 * NEED, abs=1e-4)


def test_two_agencies_are_one_observation_with_a_spread(basin: Path, tmp_path: Path) -> None:
    """The mean of both counts unless one is asked for; half the difference is told either way."""
    path = Measured(second=1.2).write(tmp_path / "two.csv")
    mean, own = (hindcast(basin, path, *YEAR, HindcastChoices(gauges=gauges)).series for gauges in ({}, {"upper_flow": "one"}))
    true = RELEASE * 1.1 + GAIN
    for series, factor in ((mean, 1.1), (own, 1.0)):
        upper = series[series["gauge"] == "upper_flow"]
        assert upper["observed"].to_numpy() == pytest.approx(factor * true, abs=1e-3)
        assert upper["spread"].to_numpy() == pytest.approx(0.1 * true, abs=1e-3)


def test_the_command_tells_and_writes(basin: Path, record: Path, tmp_path: Path) -> None:
    """Text in four languages, JSON and files."""
    period = ("--observed", record, "--from", "2021-01-01", "--to", "2022-01-01")
    for language, word in {"en": "Scores", "ru": "Оценки", "kk": "Бағалар", "uz": "Baholar"}.items():
        assert word in call("hindcast", basin, *period, "--lang", language).out
    told = call("hindcast", basin, *period, "--json", "-o", tmp_path / "out", "--given", "dam=storages").json
    assert {"scores", "series", "volumes", "balances", "beaten"} <= set(told)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"hindcast.json", "scores.csv", "series.csv", "volumes.csv", "balances.csv"}


def test_what_cannot_be_hindcast_is_refused(basin: Path, record: Path) -> None:
    """A period inside a month, one that nobody measured, a reservoir that is not there: one clear error each."""
    with pytest.raises(InputError, match="no period of whole steps"):
        hindcast(basin, record, date(2021, 1, 5), date(2022, 1, 1))
    with pytest.raises(ActualDataError, match="nothing was measured from 2030"):
        hindcast(basin, record, date(2030, 1, 1), date(2031, 1, 1))
    with pytest.raises(InputError, match="there is no reservoir lake"):
        hindcast(basin, record, *YEAR, HindcastChoices(given_by_reservoir={"lake": "storages"}))
    with pytest.raises(InputError, match="neither releases nor storages"):
        hindcast(basin, record, *YEAR, HindcastChoices(given="levels"))
