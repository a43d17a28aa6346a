"""The part of the audit about groundwater, drainage used again and salt; recomputed from the printed plan alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled

    Residuals = list[tuple[str, Floats, NDArray[np.str_]]]


def most_delivered(results: Unlabelled) -> Floats:
    """Most that may be delivered, hm3 by (demand, step): the requirement, or where crops are planned what fields can take."""
    grows = results["demand_grows"].values.astype(bool)[:, None]
    return np.where(grows, results["delivery_most"].values, results["requirement"].values)


def shortage_residual(results: Unlabelled) -> Floats:
    """Requirement less delivery less shortage, hm3 by (demand, step); fields given more than the requirement are not short."""
    owed = results["requirement"].values - results["delivery"].values
    grows = results["demand_grows"].values.astype(bool)[:, None]
    return np.asarray(np.where(grows, np.maximum(owed, 0.0), owed) - results["shortage"].values)


def crops_keep(results: Unlabelled) -> Floats:
    """Water that crops consume, hm3 by (demand, step), from the areas of paths and the water of tables."""
    return _drawn(results, "path_consumption", "response_consumption")


def _drawn(results: Unlabelled, by_path: str, by_table: str) -> Floats:
    """Add up paths and tables field by field."""
    demands = results["demand"].values.tolist()
    owner = dict(zip(results["field"].values.tolist(), results["field_demand"].values.tolist(), strict=True))
    total = np.zeros((len(demands), results.sizes["time"]))
    for area, field, water in zip(results["path_area"].values, results["path_field"].values, results[by_path].values, strict=True):
        total[demands.index(owner[field])] += area * water
    for season, field, share in zip(results["season_water"].values, results["responding"].values, results[by_table].values, strict=True):
        total[demands.index(owner[field])] += season * share
    return total


def field_residuals(results: Unlabelled) -> Iterator[tuple[str, Floats, NDArray[np.str_]]]:
    """Yield what must be nothing: name, residual by (item, step) - one column where there are no steps - and the items."""
    area = results["field_area"].values
    taken = _drawn(results, "path_water", "response_draw")
    of_path = [results["field"].values.tolist().index(name) for name in results["path_field"].values.tolist()]
    summed = np.zeros_like(area)
    np.add.at(summed, of_path, results["path_area"].values)
    beyond = np.maximum(results["field_area_least"].values - area, area - results["field_area_most"].values)
    standing = results["land_counts"].values.astype(float) @ area - results["land_area"].values
    grows = results["demand_grows"].values.astype(bool)[:, None]
    fields, demands = results["field"].values, results["demand"].values
    yield "water of crops within delivery", np.where(grows, np.maximum(taken - results["delivery"].values, 0.0), 0.0), demands
    yield "water of crops", results["crop_water"].values - taken, demands
    yield "consumption of crops", results["crop_consumption"].values - crops_keep(results), demands
    yield "area of paths = area of field", _column(area - summed), fields
    yield "area within bounds", _column(np.maximum(beyond, 0.0)), fields
    yield "areas not negative", _column(np.maximum(-results["path_area"].values, 0.0)), results["crop_path"].values
    yield "fields on their land", _column(np.maximum(standing, 0.0)), results["land_row"].values
    yield "yield not negative", _column(np.maximum(-results["field_output"].values, 0.0)), fields
    yield "rotation", _column(np.maximum(_rotation_missed(results), 0.0)), results["rotation"].values
    yield "food grown", _column(np.maximum(_food_missing(results), 0.0)), results["food_need"].values


def _column(values: Floats) -> Floats:
    """One column: told at the first step."""
    return values.reshape(-1, 1)


def _food_missing(results: Unlabelled) -> Floats:
    """Output that is missing to what parties need, kt."""
    party = results.at("demand_party", results["field_demand"].values)
    eaten = (results["food_party"].values[:, None] == party) & (results["food_crop"].values[:, None] == results["field_crop"].values)
    return np.asarray(results["food_least"].values - eaten.astype(float) @ results["field_output"].values)


def _rotation_missed(results: Unlabelled) -> Floats:
    """Area by which rotation rules are missed, kha; 0 or less where they are kept."""
    area = results["field_area"].values
    there = results["rotation_demand"].values[:, None] == results["field_demand"].values
    own = there & (results["rotation_crop"].values[:, None] == results["field_crop"].values)
    all_area, own_area = (flags.astype(float) @ area for flags in (there, own))
    short, beyond = results["rotation_least"].values * all_area - own_area, own_area - results["rotation_most"].values * all_area
    return np.asarray(np.maximum(short, beyond))


def at_places(rows: Floats, places: list[str], names: list[str]) -> Floats:
    """Add each row to the place it belongs to."""
    table = np.zeros((len(names), rows.shape[1]))
    for row, place in zip(rows, places, strict=True):
        table[names.index(place)] += row
    return table


def drained(results: Unlabelled) -> Floats:
    """Return flow leaving each demand for the river, less what is used again, hm3 by (demand, step)."""
    share = (results["delivery"].values - crops_keep(results)) * results["return_fraction"].values[:, None]
    return np.asarray(share - at_places(results["reused"].values, _list(results, "reuse_from"), _list(results, "demand")))


def percolated(results: Unlabelled) -> Floats:
    """Water that percolates to each aquifer, hm3 by (aquifer, step): shares of what crops leave of deliveries, of seepage and losses."""
    sources = {"demand": results["delivery"] - crops_keep(results), "reservoir": results["seepage"], "link": results["loss"]}
    table = np.zeros((results.sizes["aquifer"], results.sizes["time"]))
    aquifers = _list(results, "aquifer")
    names = ("percolation_kind", "percolation_source", "percolation_aquifer")
    rows = zip(*(_list(results, name) for name in names), results["percolation_share"].values.tolist(), strict=True)
    for kind, source, aquifer, share in rows:
        table[aquifers.index(aquifer)] += share * sources[kind].values[_list(results, kind).index(source)]
    return table


def reaching_nodes(results: Unlabelled) -> Floats:
    """Baseflow by the exact step, pumped water and drainage used again, that reach each node, hm3 by (node, step)."""
    nodes, where = _list(results, "node"), dict(zip(_list(results, "demand"), _list(results, "demand_node"), strict=True))
    _, baseflow = _aquifer_steps(results)
    total = at_places(baseflow, _list(results, "aquifer_node"), nodes)
    for volumes, users in (("pumped", "well_demand"), ("reused", "reuse_to")):
        total += at_places(results[volumes].values, [where[user] for user in _list(results, users)], nodes)
    return total


def basin_terms(results: Unlabelled) -> tuple[float, float]:
    """Water that aquifers bring to the account of the basin and what they keep at its end, hm3.

    What percolates counts as delivered, seeped or lost elsewhere, and drainage used again is delivered twice: both are taken off what is
    kept.
    """
    brought = float(results["aquifer_initial"].sum()) + float(results["recharge_natural"].sum())
    stored = float(results["aquifer_storage"].isel(time=-1).sum())
    return brought, stored - float(percolated(results).sum()) - float(results["reused"].sum())


def ground_residuals(results: Unlabelled) -> Residuals:
    """List what must be nothing about groundwater, reuse and salt."""
    found: Residuals = []
    if results.sizes["aquifer"]:
        found += _of_aquifers(results)
    if results.sizes["aquifer"] or results.sizes["reuse"]:
        found += _of_users(results)
    return found + (
        [("salt (kt, not hm3)", _salt_residual(results), np.array(["the whole basin"]))] if results.sizes["salt_account"] else []
    )


def _of_aquifers(results: Unlabelled) -> Residuals:
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


def _of_users(results: Unlabelled) -> Residuals:
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


def _salt_residual(results: Unlabelled) -> Floats:
    """Salt that the account of a plan cannot explain; nothing where the plan is not replayed yet."""
    accounts = dict(zip(_list(results, "salt_account"), results["salt_total"].values.tolist(), strict=True))
    if all(math.isnan(value) for value in accounts.values()):
        return np.zeros((1, 1))
    brought = sum(accounts[name] for name in ("start", "runoff", "recharge", "picked_up"))
    gone = sum(accounts[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
    return np.array([[(brought - gone) / max(1.0, brought / 1000)]])


def _aquifer_steps(results: Unlabelled) -> tuple[Floats, Floats]:
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


def _list(results: Unlabelled, name: str) -> list[str]:
    """Labels of a variable."""
    return [str(value) for value in results[name].values.tolist()]
