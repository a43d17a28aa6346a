"""What the Northern Aral held at the start of each bundled scenario: that of its own date, with a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bundled import SCENARIOS
from waterdeal.scenario.read import read_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.basin.schema import Basin

#: hm3 by first day of a scenario
HELD = {"2022-04-01": 20_100.0, "2025-10-01": 24_100.0, "2026-04-01": 23_000.0}
#: km3: held early in 2023, came in 2022, evaporated in between
LATER, CAME, GONE = 18.4, 0.8, 2.5


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_lake_starts_as_it_was_on_that_day(file: Path) -> None:
    """Scenarios of one date start alike, of others not; each start says where it comes from."""
    scenario = read_scenario(file).scenario
    lake = scenario.reservoir["north_aral"]
    assert lake.initial == HELD[scenario.period.start.isoformat()]
    assert lake.source.startswith(("read: ", "computed: "))


def test_the_start_of_2022_is_its_arithmetic(syrdarya: Basin) -> None:
    """What was there a year later, less what came, and what a year takes from the area at that volume by the tables of the basin."""
    (file,) = (file for file in SCENARIOS if file.stem == "syrdarya-growing-2022")
    lake = read_scenario(file).scenario.reservoir["north_aral"]
    assert all(f"{figure}" in lake.source for figure in (LATER, CAME, GONE))
    assert lake.initial == pytest.approx(1000 * (LATER - CAME + GONE))
    curve, depths = (table[table["reservoir"] == "north_aral"] for table in map(syrdarya.table, ("curves", "evaporation")))
    area = np.interp(lake.initial, curve["volume_hm3"], curve["area_km2"])
    assert depths["depth_mm"].sum() * area / 1e6 == pytest.approx(GONE, abs=0.15)
