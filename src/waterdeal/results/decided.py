"""What is missing to promises that was decided before the plan begins: by water let out before it, or by what had not come by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.scenario.natural import decided_flows, decided_water, flows_asked, promised_volumes
from waterdeal.variables import having

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


def decided_of_flows(results: xr.Dataset | Unlabelled) -> Floats:
    """What is missing to each least flow in each step by water that was let out before the horizon: no plan could have brought it."""
    most = decided_flows(results)[_places(results, "flow_requirement_link")]
    return np.asarray(np.minimum(results["flow_shortfall"].values, np.maximum(flows_asked(results) - most, 0.0)))


def decided_of_volumes(results: xr.Dataset | Unlabelled) -> dict[str, Floats]:
    """What was decided of what is missing to each volume that is to pass in a time: with any water in the steps a plan decides it would be.

    Of a limit in the rest of a season that is planned anew it is what had not been delivered before.
    """
    found, decided = {"lake_target": _of_lake_targets(results)}, decided_flows(results)
    asked_for = [variable.removesuffix("_shortfall") for variable in having("missed")]
    for name in dict.fromkeys((*(name for name in asked_for if f"{name}_season" in results and f"{name}_link" in results), "entitlement")):
        measured = results[f"{name}_link"].values != ""
        within = results[f"{name}_season"].values * measured[:, None]
        room = results["flow_max"].values[_places(results, f"{name}_link")]
        most = np.minimum(room, decided[_places(results, f"{name}_link")])
        asked = promised_volumes(results) if name == "entitlement" else results[f"{name}_volume"].values
        beyond = [np.maximum(asked - (np.where(within > 0, of, 0.0) * within).sum(axis=1), 0.0) for of in (most, room)]
        found[name] = np.minimum(results[f"{name}_shortfall"].values, beyond[0] - beyond[1]) * measured
    if "entitlement_past_missing" in results:
        found["entitlement"] = found["entitlement"] + results["entitlement_past_missing"].values
    return found


def decided_of_users(results: xr.Dataset | Unlabelled) -> Floats:
    """What is missing to each user in each step by water that was let out before the horizon: as much could not be at its intake.

    What canals could not carry whatever came is not of it.
    """
    of, required, steps = decided_water(results), results["requirement"].values, results.sizes["time"]
    most = {node: np.where(reached | (not of.below[node]), np.inf, of.through[node]) for node, reached in of.reached.items()}
    if not any(np.isfinite(water).any() for water in most.values()):
        return np.zeros(required.shape)
    beyond = []
    for water in (most, {node: np.full(steps, np.inf) for node in most}):
        at = _at_canal_ends(results, water)
        own = np.array([at[node] for node in results["demand_node"].values.tolist()]).reshape(required.shape)
        beyond.append(np.maximum(required - own, 0.0))
    found = np.minimum(results["shortage"].values, beyond[0] - beyond[1])
    found[np.isin(results["demand"].values, [*results["well_demand"].values.tolist(), *results["reuse_to"].values.tolist()])] = 0.0
    return np.asarray(found)


def _at_canal_ends(results: xr.Dataset | Unlabelled, most: dict[str, Floats]) -> dict[str, Floats]:
    """Of the most water there can be at each node make that at the ends of canals: what their intakes can have and they can carry."""
    most, kept, room = dict(most), 1.0 - results["loss_fraction"].values, results["flow_max"].values
    begins, ends, kinds = (results[f"link_{name}"].values.tolist() for name in ("from", "to", "kind"))
    into: dict[str, list[int]] = {}
    for link, end in enumerate(ends):
        into.setdefault(end, []).append(link)
    fed = {*results["return_node"].values.tolist(), *results["aquifer_node"].values.tolist(), *results["reservoir"].values.tolist()}
    canals = [end for end, links in into.items() if end not in fed and {kinds[link] for link in links} == {"canal"}]
    for _ in canals:  # canals end below where they begin, one after the other
        fresh = {end: np.sum([kept[link] * np.minimum(room[link], most[begins[link]]) for link in into[end]], axis=0) for end in canals}
        if all(np.array_equal(most[end], water) for end, water in fresh.items()):
            break
        most |= fresh
    return most


def _of_lake_targets(results: xr.Dataset | Unlabelled) -> Floats:
    """What is missing to targets of lakes that no water let out by the plan can reach before their day."""
    found, due = np.zeros(results.sizes["lake_target"]), results["lake_target_due"].values > 0
    if not due.any():
        return found
    of, bodies = decided_water(results), results["reservoir"].values.tolist()
    depth, slope = results["evaporation_depth"].values, results["area_slope"].values
    half, fixed = (depth * slope + results["seepage_share"].values) / 2, depth * results["area_intercept"].values
    for place, lake in enumerate(results["lake_target_lake"].values.tolist()):
        row, stored = bodies.index(lake), float(results["storage_initial"].values[bodies.index(lake)])
        for step in range(int(np.flatnonzero(due[place])[-1]) + 1):
            came = np.inf if of.coming[lake][step] else float(of.through[lake][step])
            stored = max(((1 - half[row, step]) * stored + came - fixed[row, step]) / (1 + half[row, step]), 0.0)
            stored = min(stored, float(results["storage_max"].values[row, step]))
        found[place] = max(float(results["lake_target_volume"].values[place]) - stored, 0.0)
    return np.asarray(np.minimum(found, results["lake_target_shortfall"].values))


def _places(results: xr.Dataset | Unlabelled, name: str) -> list[int]:
    """Places of the links of some entries; of those without a link any."""
    order = {link: place for place, link in enumerate(results["link"].values.tolist())}
    return [order.get(link, 0) for link in results[name].values.tolist()]
