"""The part of the inputs about aquifers, wells, what percolates to them, and drainage that is used again."""

from __future__ import annotations

from calendar import isleap
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import fault
from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.calendar import season_span
from waterdeal.errors import make_problem
from waterdeal.scenario.horizon import columns, step_days, water_year_of
from waterdeal.science.aquifer import aquifer_storage
from waterdeal.units import GWH_PER_HM3_M, rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.errors import Problem
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats


def groundwater_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Aquifers, wells and percolation; without rows where the scenario has groundwater off."""
    on, days = scenario.groundwater.on, step_days(steps)
    aquifers, wells, percolation = (basin.table(name, used=on) for name in ("aquifers", "wells", "percolation"))
    by_name = {row["aquifer"]: row for row in basin.rows("aquifers")}
    lifts = [by_name[name]["lift_m"] / by_name[name]["pump_efficiency"] for name in wells["aquifer"].tolist()]
    joined = [f"{row['kind']}_{row['source']}_{row['aquifer']}" for row in (basin.rows("percolation") if on else ())]
    aquifer_columns = {"aquifer_node": "node", "aquifer_party": "party", "aquifer_initial": "initial_hm3", "aquifer_alpha": "alpha_per_day"}
    return {
        "aquifer": aquifers["aquifer"].to_numpy(dtype=str),
        **columns(aquifers, "aquifer", **aquifer_columns),
        "aquifer_least": (("aquifer", "time"), _least(aquifers, scenario, len(steps))),
        "aquifer_yield": ("aquifer", aquifers["safe_yield_hm3"].fillna(np.inf).to_numpy(dtype=float) * _years(steps)),
        "aquifer_yield_yearly": (("aquifer", "time"), _yearly(aquifers, basin, steps)),
        "aquifer_debt_price": ("aquifer", np.full(len(aquifers), scenario.groundwater.debt_price or 0.0)),
        "recharge_natural": (("aquifer", "time"), _volumes(aquifers["recharge_m3s"], days)),
        "well": wells["well"].to_numpy(dtype=str),
        **columns(wells, "well", well_aquifer="aquifer", well_demand="demand"),
        "well_capacity": (("well", "time"), _volumes(wells["capacity_m3s"], days)),
        "well_energy": ("well", GWH_PER_HM3_M * np.array(lifts, dtype=float)),
        "well_energy_price": (("well", "time"), np.repeat(_prices(scenario, steps), len(wells), axis=0)),
        "percolation": np.array(joined, dtype=str),
        **columns(percolation, "percolation", **{f"percolation_{name}": name for name in ("kind", "source", "aquifer", "share")}),
    }


def reuse_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Drainage used again; without rows where the scenario has reuse off."""
    rows = basin.table("reuse", used=scenario.reuse.on)
    return {
        "reuse": rows["reuse"].to_numpy(dtype=str),
        **columns(rows, "reuse", reuse_from="from_demand", reuse_to="to_demand", reuse_share="share"),
        "reuse_capacity": (("reuse", "time"), _volumes(rows["capacity_m3s"], step_days(steps))),
        "reuse_blend_limit": ("reuse", rows["blend_limit_gl"].fillna(np.inf).to_numpy(dtype=float)),
    }


def _volumes(rates: pd.Series[float], days: Floats) -> Floats:
    """Volumes of steps, hm3, of rates that hold throughout."""
    return np.asarray(rate_to_volume(rates.to_numpy(dtype=float)[:, None], days))


def _least(aquifers: pd.DataFrame, scenario: Scenario, count: int) -> Floats:
    """Least storage by (aquifer, step): that of the table, and at the end that of the start where the scenario asks for it."""
    least = np.repeat(aquifers["least_hm3"].fillna(0.0).to_numpy(dtype=float)[:, None], count, axis=1)
    if scenario.groundwater.terminal == "as_start":
        least[:, -1] = np.maximum(least[:, -1], aquifers["initial_hm3"].to_numpy(dtype=float))
    return least


def _yearly(aquifers: pd.DataFrame, basin: Basin, steps: Sequence[Step]) -> Floats:
    """Safe yield of the water year of each step, as far as that is in the horizon."""
    years = water_year_of(basin, steps)
    lengths = dict.fromkeys(years, 0.0)
    for step, year in zip(steps, years, strict=True):
        begins = step.start.year - ((step.start.month, step.start.day) < basin.water_year_start)
        first, last = season_span(begins, (basin.water_year_start,) * 2)
        lengths[year] += step.days / (last - first).days
    limit = aquifers["safe_yield_hm3"].fillna(np.inf).to_numpy(dtype=float)
    return np.asarray(limit[:, None] * np.array([lengths[year] for year in years]))


def _years(steps: Sequence[Step]) -> float:
    """Length of the horizon in years; a whole year is one, leap or not."""
    return sum(step.days / (366 if isleap(step.start.year) else 365) for step in steps)


def _prices(scenario: Scenario, steps: Sequence[Step]) -> Floats:
    """Cost of one GWh of pumping, shape (1, steps)."""
    if scenario.groundwater.energy_price is not None:
        return np.full((1, len(steps)), scenario.groundwater.energy_price)
    return mean_step_rates(np.array([scenario.energy.value]), steps)


def check_groundwater(basin: Basin, scenario: Scenario, steps: Sequence[Step], file: str) -> Iterator[Problem]:
    """Check that what is switched on is there, and that an aquifer nobody pumps can hold what is asked of it."""
    for part, table, on in (("groundwater", "aquifers", scenario.groundwater.on), ("reuse", "reuse", scenario.reuse.on)):
        if on and basin.table(table).empty:
            yield make_problem(file, None, f"{part}.on", "scenario.no_table", table=table, part=part)
    if not scenario.groundwater.on:
        return
    aquifers, percolation = basin.table("aquifers"), basin.table("percolation")
    if scenario.agriculture.on:  # without crops the basin has been checked for that
        shares = percolation[percolation["kind"] == "demand"].groupby("source")["share"].sum().to_dict()
        for name, unused in basin.table("field_demands")[["demand", "unused_return"]].itertuples(index=False, name=None):
            if unused + shares.get(name, 0.0) > 1 + 1e-9 and name in shares:
                yield fault("percolation", "share", "scenario.percolation_above_one", name=name, total=shares[name] + unused)
    days = step_days(steps)
    least, natural = _least(aquifers, scenario, len(steps)), _volumes(aquifers["recharge_m3s"], days)
    for row, needed, fed in zip(aquifers.to_dict("records"), least, natural, strict=True):
        lack = float((needed - aquifer_storage(row["initial_hm3"], fed, 0.0, row["alpha_per_day"], days)).max())
        if lack > 1e-6 and row["aquifer"] not in set(percolation["aquifer"]):
            yield make_problem(file, None, "groundwater.terminal", "scenario.aquifer_falls", name=row["aquifer"], lack=lack)
