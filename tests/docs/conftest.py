"""The demo, run once, that all examples start from."""

from __future__ import annotations

import shutil
from contextlib import chdir
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DEMO, DOCS, call
from tests.thorough import made_once

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class DemoRun:
    """Where the demo was run, and what it printed.

    Parameters
    ----------
    folder : pathlib.Path
        Folder that holds ``waterdeal-demo``.
    out : str
        Its output.
    """

    folder: Path
    out: str


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """Run ``waterdeal demo syrdarya`` once."""

    def run() -> DemoRun:
        folder = tmp_path_factory.mktemp("demo")
        with chdir(folder):
            code, out, log = call(["demo", "syrdarya"])
        assert code == 0, log
        return DemoRun(folder, out)

    return made_once(tmp_path_factory, "demo", run)


@pytest.fixture
def reader_folder(demo_run: DemoRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder like a reader's: the demo beside the files of the how-to pages."""
    shutil.copytree(demo_run.folder / DEMO, tmp_path / DEMO)
    for folder in ("two-party", "track"):
        shutil.copytree(DOCS / "how-to" / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path
