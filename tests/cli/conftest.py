"""Runs of the command line shared by the tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.commands import Spoken, call
from tests.thorough import made_once
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path


Shell = Callable[..., Spoken]


@pytest.fixture
def shell() -> Shell:
    """Call commands in this process."""
    return call


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
