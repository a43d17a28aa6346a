"""Formats of plan.nc and inputs.nc: the number a file states, and what an earlier format left unsaid, filled in as it was meant.

1: the first; no parts beside water, power and clauses; reservoirs have one line of area for all steps; no number in the file.
2: every quantity of the vocabulary, empty parts named in one attribute; the number is in the file since `build_id` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from waterdeal.errors import FileProblem
from waterdeal.variables import vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

PLAN, INPUTS = "waterdeal/plan", "waterdeal/inputs"
#: format that is written
NUMBER = 2
#: attributes that name the format, and the one from which a plan was brought up
SCHEMA, BROUGHT_UP = "schema", "read_from_schema"
#: size of dimensions that stand whether or not their part is there
_SIZES = {"growth_stage": 4, "power_plane": 4, "cost_tangent": 12}
#: variables of format 2 that no plan needs to have
_OPTIONAL = frozenset({"link_cost", "balance_price"})
#: what format 1 meant where it said nothing; not a number where the inputs knew and the plan did not repeat it
_MEANT_1 = {
    "flow_least": 0.0, "storage_near_low": -np.inf, "storage_near_high": np.inf, "seepage_share": 0.0, "seepage": 0.0, "turbine_min": 0.0,
    "flow_shortfall_max": np.inf, "demand_grows": 0, "delivery_most": 0.0, "flow_natural": np.nan, "inflow_ground": 0.0, "crop_water": 0.0,
    "crop_consumption": 0.0, "flood_space": np.nan, "release_max": np.nan, "storage_value": np.nan, "energy_value": np.nan,
}  # fmt: skip
_ATTRS_1 = {
    "physics": '{"evaporation":"line","head":"constant","passes":1,"bound_cells":0}',
    "evapotranspiration": "{}",
    "salinity": '{"on":false,"passes":10,"tolerance":0.01}',
}
_PLANES = ("at_most", "at_most", "at_most", "at_least")
#: variables of parts that format 1 did not have which hold text
_TEXTS = frozenset({
    "headed_reservoir", "power_block_party", "power_block_kind", "pulse_link", "lake_target_lake", "aquifer_node", "aquifer_party",
    "well_aquifer", "well_demand", "percolation_kind", "percolation_source", "percolation_aquifer", "reuse_from", "reuse_to",
    "salt_limit_link", "field_demand", "field_crop", "field_response", "path_field", "land_demand", "rotation_demand", "rotation_crop",
    "food_party", "food_crop", "benefit_demand", "outlet_reservoir", "regime_clause",
})  # fmt: skip


def schema_name(kind: str) -> str:
    """Return what a file written now states of its format, e.g. ``waterdeal/plan@2``."""
    return f"{kind}@{NUMBER}"


def brought_up(dataset: xr.Dataset, kind: str, file: Path) -> xr.Dataset:
    """Return the dataset of a file in today's format, whatever format the file has."""
    stated = str(dataset.attrs.get(SCHEMA, f"{kind}@{2 if 'physics' in dataset.attrs else 1}"))
    name, _, number = stated.partition("@")
    if name != kind or not number.isdigit() or not 1 <= int(number) <= NUMBER:
        message = say("plans.unknown_format", file=file, stated=stated, kind=kind, schema_name=schema_name(kind))
        raise FileProblem(message)
    return dataset if int(number) == NUMBER else _from_1(dataset, kind, file)


def _from_1(dataset: xr.Dataset, kind: str, file: Path) -> xr.Dataset:
    """Bring format 1 up to 2: one line of area for all steps, no water but that of the river, no parts that came later."""
    whole = dataset.assign_attrs({**_ATTRS_1, **dataset.attrs, BROUGHT_UP: f"{kind}@1"})
    for name in ("area_intercept", "area_slope"):
        by_step = np.repeat(whole.variables[name].values[:, None], whole.sizes["time"], axis=1)
        whole[name] = xr.Variable(("reservoir", "time"), by_step, whole.variables[name].attrs)
    stage = "result" if kind == PLAN else "input"
    due = [row for row in vocabulary().values() if row.stage in {stage, "both"} and row.name not in whole.variables]
    made, missing = {}, []
    for row in due:
        sizes = tuple(whole.sizes.get(dim, _SIZES.get(dim, 0)) for dim in row.dims)
        if row.name == "plane_sense":
            made[row.name] = xr.Variable(row.dims, np.array(_PLANES), row.attrs)
        elif row.name in _MEANT_1:
            made[row.name] = xr.Variable(row.dims, np.full(sizes, _MEANT_1[row.name]), row.attrs)
        elif 0 in sizes:
            made[row.name] = xr.Variable(row.dims, np.empty(sizes, "<U1" if row.name in _TEXTS else float), row.attrs)
        elif row.name not in _OPTIONAL:
            missing.append(row.name)
    if missing:
        raise FileProblem(say("plans.lacks", file=file, missing=", ".join(missing)))
    dims = {str(dim) for variable in made.values() for dim in variable.dims if dim not in whole.dims and dim not in _SIZES}
    pieces = {dim for dim in dims if dim.startswith("response_") or dim == "tangent"}
    return whole.assign(made).assign_coords({dim: np.array([], "<U1") for dim in sorted(dims - pieces)})
