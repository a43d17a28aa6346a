"""What commands found about a run, kept beside it as ``findings/*.json``: one format each, and used only for the plan it was found of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.documents import plain
from waterdeal.errors import FileProblem
from waterdeal.results.disk import RUN_FILE, recovered, write_file
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "findings"
#: command that makes each, and what it is given, where RUN stands for the folder of the run
_GIVEN = {
    "explain": ("explain", "RUN"), "prices": ("prices", "RUN"), "compare": ("compare", "RUN", "OTHER"),
    "frontier": ("study", "frontier", "RUN", "--parties", "A,B"),
    "sensitivity": ("study", "sensitivity", "RUN", "--parameter", '"runoff*=0.8:1.2"'),
    "contract": ("contract", "RUN"), "ensemble": ("ensemble", "summary", "ENSEMBLE", "--run", "RUN"),
}  # fmt: skip
COMMANDS = {name: " ".join(["waterdeal", *words]) for name, words in _GIVEN.items()}


@dataclass(frozen=True)
class Findings:
    """The findings beside a run."""

    folder: Path | None  # folder of the run; none of a plan in memory, which has no findings

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what a command found; None where it was not asked; FileProblem where it is of another plan, or no longer as written."""
        file = None if self.folder is None else self.folder / FOLDER / f"{name}.json"
        if self.folder is None or file is None or not file.exists():
            return None
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            content, digest, plan = told["content"], told["content_sha256"], told["plan_sha256"]
            whole = told["schema"] == _schema(name) and digest == _digest(content)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            whole, content, plan = False, {}, ""
        if not whole or plan != plan_digest(self.folder):
            key = "report.stale" if whole else "report.damaged"
            raise FileProblem(say(key, file=file, command=self.command(name)))
        found: dict[str, Any] = content
        return found

    def command(self, name: str) -> str:
        """Return the command that makes a finding, with the name of the run's folder where it has one; not where that is: papers travel."""
        return COMMANDS[name] if self.folder is None else COMMANDS[name].replace("RUN", self.folder.resolve().name)


def is_run_folder(folder: Path) -> bool:
    """Whether a folder is that of a run, with a plan or without; a record is none, nothing is put into it."""
    return (folder / "inputs.nc").is_file() and (folder / RUN_FILE).is_file()


def write_finding(folder: Path, name: str, content: Mapping[str, Any]) -> Path:
    """Write what a command found beside the run it was asked of."""
    held = plain(content)
    told = {"schema": _schema(name), "plan_sha256": plan_digest(folder), "content_sha256": _digest(held), "content": held}
    file = folder / FOLDER / f"{name}.json"
    write_file(file, (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode())
    return file


def plan_digest(folder: Path) -> str:
    """SHA-256 of the plan of a run, or of its inputs where it has none."""
    place = recovered(folder)
    file = place / "plan.nc"
    try:
        return hashlib.sha256((file if file.exists() else place / "inputs.nc").read_bytes()).hexdigest()
    except OSError as error:
        raise FileProblem(say("report.no_run", folder=folder)) from error


def _schema(name: str) -> str:
    """Return the format of a finding."""
    return f"waterdeal/finding-{name}@1"


def _digest(content: Any) -> str:
    """SHA-256 of a content, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
