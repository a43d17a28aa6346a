"""Calibration on a river whose truth is known: gains come back, disagreement of gauges does not become one, and tables are read again."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.commands import TWO_PARTY, call
from tests.thorough import THOROUGH
from tests.tracking.river import GAIN, NEED, Measured, write_basin
from waterdeal.basin.read import read_basin
from waterdeal.errors import ActualDataError, BasinDataError, InputError
from waterdeal.tracking.calibrate import TAKEN, calibrate
from waterdeal.tracking.hindcast import hindcast

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from waterdeal.tracking.calibrate import Calibration


@pytest.fixture
def basin(tmp_path: Path) -> Path:
    """The river as a folder."""
    return write_basin(tmp_path / "small")


def exchange(found: Calibration, place: str) -> pd.DataFrame:
    """Exchange of a place by month."""
    return found.exchange[found.exchange["place"] == place]


def test_a_gain_that_is_known_comes_back(basin: Path, tmp_path: Path) -> None:
    """Without noise the smooth gain of the upper reach is found to a tenth, and no month jumps."""
    found = calibrate(basin, Measured(inflow=False).write(tmp_path / "o.csv"))
    upper = exchange(found, "upper_flow")["exchange"].to_numpy()
    assert upper == pytest.approx(GAIN * 1.0, abs=0.1 + 0.02 * GAIN.max())
    assert np.abs(np.diff(np.append(upper, upper[0]))).max() < 12


def test_with_noise_gains_lie_within_their_standard_errors(basin: Path, tmp_path: Path) -> None:
    """Of five records with gauges of 8 m3/s, nine in ten months are within two standard errors of the truth."""
    inside = []
    for seed in range(5 if THOROUGH else 2):
        found = exchange(calibrate(basin, Measured(inflow=False, noise=8.0, seed=seed).write(tmp_path / f"{seed}.csv")), "upper_flow")
        inside += (np.abs(found["exchange"] - GAIN) < 2 * found["error"]).tolist()
        assert found["error"].max() < 8.0
    assert np.mean(inside) > 0.85


@pytest.mark.thorough  # by default: a gain that is known, and with noise
def test_a_second_gauge_widens_the_error_and_is_not_fitted(basin: Path, tmp_path: Path) -> None:
    """An agency that shows a fifth more is an error of a tenth of the flow: with the key the other's gain stays, and its error grows."""
    one = exchange(calibrate(basin, Measured(inflow=False).write(tmp_path / "1.csv")), "upper_flow")
    path = Measured(inflow=False, second=1.2).write(tmp_path / "2.csv")
    keyed = calibrate(basin, path, {"upper_flow": "one"})
    own = exchange(keyed, "upper_flow")
    assert own["exchange"].to_numpy() == pytest.approx(one["exchange"].to_numpy(), abs=3.0)
    assert (own["error"].to_numpy() > 2 * one["error"].to_numpy()).all()
    assert keyed.sources == {"upper_flow": ("one", "two")}
    both = exchange(calibrate(basin, path), "upper_flow")
    # the mean of both is a tenth of the flow above: the gain of the first stays within two errors of what is found
    assert (np.abs(both["exchange"].to_numpy() - GAIN) < 2 * both["error"].to_numpy()).all()


def test_the_share_taken_is_told_apart_from_a_gain(basin: Path, tmp_path: Path) -> None:
    """Fields that took 0.7 of a peaked requirement: the share falls below what is usual, and what is left over is no gain beyond its error."""
    found = calibrate(basin, Measured(inflow=False, taken=0.7, noise=2.0).write(tmp_path / "o.csv"))
    share = found.taken[(found.taken["place"] == "lower_flow") & (found.taken["season"] == "growing")].iloc[0]
    assert share["share"] < TAKEN - 0.03
    lower = exchange(found, "lower_flow")
    wrong = lower["exchange"].to_numpy() - (NEED * (share["share"] - 0.7))
    assert np.abs(wrong).max() < 6


@pytest.mark.thorough  # by default: what is calibrated, by hand
def test_calibrated_tables_are_a_basin_that_runs_as_measured(basin: Path, tmp_path: Path) -> None:
    """The command writes a folder; its gains have a status and a range, a second calibration finds the same, and flows come out as seen."""
    record = Measured(inflow=False, noise=1.0).write(tmp_path / "o.csv")
    told = call("calibrate", basin, "--observed", record, "-o", tmp_path / "new", "--json").json
    assert {row["place"] for row in told["exchange"]} == {"upper_flow", "lower_flow", "dam"}
    new = read_basin(tmp_path / "new")
    assert "gain_upper_flow" in new.ids("nodes")
    origin = new.table("provenance").set_index(["table", "key"]).loc[("hydrology", "gain_upper_flow")]
    assert origin["status"] == "computed"
    assert "standard error" in origin["note"]
    mean = new.runoff.sel(node="gain_upper_flow", year_class="mean").values
    assert mean == pytest.approx(GAIN, abs=3)
    wet, dry = (new.runoff.sel(node="gain_upper_flow", year_class=name).values for name in ("exceeded_10", "exceeded_90"))
    assert wet == pytest.approx(1.15 * mean, rel=0.01)
    assert dry == pytest.approx(0.85 * mean, rel=0.01)
    before = hindcast(basin, record, date(2020, 1, 1), date(2022, 1, 1)).scores.set_index(["gauge", "season", "forecast"])
    after = hindcast(tmp_path / "new", record, date(2020, 1, 1), date(2022, 1, 1)).scores.set_index(["gauge", "season", "forecast"])
    key = ("upper_flow", "year", "model")
    assert after.loc[key, "rmse"] < 4 < before.loc[key, "rmse"]
    again = calibrate(tmp_path / "new", record)
    first = {(row["place"], row["month"]): row["exchange"] for row in told["exchange"]}
    for row in again.exchange.to_dict("records"):
        assert row["exchange"] == pytest.approx(first[row["place"], row["month"]], abs=0.5)


def test_a_loss_becomes_a_share_of_the_flow_by_month(basin: Path, tmp_path: Path) -> None:
    """A reach that loses 20 to 40 m3/s gets a loss by month on its river, which inputs take over."""
    from waterdeal.tracking.calibrated import calibrated_files

    lost = -(30 + 10 * np.cos(2 * np.pi * (np.arange(12) + 0.5) / 12))
    record = Measured(inflow=False, gain=lost).write(tmp_path / "o.csv")
    files = calibrated_files(calibrate(basin, record), record.name)
    folder = tmp_path / "lossy"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    losses = read_basin(folder).table("loss_months").set_index(["link", "month"])["loss_fraction"]
    flow = np.array([np.mean([value for place, _, label, value, *_ in Measured(inflow=False).rows() if place == "dam_release" and label[5:] == f"{month:02d}"]) for month in range(1, 13)])
    assert losses.loc["dam_release"].to_numpy() == pytest.approx(-lost / flow, abs=0.01)
    found = hindcast(folder, record, date(2020, 1, 1), date(2021, 1, 1)).scores.set_index(["gauge", "season", "forecast"])
    assert found.loc[("upper_flow", "year", "model"), "rmse"] < 2


def test_what_cannot_be_calibrated_is_refused(basin: Path, tmp_path: Path) -> None:
    """An agency that measured nothing, a table of another river, and one with too few months: one clear error each."""
    record = Measured(inflow=False).write(tmp_path / "o.csv")
    with pytest.raises(InputError, match="nobody measured nothing at upper_flow"):
        calibrate(basin, record, {"upper_flow": "nobody"})
    other = tmp_path / "other.csv"
    other.write_text("place,date,value,unit\nnowhere_at_all,2020-01,3,m3/s\n", encoding="utf-8")
    with pytest.raises(ActualDataError, match="not recognised: nowhere_at_all"):
        calibrate(basin, other)
    short = tmp_path / "short.csv"
    short.write_text("place,date,value,unit\n" + "".join(f"upper_flow,2020-0{month},30,m3/s\n" for month in range(1, 5)), encoding="utf-8")
    with pytest.raises(ActualDataError, match="no balance can be closed in 10 months"):
        calibrate(basin, short)


def test_only_rivers_lose_by_month(tmp_path: Path) -> None:
    """A canal has an efficiency, and a loss by month of one is refused."""
    folder = shutil.copytree(TWO_PARTY / "two_party", tmp_path / "two_party")
    (folder / "loss_months.csv").write_text("link,month,loss_fraction\nfields_head,1,0.1\n", encoding="utf-8")
    with pytest.raises(BasinDataError, match="fields_head is not a river"):
        read_basin(folder)
