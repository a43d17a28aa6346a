"""What an ensemble is made of, so that it is only ever gone on with by the same."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.ensemble.shards import write_whole
from waterdeal.ensemble.traces import traces_digest
from waterdeal.errors import FileProblem
from waterdeal.provenance import build_id, inputs_digest, package_versions
from waterdeal.results.locks import locked
from waterdeal.variables import names_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.run import Case

SPEC = "ensemble.json"
#: format of an ensemble; the first had neither this nor the build
SCHEMA = "waterdeal/ensemble@2"


def spec_of(case: Case, traces: xr.DataArray, shard: int, quantities: Sequence[str]) -> dict[str, Any]:
    """Gather what decides the numbers of an ensemble."""
    texts = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in case.file.texts.items()}
    return {
        "scenario": case.file.scenario.scenario.id,
        "scenario_sha256": texts,
        "overrides": list(case.file.overrides),
        "basin": case.basin.id,
        "basin_sha256": dict(case.basin.digests),
        "inputs_sha256": inputs_digest(case.inputs),
        "traces_sha256": traces_digest(traces),
        "members": traces.sizes["trace"],
        "shard": shard,
        "quantities": list(quantities),
        "parties": _parties(case.inputs),
        "names": _names(case.inputs),
        "levels": list(case.file.scenario.levels),
        "solver": case.file.scenario.solver.model_dump(),
        "schema": SCHEMA,
        "build_id": build_id(),
        "versions": package_versions(),
        **({"own": case.own()} if case.own() else {}),
    }


def _parties(inputs: xr.Dataset) -> dict[str, dict[str, str]]:
    """Party of each demand and plant, for summaries by party."""
    named = {dim: inputs[f"{dim}_party"].values.astype(str).tolist() for dim in ("demand", "plant")}
    return {dim: dict(zip(inputs[dim].values.astype(str).tolist(), parties, strict=True)) for dim, parties in named.items()}


def _names(inputs: xr.Dataset) -> dict[str, dict[str, str]]:
    """Names of demands and reservoirs in all languages, for what is told of them."""
    named = names_of(inputs)
    return {place: dict(named[place]) for dim in ("demand", "reservoir") for place in inputs[dim].values.tolist() if place in named}


def write_spec(folder: Path, spec: dict[str, Any]) -> None:
    """Write it, whole or not at all; where another process has, it must be the same."""
    text = json.dumps(spec, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    with locked(folder):
        if (folder / SPEC).exists():
            refuse_other(folder, spec)
        else:
            write_whole(folder / SPEC, text.encode())


def read_spec(folder: Path) -> dict[str, Any]:
    """Read what an ensemble is made of."""
    try:
        found = dict(json.loads((folder / SPEC).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise FileProblem(say("members.no_ensemble", folder=folder, spec=SPEC, error=error)) from error
    if not all(isinstance(found.get(key), int) and found[key] > 0 for key in ("members", "shard")):
        raise FileProblem(say("members.no_ensemble", folder=folder, spec=SPEC, error="members, shard"))
    return found


def refuse_other(folder: Path, spec: dict[str, Any]) -> None:
    """Refuse to go on with an ensemble that is made of something else."""
    if lines := differences(read_spec(folder), spec):
        raise FileProblem(say("members.other_ensemble", folder=folder, lines="\n".join(lines.values())))


def differences(found: Mapping[str, Any], due: Mapping[str, Any]) -> dict[str, str]:
    """Tell by dotted key what differs between what stands in a folder and what is asked for."""
    stands, now = (pd.json_normalize(json.loads(json.dumps(tree))).to_dict("records")[0] for tree in (found, due))
    differing = [key for key in {**stands, **now} if stands.get(key) != now.get(key)]
    return {key: say("members.differs", key=key, found=stands.get(key), due=now.get(key)) for key in map(str, differing)}
