"""Salt in a replayed river: it goes where the water goes, stays behind where water evaporates or is consumed, and is never made or lost.

All waters that meet at a node in a step mix, and what leaves it is the mixture; so do a reservoir with what it held, and an aquifer with
what it held. The water is known by then, so that the concentrations of a step solve linear equations, circles within the step and all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.replay.salt_places import SaltPlaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.replay.forward import Simulation

    Floats = NDArray[np.float64]

#: water below which a place counts as dry, hm3
DRY = 1e-9


class Salt:
    """Concentrations that follow from a simulated river.

    Parameters
    ----------
    done : Simulation
        The river with all its water, run.
    """

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
    """Follow the salt of a simulated river.

    Parameters
    ----------
    done : Simulation
        The river, run; its inputs have the ``salt_*`` variables.

    Returns
    -------
    dict
        ``salinity``, ``salt_load``, ``salt_arrival``, ``salinity_node``, ``salinity_stored``, ``salinity_delivered``,
        ``salinity_returned``,
        ``salt_returned``, ``salinity_ground``, ``salt_excess``, ``salt_above`` and ``salt_total``, as (dims, array); empty where off.
    """
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
