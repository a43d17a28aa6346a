"""The part of the inputs that describes plants whose energy depends on the water level above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.units import GWH_PER_MW_DAY, HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario

#: sense of each plane of a pass: the line of the level curve a plan is on and the next on either side, and one for energy that costs
PLANE_SENSES = ("at_most", "at_most", "at_most", "at_least")


def head_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Head relation of each plant that has one, and the plane its energy is under before the first pass.

    Parameters
    ----------
    basin : Basin
        The basin; ``heads.csv`` has a row for each plant with a head relation.
    scenario : Scenario
        Off unless ``physics.head`` is ``successive``: then no plant has one.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    dict
        Variables by name, as (dims, array); the first plane is the constant factor of ``plants.csv``.
    """
    heads = basin.table("heads") if scenario.physics.head == "successive" else basin.table("heads").iloc[:0]
    plants = basin.table("plants").set_index("plant").loc[heads["plant"]]
    days = np.array([float(step.days) for step in steps])
    power = plants["capacity_mw"].to_numpy(dtype=float).reshape(-1, 1)
    factor = plants["energy_gwh_per_hm3"].to_numpy(dtype=float)
    shape = (len(heads), len(PLANE_SENSES), len(steps))
    dims = ("headed", "power_plane", "time")
    return {
        "headed": heads["plant"].to_numpy(dtype=str),
        "headed_reservoir": ("headed", heads["reservoir"].to_numpy(dtype=str)),
        "tailwater": ("headed", heads["tailwater_m"].to_numpy(dtype=float)),
        "tailwater_slope": ("headed", heads["tailwater_rise_m_per_m3s"].fillna(0.0).to_numpy(dtype=float) / HM3_PER_CUMEC_DAY),
        "head_loss": ("headed", heads["head_loss_m"].fillna(0.0).to_numpy(dtype=float)),
        "power_efficiency": ("headed", heads["efficiency"].to_numpy(dtype=float)),
        "energy_max": (("headed", "time"), np.where(np.isnan(power), np.inf, power * GWH_PER_MW_DAY * days)),
        "plane_sense": ("power_plane", np.array(PLANE_SENSES)),
        "energy_constant": (dims, np.zeros(shape)),
        "energy_per_flow": (dims, np.broadcast_to(factor[:, None, None], shape).copy()),
        "energy_per_storage": (dims, np.zeros(shape)),
    }
