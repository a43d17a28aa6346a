"""What a party has of a plan, as one sum over the columns of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.studies.owners import columns_by_place, owners_by_family
from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program

    Floats = NDArray[np.float64]

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
    """What one party has of one thing over the horizon.

    Parameters
    ----------
    party, name, unit : str
        Whose, what, and in which unit.
    good : numpy.ndarray
        Its share in each column, so signed that more is better.
    more_is_better : bool
        Whether the figure itself grows as `good` does; a shortage does not.
    """

    party: str
    name: str
    unit: str
    good: Floats
    more_is_better: bool

    def figure(self, good: float) -> float:
        """Return the figure as people read it."""
        return (good if self.more_is_better else -good) + 0.0

    @property
    def label(self) -> str:
        """Name of its column in a table."""
        return f"{self.party}_{self.name}"


def make_measure(program: Program, inputs: xr.Dataset, party: str, name: str) -> Measure:
    """Make the measure of a party.

    Parameters
    ----------
    program : Program
        The compiled model.
    inputs : xarray.Dataset
        Inputs it was built from.
    party : str
        Whose.
    name : str
        ``delivery`` (water its demands get), ``shortage`` (water they miss), ``shortfall`` (water missing to volumes it is promised),
        ``energy`` of its plants; or its part of a level, ``benefit``, ``entitlement`` or ``irrigation``, weighted as the level is.

    Returns
    -------
    Measure
        A sum over columns.

    Raises
    ------
    ScenarioError
        If there is no such measure or party, or the party has none of it in this scenario.
    """
    if name not in MEASURES:
        hint = did_you_mean(name, list(MEASURES)) or f"Choose one of {', '.join(MEASURES)}."
        raise refused(field="of", found=f'there is no measure "{name}"', hint=hint)
    unit, more = MEASURES[name]
    good = (1.0 if more else -1.0) * _sum_of(program, inputs, party, name)
    if not good.any():
        known = sorted({*inputs["node_party"].values.tolist(), *inputs["demand_party"].values.tolist()} - {""})
        hint = (did_you_mean(party, known) if party not in known else "") or f"Its parties are {', '.join(known)}."
        raise refused(field="parties", found=f'"{party}" has no {name} in this scenario', hint=hint)
    return Measure(party, name, unit, good, more)


def has_measure(program: Program, inputs: xr.Dataset, party: str, name: str) -> bool:
    """Tell whether a party has any of something in this scenario.

    Parameters
    ----------
    program, inputs, party, name
        As for `make_measure`.

    Returns
    -------
    bool
        Whether some column counts.
    """
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
            found = f"{program.column_name(int(lost[0]))} counts on the level {name} and belongs to no party"
            raise refused(field="of", found=found, hint="Measure delivery instead.")
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
