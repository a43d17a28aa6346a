"""The reference pages say what the code says."""

from __future__ import annotations

import json
import re

import pytest
import typer

from tests.docs.generate import agreement_schema_text, output_schemas_text, schema_text, variables_page
from tests.docs.pages import DOCS
from waterdeal import errors
from waterdeal.agreement.forms import KINDS, kind_name
from waterdeal.agreement.schema import Agreement
from waterdeal.basin.tables import HYDROLOGY, STAGES, TABLES
from waterdeal.cli.app import app
from waterdeal.scenario.schema import Scenario

REFERENCE = DOCS / "reference"
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_variables_page_is_generated() -> None:
    """``variables.md`` is what ``variables.csv`` gives."""
    text = (REFERENCE / "variables.md").read_text(encoding="utf-8")
    assert text.startswith("<!-- Generated")
    assert text == variables_page(), "run python -m tests.docs.refresh"


def test_schema_is_generated() -> None:
    """``scenario.schema.json`` is what ``waterdeal schema`` prints."""
    assert (REFERENCE / "scenario.schema.json").read_text(encoding="utf-8") == schema_text(), "run python -m tests.docs.refresh"
    assert json.loads(schema_text())["additionalProperties"] is False


def test_agreement_schema_is_generated() -> None:
    """``agreement.schema.json`` is what ``waterdeal schema --agreement`` prints."""
    assert (REFERENCE / "agreement.schema.json").read_text(encoding="utf-8") == agreement_schema_text(), "run python -m tests.docs.refresh"


def test_output_schemas_are_generated() -> None:
    """``outputs.schema.json`` is what ``waterdeal schema --outputs`` prints, with a definition a command; `call` holds outputs to it."""
    assert (REFERENCE / "outputs.schema.json").read_text(encoding="utf-8") == output_schemas_text(), "run python -m tests.docs.refresh"
    leaves = {f"{name}-{leaf}" for name, command in COMMANDS.items() for leaf in getattr(command, "commands", ())}
    leaves |= {name for name, command in COMMANDS.items() if not getattr(command, "commands", ())}
    assert json.loads(output_schemas_text())["$defs"].keys() == leaves


def test_every_key_of_an_agreement_is_described() -> None:
    """``agreement-files.md`` names every kind of clause and every key of each."""
    text = (DOCS / "how-to" / "agreement-files.md").read_text(encoding="utf-8")
    parts = Agreement.model_json_schema(by_alias=True)
    keys = {key for part in (parts, *parts["$defs"].values()) for key in part.get("properties", {})}
    kinds = set(map(kind_name, KINDS))
    assert {key for key in keys | kinds if f"`{key}`" not in text} == set()


@pytest.mark.parametrize("name", [*TABLES, HYDROLOGY.name])
def test_table_is_described_column_by_column(name: str) -> None:
    """``basin-folder.md`` names every table and column of ``tables.csv``, and says which files may be absent; of stages the first and last."""
    sections = re.split("^## ", (REFERENCE / "basin-folder.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [text for text in sections if re.search(rf"(?<![a-z_]){name}\.csv", text)]
    table = (TABLES | {HYDROLOGY.name: HYDROLOGY})[name]
    between = {f"{kind}_{stage}" for kind in ("ky", "jensen") for stage in STAGES[1:-1]}
    missing = {column.name for column in table.columns if not any(re.search(rf"\b{column.name}\b", text) for text in found)}
    assert missing <= between
    assert not table.optional or any("(optional)" in text for text in found)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_described_with_its_options(name: str) -> None:
    """``cli.md`` has a section a command, with every option."""
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no section"
    places = {False: found[1], True: text.partition("\n## ")[0]}  # an option that `--help` leaves out is told once, at the top
    options = {(option, getattr(parameter, "hidden", False)) for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {option for option, hidden in options if option.startswith("--") and option != "--help" and option not in places[hidden]} == set()


def test_every_exit_code_is_described() -> None:
    """``cli.md`` lists the exit code of every error."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WaterdealError)]
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    assert {kind.exit_code for kind in kinds if f"\n| {kind.exit_code} |" not in text} == set()


def test_every_key_of_a_scenario_is_described() -> None:
    """``scenario-files.md`` names every table of a scenario file and every key in it."""
    text = (DOCS / "how-to" / "scenario-files.md").read_text(encoding="utf-8")
    parts = Scenario.model_json_schema(by_alias=True)
    keys = {key for part in (parts, *parts["$defs"].values()) for key in part.get("properties", {})}
    assert {key for key in keys if f"`{key}`" not in text} == set()
