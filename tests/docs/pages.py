"""Find the pages of the documentation and run what they show."""

from __future__ import annotations

import ast
import io
import re
import shlex
import tomllib
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from tests.commands import call
from tests.thorough import THOROUGH
from waterdeal.agreement.schema import Agreement
from waterdeal.cli.app import app
from waterdeal.run import load
from waterdeal.studies.batch_plan import read_grid

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: pages whose examples are run
RUN = (ROOT / "README.md", *sorted((DOCS / "how-to").glob("*.md")), *sorted((DOCS / "tutorials").glob("*.md")))
#: all pages
PAGES = (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")))
#: folder that `waterdeal demo` makes, on which the examples stand
DEMO = "waterdeal-demo"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# (?P<path>[\w/.-]+\.(toml|csv))\n")
_EXIT = re.compile(r"# exit (?P<code>\d+)$")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page.

    Parameters
    ----------
    language : str
        ``python``, ``bash``, ``toml``, ``csv``.
    text : str
        What stands in it.
    place : str
        Page and line, for messages.
    """

    language: str
    text: str
    place: str


def blocks(page: Path) -> list[Block]:
    """List the fenced blocks of a page in order."""
    content = page.read_text(encoding="utf-8")
    return [
        Block(found["language"], found["text"], f"{page.name}:{content[: found.start()].count(chr(10)) + 1}")
        for found in _BLOCK.finditer(content)
    ]


def run_page(page: Path) -> None:
    """Run every example of a page in order, in the current folder, as a reader would."""
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks(page):
        match block.language:
            case "python":
                with redirect_stdout(io.StringIO()):
                    exec(compile(block.text, block.place, "exec", dont_inherit=True), names)  # noqa: S102 - our own pages
            case "bash":
                _run_commands(block)
            case "toml":
                check_scenario_text(block)
            case "csv" if named := _NAMED.match(block.text):
                Path(named["path"]).write_text(block.text[named.end() :], encoding="utf-8")


def problems_of(block: Block) -> list[str]:
    """Say what can be seen to be wrong with an example without running it."""
    match block.language:
        case "python":
            tree = ast.parse(block.text, block.place)
            taken = [(part.module, alias.name) for part in ast.walk(tree) if isinstance(part, ast.ImportFrom) for alias in part.names]
            gone = [f"{module}.{name}" for module, name in taken if module and not _is_there(module, name)]
            return [f"{block.place}: there is no {name}" for name in gone]
        case "bash":
            lines = [line for line in block.text.splitlines() if line.startswith("waterdeal ")]
            return [f"{block.place}: {line}" for line in lines if not _is_a_command(shlex.split(line, comments=True)[1:])]
        case "toml":
            tomllib.loads(block.text)
    return []


def _is_there(module: str, name: str) -> bool:
    """Whether a name can be imported from a module."""
    home = import_module(module)
    return hasattr(home, name) or (hasattr(home, "__path__") and find_spec(f"{module}.{name}") is not None)


def _is_a_command(words: list[str]) -> bool:
    """Whether the words name a command, and options that it or the whole program has."""
    command = typer.main.get_command(app)
    known = {option for parameter in command.params for option in parameter.opts}
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]  # type: ignore[attr-defined]
    known |= {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    options = {word.partition("=")[0] for word in words if word.startswith("-") and not word[1:2].isdigit()}
    return not getattr(command, "commands", {}) and options <= known


def _run_commands(block: Block) -> None:
    """Run the ``waterdeal`` commands of a block; ``# exit 3`` behind one says how it ends.

    What is told by solving once more is left out unless all is run: the demo tells it.
    """
    for line in block.text.splitlines():
        if line.startswith("waterdeal "):
            found = _EXIT.search(line)
            words = shlex.split(line, comments=True)[1:]
            code, _, log = call(*words, *(["--quick"] if words[0] == "run" and not THOROUGH else []))
            assert code == int(found["code"] if found else 0), f"{block.place}: {line}\n{log}"


def check_scenario_text(block: Block) -> None:
    """Load a scenario block with its basin; a part of a scenario is laid over the demo's dry season.

    A first line such as ``# waterdeal-demo/mine.toml`` names the file, which is then left for the commands that follow.
    """
    content = tomllib.loads(block.text)
    if content.get("schema") == "waterdeal/basin@1":
        return
    named = _NAMED.match(block.text)
    if content.get("schema") == "waterdeal/agreement@1":
        Agreement.model_validate(content)
        if named:
            Path(named["path"]).write_text(block.text, encoding="utf-8")
        return
    if content.get("schema") == "waterdeal/layer@1":
        if named:
            Path(named["path"]).parent.mkdir(exist_ok=True)
            Path(named["path"]).write_text(block.text, encoding="utf-8")
        return
    if content.get("schema") == "waterdeal/batch@1":
        file = Path(named["path"] if named else Path(DEMO) / "batch.toml")
        file.write_text(block.text, encoding="utf-8")
        read_grid(file)
        return
    file = Path(named["path"]) if named else Path(DEMO) / "part.toml"
    whole = "extends" in content or "basin" in content
    file.write_text(block.text if whole else f'extends = "syrdarya-growing-dry.toml"\n{block.text}', encoding="utf-8")
    load(file)
    if not named:
        file.unlink()
