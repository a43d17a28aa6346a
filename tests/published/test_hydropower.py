"""Published hydropower cases: a head that follows the storage, its bound by cells, and a valley of two dams with chance."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.drafts import draft
from tests.published.cases import published
from waterdeal.economics.linear_program import LinearProgram
from waterdeal.economics.tangent_cuts import maximise
from waterdeal.passes.bound import energy_bound
from waterdeal.passes.relations import head_energy
from waterdeal.passes.settle import settle
from waterdeal.passes.single import Passes
from waterdeal.passes.worth import planned_benefit, true_benefit
from waterdeal.run import solve_inputs
from waterdeal.solve.options import SolveOptions

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.passes.single import Pass

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


@pytest.mark.parametrize("seed", range(13))
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


def chances(data: dict[str, Any]) -> list[list[tuple[int, int]]]:
    """Price state and inflow that can come in each stage of HY-05 and HY-08; the first stage has one of each."""
    stages = len(data["prices"][0]) + 1
    states = [range(1)] + [range(2 if data["markov_price"] else 1)] * (stages - 1)
    draws = [range(1)] + [range(3 if data["random_inflow"] else 1)] * (stages - 1)
    return [list(product(state, draw)) for state, draw in zip(states, draws, strict=True)]


def chance_of(data: dict[str, Any], path: tuple[tuple[int, int], ...]) -> float:
    """Chance of a path of price states and inflows."""
    chance = 1.0
    for stage, (state, _) in enumerate(path[1:], start=1):
        if data["markov_price"]:
            row = data["transition"][stage]
            chance *= row[state] if stage == 1 else row[path[stage - 1][0]][state]
        chance /= 3 if data["random_inflow"] else 1
    return chance


#: columns of a node of the tree: two storages, two spills, and the shares of three points of each plant
COLUMNS = 10


def valley(name: str) -> float:
    """Best expected worth of two dams in a row, every node of the tree of chances with columns of its own."""
    data = published(name).inputs
    steps = chances(data)
    paths = [path for stage in range(len(steps)) for path in product(*steps[: stage + 1])]
    first = {path: COLUMNS * place for place, path in enumerate(paths)}
    flow, power = np.array(data["flow_knots"]), np.array(data["power_knots"])
    rows, low, high = [], [], []
    cost = np.zeros(COLUMNS * len(paths))
    upper = np.tile([data["storage"][1]] * 2 + [np.inf] * 2 + [1.0] * 6, len(paths))
    for path in paths:
        own, (state, draw) = first[path], path[-1]
        price = data["prices"][len(path) - 1][state]
        cost[own + 2 : own + 4] = chance_of(data, path) * data["spill_cost"]
        cost[own + 4 : own + COLUMNS] = -chance_of(data, path) * price * np.tile(power, 2)
        for place in range(2):
            shares = slice(own + 4 + 3 * place, own + 7 + 3 * place)
            row = np.zeros(len(cost))
            row[own + place], row[own + 2 + place], row[shares] = 1, 1, flow
            if place:  # what leaves the upper dam comes in
                row[own + 2], row[own + 4 : own + 7] = -1, -flow
            start = 0.0 if len(path) > 1 else data["initial"][place]
            if len(path) > 1:
                row[first[path[:-1]] + place] = -1
            most = np.zeros(len(cost))
            most[shares] = 1
            rows += [row, most]
            low += [-np.inf, -np.inf]
            high += [start + data["inflows"][place][draw], 1.0]
    program = LinearProgram(cost, np.zeros(len(cost)), upper, np.array(rows), np.array(low), np.array(high))
    return maximise(program).objective


@pytest.mark.parametrize("name", ["HY-05", "HY-08"])
def test_two_dams_with_chance(name: str) -> None:
    """HY-05, HY-08: the tree of prices and inflows as one linear programme."""
    assert valley(name) == published(name).near("objective")
