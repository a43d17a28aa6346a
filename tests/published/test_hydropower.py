"""Published hydropower cases: a head that follows the storage, its bound by cells, and a valley of two dams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.drafts import draft
from tests.published.cases import published
from tests.thorough import diagonal
from waterdeal.lp.options import SolveOptions
from waterdeal.run import solve_inputs
from waterdeal.solve.bound import energy_bound
from waterdeal.solve.relations import head_energy
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.worth import planned_benefit, true_benefit

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.single import Pass

CUMEC_DAY = 0.0864
YEAR = {"start": "2026-01-01", "end": "2027-01-01", "step": "month"}


def dam(head: str, factor_head: float = 148.5) -> xr.Dataset:
    """HY-14 as a river: km3 become hm3, and 2.4525 GWh a km3 and metre an efficiency of 0.9."""
    data = published("HY-14").inputs
    low, high = (1000 * value for value in data["storage"])
    area = (high - low) / (4.5 * 14)
    rows = [(117, low), (117 + 4.5 * 14, high)]
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "melt spring dam; out dam sea",
        reservoirs={"dam": {"dead_hm3": low, "full_hm3": high}},
        curves=[{"reservoir": "dam", "level_m": level, "volume_hm3": volume, "area_km2": area} for level, volume in rows],
        plants=[
            {"plant": "hpp", "link": "out", "party": "A", "energy_gwh_per_hm3": data["k_GWh"] * factor_head / 1000, "turbine_max_m3s": 1e4}
        ],
        heads=[{"plant": "hpp", "reservoir": "dam", "tailwater_m": 0, "efficiency": 0.9}],
        volumes={"spring": [1000 * volume for volume in data["inflow_km3"]]},
        scenario={
            "period": YEAR,
            "physics": {"head": head},
            "objective": {"levels": ["benefit"]},
            "energy": {"value": data["price_MUSD_per_GWh"]},
            "reservoir": {"dam": {"initial": 1000 * data["initial_final"], "terminal": {"rule": "as_start"}}},
        },
    )
    inputs = river.inputs()
    least, most = (np.full((1, 12), 1000 * value) for value in data["q"])
    return inputs.assign(turbine_min=inputs["turbine_min"].copy(data=least), turbine_max=inputs["turbine_max"].copy(data=most))


def settled(inputs: xr.Dataset) -> Pass:
    """The plan of the passes."""
    return settle(inputs, Passes(["benefit"], SolveOptions()))


def test_optimum_of_the_head() -> None:
    """HY-14: the passes reach the optimum of dynamic programming."""
    assert true_benefit(settled(dam("successive"))) == published("HY-14").near("optimum")


@pytest.mark.parametrize("seed", diagonal(range(13), 0, 5, 12))
def test_optimum_from_any_start(seed: int) -> None:
    """HY-14 from thirteen first plans, each with other weights of the water in each month."""
    inputs = dam("successive")
    weights = np.random.default_rng(seed).uniform(0, 3, (1, 1, 12))
    started = inputs.assign(energy_per_flow=inputs["energy_per_flow"].copy(data=inputs["energy_per_flow"].values * weights))
    assert true_benefit(settled(started)) == published("HY-14").near("optimum")


def test_constant_head() -> None:
    """HY-15: the plan at a constant head promises 3 % too little for itself, and is 1.3 % below the optimum."""
    case = published("HY-15")
    plan = Passes(["benefit"], SolveOptions()).solve(dam("constant", case.inputs["head"]))
    assert planned_benefit(plan) == case.near("lp_objective")
    true = head_energy(dam("successive"), plan.results)[0]
    assert float((true * plan.inputs["energy_value"].values).sum()) == case.near("true_value")


def test_bounds_by_cells() -> None:
    """HY-16: McCormick bounds with 1 to 16 cells of the storage."""
    case = published("HY-16")
    found = settled(dam("successive"))
    bounds = [energy_bound(found, ["benefit"], SolveOptions(), cells, everywhere=True).bound for cells in case.inputs["partitions"]]
    assert bounds == case.near("bound")


def test_bound_is_told_with_the_plan() -> None:
    """HY-16 by the scenario: bound_cells asks for the bound, and the plan carries it."""
    inputs = dam("successive")
    inputs.attrs["physics"] = inputs.attrs["physics"].replace('"bound_cells":0', '"bound_cells":4')
    plan = solve_inputs(inputs, ["benefit"], SolveOptions())
    assert plan.attrs["benefit_bound"] == pytest.approx(published("HY-16").expected["bound"][2], rel=2e-4)


def test_two_dams_in_a_row() -> None:
    """HY-05: two dams whose plants have a concave table of power, as three turbines each of which the best runs first; none need spill."""
    data = published("HY-05").inputs
    flows, powers = np.diff(data["flow_knots"], prepend=0), np.diff(data["power_knots"], prepend=0)
    turbines = [(f"{dam}{number}", dam, below) for dam, below in (("up", "low"), ("low", "sea")) for number in range(len(flows))]
    river = draft(
        "spring catchment; brook catchment; up reservoir; low reservoir; sea outlet",
        "; ".join(["a spring up", "b brook low", *(" ".join(row) for row in turbines)]),
        reservoirs={dam: {"full_hm3": data["storage"][1]} for dam in ("up", "low")},
        links={name: {"capacity_m3s": flows[int(name[-1])] / CUMEC_DAY} for name, _, _ in turbines},
        plants=[
            {
                "plant": f"plant_{name}",
                "link": name,
                "party": "A",
                "energy_gwh_per_hm3": (powers / flows)[int(name[-1])],
                "turbine_max_m3s": 1e4,
            }
            for name, _, _ in turbines
        ],
        volumes={node: [row[0]] * 3 for node, row in zip(("spring", "brook"), data["inflows"], strict=True)},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-04-04", "step": "day"},
            "objective": {"levels": ["benefit"]},
            "reservoir": {
                dam: {"initial": full, "terminal": {"rule": "free"}} for dam, full in zip(("up", "low"), data["initial"], strict=True)
            },
        },
    )
    inputs = river.inputs()
    inputs["energy_value"].values[:] = [row[0] for row in data["prices"]]
    plan = solve_inputs(inputs, ["benefit"], SolveOptions())
    assert -float(plan["level_value"].sel(objective_level="benefit")) == published("HY-05").near("objective")
