"""Synthetic river networks of any size, straight to the inputs of the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.variables import describe


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
    names = np.array([f"n{i:04d}" for i in range(nodes)])
    upper = np.arange(1, nodes)
    lower = (upper - 1) // 2
    leaf = 2 * np.arange(nodes) + 1 >= nodes
    kinds = np.where(leaf, "catchment", "junction").astype(object)
    bodies = np.flatnonzero(~leaf & (np.arange(nodes) % 4 == 1))
    kinds[bodies], kinds[0] = "reservoir", "outlet"
    users = np.flatnonzero(~leaf & (np.arange(nodes) % 2 == 0) & (np.arange(nodes) > 0))
    season = 1 + 0.8 * np.sin(2 * np.pi * np.arange(steps) / 36)
    base = {
        **_links(names, upper, lower, steps),
        **_bodies(names[bodies], steps),
        **_users(names[users], names[(users - 1) // 2], steps, rng, season),
        "node": names,
        "node_kind": ("node", kinds.astype(str)),
        "node_party": ("node", np.where(np.arange(nodes) % 2, "UP", "LOW")),
        "runoff": (("node", "time"), np.outer(leaf * rng.uniform(5, 15, nodes), season)),
        "time": pd.date_range("2000-01-01", periods=steps, freq="10D").to_numpy(dtype="datetime64[ns]"),
        "step": ("time", np.array([f"s{t:04d}" for t in range(steps)])),
        "step_length": ("time", np.full(steps, 10.0)),
        "month": ("time", np.arange(steps) // 3 % 12 + 1),
        "growing": ("time", np.ones(steps, int)),
    }
    coords = {name: base.pop(name) for name in COORDS}
    dataset = describe(xr.Dataset({**base, **_places(names, upper, steps)}, coords={**coords, **_empty_coords()}))
    dataset["step"].attrs["end"] = str(dataset["time"].values[-1] + np.timedelta64(10, "D"))[:10]
    return dataset


COORDS = ("node", "link", "lagged_link", "reservoir", "demand", "shortage_step", "time")


def _empty_coords() -> dict[str, Any]:
    """Dimensions a synthetic network does not use."""
    empty = dict.fromkeys(("plant", "channel", "entitlement"), np.array([], dtype=str))
    return {**empty, "flow_requirement": np.array(["outlet_floor"])}


def _links(names: np.ndarray, upper: np.ndarray, lower: np.ndarray, steps: int) -> dict[str, Any]:
    """One river reach from each node to the one below it; every tenth is slow."""
    count = len(upper)
    links = np.array([f"l{i:04d}" for i in upper])
    slow = links[::10]
    share = np.zeros((len(slow), steps, 2))
    share[:, :, 0], share[:, :-1, 1] = 0.7, 0.3
    past = np.zeros((len(slow), steps))
    past[:, 0] = 1.5
    return {
        "link": links,
        "link_kind": ("link", np.full(count, "river")),
        "link_from": ("link", names[upper]),
        "link_to": ("link", names[lower]),
        "loss_fraction": (("link", "time"), np.full((count, steps), 0.02)),
        "flow_max": (("link", "time"), np.full((count, steps), np.inf)),
        "lagged_link": slow,
        "arrival_share": (("lagged_link", "time", "lag"), share),
        "arrival_past": (("lagged_link", "time"), past),
        "transit_initial": ("lagged_link", past.sum(axis=1)),
    }


def _bodies(names: np.ndarray, steps: int) -> dict[str, Any]:
    """Reservoirs with linear evaporation."""
    shape = (len(names), steps)
    dims = ("reservoir", "time")
    nothing = (dims, np.full(shape, np.nan))
    curve = (("reservoir", "curve_point"), np.tile([0.0, 400.0], (len(names), 1)))
    return {
        "reservoir": names,
        "storage_initial": ("reservoir", np.full(len(names), 150.0)),
        "storage_min": (dims, np.full(shape, 10.0)),
        "storage_max": (dims, np.full(shape, 400.0)),
        "flood_space": (dims, np.zeros(shape)),
        "storage_rule_low": nothing,
        "storage_rule_high": nothing,
        "storage_terminal": nothing,
        "storage_value": ("reservoir", np.zeros(len(names))),
        "terminal_rule": ("reservoir", np.full(len(names), "free")),
        "release_max": (dims, np.full(shape, np.inf)),
        "evaporation_depth": (dims, np.full(shape, 0.02)),
        "area_intercept": ("reservoir", np.full(len(names), 5.0)),
        "area_slope": ("reservoir", np.full(len(names), 0.05)),
        **dict.fromkeys(("curve_level", "curve_volume", "curve_area"), curve),
    }


def _users(names: np.ndarray, below: np.ndarray, steps: int, rng: np.random.Generator, season: np.ndarray) -> dict[str, Any]:
    """Users with five steps of shortage and return flow to the node below."""
    count = len(names)
    share = np.zeros((count, steps, 2))
    share[:, :, 0], share[:, :-1, 1] = 0.5, 0.5
    return {
        "demand": np.array([f"u_{name}" for name in names]),
        "demand_node": ("demand", names),
        "demand_party": ("demand", np.where(np.arange(count) % 2, "UP", "LOW")),
        "demand_kind": ("demand", np.full(count, "irrigation")),
        "demand_zone": ("demand", np.full(count, "zone")),
        "requirement": (("demand", "time"), np.outer(rng.uniform(6, 20, count), season[::-1])),
        "return_fraction": ("demand", np.full(count, 0.2)),
        "return_node": ("demand", below),
        "return_share": (("demand", "time", "return_lag"), share),
        "return_past": (("demand", "time"), np.zeros((count, steps))),
        "shortage_step": np.arange(1, 6),
        "shortage_share": ("shortage_step", np.full(5, 0.2)),
        "shortage_weight": ("shortage_step", np.array([1.0, 2.0, 4.0, 8.0, 16.0])),
        "evenness_weight": ("shortage_step", np.arange(1, 6) / 5),
    }


def _places(names: np.ndarray, upper: np.ndarray, steps: int) -> dict[str, Any]:
    """A least flow to the outlet, and empty tables for what a synthetic network does not use."""
    text, number = np.array([], dtype=str), np.zeros(0)
    return {
        "flow_minimum": (("flow_requirement", "time"), np.full((1, steps), 3.0)),
        "flow_requirement_link": ("flow_requirement", np.array([f"l{upper[0]:04d}"])),
        "flow_requirement_kind": ("flow_requirement", np.array(["environmental"])),
        **dict.fromkeys(("plant_link", "plant_party"), ("plant", text)),
        "energy_factor": ("plant", number),
        **{name: (("plant", "time"), np.zeros((0, steps))) for name in ("turbine_max", "energy_value")},
        "channel_link": ("channel", text),
        "channel_limit": (("channel", "time"), np.zeros((0, steps))),
        "entitlement_volume": ("entitlement", number),
        **{f"entitlement_{name}": ("entitlement", text) for name in ("party", "measure", "link")},
        "entitlement_season": (("entitlement", "time"), np.zeros((0, steps), int)),
        "entitlement_counts": (("entitlement", "demand", "time"), np.zeros((0, _user_count(len(names)), steps), int)),
    }


def _user_count(nodes: int) -> int:
    """Number of users of a network of so many nodes."""
    return sum(1 for i in range(2, nodes, 2) if 2 * i + 1 < nodes)
