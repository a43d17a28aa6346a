"""Published cases of crops as plans: a basin with fields, its scenario, the level benefit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.farms import farm
from tests.published.cases import published
from waterdeal.lp.options import SolveOptions
from waterdeal.run import solve_inputs


def _worth(plan: Any) -> float:
    """Margin of all fields in USD, where areas count as ha and money as million USD a thousand ha."""
    return float(1000 * plan["field_margin"].sum())


@pytest.mark.parametrize("name", ["AG-21", "AG-22"])
def test_water_is_spread_thin_only_where_it_pays(name: str) -> None:
    """AG-21 and AG-22: with a linear response water is spread iff Ky < 1 - cost/(price x yield); worth of one more unit of each."""
    case = published(name)
    data = case.inputs
    crop = {
        "ky_total": data["Ky"], "price_usd_t": data["p"], "yield_t_ha": data["Ym"],
        "cost_usd_ha": data["cost_share"] * data["p"] * data["Ym"],
    }  # fmt: skip

    def plan(water: float = data["water"], land: float = data["land"]) -> Any:
        return farm({"crop": crop}, land=land, water=water, climate={"et0_mm": 100 * data["ETm"]}).plan(levels=("benefit",))

    base = plan()
    assert _worth(base) == case.near("profit")
    assert float(base["field_area"].sum()) == case.near("area")
    assert _worth(plan(water=data["water"] + 1)) - _worth(base) == case.near("water_value")
    assert _worth(plan(land=data["land"] + 1)) - _worth(base) == case.near("land_value")


def test_rotation_and_a_floor() -> None:
    """AG-28: three crops, cotton 60 % of the area at most, wheat 20 % at least."""
    case = published("AG-28")
    data, names = case.inputs, ("cotton", "wheat", "other")
    crops = {
        name: {"kc_ini": water / 10, "kc_mid": water / 10, "kc_end": water / 10, "price_usd_t": margin, "yield_t_ha": 1}
        for name, margin, water in zip(names, data["margin"], data["water"], strict=True)
    }
    shares = [
        {"demand": "farm", "crop": "cotton", "share_min": 0, "share_max": data["cotton_share_max"]},
        {"demand": "farm", "crop": "wheat", "share_min": data["wheat_share_min"], "share_max": 1},
    ]

    def plan(water: float = data["W"], land: float = data["land"]) -> Any:
        only_full = {"supply_levels": [1.0]}
        river = farm(crops, land=land, water=water, climate={"et0_mm": 1000}, rotations=shares, agriculture=only_full)
        return river.plan(levels=("benefit",))

    base = plan()
    assert _worth(base) == case.near("profit")
    assert base["field_area"].values == case.near("area")
    assert _worth(plan(land=data["land"] + 1)) - _worth(base) == case.near("land_dual")
    assert _worth(plan(water=data["W"] + 1)) - _worth(base) == case.near("water_dual")


@pytest.mark.parametrize("crop", ["maize", "winter_wheat", "cotton"])
def test_a_forced_area_buys_no_negative_yield(crop: str) -> None:
    """AG-20 in a plan: dry fields that must be sown yield nothing, and never less."""
    case = published("AG-20")
    stages = dict(zip(("initial", "development", "mid", "late"), case.inputs["Ky_stage"][crop], strict=True))
    row = {f"ky_{stage}": factor for stage, factor in stages.items()} | {
        f"{stage}_days": days for stage, days in zip(stages, (8, 8, 8, 6), strict=True)
    }
    river = farm({crop: {**row, "area_min_kha": 10}}, agriculture={"response": "additive", "supply_levels": [0.0, 1.0]})
    plan = river.plan(levels=("benefit",))
    assert float(plan["field_area"][0]) >= 10 - 1e-9
    assert (plan["path_yield"].values >= 0).all()
    dry = max(case.expected[crop], 0.0)
    assert float(plan["field_yield"][0]) == pytest.approx(3 * dry, abs=1e-9)


def test_a_path_of_maize() -> None:
    """AG-19 in a plan: the yield of a path is that of the form asked for, at the evapotranspiration that is left."""
    case = published("AG-19")
    stages = ("initial", "development", "mid", "late")
    row = {f"ky_{stage}": factor for stage, factor in zip(stages, case.inputs["Ky_stage"], strict=True)}
    row |= {f"{stage}_days": days for stage, days in zip(stages, (8, 8, 8, 6), strict=True)} | {"ky_total": case.inputs["Ky_total"]}
    for form in ("additive", "multiplicative", "seasonal"):
        inputs = farm({"maize": row}, agriculture={"response": form, "supply_levels": [0.8, 1.0]}).inputs()
        alike = (inputs["path_level"] == 0.8).all("growth_stage").values & (inputs["path_given_up"] == 0).values
        lost = [factor * 0.2 for factor in case.inputs["Ky_stage"]]
        wanted = {"additive": 1 - sum(lost), "multiplicative": 1.0, "seasonal": case.expected["seasonal_20pct"]}
        for part in lost:
            wanted["multiplicative"] *= 1 - part
        assert float(inputs["path_yield"].values[alike][0]) == pytest.approx(3 * wanted[form], rel=1e-12)


def test_calibrated_areas_come_back() -> None:
    """AG-24 as a plan: without bounds the areas of the base year come back, and no gap is left to the bound that is told."""
    case = published("AG-24")
    data = case.inputs
    crops = {
        name: {"price_usd_t": price, "yield_t_ha": grown, "cost_usd_ha": cost, "area_kha": area}
        for name, price, grown, cost, area in zip(("wheat", "oats"), data["price"], data["yield_"], data["cost"], data["area"], strict=True)
    }
    river = farm(crops, land=data["land"], water=100, agriculture={"calibration": "pmp"})
    plan = solve_inputs(river.inputs(), ("benefit",), SolveOptions())
    assert plan["field_area"].values == pytest.approx(case.expected["area"], abs=1e-3)
    assert float(plan["cost_curve"].values[0]) * 1000 == pytest.approx(case.expected["gamma_wheat"], abs=1e-4)
    worth = -float(plan["level_value"].sel(objective_level="benefit"))
    assert worth == pytest.approx(float(plan["field_margin"].sum()), rel=1e-8)
    assert plan.attrs["benefit_bound"] - worth == pytest.approx(0, abs=1e-6 * worth)
