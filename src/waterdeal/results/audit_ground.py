"""The part of the audit about fields, groundwater, drainage used again and salt; recomputed from the printed plan alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.results.quantities import crop_water, places_of, storage_before, summed_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waterdeal.results.audit import Water
    from waterdeal.types import Floats

    #: what was checked, what must be nothing by (item, step) or by item, and the dimension of the items
    Residual = tuple[str, Floats, str]


def field_residuals(water: Water) -> Iterator[Residual]:
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


def percolated(water: Water) -> Floats:
    """Water that percolates to each aquifer, hm3 by (aquifer, step): shares of what crops leave of deliveries, of seepage and losses."""
    of = water.of
    sources = {"demand": water.left, "reservoir": of["seepage"], "link": of["loss"]}
    table = np.zeros((len(of["aquifer"]), len(of["step"])))
    for kind, values in sources.items():
        rows, order = of["percolation_kind"] == kind, of[kind].tolist()
        volumes = values[[order.index(name) for name in of["percolation_source"][rows].tolist()]]
        table += summed_at(volumes * of["percolation_share"][rows][:, None], of["percolation_aquifer"][rows], of["aquifer"])
    return table


def ground_residuals(water: Water) -> Iterator[Residual]:
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
    yield "recharge", of["recharge"] - of["recharge_natural"] - percolated(water), "aquifer"
    yield "aquifer above its least", np.maximum(of["aquifer_least"] - of["aquifer_storage"], 0.0), "aquifer"
    yield "safe yield", np.maximum(taken - of["aquifer_yield"], 0.0), "aquifer"
    yield "wells within capacity", np.maximum(np.maximum(-pumped, pumped - of["well_capacity"]), 0.0), "well"


def salt_residual(of: Mapping[str, Any]) -> Floats:
    """Salt that the account of a plan cannot explain; nothing where the plan is not replayed yet."""
    accounts = dict(zip(of["salt_account"].tolist(), of["salt_total"].tolist(), strict=True))
    if all(math.isnan(value) for value in accounts.values()):
        return np.zeros(1)
    brought = sum(accounts[name] for name in ("start", "runoff", "recharge", "picked_up"))
    gone = sum(accounts[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
    return np.array([(brought - gone) / max(1.0, brought / 1000)])


def aquifer_steps(water: Water) -> tuple[Floats, Floats]:
    """Storage and baseflow of each aquifer by the exact step, from printed storages before, recharge and pumping."""
    of = water.of
    fed = of["recharge_natural"] + percolated(water) - summed_at(of["pumped"], of["well_aquifer"], of["aquifer"])
    before = storage_before(of["aquifer_initial"], of["aquifer_storage"])
    power = of["aquifer_alpha"][:, None] * of["step_length"]
    mean = np.divide(-np.expm1(-power), power, out=np.ones(power.shape), where=power > 0)
    storage = before * np.exp(-power) + fed * mean
    return storage, before + fed - storage
