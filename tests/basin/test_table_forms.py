"""A basin's tables in the forms in which people save them give the same basin; one mistake is one problem."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from waterdeal.basin.read import read_basin
from waterdeal.basin.schema import NAMED, names_lacking
from waterdeal.basin.tables import TABLES
from waterdeal.errors import BasinDataError

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = Path(__file__).parents[2] / "docs/how-to/two-party/two_party"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small basin."""
    return Path(shutil.copytree(SMALL, tmp_path / "basin"))


def _each(folder: Path, change: Callable[[Path], None]) -> None:
    for file in sorted(folder.glob("*.csv")):
        change(file)


def _semicolons(file: Path, encoding: str) -> None:
    """Save a table as a spreadsheet does where the comma is the decimal mark."""
    rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    with file.open("w", newline="", encoding=encoding, errors="replace") as stream:
        csv.writer(stream, delimiter=";").writerows([[re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", cell) for cell in row] for row in rows])


def _workbook(file: Path) -> None:
    """Save a table as a workbook, numbers as numbers."""
    book = openpyxl.Workbook()
    for row in csv.reader(file.read_text(encoding="utf-8").splitlines()):
        book.active.append([float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell or None for cell in row])
    book.save(file.with_suffix(".xlsx"))
    file.unlink()


def _remarks(file: Path) -> None:
    """Write remarks on top."""
    file.write_text("# what this table holds\n# in m3/s\n" + file.read_text(encoding="utf-8"), encoding="utf-8")


def _no_blank_columns(file: Path) -> None:
    """Leave out the columns in which no cell holds anything."""
    table = pd.read_csv(file, dtype=str)
    table.dropna(axis=1, how="all").to_csv(file, index=False)


FORMS: dict[str, Callable[[Path], None]] = {
    "cp1251, semicolons, decimal commas": lambda file: _semicolons(file, "cp1251"),
    "utf-16": lambda file: _semicolons(file, "utf-16"),
    "xlsx": _workbook,
    "remarks on top": _remarks,
    "no blank columns": _no_blank_columns,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_basin(folder: Path, form: str) -> None:
    """Every table and the runoff are what they were."""
    expected = read_basin(folder)
    _each(folder, FORMS[form])
    found = read_basin(folder)
    assert found.runoff.equals(expected.runoff)
    for name, table in expected.tables.items():  # Windows-1251 has no Kazakh letters
        others = [column for column in table if column not in {"name_kk", "name_uz"}]
        assert found.tables[name][others].equals(table[others]), name


def test_a_guessed_encoding_is_known(folder: Path) -> None:
    """Of the table in which it had to be guessed; what says its encoding, or is UTF-8, is no guess."""
    _semicolons(folder / "nodes.csv", "cp1251")
    _semicolons(folder / "links.csv", "utf-16")
    told = read_basin(folder).told
    guessed = {name: told.get(name, {}).get("guessed", {}) for name in TABLES}
    assert guessed["nodes"] == {"nodes.csv": "cp1251"}
    assert not any(told for name, told in guessed.items() if name != "nodes")


def test_names_fall_back_to_another_language(folder: Path) -> None:
    """A table without Russian names has the English ones there, and without any its ids."""
    table = pd.read_csv(folder / "parties.csv", dtype=str)
    table.drop(columns=[name for name in table if name.startswith("name_") and name != "name_en"]).to_csv(folder / "parties.csv", index=False)
    nodes = pd.read_csv(folder / "nodes.csv", dtype=str)
    nodes.drop(columns=[name for name in nodes if name.startswith("name_")]).to_csv(folder / "nodes.csv", index=False)
    basin = read_basin(folder)
    assert basin.table("parties")["name_ru"].tolist() == table["name_en"].tolist()
    assert basin.table("nodes")["name_en"].tolist() == nodes["node"].tolist()
    parties, ids, links = ([str(key) for key in basin.ids(name)] for name in ("parties", "nodes", "links"))
    lacking, count = names_lacking(basin, "ru")
    assert lacking == [*parties, *ids]
    assert count == sum(len(basin.table(name)) for name in NAMED)
    assert names_lacking(basin, "en")[0] == ids
    assert set(links) <= set(names_lacking(basin, "kk")[0])  # whose cells are blank


@pytest.mark.parametrize("file", ["nodes.csv", "parties.csv", "demands.csv", "hydrology.csv"])
def test_a_table_that_cannot_be_read_is_one_problem(folder: Path, file: str) -> None:
    """What refers to it is not blamed."""
    (folder / file).unlink()
    with pytest.raises(BasinDataError) as caught:
        read_basin(folder)
    assert [problem.file for problem in caught.value.problems] == [file]


def test_a_slip_in_every_row_is_told_once(folder: Path) -> None:
    """The first rows are named and the others counted."""
    file = folder / "requirements.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("fields,", "feilds,"), encoding="utf-8")
    with pytest.raises(BasinDataError) as caught:
        read_basin(folder)
    told = [str(problem) for problem in caught.value.problems if problem.field == "demand"]
    assert len(told) == 2
    assert "and so in 10 more rows" in told[-1]


def test_an_alias_is_of_something(folder: Path) -> None:
    """Other names of a place stand in a table of their own; one of nothing is refused."""
    (folder / "aliases.csv").write_text("alias,id\nВерховье,headwater\n", encoding="utf-8")
    assert read_basin(folder).table("aliases")["id"].tolist() == ["headwater"]
    (folder / "aliases.csv").write_text("alias,id\nВерховье,headwatr\n", encoding="utf-8")
    with pytest.raises(BasinDataError, match=r'alias of "headwatr".*Did you mean "headwater"'):
        read_basin(folder)
