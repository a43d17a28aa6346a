"""What the other rule of sharing would give: the same scenario solved once more, on the lines of the plan at hand.

Curves are not followed once more: parties are told apart by tens of hm3, and lines of a plan beside it miss hundredths of that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.model.levels import EQUAL_RATIO, LEAST_SHORTAGE, STANDINGS
from waterdeal.results.lines import with_lines
from waterdeal.solve.trust import anywhere

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.single import Passes

#: a shortage below this is none, hm3: then either rule gives what is required
NOTHING = 1e-6
#: decimals of what is told, hm3
DIGITS = 6


def other_deliveries(inputs: xr.Dataset, results: xr.Dataset, passes: Passes) -> str:
    """Return as JSON the other rule and what it delivers to each party, hm3; empty where nothing is shared."""
    if not set(STANDINGS) & set(passes.levels) or float(results["shortage"].values.sum()) <= NOTHING:
        return "{}"
    rule = LEAST_SHORTAGE if inputs.attrs.get("sharing") == EQUAL_RATIO else EQUAL_RATIO
    found = passes.solve(anywhere(with_lines(inputs, results)).assign_attrs(sharing=rule), told=False).results
    owners, volumes = found["demand_party"].values.astype(str), found["delivery"].values.sum(axis=1)
    parties = {party: round(float(volumes[owners == party].sum()), DIGITS) for party in np.unique(owners).tolist()}
    return json.dumps({"sharing": rule, "delivery": parties})
