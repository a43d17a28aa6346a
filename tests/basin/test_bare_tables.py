"""A table that is empty, holds remarks only, a header only, blank rows or one strange cell is one mistake and one problem, in any table."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook

from tests.commands import call
from waterdeal.basin.read import read_basin
from waterdeal.errors import BasinDataError, Problem
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: what stands in place of a table, by its header
FORMS: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "remarks": lambda _: "# nothing yet\n# to come\n",
    "header": lambda header: f"{header}\n",
    "blank row": lambda header: f"# of the ministry\n{header}\n{',' * header.count(',')}\n",
    "cell": lambda _: "abc\n",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The basin of `waterdeal new`."""
    folder = tmp_path_factory.mktemp("bare") / "river"
    call("new", folder)
    return folder / "basin"


def _problems(folder: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a basin."""
    try:
        read_basin(folder)
    except BasinDataError as error:
        return error.problems
    return ()


def _try(folder: Path, scratch: Path, forms: Sequence[str], tables: Sequence[str] = ()) -> None:
    """Put some forms in place of tables in turn, of all where none is named."""
    for table in tables or sorted(path.name for path in folder.glob("*.csv")):
        header = next(line for line in (folder / table).read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
        for form in forms:
            spoilt = Path(shutil.copytree(folder, scratch / "spoilt", dirs_exist_ok=True))
            (spoilt / table).write_text(FORMS[form](header), encoding="utf-8")
            problems = _problems(spoilt)
            assert len(problems) <= 1, (table, form, problems)
            assert [problem.file for problem in problems] in ([], [table]), (table, form)
            assert problems or form in {"header", "blank row"}, (table, form)


def test_one_problem_for_each_table_of_a_small_basin(small: Path, tmp_path: Path) -> None:
    """Whatever refers to a table without rows, or needs rows of it, is not told again and again."""
    _try(small, tmp_path, ["header"])
    _try(small, tmp_path, list(FORMS), ["curves.csv"])


@pytest.mark.thorough
def test_one_problem_for_each_table_of_the_bundled_basin(tmp_path: Path) -> None:
    """The same in every form, with every optional table."""
    _try(bundled_folder("data") / "syrdarya", tmp_path, list(FORMS))


def test_a_workbook_is_named_by_its_own_name(small: Path, tmp_path: Path) -> None:
    """A table may be a workbook, and its problems name that, not the CSV that is not there."""
    folder = Path(shutil.copytree(small, tmp_path / "river"))
    rows = [line.split(",") for line in (folder / "limits.csv").read_text(encoding="utf-8").splitlines()[1:]]
    (folder / "limits.csv").unlink()
    book = Workbook()
    for row in (rows[0], [*rows[1][:1], "NOBODY", *rows[1][2:]], ["only"]):
        book.worksheets[0].append(row)
    book.save(folder / "limits.xlsx")
    found = {problem.row: problem for problem in _problems(folder)}
    assert {row: problem.file for row, problem in found.items()} == {2: "limits.xlsx", 3: "limits.xlsx"}
    assert found[3].field == "party, season, year, volume_hm3"  # one row that is not filled is one problem


def test_a_misspelt_heading_is_one_problem(small: Path, tmp_path: Path) -> None:
    """A heading that is nearly a needed one is not also missing; several that are missing are told together."""
    folder = Path(shutil.copytree(small, tmp_path / "river"))
    text = (folder / "requirements.csv").read_text(encoding="utf-8")
    (folder / "requirements.csv").write_text(text.replace("rate_m3s", "rate_m3"), encoding="utf-8")
    (problem,) = _problems(folder)
    assert (problem.field, problem.expected) == ("rate_m3", 'Did you mean "rate_m3s"?')
    (folder / "requirements.csv").write_text("demand\nfields\n", encoding="utf-8")
    (problem,) = _problems(folder)
    assert problem.field == "month, rate_m3s"
