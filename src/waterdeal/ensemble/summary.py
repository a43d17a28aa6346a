"""What an ensemble says: quantiles, exceedance curves, failures; read shard by shard, so that memory does not grow with the members."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.ensemble.shards import Shards
from waterdeal.ensemble.spec import read_spec
from waterdeal.errors import FileProblem
from waterdeal.words import safe_text, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.types import Floats

#: probabilities of a summary unless told
PROBABILITIES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
#: numbers of one quantity held in memory at once
MOST_HELD = 20_000_000


@dataclass(frozen=True)
class Ensemble:
    """An ensemble in its folder, finished or not."""

    folder: Path  # what `run_traces` has made

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What it is made of."""
        return read_spec(self.folder)

    @property
    def shards(self) -> Shards:
        """Its files."""
        return Shards(self.folder, int(self.spec["members"]), int(self.spec["shard"]))

    @property
    def members(self) -> int:
        """How many members it has when it is finished."""
        return self.shards.members

    @property
    def done(self) -> int:
        """How many members are written."""
        return sum(len(self.shards.numbers(shard)) for shard in self.shards.done())

    def __iter__(self) -> Iterator[xr.Dataset]:
        """Go through the files that are written, in the order of their members."""
        return map(self.shards.read, self.shards.done())

    @cached_property
    def first(self) -> xr.Dataset:
        """The first file that is written: dims, labels and attributes are those of all; FileProblem where none is."""
        for file in self:
            return file
        raise FileProblem(say("members.none_yet", folder=self.folder))

    def arrays(self, name: str) -> Iterator[NDArray[Any]]:
        """Go through one variable of the files that are written, in the order of their members."""
        return (self.shards.array(shard, name) for shard in self.shards.done())

    def values(self, quantity: str) -> xr.DataArray:
        """Return one quantity of all members."""
        member, trace = (np.concatenate(list(self.arrays(name))) for name in ("member", "trace"))
        found = self._places(quantity).expand_dims(member=member).copy(data=np.concatenate(list(self.arrays(quantity))))
        return found.assign_coords(trace=("member", trace))

    def _places(self, quantity: str) -> xr.DataArray:
        """A quantity of one member: its dims, labels and attributes."""
        return self.first[quantity].isel(member=0, drop=True).drop_vars("trace", errors="ignore")

    def quantiles(self, quantity: str, probabilities: Sequence[float] = PROBABILITIES) -> xr.DataArray:
        """Return quantiles over the members that have a plan."""
        places = self._places(quantity)
        flat = int(np.prod(places.shape))
        width = max(1, MOST_HELD // max(self.members, 1))
        found = np.full((len(probabilities), flat), np.nan)
        for start in range(0, flat, width):
            cut = slice(start, start + width)
            held = np.concatenate([part.reshape(len(part), flat)[:, cut] for part in self.arrays(quantity)])
            planned = held[~np.isnan(held).all(axis=1)]
            if len(planned):
                found[:, cut] = np.quantile(planned, list(probabilities), axis=0)
        failed = len(self.failures())
        told = {"members_with_plan": self.done - failed, "members_without_plan": failed}
        labelled = places.expand_dims(quantile=list(probabilities)).copy(data=found.reshape(len(probabilities), *places.shape))
        return labelled.assign_attrs(told)

    def exceedance(self, quantity: str) -> pd.DataFrame:
        """Return the exceedance curve of a quantity's total."""
        return exceedance_curve(np.concatenate([part.reshape(len(part), -1).sum(axis=1) for part in self.arrays(quantity)]))

    def reliability(self, small: float = 1e-6) -> pd.DataFrame:
        """Return how often no more than a small volume is missing to each demand, and how much is missing."""
        totals = np.concatenate([part.sum(axis=2) for part in self.arrays("shortage")])
        planned = totals[~np.isnan(totals).any(axis=1)]
        blank = np.full(totals.shape[1], np.nan)
        mean, worst = (planned.mean(axis=0), planned.max(axis=0)) if len(planned) else (blank, blank)
        return pd.DataFrame(
            {"reliability": (totals < small).mean(axis=0), "mean_shortage": mean, "worst_shortage": worst},
            index=pd.Index(self.first["demand"].values.astype(str), name="demand"),
        )

    def failures(self) -> pd.DataFrame:
        """Return the members that have no plan."""
        names = ("member", "trace", "error", "conflict")
        table = pd.DataFrame({name: list(chain.from_iterable(self.arrays(name))) for name in names})
        return table[table["error"] != ""].reset_index(drop=True)

    def digest(self) -> str:
        """Return a SHA-256 of all numbers, member after member: the same whoever solved them, in whatever order."""
        total = hashlib.sha256()
        for part in self:
            for name in sorted(map(str, part.variables)):
                values = part[name].values
                total.update(name.encode())
                total.update("\n".join(values.astype(str).ravel()).encode() if values.dtype.kind in "OU" else values.tobytes())
        return total.hexdigest()


def exceedance_curve(totals: Floats) -> pd.DataFrame:
    """Return the exceedance curve of a number of each member."""
    planned = np.sort(totals[~np.isnan(totals)])[::-1]
    return pd.DataFrame({"value": planned, "exceeded": np.arange(1, len(planned) + 1) / max(len(totals), 1)})


def grouped_exceedance(found: Ensemble, quantity: str, groups: Mapping[str, str]) -> pd.DataFrame:
    """Return the exceedance curve of each group of places.

    Parameters
    ----------
    found : Ensemble
        With members done.
    quantity : str
        Any that was kept, by place and step; the steps are added up.
    groups : mapping of str to str
        Group of each place, e.g. the party of each demand: ``case.inputs["demand_party"].to_series().to_dict()``. A place in none is left
        out.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``value`` from large to small, and ``exceeded``, the share of all members that reach it. Members without a plan reach
        nothing, and count.
    """
    values = found.values(quantity)
    totals = values.sum(values.dims[2:], skipna=False).values
    places = values[values.dims[1]].values.astype(str).tolist()
    curves = {
        group: exceedance_curve(totals[:, [groups.get(place) == group for place in places]].sum(axis=1))
        for group in dict.fromkeys(groups.values())
    }
    empty = pd.DataFrame(columns=["group", "value", "exceeded"])
    return pd.concat(curves, names=["group"]).reset_index("group").reset_index(drop=True) if curves else empty


def summary_files(found: Ensemble) -> dict[str, bytes]:
    """Write the summary."""
    names = [name for name in found.spec["quantities"] if found.first[name].size]
    quantiles = {name: found.quantiles(name) for name in names}
    buffer = io.BytesIO()
    xr.Dataset(quantiles).to_netcdf(buffer, engine="h5netcdf")
    files = {"quantiles.nc": buffer.getvalue()}
    for name, array in quantiles.items():
        table = pd.DataFrame({f"q{share:g}": array.sel(quantile=share).to_series() for share in array["quantile"].values.tolist()})
        files[f"quantiles/{name}.csv"] = _csv(table.reset_index())
    curves = [found.exceedance(name).assign(quantity=name)[["quantity", "value", "exceeded"]] for name in names]
    files["exceedance.csv"] = _csv(pd.concat(curves, ignore_index=True))
    by_party = [grouped_exceedance(found, name, owners).assign(quantity=name) for name in names if (owners := owners_of(found, name))]
    if by_party:
        table = pd.concat(by_party, ignore_index=True).rename(columns={"group": "party"})
        files["exceedance_by_party.csv"] = _csv(table[["quantity", "party", "value", "exceeded"]])
    files["reliability.csv"] = _csv(found.reliability().reset_index())
    files["failures.csv"] = _csv(found.failures())
    told = {"members": found.members, "done": found.done, "without_plan": len(found.failures()), "sha256": found.digest(), **found.spec}
    files["summary.json"] = (json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    return files


def owners_of(found: Ensemble, quantity: str) -> dict[str, str]:
    """Party of each place of a quantity; none where places have no party, and in ensembles of earlier builds."""
    dim = str(found.first[quantity].dims[1])
    known = found.spec.get("parties", {}).get(dim)
    return {place: known[place] for place in found.first[dim].values.astype(str).tolist()} if known else {}


def _csv(table: pd.DataFrame) -> bytes:
    """Write a table for Excel and everything else."""
    told = table.map(lambda cell: safe_text(cell) if isinstance(cell, str) else cell)
    return told.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
