"""Fields grown again: the replay's own FAO-33 against the plan's paths, and a plan that does not hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.farms import farm
from tests.replay.lines import agrees
from waterdeal.replay.simulate import replay

STAGES = ("initial", "development", "mid", "late")
SEASON = {"start": "2026-04-01", "end": "2026-10-01", "step": "dekad"}
CROP = {
    **{f"{stage}_days": days for stage, days in zip(STAGES, (30, 40, 50, 30), strict=True)},
    **{f"ky_{stage}": factor for stage, factor in zip(STAGES, (0.4, 1.5, 0.5, 0.2), strict=True)},
    **{f"jensen_{stage}": factor for stage, factor in zip(STAGES, (0.2, 0.6, 0.4, 0.1), strict=True)},
    "ky_total": 1.25, "planting_day": 20, "cost_usd_ha": 120, "harvest_usd_t": 15,
}  # fmt: skip
POINTS = [{"crop": "melon", "water_mm": mm, "yield_share": share} for mm, share in ((0, 0.1), (200, 0.6), (500, 1))]
TOLD = ("field_area", "field_output", "field_yield", "field_margin", "calibrated_cost", "crop_water", "crop_consumption", "return_flow")


def scarce(form: str, **more: Any) -> Any:
    """A farm with two crops and a table, short of water."""
    crops = {
        "maize": CROP,
        "wheat": {**CROP, "planting_month": 5, "salt_threshold_ds_m": 6, "salt_slope": 7},
        "melon": {**CROP, "price_usd_t": 250},
    }
    return farm(
        crops,
        period=SEASON,
        water=90,
        climate={"et0_mm": 150, "rain_mm": 20},
        agriculture={"response": form, "supply_levels": [0.4, 0.7, 1.0], **more},
        demand={"application_efficiency": 0.7, "ece_ds_m": 7, "water_cost_usd_m3": 0.004},
        user={"return_fraction": 0.3, "return_node": "post", "return_delay_days": 12},
        responses=POINTS,
    )


@pytest.mark.parametrize("form", ["additive", "multiplicative", "jensen", "seasonal"])
def test_the_replay_grows_what_the_plan_promises(form: str) -> None:
    """Areas, output, margins, water and return flow agree by every form."""
    river = scarce(form)
    inputs, plan = river.inputs(), river.plan(levels=("benefit",))
    assert plan["field_area"].sum() > 1
    played = replay(inputs, plan)
    assert agrees(played)
    for name in TOLD:
        assert played.difference(name) < 1e-7, name


def test_calibrated_costs_are_the_true_ones() -> None:
    """The plan tells the cost of calibration as it is, not as its tangents have it."""
    river = farm(
        {"wheat": {"area_kha": 60, "price_usd_t": 100}, "maize": {"area_kha": 40, "price_usd_t": 90}},
        water=600,
        agriculture={"calibration": "pmp"},
    )
    played = replay(river.inputs(), river.plan(levels=("benefit",)))
    assert played.difference("field_margin") < 1e-9


def test_water_that_does_not_come_costs_yield() -> None:
    """If a dekad of the mid stage brings nothing, the replay tells a smaller harvest, and how far the plan was from it."""
    river = scarce("additive")
    inputs, plan = river.inputs(), river.plan(levels=("benefit",))
    dry = plan.copy(deep=True)
    worst = int(np.argmax(plan["crop_water"].values[0]))
    dry["delivery"].values[0, worst] = 0.0
    played = replay(inputs, dry)
    assert (played.dataset["field_output"].values <= plan["field_output"].values + 1e-9).all()
    assert played.difference("field_output") > 1
    assert played.dataset["crop_water"].values[0, worst] == 0
