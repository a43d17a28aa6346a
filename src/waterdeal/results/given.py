"""What a plan was given, as one hash over the inputs and texts in its file, so that a figure changed afterwards is seen."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from waterdeal.basin.claims import SALT
from waterdeal.variables import DEAL, WATER_YEAR, WHOLE, having, setting, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr

#: attribute of a plan that holds the hash; attributes that are inputs themselves
GIVEN = "given_sha256"
TEXTS = ("clauses", "physics", "salinity", "names")
#: attribute that holds the hash of what is said of how a plan was made and proven, and what that is
SAID_HASH = "said_sha256"
SAID = (
    "sharing", "sharing_chosen", "sharing_weights", "give_to", "evenness_give", "growing_season", WATER_YEAR, "year_class", "limits_lent",
    DEAL, "evapotranspiration", "lookahead", "lookahead_levels", "evaporation", "passes", "replay", "is_unique", WHOLE, "levels",
    "levels_least", "benefit_bound", "salinity_converged", "salinity_passes", "salinity_change",
)  # fmt: skip


def given_digest(plan: xr.Dataset) -> str:
    """SHA-256 over the inputs in a plan, whatever the types they were stored in."""
    total = hashlib.sha256()
    for name, quantity in sorted(vocabulary().items()):
        if quantity.stage == "both" and name in plan.variables and plan.variables[name].size:
            total.update(_text(plan, name))
    for dim in sorted(str(dim) for dim, size in plan.sizes.items() if size and dim in plan.coords):
        total.update(json.dumps([dim, *plan.variables[dim].values.astype(str).tolist()]).encode())
    for name in TEXTS:
        total.update(f"{name}{plan.attrs.get(name, '')}".encode())
    return total.hexdigest()


def said_digest(plan: xr.Dataset) -> str:
    """SHA-256 over what is said of how a plan was made and proven, so that a word of it changed afterwards is seen."""
    return hashlib.sha256(json.dumps([[name, str(plan.attrs[name])] for name in SAID if name in plan.attrs]).encode()).hexdigest()


def tell(plan: xr.Dataset, told: Mapping[str, str]) -> None:
    """Add attributes to a plan; its hash is made anew only where they are among what was given, such as other names of places."""
    moved = any(name in told and told[name] != plan.attrs.get(name) for name in TEXTS)
    plan.attrs.update(told)
    if moved:
        plan.attrs[GIVEN] = given_digest(plan)


def _text(dataset: xr.Dataset, name: str) -> bytes:
    """Name, shape and values of a variable, whatever type it was stored in."""
    values = dataset.variables[name].values
    raw = values.astype("<f8").tobytes() if values.dtype.kind in "fiub" else json.dumps(values.astype(str).tolist()).encode()
    return f"{name}{values.shape}".encode() + raw


def untied(plan: xr.Dataset, inputs: xr.Dataset, sources: Path) -> list[str]:
    """Name the inputs that a plan and the inputs beside it do not share, and the sources of a run that are not those it names."""
    both = [name for name, row in vocabulary().items() if row.stage == "both" and name not in having("moved")]
    there = [name for name in both if name in plan.variables and name in inputs.variables]
    found = [name for name in there if _text(plan, name) != _text(inputs, name)]
    found += [f"inputs.nc: {name}" for name in TEXTS if plan.attrs.get(name) != inputs.attrs.get(name)]
    salts = {f"scenario/{layer}/": salt for layer, salt in setting(plan, SALT, {}).items()}
    for name, digest in setting(plan, "inputs_sha256", {}).items():
        file, salt = sources / name, next((salt for folder, salt in salts.items() if name.startswith(folder)), "")
        if file.is_file() and hashlib.sha256(salt.encode() + file.read_bytes()).hexdigest() != digest:
            found.append(f"sources/{name}")
    return found
