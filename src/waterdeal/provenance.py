"""What a result was made from: versions, options, texts and hashes, as attributes of the file."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.basin.claims import HELD, SALT
from waterdeal.basin.schema import NAMED
from waterdeal.results.formats import PLAN, SCHEMA, schema_name
from waterdeal.results.held import held_variables
from waterdeal.scenario.facts import WHOSE
from waterdeal.scenario.own import variable_digest
from waterdeal.variables import DEAL
from waterdeal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import xarray as xr

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.read import ScenarioFile

#: packages that a plan depends on
PACKAGES = ("highspy", "pyomo", "xarray", "numpy", "pandas")
DISCLAIMER = "Computed from published and assumed figures; not an official document of any party."


@cache
def build_id() -> str:
    """Name the code that runs: the first digits of a SHA-256 over all sources of the package, the same in a checkout and a wheel."""
    root = Path(__file__).parent
    found = {file.relative_to(root).as_posix(): file for ending in ("py", "csv", "toml") for file in root.rglob(f"*.{ending}")}
    whole = hashlib.sha256()
    for name in sorted(name for name in found if not name.startswith("bundled/")):
        content = found[name].read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()[:16]


def code_name(attrs: Mapping[str, str]) -> str:
    """Name the code that made a plan, from the attributes of its file."""
    versions = json.loads(attrs.get("versions", "{}"))
    parts = [f"waterdeal {attrs.get('waterdeal_version', 'unknown')}, build {attrs.get('build_id', 'unnamed')}"]
    parts += [f"{name} {versions[name]}" for name in ("pyomo", "highspy") if name in versions]
    return ", ".join([*parts, f"format {attrs.get('read_from_schema', attrs.get(SCHEMA, f'{PLAN}@2'))}"])


def package_versions() -> dict[str, str]:
    """Return the versions of this toolkit and of the packages a plan depends on."""
    return {"waterdeal": __version__, **{name: version(name) for name in PACKAGES}}


def code_attributes() -> dict[str, str]:
    """Attributes that name the code, the solver and the machine that make a plan, and the format of its file."""
    return {
        SCHEMA: schema_name(PLAN),
        "waterdeal_version": __version__,
        "build_id": build_id(),
        "versions": json.dumps({"python": platform.python_version(), **package_versions()}),
        "platform": f"{platform.system()} {platform.machine()}",
        "solver": f"HiGHS {version('highspy')}",
    }


#: what a run's hash is of; the first was of the texts of files
RUN_HASH = "waterdeal/run-hash@2"
#: attribute of a plan that tells what the other rule of sharing would give each party
OTHER = "other_sharing"
#: attribute of a plan that tells what its look-ahead changes
KEPT = "lookahead_kept"
#: attribute of a plan that tells what the tolerance of promises bought
BOUGHT = "given_bought"
#: what is told beside a plan, by solving once more
BESIDE = (OTHER, KEPT, BOUGHT)
#: attribute of a plan that tells which cells of a workbook differ from the scenario
WORKBOOK = "workbook"
#: attributes of inputs that no equation reads
TOLD_ONLY = frozenset({"names", "provenance", "limits_lent", DEAL, "records", "crossings", "series", "series_sha256", HELD, SALT, WHOSE})


def inputs_digest(inputs: xr.Dataset) -> str:
    """SHA-256 of the inputs that are solved: every variable and what decides beside them, whatever files they came from.

    What gives private figures back is salted, so that nobody can try figures out.
    """
    variables = {str(name): variable_digest(inputs.variables[name]) for name in inputs.variables}
    salt = str(inputs.attrs.get(SALT, ""))
    private = [name for name in held_variables(inputs) if name in variables]
    variables |= {name: hashlib.sha256(f"{salt}{variables[name]}".encode()).hexdigest() for name in private}
    attrs = {key: str(value) for key, value in inputs.attrs.items() if key not in TOLD_ONLY}
    return hashlib.sha256(json.dumps([variables, attrs], sort_keys=True).encode()).hexdigest()


def run_hash(inputs: xr.Dataset, levels: Iterable[str], own: str) -> str:
    """SHA-256 of all that changes a plan but the code: the inputs, the order of levels, what is a user's own."""
    return hashlib.sha256(json.dumps([RUN_HASH, inputs_digest(inputs), list(levels), own]).encode()).hexdigest()


def run_attributes(
    file: ScenarioFile, basin: Basin, inputs: xr.Dataset, levels: Iterable[str], own: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Attributes that let anyone tell what a plan was made from."""
    scenario = file.scenario
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    created = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC).replace(microsecond=0)
    hashes = {
        **{f"basin/{name}": digest for name, digest in basin.digests.items()},
        **{f"scenario/{name}": hashlib.sha256(text.encode()).hexdigest() for name, text in file.texts.items()},
        **{f"scenario/{layer.name}/{name}": digest for layer in basin.layers for name, digest in layer.digests.items()},
        **({f"scenario/{inputs.attrs['series']}": inputs.attrs["series_sha256"]} if "series" in inputs.attrs else {}),
        **({f"scenario/{file.workbook.name}": file.workbook.sha256} if file.workbook is not None else {}),
        "overrides": hashlib.sha256("\n".join(file.overrides).encode()).hexdigest(),
    }
    told = {"own": json.dumps(own, ensure_ascii=False, sort_keys=True)} if own else {}
    hashes |= {name: hashlib.sha256(text.encode()).hexdigest() for name, text in told.items()}
    return {
        **told,
        **({WORKBOOK: file.workbook.record()} if file.workbook is not None else {}),
        "Conventions": "CF-1.11",
        "title": scenario.scenario.title.get("en", scenario.scenario.id),
        "titles": json.dumps(scenario.scenario.title, ensure_ascii=False),
        "status": scenario.scenario.status,
        "source": "waterdeal, an optimisation model solved by HiGHS",
        **code_attributes(),
        "solver_options": scenario.solver.model_dump_json(),
        "inputs_sha256": json.dumps(hashes),
        "run_sha256": run_hash(inputs, levels, told.get("own", "")),
        "scenario_text": json.dumps(dict(file.texts), ensure_ascii=False),
        "overrides": json.dumps(list(file.overrides), ensure_ascii=False),
        "created": created.isoformat(),
        "licence": basin.licence,
        "names": json.dumps(place_names(basin), ensure_ascii=False),
        "sources": basin.table("sources").to_json(orient="records", force_ascii=False),
        "disclaimer": DISCLAIMER,
    }


def place_names(basin: Basin) -> dict[str, dict[str, str]]:
    """Names people read, by id and language; a blank kk or uz name falls back to Russian."""
    names: dict[str, dict[str, str]] = {"basin": dict(basin.names)}
    for table in NAMED:
        rows = basin.table(table)
        for key, *texts in rows[[rows.columns[0], "name_en", "name_ru", "name_kk", "name_uz"]].itertuples(index=False):
            english, russian, kazakh, uzbek = map(str, texts)
            told = {"en": english, "ru": russian or english, "kk": kazakh or russian or english, "uz": uzbek or russian or english}
            names.setdefault(str(key), told)
    return names
