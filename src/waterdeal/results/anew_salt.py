"""Salt of a plan worked out anew: at each place what its waters bring, over the water they mix with, from what is printed beside it.

The replay solves all places of a step at once; here each is set against its neighbours, which is no line of the same code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.anew import DRY, above, gathered, later

if TYPE_CHECKING:
    from waterdeal.results.anew import Water
    from waterdeal.types import Floats


def over(salt: Floats, water: Floats) -> Floats:
    """Concentration; blank where there is no water."""
    return np.asarray(np.divide(salt, water, out=np.full(salt.shape, np.nan), where=water > DRY))


def salts(water: Water) -> dict[str, Floats]:
    """Salt of links, nodes, bodies, users and aquifers, and what is above limits; nothing where a plan has none or is not replayed."""
    of = water.of
    if not of["salt_account"].size or np.isnan(of["salt_total"]).all():
        return {}
    at, users = water.places("reservoir", "node"), water.places("demand_node", "node")
    node, ground, mixing = np.nan_to_num(of["salinity_node"]), of["salinity_ground"], _mixing(water)
    drains, upper = np.nan_to_num(of["salinity_returned"]), water.places("link_from", "node")
    load, kept, rows = of["flow"] * node[upper], 1 - of["loss_fraction"], water.places("lagged_link", "link")
    arriving = load * kept
    past = of["arrival_past"] * of["salt_start_link"][rows][:, None]
    arriving[rows] = later(arriving[rows], of["arrival_share"]) + past * kept[rows]
    returned = later(water.draining * drains, of["return_share"]) + of["return_past"] * of["salt_start_demand"][:, None]
    held = np.column_stack([of["storage_initial"] * of["salt_start_body"], (of["storage"] * np.nan_to_num(of["salinity_stored"]))[:, :-1]])
    brought = np.maximum(of["runoff"], 0.0) * of["salt_runoff"][:, None] + water.at_nodes(of["salt_arrival"], "link_to")
    brought += water.at_nodes(of["salt_returned"], "return_node") + water.at_nodes(water.below[1] * ground, "aquifer_node")
    brought += water.at_nodes(held, "reservoir")
    wells, sources = water.places("well_aquifer", "aquifer"), water.places("reuse_from", "demand")
    other = [(of["pumped"], ground[wells], "well_demand"), (of["reused"], drains[sources], "reuse_to")]
    direct = of["delivery"] - sum(gathered(volumes, of[user], of["demand"]) for volumes, _, user in other)
    given = direct * node[users] + sum(gathered(volumes * strong, of[user], of["demand"]) for volumes, strong, user in other)
    limited = water.places("salt_limit_link", "link")
    season = (of["salt_limit_season"] > 0) & (mixing[upper[limited]] > DRY)
    excess = np.where(season, above(node[upper[limited]] - of["salt_limit_value"][:, None]), 0.0)
    return {
        "salt_load": load,
        "salinity": over(load, of["flow"]),
        "salt_arrival": arriving,
        "salt_returned": returned,
        "salinity_node": over(brought, mixing),
        "salinity_stored": over(np.where(mixing[at] > DRY, of["storage"] * node[at], brought[at]), of["storage"]),
        "salinity_delivered": over(given, of["delivery"]),
        "salt_above": excess,
        "salt_excess": mixing[upper[limited]] * excess / of["salt_limit_value"][:, None],
        "salinity_ground": _ground(water, node),
        "salinity_returned": _drains(water, given, node[users]),
    }


def _mixing(water: Water) -> Floats:
    """Water that mixes at each node: with what is stored there, without what wells and drains bring to their users, less evaporation."""
    brought = water.rising - water.at_nodes(water.below[1], "aquifer_node")
    return np.asarray(water.reaching + water.of["runoff"] - brought + water.at_nodes(water.before - water.evaporated, "reservoir"))


def _share(water: Water) -> Floats:
    """Share of what crops leave of a delivery that drains: to the river, and to aquifers."""
    of, below = water.of, water.of["percolation_kind"] == "demand"
    return np.asarray(of["return_fraction"] + gathered(of["percolation_share"][below], of["percolation_source"][below], of["demand"]))


def _drains(water: Water, given: Floats, node: Floats) -> Floats:
    """Concentration of return flows where they leave: all salt given is in the share that drains, and some is picked up.

    Of a demand that gets nothing it is told as if it got one hm3 from its node.
    """
    of, idle = water.of, water.of["delivery"] <= 1e-12
    share = np.broadcast_to(_share(water)[:, None], idle.shape)
    salt, drains = np.where(idle, node, given), np.where(idle, share, share * water.left)
    strong = np.divide(salt, drains, out=np.full(salt.shape, np.nan), where=drains > 1e-12) + of["salt_added"][:, None]
    wet = np.isfinite(of["salinity_node"][water.places("demand_node", "node")])
    return np.where((of["return_fraction"] > 0)[:, None] & ((of["delivery"] > DRY) | wet), strong, np.nan)


def _ground(water: Water, node: Floats) -> Floats:
    """Concentration of aquifers: of what they held, natural recharge and all that percolates."""
    of, kinds = water.of, water.of["percolation_kind"]
    start = of["salt_start_aquifer"][:, None]
    before = np.column_stack([of["aquifer_initial"], of["aquifer_storage"][:, :-1]])
    strong = np.column_stack([start, of["salinity_ground"][:, :-1]])
    kept = of["loss_fraction"]
    lost, rows = of["salt_load"] * kept, water.places("lagged_link", "link")
    lost[rows] = later(lost[rows], of["arrival_share"]) + of["arrival_past"] * of["salt_start_link"][rows][:, None] * kept[rows]
    given, share = np.nan_to_num(of["salinity_delivered"]) * of["delivery"], _share(water)[:, None]
    drained = np.divide(given, share, out=np.zeros(given.shape), where=share > DRY)
    salt = before * strong + of["recharge_natural"] * start
    for kind, values in (("demand", drained), ("reservoir", of["seepage"] * node[water.places("reservoir", "node")]), ("link", lost)):
        chosen, order = kinds == kind, of[kind].tolist()
        source = values[[order.index(name) for name in of["percolation_source"][chosen].tolist()]]
        salt = salt + gathered(source * of["percolation_share"][chosen][:, None], of["percolation_aquifer"][chosen], of["aquifer"])
    return over(salt, before + of["recharge"])
