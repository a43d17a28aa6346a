"""Concentrations of salt that a pass takes: those in the replay of the pass before, for concentration times water is no line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.inputs import promises_loads
from waterdeal.replay.simulate import replay
from waterdeal.results.lines import with_data
from waterdeal.solve.salt_loads import DRY, load_lines
from waterdeal.solve.truth import true_inputs

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats


#: concentration below which a change is not looked at as a share, g/l
FRESH = 1e-3


def judged_by_salt(inputs: xr.Dataset) -> bool:
    """Tell whether a model has rows that depend on concentrations."""
    blends = inputs.sizes["salt_node"] and np.isfinite(inputs["reuse_blend_limit"].values).any()
    return bool(inputs.sizes["salt_limit"] or blends or promises_loads(inputs))


def replayed_lines(inputs: xr.Dataset, results: xr.Dataset) -> dict[str, Floats]:
    """Replay a plan and return the concentrations the next pass takes."""
    played = replay(true_inputs(inputs), results).dataset
    nodes = inputs["node"].values.tolist()
    upper = played["salinity_node"].values[[nodes.index(name) for name in inputs["link_from"].values.tolist()]]
    drains = played["salinity_returned"].values
    start = np.where(inputs["storage_initial"].values > DRY, inputs["salt_start_body"].values, np.nan)
    return {
        "salt_line_link": _over(played["salt_arrival"].values, played["arrival"].values, upper),
        "salt_line_demand": _over(played["salt_returned"].values, played["return_flow"].values, drains),
        "salt_line_drain": drains,
        "salt_line_body": np.hstack([start[:, None], played["salinity_stored"].values[:, :-1]]),
        "salt_line_aquifer": played["salinity_ground"].values,
        "salt_line_node": played["salinity_node"].values,
        **(load_lines(inputs, played, results) if promises_loads(inputs) else {}),
    }


def largest_change(inputs: xr.Dataset, fresh: dict[str, Floats]) -> float:
    """Return by how much the concentrations that rows depend on differ from those a plan was made with."""
    worst, asked = 0.0, _asked_of(inputs)
    for name, of_row in asked.items():
        new, old = fresh[name], inputs[name].values
        there = np.isfinite(new) & of_row[:, None]
        moved = np.abs(new - old)[there] / np.maximum(new[there], FRESH)
        worst = max(worst, float(np.where(np.isnan(moved), np.inf, moved).max(initial=0.0)))
    return worst


def _asked_of(inputs: xr.Dataset) -> dict[str, NDArray[np.bool_]]:
    """Tell which concentrations stand in a row: of waters that come to the node of a limit, or to a demand with a limit on its blend."""
    limited = inputs["link_from"].sel(link=inputs["salt_limit_link"].values).values
    blended = inputs["reuse_to"].values[np.isfinite(inputs["reuse_blend_limit"].values)]
    drains = inputs["reuse_from"].values[np.isin(inputs["reuse_to"].values, blended)]
    wells = inputs["well_aquifer"].values[np.isin(inputs["well_demand"].values, blended)]
    places = inputs["demand_node"].values[np.isin(inputs["demand"].values, blended)]
    return {
        "salt_line_link": np.isin(inputs["link_to"].values, limited),
        "salt_line_demand": np.isin(inputs["return_node"].values, limited),
        "salt_line_drain": np.isin(inputs["demand"].values, drains),
        "salt_line_body": np.isin(inputs["reservoir"].values, limited),
        "salt_line_aquifer": np.isin(inputs["aquifer_node"].values, limited) | np.isin(inputs["aquifer"].values, wells),
        "salt_line_node": np.isin(inputs["node"].values, places),
    }


def moved_towards(inputs: xr.Dataset, fresh: dict[str, Floats], part: float = 0.5) -> xr.Dataset:
    """Return inputs whose concentrations are half way to those of a replay, or another part of it, or all the way where there were none."""
    data = {}
    for name, new in fresh.items():
        old = inputs[name].values
        data[name] = np.where(np.isnan(old), new, np.where(np.isnan(new), old, old + part * (new - old)))
    followed = np.isin(inputs["reservoir"].values, inputs["headed_reservoir"].values)[:, None]
    for name, side in (("storage_near_low", -np.inf), ("storage_near_high", np.inf)):
        data[name] = np.where(followed, inputs[name].values, side)
    moved = with_data(inputs, data)
    moved.attrs["salinity_passes"] = int(inputs.attrs.get("salinity_passes", 0)) + 1
    return moved


def _over(salt: Floats, water: Floats, otherwise: Floats) -> Floats:
    """Concentration; that of another place where there is no water."""
    return np.asarray(np.divide(salt, water, out=np.array(otherwise, dtype=float), where=water > DRY))
