"""What a party has of a plan, as one sum over the columns of the model."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats


def indexed_columns(program: Program, name: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the columns of an indexed Var with their index."""
    for family in program.columns:
        if family.name == name:
            for offset, index in enumerate(family.indices()):
                yield family.start + offset, index if isinstance(index, tuple) else (index,)


def columns_by_place(program: Program, name: str) -> Iterator[tuple[int, str]]:
    """Yield the columns of a Var with the first part of their index, which is the place they speak of."""
    return ((column, str(index[0])) for column, index in indexed_columns(program, name))


def _read_rows(name: str) -> list[dict[str, str]]:
    """Read a table that lies beside this file."""
    return list(csv.DictReader(resources.files("waterdeal.studies").joinpath(name).read_text(encoding="utf-8").splitlines()))


#: how a place of each Var, the first part of its index, leads to the party it belongs to: by these inputs, one after the other
OWNERS = {row["family"]: row["way"].split() for row in _read_rows("owners.csv")}
#: what is measured: its unit, whether more of it is better, and the Var it adds up where it is not a level
MEASURES = {row["measure"]: (row["unit"], bool(row["more_is_better"]), row["family"]) for row in _read_rows("measures.csv")}


def owners_of(inputs: xr.Dataset, family: str) -> dict[str, str]:
    """Return the party of each place of a Var."""
    owners: dict[str, str] = {}
    for name in reversed(OWNERS[family]):
        places, values = inputs[str(inputs[name].dims[0])].values.astype(str).tolist(), inputs[name].values.astype(str).tolist()
        owners = dict(zip(places, [owners[value] for value in values] if owners else values, strict=True))
    return owners


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
        raise refused(field="of", key="studying.no_measure", hint=did_you_mean(name, MEASURES), name=name)
    unit, more, _ = MEASURES[name]
    good = sum_of(program, inputs, party, name)
    if not good.any():
        known = sorted({*inputs["node_party"].values.tolist(), *inputs["demand_party"].values.tolist()} - {""})
        hint = None if party in known else did_you_mean(party, known)
        raise refused(field="parties", key="studying.has_none", hint=hint, party=party, name=name, known=", ".join(known))
    return Measure(party, name, unit, good, more)


def sum_of(program: Program, inputs: xr.Dataset, party: str, name: str) -> Floats:
    """Share of each column in what a party has of something, so signed that more is better; nothing but zeros where it has none."""
    share = np.zeros(len(program.column_lower))
    _, more, family = MEASURES[name]
    if family:
        owners = owners_of(inputs, family)
        share[[column for column, place in columns_by_place(program, family) if owners.get(place) == party]] = 1.0
    elif name == "energy":
        _add_energy(share, program, inputs, party)
    else:
        cost = program.goals[name][0] * (1.0 if more else -1.0)  # a benefit is a cost below zero, a shortage a cost
        owned = np.zeros(len(cost), dtype=bool)
        for each in OWNERS:
            owners = owners_of(inputs, each)
            for column, place in columns_by_place(program, each):
                owned[column] = True
                share[column] = -cost[column] if owners.get(place) == party else 0.0
        lost = np.flatnonzero((cost != 0) & ~owned)
        if lost.size:  # a benefit that belonged to nobody would be told as if it were none
            raise refused(field="of", key="studying.ownerless", column=str(program.column(int(lost[0]))), name=name)
    return share if more else -share


def _add_energy(share: Floats, program: Program, inputs: xr.Dataset, party: str) -> None:
    """Energy of the plants of a party: by their factor, or where heads are followed by the column of their energy."""
    owner = owners_of(inputs, "hydropower.energy")
    factor = dict(zip(owner, inputs["energy_factor"].values.tolist(), strict=True))
    headed = dict(columns_by_place(program, "hydropower.energy"))
    plain = {column: plant for column, plant in columns_by_place(program, "hydropower.turbine_flow") if plant not in headed.values()}
    for column, plant in (plain | headed).items():
        if owner[plant] == party:
            share[column] = factor[plant] if column in plain else 1.0
