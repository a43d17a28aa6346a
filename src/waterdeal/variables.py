"""The one table that names every quantity: name, dims, unit, CF name, meaning; and what a dataset says of itself beside them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import xarray as xr


@dataclass(frozen=True)
class Quantity:
    """One row of ``variables.csv``."""

    name: str  # name everywhere: input, LP row, result, column heading
    stage: str  # `input`, `result` or `both`; `replay` where only a replay tells it
    dims: tuple[str, ...]  # dimensions in order
    unit: str  # unit in UDUNITS spelling; `1` where there is none
    standard_name: str  # CF standard name, or empty
    description: str  # what it means, in one line
    #: `table.column` of the basin or scenario that an input is made from; its status is told by the origins of those figures
    source: str = ""
    solved_as: str = ""  # variables of the model that a result is read off, by block and name
    #: `blank`: may have gaps, or no limit. `moved`: passes change it. `decision`: a replay takes it from the plan. `measured`: measurements
    #: are laid beside it. `promised`: clauses speak of it. `agreed`: it is there by agreement alone. `totalled`: studies add it up by
    #: party. `missed`: what is missing to what is asked for nature, told as an indicator
    roles: frozenset[str] = frozenset()

    @property
    def attrs(self) -> dict[str, str]:
        """CF attributes for a data variable."""
        attrs = {"units": self.unit, "long_name": self.description}
        if self.standard_name:
            attrs["standard_name"] = self.standard_name
        if self.dims[-1] == "time" and self.unit == "hm3":
            attrs["cell_methods"] = "time: point" if self.name.startswith(("storage", "aquifer_storage")) else "time: sum"
        return attrs


@cache
def vocabulary() -> dict[str, Quantity]:
    """Return every quantity by name, in the order of the table."""
    text = resources.files("waterdeal").joinpath("variables.csv").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = list(csv.DictReader(text.splitlines()))
    split = ({**row, "dims": tuple(row["dims"].split(",")), "roles": frozenset(row["roles"].split())} for row in rows)
    return {row["name"]: Quantity(**row) for row in split}


@cache
def having(role: str) -> tuple[str, ...]:
    """Names of the quantities with a role, in the order of the table."""
    return tuple(name for name, quantity in vocabulary().items() if role in quantity.roles)


@cache
def dimensions() -> frozenset[str]:
    """Every dimension of the vocabulary."""
    return frozenset(dim for quantity in vocabulary().values() for dim in quantity.dims)


def labels_among(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Of variables by name those that are the labels of a dimension."""
    return {name: held for name, held in variables.items() if name in dimensions()}


def describe(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset whose variables carry the attributes of the vocabulary."""
    described = dataset.copy()
    for name, array in described.variables.items():
        if name not in described.coords:
            array.attrs.update(attributes(str(name), array.dims))
    return described


def attributes(name: str, dims: tuple[Hashable, ...]) -> dict[str, str]:
    """Return the attributes the vocabulary gives a variable."""
    quantity = vocabulary()[name]
    if dims != quantity.dims:
        raise ValueError(say("general.dims", name=name, dims=dims, dims_2=quantity.dims))
    return quantity.attrs


#: what `setting` is asked for where an attribute has to be there
_NEEDED = object()


def setting(dataset: xr.Dataset, name: str, default: Any = _NEEDED) -> Any:
    """Return what an attribute of inputs or results tells: the one place where text of a dataset becomes a value.

    Attributes are text, so that anyone can write a plan with plain xarray; nothing but this reads them as text.
    """
    held = dataset.attrs[name] if default is _NEEDED else dataset.attrs.get(name, _NEEDED)
    return default if held is _NEEDED else value_of(str(held))


@lru_cache(maxsize=128)
def value_of(text: str) -> Any:
    """Return the value of a text that holds JSON."""
    return json.loads(text)


def names_of(dataset: xr.Dataset) -> dict[str, dict[str, str]]:
    """Names of places and parties by id and language, of inputs or results."""
    return cast("dict[str, dict[str, str]]", setting(dataset, "names", {}))


def levels_of(results: xr.Dataset) -> dict[str, float]:
    """Value that a plan reached on each level of its objective, in their order."""
    return cast("dict[str, float]", setting(results, "levels"))
