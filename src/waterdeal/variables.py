"""The one table that names every quantity: name, dims, unit, CF name, meaning; and what a dataset says of itself beside them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import xarray as xr

    from waterdeal.unlabelled import Unlabelled


#: how a figure of a step stands for it, by unit
METHODS = {"hm3": "time: sum", "GWh": "time: sum", "m3 s-1": "time: mean"}


#: attribute of inputs that tells the (month, day) a water year begins on; 1 October where there is none
WATER_YEAR = "water_year_start"
#: attribute of a plan whose whole numbers were chosen first: that it is the only one holds for these alone
WHOLE = "whole_numbers_chosen"


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
    #: `blank`: may have gaps, or no limit. `unlimited`: of these, no gaps. `signed`: may be below zero. `share`: one at most.
    #: `calendar`: of the period alone. `network`: how the river runs, which tables of the basin alone say. `moved`: passes change it.
    #: `decision`: a replay takes it from the plan. `measured`: measurements are laid beside it. `promised`: clauses speak of it.
    #: `agreed`: it is there by agreement alone. `totalled`: studies add it up by party. `ends`: it stands at the end of its step
    #: (`time_end`), not over it. `missed`: what is missing to what is asked for nature, told as an indicator. `followed`: only the rest
    #: of a season has it. `later`: plans of format 2 may be without it
    roles: frozenset[str] = frozenset()
    #: columns of the basin that a party may keep at home and that this is worked out from, as ``table.column``; on levels of the objective
    #: that count money
    private: frozenset[str] = frozenset()

    @property
    def attrs(self) -> dict[str, str]:
        """CF attributes for a data variable."""
        attrs = {"units": self.unit, "long_name": self.description}
        if self.standard_name:
            attrs["standard_name"] = self.standard_name
        if self.dims[-1] == "time" and "ends" in self.roles:
            attrs["cell_methods"] = "time: point (comment: at time_end)"
        elif self.dims[-1] == "time" and self.unit in METHODS:
            attrs["cell_methods"] = METHODS[self.unit]
        return attrs


@cache
def vocabulary() -> dict[str, Quantity]:
    """Return every quantity by name, in the order of the table."""
    text = resources.files("waterdeal").joinpath("variables.csv").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = list(csv.DictReader(text.splitlines()))
    sets = ({**row, **{name: frozenset((row[name] or "").split()) for name in ("roles", "private")}} for row in rows)
    return {row["name"]: Quantity(**{**row, "dims": tuple(row["dims"].split(","))}) for row in sets}


@cache
def having(role: str) -> tuple[str, ...]:
    """Names of the quantities with a role, in the order of the table."""
    return tuple(name for name, quantity in vocabulary().items() if role in quantity.roles)


@cache
def of_season() -> frozenset[str]:
    """Quantities that clauses promise and that are of the whole season, of no step."""
    return frozenset(name for name in having("promised") if "time" not in vocabulary()[name].dims)


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
    labels = set(described.coords)
    for name, array in described.variables.items():
        if name not in labels and name in vocabulary():  # a variable of a model of the user's own is not
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


def setting(dataset: xr.Dataset | Unlabelled, name: str, default: Any = _NEEDED) -> Any:
    """Return what an attribute of inputs or results tells: the one place where text of a dataset becomes a value.

    Attributes are text, so that anyone can write a plan with plain xarray; nothing but this reads them as text.
    """
    if default is not _NEEDED and name not in dataset.attrs:
        return default
    try:
        return value_of(str(dataset.attrs[name]))
    except (KeyError, ValueError) as error:
        raise FileProblem(say("general.attribute", name=name)) from error


@lru_cache(maxsize=128)
def value_of(text: str) -> Any:
    """Return the value of a text that holds JSON."""
    return json.loads(text)


#: attribute that tells between whom the deal is
DEAL = "deal_parties"


def deal_of(dataset: xr.Dataset) -> list[str]:
    """Parties between whom the deal is, of inputs or results; none where the scenario does not say."""
    return cast("list[str]", setting(dataset, DEAL, []))


def names_of(dataset: xr.Dataset) -> dict[str, dict[str, str]]:
    """Names of places and parties by id and language, of inputs or results."""
    return cast("dict[str, dict[str, str]]", setting(dataset, "names", {}))


def levels_of(results: xr.Dataset) -> dict[str, float]:
    """Value that a plan reached on each level of its objective, in their order."""
    return cast("dict[str, float]", setting(results, "levels"))
