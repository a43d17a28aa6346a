"""HY-12 and HY-13: power stations that are switched on and off, put beside a river as a modeller's own variables, rows and objective.

Thermal units are no part of a water model; a modeller can add them in stock Pyomo, whole numbers and all, and the solver takes them.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
import pytest

from tests.published.cases import published
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.model.levels import own_levels


def add_thermal(model: Any, data: dict[str, Any]) -> Any:
    """Units by type and period: how many run, how many start, and what they make above their least; returns what they cost."""
    hours, plant = data["period_hours"], data["thermal"]
    model.P, model.K = pyo.RangeSet(0, len(hours) - 1), pyo.RangeSet(0, len(plant["units"]) - 1)
    model.running = pyo.Var(model.P, model.K, within=pyo.NonNegativeIntegers, bounds=lambda _m, _p, k: (0, plant["units"][k]))
    model.started = pyo.Var(model.P, model.K, within=pyo.NonNegativeIntegers, bounds=lambda _m, _p, k: (0, plant["units"][k]))
    model.made = pyo.Var(model.P, model.K, within=pyo.NonNegativeReals)
    model.least = pyo.Constraint(model.P, model.K, rule=lambda m, p, k: m.made[p, k] >= plant["min"][k] * m.running[p, k])
    model.most = pyo.Constraint(model.P, model.K, rule=lambda m, p, k: m.made[p, k] <= plant["max"][k] * m.running[p, k])
    first = data["initial_units_on_per_type"]

    def rises(m: Any, p: Any, k: Any) -> Any:
        before = first if p == 0 and first is not None else m.running[p - 1 if p else len(hours) - 1, k]
        return m.started[p, k] >= m.running[p, k] - before

    model.rises = pyo.Constraint(model.P, model.K, rule=rises)
    return sum(
        hours[p] * (plant["hour_cost_at_min"][k] * model.running[p, k])
        + hours[p] * plant["cost_per_MWh_above_min"][k] * (model.made[p, k] - plant["min"][k] * model.running[p, k])
        + plant["startup"][k] * model.started[p, k]
        for p in model.P
        for k in model.K
    )


def add_hydro(model: Any, data: dict[str, Any]) -> Any:
    """Two stations at one lake, on or off, and pumps that fill it; the day is a ring from 16 m to 16 m, between 15 m and 20 m."""
    hours, plant = data["period_hours"], data["hydro"]
    model.H, last = pyo.RangeSet(0, 1), len(hours) - 1
    model.open = pyo.Var(model.P, model.H, within=pyo.Binary)
    model.opened = pyo.Var(model.P, model.H, within=pyo.Binary)
    model.pumped = pyo.Var(model.P, within=pyo.NonNegativeReals)
    model.height = pyo.Var(model.P, bounds=lambda _m, p: (16, 16) if p == last else (15, 20))

    def level(m: Any, p: Any) -> Any:
        before = m.height[p - 1 if p else last]
        fallen = sum(hours[p] * plant["level_drop_m_per_h"][h] * m.open[p, h] for h in m.H)
        return m.height[p] == before + hours[p] * m.pumped[p] / data["pump_MWh_per_m"] - fallen

    model.level = pyo.Constraint(model.P, rule=level)
    model.opens = pyo.Constraint(model.P, model.H, rule=lambda m, p, h: m.opened[p, h] >= m.open[p, h] - m.open[p - 1 if p else last, h])
    return sum(
        hours[p] * plant["hour_cost"][h] * model.open[p, h] + plant["startup"][h] * model.opened[p, h] for p in model.P for h in model.H
    )


def least_cost(data: dict[str, Any], *, hydro: bool) -> float:
    """Cost of a day: demand is met, and what runs could meet 15 % more."""
    model = build_model(two_party_inputs())
    cost, demand, plant = add_thermal(model, data), data["demand_MW"], data["thermal"]
    if hydro:
        cost = cost + add_hydro(model, data)
    reserve = sum(data["hydro"]["MW"]) if hydro else 0

    def met(m: Any, p: Any) -> Any:
        water = sum(data["hydro"]["MW"][h] * m.open[p, h] for h in m.H) - m.pumped[p] if hydro else 0
        return sum(m.made[p, k] for k in m.K) + water >= demand[p]

    model.met = pyo.Constraint(model.P, rule=met)
    model.reserve = pyo.Constraint(
        model.P, rule=lambda m, p: sum(plant["max"][k] * m.running[p, k] for k in m.K) >= 1.15 * demand[p] - reserve
    )
    model.day = pyo.Objective(expr=cost)
    program = compile_model(model)
    levels = own_levels(program, ())
    return solve_levels(program, levels, SolveOptions()).levels["day"]


def test_thermal_units_alone() -> None:
    """HY-12: five units of each type run as the day begins."""
    case = published("HY-12")
    assert least_cost(case.inputs, hydro=False) == case.near("cost")


@pytest.mark.parametrize(("hydro", "name"), [(True, "cost"), (False, "cost_without_hydro")])
def test_a_day_as_a_ring(hydro: bool, name: str) -> None:
    """HY-13: with two hydro stations and pumps, and without."""
    case = published("HY-13")
    assert least_cost(case.inputs, hydro=hydro) == case.near(name)
