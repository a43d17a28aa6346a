"""A river of one's own, and a forecast of one's own, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.commands import call
from tests.thorough import diagonal
from waterdeal.basin.read import read_basin
from waterdeal.reports.excel import pages_bytes
from waterdeal.reports.table import Column, Table
from waterdeal.run import load
from waterdeal.words import Words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("lang", diagonal(["en", "ru", "kk", "uz"], "ru"))
def test_a_new_basin_is_sound_in_every_language(tmp_path: Path, lang: str) -> None:
    """Its tables hold only columns that say something, with remarks on top; the scenario is checked without a doubt."""
    told = call("new", tmp_path / "own", "--upper", "KG", "--lower", "UZ", "--inflow", "300", "--lang", lang)
    assert told.code == 0
    basin = read_basin(tmp_path / "own/basin")
    assert basin.table("parties")["party"].tolist() == ["KG", "UZ"]
    assert float(basin.runoff.sel(node="headwater").mean()) == pytest.approx(300)
    text = (tmp_path / "own/basin/nodes.csv").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "name_" not in text
    assert "Look at this" not in call("check", tmp_path / "own/scenario.toml", "--lang", "en").out


def test_a_new_basin_plans_at_once(tmp_path: Path) -> None:
    """The scenario has a plan; a folder that is there already is not written over; two parties of one name are refused."""
    assert call("new", tmp_path / "own").code == 0
    assert call("run", tmp_path / "own/scenario.toml", "-o", tmp_path / "plan", "--quick").code == 0
    assert call("new", tmp_path / "own").code != 0
    assert call("new", tmp_path / "other", "--upper", "A", "--lower", "A").code != 0


@pytest.mark.parametrize(("lang", "pointed"), [("en", "write 40.5, with a point"), ("ru", "напишите 40.5, через точку")])
def test_what_a_stranger_types_is_answered(tmp_path: Path, lang: str, pointed: str) -> None:
    """A decimal comma is named; a folder that is there is told without options that the command has not; a path with a blank is quoted."""
    assert pointed in call("new", tmp_path / "own", "--inflow", "40,5", "--lang", lang).err
    folder = tmp_path / "my river"
    assert f'waterdeal run "{folder / "scenario.toml"}"' in call("new", folder, "--lang", lang).out
    refused = call("new", folder, "--lang", lang).err
    assert refused
    assert not {"--force", "-o"} & set(refused.split())
    book = call("workbook", folder / "scenario.toml", folder / "plan.xlsx", "--lang", lang).out
    assert f'waterdeal run "{folder / "plan.xlsx"}"' in book


@pytest.mark.parametrize(("name", "lang"), [("a.xlsx", "ru"), ("a.csv", "uz")])
def test_a_class_of_year_goes_out_and_comes_back(tmp_path: Path, name: str, lang: str) -> None:
    """A series that was written and not touched gives the water of the class; an edit changes that figure alone."""
    assert call("new", tmp_path / "own").code == 0
    scenario = tmp_path / "own/scenario.toml"
    of_class = load(scenario).inputs["runoff"]
    options = ("--class", "dry_90", "--start", "2026-04-01", "--end", "2026-10-01", "--lang", lang)
    page = [Table("a", "A", "A", "", (Column("A"),), (("a",),))], Words(lang), "A", None
    before = pages_bytes(*page)
    assert call("inflow", tmp_path / "own/basin", tmp_path / "own" / name, *options).code == 0
    assert pages_bytes(*page) == before, "whatever was written before, a workbook has the same bytes"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace('year_class = "exceeded_90"', f'series = "{name}"'), encoding="utf-8")
    assert load(scenario).inputs["runoff"].values == pytest.approx(of_class.values, rel=1e-11)
    if name.endswith("xlsx"):
        book = openpyxl.load_workbook(tmp_path / "own" / name)
        book.worksheets[0]["B5"] = 0
        book.save(tmp_path / "own" / name)
        changed = load(scenario).inputs["runoff"].values - of_class.values
        assert (abs(changed) > 1e-6).sum() == 1


def test_what_is_no_class_and_no_table(tmp_path: Path) -> None:
    """The classes of the basin are named; so are the endings."""
    assert "exceeded_90" in call("inflow", "syrdarya", tmp_path / "a.xlsx", "--class", "dry_33", "--lang", "en").err
    assert ".xlsx or .csv" in call("inflow", "syrdarya", tmp_path / "a.docx", "--lang", "en").err
