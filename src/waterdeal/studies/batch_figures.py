"""A batch as figures: totals of every cell, series where steps are the same, and differences to the cells compared with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.ensemble.members import QUANTITIES
from waterdeal.results.indicators import demand_indicators, group_indicators
from waterdeal.results.store import read_results
from waterdeal.results.tables import party_order
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: totals of a party and of a demand, with their units
TOTALS = {"requirement": "hm3", "delivery": "hm3", "shortage": "hm3", "supply_ratio": "1", "worst_ratio": "1"}
#: what a party has beside them
OF_PARTY = {**TOTALS, "energy": "GWh"}
#: series that are taken where steps and places are the same
SERIES = ("requirement", *QUANTITIES)


def party_totals(plan: xr.Dataset) -> pd.DataFrame:
    """Totals of each party of a plan, in the order of the basin."""
    table = group_indicators(plan).reindex(party_order(plan))
    made = pd.Series(plan["energy"].sum("time").values, index=plan["plant_party"].values.astype(str), dtype=float).groupby(level=0).sum()
    volumes = {name: table[name].fillna(0.0) for name, unit in TOTALS.items() if unit == "hm3"}
    return table.assign(**volumes, energy=made.reindex(table.index).fillna(0.0))[list(OF_PARTY)]


@dataclass(frozen=True)
class Ran:
    """What is known of a cell."""

    folder: Path  # its run
    run_sha256: str
    exit: int  # exit code of its run; -1 where there is none
    why: str  # why it has no plan


def batch_dataset(ran: Mapping[str, Ran], names: Mapping[str, Any]) -> xr.Dataset:
    """Put cells along one dimension; see `Batch.dataset`."""
    cells = list(ran)
    plans = {cell: read_results(held.folder) for cell, held in ran.items() if held.exit == 0}
    told = {name: [getattr(held, name) for held in ran.values()] for name in ("exit", "why", "run_sha256")}
    data: dict[str, Any] = {name: ("scenario", np.array(values)) for name, values in told.items()}
    data |= _totals(cells, {cell: party_totals(plan) for cell, plan in plans.items()}, "party", OF_PARTY)
    data |= _totals(cells, {cell: demand_indicators(plan)[list(TOTALS)] for cell, plan in plans.items()}, "demand", TOTALS)
    series, left_out = _series(cells, plans)
    attrs = {"names": json.dumps(names, ensure_ascii=False), "left_out": "; ".join(left_out)}
    created = [str(plan.attrs["created"]) for plan in plans.values()]
    found = xr.Dataset(data | series, {"scenario": np.array(cells, dtype=str)}, attrs | {"created": max(created, default="")})
    return found.set_coords([name for name in ("step", "step_length") if name in found])


def _totals(cells: Sequence[str], tables: Mapping[str, pd.DataFrame], dim: str, units: Mapping[str, str]) -> dict[str, Any]:
    """Totals of each cell by party or demand; NaN where a cell has none."""
    labels = list(dict.fromkeys(label for table in tables.values() for label in table.index.astype(str)))
    blank = pd.DataFrame(np.nan, index=labels, columns=list(units))
    arrays = np.stack([tables[cell].reindex(labels).to_numpy(dtype=float) if cell in tables else blank.to_numpy() for cell in cells])
    found = {f"{dim}_{name}": (("scenario", dim), arrays[:, :, place], {"units": unit}) for place, (name, unit) in enumerate(units.items())}
    return {dim: np.array(labels, dtype=str), **found}


def _series(cells: Sequence[str], plans: Mapping[str, xr.Dataset]) -> tuple[dict[str, Any], list[str]]:
    """Series of all cells that have a plan, where these have the same steps, and what is left out, and why."""
    found: dict[str, Any] = {}
    left_out: list[str] = []
    if not plans:
        return found, left_out
    first, *others = plans.values()
    if not all(_same(first, other, ("time", "step", "step_length")) for other in others):
        return found, ["series: not all scenarios have the same steps"]
    known = vocabulary()
    for name in SERIES:
        dim = known[name].dims[0]
        if not all(_same(first, other, (dim,)) for other in others):
            left_out.append(f"{name}: not all scenarios have the same places ({dim})")
            continue
        values = np.stack([plans[cell][name].values if cell in plans else np.full(first[name].shape, np.nan) for cell in cells])
        found[name] = (("scenario", *map(str, first[name].dims)), values, first[name].attrs)
        found[dim] = first[dim].values.astype(str)
    found |= {name: first[name].variable for name in ("time", "step", "step_length")}
    return found, left_out


def _same(one: xr.Dataset, other: xr.Dataset, names: Iterable[str]) -> bool:
    """Whether two plans have the same labels or lengths."""
    return all(np.array_equal(one[name].values, other[name].values) for name in names)


def matrix_of(figures: xr.Dataset) -> pd.DataFrame:
    """Return the matrix by (scenario, party): every figure of a party; a scenario without a plan has one row, of no party."""
    by_cell = {}
    for place, cell in enumerate(figures["scenario"].values.tolist()):
        values = {name: figures[f"party_{name}"].values[place] for name in OF_PARTY}
        table = pd.DataFrame(values, index=pd.Index(figures["party"].values, name="party"))
        there = table.dropna(how="all")
        by_cell[cell] = there if len(there) else pd.DataFrame(np.nan, index=pd.Index([""], name="party"), columns=list(OF_PARTY))
    found: pd.DataFrame = pd.concat(by_cell, names=["scenario"])
    return found


def differences_of(compared: Mapping[str, str], matrix: pd.DataFrame) -> pd.DataFrame:
    """Return the matrix less that of the cells compared with, where both have a plan; ``compared_with`` names each."""
    if not compared:
        return pd.DataFrame()
    keys = pd.MultiIndex.from_tuples([(compared[cell], party) for cell, party in matrix.index], names=matrix.index.names)
    apart = matrix.sub(matrix.reindex(keys).set_axis(matrix.index))
    apart.insert(len(apart.columns), "compared_with", [compared[cell] for cell, _ in matrix.index])
    return apart
