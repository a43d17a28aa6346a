"""Published cases of water physics, by the pure functions that the model and the data rest on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published.cases import published
from waterdeal.physics.aquifer import depletion_rate_share, depletion_volume_share, linear_aquifer, stream_depletion_factor
from waterdeal.physics.capacity import check_stated_mean, sequent_peak, storage_change
from waterdeal.physics.flow_regimes import balancing_inflow, compare_target_and_floor, tennant_flow
from waterdeal.physics.hypsometry import curve_problems, implied_mean_area, trapezoid_volume
from waterdeal.physics.muskingum import muskingum_coefficients
from waterdeal.physics.power import GWH_PER_HM3_M, discharge_of_power, energy_of_day, energy_per_m3, largest_mccormick_gap
from waterdeal.physics.salinity import dilution_flow


def test_muskingum_at_dekads() -> None:
    """NE-04: coefficients of K = 14 days, x = 0.2 at steps of 10 days; they add up to one."""
    case = published("NE-04")
    coefficients = muskingum_coefficients(case.inputs["K_d"], case.inputs["X"], case.inputs["dt_d"])
    assert coefficients == case.near("C")
    assert coefficients.sum() == case.near("sum")


def test_muskingum_of_a_textbook() -> None:
    """NE-07: K as long as the step and x = 0.2 give 0.231, 0.538 and 0.231."""
    case = published("NE-07")
    assert muskingum_coefficients(case.inputs["K_over_dt"], case.inputs["X"], 1.0) == case.near("C")


@pytest.mark.parametrize("name", ["RE-03", "RE-04"])
def test_capacity_of_a_yield(name: str) -> None:
    """RE-03, RE-04: the sequent peak finds the capacities of McKinney's yields."""
    case = published(name)
    found = [sequent_peak(case.inputs["inflow"], each) for each in np.atleast_1d(case.inputs["yield_"])]
    assert (found if len(found) > 1 else found[0]) == case.near("capacity")


def test_misprinted_mean() -> None:
    """RE-06: the capacity of a published table of months, whose stated mean is not that of its values."""
    case = published("RE-06")
    assert sequent_peak(case.inputs["inflow"], case.inputs["demand"]) == case.near("capacity")
    mean = check_stated_mean(case.inputs["inflow"], case.inputs["demand"])
    assert mean.computed == case.near("true_mean")
    assert not mean.agrees


def test_storage_change_of_a_day() -> None:
    """RE-16: 739 m3/s in and 345 out fill 34.04 hm3 a day."""
    case = published("RE-16")
    assert storage_change(case.inputs["inflow_m3s"], case.inputs["outflow_m3s"], 1) == case.near("Mm3_per_day")


def test_energy_of_a_day() -> None:
    """HY-01: what pywr calls power is MJ per day."""
    case = published("HY-01")
    found = energy_of_day(case.inputs["flow_m3_per_day"], case.inputs["head_m"], case.inputs["efficiency"])
    assert found == case.near("MJ")


def test_constants_of_power() -> None:
    """HY-04: GWh of a km3 falling a metre, kWh of a cubic metre, and the discharge of Toktogul's 1200 MW."""
    case = published("HY-04")
    assert case.near("GWh_per_km3_m") == GWH_PER_HM3_M * 1000
    assert float(energy_per_m3(1, 0.9)) == case.near("kWh_per_m3_per_m_eta09")
    assert float(discharge_of_power(1200, 140, 0.9)) == case.near("q_1200MW_140m_eta09")


def test_gap_of_mccormick() -> None:
    """HY-17: a quarter of the box times the factor."""
    case = published("HY-17")
    assert float(largest_mccormick_gap(case.inputs["dq"], case.inputs["dh"], case.inputs["k"])) == case.near("gap_MW")


@pytest.mark.parametrize("quality", ["survival", "good", "outstanding"])
def test_tennant(quality: str) -> None:
    """EN-01: 10, 30 and 60 % of the mean flow."""
    case = published("EN-01")
    assert float(tennant_flow(case.inputs["mean_flow"], quality)) == case.near(quality)


def test_inflow_of_a_lake_in_balance() -> None:
    """EN-03: what evaporates from the Northern Aral at 3300 km2."""
    case = published("EN-03")
    assert balancing_inflow(case.inputs["area_km2"], case.inputs["net_evap_m"]) / 1000 == case.near("km3")


def test_target_and_floor() -> None:
    """EN-04: 997 hm3 of a season and 30 m3/s are two promises; the floor is the weaker one."""
    case = published("EN-04")
    both = compare_target_and_floor(case.inputs["Mm3"], case.inputs["m3s"], case.inputs["days"])
    assert both.target_rate == case.near("mean_m3s")
    assert both.floor_volume == case.near("Mm3_at_30")
    assert not both.floor_meets_target


def test_curve_that_cannot_be() -> None:
    """EN-05: 3 m, 900 km2 and 11 km3 more cannot go together, and are refused."""
    case = published("EN-05")
    level, area, volume = [0, case.inputs["dh_m"]], case.inputs["area_km2"], [0, case.inputs["dV_claimed"] * 1000]
    assert float(trapezoid_volume(level, area)[0]) / 1000 == case.near("dV_trapezoid")
    assert float(implied_mean_area(level, volume)[0]) == case.near("implied_mean_area")
    assert "mean area of 3666.67 km2, outside the areas of 2400 to 3300 km2" in curve_problems(level, volume, area)[0]


def test_dilution() -> None:
    """EN-07: 168 of flow keep a stretch that consumes 56 at 1.2 g/l, where 0.8 g/l comes in."""
    case = published("EN-07")
    assert float(dilution_flow(case.inputs["c_in"], case.inputs["net_consumption"], case.inputs["limit"])) == case.near("Q_min")


def test_linear_aquifer() -> None:
    """GW-01: storage and baseflow of three exact steps."""
    case = published("GW-01")
    water = [case.inputs[name] for name in ("V0", "recharge", "pumping", "alpha")]
    steps = linear_aquifer(*water, np.ones(case.inputs["steps"]))
    assert steps.storage == case.near("V")
    assert steps.baseflow == case.near("baseflow")


def test_glover_and_jenkins() -> None:
    """GW-02: shares of rate and volume; at the stream depletion factor 28 % of the water came from the stream."""
    case = published("GW-02")
    times = case.inputs["t_over_sdf"]
    assert depletion_rate_share(times, 1) == case.near("rate")
    assert depletion_volume_share(times, 1) == case.near("volume")


def test_response_of_a_stream() -> None:
    """GW-03: a well 1000 m from the stream."""
    case = published("GW-03")
    factor = stream_depletion_factor(case.inputs["d"], case.inputs["T"], case.inputs["Sy"])
    assert float(factor) == case.near("sdf")
    assert depletion_rate_share(case.inputs["t_days"], factor) == case.near("rate")
