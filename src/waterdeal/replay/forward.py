"""Run a plan forward in time: step by step, node by node, each drop followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.replay.fields import Fields
from waterdeal.replay.ground import Ground
from waterdeal.replay.network import decided_links, numbers, places_in_order
from waterdeal.replay.water_body import read_curves, settle
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.replay.network import Place
    from waterdeal.types import Floats


def arriving(set_out: Floats, shares: Floats, step: int, first: int = 0) -> Floats:
    """Volume that arrives in a step."""
    earlier = np.arange(max(0, step - shares.shape[-1] + 1), step + 1 - first)
    return np.asarray(np.einsum("...s,...s->...", set_out[..., earlier], shares[..., earlier, step - earlier]))


def arriving_by_step(set_out: Floats, shares: Floats) -> Floats:
    """Volume that arrives in every step, hm3 by (..., step)."""
    return np.stack([arriving(set_out, shares, step) for step in range(set_out.shape[-1])], axis=-1)


#: rounds of a step after which river and aquifers should have settled
MOST_ROUNDS = 500


class Simulation:
    """A river, the decisions of a plan, and what follows from them."""

    def __init__(self, inputs: xr.Dataset, decisions: xr.Dataset) -> None:
        """Read everything once into arrays."""
        self.inputs = inputs
        self.places, self.curves = places_in_order(inputs), read_curves(inputs)
        self.steps = inputs.sizes["time"]
        self.planned, self.delivery = decisions.variables["flow"].values.astype(float), decisions.variables["delivery"].values.astype(float)
        self.flow = np.zeros_like(self.planned)
        self.known = decided = decided_links(inputs)
        self.flow[decided] = self.planned[decided]
        self.arrival, self.entered = np.zeros_like(self.flow), np.zeros_like(self.flow)
        bodies, nodes = inputs.sizes["reservoir"], inputs.sizes["node"]
        self.storage, self.evaporation, self.seepage = (np.zeros((bodies, self.steps)) for _ in range(3))
        self.reaching, self.missing, self.surplus = (np.zeros((nodes, self.steps)) for _ in range(3))
        self.fields = Fields(inputs, decisions)
        self.left_over = self.delivery - self.fields.consumption
        self.ground, self.rising = Ground(inputs, decisions, self.left_over), np.zeros((nodes, self.steps))
        self.return_flow, self.returned = self._returns()
        #: what every step needs
        self.lagged = {str(name): row for row, name in enumerate(inputs.variables["lagged_link"].values)}
        self.links = inputs.variables["link"].values.tolist()
        self.runoff, self.lost = inputs.variables["runoff"].values, inputs.variables["loss_fraction"].values
        self.fixed = inputs.variables["loss_fixed"].values if "loss_fixed" in inputs else np.zeros_like(self.planned)
        self.share, self.past = inputs.variables["arrival_share"].values, inputs.variables["arrival_past"].values
        self.depth, self.initial = inputs.variables["evaporation_depth"].values, inputs.variables["storage_initial"].values
        self.seeping = inputs.variables["seepage_share"].values if "seepage_share" in inputs else np.zeros_like(self.depth)

    def _returns(self) -> tuple[Floats, Floats]:
        """Return flow of each demand by step, and what of it reaches each node."""
        inputs = self.inputs
        self.leaving = leaving = self.left_over * inputs.variables["return_fraction"].values[:, None] - self.ground.drained
        came = inputs.variables["return_past"].values + arriving_by_step(leaving, inputs.variables["return_share"].values)
        returned = np.zeros((inputs.sizes["node"], self.steps))
        np.add.at(returned, numbers(inputs, "return_node", "node"), came[inputs.variables["return_node"].values != ""])
        return came, returned

    def run(self) -> Simulation:
        """Run all steps; returns itself.

        What seeps and is lost in a step feeds aquifers whose baseflow may come out above: a step is run until nothing moves.
        """
        for step in range(self.steps):
            for _ in range(MOST_ROUNDS):
                self.rising[:, step] = self.ground.give(step)
                for link in self.known:  # canals may lead back to a place that is passed before
                    self._carry(link, step)
                for place in self.places:
                    self._pass(place, step)
                if self._settled(step):
                    break
            else:
                raise ValueError(say("solving.endless_exchange", step=step + 1))
        return self

    def _settled(self, step: int) -> bool:
        """Whether another round of a step would change nothing."""
        return self.ground.gather(step, self.seepage[:, step], self.entered[:, step] - self.arrival[:, step])

    def _pass(self, place: Place, step: int) -> None:
        """Let the water of a step through a node, and on to where its links end."""
        gained = self.runoff[place.node, step] + self.returned[place.node, step] + self.rising[place.node, step]
        reaching = float(gained + sum(self.arrival[place.reaching, step].tolist()))
        self.reaching[place.node, step] = reaching
        self._decide(place, step, reaching)
        if place.kind == "outlet":
            return
        left = reaching - sum(self.delivery[place.demands, step].tolist()) - sum(self.flow[place.decided, step].tolist())
        if place.body is None:
            self._send_on(place, step, left)
        else:
            self._store(place.body, step, left)
        for link in (*place.decided, *place.following):
            self._carry(link, step)

    def _decide(self, place: Place, step: int, reaching: float) -> None:
        """Decide what is taken and let out at a node; of a plan all that is decided."""

    def _send_on(self, place: Place, step: int, left: float) -> None:
        """Give what is left to the links that follow, as the plan splits it; what is missing or has nowhere to go is written down."""
        self.missing[place.node, step] = max(0.0, -left)
        self.surplus[place.node, step] = 0.0 if place.following else max(left, 0.0)
        if place.following:
            planned = self.planned[place.following, step]
            total = planned.sum()
            split = planned / total if total > 0 else np.full(len(planned), 1 / len(planned))
            self.flow[place.following, step] = max(left, 0.0) * split

    def _store(self, body: int, step: int, gained: float) -> None:
        """Settle the storage of a body."""
        before, at = float(self.storage[body, step - 1] if step else self.initial[body]), (body, step)
        found = settle(before, gained, float(self.depth[at]), float(self.seeping[at]), self.curves[body])
        self.storage[at], self.evaporation[at], self.seepage[at] = found

    def _carry(self, link: int, step: int) -> None:
        """Bring to the lower end of a link what arrives there in the step."""
        kept = 1 - self.lost[link, : step + 1]
        row = self.lagged.get(self.links[link])
        if row is None:
            self.entered[link, step] = self.flow[link, step]
            self.arrival[link, step] = max(self.flow[link, step] * kept[step] - self.fixed[link, step], 0.0)
            return
        set_out, share, past = self.flow[link, : step + 1], self.share[row], self.past[row, step]
        self.entered[link, step] = arriving(set_out, share, step) + past
        going_on = np.maximum(set_out * kept - self.fixed[link, : step + 1], 0.0)
        self.arrival[link, step] = arriving(going_on, share, step) + past * kept[step]
