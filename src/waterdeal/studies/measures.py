"""What a party has of a plan, as one sum over the columns of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.studies.problem import refused
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from waterdeal.lp.program import Family, Program
    from waterdeal.types import Floats


def family_indices(family: Family) -> tuple[Any, ...]:
    """Return the indices of a family of columns in order."""
    if family.index is not None:
        return tuple(family.index)
    return tuple(family.component.index_set()) if family.component.is_indexed() else ((),)


def columns_by_place(program: Program, name: str) -> Iterator[tuple[int, str]]:
    """Yield the columns of a Var with the first part of their index, which is the place they speak of."""
    for family in program.columns:
        if family.name == name:
            for offset, index in enumerate(family_indices(family)):
                yield family.start + offset, str(index[0] if isinstance(index, tuple) else index)


def owners_by_family(inputs: xr.Dataset) -> dict[str, Mapping[str, str]]:
    """Return the party of each place, by the Var whose first index names the place."""
    demand, node = _column(inputs, "demand", "demand_party"), _column(inputs, "node", "node_party")
    plant, block = _column(inputs, "plant", "plant_party"), _column(inputs, "power_block", "power_block_party")
    field = _through(inputs, "field", "field_demand", demand)
    crops = ("calibrated_cost", "season_output", "season_water")
    return {
        "demand.delivery": demand,
        "demand.shortage": demand,
        "entitlement.shortfall": _column(inputs, "entitlement", "entitlement_party"),
        "hydropower.turbine_flow": plant,
        "hydropower.energy": plant,
        "power_market.sold": block,
        "reservoir.storage": node,
        "lake.storage": node,
        "benefit.worth": _through(inputs, "benefit", "benefit_demand", demand),
        "groundwater.pumped": _through(inputs, "well", "well_demand", demand),
        "crops.path_area": _through(inputs, "crop_path", "path_field", field),
        **{f"crops.{name}": field for name in crops},
    }


def _column(inputs: xr.Dataset, dim: str, owner: str) -> dict[str, str]:
    """Owner by id of a dim."""
    return dict(zip(inputs[dim].values.astype(str).tolist(), inputs[owner].values.astype(str).tolist(), strict=True))


def _through(inputs: xr.Dataset, dim: str, name: str, owners: Mapping[str, str]) -> dict[str, str]:
    """Owner by id of a dim whose items belong to items with owners."""
    return {item: owners[place] for item, place in _column(inputs, dim, name).items()}


#: what is measured, with its unit, and whether more of it is better
MEASURES = {
    "delivery": ("hm3", True),
    "shortage": ("hm3", False),
    "shortfall": ("hm3", False),
    "energy": ("GWh", True),
    "benefit": ("1", True),
    "entitlement": ("hm3", False),
    "irrigation": ("hm3", False),
}
_VOLUMES = {"delivery": "demand.delivery", "shortage": "demand.shortage", "shortfall": "entitlement.shortfall"}


@dataclass(frozen=True)
class Measure:
    """What one party has of one thing over the horizon."""

    party: str
    name: str
    unit: str
    good: Floats  # its share in each column, so signed that more is better
    more_is_better: bool  # whether the figure itself grows as `good` does; a shortage does not

    def figure(self, good: float) -> float:
        """Return the figure as people read it."""
        return (good if self.more_is_better else -good) + 0.0

    @property
    def label(self) -> str:
        """Name of its column in a table."""
        return f"{self.party}_{self.name}"


def make_measure(program: Program, inputs: xr.Dataset, party: str, name: str) -> Measure:
    """Make the measure of a party."""
    if name not in MEASURES:
        hint = did_you_mean(name, list(MEASURES)) or say("studying.choose_one", MEASURES=", ".join(MEASURES))
        raise refused(field="of", found=say("studying.no_measure", name=name), hint=hint)
    unit, more = MEASURES[name]
    good = (1.0 if more else -1.0) * _sum_of(program, inputs, party, name)
    if not good.any():
        known = sorted({*inputs["node_party"].values.tolist(), *inputs["demand_party"].values.tolist()} - {""})
        hint = (did_you_mean(party, known) if party not in known else "") or say("studying.parties", known=", ".join(known))
        raise refused(field="parties", found=say("studying.no_scenario", party=party, name=name), hint=hint)
    return Measure(party, name, unit, good, more)


def has_measure(program: Program, inputs: xr.Dataset, party: str, name: str) -> bool:
    """Tell whether a party has any of something in this scenario."""
    return bool(_sum_of(program, inputs, party, name).any())


def _sum_of(program: Program, inputs: xr.Dataset, party: str, name: str) -> Floats:
    """Share of each column in the figure."""
    share = np.zeros(len(program.column_lower))
    owners = owners_by_family(inputs)
    if name in _VOLUMES:
        family = _VOLUMES[name]
        share[[column for column, place in columns_by_place(program, family) if owners[family].get(place) == party]] = 1.0
    elif name == "energy":
        _add_energy(share, program, inputs, party)
    else:
        cost = program.goals[name][0] * (1.0 if MEASURES[name][1] else -1.0)  # a benefit is a cost below zero, a shortage a cost
        owned = np.zeros(len(cost), dtype=bool)
        for family, by_place in owners.items():
            for column, place in columns_by_place(program, family):
                owned[column] = True
                share[column] = -cost[column] if by_place.get(place) == party else 0.0
        lost = np.flatnonzero((cost != 0) & ~owned)
        if lost.size:  # a benefit that belonged to nobody would be told as if it were none
            found = say("studying.counts_level_belongs_no", column_name=program.column_name(int(lost[0])), name=name)
            raise refused(field="of", found=found, hint=say("studying.measure_delivery_instead"))
    return share


def _add_energy(share: Floats, program: Program, inputs: xr.Dataset, party: str) -> None:
    """Energy of the plants of a party: by their factor, or where heads are followed by the column of their energy."""
    owner = dict(zip(inputs["plant"].values.tolist(), inputs["plant_party"].values.tolist(), strict=True))
    factor = dict(zip(inputs["plant"].values.tolist(), inputs["energy_factor"].values.tolist(), strict=True))
    headed = {place for _, place in columns_by_place(program, "hydropower.energy")}
    for column, plant in columns_by_place(program, "hydropower.turbine_flow"):
        if owner[plant] == party and plant not in headed:
            share[column] = factor[plant]
    for column, plant in columns_by_place(program, "hydropower.energy"):
        if owner[plant] == party:
            share[column] = 1.0
