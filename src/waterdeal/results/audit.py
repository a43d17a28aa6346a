"""Recompute every balance of a plan from its file alone; no line of the model's equations is used here.

A plan passes if no node, reach, reservoir or party gains or loses more than 1e-6 hm3 in a step, the whole basin closes over the
horizon within 1e-6 hm3 and 1e-9 of its water, nothing is negative, and no bound is passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import AuditError
from waterdeal.results.audit_ground import (
    added_up,
    at_start,
    basin_terms,
    drained,
    field_residuals,
    ground_residuals,
    most_delivered,
    reaching_nodes,
    shortage_residual,
)
from waterdeal.results.clauses import clause_breach
from waterdeal.results.environment import environment_breach
from waterdeal.results.quantities import delayed, on_curve
from waterdeal.unlabelled import Unlabelled
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

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
            raise AuditError("\n".join([say("plans.plan_does_not_balance"), *lines]))


def audit(results: xr.Dataset) -> Audit:
    """Audit a plan."""
    with np.errstate(invalid="ignore", over="ignore"):  # what is not a number fails its check, and needs no warning
        return Audit(tuple(_checks(Unlabelled(results))))


def _checks(results: Unlabelled) -> list[Check]:
    """Run every check."""
    node = _node_residual(results)
    parties = results["node_party"].values
    by_party = np.array([node[parties == party].sum(axis=0) for party in np.unique(parties)])
    body, outside = _reservoir_residual(results), _basin(results)
    return [
        _check("node", node, results["node"].values, results),
        _check("reach", _reach_residual(results), results["link"].values, results),
        _check("reservoir", body, results["reservoir"].values, results),
        _check("party", by_party, np.unique(parties), results, scale=len(node)),
        Check("basin", abs(outside[0]), max(ABSOLUTE, RELATIVE * outside[1]), "the whole basin over the horizon"),
        _clause_check(results),
        _environment_check(results),
        *_bound_checks(results),
        *_identity_checks(results),
    ]


def _clause_check(results: Unlabelled) -> Check:
    """Measure every clause on the flows; none may be missed beyond what it conceded, nor concede beyond what it may."""
    missed, where = clause_breach(results)
    if "clause_conceded" in results:
        beyond = results["clause_conceded"].values - results["clause_conceded_max"].values
        if beyond.size and float(beyond.max()) > missed:
            missed, where = float(beyond.max()), f"concession of clause {results['clause'].values[int(beyond.argmax())]}"
    return Check("clause", missed, ABSOLUTE, where)


def _environment_check(results: Unlabelled) -> Check:
    """Measure every least flow, pulse and target of a lake; none may be missed beyond its shortfall, nor fall short beyond what it may."""
    missed, where = environment_breach(results)
    return Check("environment", missed, ABSOLUTE, where)


def _check(name: str, residual: Floats, labels: NDArray[np.str_], results: Unlabelled, scale: float = 1.0) -> Check:
    """Find the largest residual of an array by (item, step)."""
    if residual.size == 0:
        return Check(name, 0.0, ABSOLUTE, "nothing to check")
    size = np.where(np.isfinite(residual), np.abs(residual), np.inf)
    item, step = np.unravel_index(int(np.argmax(size)), size.shape)
    return Check(name, float(size[item, step]), ABSOLUTE * scale, f"{labels[item]}, {results['step'].values[step]}")


def _arriving(results: Unlabelled) -> Floats:
    """Arrivals of each link, recomputed step by step from what entered."""
    kept = 1 - results["loss_fraction"].values
    arrival = results["flow"].values * kept
    links = results["link"].values.tolist()
    lagged = [links.index(name) for name in results["lagged_link"].values.tolist()]
    arrival[lagged] = delayed(arrival[lagged], results["arrival_share"].values) + results["arrival_past"].values * kept[lagged]
    return np.asarray(arrival)


def _reach_residual(results: Unlabelled) -> Floats:
    """Arrivals printed less arrivals recomputed."""
    return np.asarray(results["arrival"].values - _arriving(results))


def _returning(results: Unlabelled) -> Floats:
    """Return flow of each demand, recomputed from its deliveries."""
    return np.asarray(delayed(drained(results), results["return_share"].values) + results["return_past"].values)


def _sum_at(results: Unlabelled, values: Floats, places: str) -> Floats:
    """Sum rows of `values` at the node each belongs to."""
    return added_up(values, results[places].values, results["node"].values)


def _start_storage(results: Unlabelled) -> Floats:
    """Storage at the start of each step by (body, step)."""
    return at_start(results["storage_initial"].values, results["storage"].values)


def _storage_change(results: Unlabelled) -> Floats:
    """Storage gained in each step by (body, step)."""
    return np.asarray(results["storage"].values - _start_storage(results))


def _evaporated(results: Unlabelled) -> Floats:
    """Evaporation, recomputed from depth and area at the mean storage: of the curve where the plan follows it, else of its line."""
    mean = _mean_storage(results)
    if results.attrs.get("evaporation") != "curve":
        area = results["area_intercept"].values + results["area_slope"].values * mean
    else:
        area = on_curve(results, mean, "curve_area", otherwise=0.0)
    return np.asarray(area * results["evaporation_depth"].values)


def _mean_storage(results: Unlabelled) -> Floats:
    """Mean of the storage at the start and the end of each step."""
    return np.asarray((_start_storage(results) + results["storage"].values) / 2)


def _seeped(results: Unlabelled) -> Floats:
    """Seepage, recomputed from the mean storage."""
    return np.asarray(_mean_storage(results) * results["seepage_share"].values)


def _node_residual(results: Unlabelled) -> Floats:
    """Water in less water out, less what is stored and evaporated, by (node, step); outlets and dead ends only receive."""
    into = _sum_at(results, _arriving(results), "link_to") + results["runoff"].values
    into = into + _sum_at(results, _returning(results), "return_node") + reaching_nodes(results)
    out = _sum_at(results, results["flow"].values, "link_from")
    out = out + _sum_at(results, results["delivery"].values, "demand_node")
    out = out + _sum_at(results, _storage_change(results) + _evaporated(results) + _seeped(results), "reservoir")
    residual = into - out
    residual[results["node_kind"].values == "outlet"] = 0.0
    return np.asarray(residual)


def _reservoir_residual(results: Unlabelled) -> Floats:
    """Printed inflow less printed release, spill, evaporation, own withdrawals and storage gained."""
    order = results["node"].values.tolist()
    at = [order.index(name) for name in results["reservoir"].values.tolist()]
    taken = _sum_at(results, results["delivery"].values, "demand_node")[at]
    printed = results["reservoir_inflow"] - results["release"] - results["spill"] - results["evaporation"] - results["seepage"]
    return np.asarray(printed.values - taken - _storage_change(results))


def _basin(results: Unlabelled) -> tuple[float, float]:
    """Residual of the whole basin over the horizon, and all the water that moved."""
    outlets = results["node_kind"].values == "outlet"
    reached = _sum_at(results, _arriving(results), "link_to") + results["runoff"].values
    left = (reached + _sum_at(results, _returning(results), "return_node") + reaching_nodes(results))[outlets].sum()
    from_ground, in_ground = basin_terms(results)
    brought = (
        from_ground
        + float(results["runoff"].sum())
        + float(results["storage_initial"].sum())
        + float(results["transit_initial"].sum())
        + float(results["return_past"].sum())
    )
    taken = (
        in_ground
        + float(results["storage"].isel(time=-1).sum())
        + float(results["transit_final"].sum())
        + float((results["delivery"].sum("time") - results["return_flow"].sum("time") + results["return_past"].sum("time")).sum())
        + float(_evaporated(results).sum())
        + float(_seeped(results).sum())
        + float(results["loss"].sum())
        + float(left)
    )
    return brought - taken, brought


def _bound_checks(results: Unlabelled) -> list[Check]:
    """No quantity is negative or beyond its bound."""
    storage, given, flow, dims = (results[name].values for name in ("storage", "delivery", "flow", "reservoir"))
    pairs = [
        ("storage within bounds", np.maximum(results["storage_min"].values - storage, storage - results["storage_max"].values), dims),
        ("storage at its date", np.nan_to_num(results["storage_terminal"].values - storage), dims),
        ("flow within capacity", np.maximum(-flow, flow - results["flow_max"].values), results["link"].values),
        ("delivery within requirement", np.maximum(-given, given - most_delivered(results)), results["demand"].values),
    ]
    return [_check(name, np.maximum(excess, 0.0), labels, results) for name, excess, labels in pairs]


def _identity_checks(results: Unlabelled) -> list[Check]:
    """Printed quantities agree with one another."""
    flow = results.at("flow", results["plant_link"].values)
    rate = results["discharge"].values * results["step_length"].values * 0.0864
    turned = np.maximum(results["turbine_flow"].values - flow, -results["turbine_flow"].values)
    pairs = [
        ("shortage = requirement - delivery", shortage_residual(results), results["demand"]),
        ("evaporation = depth x area", results["evaporation"].values - _evaporated(results), results["reservoir"]),
        ("seepage = share x mean storage", results["seepage"].values - _seeped(results), results["reservoir"]),
        ("return flow", results["return_flow"].values - _returning(results), results["demand"]),
        ("discharge x days = flow", rate - results["flow"].values, results["link"]),
        ("turbines within flow", np.maximum(turned, 0.0), results["plant"]),
    ]
    of_parts = [_check(name, array, labels, results) for name, array, labels in (*field_residuals(results), *ground_residuals(results))]
    return [_check(name, array, labels.values, results) for name, array, labels in pairs] + of_parts
