"""Salt in a replayed river: it goes where the water goes, stays behind where water evaporates or is consumed, and is never made or lost.

All waters that meet at a node in a step mix, and what leaves it is the mixture; so do a reservoir with what it held, and an aquifer with
what it held. The water is known by then, so that the concentrations of a step solve linear equations, circles within the step and all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.replay.forward import arriving

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.replay.forward import Simulation
    from waterdeal.types import Floats

#: share of a delivery below which nothing of it drains
NONE = 1e-12


class SaltPlaces:
    """Nodes, links, demands, bodies and aquifers of a simulated river, as arrays."""

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
        salt[self.rows] = arriving(part[self.rows] * entering[self.rows], self.lag_share, step, first=1)
        return salt

    def return_earlier(self, step: int, leaving: Floats) -> Floats:
        """Salt of return flows of earlier steps that reaches the river in a step, by demand."""
        return arriving(leaving, self.back_share, step, first=1)

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


#: water below which a place counts as dry, hm3
DRY = 1e-9


class Salt:
    """Concentrations that follow from a simulated river."""

    def __init__(self, done: Simulation) -> None:
        """Lay out what is followed."""
        self.done, self.at = done, SaltPlaces(done)
        inputs, steps = done.inputs, done.steps
        links, demands, bodies, nodes, aquifers = (inputs.sizes[f"salt_{dim}"] for dim in ("link", "demand", "body", "node", "aquifer"))
        self.node, self.drain, self.aquifer = (np.zeros((count, steps)) for count in (nodes, demands, aquifers))
        self.entering, self.arrived, self.lost = (np.zeros((links, steps)) for _ in range(3))
        self.leaving, self.returned, self.delivered = (np.zeros((demands, steps)) for _ in range(3))
        self.stored, self.below = np.zeros((bodies, steps)), np.zeros((aquifers, steps))
        self.mixed = np.zeros((nodes, steps))
        self.account = dict.fromkeys(inputs["salt_account"].values.tolist(), 0.0)

    def run(self) -> Salt:
        """Follow the salt through all steps; returns itself."""
        for step in range(self.done.steps):
            self._solve(step)
        self._close()
        return self

    def _solve(self, step: int) -> None:
        """Find the concentrations of a step, and book the salt that moves."""
        done, at = self.done, self.at
        waters = at.mixing(step)
        left, right = self._equations(step, waters)
        try:
            found = np.asarray(np.linalg.solve(left, right), dtype=np.float64)
        except np.linalg.LinAlgError as error:
            message = f"salt runs in a circle that no water leaves, in step {step + 1}"
            raise ValueError(message) from error
        count, drains = len(at.nodes), len(at.share)
        node, drain, aquifer = found[:count], found[count : count + drains], found[count + drains :]
        self.node[:, step] = np.where(waters > DRY, node, np.nan)
        self.drain[:, step], self.aquifer[:, step], self.mixed[:, step] = drain, aquifer, waters
        self._book_links(step, node)
        self._book_demands(step, node, drain, aquifer)
        bodies = at.body_node
        dried = waters[bodies] <= DRY
        carried = self._held(step) + self._brought(step)[bodies]
        self.stored[:, step] = np.where(dried, carried, done.storage[:, step] * node[bodies])
        self.below[:, step] = done.ground.storage[:, step] * aquifer
        outlets, runoff = at.is_outlet, at.runoff_salt[:, step]
        self._add("left_basin", float((waters * node)[outlets].sum()))
        self._add("runoff", float(runoff.sum()))
        self._add("recharge", float((at.natural[:, step] * at.start_aquifer).sum()))
        self._add("lost", float((done.surplus[:, step] * node).sum() + (done.seepage[:, step] * at.seeping_away * node[bodies]).sum()))
        dry_salt = self._brought(step) * (waters <= DRY)
        dry_salt[bodies] = 0.0
        self._add("lost", float(dry_salt.sum()))

    def _held(self, step: int) -> Floats:
        """Salt in each body at the start of a step."""
        return np.asarray(self.stored[:, step - 1] if step else self.at.start_body * self.done.initial)

    def _held_below(self, step: int) -> Floats:
        """Salt in each aquifer at the start of a step."""
        return np.asarray(self.below[:, step - 1] if step else self.at.start_aquifer * self.done.ground.initial)

    def _brought(self, step: int) -> Floats:
        """Salt that comes to each node whatever the concentrations of the step: of runoff, and of what set out before."""
        at = self.at
        salt: Floats = at.runoff_salt[:, step].copy()
        np.add.at(salt, at.link_to, at.link_earlier(step, self.entering, at.kept) + at.link_past[:, step])
        returns = (
            at.return_earlier(step, self.leaving) + at.return_past[:, step] + at.share_now[:, step] * self.done.leaving[:, step] * at.added
        )
        np.add.at(salt, at.return_to[at.comes_back], returns[at.comes_back])
        return salt

    def _equations(self, step: int, waters: Floats) -> tuple[Floats, Floats]:
        """Write the balance of salt of every node, demand and aquifer: water x concentration = what comes in."""
        done, at = self.done, self.at
        count, drains, size = len(at.nodes), len(at.share), len(at.nodes) + len(at.share) + len(at.start_aquifer)
        left, right = np.zeros((size, size)), np.zeros(size)
        wet = np.append(waters > DRY, np.ones(size - count, dtype=bool))
        np.fill_diagonal(left, np.append(np.where(waters > DRY, waters, 1.0), np.ones(size - count)))
        right[:count] = self._brought(step)
        right[at.body_node] += self._held(step)
        now = at.lag_now[:, step] * at.kept[:, step] * done.flow[:, step]
        np.add.at(left, (at.link_to, at.link_from), -now)
        back = np.flatnonzero(at.comes_back)
        np.add.at(left, (at.return_to[back], count + back), -(at.share_now * done.leaving)[back, step])
        np.add.at(left, (at.aquifer_node, count + drains + np.arange(len(at.start_aquifer))), -done.ground.baseflow[:, step])
        left[:count][~wet[:count]] = np.eye(size)[:count][~wet[:count]]
        right[:count][~wet[:count]] = 0.0
        at.drain_rows(step, left, right)
        self._aquifer_rows(step, left, right)
        return left, right

    def _aquifer_rows(self, step: int, left: Floats, right: Floats) -> None:
        """Write the balance of each aquifer: what it held, natural recharge, and what percolates."""
        done, at = self.done, self.at
        first, count = len(at.nodes) + len(at.share), len(at.nodes)
        held, ground = self._held_below(step), done.ground
        rows = first + np.arange(len(held))
        before = ground.storage[:, step - 1] if step else ground.initial
        water = before + ground.recharge[:, step]
        left[rows, rows] = np.where(water > DRY, water, 1.0)
        right[rows] = held + at.natural[:, step] * at.start_aquifer
        for user, to, share in at.from_demand:
            left[first + to, count + user] -= share * done.left_over[user, step]
        for body, to, share in ground.seeping:
            left[first + to, at.body_node[body]] -= share * done.seepage[body, step]
        earlier = at.link_earlier(step, self.entering, 1 - at.kept) + at.link_past_lost[:, step]
        now = at.lag_now[:, step] * (1 - at.kept[:, step]) * done.flow[:, step]
        for link, to, share in ground.losing:
            left[first + to, at.link_from[link]] -= share * now[link]
            right[first + to] += share * earlier[link]
        dry = rows[water <= DRY]
        left[dry], right[dry] = np.eye(len(left))[dry], 0.0

    def _book_links(self, step: int, node: Floats) -> None:
        """Book the salt that enters, leaves and is lost with the water of links."""
        at, flow = self.at, self.done.flow[:, step]
        self.entering[:, step] = flow * node[at.link_from]
        now = at.lag_now[:, step] * self.entering[:, step]
        self.arrived[:, step] = at.link_earlier(step, self.entering, at.kept) + at.link_past[:, step] + now * at.kept[:, step]
        self.lost[:, step] = at.link_earlier(step, self.entering, 1 - at.kept) + at.link_past_lost[:, step] + now * (1 - at.kept[:, step])
        self._add("lost", float((self.lost[:, step] * at.losing_away).sum()))

    def _book_demands(self, step: int, node: Floats, drain: Floats, aquifer: Floats) -> None:
        """Book the salt that demands get, and what of it drains; what does not, stays in their soil and works."""
        done, at = self.done, self.at
        self.delivered[:, step] = at.delivered_salt(step, node, drain, aquifer)
        drains = at.share * done.left_over[:, step] * drain
        self._add("kept_by_users", float((self.delivered[:, step] - drains).sum()))
        self._add("picked_up", float((at.fraction * done.left_over[:, step] * at.added).sum()))
        self.leaving[:, step] = done.leaving[:, step] * (drain + at.added)
        came = at.return_earlier(step, self.leaving) + at.share_now[:, step] * self.leaving[:, step]
        self.returned[:, step] = came + at.return_past[:, step]

    def _add(self, name: str, salt: float) -> None:
        """Add to a line of the account."""
        self.account[name] += salt

    def _close(self) -> None:
        """Close the account: salt at the start, and where it is at the end."""
        done, at = self.done, self.at
        transit, past = float((at.transit * at.start_link).sum()), float(at.return_past.sum())
        start = float((at.start_body * done.initial).sum() + (at.start_aquifer * done.ground.initial).sum())
        self.account["start"] = start + transit + past
        on_way = transit + float(self.entering.sum() - self.arrived.sum() - self.lost.sum())
        coming = past + float(self.leaving.sum() - self.returned.sum())
        self.account["end"] = float(self.stored[:, -1].sum() + self.below[:, -1].sum()) + on_way + coming


def salt_quantities(done: Simulation) -> dict[str, Any]:
    """Follow the salt of a simulated river."""
    inputs = done.inputs
    if not inputs.sizes["salt_account"]:
        return {}
    salt = Salt(done).run()
    at = salt.at
    limited = [at.link_from[done.links.index(name)] for name in inputs["salt_limit_link"].values.tolist()]
    limits = inputs["salt_limit_value"].values[:, None]
    held = (inputs["salt_limit_season"].values > 0) & (salt.mixed[limited] > DRY)
    above = np.where(held, np.maximum(np.nan_to_num(salt.node[limited]) - limits, 0.0), 0.0)
    told = (at.fraction > 0)[:, None] & ((done.delivery > DRY) | np.isfinite(salt.node[at.user_node]))
    potential = np.where(told, salt.drain + at.added[:, None], np.nan)
    return {
        "salinity": (("salt_link", "time"), _over(salt.entering, done.flow)),
        "salt_load": (("salt_link", "time"), salt.entering),
        "salt_arrival": (("salt_link", "time"), salt.arrived),
        "salinity_node": (("salt_node", "time"), salt.node),
        "salinity_stored": (("salt_body", "time"), _over(salt.stored, done.storage)),
        "salinity_delivered": (("salt_demand", "time"), _over(salt.delivered, done.delivery)),
        "salinity_returned": (("salt_demand", "time"), potential),
        "salt_returned": (("salt_demand", "time"), salt.returned),
        "salinity_ground": (("salt_aquifer", "time"), salt.aquifer),
        "salt_excess": (("salt_limit", "time"), salt.mixed[limited] * above / limits),
        "salt_above": (("salt_limit", "time"), above),
        "salt_total": ("salt_account", np.array(list(salt.account.values()))),
    }


def _over(salt: Floats, water: Floats) -> Floats:
    """Concentration; blank where there is no water."""
    return np.asarray(np.divide(salt, water, out=np.full(salt.shape, np.nan), where=water > DRY))
