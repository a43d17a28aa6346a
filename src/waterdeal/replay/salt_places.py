"""Where salt can be, and by which water it gets there: the arrays a replay of salt starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.replay.forward import Simulation

    Floats = NDArray[np.float64]

#: share of a delivery below which nothing of it drains
NONE = 1e-12


class SaltPlaces:
    """Nodes, links, demands, bodies and aquifers of a simulated river, as arrays.

    Parameters
    ----------
    done : Simulation
        The river with all its water, run.
    """

    def __init__(self, done: Simulation) -> None:
        """Read everything once."""
        self.done = done
        inputs = done.inputs
        self.nodes = inputs["node"].values.tolist()
        self.is_outlet = inputs["node_kind"].values == "outlet"
        self.runoff_salt = np.maximum(done.runoff, 0.0) * inputs["salt_runoff"].values[:, None]
        self.body_node = self._numbers(inputs["reservoir"].values)
        self.start_body = inputs["salt_start_body"].values
        self._read_links(inputs)
        self._read_demands(inputs)
        self._read_aquifers(inputs)

    def _numbers(self, names: NDArray[np.str_]) -> NDArray[np.int64]:
        """Numbers of nodes."""
        return np.array([self.nodes.index(name) for name in names.tolist()], dtype=np.int64)

    def _read_links(self, inputs: xr.Dataset) -> None:
        """Links: ends, what is kept, delays, water of before."""
        links, steps = inputs["link"].values.tolist(), self.done.steps
        self.link_from, self.link_to = self._numbers(inputs["link_from"].values), self._numbers(inputs["link_to"].values)
        self.kept = 1 - np.asarray(self.done.lost)
        self.rows = [links.index(name) for name in inputs["lagged_link"].values.tolist()]
        self.lag_now = np.ones((len(links), steps))
        self.lag_share = inputs["arrival_share"].values
        self.lag_now[self.rows] = self.lag_share[:, :, 0]
        self.start_link = inputs["salt_start_link"].values
        past, self.transit = np.zeros((len(links), steps)), np.zeros(len(links))
        past[self.rows], self.transit[self.rows] = inputs["arrival_past"].values, inputs["transit_initial"].values
        self.link_past = past * self.kept * self.start_link[:, None]
        self.link_past_lost = past * (1 - self.kept) * self.start_link[:, None]

    def _read_demands(self, inputs: xr.Dataset) -> None:
        """Demands: where they take water, what share drains or comes back, where and when."""
        nodes = inputs["return_node"].values.tolist()
        self.user_node = self._numbers(inputs["demand_node"].values)
        self.fraction, self.added = inputs["return_fraction"].values, inputs["salt_added"].values
        self.comes_back = np.array([bool(node) for node in nodes], dtype=bool)
        self.return_to = np.array([self.nodes.index(node) if node else 0 for node in nodes], dtype=np.int64)
        self.back_share = inputs["return_share"].values
        self.share_now = self.back_share[:, :, 0]
        self.return_past = inputs["return_past"].values * inputs["salt_start_demand"].values[:, None]
        kinds, demands = inputs["percolation_kind"].values.tolist(), inputs["demand"].values.tolist()
        aquifers = inputs["aquifer"].values.tolist()
        rows = zip(kinds, *(inputs[f"percolation_{name}"].values.tolist() for name in ("source", "aquifer", "share")), strict=True)
        self.from_demand = [(demands.index(source), aquifers.index(to), share) for kind, source, to, share in rows if kind == "demand"]
        self.share = self.fraction.astype(float).copy()
        for user, _, share in self.from_demand:
            self.share[user] += share
        self.wells = [(aquifers.index(a), demands.index(d)) for a, d in self._pairs(inputs, "well_aquifer", "well_demand")]
        self.reuses = [(demands.index(a), demands.index(d)) for a, d in self._pairs(inputs, "reuse_from", "reuse_to")]

    def _pairs(self, inputs: xr.Dataset, first: str, second: str) -> list[tuple[str, str]]:
        """Labels of two variables side by side."""
        return list(zip(inputs[first].values.tolist(), inputs[second].values.tolist(), strict=True))

    def _read_aquifers(self, inputs: xr.Dataset) -> None:
        """Aquifers: start, natural recharge, outlet; what seeps and is lost elsewhere than to them."""
        self.start_aquifer, self.natural = inputs["salt_start_aquifer"].values, inputs["recharge_natural"].values
        self.aquifer_node = self._numbers(inputs["aquifer_node"].values)
        self.seeping_away, self.losing_away = np.ones(inputs.sizes["reservoir"]), np.ones(inputs.sizes["link"])
        for away, sources in ((self.seeping_away, self.done.ground.seeping), (self.losing_away, self.done.ground.losing)):
            for place, _, share in sources:
                away[place] -= share

    def mixing(self, step: int) -> Floats:
        """Water that mixes at each node: all that reaches it but what wells and drains bring, with what is stored, less what evaporates."""
        done = self.done
        water = done.reaching[:, step] - done.ground.added[:, step]
        before = done.storage[:, step - 1] if step else done.initial
        water[self.body_node] += before - done.evaporation[:, step]
        return np.asarray(water)

    def link_earlier(self, step: int, entering: Floats, part: Floats) -> Floats:
        """Salt of earlier steps of which a part arrives, or is lost, in a step, by link."""
        salt = np.zeros(len(entering))
        for lag in range(1, min(self.lag_share.shape[2], step + 1)):
            left = step - lag
            salt[self.rows] += self.lag_share[:, left, lag] * (part * entering)[self.rows, left]
        return salt

    def return_earlier(self, step: int, leaving: Floats) -> Floats:
        """Salt of return flows of earlier steps that reaches the river in a step, by demand."""
        salt = np.zeros(len(leaving))
        for lag in range(1, min(self.back_share.shape[2], step + 1)):
            salt += self.back_share[:, step - lag, lag] * leaving[:, step - lag]
        return salt

    def direct(self, step: int) -> Floats:
        """Water that each demand takes from its node, without what wells and drains bring."""
        taken = self.done.delivery[:, step].copy()
        for volumes, pairs in ((self.done.ground.pumped, self.wells), (self.done.ground.reused, self.reuses)):
            for row, (_, user) in enumerate(pairs):
                taken[user] -= volumes[row, step]
        return np.asarray(taken)

    def delivered_salt(self, step: int, node: Floats, drain: Floats, aquifer: Floats) -> Floats:
        """Salt that each demand gets from its node, wells and drains, kt."""
        salt = self.direct(step) * node[self.user_node]
        for row, (source, user) in enumerate(self.wells):
            salt[user] += self.done.ground.pumped[row, step] * aquifer[source]
        for row, (source, user) in enumerate(self.reuses):
            salt[user] += self.done.ground.reused[row, step] * (drain[source] + self.added[source])
        return np.asarray(salt)

    def drain_rows(self, step: int, left: Floats, right: Floats) -> None:
        """Write the balance of each demand: all the salt it gets is in the share of its water that drains.

        A demand that gets nothing is written as if it got one hm3 from its node, so that its drains have a concentration all the same.
        """
        count, drains, ground = len(self.nodes), len(self.share), self.done.ground
        given, direct = self.done.delivery[:, step], self.direct(step)
        idle = given <= NONE
        rows = count + np.arange(drains)
        left_over = self.done.left_over[:, step]
        dries = (self.share <= NONE) | (~idle & (self.share * left_over <= NONE))
        left[rows, rows] = np.where(dries, 1.0, self.share * np.where(idle, 1.0, left_over))
        np.add.at(left, (rows, self.user_node), -np.where(dries, 0.0, np.where(idle, 1.0, direct)))
        for row, (source, user) in enumerate(self.wells):
            if not (dries[user] or idle[user]):
                left[count + user, count + drains + source] -= ground.pumped[row, step]
        for row, (source, user) in enumerate(self.reuses):
            if not (dries[user] or idle[user]):
                left[count + user, count + source] -= ground.reused[row, step]
                right[count + user] += ground.reused[row, step] * self.added[source]
