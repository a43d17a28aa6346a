"""Names: what documentation shows is public, one name is one quantity, and dir and type checkers show what there is."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import assert_type

import pytest
import xarray as xr

import waterdeal as wd
from waterdeal.results.result import Result
from waterdeal.variables import vocabulary

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.ipynb")))
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code_of(page: Path) -> list[str]:
    """Python that a page shows."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        return _BLOCK.findall(text)
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page)], ids=lambda page: page.stem)
def test_what_a_page_imports_is_public(page: Path) -> None:
    """Nothing is imported by a deep path, and every ``wd.`` name is public."""
    for code in code_of(page):
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue  # a cell of a notebook that calls the command line
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] != "waterdeal" or node.module == "waterdeal"
            if isinstance(node, ast.Import):
                assert all(name.name == "waterdeal" for name in node.names if name.name.startswith("waterdeal"))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wd":
                assert node.attr in wd.__all__
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "studies":
                assert node.attr in wd.studies.__all__


def test_pages_mention_no_deep_path() -> None:
    """In running text too: ``waterdeal.x.y`` is a way in that nobody keeps."""
    deep = re.compile(r"`(?:from )?waterdeal\.(?!studies\.|examples\.|components|levels|clause_kinds|exe)[a-z_]+\.[a-z_]+")
    pages = [page for page in PAGES if page.suffix == ".md" and "decisions" not in page.parts and "reference" not in page.parts]
    assert [f"{page.name}: {found}" for page in pages for found in deep.findall(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", wd.studies.__all__)
def test_public_name_of_studies_is_there_and_documented(name: str) -> None:
    """Each can be imported and says what it is."""
    assert getattr(wd.studies, name).__doc__
    assert list(wd.studies.__all__) == sorted(set(wd.studies.__all__))


def test_dir_shows_the_public_names() -> None:
    """And nothing that is not for users."""
    assert {name for name in dir(wd) if not name.startswith("__")} == {*wd.__all__} - {"__version__"}
    assert {name for name in dir(wd.studies) if not name.startswith("__")} == {*wd.studies.__all__}


def test_one_name_is_one_quantity(two_party_plan: xr.Dataset) -> None:
    """Every variable is the same by attribute and by key, and none is hidden by a method of the plan or of a dataset."""
    plan = Result(two_party_plan)
    for name in two_party_plan.variables:
        assert getattr(plan, str(name)).identical(plan[str(name)])
    methods = {name for name in vars(Result) if not name.startswith("_")} | set(Result.__annotations__)
    assert methods & set(vocabulary()) == set()
    assert set(dir(plan)) >= {*map(str, two_party_plan.variables), *methods}
    assert plan.party_supply_ratio.dims == ("party", "time")
    assert plan.supply_ratio.dims == ("demand", "time")


def test_a_variable_that_is_not_there() -> None:
    """A slip of the pen is an AttributeError, of methods of a dataset too, which a plan does not have."""
    plan = wd.examples.two_party().solve()
    for name in ("storag", "isel"):
        with pytest.raises(AttributeError, match=name):
            getattr(plan, name)


def test_results_are_typed() -> None:
    """A type checker, which reads this file, sees arrays and not Any."""
    plan = wd.examples.two_party().solve()
    assert_type(plan.storage, xr.DataArray)
    assert_type(plan["storage"], xr.DataArray)
    assert_type(plan.party_supply_ratio, xr.DataArray)
    assert_type(plan, wd.Result)
    assert_type(wd.examples.two_party(), wd.Case)
