"""Runs of the command line shared by the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.bundled import DRY
from tests.commands import Spoken, call
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import DemoRun


Shell = Callable[..., Spoken]


@pytest.fixture
def shell() -> Shell:
    """Call commands in this process."""
    return call


@pytest.fixture
def dry() -> Path:
    """The bundled dry scenario."""
    return bundled_folder("scenarios") / f"{DRY}.toml"


@pytest.fixture(scope="session")
def dry_run(demo_run: DemoRun) -> Path:
    """Folder of the demo's run of the dry scenario, in a folder with Cyrillic and a space."""
    return demo_run.run
