"""Open a file of a user, and read its sheets into grids: values only, macros untouched, merged cells and empty formulas known."""

from __future__ import annotations

import csv
import io
import posixpath
import re
import warnings
import zipfile
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.imports.grid import MOST_COLUMNS, MOST_ROWS, NO_DATA, Cell, Sheet, Spot
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from waterdeal.imports.grid import Notes

MOST_BYTES = 20_000_000
MOST_UNPACKED = 300_000_000
MOST_RATIO = 200
_MOST_MERGED = 200_000
_OLE = b"\xd0\xcf\x11\xe0"
_QUOTED_CELL = re.compile(r'"[^"]*"')
_QUOTED_STYLE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def open_bytes(path: Path, most: int = 0) -> bytes:
    """Read a file of a user whole; where it cannot be, or has more than so many bytes, a sentence says so."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(most + 1 if most else -1)
    except FileNotFoundError as error:
        raise FileProblem(say("imports.file_missing", path=path)) from error
    except OSError as error:
        raise FileProblem(say("imports.file_unread", path=path, error=error.strerror or error)) from error
    if 0 < most < len(raw):
        raise FileProblem(say("imports.file_large", path=path, most=most // 1_000_000))
    return raw


def read_sheets(path: Path, notes: Notes) -> Iterable[Sheet]:
    """Read a file by what it holds, whatever its name ends with."""
    raw = open_bytes(path, MOST_BYTES)
    if not raw.strip():
        raise FileProblem(say("imports.file_empty", path=path))
    if raw.startswith(_OLE) or path.suffix.lower() == ".xls":
        raise FileProblem(say("imports.file_old", path=path))
    if raw.startswith(b"PK") or path.suffix.lower() in {".xlsx", ".xlsm"}:
        return _read_xlsx(raw, notes)
    return [_read_csv(raw, notes.file)]


def _read_csv(raw: bytes, file: str) -> Sheet:
    """Read a CSV file."""
    text = _decode(raw, file)
    if "\0" in text:
        raise FileProblem(say("imports.binary", file=file))
    lines = text.splitlines(keepends=True)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=find_separator(lines))]
    except csv.Error as error:
        raise FileProblem(say("imports.bad_csv", file=file, error=error)) from error
    if len(rows) > MOST_ROWS or max(map(len, rows), default=0) > MOST_COLUMNS:
        raise FileProblem(say("imports.too_many", file=file, rows=MOST_ROWS, columns=MOST_COLUMNS))
    return Sheet("", rows)


def _decode(raw: bytes, file: str) -> str:
    """Turn bytes into text: UTF-8, UTF-16 with its mark, else Windows-1251."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1251"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    raise FileProblem(say("imports.encoding", file=file))


def find_separator(lines: list[str]) -> str:
    """Find what stands between cells: a tab, a semicolon, else a comma."""
    bare = [_QUOTED_CELL.sub("", line) for line in lines if line.strip()]
    for separator in "\t;":
        if bare and sum(separator in line for line in bare) * 2 >= len(bare):
            return separator
    return ","


def _read_xlsx(raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Read the visible sheets of a workbook one by one."""
    _check_archive(raw, notes.file)
    try:
        yield from _read_sheets(raw, notes)
    except FileProblem:
        raise
    except Exception as error:
        raise FileProblem(say("imports.bad_workbook", file=notes.file, error=type(error).__name__)) from error


def _check_archive(raw: bytes, file: str) -> None:
    """Refuse a damaged archive and one that unpacks beyond measure."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise FileProblem(say("imports.cut_off", file=file)) from error
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * packed:
        raise FileProblem(say("imports.unpacks", file=file, unpacked=unpacked / 1e6, packed=packed / 1e6))
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise FileProblem(say("imports.no_workbook", file=file))


def _read_sheets(raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Open the workbook without formulas, links or macros and read its sheets."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            paths = _paths(archive)
            for page in book.worksheets:
                if page.sheet_state == "visible":
                    yield _read_page(page, _read_marks(archive, paths[page.title]), notes.file)
                else:
                    notes.mention(Spot(None, page.title), page.title, NO_DATA, "imports.hidden")


def _paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Find where in the archive each sheet stands, by its title."""
    from openpyxl.xml.functions import fromstring

    targets = {link.get("Id"): str(link.get("Target")) for link in fromstring(archive.read("xl/_rels/workbook.xml.rels"))}
    sheets = [element for element in fromstring(archive.read("xl/workbook.xml")).iter() if str(element.tag).endswith("}sheet")]
    links = {str(sheet.get("name")): next(value for key, value in sheet.attrib.items() if key.endswith("}id")) for sheet in sheets}
    return {title: posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/") for title, link in links.items()}


def _read_page(page: Any, marks: tuple[list[str], list[tuple[int, int]]], file: str) -> Sheet:
    """Read one sheet, given its merged ranges and its formulas without a value."""
    page.reset_dimensions()
    rows: list[list[Cell]] = []
    for number, cells in enumerate(page.iter_rows()):
        row = [_read_cell(cell) for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if not row:
            continue
        if number >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise FileProblem(say("imports.sheet_too_many", file=file, sheet=page.title, rows=MOST_ROWS, columns=MOST_COLUMNS))
        rows.extend([] for _ in range(number - len(rows)))
        rows.append(row)
    merged, formulas = marks
    width = max(map(len, rows), default=0)
    unread = frozenset((r, c) for r, c in formulas if r >= len(rows) or c >= len(rows[r]) or rows[r][c] is None)
    return Sheet(str(page.title), rows, _spread(merged, len(rows), width), unread)


def _read_cell(cell: Any) -> Cell:
    """Turn a cell of openpyxl into text, number or date."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, date):
        style = _QUOTED_STYLE.sub("", str(cell.number_format or "").lower())
        if "d" not in style and "y" in style and value.day == 1:
            return f"{value:%Y-%m}"
        return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return None if value in (None, "") else str(value)


def _read_marks(archive: zipfile.ZipFile, path: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Find the merged ranges and the formulas without a stored value in the XML of a sheet."""
    from openpyxl.utils.cell import coordinate_to_tuple
    from openpyxl.xml.functions import iterparse

    merged: list[str] = []
    empty: list[tuple[int, int]] = []
    formula = value = False
    with archive.open(path) as stream:
        for _, element in iterparse(stream):
            match element.tag.rpartition("}")[2]:
                case "f":
                    formula = True
                case "v":
                    value = True if element.text else value
                case "c":
                    if formula and not value and element.get("t") != "str":
                        row, column = coordinate_to_tuple(element.get("r"))
                        empty.append((row - 1, column - 1))
                    formula = value = False
                case "row":
                    element.clear()
                case "mergeCell":
                    merged.append(str(element.get("ref")))
    return merged, empty


def _spread(ranges: list[str], height: int, width: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Give each cell of a merged range the range's first cell, within the table and within measure."""
    from openpyxl.utils.cell import range_boundaries

    anchors: dict[tuple[int, int], tuple[int, int]] = {}
    for text in ranges:
        left, top, right, bottom = range_boundaries(text)
        last_row, last_column = min(bottom, height), min(right, width)
        if len(anchors) + max(last_row - top + 1, 0) * max(last_column - left + 1, 0) > _MOST_MERGED:
            break
        for row in range(top - 1, last_row):
            anchors.update({(row, column): (top - 1, left - 1) for column in range(left - 1, last_column)})
    return anchors
