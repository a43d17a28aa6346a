"""The command line called in this process, and the demo run once, that tests of several folders start from."""

from __future__ import annotations

import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import validate

from tests.bundled import DRY
from waterdeal.cli import main
from waterdeal.cli.console import OUTPUT
from waterdeal.cli.outputs import output_schemas

# what commands tell is as wide here as where no terminal is
os.environ.pop("COLUMNS", None)

TWO_PARTY = Path(__file__).parents[1] / "docs" / "how-to" / "two-party"


class Spoken(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Its one JSON object, or list of them, held to the schema of its command."""
        content: dict[str, Any] = json.loads(self.out, parse_constant=refuse_constant)
        command = (content[0] if isinstance(content, list) else content).get(OUTPUT, "").rpartition("/")[2].partition("-output@")[0]
        if command:
            validate(content, output_schemas()["$defs"][command])
        return content


@dataclass(frozen=True)
class DemoRun:
    """The folder that holds ``waterdeal-demo``, and what the demo printed."""

    folder: Path
    out: str

    @property
    def run(self) -> Path:
        """The run of the dry growing season."""
        return self.folder / "waterdeal-demo" / "out" / DRY


def refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)


def call(*words: object) -> Spoken:
    """Call a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as left:
            code = left.code
    return Spoken(code if isinstance(code, int) else int(code is not None), out.getvalue(), err.getvalue())


def release_deal(value: str, more: str = "", title: str = "") -> str:
    """Write an agreement of the two parties: the upper one lets so much pass to the fields in summer; and more of it."""
    return f"""schema = "waterdeal/agreement@1"
[agreement]
id = "two-party"
{title}source = "assumed"
[[clause]]
id = "release"
kind = "min_volume"
party = "UP"
to = "LOW"
at = "fields_head"
start = 2026-06-01
end = 2026-09-01
value = "{value}"
source = "assumed"
{more}"""


def two_party_deal(folder: Path, deal: str) -> Path:
    """Copy the two parties of the how-to page into a new folder, and put an agreement beside them; return their scenario."""
    shutil.copytree(TWO_PARTY, folder)
    (folder / "deal.toml").write_text(deal, encoding="utf-8")
    return folder / "dry.toml"
