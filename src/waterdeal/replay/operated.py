"""Run a river as it was run: releases, storages or flows as measured, and users who take what they want of what flows by.

Nothing is planned. At each place and step towns are served first, then all others alike; where a flow or a storage was measured, what the
river lacks or has beyond it is written down as its closure. A reservoir of which nothing is known keeps its storage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from waterdeal.replay.forward import Simulation
from waterdeal.replay.network import numbers
from waterdeal.replay.water_body import Settled
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    from waterdeal.replay.network import Place
    from waterdeal.types import Floats

#: volumes below this are none, hm3
DUST = 1e-9


class Given(NamedTuple):
    """What is known of a river; NaN where it is not."""

    flow: Floats  # water that enters a link, hm3 by (link, step)
    storage: Floats  # storage at the end, hm3 by (reservoir, step)
    wanted: Floats  # what users take where it is there, hm3 by (demand, step)


class Operated(Simulation):
    """A river, what is known of it, and what follows."""

    def __init__(self, inputs: xr.Dataset, given: Given) -> None:
        """Read everything once into arrays; nothing is decided yet."""
        known = vocabulary()
        sizes = inputs.sizes
        none = {name: (known[name].dims, np.zeros([sizes[dim] for dim in known[name].dims])) for name in having("decision")}
        super().__init__(inputs, xr.Dataset(none))
        self.given = given
        #: what was measured less what the river brings, hm3: by (link, step) where a flow, by (reservoir, step) where a storage is known
        self.link_closure, self.body_closure = np.full(given.flow.shape, np.nan), np.full(given.storage.shape, np.nan)
        self._share, self._fraction = inputs["return_share"].values, inputs["return_fraction"].values
        self._return_to = np.full(sizes["demand"], -1)
        self._return_to[inputs["return_node"].values != ""] = numbers(inputs, "return_node", "node")
        self._towns = inputs["demand_kind"].values == "municipal"
        self._canal, self._spillway = (inputs["link_kind"].values == kind for kind in ("canal", "spillway"))
        self._most = inputs["flow_max"].values
        self._need = self._needs()
        self._moved = 0.0
        order = {place.node: number for number, place in enumerate(self.places)}
        starts, ends = (numbers(inputs, f"link_{side}", "node").tolist() for side in ("from", "to"))
        #: canals that lead back to a place that is passed before, and canals that go on to a river
        self._circular = any(order[end] <= order[start] for start, end in zip(starts, ends, strict=True))
        self._goes_on = self._canal & (inputs["node_kind"].values[ends] != "canal")

    def _needs(self) -> Floats:
        """What is wanted below each link by users at its end and behind the canals there, hm3 by (link, step)."""
        need, wanted = np.zeros_like(self.flow), np.zeros((self.inputs.sizes["node"], self.steps))
        users = self.inputs["demand_node"].values.tolist()
        nodes = self.inputs["node"].values.tolist()
        np.add.at(wanted, [nodes.index(user) for user in users], self.given.wanted)
        for place in reversed(self.places):
            canals = [link for link in place.reaching if self._canal[link]]
            for link in place.reaching:
                most = self._most[link] if self._canal[link] else np.inf
                need[link] = np.minimum(wanted[place.node] / max(len(canals), 1) / (1 - self.lost[link]), most)
                start = nodes.index(str(self.inputs["link_from"].values[link]))
                wanted[start] += need[link] if self._canal[link] else 0.0
        return need

    def _decide(self, place: Place, step: int, reaching: float) -> None:
        """Share what reaches a node, and let out of a body what is measured or what keeps its storage."""
        if place.kind == "outlet":
            return
        self._share_out(place, step, reaching)
        if place.body is not None:
            self._release(place, step, reaching)

    def _share_out(self, place: Place, step: int, reaching: float) -> None:
        """Serve towns, then all other users and canals alike, of what there is; the end of a canal takes all that comes."""
        canals = [link for link in place.decided if self._canal[link]]
        fixed = [link for link in canals if np.isfinite(self.given.flow[link, step])]
        open_ = [link for link in canals if link not in fixed]
        before = self.flow[open_, step].copy()
        self.flow[open_, step], self.flow[fixed, step] = 0.0, self.given.flow[fixed, step]
        held = 0.0 if place.body is None else self._before(place.body, step)
        left = max(reaching + held - float(self.flow[fixed, step].sum()), 0.0)
        taken = np.zeros(len(place.demands))
        ends = place.kind == "canal" and not (place.decided or place.following)
        for towns in (True, False):
            own = self._towns[place.demands] == towns
            wants, heads = self.given.wanted[place.demands, step] * own, self._need[open_, step] * (not towns)
            total = float(wants.sum() + heads.sum())
            if total > 0:
                met = left / total if ends and not towns else min(1.0, left / total)
                taken, left = taken + wants * met, left - total * met
                self.flow[open_, step] = heads * met
        onward = [link for link in open_ if self._goes_on[link]]
        if onward and place.body is None and not place.following:  # a canal that leads the river on takes what nobody wants
            self.flow[onward, step] += left / len(onward)
        self._moved = max(self._moved, float(np.abs(self.flow[open_, step] - before).max(initial=0.0)) * self._circular)
        self._take(place, step, taken)

    def _take(self, place: Place, step: int, taken: Floats) -> None:
        """Book deliveries and the return flows that follow."""
        for demand, volume in zip(place.demands, taken.tolist(), strict=True):
            change = volume - float(self.delivery[demand, step])
            self._moved = max(self._moved, abs(change))
            self.delivery[demand, step] = self.left_over[demand, step] = volume
            self.leaving[demand, step] += change * self._fraction[demand]
            lags = min(self._share.shape[2], self.steps - step)
            coming = change * self._fraction[demand] * self._share[demand, step, :lags]
            self.return_flow[demand, step : step + lags] += coming
            if self._return_to[demand] >= 0:
                self.returned[self._return_to[demand], step : step + lags] += coming

    def _settled(self, step: int) -> bool:
        """Whether another round would change neither users nor aquifers."""
        moved, self._moved = self._moved, 0.0
        now = bool(self._fraction @ self._share[:, step, 0] > 0)
        return super()._settled(step) and (moved <= DUST or not (now or self._circular))

    def _before(self, body: int, step: int) -> float:
        """Storage of a body at the start of a step."""
        return float(self.storage[body, step - 1] if step else self.initial[body])

    def _lost(self, body: int, step: int, after: float) -> Settled:
        """What a body loses on the way from its storage to another."""
        mean, curve = (self._before(body, step) + after) / 2, self.curves[body]
        area = float(curve.area_at(mean)) if curve is not None else 0.0
        return Settled(after, float(self.depth[body, step]) * area, float(self.seeping[body, step]) * mean)

    def _release(self, place: Place, step: int, reaching: float) -> None:
        """Let out of a body what was measured; else what its storage asks for, through its first river."""
        body = int(place.body or 0)
        rivers = [link for link in place.decided if not self._canal[link]]
        known = [link for link in rivers if np.isfinite(self.given.flow[link, step])]
        free = [link for link in rivers if link not in known and not self._spillway[link]]
        self.flow[known, step], self.flow[free, step] = self.given.flow[known, step], 0.0
        if not free or not self._spillway[known].all():
            return
        wanted = self.given.storage[body, step]
        lost = self._lost(body, step, float(wanted) if np.isfinite(wanted) else self._before(body, step))
        users = [link for link in place.decided if link not in free]
        out = float(self.delivery[place.demands, step].sum() + self.flow[users, step].sum())
        change = lost.storage - self._before(body, step)
        self.flow[free[0], step] = max(reaching - out - change - lost.evaporation - lost.seepage, 0.0)

    def _store(self, body: int, step: int, gained: float) -> None:
        """Settle the storage of a body; where it was measured as well as what left it, the closure makes up the difference."""
        target = self.given.storage[body, step]
        super()._store(body, step, gained)
        if np.isfinite(target):
            lost = self._lost(body, step, float(target))
            self.body_closure[body, step] = target - self._before(body, step) + lost.evaporation + lost.seepage - gained
            self.storage[body, step], self.evaporation[body, step], self.seepage[body, step] = lost

    def _send_on(self, place: Place, step: int, left: float) -> None:
        """Give what is left to the links that follow: what was measured where it was, else by what is wanted below, then evenly."""
        self.missing[place.node, step] = max(0.0, -left)
        self.surplus[place.node, step] = 0.0 if place.following else max(left, 0.0)
        known = [link for link in place.following if np.isfinite(self.given.flow[link, step])]
        free = [link for link in place.following if link not in known]
        self.flow[known, step] = self.given.flow[known, step]
        rest = left - float(self.flow[known, step].sum())
        if known and (not free or rest < 0):
            self.link_closure[known, step] = -rest / len(known)
        elif known:
            self.link_closure[known, step] = 0.0
        if free:
            self.flow[free, step] = split(max(rest, 0.0), self._need[free, step], self._most[free, step])


def split(volume: float, need: Floats, most: Floats) -> Floats:
    """Split water among links: to each what is wanted below, the rest evenly as far as each can carry it, and beyond that evenly."""
    flow = np.minimum(need, most)
    flow *= min(1.0, volume / max(float(flow.sum()), DUST))
    left = volume - float(flow.sum())
    for _ in flow:
        room = most - flow
        if left <= DUST or not (room > DUST).any():
            break
        more = np.minimum(left / (room > DUST).sum(), np.maximum(room, 0.0))
        flow, left = flow + more, left - float(more.sum())
    return np.asarray(flow + max(left, 0.0) / len(flow))
