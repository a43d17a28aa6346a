"""Energy of the water through turbines: by the head of the water where a plant has one, else by its factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.replay.water_body import Curve
    from waterdeal.types import Floats


#: GWh of 1 hm3 falling 1 m: 9.81 kN/m3, 3600 s in an hour
GWH_PER_HM3_M = 9.81 / 3600


def true_energy(inputs: xr.Dataset, curves: list[Curve | None], turbined: Floats, storage: Floats) -> Floats:
    """Energy of every plant and step."""
    energy = np.asarray(turbined * inputs.variables["energy_factor"].values[:, None], dtype=float)
    plants, bodies = inputs.variables["plant"].values.tolist(), inputs.variables["reservoir"].values.tolist()
    days = inputs.variables["step_length"].values
    tables = ("tailwater", "tailwater_slope", "head_loss", "power_efficiency", "energy_max")
    for number, name in enumerate(inputs.variables["headed"].values.tolist()):
        plant, body = plants.index(name), bodies.index(str(inputs.variables["headed_reservoir"].values[number]))
        tail, slope, loss, efficiency, most = (inputs.variables[table].values[number] for table in tables)
        curve = curves[body]
        if curve is None or not np.isfinite(curve.level).all():
            raise ValueError(say("solving.head_without_levels", name=name))
        head = curve.level_at(storage[body]) - tail - slope * turbined[plant] / days - loss
        energy[plant] = np.clip(GWH_PER_HM3_M * efficiency * turbined[plant] * head, 0.0, most)
    return energy
