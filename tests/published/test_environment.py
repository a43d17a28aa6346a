"""Published environment and feasibility cases: a lake in balance, floor against target, curves, contradictions."""

from __future__ import annotations

import pytest

from tests.drafts import Draft, draft, user
from tests.published.cases import published
from waterdeal.errors import BasinDataError, Infeasible
from waterdeal.examples import monthly

CUMEC_DAY = 0.0864


@pytest.mark.parametrize("place", [0, 1, 2])
def test_lake_in_balance(place: int) -> None:
    """EN-03: the Northern Aral at 3300 km2 keeps its level on the inflow that its net evaporation takes."""
    case = published("EN-03")
    area, depth = case.inputs["area_km2"], case.inputs["net_evap_m"][place]
    river = draft(
        "spring catchment; aral lake",
        "mouth spring aral",
        reservoirs={"aral": {"evaporation": "from_area", "full_hm3": 66_000}},
        curves=[{"reservoir": "aral", "level_m": level, "volume_hm3": level * area, "area_km2": area} for level in (0, 20)],
        evaporation=monthly("reservoir", "aral", "depth_mm", [depth * 1000]),
        volumes={"spring": [case.expected["km3"][place] * 1000]},
        scenario={
            "period": {"start": "2026-06-01", "end": "2026-07-01", "step": "month"},
            "reservoir": {"aral": {"initial": "22 km3", "terminal": {"rule": "free"}}},
        },
    )
    plan = river.plan()
    assert float(plan["evaporation"].sum()) / 1000 == case.near("km3", place)
    assert float(plan["storage"].squeeze()) == pytest.approx(22_000, abs=1e-6)


SEASON = {"period": {"start": "2026-04-01", "end": "2026-10-01", "step": "dekad"}}


def delta(rate: float) -> Draft:
    """EN-04: a river with a floor and a volume target on its mouth."""
    case = published("EN-04")
    return draft(
        "spring catchment; sea outlet",
        "mouth spring sea",
        runoff={"spring": rate},
        flow_requirements=monthly("flow_requirement", "floor", "flow_m3s", [case.inputs["m3s"]], link="mouth", kind="environmental"),
        scenario={
            **SEASON,
            "entitlement": {"inflows": [{"id": "target", "party": "A", "link": "mouth", "volume": f"{case.inputs['Mm3']} hm3"}]},
        },
    )


@pytest.mark.parametrize("quality", ["survival", "good", "outstanding"])
def test_tennant_regime_of_a_scenario(quality: str) -> None:
    """EN-01: 10, 30 and 60 % of a natural mean of 400 m3/s, asked for by a scenario and kept in every step by the plan."""
    case = published("EN-01")
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "head spring fork; mouth fork sea",
        runoff={"spring": case.inputs["mean_flow"]},
        **user("fields", "fork", case.inputs["mean_flow"]),
        scenario={
            **SEASON,
            "environment": {"regime": [{"id": "nature", "link": "mouth", "method": "tennant", "tennant_class": quality}]},
        },
    )
    plan = river.plan()
    asked = plan["flow_minimum"].values[0] / (plan["step_length"].values * CUMEC_DAY)
    assert [float(rate) for rate in asked] == [case.near(quality)] * len(asked)
    assert plan["discharge"].sel(link="mouth").values == pytest.approx(asked)


@pytest.mark.parametrize("enough", [False, True])
def test_floor_and_volume_in_one_scenario(enough: bool) -> None:
    """EN-04: a regime of 30 m3/s and a pulse of 997 hm3 on one link: what keeps the one leaves the other 523 short, 63.06 m3/s keeps both."""
    case = published("EN-04")
    rate = case.expected["mean_m3s"] if enough else case.inputs["m3s"]
    target = {"id": "season", "link": "mouth", "volume": f"{case.inputs['Mm3']} hm3", "start": "2026-04-01", "end": "2026-10-01"}
    floor = {"id": "floor", "link": "mouth", "method": "shape", "flow_m3s": [f"{case.inputs['m3s']} m3/s"] * 12}
    scenario = {**SEASON, "environment": {"regime": [floor], "pulse": [target]}}
    plan = draft("spring catchment; sea outlet", "mouth spring sea", runoff={"spring": rate}, scenario=scenario).plan()
    assert float(plan["flow_minimum"].sum()) == case.near("Mm3_at_30")
    assert float(plan["flow_shortfall"].sum()) == pytest.approx(0, abs=1e-6)
    missing = 0 if enough else case.inputs["Mm3"] - case.expected["Mm3_at_30"]
    assert float(plan["pulse_shortfall"].squeeze()) == pytest.approx(missing, abs=1e-4)


def test_floor_is_not_the_target() -> None:
    """EN-04: 30 m3/s meets the floor with 474 hm3 and leaves the target of 997 hm3 short."""
    case = published("EN-04")
    plan = delta(case.inputs["m3s"]).plan()
    assert float(plan["flow_minimum"].sum()) == case.near("Mm3_at_30")
    assert float(plan["flow_shortfall"].sum()) == pytest.approx(0, abs=1e-6)
    assert float(plan["entitlement_shortfall"].squeeze()) == pytest.approx(997 - 474.336, abs=1e-6)


def test_target_is_a_mean_rate() -> None:
    """EN-04: 63.06 m3/s reaches the target."""
    case = published("EN-04")
    plan = delta(case.expected["mean_m3s"]).plan()
    assert float(plan["step_length"].sum()) == case.inputs["days"]
    assert float(plan["entitlement_delivered"].squeeze()) == pytest.approx(case.inputs["Mm3"], abs=1e-4)
    assert float(plan["entitlement_shortfall"].squeeze()) == pytest.approx(0, abs=1e-4)


def test_curve_against_its_areas() -> None:
    """EN-05: 11 km3 in 3 m between 2400 and 3300 km2 cannot be; the areas allow 8.55."""
    case = published("EN-05")
    low, high = case.inputs["area_km2"]
    river = draft(
        "spring catchment; aral lake",
        "mouth spring aral",
        curves=[
            {"reservoir": "aral", "level_m": 39, "volume_hm3": 0, "area_km2": low},
            {"reservoir": "aral", "level_m": 39 + case.inputs["dh_m"], "volume_hm3": case.inputs["dV_claimed"] * 1000, "area_km2": high},
        ],
    )
    with pytest.raises(BasinDataError, match=f"its areas allow {case.expected['dV_trapezoid'] * 1000:.0f}"):
        river.basin()


def contradiction(end: float) -> Draft:
    """FE-01: 50 in store and 10 a day against 30 a day for nature and a full end."""
    data = published("FE-01").inputs
    return draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        reservoirs={"dam": {"full_hm3": data["S_max"]}},
        flow_requirements=monthly("flow_requirement", "need", "flow_m3s", [data["env_min"] / CUMEC_DAY], link="out", kind="environmental"),
        volumes={"spring": data["inflow"]},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-04-03", "step": "day"},
            "reservoir": {"dam": {"initial": data["S0"], "terminal": {"rule": "at_least", "storage": end}}},
        },
    )


def test_contradiction_is_named() -> None:
    """FE-02: the two balances of the dam and its end storage cannot all hold; nothing else is blamed."""
    with pytest.raises(Infeasible) as caught:
        contradiction(published("FE-01").inputs["S_end_min"]).plan()
    rows = {name for name in caught.value.rows if not name.startswith("flow[")}
    assert {"water_balance[dam,2026-04-01]", "water_balance[dam,2026-04-02]", "terminal.storage_least[dam,2026-04-02]"} <= rows
    assert all("dam" in name or "spring" in name for name in rows)


def test_nature_goes_short_instead() -> None:
    """FE-01: with the highest end that can be, all 60 of nature's water is missing, and said so."""
    data = published("FE-01").inputs
    plan = contradiction(data["S0"] + sum(data["inflow"])).plan()
    assert float(plan["flow_shortfall"].sum()) == pytest.approx(2 * data["env_min"])
