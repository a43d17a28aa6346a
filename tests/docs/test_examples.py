"""What README and how-to pages show, runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import waterdeal as wd
from tests.commands import call
from tests.docs.generate import EXCERPT
from tests.docs.pages import DOCS, PAGES, ROOT, RUN, blocks, problems_of, run_page
from tests.thorough import diagonal
from waterdeal.basin.read import read_basin
from waterdeal.reports.kinds import KINDS
from waterdeal.run import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import DemoRun

_NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)(?P<path>[^)#]+)(#[^)]*)?\)")


@pytest.mark.parametrize("page", diagonal(RUN, DOCS / "how-to" / "own-basin.md"), ids=lambda page: page.stem)
@pytest.mark.usefixtures("reader_folder")
def test_examples_of_a_page_run(page: Path) -> None:
    """Python, commands and scenarios of a page work in order, beside the demo."""
    run_page(page)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_examples_of_a_page_can_be_read(page: Path) -> None:
    """Without running them: Python compiles, what it imports is there, commands and their options exist, scenarios are TOML."""
    assert [problem for block in blocks(page) for problem in problems_of(block)] == []


def test_readme_sets_up_with_two_commands() -> None:
    """The README's first two blocks are the two one-line commands, the same in bash and in cmd."""
    first, second = [block.text.strip() for block in blocks(ROOT / "README.md") if block.language == "bash"][:2]
    assert first == "python -m pip install . && python -m waterdeal demo syrdarya"
    assert second == 'python -m pip install -e ".[dev]" && python -m pytest -n auto --house'


def test_readme_shows_what_the_demo_prints(demo_run: DemoRun) -> None:
    """Every line of the excerpt is printed by the demo, its numbers within a rounding."""
    shown = EXCERPT.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown is not None
    assert "Kazakhstan" in shown[0]
    assert "Uzbekistan" in shown[0]
    printed = demo_run.out.replace("\\", "/").splitlines()
    lines = [line for line in shown[0].splitlines() if line.strip() and line != "..."]
    missing = [line for line in lines if not any(_alike(line, other) for other in printed)]
    assert not missing, "the demo prints something else; run python -m tests.docs.refresh"


@pytest.mark.thorough
def test_the_page_of_data_shows_what_diff_prints() -> None:
    """Every line shown is printed, its numbers within a rounding."""
    shown = next(block.text for block in blocks(DOCS / "how-to" / "this-years-data.md") if block.language == "text").splitlines()
    assert len(shown) > 40
    printed = call("diff", "syrdarya@2026.1", "syrdarya@2026.2").out.splitlines()
    assert [line for line in shown if line.strip() and not any(_alike(line, other) for other in printed)] == []


def _alike(one: str, other: str) -> bool:
    """Whether two lines have the same words and nearly the same numbers."""
    if _NUMBER.sub("0", one).split() != _NUMBER.sub("0", other).split():
        return False
    pairs = zip(_numbers(one), _numbers(other), strict=True)
    return all(abs(a - b) <= max(0.11, 1e-3 * abs(a)) for a, b in pairs)


def _numbers(line: str) -> list[float]:
    return [float(number.replace(",", "")) for number in _NUMBER.findall(line)]


def test_four_node_basin_is_a_basin() -> None:
    """The example folder reads without a problem, and its scenario loads."""
    folder = DOCS / "how-to" / "two-party"
    assert read_basin(folder / "two_party").ids("nodes") == ["headwater", "upper_dam", "fields", "delta"]
    assert load(folder / "dry.toml").inputs.sizes["time"] == 18


def test_links_lead_somewhere() -> None:
    """Every relative link of a page is a file or folder of the repository."""
    found = [(page, match["path"]) for page in PAGES for match in _LINK.finditer(page.read_text(encoding="utf-8"))]
    assert len(found) > len(PAGES)
    assert [(page.name, path) for page, path in found if not (page.parent / path).exists()] == []


def test_the_gallery_is_whole() -> None:
    """Every figure of `wd.plot` is named there, every kind of report has its picture."""
    page = (DOCS / "how-to" / "figures.md").read_text(encoding="utf-8")
    assert [name for name in wd.plot.__all__ if f"`{name}`" not in page and f"plot.{name}(" not in page] == []
    assert [kind for kind in KINDS if f"](../figures/report-{kind}.png)" not in page] == []
