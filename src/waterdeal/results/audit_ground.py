"""The part of the audit about groundwater, drainage used again and salt; recomputed from the printed plan alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.audit_fields import crops_keep

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Residuals = list[tuple[str, Floats, NDArray[np.str_]]]


def at_places(rows: Floats, places: list[str], names: list[str]) -> Floats:
    """Add each row to the place it belongs to.

    Parameters
    ----------
    rows : numpy.ndarray
        By (row, step).
    places : list of str
        Place of each row.
    names : list of str
        All places.

    Returns
    -------
    numpy.ndarray
        By (place, step).
    """
    table = np.zeros((len(names), rows.shape[1]))
    for row, place in zip(rows, places, strict=True):
        table[names.index(place)] += row
    return table


def drained(results: xr.Dataset) -> Floats:
    """Return flow leaving each demand for the river, less what is used again, hm3 by (demand, step)."""
    share = (results["delivery"].values - crops_keep(results)) * results["return_fraction"].values[:, None]
    return np.asarray(share - at_places(results["reused"].values, _list(results, "reuse_from"), _list(results, "demand")))


def percolated(results: xr.Dataset) -> Floats:
    """Water that percolates to each aquifer, hm3 by (aquifer, step): shares of what crops leave of deliveries, of seepage and losses."""
    sources = {"demand": results["delivery"] - crops_keep(results), "reservoir": results["seepage"], "link": results["loss"]}
    table = np.zeros((results.sizes["aquifer"], results.sizes["time"]))
    aquifers = _list(results, "aquifer")
    names = ("percolation_kind", "percolation_source", "percolation_aquifer")
    rows = zip(*(_list(results, name) for name in names), results["percolation_share"].values.tolist(), strict=True)
    for kind, source, aquifer, share in rows:
        table[aquifers.index(aquifer)] += share * sources[kind].values[_list(results, kind).index(source)]
    return table


def reaching_nodes(results: xr.Dataset) -> Floats:
    """Baseflow by the exact step, pumped water and drainage used again, that reach each node, hm3 by (node, step)."""
    nodes, where = _list(results, "node"), dict(zip(_list(results, "demand"), _list(results, "demand_node"), strict=True))
    _, baseflow = _aquifer_steps(results)
    total = at_places(baseflow, _list(results, "aquifer_node"), nodes)
    for volumes, users in (("pumped", "well_demand"), ("reused", "reuse_to")):
        total += at_places(results[volumes].values, [where[user] for user in _list(results, users)], nodes)
    return total


def basin_terms(results: xr.Dataset) -> tuple[float, float]:
    """Water that aquifers bring to the account of the basin and what they keep at its end, hm3.

    What percolates counts as delivered, seeped or lost elsewhere, and drainage used again is delivered twice: both are taken off what is
    kept.
    """
    brought = float(results["aquifer_initial"].sum()) + float(results["recharge_natural"].sum())
    stored = float(results["aquifer_storage"].isel(time=-1).sum())
    return brought, stored - float(percolated(results).sum()) - float(results["reused"].sum())


def ground_residuals(results: xr.Dataset) -> Residuals:
    """List what must be nothing about groundwater, reuse and salt.

    Parameters
    ----------
    results : xarray.Dataset
        A plan.

    Returns
    -------
    list of (str, numpy.ndarray, numpy.ndarray)
        Name, residual by (item, step), and the items; for salt, kt by the thousand kt of the account where that is more than one.
    """
    found: Residuals = []
    if results.sizes["aquifer"]:
        found += _of_aquifers(results)
    if results.sizes["aquifer"] or results.sizes["reuse"]:
        found += _of_users(results)
    return found + (
        [("salt (kt, not hm3)", _salt_residual(results), np.array(["the whole basin"]))] if results.sizes["salt_account"] else []
    )


def _of_aquifers(results: xr.Dataset) -> Residuals:
    """Storage and baseflow by the exact step, recharge, least storage, safe yield, capacity of wells."""
    storage, baseflow = _aquifer_steps(results)
    stored, pumped, names = results["aquifer_storage"].values, results["pumped"].values, results["aquifer"].values
    taken = at_places(pumped, _list(results, "well_aquifer"), _list(results, "aquifer"))
    beyond = taken.sum(axis=1, keepdims=True) - results["aquifer_yield"].values[:, None]
    return [
        ("aquifer", stored - storage, names),
        ("baseflow by the exact step", results["baseflow"].values - baseflow, names),
        ("recharge", results["recharge"].values - results["recharge_natural"].values - percolated(results), names),
        ("aquifer above its least", _beyond(results["aquifer_least"].values - stored), names),
        ("safe yield", _beyond(beyond), names),
        ("wells within capacity", _beyond(np.maximum(-pumped, pumped - results["well_capacity"].values)), results["well"].values),
    ]


def _of_users(results: xr.Dataset) -> Residuals:
    """What wells and drains give is delivered; what drains give has drained."""
    demands, reused = _list(results, "demand"), results["reused"].values
    given = at_places(results["pumped"].values, _list(results, "well_demand"), demands)
    given += at_places(reused, _list(results, "reuse_to"), demands)
    drains = (results["delivery"].values - crops_keep(results)) * results["return_fraction"].values[:, None]
    drains = drains[[demands.index(name) for name in _list(results, "reuse_from")]] * results["reuse_share"].values[:, None]
    most = np.minimum(drains, results["reuse_capacity"].values)
    return [
        ("wells and drains within delivery", _beyond(given - results["delivery"].values), results["demand"].values),
        ("reuse within what drains", _beyond(np.maximum(-reused, reused - most)), results["reuse"].values),
    ]


def _salt_residual(results: xr.Dataset) -> Floats:
    """Salt that the account of a plan cannot explain; nothing where the plan is not replayed yet."""
    accounts = dict(zip(_list(results, "salt_account"), results["salt_total"].values.tolist(), strict=True))
    if all(math.isnan(value) for value in accounts.values()):
        return np.zeros((1, 1))
    brought = sum(accounts[name] for name in ("start", "runoff", "recharge", "picked_up"))
    gone = sum(accounts[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
    return np.array([[(brought - gone) / max(1.0, brought / 1000)]])


def _aquifer_steps(results: xr.Dataset) -> tuple[Floats, Floats]:
    """Storage and baseflow of each aquifer by the exact step, from printed storages before, recharge and pumping."""
    days, count = results["step_length"].values.tolist(), results.sizes["aquifer"]
    taken = at_places(results["pumped"].values, _list(results, "well_aquifer"), _list(results, "aquifer"))
    fed = results["recharge_natural"].values + percolated(results) - taken
    storage, baseflow = np.zeros((count, len(days))), np.zeros((count, len(days)))
    for row, alpha in enumerate(results["aquifer_alpha"].values.tolist()):
        for step, length in enumerate(days):
            before = float(results["aquifer_storage"].values[row, step - 1]) if step else float(results["aquifer_initial"].values[row])
            power = alpha * length
            mean = -math.expm1(-power) / power if power > 0 else 1.0
            storage[row, step] = before * math.exp(-power) + fed[row, step] * mean
            baseflow[row, step] = before + fed[row, step] - storage[row, step]
    return storage, baseflow


def _beyond(excess: Floats) -> Floats:
    """What is above nothing; what is not a number stays so, and fails."""
    return np.asarray(np.where(excess > 0, excess, np.where(np.isnan(excess), np.nan, 0.0)))


def _list(results: xr.Dataset, name: str) -> list[str]:
    """Labels of a variable."""
    return [str(value) for value in results[name].values.tolist()]
