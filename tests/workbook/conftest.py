"""A small river with a deal, as a scenario and as a workbook."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import two_party_deal
from tests.workbook.books import DEAL, write_book

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the river and its workbook, for copies."""
    scenario = two_party_deal(tmp_path_factory.mktemp("workbook") / "river", DEAL)
    text = scenario.read_text(encoding="utf-8").replace("[scenario]", 'agreements = ["deal.toml"]\n\n[scenario]', 1)
    scenario.write_text(text, encoding="utf-8")
    return write_book(scenario).parent


@pytest.fixture
def book(written: Path, tmp_path: Path) -> Path:
    """A workbook of one's own, the scenario beside it."""
    shutil.copytree(written, tmp_path / "river")
    return tmp_path / "river" / "plan.xlsx"
