"""The look-ahead of a plan worked out anew from its decisions and inputs and the end of the season; no line of the model is used here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.anew import gathered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.results.anew import Water
    from waterdeal.types import Floats


def ahead_gaps(water: Water) -> Iterator[tuple[str, Floats, str]]:
    """Yield what must be nothing of the look-ahead, by (item, step of it): balances, bounds and energy; nothing where there is none."""
    of = water.of
    if not of.get("lookahead_runoff", np.zeros(0)).size:
        return
    flow, given, storage, turbined = (of[f"lookahead_{name}"] for name in ("flow", "delivery", "storage", "turbine_flow"))
    driving = flow[water.places("plant_link", "link")]
    by_outlet = (of["link_kind"] != "spillway") & np.isin(of["link_from"], of["node"][of["node_kind"] == "reservoir"])
    let_out = gathered(flow[by_outlet], of["link_from"][by_outlet], of["reservoir"])
    low, high = (of[f"lookahead_storage_{end}"] for end in ("min", "max"))
    yield "look-ahead: node", abs(_residual(water)), "node"
    yield "look-ahead: storage within bounds", np.maximum(low - storage, storage - high), "reservoir"
    yield "look-ahead: release within limit", let_out - np.nan_to_num(of["lookahead_release_max"], nan=np.inf), "reservoir"
    yield "look-ahead: flow within capacity", np.maximum(-flow, flow - of["lookahead_flow_max"]), "link"
    yield "look-ahead: delivery within requirement", np.maximum(-given, given - of["lookahead_requirement"]), "demand"
    most = np.minimum(driving, of["lookahead_turbine_max"])
    yield "look-ahead: turbines within flow", np.maximum(-turbined, turbined - most), "plant"
    yield "look-ahead: energy", abs(of["lookahead_energy"] - of["energy_factor"][:, None] * turbined), "plant"
    yield "look-ahead: nothing negative", np.maximum(-of["lookahead_lacking"], -of["lookahead_excess"]), "node"


def _residual(water: Water) -> Floats:
    """What reaches each node in each step less what leaves it or stays; at outlets, which only receive, what is told as out of balance."""
    of, lacking, excess = water.of, water.of["lookahead_lacking"], water.of["lookahead_excess"]
    flow, given, stored = (of[f"lookahead_{name}"] for name in ("flow", "delivery", "storage"))
    came = of["lookahead_runoff"] + water.at_nodes(flow * (1 - of["lookahead_loss_fraction"]), "link_to")
    came = came + water.at_nodes(of["return_fraction"][:, None] * given + of["lookahead_return_past"], "return_node")
    came[:, 0] += _on_its_way(water)
    before = np.column_stack([of["storage"][:, -1], stored[:, :-1]])
    lost = of["lookahead_evaporation_fixed"] + of["lookahead_evaporation_share"] * (before + stored) / 2
    left = water.at_nodes(flow, "link_from") + water.at_nodes(given, "demand_node")
    left = left + water.at_nodes(stored - before + lost, "reservoir")
    is_outlet = (of["node_kind"] == "outlet")[:, None]
    return np.asarray(np.where(is_outlet, lacking + excess, came + lacking - left - excess))


def _on_its_way(water: Water) -> Floats:
    """Water of the season that comes after it, by node: by lagged links, less their losses, and as return flow of deliveries."""
    of, rows = water.of, water.places("lagged_link", "link")
    kept = 1 - of["loss_fraction"][rows]
    by_link = (of["flow"][rows] * kept * (1 - of["arrival_share"].sum(axis=2))).sum(axis=1)
    by_link = by_link + kept[:, -1] * np.maximum(of["transit_initial"] - of["arrival_past"].sum(axis=1), 0.0)
    by_user = (of["return_fraction"][:, None] * of["delivery"] * (1 - of["return_share"].sum(axis=2))).sum(axis=1)
    ends = gathered(by_link, of["link_to"][rows], of["node"])
    return np.asarray(ends + gathered(by_user, of["return_node"], of["node"]))
