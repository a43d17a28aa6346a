"""Files that are damaged, foreign or dangerous end in one clear sentence."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from tests.imports.binary import write_binary_book
from tests.imports.workbooks import NAMES, short, write_book, write_csv
from waterdeal.errors import FileProblem
from waterdeal.imports import binary_books, bounds, files
from waterdeal.imports.actual import read_actual
from waterdeal.imports.grid import MOST_MERGED, Notes

if TYPE_CHECKING:
    from pathlib import Path

TABLE = [["м3/с", "2022-04"], ["Каль", 1]]


def refuse(path: Path, words: str) -> None:
    """Check that a file is refused in one sentence or two, on one line."""
    with pytest.raises(FileProblem, match=words) as caught:
        read_actual(path, NAMES)
    assert "\n" not in str(caught.value)


def test_missing_empty_and_foreign_files(tmp_path: Path) -> None:
    """No file, a folder, nothing in it, an old workbook, a picture, an archive."""
    refuse(tmp_path / "нет.xlsx", "is not there")
    refuse(tmp_path, "cannot be read")
    refuse(write_csv(tmp_path / "a.csv", " \n"), "is empty")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + b"0" * 600)
    refuse(tmp_path / "old.xls", "save as xlsx")
    (tmp_path / "secret.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"0" * 600)
    refuse(tmp_path / "secret.xlsx", "password")
    (tmp_path / "a.png.csv").write_bytes(b"\x89PNG\x00\x98\x00")
    refuse(tmp_path / "a.png.csv", "binary data")
    (tmp_path / "b.csv").write_bytes(b"a,b\0c")
    refuse(tmp_path / "b.csv", "binary data")
    (tmp_path / "text.xlsx").write_text("hello", encoding="utf-8")
    refuse(tmp_path / "text.xlsx", "not a whole workbook")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    refuse(tmp_path / "a.xlsx", "not an Excel workbook")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_truncated_workbook(tmp_path: Path, share: float) -> None:
    """A workbook cut off anywhere is refused."""
    path = write_book(tmp_path / "a.xlsx", {"Факт": TABLE})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refuse(path, "damaged or cut off")


def test_damaged_part_of_a_workbook(tmp_path: Path) -> None:
    """A whole archive with a broken sheet in it is refused."""
    whole = write_book(tmp_path / "a.xlsx", {"Факт": TABLE})
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    refuse(tmp_path / "b.xlsx", "damaged or cut off")


def test_bombs_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks more than 200 times, or to more than the limit, is refused before it is read."""
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 20_000_000)
    refuse(tmp_path / "bomb.xlsx", "it was not opened")
    monkeypatch.setattr(bounds, "MOST_UNPACKED", 1_000)
    refuse(write_book(tmp_path / "a.xlsx", {"Факт": TABLE}), "it was not opened")


def test_sizes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, rows and columns have limits."""
    refuse(write_csv(tmp_path / "rows.csv", "a;b\n" * 20_001), "larger than 20000 rows")
    refuse(write_csv(tmp_path / "columns.csv", ";" * 2_001), "2000 columns")
    book = openpyxl.Workbook()
    book.active.cell(1, 2_001, "far")
    book.save(tmp_path / "columns.xlsx")
    refuse(tmp_path / "columns.xlsx", "2000 columns")
    book = openpyxl.Workbook()
    book.active.cell(20_001, 1, "low")
    book.save(tmp_path / "rows.xlsx")
    refuse(tmp_path / "rows.xlsx", "20000 rows")
    refuse(write_binary_book(tmp_path / "rows.xlsb", {"Факт": [*[[]] * 20_000, [1.0]]}), "20000 rows")
    monkeypatch.setattr(files, "MOST_CELLS", 4)
    monkeypatch.setattr(binary_books, "MOST_CELLS", 4)
    refuse(write_csv(tmp_path / "cells.csv", "a;b;c\nd;e;f\n"), "cells.csv has more than 4 cells")
    refuse(write_book(tmp_path / "cells.xlsx", {"Факт": [[1, 2, 3], [4, 5, 6]]}), 'sheet "Факт" has more than 4 cells')
    refuse(write_binary_book(tmp_path / "cells.xlsb", {"Факт": [[1, 2, 3], [4, 5, 6]]}), 'sheet "Факт" has more than 4 cells')
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    refuse(write_csv(tmp_path / "a.csv", "a;b;c;d;e;f\n"), "is larger than")


def test_macros_are_ignored_and_hidden_sheets_reported(tmp_path: Path) -> None:
    """A workbook with a macro part reads as any other; a hidden sheet is not read."""
    book = openpyxl.Workbook()
    book.active.title = "Факт"
    for row in TABLE:
        book.active.append(row)
    hidden = book.create_sheet("Старое")
    hidden.append(["м3/с", "2022-05"])
    hidden.append(["Каль", 2])
    hidden.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(tmp_path / "a.xlsm", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("xl/vbaProject.bin", b"macro")
    actual = read_actual(tmp_path / "a.xlsm", NAMES, strict=True)
    assert short(actual.readings) == [("kal_flow", "flow", "", "04-01", "05-01", 1.0)]
    assert [(guess.where, guess.why) for guess in actual.guesses] == [("Старое", "the sheet is hidden")]


def test_dates_shown_as_months_and_stored_formulas(tmp_path: Path) -> None:
    """A date formatted as a month is a month; a formula with its value is a number."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page, month = book.add_worksheet("Факт"), book.add_format({"num_format": "mmm yy"})
        page.write_row(0, 0, ["Пост, м3/с"])
        page.write_datetime(0, 1, datetime(2022, 4, 1), month)
        page.write_row(1, 0, ["Каль"])
        page.write_formula(1, 1, "=2*21", None, 42)
    assert short(read_actual(path, NAMES, strict=True).readings) == [("kal_flow", "flow", "", "04-01", "05-01", 42.0)]


def test_merged_ranges_beyond_measure_are_harmless(tmp_path: Path) -> None:
    """A merged range over the whole sheet neither fills memory nor hides the table."""
    whole = write_book(tmp_path / "a.xlsx", {"Факт": TABLE}, ["C5:D6"])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"C5:D6", b"C3:XFD1048576"))
    assert len(read_actual(tmp_path / "b.xlsx", NAMES, strict=True).readings) == 1


OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
OPEN_TABLE = f'<o:document-content xmlns:o="{OFFICE}:office:1.0" xmlns:t="{OFFICE}:table:1.0" xmlns:x="{OFFICE}:text:1.0"><t:table t:name="A">'


def open_document(path: Path, rows: str) -> Path:
    """Write rows of XML as the one sheet of an ods file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", f"{OPEN_TABLE}{rows}</t:table></o:document-content>")
    return path


def test_what_an_open_document_repeats_is_bounded(tmp_path: Path) -> None:
    """Two lines of XML that stand for forty million cells, or for merged ranges over as many, take no more than a table does."""
    many = '<t:table-row t:number-rows-repeated="19999"><t:table-cell t:number-columns-repeated="1999"><x:p>a</x:p></t:table-cell></t:table-row>'
    refuse(open_document(tmp_path / "cells.ods", many), "more than 4000000 cells")
    spans = '<t:table-cell t:number-rows-spanned="20000"><x:p>a</x:p></t:table-cell>' * 30
    sheet, = files.read_sheets(open_document(tmp_path / "spans.ods", f"<t:table-row>{spans}</t:table-row>"), Notes("spans.ods"))
    assert len(sheet.merged) <= MOST_MERGED


def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path) -> None:
    """Whatever they stand for."""
    whole = write_book(tmp_path / "a.xlsx", {"Факт": TABLE})
    declared = b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><worksheet'
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"<worksheet", declared, 1))
    refuse(tmp_path / "b.xlsx", "declares XML entities")


def test_lists_in_a_parquet_file_are_refused(tmp_path: Path) -> None:
    """A figure a row and column is a table."""
    pd.DataFrame({"node": [["a"], ["b"]], "time": [{"of": 1}, {"of": 2}]}).to_parquet(tmp_path / "a.parquet")
    refuse(tmp_path / "a.parquet", "the columns node, time hold lists or records")


@pytest.mark.thorough  # by default: bounds of what is read, by small tables
def test_a_large_table_is_read_in_time(tmp_path: Path) -> None:
    """Ten thousand days down and six gauges across take seconds."""
    head = "Дата;Каль;Акджар;Приток к Шардаре;Попуск Токтогула;Нарын – Токтогул;Канал Бекабад\n"
    days = (f"{year}-{month:02}-{day:02}" for year in range(1990, 2020) for month in range(1, 13) for day in range(1, 29))
    text = "Расход, м3/с\n" + head + "".join(f"{day};1,5;2,5;3,5;4,5;5,5;6,5\n" for day in days)
    begin = time.perf_counter()
    actual = read_actual(write_csv(tmp_path / "a.csv", text), NAMES, strict=True)
    assert len(actual.readings) == 30 * 12 * 28 * 6
    assert time.perf_counter() - begin < 30
