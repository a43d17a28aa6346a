"""Crops in the accounts of parties: whose fields are grown when only some act, and what is left for those below."""

from __future__ import annotations

import numpy as np
import pytest

from tests.drafts import Draft, draft, solve, together, user
from tests.farms import APRIL, CROP, FIELD
from waterdeal.accounts.compensation import after, alone
from waterdeal.accounts.party import party_accounts
from waterdeal.results.audit import audit

LEVELS = ("irrigation", "benefit")


def two_farms(water: float) -> Draft:
    """A farm of A above one of B, each of 10 kha that need 80 hm3; 0.3 of what crops leave of the upper water comes back above B."""
    part = {"climate": "here", "land_kha": 10, "application_efficiency": 0.5, "distribution_efficiency": 1, "conveyance_efficiency": 1}
    area = {**FIELD, "crop": "wheat", "area_kha": 10, "area_min_kha": 4, "area_max_kha": 10}
    return draft(
        "spring catchment; upper junction A; lower junction B; sea outlet B",
        "a spring upper; b upper lower; c lower sea",
        runoff={"spring": water / 30 / 0.0864},
        scenario={"period": APRIL, "agriculture": {"on": True, "response": "seasonal"}},
        **together(user("high", "upper", 0, return_fraction=0.3, return_node="lower"), user("low", "lower", 0, party="B")),
        crops=[{"crop": "wheat", **CROP}],
        climates=[{"climate": "here"}],
        climate_months=[{"climate": "here", "month": month, "et0_mm": 400, "rain_mm": 0, "capillary_mm": 0} for month in range(1, 13)],
        field_demands=[{"demand": "high", **part}, {"demand": "low", **part}],
        fields=[{**area, "field": name, "demand": name} for name in ("high", "low")],
        food_needs=[{"food_need": "bread", "party": "B", "crop": "wheat", "tonnes": 6000}],
    )


def test_alone_only_own_fields_are_grown() -> None:
    """A's plan alone knows no field of B, and takes none of its wishes for food."""
    inputs = alone(two_farms(100).inputs(), ["A"])
    assert inputs["field"].values.tolist() == ["high"]
    assert inputs.sizes["food_need"] == 0
    plan = solve(inputs, LEVELS)
    assert audit(plan).passed
    accounts = party_accounts(plan)
    assert accounts.loc["A", "crop_margin"] == pytest.approx(6.0)
    assert accounts.loc["B", ["crop_margin", "delivery"]].tolist() == [0, 0]


def test_after_those_who_acted_what_comes_back_is_known() -> None:
    """B plans on what A leaves: 100 - 80, and 0.3 of the 40 that A's crops leave of 80."""
    inputs = two_farms(100).inputs()
    acted = solve(alone(inputs, ["A"]), LEVELS)
    plan = solve(after(inputs, acted, ["A"]), LEVELS)
    assert audit(plan).passed
    assert plan["field"].values.tolist() == ["low"]
    assert float(plan["delivery"].sel(demand="high").sum()) == pytest.approx(80)
    assert float(plan["return_flow"].sel(demand="high").sum()) == pytest.approx(12)
    assert float(plan["delivery"].sel(demand="low").sum()) == pytest.approx(32)


def test_together_the_margin_is_no_smaller() -> None:
    """Side by side the two plans are worth no more than the joint one."""
    inputs = two_farms(100).inputs()
    acted = solve(alone(inputs, ["A"]), ("benefit",))
    below = solve(after(inputs, acted, ["A"]), ("irrigation", "benefit"))
    joint = solve(inputs, ("benefit",))
    apart = party_accounts(acted).loc["A", "crop_margin"] + party_accounts(below).loc["B", "crop_margin"]
    assert np.isfinite(apart)
    assert float(joint["field_margin"].sum()) >= apart - 1e-9
