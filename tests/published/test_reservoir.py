"""Published reservoir cases: evaporation, storage change, end of horizon, several reservoirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from tests.drafts import CURVE, Draft, draft, solve, user
from tests.published.cases import published
from waterdeal.errors import ScenarioError
from waterdeal.examples import monthly

CUMEC_DAY = 0.0864


def exact_release(rate: float) -> dict[str, Any]:
    """Tables that make the link ``out`` carry one rate, no more and no less."""
    return {
        "links": {"out": {"capacity_m3s": rate}},
        "flow_requirements": monthly("flow_requirement", "out_need", "flow_m3s", [rate], link="out", kind="sanitary"),
    }


def days(count: int) -> dict[str, str]:
    """Period of some days."""
    return {"start": "2026-04-01", "end": str(np.datetime64("2026-04-01") + count), "step": "day"}


def test_implicit_evaporation() -> None:
    """RE-14: evaporation on the mean of storage before and after."""
    case = published("RE-14")
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        reservoirs={"dam": {"evaporation": "from_area"}},
        curves=[{"reservoir": "dam", **row} for row in CURVE],
        evaporation=monthly("reservoir", "dam", "depth_mm", [case.inputs["evap_m"] * 1000]),
        volumes={"spring": [case.inputs["Q"]]},
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-05-01", "step": "month"},
            "reservoir": {"dam": {"initial": case.inputs["S0"], "terminal": {"rule": "free"}}},
        },
        **exact_release(case.inputs["R"] / 30 / CUMEC_DAY),
    )
    plan = river.plan()
    assert float(plan["storage"].squeeze()) == case.near("S1")
    assert float(plan["evaporation"].squeeze()) == case.near("E")


def test_storage_change_of_a_day() -> None:
    """RE-16: 739 m3/s in and 345 out fill 34.04 hm3 a day."""
    case = published("RE-16")
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        volumes={"spring": [case.inputs["inflow_m3s"] * CUMEC_DAY] * 2},
        scenario={"period": days(2)},
        **exact_release(case.inputs["outflow_m3s"]),
    )
    storage = river.plan()["storage"].values[0]
    assert [storage[0] - 1000, storage[1] - storage[0]] == [case.near("Mm3_per_day")] * 2


def year_of_weeks(terminal: dict[str, Any] | None) -> Draft:
    """RE-07: 52 steps of one reservoir; energy is worth what it saves."""
    data = published("RE-07").inputs
    choice: dict[str, Any] = {"initial": data["initial"]}
    if terminal:
        choice["terminal"] = terminal
    return draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        reservoirs={"dam": {"full_hm3": data["capacity"]}},
        plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 1, "turbine_max_m3s": 1000}],
        volumes={"spring": [row[1] for row in data["rows"]]},
        scenario={"period": days(len(data["rows"])), "reservoir": {"dam": choice}},
    )


def weekly_cost(terminal: dict[str, Any]) -> tuple[float, float]:
    """Cost of demand less the benefit level, and storage at the end."""
    data = published("RE-07").inputs
    _, _, need, cost = np.array(data["rows"]).T
    inputs = year_of_weeks(terminal).inputs()
    inputs["energy_value"].values[0] = cost
    inputs["turbine_max"].values[0] = np.minimum(need, data["turbine_max"])
    plan = solve(inputs, ["benefit"])
    return float(need @ cost + plan["level_value"].values[0]), float(plan["storage"].values[0, -1])


def test_storage_drains_when_free() -> None:
    """RE-07: with a free end the reservoir ends empty."""
    case = published("RE-07")
    cost, left = weekly_cost({"rule": "free"})
    assert cost == case.near("cost")
    assert left == case.near("end_storage")


def test_storage_with_a_worth() -> None:
    """RE-09: with a worth of 15 the plan stops in between."""
    case = published("RE-09")
    cost, left = weekly_cost({"rule": "value", "worth": case.inputs["end_value"]})
    assert cost == case.near("objective")
    assert left == case.near("end_storage")


def test_no_terminal_choice_is_an_error() -> None:
    """RE-07 without a choice is refused: nobody drains a reservoir by leaving out a line."""
    with pytest.raises(ScenarioError, match="drains the reservoir"):
        year_of_weeks(None).inputs()


def test_larson_four_reservoirs() -> None:
    """RE-01: the optimum of four reservoirs over twelve steps is 401.3."""
    case = published("RE-01")
    data = case.inputs
    names = ["r1", "r2", "r3", "r4"]
    river = draft(
        "s1 catchment; s2 catchment; r1 reservoir; r2 reservoir; r3 reservoir; r4 reservoir; sea outlet",
        "q1 s1 r1; q2 s2 r2; p1 r1 r4; p2 r2 r3; p3 r3 r4; p4 r4 sea",
        reservoirs={name: {"full_hm3": full} for name, full in zip(names, data["storage_max"], strict=True)},
        links={f"p{i}": {"capacity_m3s": most / CUMEC_DAY} for i, most in enumerate(data["release_max"], start=1)},
        plants=[{"plant": f"h{i}", "link": f"p{i}", "party": "A", "energy_gwh_per_hm3": 1, "turbine_max_m3s": 1000} for i in range(1, 5)],
        volumes={name: [volume] * 12 for name, volume in zip(("s1", "s2"), data["inflow"], strict=True)},
        scenario={
            "period": days(12),
            "reservoir": {
                name: {"initial": start, "terminal": {"rule": "at_least", "storage": end}}
                for name, start, end in zip(names, data["initial"], data["final"], strict=True)
            },
        },
    )
    inputs = river.inputs()
    worth = np.array(data["b"])
    worth[3] += data["b5"]
    inputs["energy_value"].values[:] = worth
    assert -float(solve(inputs, ["benefit"])["level_value"].values[0]) == case.near("objective")


def test_capacity_for_a_yield() -> None:
    """RE-03: a variable and a row of one's own find the least dam for a yield of 5, by McKinney's exercise."""
    case = published("RE-03")
    water, need = case.inputs["inflow"], case.inputs["yield_"]
    gained = np.cumsum(np.array(water) - need)
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        volumes={"spring": water},
        scenario={"period": days(len(water)), "reservoir": {"dam": {"initial": float(-gained.min()), "terminal": {"rule": "as_start"}}}},
        **user("town", "dam", need / CUMEC_DAY, kind="municipal"),
    )

    def least_dam(model: Any) -> None:
        model.capacity = pyo.Var(bounds=(0, None))
        model.fits = pyo.Constraint(model.reservoir.BODY, model.TIME, rule=lambda m, r, t: m.reservoir.storage[r, t] <= m.capacity)
        model.least_dam = pyo.Objective(expr=model.capacity)

    plan = solve(river.inputs(), ["drinking", "least_dam"], least_dam)
    assert plan["level_value"].values[0] == pytest.approx(0, abs=1e-9)
    assert plan["level_value"].values[1] == case.near("capacity")
