"""Properties of plans with crops: on any farm the plan is carried out as promised, keeps its rules, and more water is never worth less."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from tests.drafts import Draft, solve
from tests.farms import farm
from tests.replay.lines import agrees
from tests.thorough import examples
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit

STAGES = ("initial", "development", "mid", "late")
SEASON = {"start": "2026-04-01", "end": "2026-10-01", "step": "month"}
LEVELS = ("irrigation", "benefit")


@st.composite
def crops(draw: st.DrawFn) -> dict[str, Any]:
    """One crop and its field."""
    days = draw(st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(any))
    return {
        **{f"{stage}_days": length for stage, length in zip(STAGES, days, strict=True)},
        **{f"ky_{stage}": draw(st.sampled_from([0.0, 0.2, 0.6, 1.5])) for stage in STAGES},
        "ky_total": draw(st.sampled_from([0.6, 0.85, 1.25])),
        "kc_mid": draw(st.sampled_from([0.5, 1.0, 1.2])),
        "planting_month": draw(st.integers(3, 8)),
        "area_kha": draw(st.sampled_from([5, 20])),
        "area_min_kha": draw(st.sampled_from([0, 4])),
        "area_max_kha": 25,
        "cost_usd_ha": draw(st.sampled_from([0, 150, 700])),
        "presowing_mm": draw(st.sampled_from(["", 50])),
        "presowing_from": 4,
        "presowing_to": 4,
        "percolation_mm": draw(st.sampled_from(["", 300])),
    }


@st.composite
def farms(draw: st.DrawFn) -> Draft:
    """A farm of one to three crops with rain, losses, return flow and, at times, calibration and a table."""
    grown = {f"crop{number}": draw(crops()) for number in range(draw(st.integers(1, 3)))}
    for crop in grown.values():
        if crop["presowing_mm"] == "":
            crop["presowing_from"] = crop["presowing_to"] = ""
    table = draw(st.sampled_from([(), ((0, 0.1), (150, 0.7), (400, 1))]))
    asked = {
        "response": draw(st.sampled_from(["additive", "multiplicative", "seasonal"])),
        "supply_levels": draw(st.sampled_from([[0.5, 1.0], [0.0, 0.6, 1.0]])),
    }
    return farm(
        grown,
        land=draw(st.sampled_from([60, 90])),
        water=draw(st.sampled_from([0, 10, 60, 300])),
        period=SEASON,
        climate={"et0_mm": 160, "rain_mm": draw(st.sampled_from([0, 40]))},
        agriculture=asked,
        demand={"application_efficiency": draw(st.sampled_from([0.5, 1])), "water_cost_usd_m3": 0.002},
        user={"return_fraction": draw(st.sampled_from([0.0, 0.4])), "return_node": "post", "return_delay_days": 20},
        responses=[{"crop": "crop0", "water_mm": mm, "yield_share": share} for mm, share in table],
    )


@examples(2, thorough=12)
@given(farms())
def test_a_plan_is_carried_out_as_promised(river: Draft) -> None:
    """It passes its audit, its replay agrees, crops take no more than is delivered, and no yield is negative."""
    inputs = river.inputs()
    plan = solve(inputs, LEVELS)
    report = audit(plan)
    assert report.passed, [check for check in report.checks if not check.passed]
    played = replay(inputs, plan)
    assert agrees(played)
    for name in ("field_output", "field_margin"):
        assert played.difference(name) < 1e-5 * max(1.0, float(np.abs(plan[name].values).max())), name
    assert (plan["crop_water"] <= plan["delivery"] + 1e-7).all()
    assert (plan["field_output"] >= -1e-9).all()


@pytest.mark.thorough  # by default: farms by hand
@examples(2, thorough=12)
@given(farms(), st.sampled_from([1.0, 20.0]))
def test_more_water_is_never_worth_less(river: Draft, more: float) -> None:
    """On the level benefit alone the margin does not fall with the water of the spring."""
    inputs = river.inputs()
    wetter = inputs.copy(deep=True)
    wetter["runoff"].values[:] *= 1 + more
    before, after = (float(solve(water, ("benefit",))["field_margin"].sum()) for water in (inputs, wetter))
    assert after >= before - 1e-6 * max(1.0, abs(before))


def test_return_flow_is_of_what_crops_leave() -> None:
    """Of 400 hm3 delivered through an efficiency of 0.5 crops keep 200; 0.4 of the other 200 come back."""
    river = farm(
        {"wheat": {"area_kha": 25, "area_max_kha": 25, "area_min_kha": 25}}, land=25, water=900, demand={"application_efficiency": 0.5},
        user={"return_fraction": 0.4, "return_node": "post"}, agriculture={"supply_levels": [1.0]},
    )  # fmt: skip
    plan = river.plan(levels=LEVELS)
    assert float(plan["delivery"].sum()) == pytest.approx(400)
    assert float(plan["crop_consumption"].sum()) == pytest.approx(200)
    assert float(plan["return_flow"].sum()) == pytest.approx(80)
    assert float(plan["consumption"].sum()) == pytest.approx(320)


def test_unused_return_takes_the_place_of_the_fraction_of_deliveries() -> None:
    """Where field_demands.csv says what comes back of the water crops leave, that counts."""
    river = farm(
        {"wheat": {}},
        water=900,
        demand={"application_efficiency": 0.5, "unused_return": 0.7},
        user={"return_fraction": 0.2, "return_node": "post"},
    )
    assert float(river.inputs()["return_fraction"][0]) == pytest.approx(0.7)


def test_a_farm_may_take_more_than_its_past_areas_needed() -> None:
    """Areas may grow beyond the historic ones, and their water with them; that is no shortage below zero."""
    plan = farm({"wheat": {"area_kha": 20}}, water=900).plan(levels=LEVELS)
    assert float(plan["delivery"].sum()) > float(plan["requirement"].sum()) + 1
    assert plan["shortage"].values.min() >= 0
    assert float(plan["shortage"].sum()) == pytest.approx(0, abs=1e-6)


@pytest.mark.thorough  # by default: the golden texts of models without crops, in test_golden
def test_off_is_the_model_without_crops() -> None:
    """With agriculture off the plan of the demand is that of its table, row for row."""
    river = farm({"wheat": {}}, water=90, agriculture={"on": False})
    bare = Draft(
        {
            name: rows
            for name, rows in river.tables.items()
            if name not in {"crops", "climates", "climate_months", "field_demands", "fields"}
        },
        {**river.content, "agriculture": {}},
    )
    first, second = (draft.inputs() for draft in (river, bare))
    assert first.drop_attrs().equals(second.drop_attrs())
