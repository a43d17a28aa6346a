"""Private layers and records: what leaves with a record, and the layers that a party brings to check one."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.basin.claims import SALT_FILE
from waterdeal.errors import FileProblem, why_of
from waterdeal.record.contents import annex_of, table_files
from waterdeal.reports.tables import make_tables
from waterdeal.results.held import held_layers, holder_of, masked
from waterdeal.results.store import inputs_to_bytes, read_inputs, read_results, to_bytes
from waterdeal.tracking.agreed import AGREED
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import xarray as xr


def layers_of(plan: xr.Dataset, run_folder: Path) -> list[Path]:
    """Return the folders of the private layers of a run, among its sources."""
    return [run_folder / "sources" / "scenario" / name for name in held_layers(plan)]


def without_private(files: Mapping[str, bytes], plan: xr.Dataset, run_folder: Path) -> dict[str, bytes]:
    """Return the files of a record without private layers, and with plans, inputs and tables that give none of their figures back."""
    kept = {name: content for name, content in files.items() if not _is_held(name, plan) and not name.startswith("tables/")}
    bare = masked(plan)
    kept |= table_files(bare, annex_of(files), cache(partial(make_tables, bare)))
    for folder in ("", f"{AGREED}/"):
        if f"{folder}plan.nc" in kept:
            kept[f"{folder}plan.nc"] = to_bytes(masked(read_results(run_folder / folder)))
            kept[f"{folder}inputs.nc"] = inputs_to_bytes(masked(read_inputs(run_folder / folder)))
    return kept


def _is_held(name: str, plan: xr.Dataset) -> bool:
    """Whether a source belongs to a private layer."""
    return name.endswith(f"/{SALT_FILE}") or name.startswith(tuple(f"scenario/{layer}/" for layer in held_layers(plan)))


def brought(plan: xr.Dataset, folders: Iterable[Path | str]) -> dict[str, bytes]:
    """Return the files of private layers that were brought to check a record, by their place in it.

    FileProblem where a folder is none of its layers: its salt and files must give the digests that the record holds.
    """
    found: dict[str, bytes] = {}
    for folder in map(Path, folders):
        if not held_layers(plan):
            raise FileProblem(say("held.none", folder=folder))
        match = next((name for name, layer in held_layers(plan).items() if _is_of(folder, layer)), None)
        if match is None:
            raise FileProblem(say("held.other_layer", folder=folder, party=holder_of(plan), file=SALT_FILE))
        names = (SALT_FILE, *held_layers(plan)[match]["sha256"])
        found |= {f"scenario/{match}/{name}": (folder / name).read_bytes() for name in names}
    return found


def _is_of(folder: Path, layer: Mapping[str, Any]) -> bool:
    """Whether the salt and the files of a folder give the digests of a layer."""
    try:
        salt = (folder / SALT_FILE).read_bytes().strip()
        made = {name: hashlib.sha256(salt + (folder / name).read_bytes()).hexdigest() for name in layer["sha256"]}
    except FileNotFoundError:
        return False
    except OSError as error:
        raise FileProblem(say("plans.unreadable", file=folder, value=why_of(error))) from error
    return made == dict(layer["sha256"])


def needed(plan: xr.Dataset, laid: Mapping[str, bytes]) -> str:
    """Return the party whose layer a record cannot be checked whole without; empty where none is missing."""
    there = {name.rpartition("/")[0] for name in laid}
    return next((str(layer["party"]) for name, layer in held_layers(plan).items() if f"scenario/{name}" not in there), "")
