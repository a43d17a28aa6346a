"""What ``--json`` prints is what its schema says, for every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import TWO_PARTY, call
from tests.thorough import diagonal
from waterdeal.cli.outputs import output_schemas

if TYPE_CHECKING:
    from pathlib import Path

DRY = str(TWO_PARTY / "dry.toml")
#: words of each command, and its exit code; ``{run}`` is a small run, ``{new}`` a place where nothing is yet
CALLS = {
    "check": (f"check {DRY}", 0),
    "check of a bad scenario": (f"check {DRY} --set hydrology.factr=1", 4),
    "explain": ("explain {run}", 0),
    "why": ("why {run} fields", 0),
    "what-if": (f"what-if {DRY} --set hydrology.factor=1.1", 0),
    "prices": ("prices {run}", 0),
    "accounts": ("accounts {run}", 0),
    "compensation": (f"compensation {DRY} --upstream UP", 0),
    "audit": ("audit {run}", 0),
    "compare": ("compare {run} {run}/plan.nc", 0),
    "convert": ("convert {run} {new}.nc", 0),
    "info": ("info", 0),
    "info of a plan": ("info {run}", 0),
    "migrate": (f"migrate {DRY}", 0),
    "diff": ("diff syrdarya@2026.1 syrdarya@2026.2 --no-plans", 0),
    "diff of nothing": ("diff syrdarya syrdarya", 9),
    "schema": ("schema --outputs", 0),
    "schema to a file": ("schema --agreement -o {new}.json", 0),
    "inflow": (f"inflow {TWO_PARTY / 'two_party'} {{new}}.csv", 0),
    "new": ("new {new}", 0),
    "workbook": (f"workbook {DRY} {{new}}.xlsx", 0),
    "report": ("report {run} --lang ru,en --to txt -o {new}", 0),
    "agree": ("agree {run} -o {new} --draft", 0),
    "verify": ("verify {run} --no-solve", 9),
    "study-frontier": (f"study frontier {DRY} --parties UP,LOW", 0),
    "study-sensitivity": (f"study sensitivity {DRY} --parameter runoff*=0.9:1.1", 0),
    "several runs": (f"run {DRY} {DRY} -o {{new}} --quick --format csv", 9),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run."""
    folder = tmp_path_factory.mktemp("outputs") / "run"
    assert call("run", DRY, "-o", folder, "--quick", "--format", "csv").code == 0
    return folder


@pytest.mark.parametrize("case", diagonal(CALLS, "check", "check of a bad scenario", "accounts", "info", "migrate", "schema to a file"))
def test_an_output_is_what_its_schema_says(small: Path, tmp_path: Path, case: str) -> None:
    """Held to it by `Spoken.json`, as is every output that any test reads; numbers that are none are null."""
    words, code = CALLS[case]
    spoken = call(*words.format(run=small, new=tmp_path / "new").split(), "--json")
    assert spoken.code == code, spoken.err
    told = spoken.json
    one = told[0] if isinstance(told, list) else told
    assert (
        "$schema" in one
        or one["output"] == f"waterdeal/{' '.join(words.split()[: 1 + words.startswith('study')]).replace(' ', '-')}-output@1"
    )


def test_every_command_has_keys() -> None:
    """A definition says more than that it is an object."""
    assert all("properties" in (one.get("anyOf") or [one])[0] for one in output_schemas()["$defs"].values())
