"""Hydropower: energy = factor x water through the turbines, or under planes in water and storage where the head is followed.

A plant whose head is followed has ``energy <= constant + per_flow x turbine_flow + per_storage x mean storage`` for every plane. In a pass
of the successive programme there is one, the tangent at the plan of the pass before; in a bound there are the planes that lie above the
true relation everywhere (McCormick). Where energy has a negative worth it also lies above the planes of sense ``at_least``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, between, pairs_of
from waterdeal.model.water_body import twice_mean

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``turbine_flow[plant, time]``, at most what runs in the plant's link, and ``energy[headed, time]`` where the head is followed."""
    if not inputs.sizes["plant"]:
        return Terms()
    block = model.hydropower = pyo.Block()
    ids, headed = inputs["plant"].values.tolist(), inputs["headed"].values.tolist()
    add_sets(block, PLANT=ids, FACTORED=[plant for plant in ids if plant not in headed])
    block.ON = pairs_of(ids, inputs["plant_link"].values.tolist())
    add_data(block, inputs, "energy_factor", block.PLANT)
    add_data(block, inputs, "turbine_min turbine_max energy_value", block.PLANT, model.TIME)
    block.turbine_flow = Columns(block.PLANT, model.TIME, bounds=between("turbine_min", "turbine_max"))
    block.turbine_limit = Rows(block.ON, model.TIME, rule=_turbine_limit)
    _add_heads(block, inputs)
    return Terms()


def _add_heads(block: Any, inputs: Unlabelled) -> None:
    """Add the energy of plants whose head is followed, and the planes it lies under."""
    time, plants = block.model().TIME, inputs["headed"].values.tolist()
    add_sets(block, HEADED=plants)
    add_data(block, inputs, "energy_max", block.HEADED, time)
    block.energy = Columns(block.HEADED, time, bounds=between("", "energy_max"))
    pairs = list(zip(plants, inputs["headed_reservoir"].values.tolist(), strict=True))
    start = inputs.at("storage_initial", inputs["headed_reservoir"].values)
    is_upper = inputs["plane_sense"].values == "at_most"
    worth = inputs.at("energy_value", plants)
    for name, chosen, wanted in (("UPPER", is_upper, np.ones(worth.shape, dtype=bool)), ("LOWER", ~is_upper, worth < 0)):
        places = np.argwhere(wanted[:, None, :] & chosen[None, :, None])
        steps = time.ordered_data()
        members = [(*pairs[plant], int(plane) + 1, steps[step]) for plant, plane, step in places]
        index = pyo.Set(initialize=members, dimen=4)
        block.add_component(f"{name}_PLANE", index)
        planes = {part: inputs[f"energy_{part}"].values[tuple(places.T)] for part in ("constant", "per_flow", "per_storage")}
        first = places[:, 2] == 0
        planes["constant"] = planes["constant"] + np.where(first, planes["per_storage"] * start[places[:, 0]] / 2, 0.0)
        for part, values in planes.items():
            block.add_component(f"{name.lower()}_{part}", Data(index, array=values))
    block.energy_most = Rows(block.UPPER_PLANE, rule=_energy_most)
    block.energy_least = Rows(block.LOWER_PLANE, rule=_energy_least)


def _turbine_limit(block: Any, plant: Any, link: Any, time: Any) -> Any:
    return block.turbine_flow[plant, time] <= block.model().flow[link, time]


def _plane(block: Any, side: str, index: tuple[Any, ...]) -> Any:
    """Energy on a plane."""
    plant, body, _, time = index
    constant, per_flow, per_storage = (block.component(f"{side}_{part}")[index] for part in ("constant", "per_flow", "per_storage"))
    return constant + per_flow * block.turbine_flow[plant, time] + per_storage / 2 * twice_mean(block.model().reservoir, body, time)


def _energy_most(block: Any, plant: Any, body: Any, plane: Any, time: Any) -> Any:
    """Energy is at most what each plane allows."""
    return block.energy[plant, time] <= _plane(block, "upper", (plant, body, plane, time))


def _energy_least(block: Any, plant: Any, body: Any, plane: Any, time: Any) -> Any:
    """Energy nobody wants is at least what the water through the turbines makes."""
    return block.energy[plant, time] >= _plane(block, "lower", (plant, body, plane, time))
