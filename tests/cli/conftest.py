"""Runs of the command line shared by the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.thorough import made_once
from waterdeal.cli import main
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Spoken:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Its one JSON object."""
        content: dict[str, Any] = json.loads(self.out)
        return content


class Shell:
    """Calls commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Spoken:
        """Run one command."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in arguments])
        out, err = self._capsys.readouterr()
        code = left.value.code
        return Spoken(code if isinstance(code, int) else int(code is not None), out, err)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Call commands in this process."""
    return Shell(capsys)


@pytest.fixture
def dry() -> Path:
    """The bundled dry scenario."""
    return bundled_folder("scenarios") / "syrdarya-growing-dry.toml"


@pytest.fixture(scope="session")
def dry_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of the dry scenario, in a folder with Cyrillic and a space."""

    def run() -> Path:
        folder = tmp_path_factory.mktemp("Рабочий стол") / "план 1"
        scenario = bundled_folder("scenarios") / "syrdarya-growing-dry.toml"
        command = [sys.executable, "-m", "waterdeal", "run", str(scenario), "-o", str(folder), "--lang", "ru", "--lang", "en", "--quiet"]
        subprocess.run(command, check=True)
        return folder

    return made_once(tmp_path_factory, "dry_run", run)
