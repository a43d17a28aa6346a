"""What is missing to promises that was decided before the plan begins: by water let out before it, or by what had not come by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.scenario.natural import decided_flows, flows_asked, promised_volumes
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
    found, decided = {}, decided_flows(results)
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


def _places(results: xr.Dataset | Unlabelled, name: str) -> list[int]:
    """Places of the links of some entries; of those without a link any."""
    order = {link: place for place, link in enumerate(results["link"].values.tolist())}
    return [order.get(link, 0) for link in results[name].values.tolist()]
