"""What a river exchanges along a reach: it answers to wet years and to the flow, on rivers whose truth is known."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.tracking.river import GAIN, NEED, RELEASE, Measured, write_basin
from waterdeal.basin.read import read_basin
from waterdeal.science.periodic import month_basis
from waterdeal.tracking.calibrate import calibrate
from waterdeal.tracking.calibrated import calibrated_files
from waterdeal.tracking.exchange import ANSWERS, FOLLOWS, Terms, foretells, gained_in, parted
from waterdeal.tracking.river import NEARER, River

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

#: water of each year over that of the mean year
WET = {2012: 0.7, 2013: 1.2, 2014: 0.9, 2015: 1.3, 2016: 0.8, 2017: 1.1}
WATER = np.array([100, 90, 100, 200, 400, 500, 400, 250, 150, 130, 120, 110], dtype=float)


def write(path: Path, rows: Iterable[tuple[object, ...]]) -> Path:
    """Write a record."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("place", "quantity", "date", "value", "unit", "source"), *rows])
    return path


def lettered(gain: Callable[[int, int], float]) -> list[tuple[object, ...]]:
    """Rows of years of which the dam lets through what comes: the upper reach gains by year and month."""
    rows: list[tuple[object, ...]] = [("dam", "storage", f"{min(WET)}-01-01", 4000.0, "hm3", "one")]
    for year, wet in WET.items():
        for month in range(12):
            label, water = f"{year}-{month + 1:02d}", WATER[month] * wet
            flows = {"source_dam": water, "dam_release": water, "upper_flow": water + gain(year, month)}
            rows += [(place, "flow", label, round(float(flow), 4), "m3/s", "one") for place, flow in flows.items()]
            rows.append(("dam", "storage", f"{year + month // 11}-{(month + 1) % 12 + 1:02d}-01", 4000.0, "hm3", "one"))
    return rows


def test_a_gain_that_answers_to_wet_years_is_found(tmp_path: Path) -> None:
    """A reach that gains up to 80 m3/s more in a summer twice as wet: so much is found, and written into the classes of year."""
    basin = write_basin(tmp_path / "small")
    answer = 40 - 40 * np.cos(2 * np.pi * (np.arange(12) + 0.5) / 12)
    usual, noise = GAIN + 40, np.random.default_rng(3).normal(0, 2, (max(WET) + 1, 12))

    def gain(year: int, month: int) -> float:
        return float(usual[month] + (FOLLOWS * usual[month] + answer[month]) * (WET[year] - 1) + noise[year, month])

    found = calibrate(basin, write(tmp_path / "o.csv", lettered(gain)))
    upper = found.exchange[found.exchange["place"] == "upper_flow"]
    assert upper["wetter"].to_numpy()[4:8] == pytest.approx(answer[4:8], abs=12)
    assert upper["exchange"].to_numpy() == pytest.approx(usual, abs=7)
    folder = tmp_path / "new"
    folder.mkdir()
    for name, content in calibrated_files(found, "o.csv").items():
        (folder / name).write_bytes(content)
    written = read_basin(folder).runoff.sel(node="gain_upper_flow")
    more = (written.sel(year_class="exceeded_10") - written.sel(year_class="mean")).values[4:8]
    assert more == pytest.approx(0.3 * (FOLLOWS * usual + answer)[4:8], abs=5)


@pytest.mark.thorough
def test_a_gain_that_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    """A gain that is the same in dry years and wet ones gets no answer beside what it follows by itself; nor do five records of noise."""
    basin = write_basin(tmp_path / "small")
    rng = np.random.default_rng(5)
    rows = lettered(lambda year, month: float(GAIN[month] * (1 + FOLLOWS * (WET[year] - 1)) + rng.normal(0, 5)))
    found = calibrate(basin, write(tmp_path / "o.csv", rows))
    assert np.abs(found.exchange.loc[found.exchange["place"] == "upper_flow", "wetter"]).max() < 15


def test_years_left_out_judge_an_answer() -> None:
    """With an answer of the data's own making years are foretold better, with one to noise they are not."""
    rng = np.random.default_rng(1)
    years = np.repeat(np.arange(10), 12)
    wet = np.repeat(rng.normal(0, 0.3, 10), 12)
    exchange = np.tile(month_basis(), (10, 1))
    answers = np.tile(np.ones((12, ANSWERS)), (10, 1)) * wet[:, None]
    noise = rng.normal(0, 10, 120)
    assert foretells(noise + 50 * wet, exchange, answers, years)
    assert not foretells(noise, exchange, answers, years)


def test_a_loss_follows_the_flow(tmp_path: Path) -> None:
    """A reach that loses a tenth of what it carries, in years a tenth apart: the share is found in every month, however wet the year."""
    basin = write_basin(tmp_path / "small")
    rows = []
    for place, quantity, label, value, *rest in Measured(inflow=False, years=(2019, 2020, 2021)).rows():
        if place in ("upper_flow", "lower_flow"):
            year, month = int(str(label)[:4]), int(str(label)[5:]) - 1
            upper = 0.9 * RELEASE[month] * (1 + 0.1 * (year - 2020))
            value = upper - NEED[month] * (place == "lower_flow")  # noqa: PLW2901
        rows.append((place, quantity, label, value, *rest))
    files = calibrated_files(calibrate(basin, write(tmp_path / "o.csv", rows)), "o.csv")
    table = list(csv.DictReader(files["loss_months.csv"].decode().splitlines()))
    shares = [float(row["loss_fraction"]) for row in table if row["link"] == "dam_release"]
    assert shares == pytest.approx([0.1] * 12, abs=0.012)


def test_users_measured_once_take_as_much_at_other_times(tmp_path: Path) -> None:
    """Fields measured in the last year alone, at 0.6 of their requirement: the years before are read so, and no gain makes up for it."""
    basin = write_basin(tmp_path / "small")
    record = Measured(inflow=False, taken=0.6)
    measured = [("fields", "delivery", f"2021-{month + 1:02d}", 0.6 * NEED[month], "m3/s", "one") for month in range(12)]
    found = calibrate(basin, write(tmp_path / "o.csv", [*record.rows(), *measured]))
    lower = found.exchange.loc[found.exchange["place"] == "lower_flow", "exchange"]
    assert np.abs(lower).max() < 1.0


@pytest.mark.thorough
def test_a_coarser_record_replaces_all_gains_of_its_reach(tmp_path: Path) -> None:
    """Gains of two reaches, then a record without the gauge between them: the earlier gains go, and the whole gain stands at the lower."""
    basin = write_basin(tmp_path / "small")
    rows = Measured(inflow=False).rows()
    lower = [(place, *rest[:2], float(str(rest[2])) + 15.0, *rest[3:]) if place == "lower_flow" else (place, *rest) for place, *rest in rows]
    fine = calibrate(basin, write(tmp_path / "fine.csv", lower))
    folder = tmp_path / "new"
    folder.mkdir()
    for name, content in calibrated_files(fine, "fine.csv").items():
        (folder / name).write_bytes(content)
    coarse = calibrate(folder, write(tmp_path / "coarse.csv", [row for row in lower if row[0] != "upper_flow"]))
    again = tmp_path / "again"
    again.mkdir()
    for name, content in calibrated_files(coarse, "coarse.csv").items():
        (again / name).write_bytes(content)
    runoff = read_basin(again).runoff.sel(year_class="mean")
    gains = [name for name in runoff["node"].values.tolist() if name.startswith("gain_")]
    total = runoff.sel(node=gains).sum("node").values
    assert total == pytest.approx(GAIN + 15.0, abs=6)
    assert runoff.sel(node="gain_upper_flow").values.sum() == 0 or runoff.sel(node="gain_lower_flow").values.sum() == 0


def test_the_nearest_catchments_tell_how_wet_it_is(tmp_path: Path) -> None:
    """A brook below a dam counts four times as much per m3/s as the river that the dam holds."""
    from waterdeal.calendar import StepKind
    from waterdeal.tracking.observed import read_record

    nodes = [
        {"node": "source", "kind": "catchment", "party": "UP"}, {"node": "dam", "kind": "reservoir", "party": "UP"},
        {"node": "brook", "kind": "catchment", "party": "LOW"},
        {"node": "upper_post", "kind": "gauge", "party": "LOW"}, {"node": "lower_post", "kind": "gauge", "party": "LOW"},
        {"node": "sea", "kind": "outlet", "party": "LOW"},
    ]  # fmt: skip
    links = [
        {"link": "source_dam", "from_node": "source", "to_node": "dam", "kind": "river"},
        {"link": "brook_flow", "from_node": "brook", "to_node": "upper_post", "kind": "river"},
        {"link": "dam_release", "from_node": "dam", "to_node": "upper_post", "kind": "river"},
        {"link": "upper_flow", "from_node": "upper_post", "to_node": "lower_post", "kind": "river"},
        {"link": "lower_flow", "from_node": "lower_post", "to_node": "sea", "kind": "river"},
    ]
    hydrology = [
        {"node": node, "year_class": name, "month": month, "runoff_m3s": rate * factor}
        for node, rate in (("source", 100.0), ("brook", 25.0))
        for name, factor in (("exceeded_90", 0.5), ("mean", 1.0), ("exceeded_10", 1.5))
        for month in range(1, 13)
    ]
    basin = read_basin(write_basin(tmp_path / "small", nodes=nodes, links=links, hydrology=hydrology))
    rows = [(place, "flow", f"2020-{month:02d}", flow, "m3/s", "one") for place, flow in (("source_dam", 100.0), ("brook_flow", 12.5)) for month in range(1, 13)]
    river = River.over(basin, read_record(basin, write(tmp_path / "o.csv", rows), StepKind.MONTH, {}))
    wetness = river.wetness_at(["dam", "upper_post", "lower_post"])
    assert wetness[0] == pytest.approx(1.0)
    assert wetness[1:] == pytest.approx((NEARER * 100 + 12.5) / (NEARER * 100 + 25))


def test_what_is_sought_stands_side_by_side() -> None:
    """Terms of all places fill the whole, none twice."""
    terms = Terms(3)
    seen = [number for place in range(3) for part in ("exchange", "answers", "users", "shifts") for number in range(terms.count)[terms.own(place, part)]]
    assert sorted(seen) == list(range(terms.count))


def test_nothing_negative_is_gained() -> None:
    """A reach that gains nothing in a usual year gains nothing in a dry one, and what the answer brings in a wet one."""
    assert gained_in(np.array([0.0, 40.0]), np.array([50.0, 0.0]), np.array([0.5, 0.5])).tolist() == [0.0, 30.0]
    assert gained_in(np.array([0.0]), np.array([50.0]), np.array([1.5])).tolist() == [25.0]


def test_gains_and_losses_part_smoothly() -> None:
    """An exchange that keeps its sign is one of them; one that changes it is the difference of two that do not jump."""
    much = np.full(2, 1000.0)
    assert [each.tolist() for each in parted(np.array([3.0, 1.0]), much)] == [[3.0, 1.0], [0.0, 0.0]]
    assert [each.tolist() for each in parted(np.array([-3.0, -1.0]), much)] == [[0.0, 0.0], [3.0, 1.0]]
    usual = 100 * np.cos(2 * np.pi * np.arange(12) / 12)
    gained, lost = parted(usual, np.full(12, 1000.0))
    assert gained - lost == pytest.approx(usual)
    dry = parted(usual, np.zeros(12))
    assert [each.tolist() for each in dry] == [np.maximum(usual, 0).tolist(), np.maximum(-usual, 0).tolist()]
    assert min(gained.min(), lost.min()) > 0
    assert np.abs(np.diff(gained)).max() < np.abs(np.diff(usual)).max()
