"""The folder of a reader, in which all examples stand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DEMO, DOCS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import DemoRun


@pytest.fixture
def reader_folder(demo_run: DemoRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder like a reader's: the demo beside the files of the how-to pages."""
    shutil.copytree(demo_run.folder / DEMO, tmp_path / DEMO)
    for folder in ("two-party", "track"):
        shutil.copytree(DOCS / "how-to" / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path
