"""Inputs of a user's own: what differs from those that a scenario and a basin give."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xarray as xr

from waterdeal.errors import ScenarioError, make_problem

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Own:
    """Variables and attributes that a user gave; None for one that was taken away."""

    variables: Mapping[str, xr.Variable | None]
    attrs: Mapping[str, Any]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.variables or self.attrs)

    @classmethod
    def of(cls, inputs: xr.Dataset, made: xr.Dataset) -> Own:
        """Find what differs in some inputs from those that were made."""
        if inputs is made:
            return cls({}, {})
        names, keys = dict.fromkeys(map(str, (*inputs.variables, *made.variables))), dict.fromkeys((*inputs.attrs, *made.attrs))
        return cls(
            {name: inputs.variables.get(name) for name in names if not _same(inputs, made, name)},
            {key: inputs.attrs.get(key) for key in keys if inputs.attrs.get(key) != made.attrs.get(key)},
        )

    def over(self, fresh: xr.Dataset, made: xr.Dataset, file: str) -> xr.Dataset:
        """Lay what was given over inputs made anew; what these would have changed is refused by name, for the two cannot both hold."""
        touched = [name for name in self.variables if not _same(fresh, made, name)]
        touched += [key for key in self.attrs if fresh.attrs.get(key) != made.attrs.get(key)]
        if touched:
            raise ScenarioError(file, [make_problem(file, None, name, "scenario.own_input") for name in touched])
        laid = {**{str(name): held for name, held in fresh.variables.items()}, **self.variables}
        held = {name: variable for name, variable in laid.items() if variable is not None}
        labels = {name for name in held if name in fresh.coords or name in held[name].dims}
        attrs = {key: value for key, value in {**fresh.attrs, **self.attrs}.items() if value is not None}
        data = {name: variable for name, variable in held.items() if name not in labels}
        return xr.Dataset(data, {name: held[name] for name in labels}, attrs)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each variable and attribute that was given, by name."""
        found = {name: _digest(variable) for name, variable in self.variables.items()}
        return found | {key: hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest() for key, value in self.attrs.items()}


def _same(one: xr.Dataset, other: xr.Dataset, name: str) -> bool:
    """Whether two datasets have the same of a variable, or both nothing."""
    first: Any = one.variables.get(name)
    second = other.variables.get(name)
    return first is second or (first is not None and second is not None and bool(first.equals(second)))


def _digest(variable: xr.Variable | None) -> str:
    """SHA-256 of dims, shape and values; empty where the variable was taken away."""
    if variable is None:
        return ""
    values = variable.values
    raw = values.tobytes() if values.dtype.kind in "fiub" else json.dumps(values.astype(str).tolist()).encode()
    return hashlib.sha256(json.dumps([list(variable.dims), list(values.shape)]).encode() + raw).hexdigest()
