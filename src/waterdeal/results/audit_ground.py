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

    def of(amount: str, water: str, field: str) -> Floats:
        rows, owners = results[amount].values[:, None] * results[water].values, results.at("field_demand", results[field].values)
        return added_up(rows, owners, results["demand"].values)

    return of("path_area", by_path, "path_field") + of("season_water", by_table, "responding")


def field_residuals(results: Unlabelled) -> Iterator[tuple[str, Floats, NDArray[np.str_]]]:
    """Yield what must be nothing: name, residual by (item, step) - one column where there are no steps - and the items."""
    area = results["field_area"].values
    taken = _drawn(results, "path_water", "response_draw")
    beyond = np.maximum(results["field_area_least"].values - area, area - results["field_area_most"].values)
    standing = results["land_counts"].values.astype(float) @ area - results["land_area"].values
    grows = results["demand_grows"].values.astype(bool)[:, None]
    fields, demands = results["field"].values, results["demand"].values
    summed = added_up(_column(results["path_area"].values), results["path_field"].values, fields)
    yield "water of crops within delivery", np.where(grows, np.maximum(taken - results["delivery"].values, 0.0), 0.0), demands
    yield "water of crops", results["crop_water"].values - taken, demands
    yield "consumption of crops", results["crop_consumption"].values - crops_keep(results), demands
    yield "area of paths = area of field", _column(area) - summed, fields
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


def added_up(rows: Floats, places: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """Add each row to the place it belongs to; one without a place to none."""
    order = {name: at for at, name in enumerate(names.tolist())} | {"": len(names)}
    table = np.zeros((len(names) + 1, rows.shape[1]))
    np.add.at(table, np.array([order[name] for name in places.tolist()], dtype=np.int64), rows)
    return table[:-1]


def drained(results: Unlabelled) -> Floats:
    """Return flow leaving each demand for the river, less what is used again, hm3 by (demand, step)."""
    return _draining(results) - added_up(results["reused"].values, results["reuse_from"].values, results["demand"].values)


def _draining(results: Unlabelled) -> Floats:
    """Drainage of each demand, hm3 by (demand, step)."""
    return np.asarray((results["delivery"].values - crops_keep(results)) * results["return_fraction"].values[:, None])


def percolated(results: Unlabelled) -> Floats:
    """Water that percolates to each aquifer, hm3 by (aquifer, step): shares of what crops leave of deliveries, of seepage and losses."""
    sources = {
        "demand": results["delivery"].values - crops_keep(results),
        "reservoir": results["seepage"].values,
        "link": results["loss"].values,
    }
    pairs = zip(results["percolation_kind"].values.tolist(), results["percolation_source"].values.tolist(), strict=True)
    rows = [sources[kind][results[kind].values.tolist().index(source)] for kind, source in pairs]
    water = results["percolation_share"].values[:, None] * np.reshape(rows, (-1, results.sizes["time"]))
    return added_up(water, results["percolation_aquifer"].values, results["aquifer"].values)


def reaching_nodes(results: Unlabelled) -> Floats:
    """Baseflow by the exact step, pumped water and drainage used again, that reach each node, hm3 by (node, step)."""
    nodes, (_, baseflow) = results["node"].values, _aquifer_steps(results)
    total = added_up(baseflow, results["aquifer_node"].values, nodes)
    for volumes, users in (("pumped", "well_demand"), ("reused", "reuse_to")):
        total += added_up(results[volumes].values, results.at("demand_node", results[users].values), nodes)
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
    taken = added_up(pumped, results["well_aquifer"].values, names)
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
    demands, reused = results["demand"].values, results["reused"].values
    given = added_up(results["pumped"].values, results["well_demand"].values, demands)
    given += added_up(reused, results["reuse_to"].values, demands)
    order = demands.tolist()
    drains = (
        _draining(results)[[order.index(name) for name in results["reuse_from"].values.tolist()]] * results["reuse_share"].values[:, None]
    )
    most = np.minimum(drains, results["reuse_capacity"].values)
    return [
        ("wells and drains within delivery", _beyond(given - results["delivery"].values), demands),
        ("reuse within what drains", _beyond(np.maximum(-reused, reused - most)), results["reuse"].values),
    ]


def _salt_residual(results: Unlabelled) -> Floats:
    """Salt that the account of a plan cannot explain; nothing where the plan is not replayed yet."""
    accounts = dict(zip(results["salt_account"].values.tolist(), results["salt_total"].values.tolist(), strict=True))
    if all(math.isnan(value) for value in accounts.values()):
        return np.zeros((1, 1))
    brought = sum(accounts[name] for name in ("start", "runoff", "recharge", "picked_up"))
    gone = sum(accounts[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
    return np.array([[(brought - gone) / max(1.0, brought / 1000)]])


def _aquifer_steps(results: Unlabelled) -> tuple[Floats, Floats]:
    """Storage and baseflow of each aquifer by the exact step, from printed storages before, recharge and pumping."""
    days, initial = results["step_length"].values, results["aquifer_initial"].values
    taken = added_up(results["pumped"].values, results["well_aquifer"].values, results["aquifer"].values)
    fed = results["recharge_natural"].values + percolated(results) - taken
    power = results["aquifer_alpha"].values[:, None] * days
    mean = np.divide(-np.expm1(-power), power, out=np.ones_like(power), where=power > 0)
    before = at_start(initial, results["aquifer_storage"].values)
    storage = before * np.exp(-power) + fed * mean
    return storage, before + fed - storage


def at_start(initial: Floats, stored: Floats) -> Floats:
    """What is stored at the start of each step, given what is at its end, by (place, step)."""
    return np.hstack([initial[:, None], stored[:, :-1]])


def _beyond(excess: Floats) -> Floats:
    """What is above nothing; what is not a number stays so, and fails."""
    return np.maximum(excess, 0.0)
