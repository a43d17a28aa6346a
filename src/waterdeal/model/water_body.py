"""Storage and evaporation of a body of water, shared by reservoirs and lakes.

With area = A0 + A1 x storage and a net evaporation depth e, the evaporation of a step is taken on the mean storage:
``(1 + a) S = (1 - a) S_before + inflow - outflow - e A0`` with ``a = (e A1 + s) / 2``, where s is the share of the mean storage that seeps
away in the step. The line may be another one in every step and every pass; see ``solve.settle``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.lp.symbolic import Columns, Data
from waterdeal.model.network import Terms, add_sets, between, grouped_set

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add_storage(block: Any, bodies: Unlabelled) -> Terms:
    """Add ``storage[body, time]`` with its bounds, and the data of its balance."""
    model = block.model()
    add_sets(block, BODY=bodies["reservoir"].values)
    block.AT = grouped_set(model.NODE, {body: [body] for body in block.BODY})
    half = (bodies["evaporation_depth"] * bodies["area_slope"] + bodies["seepage_share"]) / 2
    first = np.zeros(bodies["evaporation_depth"].shape)
    first[:, 0] = ((1 - half.isel(time=0)) * bodies["storage_initial"]).values
    block.storage_min = Data(block.BODY, model.TIME, array=np.fmax(bodies["storage_min"], bodies["storage_near_low"]))
    block.storage_max = Data(block.BODY, model.TIME, array=np.fmin(bodies["storage_max"], bodies["storage_near_high"]))
    block.half_evaporation = Data(block.BODY, model.TIME, array=half.transpose("reservoir", "time"))
    block.evaporation_fixed = Data(block.BODY, model.TIME, array=bodies["evaporation_depth"] * bodies["area_intercept"])
    block.storage_carried_in = Data(block.BODY, model.TIME, array=first)
    block.storage = Columns(block.BODY, model.TIME, bounds=between("storage_min", "storage_max"))

    def carried_in(m: Any, node: Any, time: Any) -> Any:
        own = m.component(block.local_name)
        before = sum(
            (1 - own.half_evaporation[body, time]) * own.storage[body, previous] for body in own.AT[node] for previous in m.PREVIOUS[time]
        )
        return before + sum(own.storage_carried_in[body, time] for body in own.AT[node])

    def kept_and_evaporated(m: Any, node: Any, time: Any) -> Any:
        own = m.component(block.local_name)
        return sum(
            (1 + own.half_evaporation[body, time]) * own.storage[body, time] + own.evaporation_fixed[body, time] for body in own.AT[node]
        )

    return Terms(inflow=(carried_in,), outflow=(kept_and_evaporated,))


def twice_mean(bodies: Any, body: Any, time: Any) -> Any:
    """Add the storage at the end of a step to that at the end of the step before; that at the start of the horizon is data."""
    return bodies.storage[body, time] + sum(bodies.storage[body, before] for before in bodies.model().PREVIOUS[time])
