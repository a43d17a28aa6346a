"""The part of the inputs that describes reservoirs and lakes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.check import curve_problems
from waterdeal.basin.check_optional import check_heads
from waterdeal.calendar import month_overlaps
from waterdeal.errors import make_problem
from waterdeal.scenario.horizon import by_month, columns, spread_months, step_days
from waterdeal.scenario.schema import Terminal
from waterdeal.units import GWH_PER_MW_DAY, HM3_PER_CUMEC_DAY, rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.errors import Problem
    from waterdeal.scenario.schema import Scenario


def with_raised_dams(basin: Basin, scenario: Scenario) -> Basin:
    """Return the basin with the full storages and the curves that the scenario gives."""
    given = {name: choice.full for name, choice in scenario.reservoir.items() if choice.full is not None}
    tables = dict(basin.tables)
    if given:
        bodies = basin.table("reservoirs")
        full = [given.get(name, now) for name, now in zip(bodies["reservoir"], bodies["full_hm3"], strict=True)]
        tables["reservoirs"] = bodies.assign(full_hm3=full)
    drawn = {name: choice.curve for name, choice in scenario.reservoir.items() if choice.curve}
    if drawn:
        curves = basin.table("curves")
        kept = curves[~curves["reservoir"].isin(list(drawn))]
        rows = [(name, *point) for name, points in drawn.items() for point in points]
        own = pd.DataFrame(rows, columns=["reservoir", "level_m", "volume_hm3", "area_km2"])
        tables["curves"] = pd.concat([kept, own], ignore_index=True)
    return replace(basin, tables=tables) if given or drawn else basin


def check_raised_dams(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Report a full storage of the scenario below dead storage or beyond the curve, and a curve that is none."""
    dead = dict(zip(basin.table("reservoirs")["reservoir"], basin.table("reservoirs")["dead_hm3"], strict=True))
    curves = basin.table("curves").groupby("reservoir")["volume_hm3"].max().to_dict()
    for name, choice in scenario.reservoir.items():
        top = curves.get(name, float("inf"))
        if choice.full is not None and name in dead and not dead[name] < choice.full <= top:
            yield make_problem(file, None, f"reservoir.{name}.full", "scenario.full_outside", full=choice.full, dead=dead[name], top=top)
        if choice.curve and name in dead:
            yield from (replace(problem, file=file, field=f"reservoir.{name}.curve") for problem in curve_problems(basin, name))
    if any(choice.curve for choice in scenario.reservoir.values()):
        yield from (replace(problem, file=file, field="reservoir") for problem in check_heads(basin))


#: sense of each plane of a pass: the line of the level curve a plan is on and the next on either side, and one for energy that costs
PLANE_SENSES = ("at_most", "at_most", "at_most", "at_least")


def head_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Head relation of each plant that has one, and the plane its energy is under before the first pass."""
    heads = basin.table("heads", used=scenario.physics.head == "successive").fillna({"tailwater_rise_m_per_m3s": 0.0, "head_loss_m": 0.0})
    plants = basin.table("plants").set_index("plant").loc[heads["plant"]]
    power, factor = (plants[column].to_numpy(dtype=float)[:, None] for column in ("capacity_mw", "energy_gwh_per_hm3"))
    shape, dims = (len(heads), len(PLANE_SENSES), len(steps)), ("headed", "power_plane", "time")
    told = {"headed_reservoir": "reservoir", "tailwater": "tailwater_m", "head_loss": "head_loss_m", "power_efficiency": "efficiency"}
    return {
        "headed": heads["plant"].to_numpy(dtype=str),
        **columns(heads, "headed", **told),
        "tailwater_slope": ("headed", heads["tailwater_rise_m_per_m3s"].to_numpy(dtype=float) / HM3_PER_CUMEC_DAY),
        "energy_max": (("headed", "time"), np.where(np.isnan(power), np.inf, power * GWH_PER_MW_DAY * step_days(steps))),
        "plane_sense": ("power_plane", np.array(PLANE_SENSES)),
        "energy_constant": (dims, np.zeros(shape)),
        "energy_per_flow": (dims, np.broadcast_to(factor[:, None], shape).copy()),
        "energy_per_storage": (dims, np.zeros(shape)),
    }


def outlet_curves(basin: Basin) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Storages (hm3) of each discharge curve, the rates there (m3/s), and those a plan holds to.

    Lines above a curve describe it where it is concave. Where it steepens, as at the crest of a spillway, a plan goes on at the least slope
    so far: it never lets out more than the curve, and what a flood brings beyond that is told as beyond the outlets.
    """
    found = {}
    for body, curve in basin.table("outlets").groupby("reservoir", sort=False):
        stored, passed = curve.sort_values("storage_hm3")[["storage_hm3", "release_m3s"]].to_numpy(dtype=float).T
        rises = np.minimum.accumulate(np.diff(passed) / np.diff(stored)) * np.diff(stored)
        found[str(body)] = stored, passed, passed[0] + np.concatenate([[0.0], np.cumsum(rises)])
    return found


def outlet_part(basin: Basin, _scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Cuts above what outlets pass, which they never pass more than, and the share of the storage that seeps away in a step."""
    days = step_days(steps)
    bodies, slopes, intercepts = list[str](), [np.zeros(0)], [np.zeros(0)]
    for body, (stored, _, held) in outlet_curves(basin).items():
        slopes.append(np.diff(held) / np.diff(stored))
        intercepts.append(held[:-1] - slopes[-1] * stored[:-1])
        bodies += [body] * (len(stored) - 1)
    slope, intercept = np.concatenate(slopes), np.concatenate(intercepts)
    seepage = {row["reservoir"]: row["share_per_day"] for row in basin.rows("seepage")}
    shares = np.nan_to_num(np.array([seepage.get(name, 0.0) for name in basin.ids("reservoirs")], dtype=float))
    return {
        "outlet_cut": np.array([f"{body}_{place}" for place, body in enumerate(bodies)], dtype=str),
        "outlet_reservoir": ("outlet_cut", np.array(bodies, dtype=str)),
        "outlet_slope": (("outlet_cut", "time"), rate_to_volume(slope[:, None], days)),
        "outlet_intercept": (("outlet_cut", "time"), rate_to_volume(intercept[:, None], days)),
        "seepage_share": (("reservoir", "time"), shares[:, None] * days),
    }


#: depth in metres of a monthly depth in millimetres
_METRE = 1e-3


def body_part(basin: Basin, _scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Make what a basin says of each reservoir and lake: bounds, rule bands, evaporation, curves."""
    bodies, names = basin.table("reservoirs"), basin.ids("reservoirs")
    end_months = np.array([month_overlaps(step)[-1][0].month - 1 for step in steps])

    def monthly(column: str, fallback: NDArray[np.float64]) -> NDArray[np.float64]:
        values = by_month(basin.table("reservoir_months"), "reservoir", column, names)
        return np.where(np.isnan(values), fallback[:, None], values)[:, end_months]

    dead, full = (bodies[column].to_numpy(dtype=float) for column in ("dead_hm3", "full_hm3"))
    unset, none = np.full(len(names), np.nan), np.zeros(len(names))
    (intercept, slope), release = _area_lines(basin), bodies["release_max_m3s"].fillna(np.inf).to_numpy()[:, None]
    return {
        "reservoir": np.array(names, dtype=str),
        "storage_min": (("reservoir", "time"), monthly("storage_min_hm3", dead)),
        "storage_max": (("reservoir", "time"), monthly("storage_max_hm3", full)),
        "storage_dead": ("reservoir", dead),
        "storage_dries": (("reservoir", "time"), np.zeros((len(names), len(steps)))),
        "flood_space": (("reservoir", "time"), monthly("flood_space_hm3", none)),
        "storage_rule_low": (("reservoir", "time"), monthly("rule_low_hm3", unset)),
        "storage_rule_high": (("reservoir", "time"), monthly("rule_high_hm3", unset)),
        "release_max": (("reservoir", "time"), rate_to_volume(release, step_days(steps))),
        "evaporation_depth": (("reservoir", "time"), _depths(basin, bodies, steps)),
        "area_intercept": (("reservoir", "time"), np.repeat(intercept[:, None], len(steps), axis=1)),
        "area_slope": (("reservoir", "time"), np.repeat(slope[:, None], len(steps), axis=1)),
        "storage_near_low": (("reservoir", "time"), np.full((len(names), len(steps)), -np.inf)),
        "storage_near_high": (("reservoir", "time"), np.full((len(names), len(steps)), np.inf)),
        **_curves(basin, names),
    }


def storage_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Make what a scenario says of each reservoir and lake: start and terminal choice."""
    choices = [scenario.reservoir[name] for name in basin.ids("reservoirs")]
    ends = [choice.terminal or Terminal(rule="free") for choice in choices]
    # what rounding puts beyond dead or full storage stands on it: a reservoir could not hold it at the end of a step
    dead, full = (basin.table("reservoirs")[name].to_numpy(dtype=float) for name in ("dead_hm3", "full_hm3"))
    initial = np.clip([choice.initial for choice in choices], dead, full)
    over = np.inf if "safety" in scenario.objective.levels else 0.0
    return {
        "release_excess_max": (("reservoir", "time"), np.full((len(choices), len(steps)), over)),
        "storage_initial": ("reservoir", initial),
        "terminal_rule": ("reservoir", np.array([end.rule for end in ends], dtype=str)),
        "storage_value": ("reservoir", np.array([end.worth or 0.0 for end in ends], dtype=float)),
        "storage_terminal": (("reservoir", "time"), np.clip(_terminal(initial, ends, steps), dead[:, None], full[:, None])),
    }


def _depths(basin: Basin, bodies: pd.DataFrame, steps: Sequence[Step]) -> NDArray[np.float64]:
    """Net evaporation depth of each step in metres, a month's in the days it has that year; zero where the inflow is already net of it."""
    depth = np.nan_to_num(by_month(basin.table("evaporation"), "reservoir", "depth_mm", bodies["reservoir"].tolist()))
    depth[(bodies["evaporation"] != "from_area").to_numpy()] = 0.0
    return spread_months((depth * _METRE).tolist(), steps)


def _area_lines(basin: Basin) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least-squares line area = intercept + slope x storage over the curve within the storage bounds."""
    bodies, curves = basin.rows("reservoirs"), basin.rows("curves")
    slopes, intercepts = np.zeros((2, len(bodies)))
    for place, row in enumerate(bodies):
        curve = sorted((point["volume_hm3"], point["area_km2"]) for point in curves if point["reservoir"] == row["reservoir"])
        if len(curve) >= 2:
            volume, area = np.array(curve, dtype=float).T
            grid = np.linspace(max(row["dead_hm3"], volume.min()), min(row["full_hm3"], volume.max()), 41)
            slopes[place], intercepts[place] = np.polyfit(grid, np.interp(grid, volume, area), 1)
    return intercepts, slopes


def _terminal(initial: NDArray[np.float64], ends: Sequence[Terminal], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Least storage at the end of the step where a terminal choice falls due."""
    least, days = np.full((len(initial), len(steps)), np.nan), [step.end for step in steps]
    for row, start, end in zip(least, initial, ends, strict=True):
        if end.rule in {"at_least", "as_start"}:
            row[days.index(end.by or days[-1])] = start if end.storage is None else end.storage
    return least


def _curves(basin: Basin, names: Sequence[str]) -> dict[str, Any]:
    """Level-area-volume tables, padded with NaN to one length."""
    by_body = dict(iter(basin.table("curves").sort_values("level_m", kind="stable").groupby("reservoir")))
    longest = max((len(by_body[name]) for name in names if name in by_body), default=0)
    tables = np.full((3, len(names), longest), np.nan)
    for place, name in enumerate(names):
        if name in by_body:
            tables[:, place, : len(by_body[name])] = by_body[name][["level_m", "volume_hm3", "area_km2"]].to_numpy(dtype=float).T
    dims, (level, volume, area) = ("reservoir", "curve_point"), tables
    return {"curve_level": (dims, level), "curve_volume": (dims, volume), "curve_area": (dims, area)}
