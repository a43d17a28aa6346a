"""Twelve layouts of the same figures, in every form of file that people send, give the same arrays."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import subprocess
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import pytest

from tests.imports.binary import record, write_binary_book
from tests.imports.layouts import LAYOUTS, NAMES, STEPS, rate
from tests.imports.workbooks import write_book
from tests.thorough import THOROUGH, diagonal
from waterdeal.errors import FileProblem
from waterdeal.imports.files import read_sheets
from waterdeal.imports.grid import Notes
from waterdeal.imports.rates import rates_by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: encodings of text, each with the separator and the decimal mark of a program that writes it
TEXTS = {
    "utf-8": (",", "."), "utf-8-sig": (";", ","), "utf-16": ("\t", ","), "cp1251": (";", ","), "koi8-r": (";", "."), "cp866": ("\t", "."),
}  # fmt: skip
FORMS = (*TEXTS, "xlsx", "ods", "xlsb")


_ALL = [(layout, form) for layout in LAYOUTS for form in FORMS]
#: by default each layout once, and each form at least once
MATRIX = diagonal(_ALL, *((layout, FORMS[at % len(FORMS)]) for at, layout in enumerate(LAYOUTS)))


def write_text(path: Path, rows: Iterable[list[Any]], encoding: str) -> Path:
    """Write rows as a program of that encoding does; what it cannot write is left out."""
    separator, mark = TEXTS[encoding]

    def cell(value: Any) -> str:
        if isinstance(value, datetime):
            return f"{value:%d.%m.%Y}" if mark == "," else f"{value:%Y-%m-%d}"
        if isinstance(value, float):
            return f"{value:.9g}".replace(".", mark)
        return "" if value is None else str(value).replace("³", "3")

    held = io.StringIO(newline="")
    csv.writer(held, delimiter=separator).writerows([list(map(cell, row)) for row in rows])
    path.write_bytes(held.getvalue().encode(encoding))
    return path


def write_ods(path: Path, sheets: Mapping[str, Iterable[Sequence[Any]]] | Iterable[list[Any]], hidden: str = "") -> Path:
    """Write rows, or sheets of rows of which one may be hidden, as an OpenDocument workbook."""

    def cell(value: Any) -> str:
        if isinstance(value, datetime):
            return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"><text:p>x</text:p></table:table-cell>'
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>x</text:p></table:table-cell>'
        if value is None:
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    def sheet(title: str, rows: Iterable[Sequence[Any]]) -> str:
        body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        style = ' table:style-name="out"' if title == hidden else ""
        return f'<table:table table:name="{title}"{style}>{body}{empty}</table:table>'

    empty = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style"))
    styles = '<office:automatic-styles><style:style style:name="out"><style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    body = "".join(sheet(*one) for one in (sheets if isinstance(sheets, dict) else {"Лист": sheets}).items())
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}>{styles}<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>'
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    path.write_bytes(held.getvalue())
    return path


@pytest.mark.parametrize("case", MATRIX, ids=str)
def test_the_same_figures(tmp_path: Path, case: tuple[str, str]) -> None:
    """Both places have every dekad of both years, to the digits that the file holds."""
    layout, form = case
    rows = LAYOUTS[layout]()
    path = tmp_path / f"a.{form if form in {'xlsx', 'ods', 'xlsb'} else 'csv'}"
    if form == "xlsx":
        write_book(path, {"Лист": rows})
    elif form == "ods":
        write_ods(path, rows)
    elif form == "xlsb":
        write_binary_book(path, {"Лист": rows})
    else:
        write_text(path, rows, form)
    found = rates_by_name(path, NAMES, "start")
    expected = np.array([[rate(place, step) for step in STEPS] for place in NAMES])
    assert found.sel(node=list(NAMES)).values == pytest.approx(expected, rel=1e-7)
    assert found["time"].values.astype("datetime64[D]").tolist() == [step.start for step in STEPS]


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("form", ["xls", "ods"])
def test_each_layout_saved_by_libreoffice_gives_the_same_figures(tmp_path: Path, form: str) -> None:
    """All twelve layouts, in the format of 1997 and as OpenDocument."""
    books = [write_book(tmp_path / f"{layout}.xlsx", {"Лист": made()}) for layout, made in LAYOUTS.items()]
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", form, "--outdir", tmp_path, *books]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    expected = np.array([[rate(place, step) for step in STEPS] for place in NAMES])
    for book in books:
        found = rates_by_name(book.with_suffix(f".{form}"), NAMES, "start")
        assert found.sel(node=list(NAMES)).values == pytest.approx(expected, rel=1e-7), book.stem


@pytest.mark.parametrize("seed", range(200 if THOROUGH else 20))
def test_a_damaged_old_workbook(tmp_path: Path, capfd: pytest.CaptureFixture[str], seed: int) -> None:
    """It is refused or read, whatever the library makes of it, and nothing but that is said."""
    pytest.importorskip("python_calamine")
    dice, raw = random.Random(seed), bytearray(Path(__file__).with_name("dekads.xls").read_bytes())  # noqa: S311 - no secret
    for _ in range(dice.choice([1, 5, 50])):
        raw[dice.randrange(8, len(raw))] = dice.randrange(256)
    (tmp_path / "a.xls").write_bytes(bytes(raw[: dice.choice([len(raw), dice.randrange(8, len(raw))])]))
    with suppress(FileProblem):
        list(read_sheets(tmp_path / "a.xls", Notes("a.xls")))
    assert capfd.readouterr().err == ""


def test_an_old_workbook() -> None:
    """A workbook of old Excel gives the same arrays; its hidden sheet is told."""
    pytest.importorskip("python_calamine")
    found = rates_by_name(Path(__file__).with_name("dekads.xls"), NAMES, "start")
    expected = np.array([[rate(place, step) for step in STEPS] for place in NAMES])
    assert found.sel(node=list(NAMES)).values == pytest.approx(expected, rel=1e-12)
    assert [guess.why for guess in found.attrs["told"]] == ["the sheet is hidden"]


def test_a_binary_workbook_is_read_as_any_other(tmp_path: Path) -> None:
    """Merged months over dekads, a hidden row, columns and sheet told, days counted from 1904, an error, a formula's value."""
    rows = [["Нарын, м3/с", "2026-04", None, None, "2026-05", None, None], ["", *["I", "II", "III"] * 2], ["р. Нарын", 10, 11.5, (12.5,), 13, 14, "#DIV/0!"]]
    merged = [(0, 0, 1, 3), (0, 0, 4, 6)]
    path = write_binary_book(tmp_path / "a.xlsb", {"Факт": rows, "Старое": rows}, merged=merged, hidden=[2, (2, 3)], aside="Старое")
    notes = Notes("a.xlsb")
    (sheet,) = read_sheets(path, notes)
    assert sheet.filled(0, 3) == "2026-04"
    assert sheet.rows[2][3:] == [12.5, 13.0, 14.0, "#DIV/0!"]
    assert sheet.formula(2, 3)
    assert [(guess.where, guess.why.split(" hidden")[0]) for guess in notes.guesses] == [
        ("Факт!3", "the row is"), ("Факт!C–D", "the column is"), ("Старое", "the sheet is"),
    ]  # fmt: skip
    days = [["Дата", "Нарын, м3/с"], *([datetime(2026, 4, day), float(day)] for day in (1, 11, 21))]
    for since_1904 in (False, True):
        write_binary_book(path, {"Факт": days}, since_1904=since_1904)
        assert [row[0] for row in next(iter(read_sheets(path, notes))).rows[1:]] == [day for day, _ in days[1:]]


def test_hidden_columns_of_an_open_document_are_told(tmp_path: Path) -> None:
    """By their letters, also where several stand as one; hidden rows that repeat from the first to the last."""
    path = write_ods(tmp_path / "a.ods", [["м3/с", "2026-04", "2026-05", "2026-06"], ["Нарын", 1, 2, 3]])
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").decode()
    shown, hidden = "<table:table-column/>", '<table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>'
    content = re.sub(r'(<table:table table:name="[^"]*">)', rf"\1{shown}{hidden}{shown}", content)
    content = content.replace("<table:table-row><table:table-cell office:value-type=\"string\"><text:p>Нарын", "<table:table-row table:visibility=\"filter\" table:number-rows-repeated=\"3\"><table:table-cell office:value-type=\"string\"><text:p>Нарын")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", content)
    notes = Notes("a.ods")
    list(read_sheets(path, notes))
    assert [guess.where for guess in notes.guesses] == ["Лист!B–C", "Лист!2–4"]


def test_cells_that_stand_beside_the_one_before(tmp_path: Path) -> None:
    """Short records, which some programs write, are cells too; numbers packed into four bytes keep their hundredths."""
    path = write_binary_book(tmp_path / "a.xlsb", {"Факт": [["м3/с"]]})
    packed = [record(13, bytes(4) + (value << 2 | mark & 0xFFFFFFFF).to_bytes(4, "little")) for value, mark in ((1250, 3), (7, 2))]
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["xl/worksheets/sheet1.bin"] += b"".join(packed)
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in held.items():
            archive.writestr(name, raw)
    assert next(iter(read_sheets(path, Notes("a.xlsb")))).rows == [["м3/с", 12.5, 7.0]]


@pytest.mark.parametrize("seed", range(200 if THOROUGH else 10))
def test_a_damaged_binary_workbook(tmp_path: Path, seed: int) -> None:
    """It is refused or read, never more than that."""
    dice, path = random.Random(seed), write_binary_book(tmp_path / "a.xlsb", {"Факт": LAYOUTS["tidy_dates"]()})  # noqa: S311 - no secret
    with zipfile.ZipFile(path) as archive:
        held = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    for _ in range(dice.choice([1, 5, 50])):
        part = held[dice.choice(sorted(held))]
        part[dice.randrange(len(part))] = dice.randrange(256)
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in held.items():
            archive.writestr(name, bytes(raw))
    with suppress(FileProblem):
        list(read_sheets(path, Notes("a.xlsb")))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1", "utf-16-le", "utf-16-be"])
def test_western_letters(tmp_path: Path, encoding: str) -> None:
    """Accents and raised figures of Western Europe, and UTF-16 without its mark."""
    (tmp_path / "a.txt").write_bytes("Station;2026-04;2026-05\nGénissiat, m³/s;12,5;1 144,25\n".encode(encoding))
    found = rates_by_name(tmp_path / "a.txt", {"genissiat": ["Génissiat"]}, "start")
    assert found.values.tolist() == [[12.5, 1144.25]]


@pytest.mark.parametrize("separator", ["\t", ";", "|", "   "])
def test_separators(tmp_path: Path, separator: str) -> None:
    """Tabs, semicolons, bars and columns of spaces, with decimal commas."""
    rows = [["Пост, м3/с", "2026-04", "2026-05"], ["Нарын", "12,5", "13,1"], ["Чирчик", "7,25", "8"]]
    (tmp_path / "a.txt").write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    found = rates_by_name(tmp_path / "a.txt", NAMES, "start").sel(node=list(NAMES))
    assert found.values.tolist() == [[12.5, 13.1], [7.25, 8.0]]
