"""Inputs that a user gives: laid by name as the model reads them, and refused where it cannot."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.agreement.inputs import read_clauses
from waterdeal.basin.cells import did_you_mean
from waterdeal.basin.origins import PROVENANCE
from waterdeal.basin.tables import TABLES
from waterdeal.errors import Problem, ScenarioError
from waterdeal.scenario.parts_schema import Physics, Salinity
from waterdeal.scenario.schema import Objective
from waterdeal.variables import DEAL, WATER_YEAR, having, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

#: what cannot be above what, step by step
_ORDERED = (
    ("storage_min", "storage_max"), ("storage_terminal", "storage_max"), ("flow_least", "flow_max"), ("turbine_min", "turbine_max"),
)  # fmt: skip
_ROUNDING = 1e-9
#: hm3, or as much of another unit, beyond which nothing is: all lakes and rivers of the Earth hold less water
_MOST = 1e8


def _objective(key: str) -> Callable[[Any], object]:
    """Return what reads a setting of the objective."""
    return lambda value: Objective.model_validate({key: value})


#: attributes that decide beside the variables, and what reads each
_ATTRIBUTES: dict[str, Callable[[Any], object]] = {
    "physics": Physics.model_validate_json, "salinity": Salinity.model_validate_json, "clauses": read_clauses, WATER_YEAR: json.loads,
    **{key: _objective(key) for key in ("sharing", "evenness_give", "give_to")},
    **dict.fromkeys(("growing_season", "lookahead", "evapotranspiration"), json.loads),
    **dict.fromkeys(("limits_lent", DEAL, "names", "records", "crossings", PROVENANCE, "aliases"), json.loads),
}  # fmt: skip


def fitted(inputs: xr.Dataset, made: xr.Dataset, file: str) -> xr.Dataset:
    """Return inputs with dims and labels in the order of those that were made, and the attributes that are read."""
    if inputs is made:
        return inputs
    if not isinstance(inputs, xr.Dataset):
        raise ScenarioError(file, [_problem(file, "inputs", "no_dataset", kind=type(inputs).__name__)])
    problems = [*_label_problems(inputs, made, file), *_name_problems(inputs, made, file)]
    if problems:
        raise ScenarioError(file, problems)
    places = {dim: made.indexes[dim].get_indexer(inputs.indexes[dim]).argsort() for dim in made.indexes if dim in inputs.indexes}
    moved = {dim: order for dim, order in places.items() if not np.array_equal(order, np.arange(len(order)))}
    inputs = inputs.isel(moved) if moved else inputs
    data: dict[str, xr.Variable] = {}
    for name in map(str, made.data_vars):
        given, own = inputs.variables[name], made.variables[name]
        if given.values is own.values and (given.dims, given.attrs) == (own.dims, own.attrs):
            data[name] = own
            continue
        found = list(_shape_problems(name, given, own, file))
        if not found:
            data[name] = xr.Variable(own.dims, np.array(given.transpose(*own.dims).values), own.attrs)
            found = list(_value_problems(name, data[name], made, file))
        problems += found
    problems += _attribute_problems(inputs.attrs, file)
    problems = problems or [*_order_problems(data, made, file), *_clause_problems(data, inputs, made, file)]
    if problems:
        raise ScenarioError(file, problems)
    for name, variable in data.items():
        values = variable.values.astype(made.variables[name].dtype if variable.dtype.kind != "U" else str, copy=False)
        values.flags.writeable = False
        data[name] = variable if variable is made.variables[name] else xr.Variable(variable.dims, values, variable.attrs)
    read = {key: value for key, value in inputs.attrs.items() if key in made.attrs or key in _ATTRIBUTES}
    return xr.Dataset(data, made.coords, {**made.attrs, **read})


def _problem(file: str, name: str, key: str, **values: object) -> Problem:
    """Make a problem of one input; all have the same remedy."""
    return Problem(file, None, name, say(f"scenario.given_{key}", **values), say("scenario.given.remedy"))


def _told(names: object) -> str:
    """Name the first few of some labels."""
    found = [str(name) for name in np.ravel(np.asarray(names))]
    return ", ".join(found[:5]) + (" ..." if len(found) > 5 else "")


def _label_problems(inputs: xr.Dataset, made: xr.Dataset, file: str) -> Iterator[Problem]:
    """Report dims whose labels are not those of the case, each once."""
    used = {dim for name, variable in made.variables.items() if name not in made.coords for dim in variable.dims}
    for dim, index in [(dim, index) for dim, index in made.indexes.items() if dim in used]:
        given = inputs.indexes.get(dim)
        if given is not None and not given.is_unique:
            yield _problem(file, str(dim), "twice", labels=_told(given[given.duplicated()].unique()))
        elif given is None or given.symmetric_difference(index).size:
            missing, strange = (index, []) if given is None else (index.difference(given), given.difference(index))
            yield _problem(file, str(dim), "labels", missing=_told(missing) or "–", strange=_told(strange) or "–")


def _name_problems(inputs: xr.Dataset, made: xr.Dataset, file: str) -> Iterator[Problem]:
    """Report variables that are missing, and those that no model reads."""
    for name in [str(name) for name in made.data_vars if name not in inputs.variables]:
        yield _problem(file, name, "missing")
    for name in [str(name) for name in inputs.data_vars if name not in made.variables]:
        yield Problem(file, None, name, say("scenario.given_strange"), did_you_mean(name, map(str, made.data_vars)))


def _shape_problems(name: str, given: xr.Variable, own: xr.Variable, file: str) -> Iterator[Problem]:
    """Report other dims, another unit, and text for numbers; what passes move may have more lines."""
    unit = vocabulary()[name].unit
    free = name in having("moved")
    if set(given.dims) != set(own.dims) or (not free and dict(given.sizes) != dict(own.sizes)):
        yield _problem(file, name, "dims", dims=dict(given.sizes), needed=dict(own.sizes))
    elif given.attrs.get("units", unit) != unit:
        yield _problem(file, name, "unit", unit=given.attrs["units"], needed=unit)
    elif given.dtype.kind not in {"U": "UO", "f": "fiu"}.get(own.dtype.kind, "fiub"):
        yield _problem(file, name, "kind", kind=given.dtype)


def _value_problems(name: str, given: xr.Variable, made: xr.Dataset, file: str) -> Iterator[Problem]:
    """Report the first value of a variable that cannot be."""
    own, values = made.variables[name], given.values
    for key, names in (("calendar", having("calendar")), ("network", having("network"))):
        if name in names and not np.array_equal(values, own.values):
            yield _problem(file, name, key)
            return
    if own.dtype.kind == "U":
        bad = ~np.isin(values.astype(str), _words(name, made)) & (values != own.values)
    elif own.dtype.kind in "ib":
        bad = (values != np.rint(values)) | (values < min(0, own.values.min(initial=0))) | (values > max(1, own.values.max(initial=1)))
    else:
        bad = _outside(name, values.astype(float), own.values)
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        at = ", ".join(_label(made, dim, number) for dim, number in zip(given.dims, place, strict=True))
        yield _problem(file, name, "value", value=values[place], at=at, count=int(bad.sum()))


def _label(made: xr.Dataset, dim: object, number: int) -> str:
    """Name one place of a dim."""
    return str(made["step"].values[number] if dim == "time" else made[dim].values[number] if dim in made.coords else number)


def _words(name: str, made: xr.Dataset) -> list[str]:
    """Words that a variable of text may hold: its own, those of its column, and the ids that this one refers to."""
    table, _, field = vocabulary()[name].source.partition(".")
    column = next((column for column in TABLES[table].columns if column.name == field), None) if table in TABLES else None
    refers = column.refers.partition(".")[2] if column else name.rpartition("_")[2]
    ids = made[refers].values.tolist() if refers in made.coords else []
    return [*made[name].values.ravel().tolist(), *ids, *(column.choices if column else ())]


def _outside(name: str, values: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find numbers outside what a variable may hold, gaps among them; passes may have moved lines anywhere."""
    roles = vocabulary()[name].roles
    low = -np.inf if "signed" in roles or {"moved", "unlimited"} & roles == {"moved"} else 0.0
    outside = (values < low) | (values > (1.0 + _ROUNDING if "share" in roles else np.inf))
    if "moved" not in roles:
        outside |= np.isfinite(values) & (np.abs(values) > _MOST) & (values != own)
    if "blank" not in roles:
        return np.asarray(outside | ~np.isfinite(values))
    return np.asarray(outside | np.isnan(values)) if "unlimited" in roles else np.asarray(outside)


def _attribute_problems(attrs: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Report attributes that say what cannot be."""
    for key, read in _ATTRIBUTES.items():
        try:
            read(attrs[key]) if key in attrs else None
        except (ValueError, TypeError, KeyError):
            yield _problem(file, key, "attribute", value=textwrap.shorten(str(attrs[key]), 60))


def _clause_problems(data: Mapping[str, xr.Variable], inputs: xr.Dataset, made: xr.Dataset, file: str) -> Iterator[Problem]:
    """Report what is made of clauses and was changed without them: sentences would promise something else."""
    of_clauses = {vocabulary()[name].dims[0] for name in having("agreed")}
    if inputs.attrs.get("clauses", made.attrs.get("clauses")) == made.attrs.get("clauses"):
        for name, variable in data.items():
            own: Any = made.variables[name]
            if of_clauses.intersection(variable.dims) and not own.equals(variable):
                yield _problem(file, name, "clause")


def _order_problems(data: Mapping[str, xr.Variable], made: xr.Dataset, file: str) -> Iterator[Problem]:
    """Report bounds that cross, more in a reservoir than it can hold, shares beyond the whole, and curves that fall."""
    changed = {name for name, variable in data.items() if variable is not made.variables[name]}
    pairs: list[tuple[str, str, Any, Any]] = [(low, high, data[low].values, data[high].values) for low, high in _ORDERED]
    room = np.maximum(data["storage_max"].values, made["storage_max"].values).max(axis=1, initial=0.0)
    pairs += [(name, "storage_max", data[name].values, room) for name in ("storage_initial", "storage_dead")]
    low = np.minimum(data["storage_dead"].values, made["storage_initial"].values)  # the rest of a season may begin where the sun left it
    pairs.append(("storage_dead", "storage_initial", low, data["storage_initial"].values))
    for low, high, least, most in pairs:
        crossed = least > most + _ROUNDING * (1.0 + np.abs(least))
        if {low, high} & changed and crossed.any():
            place = np.unravel_index(int(crossed.argmax()), crossed.shape)
            at = ", ".join(_label(made, dim, int(number)) for dim, number in zip(data[low].dims, place, strict=True))
            yield _problem(file, low, "above", value=least[place], high=high, most=most[place], at=at)
    for name in sorted(changed & {"arrival_share", "return_share"}):
        if (data[name].values.sum(axis=-1) > 1.0 + _ROUNDING).any():
            yield _problem(file, name, "beyond_whole")
    for name in sorted(name for name in changed if "curve_point" in data[name].dims):
        steps = np.diff(data[name].values, axis=-1)
        if (steps < 0).any() or (name != "curve_area" and (steps == 0).any()):
            yield _problem(file, name, "falls")
        elif not np.array_equal(np.isnan(data[name].values), np.isnan(data["curve_volume"].values)):
            yield _problem(file, name, "gap")
