"""Salt in a replayed river: it goes where the water goes, stays behind where water evaporates or is consumed, and is never made or lost.

All waters that meet at a node in a step mix, and what leaves it is the mixture; so do a reservoir with what it held, and an aquifer with
what it held. The water is known by then, so that the concentrations of a step solve linear equations, circles within the step and all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.replay.forward import arriving
from waterdeal.replay.network import numbers

if TYPE_CHECKING:
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
        self.is_outlet = inputs["node_kind"].values == "outlet"
        self.runoff_salt = np.maximum(done.runoff, 0.0) * inputs["salt_runoff"].values[:, None]
        self.body_node, self.aquifer_node = numbers(inputs, "reservoir", "node"), numbers(inputs, "aquifer_node", "node")
        self.start_body, self.start_aquifer = inputs["salt_start_body"].values, inputs["salt_start_aquifer"].values
        self.natural = inputs["recharge_natural"].values
        #: what seeps and is lost elsewhere than to aquifers
        self.seeping_away, self.losing_away = np.ones(inputs.sizes["reservoir"]), np.ones(inputs.sizes["link"])
        for away, kind in ((self.seeping_away, "reservoir"), (self.losing_away, "link")):
            places, _, share = done.ground.sources[kind]
            np.subtract.at(away, places, share)
        #: links: ends, what is kept, delays, water of before
        self.link_from, self.link_to = numbers(inputs, "link_from", "node"), numbers(inputs, "link_to", "node")
        self.kept = 1 - np.asarray(self.done.lost)
        self.rows, self.lag_share = numbers(inputs, "lagged_link", "link"), inputs["arrival_share"].values
        self.lag_now, past, transit = np.ones_like(self.kept), np.zeros_like(self.kept), np.zeros(len(self.kept))
        self.lag_now[self.rows] = self.lag_share[:, :, 0]
        past[self.rows], transit[self.rows] = inputs["arrival_past"].values, inputs["transit_initial"].values
        self.link_past, self.transit = past * inputs["salt_start_link"].values[:, None], transit * inputs["salt_start_link"].values
        #: demands: where they take water, what share drains or comes back, where and when; wells and drains, from where to whom
        self.user_node = numbers(inputs, "demand_node", "node")
        self.fraction, self.added = inputs["return_fraction"].values, inputs["salt_added"].values
        self.back, self.return_to = np.flatnonzero(inputs["return_node"].values != ""), numbers(inputs, "return_node", "node")
        self.back_share = inputs["return_share"].values
        self.share_now = self.back_share[:, :, 0]
        self.return_past = inputs["return_past"].values * inputs["salt_start_demand"].values[:, None]
        self.share = self.fraction.astype(float).copy()
        users, _, share = self.done.ground.sources["demand"]
        np.add.at(self.share, users, share)
        self.wells = numbers(inputs, "well_aquifer", "aquifer"), numbers(inputs, "well_demand", "demand")
        self.reuses = numbers(inputs, "reuse_from", "demand"), numbers(inputs, "reuse_to", "demand")

    def mixing(self, step: int) -> Floats:
        """Water that mixes at each node: all that reaches it but what wells and drains bring, with what is stored, less what evaporates."""
        done = self.done
        water = done.reaching[:, step] - done.ground.added[:, step]
        before = done.storage[:, step - 1] if step else done.initial
        water[self.body_node] += before - done.evaporation[:, step]
        return np.asarray(water)

    def links_before(self, step: int, entering: Floats, part: Floats) -> Floats:
        """Salt that entered before a step of which a part arrives, or is lost, in it, by link."""
        salt = self.link_past[:, step] * part[:, step]
        salt[self.rows] += arriving(part[self.rows] * entering[self.rows], self.lag_share, step, first=1)
        return np.asarray(salt)

    def returns_before(self, step: int, leaving: Floats) -> Floats:
        """Salt of return flows that set out before a step and reach the river in it, by demand."""
        return np.asarray(arriving(leaving, self.back_share, step, first=1) + self.return_past[:, step])

    def direct(self, step: int) -> Floats:
        """Water that each demand takes from its node, without what wells and drains bring."""
        taken, ground = self.done.delivery[:, step].copy(), self.done.ground
        np.subtract.at(taken, self.wells[1], ground.pumped[:, step])
        np.subtract.at(taken, self.reuses[1], ground.reused[:, step])
        return np.asarray(taken)

    def delivered_salt(self, step: int, node: Floats, drain: Floats, aquifer: Floats) -> Floats:
        """Salt that each demand gets from its node, wells and drains, kt."""
        salt, ground = self.direct(step) * node[self.user_node], self.done.ground
        np.add.at(salt, self.wells[1], ground.pumped[:, step] * aquifer[self.wells[0]])
        np.add.at(salt, self.reuses[1], ground.reused[:, step] * (drain + self.added)[self.reuses[0]])
        return np.asarray(salt)

    def drain_rows(self, step: int, left: Floats, right: Floats) -> None:
        """Write the balance of each demand: all the salt it gets is in the share of its water that drains.

        A demand that gets nothing is written as if it got one hm3 from its node, so that its drains have a concentration all the same.
        """
        count, drains, ground = len(self.is_outlet), len(self.share), self.done.ground
        idle = self.done.delivery[:, step] <= NONE
        rows = count + np.arange(drains)
        left_over = self.done.left_over[:, step]
        dries = (self.share <= NONE) | (~idle & (self.share * left_over <= NONE))
        left[rows, rows] = np.where(dries, 1.0, self.share * np.where(idle, 1.0, left_over))
        np.add.at(left, (rows, self.user_node), -np.where(dries, 0.0, np.where(idle, 1.0, self.direct(step))))
        flows = ((self.wells, ground.pumped, count + drains), (self.reuses, ground.reused, count))
        for (sources, users), volumes, first in flows:
            got = np.where((dries | idle)[users], 0.0, volumes[:, step])
            np.subtract.at(left, (count + users, first + sources), got)
            if first == count:
                np.add.at(right, count + users, got * self.added[sources])


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
        count, drains = len(at.is_outlet), len(at.share)
        node, drain, aquifer = found[:count], found[count : count + drains], found[count + drains :]
        self.node[:, step], self.mixed[:, step] = np.where(waters > DRY, node, np.nan), waters
        self.drain[:, step], self.aquifer[:, step] = drain, aquifer
        self._book_links(step, node)
        self._book_demands(step, node, drain, aquifer)
        bodies, dried, brought = at.body_node, waters <= DRY, self._brought(step)
        self.stored[:, step] = np.where(dried[bodies], self._held(step) + brought[bodies], done.storage[:, step] * node[bodies])
        self.below[:, step] = done.ground.storage[:, step] * aquifer
        dry_salt = brought * dried
        dry_salt[bodies] = 0.0
        self.account["left_basin"] += (waters * node)[at.is_outlet].sum()
        self.account["runoff"] += at.runoff_salt[:, step].sum()
        self.account["recharge"] += (at.natural[:, step] * at.start_aquifer).sum()
        seeped = done.seepage[:, step] * at.seeping_away * node[bodies]
        self.account["lost"] += (done.surplus[:, step] * node).sum() + seeped.sum() + dry_salt.sum()

    def _held(self, step: int) -> Floats:
        """Salt in each body at the start of a step."""
        return np.asarray(self.stored[:, step - 1] if step else self.at.start_body * self.done.initial)

    def _brought(self, step: int) -> Floats:
        """Salt that comes to each node whatever the concentrations of the step: of runoff, and of what set out before."""
        at = self.at
        salt: Floats = at.runoff_salt[:, step].copy()
        np.add.at(salt, at.link_to, at.links_before(step, self.entering, at.kept))
        returns = at.returns_before(step, self.leaving) + at.share_now[:, step] * self.done.leaving[:, step] * at.added
        np.add.at(salt, at.return_to, returns[at.back])
        return salt

    def _equations(self, step: int, waters: Floats) -> tuple[Floats, Floats]:
        """Write the balance of salt of every node, demand and aquifer: water x concentration = what comes in."""
        done, at = self.done, self.at
        count, first = len(waters), len(waters) + len(at.share)
        size, dry = first + len(at.start_aquifer), np.flatnonzero(waters <= DRY)
        left, right = np.eye(size), np.zeros(size)
        left[range(count), range(count)] = waters
        right[:count] = self._brought(step)
        right[at.body_node] += self._held(step)
        np.subtract.at(left, (at.link_to, at.link_from), at.lag_now[:, step] * at.kept[:, step] * done.flow[:, step])
        np.subtract.at(left, (at.return_to, count + at.back), (at.share_now * done.leaving)[at.back, step])
        np.subtract.at(left, (at.aquifer_node, first + np.arange(len(at.start_aquifer))), done.ground.baseflow[:, step])
        left[dry], right[dry] = np.eye(size)[dry], 0.0
        at.drain_rows(step, left, right)
        self._aquifer_rows(step, left, right)
        return left, right

    def _aquifer_rows(self, step: int, left: Floats, right: Floats) -> None:
        """Write the balance of each aquifer: what it held, natural recharge, and what percolates."""
        done, at, ground = self.done, self.at, self.done.ground
        count, first = len(at.is_outlet), len(at.is_outlet) + len(at.share)
        held = self.below[:, step - 1] if step else at.start_aquifer * ground.initial
        rows = first + np.arange(len(held))
        water = (ground.storage[:, step - 1] if step else ground.initial) + ground.recharge[:, step]
        left[rows, rows] = np.where(water > DRY, water, 1.0)
        right[rows] = held + at.natural[:, step] * at.start_aquifer
        lost = at.lag_now[:, step] * (1 - at.kept[:, step]) * done.flow[:, step]
        users = count + np.arange(len(at.share))
        flows = {
            "demand": (users, done.left_over[:, step]),
            "reservoir": (at.body_node, done.seepage[:, step]),
            "link": (at.link_from, lost),
        }
        for kind, (columns, volumes) in flows.items():
            places, to, share = ground.sources[kind]
            np.subtract.at(left, (first + to, columns[places]), share * volumes[places])
        places, to, share = ground.sources["link"]
        np.add.at(right, first + to, share * at.links_before(step, self.entering, 1 - at.kept)[places])
        dry = rows[water <= DRY]
        left[dry], right[dry] = np.eye(len(left))[dry], 0.0

    def _book_links(self, step: int, node: Floats) -> None:
        """Book the salt that enters, leaves and is lost with the water of links."""
        at = self.at
        self.entering[:, step] = self.done.flow[:, step] * node[at.link_from]
        now = at.lag_now[:, step] * self.entering[:, step]
        for booked, part in ((self.arrived, at.kept), (self.lost, 1 - at.kept)):
            booked[:, step] = at.links_before(step, self.entering, part) + now * part[:, step]
        self.account["lost"] += (self.lost[:, step] * at.losing_away).sum()

    def _book_demands(self, step: int, node: Floats, drain: Floats, aquifer: Floats) -> None:
        """Book the salt that demands get, and what of it drains; what does not, stays in their soil and works."""
        done, at = self.done, self.at
        self.delivered[:, step] = at.delivered_salt(step, node, drain, aquifer)
        left_over = done.left_over[:, step]
        self.account["kept_by_users"] += (self.delivered[:, step] - at.share * left_over * drain).sum()
        self.account["picked_up"] += (at.fraction * left_over * at.added).sum()
        self.leaving[:, step] = done.leaving[:, step] * (drain + at.added)
        self.returned[:, step] = at.returns_before(step, self.leaving) + at.share_now[:, step] * self.leaving[:, step]

    def _close(self) -> None:
        """Close the account: salt at the start, and where it is at the end."""
        done, at = self.done, self.at
        transit, past = at.transit.sum(), at.return_past.sum()
        start = (at.start_body * done.initial).sum() + (at.start_aquifer * done.ground.initial).sum()
        on_way = transit + self.entering.sum() - self.arrived.sum() - self.lost.sum()
        coming = past + self.leaving.sum() - self.returned.sum()
        self.account["start"] += start + transit + past
        self.account["end"] += self.stored[:, -1].sum() + self.below[:, -1].sum() + on_way + coming


def salt_quantities(done: Simulation) -> dict[str, Floats]:
    """Follow the salt of a simulated river."""
    inputs = done.inputs
    if not inputs.sizes["salt_account"]:
        return {}
    salt = Salt(done).run()
    at = salt.at
    limited = at.link_from[numbers(inputs, "salt_limit_link", "link")]
    limits = inputs["salt_limit_value"].values[:, None]
    held = (inputs["salt_limit_season"].values > 0) & (salt.mixed[limited] > DRY)
    above = np.where(held, np.maximum(np.nan_to_num(salt.node[limited]) - limits, 0.0), 0.0)
    told = (at.fraction > 0)[:, None] & ((done.delivery > DRY) | np.isfinite(salt.node[at.user_node]))
    return {
        "salinity": _over(salt.entering, done.flow),
        "salt_load": salt.entering,
        "salt_arrival": salt.arrived,
        "salinity_node": salt.node,
        "salinity_stored": _over(salt.stored, done.storage),
        "salinity_delivered": _over(salt.delivered, done.delivery),
        "salinity_returned": np.where(told, salt.drain + at.added[:, None], np.nan),
        "salt_returned": salt.returned,
        "salinity_ground": salt.aquifer,
        "salt_excess": salt.mixed[limited] * above / limits,
        "salt_above": above,
        "salt_total": np.array(list(salt.account.values())),
    }


def _over(salt: Floats, water: Floats) -> Floats:
    """Concentration; blank where there is no water."""
    return np.asarray(np.divide(salt, water, out=np.full(salt.shape, np.nan), where=water > DRY))
