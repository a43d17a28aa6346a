"""Water below the ground, step by step: what comes to each aquifer, what it gives to its river, what wells and drains bring to a node."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.replay.network import numbers

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

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
        sizes = inputs.sizes
        shape = (sizes["aquifer"], len(self.days))
        self.storage, self.baseflow, self.taken = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.outlet = numbers(inputs, "aquifer_node", "node")
        self.added, self.drained = np.zeros((sizes["node"], shape[1])), np.zeros((sizes["demand"], shape[1]))
        at = numbers(inputs, "demand_node", "node")
        np.add.at(self.taken, numbers(inputs, "well_aquifer", "aquifer"), self.pumped)
        np.add.at(self.drained, numbers(inputs, "reuse_from", "demand"), self.reused)
        np.add.at(self.added, at[numbers(inputs, "well_demand", "demand")], self.pumped)
        np.add.at(self.added, at[numbers(inputs, "reuse_to", "demand")], self.reused)
        #: of deliveries, of seepage and of losses: from where, to which aquifer, and the share that percolates
        self.sources = {kind: _sources(inputs, kind) for kind in ("demand", "reservoir", "link")}
        self.known = inputs["recharge_natural"].values.astype(float).copy()
        users, to, share = self.sources["demand"]
        np.add.at(self.known, to, share[:, None] * left_over[users])
        self.recharge = self.known.copy()

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
        for volumes, kind in ((seepage, "reservoir"), (loss, "link")):
            places, to, share = self.sources[kind]
            np.add.at(recharge, to, share * volumes[places])
        moved = float(np.abs(recharge - self.recharge[:, step]).max(initial=0.0))
        self.recharge[:, step] = recharge
        return moved <= SETTLED


def _sources(inputs: xr.Dataset, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where the water of a kind percolates from, to which aquifer, and what share of it."""
    rows = inputs.isel(percolation=np.flatnonzero(inputs["percolation_kind"].values == kind))
    places = numbers(rows, "percolation_source", kind), numbers(rows, "percolation_aquifer", "aquifer")
    return *places, rows["percolation_share"].values
