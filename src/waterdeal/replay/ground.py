"""Water below the ground, step by step: what comes to each aquifer, what it gives to its river, what wells and drains bring to a node."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats


#: recharge that may still move when a step counts as found, hm3
SETTLED = 1e-11


class Ground:
    """Aquifers of a river, with the wells and drains of a plan."""

    def __init__(self, inputs: xr.Dataset, decisions: xr.Dataset, left_over: Floats) -> None:
        """Read everything once into arrays, and gather what follows from the decisions alone."""
        self.initial = inputs["aquifer_initial"].values.astype(float)
        self.alpha, self.days = inputs["aquifer_alpha"].values.tolist(), inputs["step_length"].values.tolist()
        self.pumped, self.reused = decisions["pumped"].values.astype(float), decisions["reused"].values.astype(float)
        self.aquifers, demands, nodes = (inputs[name].values.tolist() for name in ("aquifer", "demand", "node"))
        shape = (len(self.aquifers), len(self.days))
        self.storage, self.baseflow, self.taken = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.outlet = [nodes.index(name) for name in inputs["aquifer_node"].values.tolist()]
        self.added = np.zeros((len(nodes), shape[1]))
        self.drained = np.zeros((len(demands), shape[1]))
        at = dict(zip(demands, inputs["demand_node"].values.tolist(), strict=True))
        for row, (aquifer, user) in enumerate(
            zip(inputs["well_aquifer"].values.tolist(), inputs["well_demand"].values.tolist(), strict=True)
        ):
            self.taken[self.aquifers.index(aquifer)] += self.pumped[row]
            self.added[nodes.index(at[user])] += self.pumped[row]
        for row, (source, user) in enumerate(zip(inputs["reuse_from"].values.tolist(), inputs["reuse_to"].values.tolist(), strict=True)):
            self.drained[demands.index(source)] += self.reused[row]
            self.added[nodes.index(at[user])] += self.reused[row]
        self.known = inputs["recharge_natural"].values.astype(float).copy()
        self._read_sources(inputs, left_over)
        self.recharge = self.known.copy()

    def _read_sources(self, inputs: xr.Dataset, left_over: Floats) -> None:
        """Sort what percolates: of deliveries it is known at once; of seepage and losses, when they are."""
        self.seeping: list[tuple[int, int, float]] = []
        self.losing: list[tuple[int, int, float]] = []
        places = {dim: inputs[dim].values.tolist() for dim in ("demand", "reservoir", "link")}
        names = ("percolation_kind", "percolation_source", "percolation_aquifer", "percolation_share")
        for kind, source, aquifer, share in zip(*(inputs[name].values.tolist() for name in names), strict=True):
            place, to = places[kind].index(source), self.aquifers.index(aquifer)
            if kind == "demand":
                self.known[to] += share * left_over[place]
            else:
                (self.seeping if kind == "reservoir" else self.losing).append((place, to, share))

    def give(self, step: int) -> Floats:
        """Water that reaches each node from below, at the recharge known so far."""
        reaching = self.added[:, step].copy()
        for row, alpha in enumerate(self.alpha):
            before = float(self.storage[row, step - 1]) if step else float(self.initial[row])
            power, gained = alpha * self.days[step], float(self.recharge[row, step] - self.taken[row, step])
            stays = -math.expm1(-power) / power if power > 0 else 1.0
            self.storage[row, step] = math.exp(-power) * before + stays * gained
            self.baseflow[row, step] = before + gained - self.storage[row, step]
            reaching[self.outlet[row]] += self.baseflow[row, step]
        return reaching

    def gather(self, step: int, seepage: Floats, loss: Floats) -> bool:
        """Take up what seeped and was lost in a step."""
        recharge = self.known[:, step].copy()
        for volumes, sources in ((seepage, self.seeping), (loss, self.losing)):
            for place, to, share in sources:
                recharge[to] += share * volumes[place]
        moved = float(np.abs(recharge - self.recharge[:, step]).max(initial=0.0))
        self.recharge[:, step] = recharge
        return moved <= SETTLED
