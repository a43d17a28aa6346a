"""The part of the inputs that describes reservoirs and lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.calendar import month_overlaps
from waterdeal.scenario.horizon import by_month
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario

#: depth in metres of a monthly depth in millimetres
_METRE = 1e-3


def body_part(basin: Basin, _scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Make what a basin says of each reservoir and lake: bounds, rule bands, evaporation, curves."""
    bodies = basin.table("reservoirs")
    names = bodies["reservoir"].tolist()
    days = np.array([float(step.days) for step in steps])
    end_months = np.array([month_overlaps(step)[-1][0].month - 1 for step in steps])

    def monthly(column: str, fallback: NDArray[np.float64]) -> NDArray[np.float64]:
        values = by_month(basin.table("reservoir_months"), "reservoir", column, names)
        return np.where(np.isnan(values), fallback[:, None], values)[:, end_months]

    dead, full = (bodies[column].to_numpy(dtype=float) for column in ("dead_hm3", "full_hm3"))
    unset, none = np.full(len(names), np.nan), np.zeros(len(names))
    intercept, slope = _area_lines(basin, bodies)
    release = bodies["release_max_m3s"].fillna(np.inf).to_numpy()[:, None]
    return {
        "reservoir": np.array(names, dtype=str),
        "storage_min": (("reservoir", "time"), monthly("storage_min_hm3", dead)),
        "storage_max": (("reservoir", "time"), monthly("storage_max_hm3", full)),
        "flood_space": (("reservoir", "time"), monthly("flood_space_hm3", none)),
        "storage_rule_low": (("reservoir", "time"), monthly("rule_low_hm3", unset)),
        "storage_rule_high": (("reservoir", "time"), monthly("rule_high_hm3", unset)),
        "release_max": (("reservoir", "time"), rate_to_volume(release, days)),
        "evaporation_depth": (("reservoir", "time"), _depths(basin, bodies, steps)),
        "area_intercept": (("reservoir", "time"), np.repeat(intercept[:, None], len(steps), axis=1)),
        "area_slope": (("reservoir", "time"), np.repeat(slope[:, None], len(steps), axis=1)),
        "storage_near_low": (("reservoir", "time"), np.full((len(names), len(steps)), -np.inf)),
        "storage_near_high": (("reservoir", "time"), np.full((len(names), len(steps)), np.inf)),
        **_curves(basin, names),
    }


def storage_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Make what a scenario says of each reservoir and lake: start and terminal choice."""
    names = basin.table("reservoirs")["reservoir"].tolist()
    choices = [scenario.reservoir[name] for name in names]
    rules = [choice.terminal.rule if choice.terminal else "free" for choice in choices]
    worth = [choice.terminal.worth or 0.0 if choice.terminal else 0.0 for choice in choices]
    return {
        "storage_initial": ("reservoir", np.array([choice.initial for choice in choices])),
        "terminal_rule": ("reservoir", np.array(rules, dtype=str)),
        "storage_value": ("reservoir", np.array(worth, dtype=float)),
        "storage_terminal": (("reservoir", "time"), _terminal(scenario, names, steps)),
    }


def _depths(basin: Basin, bodies: pd.DataFrame, steps: Sequence[Step]) -> NDArray[np.float64]:
    """Net evaporation depth of each step in metres; zero where the inflow is already net of it."""
    names = bodies["reservoir"].tolist()
    depth = np.nan_to_num(by_month(basin.table("evaporation"), "reservoir", "depth_mm", names))
    depth[(bodies["evaporation"] != "from_area").to_numpy()] = 0.0
    month_days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    days = np.array([float(step.days) for step in steps])
    return np.asarray(mean_step_rates(depth / month_days * _METRE, steps) * days)


def _area_lines(basin: Basin, bodies: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least-squares line area = intercept + slope x storage over the curve within the storage bounds."""
    lines = []
    curves = basin.table("curves")
    for row in bodies.itertuples():
        curve = curves[curves["reservoir"] == row.reservoir].sort_values("volume_hm3")
        volume, area = curve["volume_hm3"].to_numpy(dtype=float), curve["area_km2"].to_numpy(dtype=float)
        if len(volume) < 2:
            lines.append((0.0, 0.0))
            continue
        grid = np.linspace(max(row.dead_hm3, volume.min()), min(row.full_hm3, volume.max()), 41)
        slope, intercept = np.polyfit(grid, np.interp(grid, volume, area), 1)
        lines.append((float(intercept), float(slope)))
    array = np.array(lines, dtype=float).reshape(len(bodies), 2)
    return array[:, 0], array[:, 1]


def _terminal(scenario: Scenario, names: Sequence[str], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Least storage at the end of the step where a terminal choice falls due."""
    least = np.full((len(names), len(steps)), np.nan)
    ends = [step.end for step in steps]
    for place, name in enumerate(names):
        choice = scenario.reservoir[name]
        if choice.terminal is not None and choice.terminal.rule in {"at_least", "as_start"}:
            due = ends.index(choice.terminal.by) if choice.terminal.by else len(steps) - 1
            least[place, due] = choice.initial if choice.terminal.storage is None else choice.terminal.storage
    return least


def _curves(basin: Basin, names: Sequence[str]) -> dict[str, Any]:
    """Level-area-volume tables, padded with NaN to one length."""
    curves = basin.table("curves")
    rows = {name: curves[curves["reservoir"] == name].sort_values("level_m") for name in names}
    longest = max((len(row) for row in rows.values()), default=0)

    def padded(column: str) -> NDArray[np.float64]:
        table = np.full((len(names), longest), np.nan)
        for place, row in enumerate(rows.values()):
            table[place, : len(row)] = row[column].to_numpy(dtype=float)
        return table

    dims = ("reservoir", "curve_point")
    return {
        "curve_level": (dims, padded("level_m")),
        "curve_volume": (dims, padded("volume_hm3")),
        "curve_area": (dims, padded("area_km2")),
    }
