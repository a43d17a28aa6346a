"""Runoff series that a scenario brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from waterdeal.errors import FileProblem, ScenarioError
from waterdeal.examples import two_party_basin, two_party_inputs, two_party_scenario
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.series import parse_series, read_series, scenario_series, series_files, series_volumes
from waterdeal.units import rate_to_volume

MONTHS = ("2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01")
GOOD = "node,time,runoff_m3s\n" + "".join(f"headwater,{day},{50 + place}\n" for place, day in enumerate(MONTHS))


def read(folder: Path, text: str, name: str = "runoff.csv") -> object:
    """Write a series and read it."""
    (folder / name).write_text(text, encoding="utf-8")
    return scenario_series(folder, name, two_party_basin())


def test_series_becomes_volumes(tmp_path: Path) -> None:
    """Each value holds until the next; dekads of April carry its rate."""
    (tmp_path / "runoff.csv").write_text(GOOD)
    series = scenario_series(tmp_path, "runoff.csv", two_party_basin())
    inputs = make_inputs(two_party_basin(), two_party_scenario(hydrology={"series": "runoff.csv"}), series=series)
    expected = rate_to_volume(np.repeat(50 + np.arange(6), 3), inputs["step_length"].values)
    assert inputs["runoff"].sel(node="headwater").values == pytest.approx(expected, rel=1e-10)
    assert inputs["runoff"].sel(node="delta").values.sum() == 0


@pytest.mark.parametrize("suffix", [".csv", ".nc"])
def test_round_trip(tmp_path: Path, suffix: str) -> None:
    """A series written and read is the same."""
    (tmp_path / "runoff.csv").write_text(GOOD)
    series = parse_series(tmp_path / "runoff.csv")
    (tmp_path / f"again{suffix}").write_bytes(series_files(series, Path(f"a{suffix}"))[""])
    again = parse_series(tmp_path / f"again{suffix}")
    assert again.values == pytest.approx(series.values)
    assert (again["time"].values == series["time"].values).all()


@pytest.mark.parametrize("suffix", [".csv", ".nc"])
def test_hours_count_as_their_part_of_a_day(tmp_path: Path, suffix: str) -> None:
    """Eight values a day, one of them large: a step holds their mean, from either form of file."""
    times = pd.date_range("2026-04-01", "2026-10-01", freq="3h", inclusive="left")
    values = np.where(times.hour == 21, 45.0, 5.0)
    series = xr.DataArray([values], coords={"node": ["headwater"], "time": times}, dims=("node", "time"))
    (tmp_path / f"runoff{suffix}").write_bytes(series_files(series, Path(f"a{suffix}"))[""])
    found = scenario_series(tmp_path, f"runoff{suffix}", two_party_basin())
    inputs = make_inputs(two_party_basin(), two_party_scenario(hydrology={"series": "runoff.csv"}), series=found)
    assert inputs["runoff"].sel(node="headwater").values == pytest.approx(rate_to_volume(10.0, inputs["step_length"].values), rel=1e-10)


def test_rows_in_any_order(tmp_path: Path) -> None:
    """The order of rows says nothing."""
    head, *rows = GOOD.splitlines()
    first, second = read(tmp_path, GOOD), read(tmp_path, "\n".join([head, *reversed(rows)]))
    assert first.equals(second)  # type: ignore[attr-defined]


FAULTS = {
    "gap": (GOOD.replace("2026-05-01,51", "2026-05-01,"), "no value on 2026-05-01"),
    "negative": (GOOD.replace(",51", ",-51"), "negative"),
    "unknown node": (GOOD + "headwatr,2026-04-01,1\n", '"headwatr" is not a node'),
    "node missing": ("node,time,runoff_m3s\n", "headwater is missing"),
    "no unit": (GOOD.replace("runoff_m3s", "runoff"), "the unit of headwater is not said"),
    "no date": (GOOD.replace("2026-05-01", "31.02.2026"), "31.02.2026"),
    "a unit of another quantity": (GOOD.replace("_m3s", "").replace(",51", ",51 GWh"), "the unit of headwater"),
    "a code for a gap": (GOOD.replace(",51", ",-999"), "a code for what is missing: 2026-05-01: -999"),
    "twice": (GOOD + "headwater,2026-04-01,1\n", "two values on 2026-04-01"),
    "a row missing": (GOOD.replace("headwater,2026-06-01,52\n", ""), "rows are missing between"),
    "infinite": (GOOD.replace(",51", ",inf"), "inf on 2026-05-01"),
    "nothing": ("node,time,runoff_m3s\n", ""),
    "ragged": (GOOD + "headwater,2026-10-01,1,2,3\n", ""),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str, tmp_path: Path) -> None:
    """A series that is not sound is refused with the reason; nothing is filled."""
    text, words = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, text)
    assert any(words in f"{problem.found} {problem.expected}" for problem in caught.value.problems)


@pytest.mark.parametrize("suffix", [".csv", ".nc"])
@pytest.mark.parametrize(("value", "words"), [(-999.0, "a code for what is missing: 2026-05-01: -999"), (-3.5, "negative: 2026-05-01: -3.5")])
def test_a_rate_below_zero_is_not_read(tmp_path: Path, suffix: str, value: float, words: str) -> None:
    """By whoever reads a series, with a basin or without one, so that no conversion hands it on."""
    times = pd.to_datetime(["2026-04-01", "2026-05-01", "2026-06-01"])
    series = xr.DataArray([[20.0, value, 21.0]], coords={"node": ["headwater"], "time": times}, dims=("node", "time"))
    (path := tmp_path / f"a{suffix}").write_bytes(series_files(series, Path(f"a{suffix}"))[""])
    for basin in (None, two_party_basin()):
        with pytest.raises(ScenarioError) as caught:
            read_series(path, basin)
        assert words in str(caught.value)


def test_all_faults_in_one_error(tmp_path: Path) -> None:
    """A stranger, a gap and a negative rate come together."""
    text = GOOD.replace("2026-05-01,51", "2026-05-01,").replace(",52", ",-52") + "nile,2026-04-01,1\n"
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, text)
    assert len(caught.value.problems) >= 3


@pytest.mark.parametrize("name", ["../runoff.csv", "/etc/passwd"])
def test_path_outside_the_folder(tmp_path: Path, name: str) -> None:
    """A scenario reads no file outside its folder."""
    (tmp_path / "in").mkdir()
    (tmp_path / "runoff.csv").write_text(GOOD)
    with pytest.raises(ScenarioError, match="outside"):
        scenario_series(tmp_path / "in", name, two_party_basin())


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a file problem."""
    with pytest.raises(FileProblem, match="is not there"):
        scenario_series(tmp_path, "none.csv", two_party_basin())


@pytest.mark.parametrize("drop", ["2026-04-01", "2026-09-01"])
def test_not_covering(tmp_path: Path, drop: str) -> None:
    """A series that leaves out the start or the end of the horizon is refused."""
    text = "\n".join(row for row in GOOD.splitlines() if drop not in row)
    (tmp_path / "runoff.csv").write_text(text)
    series = scenario_series(tmp_path, "runoff.csv", two_party_basin())
    with pytest.raises(ScenarioError, match="not the whole horizon"):
        make_inputs(two_party_basin(), two_party_scenario(hydrology={"series": "runoff.csv"}), series=series)


def test_volumes_are_kept(tmp_path: Path) -> None:
    """All water of the series inside the horizon is in the steps."""
    (tmp_path / "runoff.csv").write_text(GOOD)
    series = scenario_series(tmp_path, "runoff.csv", two_party_basin())
    inputs = two_party_inputs()
    assert inputs.sizes["time"] == 18
    days = np.array([30, 31, 30, 31, 31, 30])
    from waterdeal.scenario.horizon import horizon_steps

    volumes = series_volumes(two_party_basin(), series, horizon_steps(two_party_scenario().period), "x")
    assert volumes.sum() == pytest.approx(rate_to_volume(50 + np.arange(6), days).sum(), rel=1e-10)
