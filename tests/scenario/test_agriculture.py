"""Crops in the horizon: what they need by step, what is given on dates, who stands on the land, and what is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.farms import FIELD, farm
from waterdeal.basin.origins import origins_of
from waterdeal.errors import BasinDataError, ScenarioError
from waterdeal.science.yields import additive_yield, make_paths, multiplicative_yield

SEASON = {"start": "2026-04-01", "end": "2026-10-01", "step": "dekad"}
YEAR = {"start": "2026-04-01", "end": "2027-04-01", "step": "month"}
STAGES = ("initial", "development", "mid", "late")


def lengths(*days: int) -> dict[str, int]:
    """Stage lengths by column."""
    return {f"{stage}_days": number for stage, number in zip(STAGES, days, strict=True)}


def test_off_leaves_requirements_as_they_are() -> None:
    """Without agriculture there is no field, and the requirement is that of the table."""
    river = farm({"wheat": {}}, agriculture={"on": False})
    inputs = river.inputs()
    assert not inputs.sizes["field"]
    assert not inputs.sizes["crop_path"]
    assert not inputs["demand_grows"].any()
    assert float(inputs["requirement"].sum()) == 0


def test_requirement_is_the_full_need_of_the_historic_area() -> None:
    """800 mm on 40 kha through an efficiency of 0.8 x 0.9 are 444 hm3; the table of requirements counts no more."""
    inputs = farm({"wheat": {"area_kha": 40}}, demand={"application_efficiency": 0.8, "distribution_efficiency": 0.9}).inputs()
    assert float(inputs["requirement"].sum()) == pytest.approx(0.01 * 800 * 40 / 0.72, rel=1e-12)
    assert float(inputs["delivery_most"].sum()) == pytest.approx(0.01 * 800 * 100 / 0.72, rel=1e-12)


def test_rain_and_capillary_rise_are_taken_off() -> None:
    """100 mm of rain are 84 mm by the USDA formula, 55 by that of the FAO; 30 mm rise from below."""
    for method, used in (("usda", 84.0), ("fao", 55.0), ("none", 0.0)):
        wet = farm({"wheat": {}}, climate={"rain_mm": 100, "capillary_mm": 30}, agriculture={"rain": method}).inputs()
        assert float(wet["field_need"].sum()) == pytest.approx(800 - used - 30, rel=1e-12)


def test_the_season_is_summed_day_by_day() -> None:
    """Cotton over dekads: each stage's water is the daily coefficients times the reference of the month, added up."""
    crop = {**lengths(30, 50, 60, 55), "kc_ini": 0.35, "kc_mid": 1.17, "kc_end": 0.6, "planting_month": 4, "planting_day": 10}
    inputs = farm({"cotton": crop}, period=SEASON, climate={"et0_mm": 150}).inputs()
    total, day = np.zeros(18), date(2026, 4, 10)
    starts = [date(2026, month, first) for month in range(4, 10) for first in (1, 11, 21)]
    for age in range(195):
        if age < 30:
            kc = 0.35
        elif age < 80:
            kc = 0.35 + (age - 30 + 1) / 50 * 0.82
        elif age < 140:
            kc = 1.17
        else:
            kc = 1.17 + (age - 140 + 1) / 55 * (0.6 - 1.17)
        today = day + timedelta(days=age)
        if today < date(2026, 10, 1):
            days = (date(2026, today.month % 12 + 1, 1) - date(2026, today.month, 1)).days
            total[max(place for place, start in enumerate(starts) if start <= today)] += kc * 150 / days
    assert inputs["field_need"].sum("growth_stage").values[0] == pytest.approx(total, rel=1e-12)


def test_winter_wheat_was_planted_before_the_horizon() -> None:
    """Only what it needs from April on is asked for; what it got before counts as full, and so does next autumn's sowing."""
    crop = {**lengths(160, 75, 25, 25), "planting_month": 10, "planting_day": 1, "kc_ini": 0.3}
    year = farm({"wheat": crop}, period=YEAR, climate={"et0_mm": 100}, agriculture={"supply_levels": [0.5, 1.0]}).inputs()
    need = year["field_need"].values[0]
    assert need[0].sum() == 0, "the initial stage was over on 1 April"
    grown = need.sum(axis=0)
    assert grown[:3].min() > 0
    assert grown[4:].sum() == 0
    dated = year["field_dated"].values[0]
    assert dated[:6].sum() == 0
    assert dated[6:11] == pytest.approx([30] * 5, rel=1e-12)
    assert dated[11] > 30, "the next sowing develops from 10 March"
    assert year["path_yield"].values.min() == 0
    half = float(year["path_yield"].values[(year["path_level"].values[:, 1:] == 0.5).all(axis=1)].max())
    inside, whole = need.sum(), float(year["field_evaporates"].sum())
    assert half == pytest.approx(3 * (1 - 0.5 * inside / whole), rel=1e-12)


def test_the_main_season_of_the_horizon_is_planned() -> None:
    """In a water year from October the cotton of the coming summer is planned; the last days of the old one get their water in full."""
    crop = {**lengths(30, 50, 60, 55), "kc_end": 0.6, "planting_month": 4, "planting_day": 10}
    year = {"start": "2025-10-01", "end": "2026-10-01", "step": "month"}
    inputs = farm({"cotton": crop}, period=year, climate={"et0_mm": 100}).inputs()
    need, dated = inputs["field_need"].values[0].sum(axis=0), inputs["field_dated"].values[0]
    assert (need[:6].sum(), dated[1:].sum()) == (0, 0)
    assert need[6:].min() > 50
    assert 0 < dated[0] < 100


def test_water_on_dates_takes_land_and_is_no_evapotranspiration() -> None:
    """Leaching in February and March and charging in March: depths by days, consumption only of the charge, land busy."""
    field = {"leaching_mm": 177, "leaching_from": 2, "leaching_to": 3, "presowing_mm": 62, "presowing_from": 3, "presowing_to": 3}
    inputs = farm({"wheat": field}, period=YEAR).inputs()
    given, kept = inputs["field_dated"].values[0], inputs["field_dated_kept"].values[0]
    assert given[-3:] == pytest.approx([0, 177 * 28 / 59, 177 * 31 / 59 + 62], rel=1e-12)
    assert kept[-3:] == pytest.approx([0, 0, 62], rel=1e-12)
    assert inputs["field_need"].values[0][:, -3:].sum() == 0
    assert float(inputs["requirement"].values[0, -2:].sum()) == pytest.approx(0.01 * 100 * (177 + 62), rel=1e-12)


def test_two_crops_of_a_year_share_the_land() -> None:
    """Maize after wheat needs no second field; a crop that stands with both counts against both."""
    crops = {
        "wheat": {"planting_month": 4, **lengths(30, 30, 0, 0)},
        "maize": {"planting_month": 6, **lengths(30, 30, 0, 0)},
        "alfalfa": {"planting_month": 4, **lengths(30, 60, 60, 30)},
    }
    inputs = farm(crops, period=SEASON).inputs()
    sets = {tuple(np.flatnonzero(row).tolist()) for row in inputs["land_counts"].values}
    assert sets == {(0, 2), (1, 2)}
    plan = farm(crops, period=SEASON, water=200_000).plan(levels=("benefit",))
    assert plan["field_area"].values.tolist() == pytest.approx([100, 100, 0], abs=1e-6)


def test_a_state_order_and_bounds() -> None:
    """Without bounds an annual crop stays within the flexibility, a perennial where it is; an order lifts the least area."""
    free = {"area_min_kha": "", "area_max_kha": "", "area_kha": 20}
    crops = {"wheat": free, "cotton": {**free, "state_order_kha": 21}, "vine": {**free, "perennial": "yes"}}
    inputs = farm(crops, agriculture={"flexibility": 0.2}).inputs()
    assert inputs["field_area_least"].values == pytest.approx([16, 21, 20])
    assert inputs["field_area_most"].values == pytest.approx([24, 24, 20])


def test_a_perennial_gets_its_survival_water() -> None:
    """Paths of a vine start at its survival share, and it cannot be given up."""
    crops = {"vine": {"perennial": "yes", "survival_share": 0.6}, "wheat": {}}
    inputs = farm(crops).inputs()
    of_vine = inputs["path_field"].values == "vine_field"
    assert inputs["path_level"].values[of_vine].min() == pytest.approx(0.6)
    assert inputs["path_given_up"].values[of_vine].sum() == 0
    assert inputs["path_given_up"].values[~of_vine].sum() == 1


@pytest.mark.parametrize("form", [additive_yield, multiplicative_yield])
def test_levels_between_two_others_are_not_needed(form: Any) -> None:
    """Every path of three levels yields no more than a mix of areas at the ends that takes the same water in every stage."""
    low, middle, high = 0.3, 0.6, 1.0
    response = partial(form, [0.4, 1.5, 0.5, 0.2])
    whole, ends = (make_paths(levels, np.eye(4), np.eye(4), response) for levels in ((low, middle, high), (low, high)))
    near = (whole.levels[:, None, :] - low) / (high - low)
    weights = np.where(ends.levels == high, near, 1 - near).prod(axis=2)
    assert weights @ ends.levels == pytest.approx(whole.levels)
    assert (weights @ ends.relative_yield >= whole.relative_yield - 1e-12).all()


def test_levels_of_jensens_form_are_all_kept() -> None:
    """There a level between two others may be worth more than a mix."""
    factors = {f"jensen_{stage}": factor for stage, factor in zip(STAGES, (0.1, 0.2, 0.1, 0.1), strict=True)}

    def worth(levels: list[float]) -> float:
        asked = {"response": "jensen", "supply_levels": levels}
        river = farm({"maize": {**factors, **lengths(40, 50, 50, 40)}}, period=SEASON, water=300, agriculture=asked)
        return float(river.plan(levels=("benefit",))["field_margin"].sum())

    assert worth([0.1, 0.5, 1.0]) > worth([0.1, 1.0]) * 1.001


@pytest.mark.parametrize("more", [{}, {"humidity_percent": 45, "wind_ms": 2, "sunshine_hours": 9}])
def test_evapotranspiration_is_computed_where_it_is_not_given(more: dict[str, float]) -> None:
    """Temperatures alone are read by Hargreaves, more by Penman-Monteith; which of the two stands in the attributes and the origins."""
    river = farm({"wheat": {}}, climate={"et0_mm": "", "tmax_c": 30, "tmin_c": 14, **more})
    inputs = river.inputs()
    told = json.loads(inputs.attrs["evapotranspiration"])["here"]
    assert told.startswith("penman_monteith" if more else "hargreaves")
    origins = {row["figure"]: row["note"] for row in origins_of(inputs)}
    assert origins["climates.here.evapotranspiration"] == told
    assert 100 < float(inputs["field_need"].sum()) < 250


def test_salt_of_the_soil_lowers_the_yield() -> None:
    """Wheat at 8 dS/m yields 85.8 % (AG-32)."""
    inputs = farm({"wheat": {"salt_threshold_ds_m": 6, "salt_slope": 7.1}}, demand={"ece_ds_m": 8}).inputs()
    assert float(inputs["field_yield_full"][0]) == pytest.approx(3 * 0.858)


def test_a_price_factor_moves_the_margin_not_the_calibration() -> None:
    """At a higher price the calibrated cost is the same, and the area grows."""
    crops = {
        "wheat": {"price_usd_t": 100, "cost_usd_ha": 100, "area_kha": 60},
        "maize": {"price_usd_t": 90, "cost_usd_ha": 100, "area_kha": 40},
    }
    plans = [
        farm(crops, water=1000, agriculture={"calibration": "pmp", "price_factor": {"wheat": factor}}).plan(levels=("benefit",))
        for factor in (1.0, 1.2)
    ]
    assert plans[0]["cost_curve"].values == pytest.approx(plans[1]["cost_curve"].values)
    assert float(plans[1]["field_area"][0]) > float(plans[0]["field_area"][0]) + 1


def test_elasticities() -> None:
    """Calibrated by elasticities the base year comes back too."""
    crops = {
        "wheat": {"price_usd_t": 100, "cost_usd_ha": 100, "area_kha": 60, "supply_elasticity": 0.8},
        "maize": {"price_usd_t": 90, "cost_usd_ha": 100, "area_kha": 40, "supply_elasticity": 0.5},
    }
    inputs = farm(crops, water=1000, agriculture={"calibration": "elasticity"}).inputs()
    assert inputs["cost_curve"].values == pytest.approx([0.3 / (0.8 * 60), 0.27 / (0.5 * 40)])


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no fields": ({"fields": []}, "no fields.csv"),
    "a long horizon": ({"period": {"start": "2026-04-01", "end": "2027-06-01", "step": "month"}}, "a year at most"),
    "no factor": ({"agriculture": {"response": "additive"}}, "ky_initial"),
    "no exponent": ({"agriculture": {"response": "jensen"}}, "jensen_initial"),
    "no elasticity": ({"agriculture": {"calibration": "elasticity"}}, "supply_elasticity"),
    "an unknown crop": ({"agriculture": {"price_factor": {"weat": 2}}}, 'Did you mean "wheat"'),
    "more land than there is": ({"land": 50, "wheat": {"area_min_kha": 60, "area_max_kha": 70}}, "the land 50"),
    "more food than can grow": ({"food_needs": [{"food_need": "bread", "party": "A", "crop": "wheat", "tonnes": 1e6}]}, "at most"),
    "a crop grown at a loss": ({"agriculture": {"calibration": "pmp"}, "wheat": {"cost_usd_ha": 900}}, "at a loss"),
    "an observed use that is not enough": (
        {"agriculture": {"calibration": "pmp"}, "demand": {"observed_water_hm3": 10}},
        "no price explains",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_scenarios(name: str) -> None:
    """What cannot be planned is refused with a remedy."""
    change, told = REFUSED[name]
    with pytest.raises(ScenarioError, match=told):
        farm({"wheat": change.pop("wheat", {})}, **change).inputs()


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a loss counted twice": ({"demand": {"conveyance_efficiency": 0.8}, "links": {"a": {"kind": "canal", "efficiency": 0.9}}}, "once"),
    "a town with fields": ({"user": {"kind": "municipal"}}, "Only irrigation"),
    "no return node": ({"demand": {"unused_return": 0.3}}, "returns water to nowhere"),
    "half a leaching": ({"wheat": {"leaching_mm": 100}}, "part of its leaching"),
    "an annual that survives": ({"wheat": {"survival_share": 0.5}}, "no perennial"),
    "crossed areas": ({"wheat": {"area_min_kha": 9, "area_max_kha": 8}}, "at least 9 kha"),
    "half a day": ({"wheat": {"initial_days": 2.5}}, "whole days"),
    "no such day": ({"wheat": {"planting_day": 31}}, "no day 31 in month 4"),
    "some stages": ({"wheat": {"ky_mid": 0.5}}, "some of the four stages"),
    "half of the salt": ({"wheat": {"salt_slope": 5}}, "only one of threshold"),
    "both kinds of weather": ({"climate": {"tmax_c": 30, "tmin_c": 10}}, "evapotranspiration and weather"),
    "no weather": ({"climate": {"et0_mm": ""}}, "neither"),
    "cold days": ({"climate": {"et0_mm": "", "tmax_c": 10, "tmin_c": 14}}, "minimum above its maximum"),
    "weather nowhere": (
        {"climate": {"et0_mm": "", "tmax_c": 30, "tmin_c": 14}, "climates": [{"climate": "here"}]}, "no latitude",
    ),
    "a crop twice": ({"fields": [{**FIELD, "field": name, "crop": "wheat", "area_kha": 5} for name in ("one", "two")]}, "twice"),
    "crossed shares": ({"rotations": [{"demand": "farm", "crop": "wheat", "share_min": 0.6, "share_max": 0.5}]}, "Swap"),
    "a response that steepens": (
        {"responses": [{"crop": "wheat", "water_mm": mm, "yield_share": share} for mm, share in ((0, 0), (100, 0.2), (200, 1))]}, "concave",
    ),
    "a response that starts wet": ({"responses": [{"crop": "wheat", "water_mm": mm, "yield_share": 0.5} for mm in (50, 90)]}, "without irrigation"),
    "food nobody grows": ({"food_needs": [{"food_need": "rye", "party": "A", "crop": "rye", "tonnes": 1}]}, "not a crop"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_tables(name: str) -> None:
    """What a table cannot mean is refused when the basin is read."""
    change, told = BAD[name]
    with pytest.raises(BasinDataError, match=told):
        farm({"wheat": change.pop("wheat", {})}, **change).inputs()
