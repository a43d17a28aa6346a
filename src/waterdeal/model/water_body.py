"""Storage and evaporation of a body of water, shared by reservoirs and lakes.

With area = A0 + A1 x storage and a net evaporation depth e, the evaporation of a step is taken on the mean storage:
``(1 + a) S = (1 - a) S_before + inflow - outflow - e A0`` with ``a = (e A1 + s) / 2``, where s is the share of the mean storage that seeps
away in the step. The line may be another one in every step and every pass; see ``solve.settle``. In a step in which a body dries
(``storage_dries``, found by ``solve.drying``) its storage may fall below dead storage, and nothing leaves it but that; where it ends with
nothing, no more evaporates than there was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.lp.symbolic import Columns, Data
from waterdeal.model.network import Terms, add_sets, between, dries_at, grouped_set

if TYPE_CHECKING:
    from waterdeal.model.network import TermRule
    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


def add_storage(block: Any, bodies: Unlabelled) -> Terms:
    """Add ``storage[body, time]`` with its bounds, and the data of its balance."""
    model = block.model()
    add_sets(block, BODY=bodies["reservoir"].values)
    block.AT = grouped_set(model.NODE, {body: [body] for body in block.BODY})
    half = (bodies["evaporation_depth"] * bodies["area_slope"] + bodies["seepage_share"]) / 2
    first = np.zeros(bodies["evaporation_depth"].shape)
    first[:, 0] = ((1 - half.isel(time=0)) * bodies["storage_initial"]).values
    dries = dries_at(bodies, block.BODY.ordered_data())
    least, most = np.where(dries > 0, 0.0, bodies["storage_min"].values), np.where(dries > 1, 0.0, bodies["storage_max"].values)
    block.storage_min = Data(block.BODY, model.TIME, array=np.fmax(least, np.fmin(bodies["storage_near_low"].values, most)))
    block.storage_max = Data(block.BODY, model.TIME, array=np.fmin(most, np.fmax(bodies["storage_near_high"].values, least)))
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

    unmet = _add_unmet(block, bodies, dries) if (dries > 1).any() else ()
    return Terms(inflow=(carried_in, *unmet), outflow=(kept_and_evaporated,))


def _add_unmet(block: Any, bodies: Unlabelled, dries: Floats) -> tuple[TermRule, ...]:
    """Add ``evaporation_unmet[body, time]`` of bodies that fall dry: of what would evaporate, what is not there."""
    model, emptied = block.model(), (dries > 1).any(axis=1)
    add_sets(block, EMPTIED=bodies["reservoir"].values[emptied])
    block.EMPTIED_AT = grouped_set(model.NODE, {body: [body] for body in block.EMPTIED})
    block.unmet_most = Data(block.EMPTIED, model.TIME, array=np.where(dries[emptied] > 1, np.inf, 0.0))
    block.evaporation_unmet = Columns(block.EMPTIED, model.TIME, bounds=between("", "unmet_most"))

    def unmet(m: Any, node: Any, time: Any) -> Any:
        own = m.component(block.local_name)
        return sum(own.evaporation_unmet[body, time] for body in own.EMPTIED_AT[node])

    return (unmet,)


def twice_mean(bodies: Any, body: Any, time: Any) -> Any:
    """Add the storage at the end of a step to that at the end of the step before; that at the start of the horizon is data."""
    return bodies.storage[body, time] + sum(bodies.storage[body, before] for before in bodies.model().PREVIOUS[time])
