"""What keeps the suite short keeps its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import Block, problems_of
from tests.thorough import diagonal, made_once

if TYPE_CHECKING:
    from pathlib import Path


class Factory:
    """Stands for the tmp_path_factory of a worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def getbasetemp(self) -> Path:
        """Folder of this worker."""
        return self._folder


def test_a_diagonal_leaves_no_case_out() -> None:
    """The usual cases run by default, the others are marked, and a usual case that is gone is an error."""
    cases = diagonal("abc", "b")
    assert [case if isinstance(case, str) else (case.values[0], case.marks[0].name) for case in cases] == [("a", "thorough"), "b", ("c", "thorough")]
    with pytest.raises(AssertionError, match="no longer among the cases"):
        diagonal("abc", "d")


def test_what_is_made_once_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other workers read it; where making failed, each tries itself."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    one, other = Factory(tmp_path / "gw0"), Factory(tmp_path / "gw1")
    made = iter(range(9))
    assert [made_once(worker, "plan", lambda: [next(made)]) for worker in (one, other, one)] == [[0], [0], [0]]  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        made_once(one, "none", lambda: 1 / 0)  # type: ignore[arg-type]
    assert made_once(other, "none", lambda: next(made)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("python", "from waterdeal.run import load, lode\n", ["there is no waterdeal.run.lode"]),
        ("bash", "waterdeal run a.toml --lnag ru\n", ["waterdeal run a.toml --lnag ru"]),
        ("bash", "waterdeal rum a.toml\n", ["waterdeal rum a.toml"]),
        ("bash", "waterdeal study frontier a.toml --parties KZ,UZ  # exit 3\nls\n", []),
        ("python", "from waterdeal import units\nx = 1\n", []),
    ],
)
def test_examples_that_cannot_run_are_seen(language: str, text: str, told: list[str]) -> None:
    """A name that is gone, a command or an option that is not there."""
    assert [problem.partition(": ")[2] for problem in problems_of(Block(language, text, "page.md:1"))] == told
