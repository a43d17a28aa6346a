"""The part of the inputs about aquifers, wells, what percolates to them, and drainage that is used again."""

from __future__ import annotations

from calendar import isleap
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import fault
from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.errors import make_problem
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
    rows = {
        name: basin.table(name) if scenario.groundwater.on else basin.table(name).iloc[:0] for name in ("aquifers", "wells", "percolation")
    }
    aquifers, wells = rows["aquifers"], rows["wells"]
    pumped = aquifers.set_index("aquifer").loc[wells["aquifer"].tolist()]
    days = np.array([float(step.days) for step in steps])
    return {
        "aquifer": aquifers["aquifer"].to_numpy(dtype=str),
        "aquifer_node": ("aquifer", aquifers["node"].to_numpy(dtype=str)),
        "aquifer_party": ("aquifer", aquifers["party"].to_numpy(dtype=str)),
        "aquifer_initial": ("aquifer", aquifers["initial_hm3"].to_numpy(dtype=float)),
        "aquifer_least": (("aquifer", "time"), _least(aquifers, scenario, len(steps))),
        "aquifer_alpha": ("aquifer", aquifers["alpha_per_day"].to_numpy(dtype=float)),
        "aquifer_yield": ("aquifer", aquifers["safe_yield_hm3"].fillna(np.inf).to_numpy(dtype=float) * _years(steps)),
        "aquifer_debt_price": ("aquifer", np.full(len(aquifers), scenario.groundwater.debt_price or 0.0)),
        "recharge_natural": (("aquifer", "time"), _natural(aquifers, days)),
        "well": wells["well"].to_numpy(dtype=str),
        "well_aquifer": ("well", wells["aquifer"].to_numpy(dtype=str)),
        "well_demand": ("well", wells["demand"].to_numpy(dtype=str)),
        "well_capacity": (("well", "time"), rate_to_volume(wells["capacity_m3s"].to_numpy(dtype=float)[:, None], days)),
        "well_energy": ("well", GWH_PER_HM3_M * (pumped["lift_m"] / pumped["pump_efficiency"]).to_numpy(dtype=float)),
        "well_energy_price": (("well", "time"), np.repeat(_prices(scenario, steps), len(wells), axis=0)),
        **_percolation(rows["percolation"]),
    }


def _percolation(rows: pd.DataFrame) -> dict[str, Any]:
    """Who lets water percolate to which aquifer."""
    names = [f"{row.kind}_{row.source}_{row.aquifer}" for row in rows.itertuples(index=False)]
    columns = {f"percolation_{name}": ("percolation", rows[name].to_numpy(dtype=str)) for name in ("kind", "source", "aquifer")}
    return {"percolation": np.array(names, dtype=str), **columns, "percolation_share": ("percolation", rows["share"].to_numpy(dtype=float))}


def reuse_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Drainage used again; without rows where the scenario has reuse off."""
    rows = basin.table("reuse") if scenario.reuse.on else basin.table("reuse").iloc[:0]
    days = np.array([float(step.days) for step in steps])
    return {
        "reuse": rows["reuse"].to_numpy(dtype=str),
        "reuse_from": ("reuse", rows["from_demand"].to_numpy(dtype=str)),
        "reuse_to": ("reuse", rows["to_demand"].to_numpy(dtype=str)),
        "reuse_share": ("reuse", rows["share"].to_numpy(dtype=float)),
        "reuse_capacity": (("reuse", "time"), rate_to_volume(rows["capacity_m3s"].to_numpy(dtype=float)[:, None], days)),
        "reuse_blend_limit": ("reuse", rows["blend_limit_gl"].fillna(np.inf).to_numpy(dtype=float)),
    }


def _least(aquifers: pd.DataFrame, scenario: Scenario, count: int) -> Floats:
    """Least storage by (aquifer, step): that of the table, and at the end that of the start where the scenario asks for it."""
    least = np.repeat(aquifers["least_hm3"].fillna(0.0).to_numpy(dtype=float)[:, None], count, axis=1)
    if scenario.groundwater.terminal == "as_start":
        least[:, -1] = np.maximum(least[:, -1], aquifers["initial_hm3"].to_numpy(dtype=float))
    return least


def _natural(aquifers: pd.DataFrame, days: Floats) -> Floats:
    """Natural recharge by (aquifer, step), hm3."""
    return np.asarray(rate_to_volume(aquifers["recharge_m3s"].to_numpy(dtype=float)[:, None], days))


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
    days = np.array([float(step.days) for step in steps])
    least, natural = _least(aquifers, scenario, len(steps)), _natural(aquifers, days)
    columns = ["aquifer", "initial_hm3", "alpha_per_day"]
    for place, (name, initial, alpha) in enumerate(aquifers[columns].itertuples(index=False, name=None)):
        lack = float((least[place] - aquifer_storage(initial, natural[place], 0.0, alpha, days)).max())
        if lack > 1e-6 and name not in set(percolation["aquifer"]):
            yield make_problem(file, None, "groundwater.terminal", "scenario.aquifer_falls", name=name, lack=lack)
