"""The part of the inputs that describes what a reservoir's outlets pass at a low level, and what seeps away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Scenario


def outlet_part(basin: Basin, _scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Cuts above the outlets' discharge curve, and the share of the storage that seeps away in a step.

    Parameters
    ----------
    basin : Basin
        The basin; ``outlets.csv`` has the points of concave curves, ``seepage.csv`` the shares a day.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    dict
        Variables by name, as (dims, array). A curve of n points has n - 1 cuts, the lines through neighbours.
    """
    days = np.array([float(step.days) for step in steps])
    bodies, slopes, intercepts = [], [], []
    for body, curve in basin.table("outlets").groupby("reservoir", sort=False):
        points = curve.sort_values("storage_hm3")
        stored, passed = points["storage_hm3"].to_numpy(dtype=float), points["release_m3s"].to_numpy(dtype=float)
        slope = np.diff(passed) / np.diff(stored)
        bodies += [str(body)] * len(slope)
        slopes.append(slope)
        intercepts.append(passed[:-1] - slope * stored[:-1])
    slope, intercept = (np.concatenate(parts) if parts else np.zeros(0) for parts in (slopes, intercepts))
    names = basin.ids("reservoirs")
    shares = basin.table("seepage").set_index("reservoir")["share_per_day"].reindex(names).fillna(0.0).to_numpy(dtype=float)
    return {
        "outlet_cut": np.array([f"{body}_{place}" for place, body in enumerate(bodies)], dtype=str),
        "outlet_reservoir": ("outlet_cut", np.array(bodies, dtype=str)),
        "outlet_slope": (("outlet_cut", "time"), rate_to_volume(slope[:, None], days)),
        "outlet_intercept": (("outlet_cut", "time"), rate_to_volume(intercept[:, None], days)),
        "seepage_share": (("reservoir", "time"), shares[:, None] * days),
    }
