"""A plan as researchers hold it: plain xarray, with its audit, indicators and file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.basin.origins import TOLD, origins_of
from waterdeal.results.audit import Audit, audit
from waterdeal.results.certificate import Certified, certified
from waterdeal.results.disk import write_file
from waterdeal.results.indicators import demand_indicators, group_indicators, plan_indicators
from waterdeal.results.store import read_results, to_bytes
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import xarray as xr

    from waterdeal.lp.blend import Start

#: module of the figures, which knows plans, and what of it is of no plan
FIGURES, OF_NO_PLAN = "waterdeal.plot", {"hindcast", "save"}


class Plots:
    """Figures of a plan: every function of `waterdeal.plot` that takes a plan, with this one."""

    def __init__(self, dataset: xr.Dataset) -> None:
        """Keep the plan."""
        self._dataset = dataset

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function that draws this plan."""
        if name not in dir(self):
            raise AttributeError(say("plot.no_figure", name=name), name=name, obj=self)
        return partial(getattr(import_module(FIGURES), name), self._dataset)

    def __dir__(self) -> list[str]:
        """Show the figures that a plan has."""
        return [name for name in import_module(FIGURES).__all__ if name not in OF_NO_PLAN]


@dataclass(frozen=True)
class Result:
    """A proven and audited plan.

    Every variable of the dataset is also an attribute: ``result.storage`` is ``result.dataset["storage"]``. Type checkers take every
    name that is no method for a variable; when it is used, one that is not there is an AttributeError.

    Parameters
    ----------
    dataset : xarray.Dataset
        Every result of ``variables.csv``.
    """

    dataset: xr.Dataset
    ended_at: Start | None = field(default=None, repr=False, compare=False)  # where its last pass has ended

    def __getattr__(self, name: str) -> xr.DataArray:
        """Return a variable of the dataset."""
        if name.startswith("_") or name not in self.dataset.variables:
            raise AttributeError(say("plans.no_variable", name=name), name=name, obj=self)  # Python then tells the nearest of `dir`
        return self.dataset[name]

    def __dir__(self) -> list[str]:
        """Show the methods of a plan and all its variables."""
        return sorted({*super().__dir__(), *map(str, self.dataset.variables)})

    def __getitem__(self, name: str) -> xr.DataArray:
        """Return a variable of the dataset."""
        return self.dataset[name]

    @property
    def attrs(self) -> dict[str, Any]:
        """What the plan was made from: scenario, versions, hashes, and ``own`` where it is not that of its files alone."""
        return self.dataset.attrs

    @property
    def plot(self) -> Plots:
        """Figures of the plan, e.g. ``result.plot.storage("toktogul", lang="ru")``; see `waterdeal.plot`."""
        return Plots(self.dataset)

    @property
    def party_supply_ratio(self) -> xr.DataArray:
        """Delivery over requirement by (party, time); NaN where a party requires nothing. By demand: `supply_ratio`."""
        parties = self.dataset["demand_party"].rename("party")
        given = self.dataset["delivery"].groupby(parties).sum("demand")
        required = self.dataset["requirement"].groupby(parties).sum("demand")
        return (given / required.where(required > 0)).rename("party_supply_ratio")

    def audit(self) -> Audit:
        """Recompute every balance from the dataset alone."""
        return audit(self.dataset)

    def indicators(self) -> dict[str, float]:
        """Return the single numbers of the plan."""
        return plan_indicators(self.dataset)

    def by_party(self) -> pd.DataFrame:
        """Return season supply by party."""
        return group_indicators(self.dataset, "party")

    def by_demand(self) -> pd.DataFrame:
        """Return season supply by demand."""
        return demand_indicators(self.dataset)

    def by_level(self) -> pd.DataFrame:
        """Return the value of each level, its least (NaN where not proven), what tolerance gives it, and whether it is within."""
        from pandas import DataFrame

        return DataFrame(certified(self.dataset), columns=Certified._fields).set_index("level")

    def origins(self) -> pd.DataFrame:
        """Return where each figure comes from: its name as ``table.place.column``, status, source and note."""
        from pandas import DataFrame

        return DataFrame(origins_of(self.dataset), columns=["figure", *TOLD])

    def save(self, path: Path | str) -> Path:
        """Write the plan as NetCDF.

        Parameters
        ----------
        path : pathlib.Path or str
            File to write; Cyrillic and spaces are fine.

        Returns
        -------
        pathlib.Path
            The file.
        """
        file = Path(path)
        write_file(file, to_bytes(self.dataset))
        return file


def open_result(path: Path | str) -> Result:
    """Read a plan back; no solver is needed.

    Parameters
    ----------
    path : pathlib.Path or str
        A NetCDF file or the folder of a run.

    Returns
    -------
    Result
        The plan, as it was saved.
    """
    return Result(read_results(path))
