"""What an ensemble says: quantiles, exceedance curves, failures; read shard by shard, so that memory does not grow with the members."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from waterdeal.ensemble.shards import Shards
from waterdeal.ensemble.spec import read_spec
from waterdeal.errors import FileProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: probabilities of a summary unless told
PROBABILITIES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
#: numbers of one quantity held in memory at once
MOST_HELD = 20_000_000


@dataclass(frozen=True)
class Ensemble:
    """An ensemble in its folder, finished or not.

    Parameters
    ----------
    folder : pathlib.Path
        What `run_traces` has made.
    """

    folder: Path

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
        return int(self.spec["members"])

    @property
    def done(self) -> int:
        """How many members are written."""
        return sum(len(self.shards.numbers(shard)) for shard in self.shards.done())

    def __iter__(self) -> Iterator[xr.Dataset]:
        """Yield the files that are written, in the order of their members."""
        for shard in self.shards.done():
            yield self.shards.read(shard)

    @cached_property
    def first(self) -> xr.Dataset:
        """The first file that is written: dims, labels and attributes are those of all; FileProblem where none is."""
        for file in self:
            return file
        message = f"{self.folder}: no member is written yet. Go on with: waterdeal ensemble run ... --resume"
        raise FileProblem(message)

    def arrays(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield one variable of the files that are written, in the order of their members."""
        for shard in self.shards.done():
            yield self.shards.array(shard, name)

    def values(self, quantity: str) -> xr.DataArray:
        """Return one quantity of all members.

        Parameters
        ----------
        quantity : str
            Any that was kept, or ``level_value``.

        Returns
        -------
        xarray.DataArray
            With the dim ``member`` first, NaN where a member has no plan.

        Raises
        ------
        KeyError
            If it was not kept.
        """
        like = self.first[quantity]
        labels = {name: coord for name, coord in like.coords.items() if "member" not in coord.dims}
        own = {name: np.concatenate(list(self.arrays(name))) for name in ("member", "trace")}
        return xr.DataArray(
            np.concatenate(list(self.arrays(quantity))),
            dims=like.dims,
            coords={**labels, **{name: ("member", held) for name, held in own.items()}},
            name=quantity,
            attrs=like.attrs,
        )

    def quantiles(self, quantity: str, probabilities: Sequence[float] = PROBABILITIES) -> xr.DataArray:
        """Return quantiles over the members that have a plan.

        Parameters
        ----------
        quantity : str
            Any that was kept.
        probabilities : sequence of float
            Shares of the members that lie below.

        Returns
        -------
        xarray.DataArray
            With the dim ``quantile`` first; ``attrs`` tell how many members have a plan and how many none.
        """
        first = self.first[quantity]
        places = first.isel(member=0, drop=True)
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
        return xr.DataArray(
            found.reshape(len(probabilities), *places.shape),
            dims=("quantile", *places.dims),
            coords={"quantile": list(probabilities), **{name: coord for name, coord in places.coords.items() if name in places.dims}},
            name=quantity,
            attrs={**first.attrs, "members_with_plan": self.done - failed, "members_without_plan": failed},
        )

    def exceedance(self, quantity: str) -> pd.DataFrame:
        """Return the exceedance curve of a quantity's total.

        Parameters
        ----------
        quantity : str
            Any that was kept; its places and steps are added up.

        Returns
        -------
        pandas.DataFrame
            ``value`` from large to small and ``exceeded``, the share of all members that reach it. Members without a plan reach nothing,
            and count.
        """
        return exceedance_curve(np.concatenate([part.reshape(len(part), -1).sum(axis=1) for part in self.arrays(quantity)]))

    def reliability(self) -> pd.DataFrame:
        """Return how often each demand is met, and how much is missing.

        Returns
        -------
        pandas.DataFrame
            By demand: ``reliability`` (share of all members without shortage; a member without a plan is one with), ``mean_shortage`` and
            ``worst_shortage`` in hm3 over the horizon of the members with a plan.
        """
        totals = np.concatenate([part.sum(axis=2) for part in self.arrays("shortage")])
        planned = totals[~np.isnan(totals).any(axis=1)]
        blank = np.full(totals.shape[1], np.nan)
        mean, worst = (planned.mean(axis=0), planned.max(axis=0)) if len(planned) else (blank, blank)
        return pd.DataFrame(
            {"reliability": (totals < 1e-6).mean(axis=0), "mean_shortage": mean, "worst_shortage": worst},
            index=pd.Index(self.first["demand"].values.astype(str), name="demand"),
        )

    def failures(self) -> pd.DataFrame:
        """Return the members that have no plan.

        Returns
        -------
        pandas.DataFrame
            ``member, trace, error, conflict``: the clauses that cannot all hold, apart by a space.
        """
        names = ["member", "trace", "error", "conflict"]
        tables = []
        for shard in self.shards.done():
            failed = np.flatnonzero(self.shards.array(shard, "error") != "")
            if failed.size:
                tables.append(pd.DataFrame({name: self.shards.array(shard, name)[failed] for name in names}))
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names)

    def digest(self) -> str:
        """Return a SHA-256 of all numbers, member after member: the same whoever solved them, in whatever order.

        Returns
        -------
        str
            Hexadecimal.
        """
        total = hashlib.sha256()
        for part in self:
            for name in sorted(map(str, part.variables)):
                values = part[name].values
                total.update(name.encode())
                total.update("\n".join(values.astype(str).ravel()).encode() if values.dtype.kind in "OU" else values.tobytes())
        return total.hexdigest()


def exceedance_curve(totals: Floats) -> pd.DataFrame:
    """Return the exceedance curve of a number of each member.

    Parameters
    ----------
    totals : numpy.ndarray
        One a member, NaN where it has no plan.

    Returns
    -------
    pandas.DataFrame
        ``value`` from large to small and ``exceeded``, the share of all members that reach it.
    """
    planned = np.sort(totals[~np.isnan(totals)])[::-1]
    return pd.DataFrame({"value": planned, "exceeded": np.arange(1, len(planned) + 1) / max(len(totals), 1)})
