"""Replay a plan: what it decides, what follows from it, and how far the plan is from that.

Only decisions are taken from the plan: water let into canals and out of reservoirs and lakes, deliveries, water through turbines, and how
a junction with several rivers splits. All else follows forward in time by the true relations: the area of the curve, not a line; travel
time, losses, return flows; the head. Nothing of the model, the solver or the results is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from waterdeal.errors import refuse
from waterdeal.replay.compare import differences_table
from waterdeal.replay.energy import true_energy
from waterdeal.replay.forward import Simulation
from waterdeal.replay.network import numbers
from waterdeal.replay.salt import salt_quantities
from waterdeal.units import volume_to_rate
from waterdeal.unlabelled import put_together, with_variables
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    import pandas as pd

    from waterdeal.types import Floats


#: hm3 that are rounding
DUST = 1e-6


class Replay(NamedTuple):
    """A plan as it comes out when it is carried out."""

    #: the quantities of a plan by the same names, as replayed, with `replay_missing` and `replay_surplus` by (node, time) and
    #: `replay_beyond` by (reservoir, time); where salinity is on, all about salt
    dataset: xr.Dataset
    #: for each of them but salt, which only a replay knows, the largest absolute difference from the plan: name, unit, difference, place,
    #: step, replayed, planned
    differences: pd.DataFrame

    def difference(self, name: str) -> float:
        """Return the largest absolute difference of a quantity in its unit."""
        return float(self.differences.loc[self.differences["name"] == name, "difference"].iloc[0])


def replay(inputs: xr.Dataset, plan: xr.Dataset) -> Replay:
    """Replay a plan."""
    decisions = _decisions(inputs, plan)
    done = Simulation(inputs, decisions).run()
    found = {**_water_quantities(done), **_body_quantities(done), **_plant_quantities(done, decisions), **done.fields.quantities()}
    dataset = _labelled(inputs, _described(found))
    return Replay(with_variables(dataset, _described(salt_quantities(done))), differences_table(dataset, plan))


def _decisions(inputs: xr.Dataset, plan: xr.Dataset) -> xr.Dataset:
    """Take the decisions of the plan in the order of the inputs, and refuse a plan of something else."""
    refuse(plan.variables["step"].values.tolist() != inputs.variables["step"].values.tolist(), "solving.other_steps")
    for dim in ("node", "link", "reservoir", "demand", "plant", "well", "reuse", "aquifer", "field", "crop_path"):
        refuse(plan.variables[dim].values.tolist() != inputs.variables[dim].values.tolist(), "solving.other_places", dim=dim)
    decisions = plan[list(having("decision"))]
    for name, array in decisions.data_vars.items():
        refuse(not np.isfinite(array.values).all(), "solving.plan_gap", name=name)
    return decisions


def _water_quantities(done: Simulation) -> dict[str, Floats]:
    """Flows, arrivals, losses and water on its way; return flows; what nodes miss or cannot pass on; aquifers, wells, drains."""
    inputs, flow, ground = done.inputs, done.flow, done.ground
    rows = [done.links.index(name) for name in done.lagged]
    return {
        "flow": flow,
        "discharge": np.asarray(volume_to_rate(flow, inputs["step_length"].values)),
        "arrival": done.arrival,
        "loss": done.entered - done.arrival,
        "transit_final": inputs["transit_initial"].values + flow[rows].sum(axis=1) - done.entered[rows].sum(axis=1),
        "return_flow": done.return_flow,
        "return_final": (done.leaving + inputs["return_past"].values - done.return_flow).sum(axis=1),
        "inflow_returned": done.returned,
        "replay_missing": done.missing,
        "replay_surplus": done.surplus,
        "aquifer_storage": ground.storage,
        **{name: getattr(ground, name) for name in ("recharge", "baseflow", "pumped", "reused")},
        "inflow_ground": done.rising,
    }


def _body_quantities(done: Simulation) -> dict[str, Floats]:
    """Storage and what changes it, level and area; storage beyond its bounds."""
    inputs, storage = done.inputs, done.storage
    inflow, release, spill = (np.zeros_like(storage) for _ in range(3))
    level, area = np.full_like(storage, np.nan), np.full_like(storage, np.nan)
    spillway = inputs["link_kind"].values == "spillway"
    for place in done.places:
        if place.body is not None:
            inflow[place.body] = done.reaching[place.node]
            release[place.body] = done.flow[[link for link in place.decided if not spillway[link]]].sum(axis=0)
            spill[place.body] = done.flow[[link for link in place.decided if spillway[link]]].sum(axis=0)
    for body, curve in enumerate(done.curves):
        if curve is not None:
            level[body], area[body] = curve.level_at(storage[body]), curve.area_at(storage[body])
    above = np.maximum(storage - inputs["storage_max"].values, 0.0)
    below = np.maximum(inputs["storage_min"].values - storage, 0.0)
    if "storage_dead" in inputs:  # a body that lets nothing out may dry
        given = np.zeros_like(storage)
        for place in done.places:
            if place.body is not None:
                given[place.body] = done.delivery[place.demands].sum(axis=0)
        dries = inputs["storage_min"].values <= inputs["storage_dead"].values[:, None]
        below = np.where(dries & (storage > -DUST), np.clip(release + spill + given, 0.0, below), below)
    return {
        "reservoir_inflow": inflow,
        "release": release,
        "spill": spill,
        "storage": storage,
        "level": level,
        "area": area,
        "evaporation": done.evaporation,
        "replay_beyond": above - below,
        **({"seepage": done.seepage} if "seepage_share" in inputs else {}),
    }


def _plant_quantities(done: Simulation, decisions: xr.Dataset) -> dict[str, Floats]:
    """Water through and past the turbines, and its energy; water that is not there drives no turbine."""
    flow = done.flow[numbers(done.inputs, "plant_link", "link")]
    turbined = np.minimum(decisions["turbine_flow"].values, flow)
    before = np.column_stack([done.initial, done.storage[:, :-1]])
    energy = true_energy(done.inputs, done.curves, turbined, (before + done.storage) / 2)
    return {"turbine_flow": turbined, "turbine_bypass": flow - turbined, "energy": energy}


def _described(found: dict[str, Floats]) -> dict[str, xr.Variable]:
    """Give each quantity its dimensions, unit and meaning."""
    known = vocabulary()
    return {name: xr.Variable(known[name].dims, array, known[name].attrs) for name, array in found.items()}


def _labelled(inputs: xr.Dataset, found: dict[str, xr.Variable]) -> xr.Dataset:
    """Make a dataset of quantities, with the labels of the inputs and the names of steps."""
    labels = {name: inputs.variables[name] for name in inputs.coords}
    of_step = inputs.variables["step"]
    step = xr.Variable(of_step.dims, of_step.values, {**of_step.attrs, **vocabulary()["step"].attrs})
    return put_together({**labels, "step": step, **found}, set(map(str, labels)), {}, dict(inputs.xindexes))
