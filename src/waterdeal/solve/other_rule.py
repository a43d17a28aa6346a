"""What the other rule of sharing would give: the same scenario solved once more, from the lines of the plan at hand.

Areas are followed, as evaporation is water that parties have not; heads are not, as all that counts them comes after what is shared.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.model.levels import EQUAL_RATIO, LEAST_SHORTAGE, STANDINGS
from waterdeal.results.lines import with_lines
from waterdeal.solve.relations import evaporation_miss, with_areas
from waterdeal.solve.trust import anywhere

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.solve.single import Passes

#: a shortage below this is none, hm3: then either rule gives what is required; so is what lines miss of evaporation
NOTHING = 1e-6
#: passes on areas at most
MOST_PASSES = 4
#: decimals of what is told, hm3
DIGITS = 6


def other_deliveries(inputs: xr.Dataset, results: xr.Dataset, passes: Passes) -> str:
    """Return as JSON the other rule and what it delivers to each party, hm3; empty where nothing is shared."""
    if not set(STANDINGS) & set(passes.levels) or float(results["shortage"].values.sum()) <= NOTHING:
        return "{}"
    rule = LEAST_SHORTAGE if inputs.attrs.get("sharing") == EQUAL_RATIO else EQUAL_RATIO
    plan = passes.solve(anywhere(with_lines(inputs, results)).assign_attrs(sharing=rule), told=False)
    while plan.follows_areas and evaporation_miss(plan.inputs, plan.results) > NOTHING and passes.count < MOST_PASSES:
        plan = passes.solve(with_areas(plan.inputs, plan.results), told=False)
    found = plan.results
    owners, volumes = found["demand_party"].values.astype(str), found["delivery"].values.sum(axis=1)
    parties = {party: round(float(volumes[owners == party].sum()), DIGITS) for party in np.unique(owners).tolist()}
    return json.dumps({"sharing": rule, "delivery": parties})
