"""What percolates to aquifers: shares of what crops leave of a delivery, of seepage of reservoirs and lakes, and of losses of links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.model.network import grouped_set, has
from waterdeal.model.symbolic import Data, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled

    Floats = NDArray[np.float64]


def add_percolation(block: Any, inputs: Unlabelled) -> None:
    """Add ``recharge_gathered[aquifer, time]``: natural recharge and all that percolates make the recharge.

    Parameters
    ----------
    block : Block
        Block of the groundwater component, with the set ``AQUIFER`` and the variable ``recharge``.
    inputs : Unlabelled
        The ``percolation`` variables, ``recharge_natural``, ``seepage_share``, ``loss_fraction`` and what is on its way at the start.
    """
    time, aquifers = block.model().TIME, inputs["aquifer"].values.tolist()
    known = inputs["recharge_natural"].values.copy()
    for kind, rows in _rows_by_kind(inputs).items():
        part = inputs.take(percolation=rows)
        pairs = list(zip(part["percolation_source"].values.tolist(), part["percolation_aquifer"].values.tolist(), strict=True))
        members: dict[str, list[str]] = {}
        for source, aquifer in pairs:
            members.setdefault(aquifer, []).append(source)
        block.add_component(f"FROM_{kind.upper()}", grouped_set(block.AQUIFER, members))
        index = pyo.Set(initialize=pairs, dimen=2)
        block.add_component(f"{kind.upper()}_PAIR", index)
        factor, before = _factors(part, kind)
        block.add_component(f"{kind}_factor", Data(index, time, array=factor))
        np.add.at(known, [aquifers.index(aquifer) for _, aquifer in pairs], before)
    if has(block.model(), "crops"):
        users, crops = block.FROM_DEMAND, block.model().crops
        for name, at in (("CROP_PATH", crops.PATHS_AT), ("CROP_TABLE", crops.TABLES_AT)):
            kept = {aquifer: [(user, item) for user in users[aquifer] for item in at[user]] for aquifer in aquifers}
            block.add_component(name, grouped_set(block.AQUIFER, kept, dimen=2))
    block.recharge_known = Data(block.AQUIFER, time, array=known)
    block.recharge_gathered = Rows(block.AQUIFER, time, rule=_recharge_gathered)


def _rows_by_kind(inputs: Unlabelled) -> dict[str, NDArray[np.int64]]:
    """Sort the rows of percolation by what they are a share of; lakes and links with water on its way have terms of their own."""
    kind, source = inputs["percolation_kind"].values, inputs["percolation_source"].values
    lagged = (kind == "link") & np.isin(source, inputs["lagged_link"].values)
    lake = (kind == "reservoir") & np.isin(source, inputs["node"].values[inputs["node_kind"].values == "lake"])
    chosen = {
        "demand": kind == "demand",
        "reservoir": (kind == "reservoir") & ~lake,
        "lake": lake,
        "link": (kind == "link") & ~lagged,
        "lagged": lagged,
    }
    return {name: np.flatnonzero(rows) for name, rows in chosen.items()}


def _factors(part: Unlabelled, kind: str) -> tuple[Floats, Floats]:
    """Recharge of one hm3 by (row, step) - delivered, of twice the mean storage, or entering a link - and recharge known beforehand."""
    share, sources = part["percolation_share"].values[:, None], part["percolation_source"].values
    before = np.zeros((len(sources), part.sizes["time"]))
    if kind == "demand":
        return np.repeat(share, part.sizes["time"], axis=1), before
    if kind in {"reservoir", "lake"}:
        factor = share * part.at("seepage_share", sources) / 2
        before[:, :1] = factor[:, :1] * part.at("storage_initial", sources)[:, None]
        return factor, before
    factor = share * part.at("loss_fraction", sources)
    if kind == "lagged":
        before = factor * part.at("arrival_past", sources)
    return factor, before


def _recharge_gathered(block: Any, aquifer: Any, time: Any) -> Any:
    model = block.model()
    fields = sum(block.demand_factor[user, aquifer, time] * model.demand.delivery[user, time] for user in block.FROM_DEMAND[aquifer])
    dams = sum(block.reservoir_factor[body, aquifer, time] * model.reservoir.storage[body, time] for body in block.FROM_RESERVOIR[aquifer])
    dams_before = sum(
        block.reservoir_factor[body, aquifer, time] * model.reservoir.storage[body, before]
        for body in block.FROM_RESERVOIR[aquifer]
        for before in model.PREVIOUS[time]
    )
    links = sum(block.link_factor[link, aquifer, time] * model.flow[link, time] for link in block.FROM_LINK[aquifer])
    lagged = sum(
        model.reach.arriving[link, left, time] * block.lagged_factor[link, aquifer, left] * model.flow[link, left]
        for link in block.FROM_LAGGED[aquifer]
        for left in model.reach.LEFT[time]
    )
    gathered = block.recharge_known[aquifer, time] + fields + dams + dams_before + links + lagged
    if has(model, "lake"):
        gathered = gathered + _from_lakes(block, aquifer, time)
    if has(model, "crops"):
        gathered = gathered - _consumed(block, aquifer, time)
    return block.recharge[aquifer, time] == gathered


def _from_lakes(block: Any, aquifer: Any, time: Any) -> Any:
    """What seeps out of lakes."""
    model = block.model()
    lakes = sum(block.lake_factor[body, aquifer, time] * model.lake.storage[body, time] for body in block.FROM_LAKE[aquifer])
    return lakes + sum(
        block.lake_factor[body, aquifer, time] * model.lake.storage[body, before]
        for body in block.FROM_LAKE[aquifer]
        for before in model.PREVIOUS[time]
    )


def _consumed(block: Any, aquifer: Any, time: Any) -> Any:
    """What crops keep of the water that fields let through."""
    crops = block.model().crops
    paths = sum(
        block.demand_factor[user, aquifer, time] * crops.path_consumption[path, time] * crops.path_area[path]
        for user, path in block.CROP_PATH[aquifer]
    )
    tables = sum(
        block.demand_factor[user, aquifer, time] * crops.response_consumption[field, time] * crops.season_water[field]
        for user, field in block.CROP_TABLE[aquifer]
    )
    return paths + tables
