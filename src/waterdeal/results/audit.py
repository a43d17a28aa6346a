"""Recompute every balance of a plan from its file alone; no line of the model's equations is used here.

A plan passes if no node, reach, reservoir or party gains or loses more than 1e-6 hm3 in a step, the whole basin closes over the
horizon within 1e-6 hm3 and 1e-9 of its water, nothing is negative, and no bound is passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.errors import AuditError
from waterdeal.results.clauses import clause_breach
from waterdeal.results.environment import environment_breach
from waterdeal.results.quantities import (
    CONSUMED,
    arrivals,
    crop_water,
    delayed,
    draining,
    on_curve,
    places_of,
    rising,
    storage_before,
    summed_at,
)
from waterdeal.unlabelled import Unlabelled
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

    #: what was checked, what must be nothing by (item, step) or by item, and the dimension of the items
    Residual = tuple[str, Floats, str]

ABSOLUTE = 1e-6
RELATIVE = 1e-9


@dataclass(frozen=True)
class Check:
    """One line of the audit."""

    name: str  # what was checked: `node`, `reach`, `reservoir`, `party`, `basin`, `clause`, `environment`, `bounds`, `identities`
    worst: float  # largest residual found, hm3
    allowed: float  # largest residual allowed, hm3
    where: str  # place and step of the largest residual

    @property
    def passed(self) -> bool:
        """Whether the residual is within what is allowed; a residual that is not a number is not."""
        return bool(self.worst <= self.allowed)


class Audit(NamedTuple):
    """All checks of one plan."""

    checks: tuple[Check, ...]  # one a kind of balance

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def raise_if_bad(self) -> None:
        """Raise AuditError naming the worst place of every failed check."""
        failed = [check for check in self.checks if not check.passed]
        if failed:
            lines = [f"  {check.name}: {check.worst:.3g} hm3 at {check.where} (allowed {check.allowed:.1g})" for check in failed]
            raise AuditError("\n".join([say("plans.unbalanced"), *lines]))


def audit(results: xr.Dataset) -> Audit:
    """Audit a plan."""
    with np.errstate(invalid="ignore", over="ignore"):  # what is not a number fails its check, and needs no warning
        return Audit(tuple(_checks(results)))


class Water:
    """The figures of a plan, and what its water comes to by them; each is made once."""

    def __init__(self, results: xr.Dataset) -> None:
        self.read = Unlabelled(results)
        self.of: dict[str, Any] = {str(name): self.read[str(name)].values for name in results.variables}
        of = self.of
        self.before = storage_before(of["storage_initial"], of["storage"])
        self.mean = (self.before + of["storage"]) / 2
        self.gained = of["storage"] - self.before
        self.seeped = self.mean * of["seepage_share"]
        follows = results.attrs.get("evaporation") == "curve"
        line = of["area_intercept"] + of["area_slope"] * self.mean
        self.evaporated = (on_curve(self.read, self.mean, "curve_area", otherwise=0.0) if follows else line) * of["evaporation_depth"]
        self.arriving = arrivals(self.read, of["flow"])[0]
        self.eaten = crop_water(self.read, of["path_area"], of["season_water"], CONSUMED)
        self.left = of["delivery"] - self.eaten
        self.returning = delayed(draining(self.read, self.left, of["reused"]), of["return_share"]) + of["return_past"]
        self.below = _aquifer_steps(self)

    def at_nodes(self, values: Floats, places: str) -> Floats:
        """Rows of a table, each added to the node it belongs to."""
        return summed_at(values, self.of[places], self.of["node"])

    @cached_property
    def reaching(self) -> Floats:
        """Water that reaches each node but what its catchment gives, by (node, step)."""
        of = self.of
        coming = self.at_nodes(self.arriving, "link_to") + self.at_nodes(self.returning, "return_node")
        return coming + rising(self.read, self.below[1], of["pumped"], of["reused"])


def _checks(results: xr.Dataset) -> list[Check]:
    """Run every check."""
    water = Water(results)
    of, steps, node = water.of, water.of["step"], _node_residual(water)
    parties = np.unique(of["node_party"])
    brought, taken = _basin(water)
    missed, where = environment_breach(results)
    return [
        _check("node", node, of["node"], steps),
        _check("reach", of["arrival"] - water.arriving, of["link"], steps),
        _check("reservoir", _reservoir_residual(water), of["reservoir"], steps),
        _check("party", summed_at(node, of["node_party"], parties), parties, steps, scale=len(node)),
        Check("basin", abs(brought - taken), max(ABSOLUTE, RELATIVE * brought), "the whole basin over the horizon"),
        _clause_check(results),
        Check("environment", missed, ABSOLUTE, where),
        *(_check(name, np.maximum(excess, 0.0), of[dim], steps) for name, excess, dim in _excesses(water)),
        *(_check(name, gap, of[dim], steps) for name, gap, dim in (*_gaps(water), *_field_residuals(water), *_ground_residuals(water))),
        *(_check("salt (kt, not hm3)", gap, np.array(["the whole basin"]), steps) for gap in _salt_residuals(of)),
    ]


def _clause_check(results: xr.Dataset) -> Check:
    """Measure every clause on the flows; none may be missed beyond what it conceded, nor concede beyond what it may."""
    missed, where = clause_breach(results)
    beyond = results["clause_conceded"].values - results["clause_conceded_max"].values
    if beyond.max(initial=-np.inf) > missed:
        missed, where = float(beyond.max()), f"concession of clause {results['clause'].values[int(beyond.argmax())]}"
    return Check("clause", missed, ABSOLUTE, where)


def _check(name: str, residual: Floats, labels: NDArray[np.str_], steps: NDArray[np.str_], scale: float = 1.0) -> Check:
    """Find the largest residual of an array by (item, step), or by item alone: told at the first step."""
    if residual.size == 0:
        return Check(name, 0.0, ABSOLUTE, "nothing to check")
    size = np.where(np.isfinite(residual), np.abs(residual), np.inf).reshape(len(residual), -1)
    item, step = np.unravel_index(int(np.argmax(size)), size.shape)
    return Check(name, float(size[item, step]), ABSOLUTE * scale, f"{labels[item]}, {steps[step]}")


def _node_residual(water: Water) -> Floats:
    """Water in less water out, less what is stored and evaporated, by (node, step); outlets and dead ends only receive."""
    out = water.at_nodes(water.of["flow"], "link_from") + water.at_nodes(water.of["delivery"], "demand_node")
    out = out + water.at_nodes(water.gained + water.evaporated + water.seeped, "reservoir")
    return np.where((water.of["node_kind"] == "outlet")[:, None], 0.0, water.reaching + water.of["runoff"] - out)


def _reservoir_residual(water: Water) -> Floats:
    """Printed inflow less printed release, spill, evaporation, own withdrawals and storage gained."""
    of = water.of
    taken = summed_at(of["delivery"], of["demand_node"], of["reservoir"])
    return np.asarray(of["reservoir_inflow"] - of["release"] - of["spill"] - of["evaporation"] - of["seepage"] - taken - water.gained)


def _basin(water: Water) -> tuple[float, float]:
    """All water that came into the basin over the horizon, and where it went.

    What percolates counts as delivered, seeped or lost elsewhere, and drainage used again is delivered twice: both are taken off what is
    kept below.
    """
    of = water.of
    left = (water.reaching + of["runoff"])[of["node_kind"] == "outlet"]
    came = ("aquifer_initial", "recharge_natural", "runoff", "storage_initial", "transit_initial", "return_past")
    stays = (of["aquifer_storage"][:, -1], of["storage"][:, -1], of["transit_final"], of["return_past"], of["loss"], left)
    used = (of["delivery"], -of["return_flow"], -of["reused"], water.evaporated, water.seeped, -_percolated(water))
    return sum(float(of[name].sum()) for name in came), sum(float(part.sum()) for part in (*stays, *used))


def _excesses(water: Water) -> Iterator[Residual]:
    """Yield how far quantities are negative or beyond their bounds."""
    of, given = water.of, water.of["delivery"]
    short = of["storage_terminal"] - of["storage"]
    most = np.where(of["demand_grows"].astype(bool)[:, None], of["delivery_most"], of["requirement"])  # of crops what fields can take
    yield "storage within bounds", np.maximum(of["storage_min"] - of["storage"], of["storage"] - of["storage_max"]), "reservoir"
    yield "storage at its date", np.where(np.isnan(short), 0.0, short), "reservoir"
    yield "flow within capacity", np.maximum(-of["flow"], of["flow"] - of["flow_max"]), "link"
    yield "delivery within requirement", np.maximum(-given, given - most), "demand"


def _gaps(water: Water) -> Iterator[Residual]:
    """Yield by what printed quantities do not agree with one another."""
    of = water.of
    flow = of["flow"][places_of(water.read, "plant_link", "link")]
    owed = of["requirement"] - of["delivery"]  # fields given more than the requirement are not short
    due = np.where(of["demand_grows"].astype(bool)[:, None], np.maximum(owed, 0.0), owed)
    turned = np.maximum(of["turbine_flow"] - flow, -of["turbine_flow"])
    yield "shortage = requirement - delivery", due - of["shortage"], "demand"
    yield "evaporation = depth x area", of["evaporation"] - water.evaporated, "reservoir"
    yield "seepage = share x mean storage", of["seepage"] - water.seeped, "reservoir"
    yield "return flow", of["return_flow"] - water.returning, "demand"
    yield "discharge x days = flow", of["discharge"] * of["step_length"] * 0.0864 - of["flow"], "link"
    yield "turbines within flow", np.maximum(turned, 0.0), "plant"


def _field_residuals(water: Water) -> Iterator[Residual]:
    """Yield what must be nothing about fields."""
    of, area = water.of, water.of["field_area"]
    taken = crop_water(water.read, of["path_area"], of["season_water"], ("path_water", "response_draw"))
    beyond = np.maximum(of["field_area_least"] - area, area - of["field_area_most"])
    standing = of["land_counts"].astype(float) @ area - of["land_area"]
    within = np.where(of["demand_grows"].astype(bool)[:, None], np.maximum(taken - of["delivery"], 0.0), 0.0)
    yield "water of crops within delivery", within, "demand"
    yield "water of crops", of["crop_water"] - taken, "demand"
    yield "consumption of crops", of["crop_consumption"] - water.eaten, "demand"
    yield "area of paths = area of field", area - summed_at(of["path_area"], of["path_field"], of["field"]), "field"
    yield "area within bounds", np.maximum(beyond, 0.0), "field"
    yield "areas not negative", np.maximum(-of["path_area"], 0.0), "crop_path"
    yield "fields on their land", np.maximum(standing, 0.0), "land_row"
    yield "yield not negative", np.maximum(-of["field_output"], 0.0), "field"
    yield "rotation", np.maximum(_rotation_missed(of), 0.0), "rotation"
    yield "food grown", np.maximum(_food_missing(water), 0.0), "food_need"


def _food_missing(water: Water) -> Floats:
    """Output that is missing to what parties need, kt."""
    of = water.of
    party = water.read.at("demand_party", of["field_demand"].tolist())
    eaten = (of["food_party"][:, None] == party) & (of["food_crop"][:, None] == of["field_crop"])
    return np.asarray(of["food_least"] - eaten.astype(float) @ of["field_output"])


def _rotation_missed(of: Mapping[str, Any]) -> Floats:
    """Area by which rotation rules are missed, kha; 0 or less where they are kept."""
    there = of["rotation_demand"][:, None] == of["field_demand"]
    own = there & (of["rotation_crop"][:, None] == of["field_crop"])
    all_area, own_area = (flags.astype(float) @ of["field_area"] for flags in (there, own))
    return np.asarray(np.maximum(of["rotation_least"] * all_area - own_area, own_area - of["rotation_most"] * all_area))


def _percolated(water: Water) -> Floats:
    """Water that percolates to each aquifer, hm3 by (aquifer, step): shares of what crops leave of deliveries, of seepage and losses."""
    of = water.of
    table = np.zeros((len(of["aquifer"]), len(of["step"])))
    for kind, values in (("demand", water.left), ("reservoir", of["seepage"]), ("link", of["loss"])):
        rows, order = of["percolation_kind"] == kind, of[kind].tolist()
        volumes = values[[order.index(name) for name in of["percolation_source"][rows].tolist()]]
        table += summed_at(volumes * of["percolation_share"][rows][:, None], of["percolation_aquifer"][rows], of["aquifer"])
    return table


def _ground_residuals(water: Water) -> Iterator[Residual]:
    """Yield what must be nothing about groundwater and drainage used again."""
    of = water.of
    if of["aquifer"].size:
        yield from _of_aquifers(water)
    if of["aquifer"].size or of["reuse"].size:
        given = sum(summed_at(of[name], of[user], of["demand"]) for name, user in (("pumped", "well_demand"), ("reused", "reuse_to")))
        drains = (water.left * of["return_fraction"][:, None])[places_of(water.read, "reuse_from", "demand")]
        most = np.minimum(drains * of["reuse_share"][:, None], of["reuse_capacity"])
        yield "wells and drains within delivery", np.maximum(given - of["delivery"], 0.0), "demand"
        yield "reuse within what drains", np.maximum(np.maximum(-of["reused"], of["reused"] - most), 0.0), "reuse"


def _of_aquifers(water: Water) -> Iterator[Residual]:
    """Storage and baseflow by the exact step, recharge, least storage, safe yield, capacity of wells."""
    of, pumped = water.of, water.of["pumped"]
    storage, baseflow = water.below
    taken = summed_at(pumped, of["well_aquifer"], of["aquifer"]).sum(axis=1)
    yield "aquifer", of["aquifer_storage"] - storage, "aquifer"
    yield "baseflow by the exact step", of["baseflow"] - baseflow, "aquifer"
    yield "recharge", of["recharge"] - of["recharge_natural"] - _percolated(water), "aquifer"
    yield "aquifer above its least", np.maximum(of["aquifer_least"] - of["aquifer_storage"], 0.0), "aquifer"
    yield "safe yield", np.maximum(taken - of["aquifer_yield"], 0.0), "aquifer"
    yield "wells within capacity", np.maximum(np.maximum(-pumped, pumped - of["well_capacity"]), 0.0), "well"


def _salt_residuals(of: Mapping[str, Any]) -> Iterator[Floats]:
    """Yield the salt that the account of a plan cannot explain; nothing where the plan is not replayed yet."""
    if of["salt_account"].size:
        accounts = dict(zip(of["salt_account"].tolist(), of["salt_total"].tolist(), strict=True))
        brought = sum(accounts[name] for name in ("start", "runoff", "recharge", "picked_up"))
        gone = sum(accounts[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
        is_replayed = not np.isnan(of["salt_total"]).all()
        yield np.array([(brought - gone) / max(1.0, brought / 1000) if is_replayed else 0.0])


def _aquifer_steps(water: Water) -> tuple[Floats, Floats]:
    """Storage and baseflow of each aquifer by the exact step, from printed storages before, recharge and pumping."""
    of = water.of
    fed = of["recharge_natural"] + _percolated(water) - summed_at(of["pumped"], of["well_aquifer"], of["aquifer"])
    before = storage_before(of["aquifer_initial"], of["aquifer_storage"])
    power = of["aquifer_alpha"][:, None] * of["step_length"]
    mean = np.divide(-np.expm1(-power), power, out=np.ones(power.shape), where=power > 0)
    storage = before * np.exp(-power) + fed * mean
    return storage, before + fed - storage
