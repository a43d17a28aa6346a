"""What a river can do, over seasons of months and dekads: each plan beside what a hand reckons step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.drafts import Draft, draft, together, user
from tests.passes.rivers import YEAR
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.replay.simulate import replay
from waterdeal.run import solve_inputs
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats

#: hm3 of one m3/s over a day
CUMEC = 0.0864
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
APRIL = {"start": "2026-04-01", "end": "2026-05-01", "step": "month"}
FREE = {"rule": "free"}


def _plan(river: Draft, inputs: xr.Dataset | None = None) -> xr.Dataset:
    """Plan in passes, audited on the way, and replay."""
    inputs = river.inputs() if inputs is None else inputs
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    played = replay(inputs, plan).dataset
    for name in ("flow", "arrival", "storage"):
        assert np.abs(played[name].values - plan[name].values).max(initial=0) <= 1e-6, name
    return plan


def _rates(values: Floats, days: Floats = DAYS) -> Floats:
    """Volumes of steps as m3/s."""
    return values / days / CUMEC


def _volumes(rates: list[float]) -> list[float]:
    """Rates of twelve months as hm3."""
    volumes: list[float] = (np.array(rates) * DAYS * CUMEC).tolist()
    return volumes


def _walls(body: str, area: float, full: float, depths: list[float]) -> dict[str, Any]:
    """Curve of a body with upright walls, and mm that evaporate from it by month."""
    rows = [
        {"reservoir": body, "level_m": level, "volume_hm3": volume, "area_km2": area} for level, volume in ((0, 0), (full / area, full))
    ]
    return {"curves": rows, "evaporation": monthly("reservoir", body, "depth_mm", depths)}


@pytest.mark.thorough
def test_five_ranks_of_two_parties_behind_a_reach_that_loses() -> None:
    """Of 12 m3/s a town takes 1 (1.11 at the head), then 4 above, 3 below (3.33), and 3.56 of 5 above; who has no rank gets nothing."""
    ranks = (("a1", "up", "A", "irrigation", 5, 3), ("a2", "up", "A", "irrigation", 4, 1), ("b1", "low", "B", "industry", 3, 2))
    users = [user(name, node, rate, kind, party=party, priority=rank) for name, node, party, kind, rate, rank in ranks]
    river = draft(
        "spring catchment; up junction; low junction B; sea outlet B",
        "a spring up; b up low; c low sea",
        runoff={"spring": 12},
        links={"b": {"loss_fraction": 0.1}},
        scenario={"period": APRIL, "objective": {"sharing": "equal_ratio"}},
        **together(*users, user("b2", "low", 6, party="B"), user("town", "low", 1, "municipal", party="B")),
    )
    assert _rates(_plan(river)["delivery"].values[:, 0], 30) == pytest.approx([12 - (1 + 3) / 0.9 - 4, 4, 3, 0, 1], abs=1e-6)


@pytest.mark.thorough
def test_towns_come_by_rank_before_fields_that_are_first() -> None:
    """Half of what passes is lost: of 7 m3/s the upper town of rank 2 leaves 5, of which the lower of rank 1 has 2 and fields 0.5."""
    towns = (user("upper", "up", 2, "municipal", priority=2), user("lower", "low", 2, "municipal", priority=1))
    river = draft(
        "spring catchment; up junction; low junction; sea outlet",
        "a spring up; b up low; c low sea",
        runoff={"spring": 7},
        links={"b": {"loss_fraction": 0.5}},
        scenario={"period": APRIL},
        **together(*towns, user("fields", "low", 5, priority=7)),
    )
    assert _rates(_plan(river)["delivery"].values[:, 0], 30) == pytest.approx([2, 2, 0.5], abs=1e-6)


@pytest.mark.thorough
def test_fixed_losses_after_one_another_over_a_dry_and_a_wet_year() -> None:
    """3 m3/s, then a fifth and 2 m3/s: whoever asks for 10 has what is left of 2 to 24, and never less than nothing."""
    water = np.arange(2.0, 25.0, 2.0)
    river = draft(
        "spring catchment; post junction; fork junction; sea outlet",
        "a spring post; b post fork; c fork sea",
        volumes={"spring": _volumes(water.tolist())},
        links={"a": {"loss_m3s": 3}, "b": {"loss_fraction": 0.2, "loss_m3s": 2}, "c": {"loss_m3s": 1}},
        scenario={"period": YEAR},
        **user("fields", "fork", 10),
    )
    left = np.maximum(0.8 * np.maximum(water - 3, 0) - 2, 0)
    assert _rates(_plan(river)["delivery"].values[0]) == pytest.approx(np.minimum(left, 10), abs=1e-5)


@pytest.mark.thorough
def test_a_lake_dries_in_summer_and_lets_out_when_it_is_full_again() -> None:
    """60 hm3 with outlets at 50, 20 km2 and 1 m3/s: empty by August; of 40 m3/s from October what is above 500 hm3 is let out."""
    depths, rates = [0, 0, 0, 300, 900, 900, 900, 900, 300, 0, 0, 0], [1] * 9 + [80] * 3
    river = draft(
        "spring catchment; mere lake; sea outlet",
        "a spring mere; b mere sea",
        volumes={"spring": _volumes(rates)},
        reservoirs={"mere": {"dead_hm3": 50, "full_hm3": 500, "evaporation": "from_area"}},
        scenario={"period": YEAR, "reservoir": {"mere": {"initial": 60, "terminal": FREE}}},
        **_walls("mere", 20, 500, depths),
    )
    plan = _plan(river)
    held, let_out = 60.0, plan["flow"].sel(link="b").values
    for step, (came, lost) in enumerate(zip(_volumes(rates), 0.02 * np.array(depths), strict=True)):
        held = max(held + came - lost, 0) - let_out[step]
        assert plan["storage"].values[0, step] == pytest.approx(held, abs=1e-5)
        assert held >= 50 - 1e-5 or let_out[step] == pytest.approx(0, abs=1e-6)
    assert plan["storage"].values[0, 7] == 0
    assert let_out[10:].min() > 1


def test_a_dam_just_above_its_outlets_with_less_water_than_the_sun_takes() -> None:
    """42 hm3 with outlets at 40: 3 hm3 a month evaporate and 2.6 come, so that only what is above 40 in a month can be had."""
    river = draft(
        "spring catchment; dam reservoir; fork junction; sea outlet",
        "a spring dam; out dam fork; c fork sea",
        runoff={"spring": 1},
        reservoirs={"dam": {"dead_hm3": 40, "full_hm3": 500, "evaporation": "from_area"}},
        scenario={"period": {**APRIL, "end": "2026-10-01"}, "reservoir": {"dam": {"initial": 42, "terminal": FREE}}},
        **_walls("dam", 10, 500, [300] * 12),
        **user("fields", "fork", 50),
    )
    plan = _plan(river)
    came = CUMEC * DAYS[3:9]
    assert plan["delivery"].values[0] == pytest.approx([42 - 40 + came[0] - 3, 0, 0, 0, 0, 0], abs=1e-5)
    assert plan["storage"].values[0, -1] == pytest.approx(40 + came[1:].sum() - 15, abs=1e-5)


@pytest.mark.thorough
def test_nobody_takes_where_the_river_is_below_its_threshold_all_season() -> None:
    """10 m3/s less a quarter and 4 from the side are 11.5 of the 20 asked below, and 7.5 of 6 asked above: all of it passes."""
    thresholds = [monthly("flow_requirement", *row, kind="hands_off") for row in (("m1", "flow_m3s", [6]), ("m2", "flow_m3s", [20]))]
    river = draft(
        "spring catchment; side catchment; up junction; low junction; sea outlet",
        "a spring up; s side low; b up low; c low sea",
        runoff={"spring": 10, "side": 4},
        links={"b": {"loss_fraction": 0.25}},
        scenario={"period": {**APRIL, "end": "2026-10-01"}},
        flow_requirements=[{**row, "link": link} for link, rows in zip("bc", thresholds, strict=True) for row in rows],
        **together(user("x", "up", 10), user("y", "low", 10)),
    )
    plan = _plan(river)
    assert plan["discharge"].sel(link="c").values == pytest.approx(11.5, abs=1e-6)
    assert plan["delivery"].values.max() == pytest.approx(0, abs=1e-6)


def test_a_threshold_five_days_below_two_diversions() -> None:
    """By dekads the river brings what entered five days before, less a tenth, and 2 m3/s: the lesser of that and 15 always passes."""
    rates = [10, 10, 10, 20, 40, 50, 30, 12, 8, 8, 9, 10]
    river = draft(
        "spring catchment; side catchment; up junction; low junction; sea outlet",
        "a spring up; b up low; s side low; c low sea",
        hydrology=[
            *monthly("node", "spring", "runoff_m3s", rates, year_class="mean"),
            *monthly("node", "side", "runoff_m3s", [2], year_class="mean"),
        ],
        links={"b": {"travel_time_days": 5, "travel_time_ice_days": 5, "loss_fraction": 0.1}},
        past_flows=monthly("link", "b", "flow_m3s", [9]),
        flow_requirements=monthly("flow_requirement", "least", "flow_m3s", [15], link="c", kind="hands_off"),
        scenario={"period": {**APRIL, "end": "2026-10-01", "step": "dekad"}},
        **together(user("x", "up", 8), user("y", "low", 6)),
    )
    plan = _plan(river)
    days, entered = plan["step_length"].values, plan["runoff"].sel(node="spring").values
    late = np.concatenate([[9 * CUMEC * 5], (entered * 5 / days)[:-1]])
    natural = 0.9 * _rates(entered * (days - 5) / days + late, days) + 2
    passing, given = _rates(plan["flow"].sel(link="c").values, days), _rates(plan["delivery"].values, days)
    assert (passing >= np.minimum(natural, 15) - 1e-6).all()
    assert plan["flow_shortfall"].values.max() == pytest.approx(0, abs=1e-9)
    full = np.minimum(natural, np.append(natural[1:], 0)) >= 15 + 0.9 * 8 + 6  # this and the next dekad spare what both ask for
    assert full.sum() >= 6
    assert given[:, full] == pytest.approx(np.array([[8.0], [6.0]]) * np.ones(full.sum()), abs=1e-6)
    assert given[:, natural < 15][1].max() == pytest.approx(0, abs=1e-6)


@pytest.mark.thorough
def test_a_canal_both_ways_over_a_year() -> None:
    """20 m3/s here and 2 there for six months, then the other way round: 4 of which 3.2 arrive one way, 5 the other."""
    river = draft(
        "one catchment; two catchment; left junction; right junction; sea outlet",
        "a one left; b two right; there left right canal; back right left canal; c left sea; d right sea",
        volumes={"one": _volumes([20] * 6 + [2] * 6), "two": _volumes([2] * 6 + [20] * 6)},
        links={"there": {"capacity_m3s": 4, "efficiency": 0.8}, "back": {"capacity_m3s": 5}},
        scenario={"period": YEAR},
        **together(user("here", "left", 10), user("yonder", "right", 10)),
    )
    given = _rates(_plan(river)["delivery"].values)
    assert given == pytest.approx(np.array([[10] * 6 + [7] * 6, [5.2] * 6 + [10] * 6]), abs=1e-5)


@pytest.mark.thorough
def test_a_pumped_hill_reservoir_serves_a_summer() -> None:
    """28 of 30 hm3 can be let down again, less 0.06 that evaporate in each of four months, and nine tenths of it arrive."""
    asked, water = np.array([2, 2, 2, 4, 8, 8, 8, 8, 4, 2, 2, 2]), np.array([6] * 6 + [4] * 4 + [6] * 2)
    river = draft(
        "spring catchment; fork junction; hill reservoir; sea outlet",
        "a spring fork; up fork hill canal; down hill fork canal; c fork sea",
        volumes={"spring": _volumes(water.tolist())},
        links={"up": {"capacity_m3s": 3, "pump_gwh_per_hm3": 0.2}, "down": {"capacity_m3s": 6, "efficiency": 0.9}},
        reservoirs={"hill": {"dead_hm3": 2, "full_hm3": 30, "evaporation": "from_area"}},
        scenario={"period": YEAR, "reservoir": {"hill": {"initial": 2, "terminal": FREE}}},
        **_walls("hill", 3, 30, [20] * 12),
        **user("fields", "fork", asked.tolist()),
    )
    plan = _plan(river)
    missing = (np.maximum(asked - water, 0) * DAYS * CUMEC).sum()
    assert float(plan["shortage"].sum()) == pytest.approx(missing - 0.9 * (28 - 4 * 0.06), abs=1e-5)
    assert plan["storage"].values[0, 3] == pytest.approx(30, abs=1e-6)


def test_limits_of_southern_seasons_count_over_the_new_year() -> None:
    """Growing from October to March: 100 hm3 from October 2026, 200 from October 2027, and what is asked for in all other months."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        runoff={"spring": 30},
        limits=[{"limit": f"g{year}", "party": "A", "season": "growing", "year": year, "volume_hm3": hm3} for year, hm3 in (("2026", 100), ("2027", 200))],
        scenario={
            "period": {"start": "2026-07-01", "end": "2028-07-01", "step": "month"},
            "entitlement": {"limits": [{"limit": "g2026"}, {"limit": "g2027"}]},
        },
        **user("fields", "fork", 20),
    )  # fmt: skip
    basin = replace(river.basin(), growing_season=((10, 1), (4, 1)), water_year_start=(7, 1))
    plan = _plan(river, make_inputs(basin, river.scenario()))
    given, asked = plan["delivery"].values[0], plan["requirement"].values[0]
    seasons = [slice(3, 9), slice(15, 21)]
    assert [given[season].sum() for season in seasons] == pytest.approx([100, 200], abs=1e-5)
    outside = np.setdiff1d(np.arange(24), np.r_[tuple(seasons)])
    assert given[outside] == pytest.approx(asked[outside], abs=1e-6)
