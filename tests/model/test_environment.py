"""What nature is asked and what it gets: hard and soft, steps, pulses, paths of lakes, deltas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drafts import CURVE, Draft, draft, solve, user
from waterdeal.errors import Infeasible
from waterdeal.examples import monthly

CUMEC_DAY = 0.0864
FIELDS = user("fields", "fork", 10 / CUMEC_DAY)


def river(environment: dict[str, Any], water: float = 12) -> Draft:
    """Fields that ask for 10 hm3 a day, and a river below them."""
    return draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        volumes={"spring": [water] * 3},
        scenario={"environment": environment},
        **FIELDS,
    )


def shape(volume: float, **more: Any) -> dict[str, Any]:
    """A regime of so many hm3 a day at the mouth."""
    return {"regime": [{"id": "mouth", "link": "b", "method": "shape", "flow_m3s": [volume / CUMEC_DAY] * 12, **more}]}


def test_nature_comes_before_fields() -> None:
    """Of 12 a day 5 go to the mouth, and fields miss 3."""
    plan = river(shape(5)).plan()
    assert plan["flow"].sel(link="b").values == pytest.approx([5] * 3)
    assert float(plan["flow_shortfall"].sum()) == pytest.approx(0, abs=1e-6)
    assert float(plan["shortage"].sum()) == pytest.approx(9)


def test_soft_says_what_is_missing_and_hard_is_refused() -> None:
    """15 a day of 12 cannot be: 3 a day are missing, or there is no plan."""
    assert river(shape(15)).plan()["flow_shortfall"].values[0] == pytest.approx([3] * 3)
    with pytest.raises(Infeasible) as caught:
        river(shape(15, hard=True)).plan()
    assert any(name.startswith("environment.flow_minimum[mouth,b") for name in caught.value.rows)


def test_hard_holds_whatever_the_levels_say() -> None:
    """With fields before nature a soft regime gives way, a hard one does not."""
    levels = ("irrigation", "environment")
    assert float(solve(river(shape(5)).inputs(), levels)["flow_shortfall"].sum()) == pytest.approx(9)
    assert solve(river(shape(5, hard=True)).inputs(), levels)["flow"].sel(link="b").values == pytest.approx([5] * 3)


def pulse(volume: float, **more: Any) -> dict[str, Any]:
    """A pulse on the second and third day."""
    return {"pulse": [{"id": "spawning", "link": "b", "volume": volume, "start": "2026-04-02", "end": "2026-04-04", **more}]}


def test_pulse_passes_on_its_days() -> None:
    """10 in two days, however they are shared, and none on the first."""
    plan = river(pulse(10)).plan()
    assert float(plan["pulse_delivered"].squeeze()) == pytest.approx(10)
    assert float(plan["pulse_shortfall"].squeeze()) == 0
    assert float(plan["shortage"].sum()) == pytest.approx(6)
    assert float(plan["shortage"].values[0, 0]) == pytest.approx(0, abs=1e-6)


def test_pulse_that_is_too_large() -> None:
    """30 of 24: 6 missing; hard there is no plan, and the pulse is named."""
    assert float(river(pulse(30)).plan()["pulse_shortfall"].squeeze()) == pytest.approx(6)
    with pytest.raises(Infeasible) as caught:
        river(pulse(30, hard=True)).plan()
    assert any(name.startswith("pulse.volume_met[spawning") for name in caught.value.rows)


def aral(*targets: dict[str, Any], full: float | None = None, water: float = 40, asked: float = 30) -> Draft:
    """A lake of 1000 at level 20 below a user; 40 hm3 a month come, the user asks for 30."""
    return draft(
        "spring catchment; fork junction; aral lake; below outlet",
        "a spring fork; mouth fork aral; kokaral aral below spillway",
        volumes={"spring": [water] * 12},
        reservoirs={"aral": {"full_hm3": 1200}},
        curves=[{"reservoir": "aral", **row} for row in CURVE],
        **user("fields", "fork", asked / 30 / CUMEC_DAY),
        scenario={
            "period": {"start": "2026-01-01", "end": "2027-01-01", "step": "month"},
            "reservoir": {"aral": {"initial": 1000, **({"full": full} if full else {})}},
            "environment": {"lake_target": list(targets)},
        },
    )


def test_path_of_a_lake() -> None:
    """From level 20 to 21 by July and 22 by the end: volumes 1050 and 1100 off the curve, water taken from the user as need be."""
    plan = aral({"lake": "aral", "by": "2026-07-01", "level": 21}, {"lake": "aral", "by": "2027-01-01", "level": 22.5}).plan()
    assert plan["lake_target_shortfall"].values == pytest.approx([0, 0], abs=1e-6)
    level = plan["level"].values[0]
    assert (level[5], level[11]) >= (21 - 1e-6, 22.5 - 1e-6)


def test_what_is_missing_to_a_path() -> None:
    """All water reaches the lake and its path still lacks 40 at the first date."""
    target = {"lake": "aral", "by": "2026-03-01", "volume": 1120}
    plan = aral(target).plan()
    assert plan["lake_target_shortfall"].values == pytest.approx([40])
    assert plan["shortage"].values[0, :2] == pytest.approx(plan["requirement"].values[0, :2])
    with pytest.raises(Infeasible) as caught:
        aral({**target, "hard": True}).plan()
    assert any(name.startswith("lake_target.volume_reached[aral_2026_03_01") for name in caught.value.rows)


def test_higher_dam_for_a_higher_lake() -> None:
    """A path to level 26 (1300) needs the dam raised above 1200, as the Kokaral from 42 to 44 m."""
    plan = aral({"lake": "aral", "by": "2027-01-01", "level": 26}, full=1400).plan()
    assert float(plan["level"].values[0, -1]) >= 26 - 1e-6
    assert float(plan["lake_target_shortfall"].squeeze()) == pytest.approx(0, abs=1e-6)


def delta_river(environment: dict[str, Any]) -> Draft:
    """A delta lake with a curve and evaporation, fed by a canal that loses a fifth; the river goes on to the sea."""
    return draft(
        "spring catchment; fork junction; kamystybas lake; sea outlet",
        "a spring fork; gate fork kamystybas canal; b fork sea",
        runoff={"spring": 100},
        links={"gate": {"efficiency": 0.8, "capacity_m3s": 50}},
        reservoirs={"kamystybas": {"evaporation": "from_area"}},
        curves=[{"reservoir": "kamystybas", **row} for row in CURVE],
        evaporation=monthly("reservoir", "kamystybas", "depth_mm", [150]),
        scenario={
            "period": {"start": "2026-05-01", "end": "2026-07-01", "step": "dekad"},
            "reservoir": {"kamystybas": {"initial": 1000}},
            "environment": environment,
        },
        **user("fields", "fork", 90),
    )


def test_delta_lake_is_fed_by_its_canal() -> None:
    """A delta lake is an ordinary lake: the canal brings what its evaporation takes, less what the canal loses."""
    plan = delta_river({"lake_target": [{"lake": "kamystybas", "by": "2026-07-01", "volume": 1000}]}).plan()
    assert float(plan["lake_target_shortfall"].squeeze()) == pytest.approx(0, abs=1e-6)
    fed = float(plan["flow"].sel(link="gate").sum())
    gained = float(plan["storage"].values[0, -1]) - 1000
    assert 0.8 * fed == pytest.approx(float(plan["evaporation"].sum()) + gained, abs=1e-6)
    assert fed > 0
    assert float(delta_river({}).plan()["storage"].values[0, -1]) < 1000


def test_missing_water_is_the_same_on_one_level() -> None:
    """A pulse and a floor share what there is: what is missing in all is as small as it can be."""
    asked = {**shape(4), **pulse(12)}
    plan = river(asked, water=5).plan()
    missing = float(plan["flow_shortfall"].sum() + plan["pulse_shortfall"].sum())
    assert missing == pytest.approx(2)
    assert float(plan["level_value"].sel(objective_level="environment")) == pytest.approx(2)
    assert np.all(plan["delivery"].values[0, 1:] < 1e-6)
