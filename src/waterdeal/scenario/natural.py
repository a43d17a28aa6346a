"""What is asked of a river where that is not what the tables say: least flows, some of no more than the natural flow, and volumes promised.

The natural flow at a place is what would pass if nobody stored or took any.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled

#: kind of a least flow that asks for the lesser of the natural flow and its figure
HANDS_OFF = "hands_off"


def flows_asked(inputs: xr.Dataset | Unlabelled) -> Floats:
    """Return the flow asked for by (flow requirement, step): of a hands-off flow no more than would pass naturally."""
    asked = inputs["flow_minimum"].values
    is_limited = inputs["flow_requirement_kind"].values == HANDS_OFF
    if not is_limited.any():
        return asked
    links, natural = inputs["link"].values.tolist(), natural_flows(inputs)
    places = [links.index(link) for link in inputs["flow_requirement_link"].values.tolist()]
    return np.where(is_limited[:, None], np.minimum(asked, natural[places]), asked)


def promised_volumes(inputs: xr.Dataset | Unlabelled) -> Floats:
    """Return what each entitlement promises over its season, or what is left of that: of a limit no more than is required, hm3."""
    volume = inputs["entitlement_volume"].values
    claimed = inputs["entitlement_claimed"].values if "entitlement_claimed" in inputs else claimed_volumes(inputs)
    return np.asarray(np.where(inputs["entitlement_measure"].values == "inflow", volume, np.minimum(volume, claimed)))


def claimed_volumes(inputs: xr.Dataset | Unlabelled) -> Floats:
    """Return what the users that count against each entitlement require over its season, hm3."""
    return np.asarray(np.einsum("edt,dt->e", inputs["entitlement_counts"].values, inputs["requirement"].values))


def natural_flows(inputs: xr.Dataset | Unlabelled) -> Floats:
    """Return the water that would enter each river link in each step, by (link, step): with losses and travel times, and nothing else.

    Where a river parts, each part has the same; a place below asks for nothing that depends on it (``scenario.check``).
    """
    of = {name: inputs[name].values for name in ("runoff", "arrival_share", "arrival_past")}
    lost = inputs["loss_fixed"].values if "loss_fixed" in inputs else np.zeros(inputs["loss_fraction"].shape)
    kept, kinds = 1.0 - inputs["loss_fraction"].values, inputs["link_kind"].values
    starts, ends, nodes = (inputs[name].values.tolist() for name in ("link_from", "link_to", "node"))
    rivers, lagged = np.flatnonzero(kinds == "river").tolist(), inputs["lagged_link"].values.tolist()
    names, through, flow = inputs["link"].values.tolist(), dict(zip(nodes, of["runoff"].copy(), strict=True)), np.zeros(kept.shape)
    above: dict[str, list[str]] = {node: [] for node in nodes}
    leaving: dict[str, list[int]] = {node: [] for node in nodes}
    for link in rivers:
        above[ends[link]].append(starts[link])
        leaving[starts[link]].append(link)
    for node in TopologicalSorter(above).static_order():
        for link in leaving[node]:
            flow[link] = through[node] / len(leaving[node])
            left = np.maximum(flow[link] * kept[link] - lost[link], 0.0)
            through[ends[link]] = through[ends[link]] + _arriving(left, kept[link], names[link], lagged, of)
    return flow


class Decided(NamedTuple):
    """Water of before the horizon at each node, by name: how much there is in each step, and where a plan can bring other water."""

    through: dict[str, Floats]  # runoff and what arrives where no body stores, no canal brings and nothing is returned
    reached: dict[str, NDArray[np.bool_]]  # whether water that a plan lets out can be there
    below: dict[str, bool]  # whether anything above is operated
    coming: dict[str, NDArray[np.bool_]]  # whether such water can come to it: as `reached`, but for what a body at the node itself lets out


def decided_flows(inputs: xr.Dataset | Unlabelled) -> Floats:
    """Return the most that can enter each river link in each step where water let out before the horizon decides it, else infinity.

    That is below a reservoir, lake, canal, aquifer or return flow, in steps before any water that the plan lets out of them can be there.
    """
    of, starts = decided_water(inputs), inputs["link_from"].values.tolist()
    most = {start: np.where(of.reached[start], np.inf, of.through[start]) if of.below[start] else np.full(1, np.inf) for start in starts}
    steps = inputs["runoff"].values.shape[1]
    rows = [np.broadcast_to(most[start], steps) for start in starts]
    return np.where((inputs["link_kind"].values == "river")[:, None], np.array(rows).reshape(len(starts), steps), np.inf)


def decided_water(inputs: xr.Dataset | Unlabelled) -> Decided:
    """Follow the water that was let out before the horizon down the rivers."""
    of = {name: inputs[name].values for name in ("runoff", "arrival_share", "arrival_past")}
    lost = inputs["loss_fixed"].values if "loss_fixed" in inputs else np.zeros(inputs["loss_fraction"].shape)
    kept, nodes = 1.0 - inputs["loss_fraction"].values, inputs["node"].values.tolist()
    starts, ends = (inputs[name].values.tolist() for name in ("link_from", "link_to"))
    names, lagged = inputs["link"].values.tolist(), inputs["lagged_link"].values.tolist()
    is_river = inputs["link_kind"].values == "river"
    bodies = set(inputs["reservoir"].values.tolist())
    brought = {ends[link] for link in np.flatnonzero(~is_river)} | set(inputs["return_node"].values[inputs["return_fraction"].values > 0])
    brought |= set(inputs["aquifer_node"].values.tolist())
    coming = {node: np.full(kept.shape[1], node in brought) for node in nodes}
    reached = {node: np.full(kept.shape[1], node in brought or node in bodies) for node in nodes}
    below, through = {node: node in brought or node in bodies for node in nodes}, dict(zip(nodes, of["runoff"].copy(), strict=True))
    leaving: dict[str, list[int]] = {node: [] for node in nodes}
    order = TopologicalSorter({node: [] for node in nodes})
    for link in np.flatnonzero(is_river).tolist():
        leaving[starts[link]].append(link)
        order.add(ends[link], starts[link])
    for node in order.static_order():
        for link in leaving[node]:
            left, end = np.maximum(through[node] * kept[link] - lost[link], 0.0), ends[link]
            through[end] = through[end] + _arriving(left, kept[link], names[link], lagged, of)
            below[end] |= below[node]
            came = _reaching(reached[node], names[link], lagged, of["arrival_share"])
            coming[end], reached[end] = coming[end] | came, reached[end] | came
    return Decided(through, reached, below, coming)


def _reaching(reached: NDArray[np.bool_], name: str, lagged: list[str], share: Floats) -> NDArray[np.bool_]:
    """Tell in which steps water arrives of those in which a plan decides what leaves."""
    if name not in lagged:
        return reached
    own, found = share[lagged.index(name)] > 0, np.zeros(len(reached), dtype=bool)
    for lag in range(own.shape[1]):
        found[lag:] |= (reached & own[:, lag])[: len(found) - lag]
    return found


def _arriving(left: Floats, kept: Floats, name: str, lagged: list[str], of: dict[str, Floats]) -> Floats:
    """Return what arrives at the end of a link of what it has not lost."""
    if name not in lagged:
        return left
    share, arriving = of["arrival_share"][lagged.index(name)], np.asarray(of["arrival_past"][lagged.index(name)] * kept, dtype=float)
    for lag in range(share.shape[1]):
        arriving[lag:] += (left * share[:, lag])[: len(left) - lag]
    return arriving
