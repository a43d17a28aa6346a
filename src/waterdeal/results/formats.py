"""Formats of plan.nc and inputs.nc: the number a file states, and what an earlier format left unsaid, filled in as it was meant.

1: the first; no parts beside water, power and clauses; reservoirs have one line of area for all steps; no number in the file.
2: every quantity of the vocabulary, empty parts named in one attribute; the number is in the file since `build_id` is.
3: `run_sha256` is of the inputs that were solved; the volume of an entitlement as published; the rest of a season keeps its clauses, and
   what was measured before it. A file of format 2 is read as it is.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from waterdeal.errors import FileProblem
from waterdeal.variables import having, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

PLAN, INPUTS = "waterdeal/plan", "waterdeal/inputs"
#: format that is written
NUMBER = 3
#: attributes that name the format, and the one from which a plan was brought up
SCHEMA, BROUGHT_UP = "schema", "read_from_schema"
#: variables of format 2 that no plan needs to have
OPTIONAL = frozenset({*having("later"), *having("followed")})
#: what format 1 meant where it said nothing; of its variables ``format_1.csv`` tells it, and ``format_2.csv`` of inputs that came later
_ATTRS_1 = {
    "physics": '{"evaporation":"line","head":"constant","passes":1,"bound_cells":0}',
    "evapotranspiration": "{}",
    "salinity": '{"on":false,"passes":10,"tolerance":0.01}',
}
_PLANES = ("at_most", "at_most", "at_most", "at_least")
#: types of what a variable is filled with
_TYPES = {"number": float, "whole": int}


@cache
def _unsaid(number: int) -> dict[str, tuple[str, str]]:
    """What a format meant by what it did not say, by name: a number (none where the inputs knew it), text, or the size of a dimension."""
    text = resources.files("waterdeal.results").joinpath(f"format_{number}.csv").read_text(encoding="utf-8")
    return {row["name"]: (row["kind"], row["meant"]) for row in csv.DictReader(text.splitlines())}


def schema_name(kind: str) -> str:
    """Return what a file written now states of its format, e.g. ``waterdeal/plan@3``."""
    return f"{kind}@{NUMBER}"


def brought_up(dataset: xr.Dataset, kind: str, file: Path) -> xr.Dataset:
    """Return the dataset of a file in today's format, whatever format the file has."""
    stated = str(dataset.attrs.get(SCHEMA, f"{kind}@{2 if 'physics' in dataset.attrs else 1}"))
    name, _, number = stated.partition("@")
    if name != kind or not number.isdigit() or not 1 <= int(number) <= NUMBER:
        raise FileProblem(say("plans.unknown_format", file=file, stated=stated, kind=kind, schema_name=schema_name(kind)))
    whole = dataset if int(number) > 1 else _from_1(dataset, kind, file)
    stages = {"result" if kind == PLAN else "input", "both"}
    due = {name: row.dims for name, row in vocabulary().items() if row.stage in stages and name not in OPTIONAL}
    wrong = [name for name, dims in due.items() if name not in whole.variables or whole.variables[name].dims != dims]
    if wrong:
        raise FileProblem(say("plans.incomplete", file=file, names=", ".join(wrong)))
    return whole.assign(_came_later(whole)) if kind == INPUTS else whole


def _came_later(inputs: xr.Dataset) -> dict[str, xr.Variable]:
    """Inputs that came later, which the model asks of all, as they were meant where a file does not have them."""
    rows, made = vocabulary(), {}
    for name, (kind, meant) in _unsaid(2).items():
        if name not in inputs.variables:
            sizes = tuple(inputs.sizes.get(dim, 0) for dim in rows[name].dims)
            values = np.full(sizes, _TYPES[kind](meant)) if kind in _TYPES else np.empty(sizes, "<U1")
            made[name] = xr.Variable(rows[name].dims, values, rows[name].attrs)
    return made


def _from_1(dataset: xr.Dataset, kind: str, file: Path) -> xr.Dataset:
    """Bring format 1 up to 2: one line of area for all steps, no water but that of the river, no parts that came later."""
    whole = dataset.assign_attrs({**_ATTRS_1, **dataset.attrs, BROUGHT_UP: f"{kind}@1"})
    for name in ("area_intercept", "area_slope"):
        by_step = np.repeat(whole.variables[name].values[:, None], whole.sizes["time"], axis=1)
        whole[name] = xr.Variable(("reservoir", "time"), by_step, whole.variables[name].attrs)
    stage, told = "result" if kind == PLAN else "input", _unsaid(1)
    asked = [row for row in vocabulary().values() if row.name in told or row.name not in OPTIONAL]
    due = [row for row in asked if row.stage in {stage, "both"} and row.name not in whole.variables]
    made, missing = {}, []
    sized = {name: int(meant) for name, (kind, meant) in told.items() if kind == "size"}
    for row in due:
        sizes = tuple(whole.sizes.get(dim, sized.get(dim, 0)) for dim in row.dims)
        kind, meant = told.get(row.name, ("", ""))
        if row.name == "plane_sense":
            made[row.name] = xr.Variable(row.dims, np.array(_PLANES), row.attrs)
        elif kind in _TYPES:
            made[row.name] = xr.Variable(row.dims, np.full(sizes, _TYPES[kind](meant)), row.attrs)
        elif 0 in sizes:
            made[row.name] = xr.Variable(row.dims, np.empty(sizes, "<U1" if kind == "text" else float), row.attrs)
        else:
            missing.append(row.name)
    if missing:
        raise FileProblem(say("plans.lacks", file=file, missing=", ".join(missing)))
    dims = {str(dim) for variable in made.values() for dim in variable.dims if dim not in whole.dims and dim not in sized}
    pieces = {dim for dim in dims if dim.startswith("response_") or dim == "tangent"}
    return whole.assign(made).assign_coords({dim: np.array([], "<U1") for dim in sorted(dims - pieces)})
