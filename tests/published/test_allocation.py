"""Published allocation and power cases: seniority, limits that add up, power against fields, constants of energy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo
import pytest

from tests.drafts import Draft, draft, solve, together, user
from tests.published.cases import published
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    import xarray as xr

CUMEC_DAY = 0.0864


def senior_below_junior() -> Draft:
    """AL-11: the junior draws above the senior, and half of it comes back between them."""
    data = published("AL-11").inputs
    return draft(
        "spring catchment; upper junction; lower junction; sea outlet",
        "a spring upper; b upper lower; c lower sea",
        volumes={"spring": [data["inflow"]]},
        scenario={"period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"}},
        **together(
            user("senior", "lower", data["senior_demand"] / CUMEC_DAY, kind="municipal"),
            user("junior", "upper", data["junior_demand"] / CUMEC_DAY, return_fraction=data["return_fraction"], return_node="lower"),
        ),
    )


@pytest.mark.parametrize("place", [0, 1])
def test_weights_invert_seniority(place: int) -> None:
    """AL-11: a weight of 1.9 gives the junior all of it, 2.1 the senior; merely ordered weights are not enough."""
    case = published("AL-11")

    def weigh(model: Any) -> None:
        short = {name: case.inputs[f"{name}_demand"] - model.demand.delivery[name, "2026-04-01"] for name in ("senior", "junior")}
        model.weighed = pyo.Objective(expr=case.inputs["w_senior"][place] * short["senior"] + case.inputs["w_junior"] * short["junior"])

    given = solve(senior_below_junior().inputs(), ["weighed"], weigh)["delivery"]
    assert {name: float(given.sel(demand=name).sum()) for name in ("senior", "junior")} == {
        "senior": case.near("senior", place),
        "junior": case.near("junior", place),
    }


def test_levels_keep_seniority() -> None:
    """AL-11: level after level the senior gets 10, whatever the weights."""
    given = senior_below_junior().plan()["delivery"]
    assert float(given.sel(demand="senior").sum()) == pytest.approx(10, abs=1e-6)
    assert float(given.sel(demand="junior").sum()) == pytest.approx(0, abs=1e-6)


def test_limits_add_up() -> None:
    """AL-14: the ICWC limits of the growing season 2025 are the published ones and add up to 11.9 km3."""
    case = published("AL-14")
    inputs = load(bundled_folder("scenarios") / "syrdarya-growing-median.toml").inputs
    volumes = inputs["entitlement_volume"].to_series()
    for party, volume in case.inputs["km3"].items():
        assert volumes[f"{party[:2].lower()}_growing_2025"] == pytest.approx(volume * 1000)
    assert float(volumes.sum()) / 1000 == case.near("total")


def power_and_fields(levels: list[str]) -> xr.Dataset:
    """AL-13: April is summer, May is winter; the dam's party sells power, the fields below want the summer release."""
    data = published("AL-13").inputs
    price = [0.0] * 12
    price[3:5] = data["power_price"]["summer"], data["power_price"]["winter"]
    river = draft(
        "spring catchment; dam reservoir; works junction; sea outlet",
        "head spring dam; out dam works; tail works sea",
        reservoirs={"dam": {"full_hm3": data["storage_capacity"]}},
        plants=[{"plant": "hpp", "link": "out", "party": "A", "energy_gwh_per_hm3": 1, "turbine_max_m3s": 1000}],
        volumes={"spring": [data["summer_inflow"], data["winter_inflow"]]},
        scenario={
            "period": {
                "start": "2026-04-30",
                "stretches": [{"until": "2026-05-01", "step": "day"}, {"until": "2026-06-01", "step": "month"}],
            },
            "reservoir": {"dam": {"initial": 0, "terminal": {"rule": "free"}}},
            "energy": {"value": price},
        },
        **user("fields", "works", [data["irrigation_cap"] / CUMEC_DAY if month == 4 else 0.0 for month in range(1, 13)]),
    )
    return river.plan(levels=levels)


def test_power_against_fields() -> None:
    """AL-13: what each gets when power decides alone and when fields come first, and the interval of compensation."""
    case = published("AL-13")
    alone, joint = power_and_fields(["benefit", "irrigation"]), power_and_fields(["irrigation", "benefit"])
    power = [-float(plan["level_value"].sel(objective_level="benefit")) for plan in (alone, joint)]
    fields = [case.inputs["irrigation_value"] * float(plan["delivery"].sum()) for plan in (alone, joint)]
    assert power == [case.near("power_alone"), case.near("power_joint")]
    assert fields == [case.near("irrigation_alone"), case.near("irrigation_joint")]
    assert power[0] - power[1] == case.near("min_compensation")
    assert fields[1] - fields[0] == case.near("max_compensation")


def plant_plan(factor: float, volume: float, capacity_mw: float | str = "") -> xr.Dataset:
    """Plan of one plant on a river for a day."""
    river = draft(
        "spring catchment; sea outlet",
        "out spring sea",
        plants=[
            {
                "plant": "hpp",
                "link": "out",
                "party": "A",
                "energy_gwh_per_hm3": factor,
                "turbine_max_m3s": 99_999,
                "capacity_mw": capacity_mw,
            }
        ],
        volumes={"spring": [volume]},
        scenario={"period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"}},
    )
    return river.plan()


@pytest.mark.parametrize("place", [0, 1])
def test_energy_of_a_day(place: int) -> None:
    """HY-01: 8 units a day through 100 m; a million times the published flow, so MJ become TJ."""
    case = published("HY-01")
    factor = 0.002725 * case.inputs["head_m"] * case.inputs["efficiency"][place]
    assert float(plant_plan(factor, case.inputs["flow_m3_per_day"])["energy"].sum()) * 3.6 == case.near("MJ", place)


def test_energy_constants() -> None:
    """HY-04: 2.725 GWh a km3 and metre; 1200 MW at 140 m and 0.9 turn 971 m3/s."""
    case = published("HY-04")
    assert float(plant_plan(0.002725, 1000)["energy"].sum()) == case.near("GWh_per_km3_m")
    plan = plant_plan(case.expected["kWh_per_m3_per_m_eta09"] * 140, 1200 * CUMEC_DAY, capacity_mw=1200)
    assert float(plan["turbine_flow"].sum()) / CUMEC_DAY == case.near("q_1200MW_140m_eta09")
    assert float(plan["turbine_bypass"].sum()) / CUMEC_DAY == pytest.approx(1200 - case.expected["q_1200MW_140m_eta09"])
    assert float(plan["energy"].sum()) == pytest.approx(1.2 * 24)
