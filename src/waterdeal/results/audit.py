"""Recompute every balance of a plan from its file alone; no line of the model's equations is used here.

A plan passes if no node, reach, reservoir or party gains or loses more than 1e-6 hm3 in a step, the whole basin closes over the
horizon within 1e-6 hm3 and 1e-9 of its water, nothing is negative, and no bound is passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import AuditError
from waterdeal.results.audit_ground import aquifer_steps, field_residuals, ground_residuals, percolated, salt_residual
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
    from collections.abc import Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.results.audit_ground import Residual
    from waterdeal.types import Floats


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


@dataclass(frozen=True)
class Audit:
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
        self.follows_curve = results.attrs.get("evaporation") == "curve"
        self.before = storage_before(of["storage_initial"], of["storage"])
        self.mean = (self.before + of["storage"]) / 2
        self.gained = of["storage"] - self.before
        self.seeped = self.mean * of["seepage_share"]
        self.evaporated = self._area() * of["evaporation_depth"]
        self.arriving = arrivals(self.read, of["flow"])[0]
        self.eaten = crop_water(self.read, of["path_area"], of["season_water"], CONSUMED)
        self.left = of["delivery"] - self.eaten
        self.returning = delayed(draining(self.read, self.left, of["reused"]), of["return_share"]) + of["return_past"]
        self.below = aquifer_steps(self)

    def _area(self) -> Floats:
        """Area at the mean storage: of the curve where the plan follows it, else of its line."""
        if self.follows_curve:
            return on_curve(self.read, self.mean, "curve_area", otherwise=0.0)
        return np.asarray(self.of["area_intercept"] + self.of["area_slope"] * self.mean)

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
    balances: list[Residual] = [
        ("node", node, "node"),
        ("reach", of["arrival"] - water.arriving, "link"),
        ("reservoir", _reservoir_residual(water), "reservoir"),
    ]
    return [
        *(_check(name, residual, of[dim], steps) for name, residual, dim in balances),
        _check("party", summed_at(node, of["node_party"], parties), parties, steps, scale=len(node)),
        Check("basin", abs(brought - taken), max(ABSOLUTE, RELATIVE * brought), "the whole basin over the horizon"),
        _clause_check(results),
        Check("environment", missed, ABSOLUTE, where),
        *(_check(name, np.maximum(excess, 0.0), of[dim], steps) for name, excess, dim in _excesses(water)),
        *(_check(name, gap, of[dim], steps) for name, gap, dim in (*_gaps(water), *field_residuals(water), *ground_residuals(water))),
        *([_check("salt (kt, not hm3)", salt_residual(of), np.array(["the whole basin"]), steps)] if of["salt_account"].size else []),
    ]


def _clause_check(results: xr.Dataset) -> Check:
    """Measure every clause on the flows; none may be missed beyond what it conceded, nor concede beyond what it may."""
    missed, where = clause_breach(results)
    if "clause_conceded" in results:
        beyond = results["clause_conceded"].values - results["clause_conceded_max"].values
        if beyond.size and float(beyond.max()) > missed:
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
    residual = water.reaching + water.of["runoff"] - out
    residual[water.of["node_kind"] == "outlet"] = 0.0
    return np.asarray(residual)


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
    used = (of["delivery"], -of["return_flow"], -of["reused"], water.evaporated, water.seeped, -percolated(water))
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
