"""Replay a plan: what it decides, what follows from it, and how far the plan is from that.

Only decisions are taken from the plan: water let into canals and out of reservoirs and lakes, deliveries, water through turbines, and how
a junction with several rivers splits. All else follows forward in time by the true relations: the area of the curve, not a line; travel
time, losses, return flows; the head. Nothing of the model, the solver or the results is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.replay.compare import differences_table
from waterdeal.replay.energy import true_energy
from waterdeal.replay.forward import Simulation
from waterdeal.replay.salt import salt_quantities
from waterdeal.units import volume_to_rate
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    import pandas as pd


#: volumes and energies are compared by the tolerance asked; rates, levels and areas follow from them
COMPARED_UNITS = ("hm3", "GWh")


@dataclass(frozen=True)
class Replay:
    """A plan as it comes out when it is carried out."""

    #: the quantities of a plan by the same names, as replayed, with `replay_missing` and `replay_surplus` by (node, time) and
    #: `replay_beyond` by (reservoir, time); where salinity is on, all about salt
    dataset: xr.Dataset
    #: for each of them but salt, which only a replay knows, the largest absolute difference from the plan: name, unit, difference, place,
    #: step, replayed, planned
    differences: pd.DataFrame

    def agrees(self, tolerance: float = 1e-6) -> bool:
        """Tell whether no volume (hm3) or energy (GWh) differs from the plan by more than `tolerance`."""
        compared = self.differences[self.differences["unit"].isin(COMPARED_UNITS)]
        return bool((compared["difference"] <= tolerance).all())

    def difference(self, name: str) -> float:
        """Return the largest absolute difference of a quantity in its unit."""
        return float(self.differences.loc[self.differences["name"] == name, "difference"].iloc[0])


def replay(inputs: xr.Dataset, plan: xr.Dataset) -> Replay:
    """Replay a plan."""
    decisions = _decisions(inputs, plan)
    done = Simulation(inputs, decisions).run()
    found = {**_link_quantities(done), **_body_quantities(done), **_user_quantities(done), **_plant_quantities(done, decisions)}
    found |= _ground_quantities(done) | done.fields.quantities()
    dataset = _described(inputs, found)
    differences = differences_table(dataset, plan)
    return Replay(dataset.assign(_described(inputs, salt_quantities(done)).drop_vars("step")), differences)


def _decisions(inputs: xr.Dataset, plan: xr.Dataset) -> xr.Dataset:
    """Take the decisions of the plan in the order of the inputs, and refuse a plan of something else."""
    if plan["step"].values.tolist() != inputs["step"].values.tolist():
        message = "the plan is of other steps than the inputs"
        raise ValueError(message)
    for dim in ("node", "link", "reservoir", "demand", "plant", "well", "reuse", "aquifer", "field", "crop_path"):
        if plan[dim].values.tolist() != inputs[dim].values.tolist():
            message = f"the plan has other places than the inputs: `{dim}` differs"
            raise ValueError(message)
    decisions = plan[list(having("decision"))]
    for name, array in decisions.data_vars.items():
        if not np.isfinite(array.values).all():
            message = f"the plan has a gap in `{name}`, so that it cannot be carried out"
            raise ValueError(message)
    return decisions


def _link_quantities(done: Simulation) -> dict[str, Any]:
    """Flows, arrivals, losses and water on its way."""
    inputs, flow = done.inputs, done.flow
    rows = [done.links.index(name) for name in done.lagged]
    final = inputs["transit_initial"].values + flow[rows].sum(axis=1) - done.entered[rows].sum(axis=1)
    dims = ("link", "time")
    return {
        "flow": (dims, flow),
        "discharge": (dims, volume_to_rate(flow, inputs["step_length"].values)),
        "arrival": (dims, done.arrival),
        "loss": (dims, done.entered - done.arrival),
        "transit_final": ("lagged_link", final),
    }


def _body_quantities(done: Simulation) -> dict[str, Any]:
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
            level[body] = [curve.level_at(value) for value in storage[body].tolist()]
            area[body] = [curve.area_at(value) for value in storage[body].tolist()]
    above = np.maximum(storage - inputs["storage_max"].values, 0.0)
    below = np.maximum(inputs["storage_min"].values - storage, 0.0)
    dims = ("reservoir", "time")
    return {
        "reservoir_inflow": (dims, inflow),
        "release": (dims, release),
        "spill": (dims, spill),
        "storage": (dims, storage),
        "level": (dims, level),
        "area": (dims, area),
        "evaporation": (dims, done.evaporation),
        "replay_beyond": (dims, above - below),
        **({"seepage": (dims, done.seepage)} if "seepage_share" in inputs else {}),
    }


def _user_quantities(done: Simulation) -> dict[str, Any]:
    """Return flows, and water that nodes miss or cannot pass on."""
    inputs = done.inputs
    final = (done.leaving + inputs["return_past"].values - done.return_flow).sum(axis=1)
    return {
        "return_flow": (("demand", "time"), done.return_flow),
        "return_final": ("demand", final),
        "inflow_returned": (("node", "time"), done.returned),
        "replay_missing": (("node", "time"), done.missing),
        "replay_surplus": (("node", "time"), done.surplus),
    }


def _ground_quantities(done: Simulation) -> dict[str, Any]:
    """Aquifers, wells, drainage used again."""
    ground = done.ground
    return {
        "aquifer_storage": (("aquifer", "time"), ground.storage),
        "recharge": (("aquifer", "time"), ground.recharge),
        "baseflow": (("aquifer", "time"), ground.baseflow),
        "pumped": (("well", "time"), ground.pumped),
        "reused": (("reuse", "time"), ground.reused),
        "inflow_ground": (("node", "time"), done.rising),
    }


def _plant_quantities(done: Simulation, decisions: xr.Dataset) -> dict[str, Any]:
    """Water through and past the turbines, and its energy; water that is not there drives no turbine."""
    inputs = done.inputs
    flow = done.flow[[done.links.index(name) for name in inputs["plant_link"].values.tolist()]]
    turbined = np.minimum(decisions["turbine_flow"].values, flow)
    before = np.column_stack([done.initial, done.storage[:, :-1]])
    dims = ("plant", "time")
    return {
        "turbine_flow": (dims, turbined),
        "turbine_bypass": (dims, flow - turbined),
        "energy": (dims, true_energy(inputs, done.curves, turbined, (before + done.storage) / 2)),
    }


def _described(inputs: xr.Dataset, found: dict[str, Any]) -> xr.Dataset:
    """Make a dataset with the units and meaning of each quantity."""
    dataset = xr.Dataset({"step": inputs["step"], **found}, coords=inputs.coords)
    known = vocabulary()
    for name, array in dataset.data_vars.items():
        array.attrs.update(known[str(name)].attrs)
    return dataset
