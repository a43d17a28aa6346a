"""Synthetic river networks of any size, made as a basin and a scenario are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.make import make_basin
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.schema import Scenario

if TYPE_CHECKING:
    import xarray as xr

Rows = list[dict[str, Any]]


def network_inputs(nodes: int, steps: int, seed: int = 0) -> xr.Dataset:
    """Make inputs of a binary tree of rivers with reservoirs, users, return flows and slow reaches.

    Parameters
    ----------
    nodes : int
        Number of nodes; node 0 is the outlet.
    steps : int
        Number of dekads.
    seed : int
        Seed of the flows and requirements.

    Returns
    -------
    xarray.Dataset
        Complete inputs, feasible by construction.
    """
    rng = np.random.default_rng(seed)
    names = [f"n{place:04d}" for place in range(nodes)]
    leaf = [2 * place + 1 >= nodes for place in range(nodes)]
    kinds = ["outlet", *("catchment" if leaf[place] else "reservoir" if place % 4 == 1 else "junction" for place in range(1, nodes))]
    users = [place for place in range(2, nodes, 2) if not leaf[place]]
    bodies = [name for name, kind in zip(names, kinds, strict=True) if kind == "reservoir"]
    links = _links(names)
    tables: dict[str, Rows] = {
        "parties": [{"party": party} for party in ("LOW", "UP")],
        "nodes": [
            {"node": name, "kind": kind, "party": ("LOW", "UP")[place % 2]}
            for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
        ],
        "links": links,
        "reservoirs": [{"reservoir": body, "dead_hm3": 10, "full_hm3": 400, "evaporation": "from_area"} for body in bodies],
        "curves": [
            {"reservoir": body, "level_m": level, "volume_hm3": volume, "area_km2": area}
            for body in bodies
            for level, volume, area in ((0, 0, 5), (20, 400, 25))
        ],
        "evaporation": [row for body in bodies for row in _by_month("reservoir", body, "depth_mm", _level(60))],
        "demands": [_user(names[place], names[(place - 1) // 2], place) for place in users],
        "requirements": [
            row for place in users for row in _by_month("demand", f"u_{names[place]}", "rate_m3s", rng.uniform(7, 23) * _season(6))
        ],
        "hydrology": [
            {**row, "year_class": "mean"}
            for name, is_leaf in zip(names, leaf, strict=True)
            if is_leaf
            for row in _by_month("node", name, "runoff_m3s", rng.uniform(6, 17) * _season(0))
        ],
        "past_flows": [
            row for link in links if "travel_time_days" in link for row in _by_month("link", link["link"], "flow_m3s", np.full(12, 2.0))
        ],
        "flow_requirements": [
            {**row, "link": "l0001", "kind": "environmental"}
            for row in _by_month("flow_requirement", "outlet_floor", "flow_m3s", np.full(12, 3.5))
        ],
    }
    dekads = pd.date_range("2000-01-01", periods=steps // 3 + 1, freq="MS")
    content = {
        "scenario": {"id": "synthetic"},
        "basin": "synthetic",
        "period": {"start": "2000-01-01", "end": str(dekads[-1].date()), "step": "dekad"},
        "hydrology": {"year_class": "mean"},
        "reservoir": {body: {"initial": 150, "terminal": {"rule": "free"}} for body in bodies},
    }
    return make_inputs(make_basin("synthetic", tables), Scenario.model_validate(content))


def _level(value: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The same all year."""
    return np.full(12, float(value))


def _season(shift: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A wave of a year by month."""
    wave = 1 + 0.8 * np.sin(2 * np.pi * (np.arange(12) + shift) / 12)
    return np.asarray(wave)


def _by_month(key: str, name: str, value: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> Rows:
    """Rows of a table by month."""
    return [{key: name, "month": month, value: round(float(number), 4)} for month, number in enumerate(values, start=1)]


def _links(names: list[str]) -> Rows:
    """One river reach from each node to the one below it; every tenth is slow."""
    rows: Rows = []
    for place in range(1, len(names)):
        row = {
            "link": f"l{place:04d}",
            "from_node": names[place],
            "to_node": names[(place - 1) // 2],
            "kind": "river",
            "loss_fraction": 0.02,
        }
        rows.append({**row, "travel_time_days": 3} if place % 10 == 1 else row)
    return rows


def _user(node: str, below: str, place: int) -> dict[str, Any]:
    """A user at a node, a fifth of whose water comes back below."""
    row = {"demand": f"u_{node}", "node": node, "party": ("LOW", "UP")[place % 4 // 2], "kind": "irrigation", "zone": "zone"}
    row["limit_counted"] = "yes"
    return {**row, "return_fraction": 0.2, "return_node": below, "return_delay_days": 5}
