"""Energy of the water through turbines: by the head of the water where a plant has one, else by its factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.replay.water_body import Curve

    Floats = NDArray[np.float64]

#: GWh of 1 hm3 falling 1 m: 9.81 kN/m3, 3600 s in an hour
GWH_PER_HM3_M = 9.81 / 3600


def true_energy(inputs: xr.Dataset, curves: list[Curve | None], turbined: Floats, storage: Floats) -> Floats:
    """Energy of every plant and step.

    Parameters
    ----------
    inputs : xarray.Dataset
        ``energy_factor``, and for plants with a head (dim ``headed``) ``headed_reservoir``, ``tailwater`` (m), ``tailwater_slope`` (m per
        hm3/day through the turbines), ``head_loss`` (m), ``power_efficiency`` and ``energy_max`` (GWh).
    curves : list of Curve or None
        Tables of the bodies.
    turbined : numpy.ndarray
        Water through the turbines, hm3 by (plant, step).
    storage : numpy.ndarray
        Mean storage of each body over the step, hm3 by (body, step).

    Returns
    -------
    numpy.ndarray
        GWh by (plant, step): the factor times the water, or, with a head,
        ``0.002725 x efficiency x water x (level at mean storage - tailwater - slope x water per day - loss)``, at most what the plant can
        give in the step and never below nothing.

    Raises
    ------
    ValueError
        If a plant has a head but its reservoir no curve.
    """
    energy = np.asarray(turbined * inputs["energy_factor"].values[:, None], dtype=float)
    if "headed" not in inputs.dims:
        return energy
    plants, bodies = inputs["plant"].values.tolist(), inputs["reservoir"].values.tolist()
    days = inputs["step_length"].values
    tables = ("tailwater", "tailwater_slope", "head_loss", "power_efficiency", "energy_max")
    for number, name in enumerate(inputs["headed"].values.tolist()):
        plant, body = plants.index(name), bodies.index(str(inputs["headed_reservoir"].values[number]))
        tail, slope, loss, efficiency, most = (inputs[table].values[number] for table in tables)
        level = _levels(curves[body], storage[body], name)
        head = level - tail - slope * turbined[plant] / days - loss
        energy[plant] = np.clip(GWH_PER_HM3_M * efficiency * turbined[plant] * head, 0.0, most)
    return energy


def _levels(curve: Curve | None, storage: Floats, plant: str) -> Floats:
    """Levels at each storage."""
    if curve is None or not np.isfinite(curve.level).all():
        message = f"plant {plant} has a head, but its reservoir has no levels in its curve"
        raise ValueError(message)
    return np.array([curve.level_at(value) for value in storage.tolist()])
