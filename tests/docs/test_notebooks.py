"""The tutorials run from the first cell to the last."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.docs.notebooks import NOTEBOOKS
from tests.docs.pages import ROOT
from tests.thorough import diagonal

if TYPE_CHECKING:
    from pathlib import Path


def test_there_are_tutorials() -> None:
    """One tutorial a persona, in English and in Russian, and one of the contract."""
    assert [path.stem for path in NOTEBOOKS] == ["analyst", "analyst.ru", "contract", "contract.ru", "researcher", "researcher.ru"]


@pytest.mark.parametrize("path", diagonal(NOTEBOOKS), ids=lambda path: path.stem)
def test_tutorial_runs(path: Path, tmp_path: Path) -> None:
    """No cell fails, in a fresh folder; in a process of its own, because the notebook machinery leaves sockets open."""
    command = [sys.executable, "-m", "tests.docs.notebooks", str(path), str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace", check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_tutorial_is_kept_with_its_outputs(path: Path) -> None:
    """The stored notebook was executed in order, and no output is an error."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert "error" not in kinds
    assert kinds


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS if f"{path.stem}.ru" in {other.stem for other in NOTEBOOKS}])
def test_the_russian_tutorial_takes_the_same_steps(name: str) -> None:
    """Cell by cell: text beside text, and code that calls the same with the same settings."""
    english, russian = (nbformat.read(NOTEBOOKS[0].parent / f"{stem}.ipynb", as_version=4).cells for stem in (name, f"{name}.ru"))
    assert [cell.cell_type for cell in english] == [cell.cell_type for cell in russian]
    for one, other in zip(english, russian, strict=True):
        if one.cell_type == "code":
            assert _steps(one.source) == _steps(other.source)
        else:
            assert re.search("[а-я]{3}", other.source)


def _steps(code: str) -> list[str]:
    """What a cell calls and sets, whatever its language."""
    return re.findall(r"\w+\(|--set \S+|[\w-]+\.(?:toml|nc|csv)", code)
