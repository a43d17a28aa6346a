"""Energy of the water through turbines: by the head of the water where a plant has one, else by its factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.replay.water_body import Curve
    from waterdeal.types import Floats


#: GWh of 1 hm3 falling 1 m: 9.81 kN/m3, 3600 s in an hour
GWH_PER_HM3_M = 9.81 / 3600


def true_energy(inputs: xr.Dataset, curves: list[Curve | None], turbined: Floats, storage: Floats) -> Floats:
    """Energy of every plant and step."""
    energy = np.asarray(turbined * inputs["energy_factor"].values[:, None], dtype=float)
    plants, bodies = inputs["plant"].values.tolist(), inputs["reservoir"].values.tolist()
    days = inputs["step_length"].values
    tables = ("tailwater", "tailwater_slope", "head_loss", "power_efficiency", "energy_max")
    for number, name in enumerate(inputs["headed"].values.tolist()):
        plant, body = plants.index(name), bodies.index(str(inputs["headed_reservoir"].values[number]))
        tail, slope, loss, efficiency, most = (inputs[table].values[number] for table in tables)
        curve = curves[body]
        if curve is None or not np.isfinite(curve.level).all():
            message = f"plant {name} has a head, but its reservoir has no levels in its curve"
            raise ValueError(message)
        head = curve.level_at(storage[body]) - tail - slope * turbined[plant] / days - loss
        energy[plant] = np.clip(GWH_PER_HM3_M * efficiency * turbined[plant] * head, 0.0, most)
    return energy
