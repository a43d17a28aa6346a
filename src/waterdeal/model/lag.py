"""Water that arrives in later steps than it left: travel time in reaches, delay of return flows.

A share ``share[item, left, k]`` of what leaves in step `left` arrives `k` steps later. The shares of one step add up to one, or to
less where the rest arrives after the horizon; nothing is made or lost by the delay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.model.network import grouped_set
from waterdeal.model.symbolic import Data

if TYPE_CHECKING:
    import xarray as xr


def add_arrivals(block: Any, items: Any, share: xr.Variable) -> None:
    """Add ``LEFT[time]``, the steps whose water can arrive in a step, and ``arriving[item, left, time]``.

    Parameters
    ----------
    block : Block
        The component's block.
    items : Set
        Links or demands with a delay, in the order of the first dim of `share`.
    share : xarray.Variable
        Shares by (item, time of leaving, steps later).
    """
    model = block.model()
    steps = model.TIME.ordered_data()
    count, lags = len(steps), share.shape[2]
    left, later = np.divmod(np.arange(count * lags), lags)
    used = (left + later < count) & share.values.any(axis=0).ravel()
    left, later = left[used], later[used]
    pairs = [(steps[i], steps[i + k]) for i, k in zip(left, later, strict=True)]
    block.PAIR = pyo.Set(initialize=pairs, dimen=2)
    members: dict[Any, list[Any]] = {}
    for leaving, arriving in pairs:
        members.setdefault(arriving, []).append(leaving)
    block.LEFT = grouped_set(model.TIME, members)
    block.arriving = Data(items, block.PAIR, array=share.values[:, left, later])
