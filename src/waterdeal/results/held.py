"""What a party keeps at home: the figures of private layers, and whatever in a plan gives one of them back, left out of what leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.claims import HELD, SALT
from waterdeal.errors import FileProblem
from waterdeal.results.given import GIVEN, SAID_HASH, given_digest, said_digest
from waterdeal.variables import setting, value_of, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Flags
    from waterdeal.unlabelled import Unlabelled
    from waterdeal.words import Words

#: attribute of a plan or of inputs from which private figures were taken out: the quantities that are blank in them
MASKED = "masked"
#: levels of the objective that count money
OF_MONEY = frozenset({"benefit"})
#: attributes that are digests or bounds of what holds private figures
_OF_FIGURES = (SALT, "program_sha256", "benefit_bound")
#: attributes that tell values of levels, and where the replay differs, as JSON
_BY_LEVEL = ("levels", "levels_least", "lookahead_levels", "given_bought", "replay")


def held_layers(dataset: xr.Dataset | Unlabelled) -> dict[str, dict[str, Any]]:
    """Return the private layers of inputs or of a plan by their folder: party, count of figures by table, columns, salted digests."""
    found: dict[str, dict[str, Any]] = setting(dataset, HELD, {})
    return found


def holder_of(dataset: xr.Dataset) -> str:
    """Return the party that keeps layers of inputs or of a plan at home; empty where none does."""
    return next((str(layer["party"]) for layer in held_layers(dataset).values()), "")


def held_variables(dataset: xr.Dataset | Unlabelled) -> list[str]:
    """Name the quantities that give figures of private layers back, by the table of all."""
    columns = {column for layer in held_layers(dataset).values() for column in layer["columns"]}
    return [name for name, row in vocabulary().items() if row.private & columns] if columns else []


def held_sentences(dataset: xr.Dataset, words: Words) -> list[str]:
    """Say what is kept at home, and by whom."""
    told = [(layer["party"], table, count) for layer in held_layers(dataset).values() for table, count in sorted(layer["figures"].items())]
    return [words.text("held.by", party=party, table=table, count=count) for party, table, count in told]


def masked(dataset: xr.Dataset) -> xr.Dataset:
    """Return a plan or inputs without private figures and what gives one back; as it is where nothing is kept at home."""
    names = held_variables(dataset)
    if HELD not in dataset.attrs:
        return dataset
    held = {name: (dataset.variables[name], part) for name, part in hidden_parts(dataset).items()}
    blank = {name: variable.copy(data=np.where(part, np.nan, variable.values)) for name, (variable, part) in held.items()}
    attrs = {key: value for key, value in dataset.attrs.items() if key not in _OF_FIGURES or (not names and key != SALT)}
    if names:
        attrs |= {key: json.dumps(_plain(value_of(attrs[key]), names), ensure_ascii=False) for key in _BY_LEVEL if key in attrs}
    made = dataset.assign(blank)
    made.attrs = {**attrs, MASKED: json.dumps(names)}
    digests = {name: digest(made) for name, digest in ((GIVEN, given_digest), (SAID_HASH, said_digest)) if name in made.attrs}
    return made.assign_attrs(digests)


def hidden_parts(dataset: xr.Dataset | Unlabelled) -> dict[str, Flags]:
    """Tell of each variable that gives private figures back where it does: everywhere, and of levels on those that count money."""
    found: dict[str, Flags] = {}
    for name in [name for name in held_variables(dataset) if name in dataset]:
        shape = dataset.variables[name].shape
        levels = dataset.variables["objective_level"].values.astype(str) if name in {"level_value", "level_least"} else ()
        found[name] = np.isin(levels, list(OF_MONEY)) if len(levels) else np.ones(shape, dtype=bool)
    return found


def refuse_masked(dataset: xr.Dataset) -> None:
    """Refuse a plan or inputs from which private figures were taken out: nothing can be worked out from the rest."""
    if MASKED in dataset.attrs:
        raise FileProblem(say("held.needs_layer", party=holder_of(dataset)))


def _plain(value: Any, names: list[str]) -> Any:
    """Leave out what is told of levels of money, and rows about variables that are blank."""
    if isinstance(value, dict):
        return {key: _plain(part, names) for key, part in value.items() if key not in OF_MONEY}
    if isinstance(value, list):
        return [_plain(part, names) for part in value if not (isinstance(part, dict) and part.get("name") in names)]
    return value
