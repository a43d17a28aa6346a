"""What is wrong in a workbook is told by sheet and cell, all at once, with what to do; nothing is filled in or dropped in silence."""

from __future__ import annotations

import re
import shutil
import zipfile
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest

from tests.commands import call
from tests.imports.test_matrix import write_ods
from tests.thorough import diagonal
from tests.workbook.books import by_hand, problems_of, rewrite, type_in, write_book
from waterdeal.errors import WaterdealError
from waterdeal.provenance import inputs_digest
from waterdeal.reports.workbook import facts_alone
from waterdeal.run import load, told_of_workbook
from waterdeal.scenario.workbook import HIDDEN
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: what is typed, and a word of what is told of the cell
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"Приток!B4": "много"}, "is no number"),
    ({"Приток!B4": "#REF!"}, "is no number"),
    ({"Приток!B4": datetime(2026, 4, 1)}, "is no number"),
    ({"Приток!B4": -5}, "cannot be"),
    ({"Приток!B4": -999}, "code for what is missing"),
    ({"Приток!B4": 1e6}, "wettest month"),
    ({"Приток!B4": "=B5*2"}, "without a stored value"),
    ({"Приток!B4": "1,234"}, "two ways"),
    ({"Водохранилища!E4": None}, "400 stood here"),
    ({"Водохранилища!E4": 5000}, "initial"),
    ({"Водохранилища!C4": 120}, "only tells"),
    ({"Водохранилища!F4": "когда-нибудь"}, "none of"),
    ({"Водохранилища!F4": None}, "rule of the end"),
    ({"Водохранилища!F4": "не меньше"}, "storage"),
    ({"Водохранилища!I4": "весной"}, "no day"),
    ({"Кривые!E5": 5}, "rise"),
    ({"Кривые!D5": None}, "half a point"),
    ({"Кривые!C7": 650}, "half a point"),
    ({f"Кривые!{column}5": None for column in "CDE"}, "one row"),
    ({f"Кривые!{column}{row}": None for column in "CDE" for row in (4, 5)}, "no point"),
    ({"Лимиты!G4": 1.2}, "1"),
    ({"Лимиты!G4": 0.5, "Лимиты!H4": 100}, "do not agree"),
    ({"Лимиты!F4": None}, "stood here"),
    ({"Соглашение!E4": -1}, "-1"),
    ({"Соглашение!E5": 10}, "only tells"),
    ({"Соглашение!E6": -1}, "below zero"),
    ({"Соглашение!E6": None}, "5 stood here"),
    ({"Соглашение!H6": "нет"}, "only tells"),
]


@pytest.mark.parametrize("wrong", diagonal(WRONG, WRONG[0], WRONG[5], WRONG[7], WRONG[12], WRONG[16], WRONG[18], WRONG[22], WRONG[24]))
def test_a_wrong_cell_is_named(book: Path, wrong: tuple[dict[str, Any], str]) -> None:
    """One problem, of the file that the user edited and of the cells that were typed into."""
    cells, told = wrong
    type_in(book, cells)
    (problem,) = problems_of(book)
    assert problem.file == "plan.xlsx"
    assert set(problem.field.split(", ")) <= set(cells)
    assert told in str(problem) or told in problem.tell(Words("en"))
    assert problem.expected


def test_all_problems_are_told_at_once(book: Path) -> None:
    """Of every sheet."""
    type_in(book, {"Приток!B4": "x", "Заявки!C5": "y", "Лимиты!F4": "z", "Приток!B3": "млн м3", "Заявки!A6": "2027-04-D3", "Лимиты!A4": None})
    found = {problem.field for problem in problems_of(book)}
    assert found == {"Приток!B4", "Заявки!C5", "Лимиты", "Приток!B3", "Заявки!A6"}


SHAPES: list[tuple[Callable[[Any], object], str]] = [
    (lambda book: book["Приток"].delete_rows(6), "2026-04-D3"),
    (lambda book: book["Водохранилища"].delete_cols(5), "initial"),
    (lambda book: book["Приток"].__setitem__("B1", "renamed"), "renamed"),
    (lambda book: book["Заявки"].__setitem__("F1", "extra"), "extra"),
    (lambda book: book["Заявки"].__setitem__("A22", "Итого"), "sheet of your own"),
    (lambda book: book["Заявки"].__setitem__("A5", "2026-04-D1"), "twice"),
    (lambda book: book.remove(book["Лимиты"]), "sheet is missing"),
    (lambda book: book["Приток"].__setitem__("B3", "млн м3"), "unit"),
    (lambda book: book["Приток"].__setitem__("B3", None), "unit"),
    (lambda book: book.remove(book["waterdeal"]), "hidden sheet"),
    (lambda book: book["waterdeal"].__setitem__("B1", "waterdeal/workbook@9"), "workbook@9"),
    (lambda book: book["waterdeal"].__setitem__("B3", "other"), "the workbook is of other"),
]


@pytest.mark.parametrize("shape", diagonal(SHAPES, SHAPES[0], SHAPES[2], SHAPES[6], SHAPES[9]))
def test_a_table_of_another_shape_is_refused(book: Path, shape: tuple[Callable[[Any], object], str]) -> None:
    """Rows, columns, units and sheets that were renamed, added or taken away."""
    change, told = shape
    by_hand(book, change)
    spoken = call("check", book, "--lang", "en")
    assert spoken.code in {4, 9}
    assert told in spoken.err


@pytest.mark.thorough
def test_rows_and_columns_may_move(book: Path) -> None:
    """They are known by their ids: sorted another way, under other sheet names, the figures are the same; units may be spelled otherwise."""
    scenario = book.with_name("dry.toml")

    def change(held: Any) -> None:
        page = held["Заявки"]
        page.move_range("C1:C21", cols=3)
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=4, max_row=21)]
        for at, row in enumerate(reversed(rows), start=4):
            for column, value in enumerate(row, start=1):
                page.cell(at, column, value)
        page["B3"] = "м³/сек"
        page.title = "Мои заявки"

    by_hand(book, change)
    assert load(book).file.overrides == ()
    assert inputs_digest(load(book).inputs) == inputs_digest(load(scenario).inputs)


def test_what_is_not_read_is_told(book: Path) -> None:
    """A blank cell of a series keeps the scenario's figure; texts of numbers, own sheets and cells beside the table are told."""
    held = openpyxl.load_workbook(book)
    was = held["Приток"]["B4"].value

    def change(held: Any) -> None:
        held["Приток"]["B4"] = None
        held["Приток"]["B5"] = "12,5"
        held["Приток"]["H7"] = 3
        held.create_sheet("Расчёты")["A1"] = 1

    by_hand(book, change)
    case = load(book)
    told = "\n".join(map(Words("en").tell, told_of_workbook(case)))
    assert len(case.file.overrides) == 1
    for part in (f"Приток!B4: blank; the figure of the scenario is kept: {was:.12g}", "“12,5” is read as the number 12.5", "Приток!H1", "Расчёты"):
        assert part in told


@pytest.mark.parametrize("language", diagonal(["en", "ru", "kk", "uz"], "ru"))
def test_problems_and_lists_are_told_in_each_language(book: Path, language: str) -> None:
    """Sheets, choices and sentences; what is told differs from language to language."""
    write_book(book.with_name("dry.toml"), language)
    titles = openpyxl.load_workbook(book).sheetnames
    type_in(book, {f"{titles[0]}!B4": "?", f"{titles[4]}!F4": Words(language).text("workbook.choice.no")})
    spoken = call("check", book, "--lang", language)
    assert spoken.code == 4
    assert f"{titles[0]}!B4" in spoken.err
    assert Words(language).text("workbook.no_number.remedy") in spoken.err
    type_in(book, {f"{titles[0]}!B4": 50})
    spoken = call("check", book, "--lang", language)
    assert spoken.code == 0
    assert Words(language).text("workbook.choice.no") in spoken.out


@pytest.mark.thorough
def test_files_as_other_programs_save_them(book: Path) -> None:
    """Texts in their cells, dates as ISO texts or serials of 1904, formulas with what they gave: all the same figures."""
    scenario = book.with_name("dry.toml")
    due = inputs_digest(load(scenario, ['reservoir.upper_dam.terminal={rule="at_least", storage=350, by=2026-09-01}']).inputs)
    type_in(book, {"Водохранилища!F4": "не меньше", "Водохранилища!G4": 350, "Водохранилища!I4": datetime(2026, 9, 1)})
    assert inputs_digest(load(book).inputs) == due
    name = "xl/worksheets/sheet3.xml"
    with zipfile.ZipFile(book) as archive:
        plain = archive.read(name).decode()
    serial = plain[plain.index('r="I4"') :].partition("<v>")[2].partition("</v>")[0]
    assert serial == "46266"
    rewrite(book, name, lambda text: text.replace("<v>350</v>", "<f>300+50</f><v>350</v>"))
    assert inputs_digest(load(book).inputs) == due
    held = openpyxl.load_workbook(book)
    held["Водохранилища"]["I4"] = "01.09.2026"
    held["Водохранилища"]["G4"] = "350,0"
    held.save(book)
    assert inputs_digest(load(book).inputs) == due
    held = openpyxl.load_workbook(book)
    held.iso_dates = True
    held["Водохранилища"]["I4"] = datetime(2026, 9, 1)
    held.save(book)
    assert inputs_digest(load(book).inputs) == due
    held = openpyxl.load_workbook(book)
    held.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    held.save(book)
    assert inputs_digest(load(book).inputs) == due


def test_books_of_other_programs_are_planned_as_they_are(book: Path) -> None:
    """Saved as OpenDocument or with macros, a workbook is the same scenario, with what was typed into it and what was measured."""
    due = inputs_digest(load(book).inputs)
    type_in(book, {"Водохранилища!E4": 300, "Факт!B5": 410})
    held = openpyxl.load_workbook(book)
    other = write_ods(book.with_suffix(".ods"), {page.title: list(page.iter_rows(values_only=True)) for page in held}, hidden=HIDDEN)
    shutil.copy(book, book.with_suffix(".xlsm"))
    for file in (other, book.with_suffix(".xlsm")):
        case = load(file)
        assert case.file.workbook is not None
        assert [edit.cell for edit in case.file.workbook.edits] == ["Водохранилища!E4"]
        assert [fact[2] for fact in case.file.workbook.facts] == [410]
        assert inputs_digest(case.set("reservoir.upper_dam.initial", 400.0).inputs) == due
        (book.parent / file.suffix).mkdir()
        assert facts_alone(file, book.parent / file.suffix) != file


def test_texts_in_a_table_or_in_their_cells(book: Path) -> None:
    """Excel keeps a table of texts, other programs write them in their cells; a step that became a date is still that step."""
    with zipfile.ZipFile(book) as archive:
        assert "2026-04-D1" in archive.read("xl/sharedStrings.xml").decode()
    assert load(book).file.overrides == ()
    type_in(book, {"Приток!A4": datetime(2026, 4, 1), "Приток!A5": "11.04.2026"})
    with zipfile.ZipFile(book) as archive:
        assert "inlineStr" in archive.read("xl/worksheets/sheet2.xml").decode()
    assert load(book).file.overrides == ()


@pytest.mark.thorough
def test_damaged_books_are_refused_or_read(book: Path) -> None:
    """A hundred damages by seed: bytes of a part changed or cut, a part lost, a strange value; a clear refusal or a reading, no traceback."""
    chance = np.random.default_rng(7)
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for number in range(100):
        name = sorted(name for name in parts if name.startswith("xl/"))[chance.integers(len(parts)) % 13]
        text, at = parts[name], int(chance.integers(len(parts[name])))
        damages = (
            text[:at] + bytes([chance.integers(256)]) + text[at + 1 :],
            text[:at] + text[at + int(chance.integers(1, 200)) :],
            re.sub(rb"<v>[^<]*</v>", b"<v>" + (b"1e400", b"-1", b"NaN", b"abc", b"")[number % 5] + b"</v>", text, count=1),
            None,
        )
        changed = {**parts, name: damages[number % 4]}
        with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in changed.items():
                if content is not None:
                    archive.writestr(part, content)
        with suppress(WaterdealError):
            load(book)


def test_a_basin_that_moved_on_is_told_by_its_grey_cells(book: Path) -> None:
    """What a grey cell holds is not the user's: where the basin has changed since, its figure is taken, and that is told."""
    table = book.parent / "two_party/limits.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",700", ",800"), encoding="utf-8")
    case = load(book)
    told = "\n".join(map(Words("en").tell, told_of_workbook(case)))
    assert "has changed since" in told
    assert "Лимиты!E4: 700 stands here; the basin now has 800" in told


def test_other_books_are_refused(tmp_path: Path) -> None:
    """Formats that are not edited here, and workbooks that no scenario was written to, say what to do."""
    for ending in ("ods", "xls", "xlsb"):
        (tmp_path / f"plan.{ending}").write_bytes(b"x")
        assert call("check", tmp_path / f"plan.{ending}").code == 9
    openpyxl.Workbook().save(tmp_path / "own.xlsx")
    spoken = call("run", tmp_path / "own.xlsx", "--lang", "en")
    assert spoken.code == 9
    assert "waterdeal workbook SCENARIO" in spoken.err
    assert call("workbook", tmp_path / "s.toml", tmp_path / "plan.csv").code == 9
