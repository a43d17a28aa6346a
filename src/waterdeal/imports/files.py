"""Open a file of a user, and read its sheets into grids: values only, macros untouched, merged cells and empty formulas known."""

from __future__ import annotations

import csv
import io
import posixpath
import re
import warnings
import zipfile
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem, why_unread
from waterdeal.imports.binary_books import read_binary_book
from waterdeal.imports.bounds import MOST_BYTES, check_archive, open_bytes
from waterdeal.imports.encodings import decode
from waterdeal.imports.grdc import is_grdc, read_grdc
from waterdeal.imports.grid import MOST_CELLS, MOST_COLUMNS, MOST_MERGED, MOST_ROWS, NO_DATA, Cell, Guess, Sheet, Spot
from waterdeal.imports.ods import read_ods
from waterdeal.imports.old_books import read_old_book
from waterdeal.imports.parquet import MAGIC, read_parquet
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from waterdeal.imports.grid import Notes
    from waterdeal.imports.lines import Read

#: bytes of a part in which a declaration would stand
_HEAD = 1_024
_OLE = b"\xd0\xcf\x11\xe0"
#: cells of a text that stand under one another, spaces in a row between them
GAPS = "  "
_TOLD_SEPARATOR = re.compile(r"sep=(.)\s*$")
_QUOTED_CELL = re.compile(r'"[^"]*"')
_QUOTED_STYLE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read_sheets(path: Path, notes: Notes, names: Iterable[str] = ()) -> Iterable[Sheet]:
    """Read a file by what it holds, whatever its name ends with; the names it may hold tell encodings apart."""
    from waterdeal.imports.formats import find_format, first_bytes, need
    from waterdeal.imports.lines import Wanted

    if (found := find_format(path, first_bytes(path))) is not None:
        need(found.NEEDS, found.KIND, path.name)
        return _sheets_of(found.read(path, Wanted()), notes)
    raw = open_bytes(path, MOST_BYTES)
    if not raw.strip():
        raise FileProblem(say("imports.file_empty", path=path))
    if raw.startswith(_OLE):
        return _guarded(read_old_book, raw, notes)
    if raw.startswith(b"PK") or path.suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".ods"}:
        parts = check_archive(raw, notes.file)
        _refuse_declarations(raw, notes.file)
        readers = {"xl/workbook.xml": _read_sheets, "xl/workbook.bin": read_binary_book, "content.xml": read_ods}
        for part, reader in readers.items():
            if part in parts:
                return _guarded(reader, raw, notes)
        raise FileProblem(say("imports.no_workbook", file=notes.file))
    if raw.startswith(MAGIC):
        return [read_parquet(raw, notes.file)]
    text, encoding = decode(raw, notes.file, names)
    if encoding:
        notes.mention(Spot(None, notes.file), notes.file, encoding, "imports.encoding_guessed")
    return [read_grdc(text) if is_grdc(text) else read_text_table(text, notes.file)]


def _refuse_declarations(raw: bytes, file: str) -> None:
    """Refuse a workbook one of whose parts declares a type of document, and so could declare entities."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for part in archive.infolist():
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    head = stream.read(_HEAD)
                if b"<!DOCTYPE" in head.replace(b"\0", b""):
                    raise FileProblem(say("imports.entities", file=file))


def _sheets_of(read: Read, notes: Notes) -> list[Sheet]:
    """Return the series of a format of the field as a sheet; what it tells of itself is noted."""
    from waterdeal.imports.line_sheet import sheet_of

    sheet = sheet_of(read)
    if sheet is None:
        raise FileProblem(say("imports.too_many", file=notes.file, rows=MOST_ROWS, columns=MOST_COLUMNS))
    for told in read.told:
        notes.guesses.append(Guess(notes.file, notes.file, read.kind, say("imports.as_they_stand"), told))
    return [sheet]


def read_text_table(text: str, file: str) -> Sheet:
    """Cut the text of a table into cells."""
    lines = text.lstrip("\ufeff").rstrip("\x1a\n\r").splitlines(keepends=True)
    told = _TOLD_SEPARATOR.match(lines[0]) if lines else None
    separator = told[1] if told else find_separator(lines)
    if told:
        lines[0] = "\n"
    cut = (re.split(r"\s{2,}", line.strip()) for line in lines) if separator == GAPS else csv.reader(lines, delimiter=separator)
    rows: list[list[Cell]] = []
    count = 0
    try:
        for cells in cut:
            count += len(cells)
            if len(rows) >= MOST_ROWS or len(cells) > MOST_COLUMNS:
                raise FileProblem(say("imports.too_many", file=file, rows=MOST_ROWS, columns=MOST_COLUMNS))
            if count > MOST_CELLS:
                raise FileProblem(say("imports.cells_in_all", file=file, most=MOST_CELLS))
            rows.append([cell.strip() for cell in cells])
    except csv.Error as error:
        raise FileProblem(say("imports.bad_csv", file=file, error=why_unread(error))) from error
    return Sheet("", rows)


def find_separator(lines: list[str]) -> str:
    """Find what stands between cells: a tab, a semicolon, a bar, spaces in a row, else a comma."""
    bare = [_QUOTED_CELL.sub("", line) for line in lines if line.strip()]
    for separator in "\t;|":
        if bare and sum(separator in line for line in bare) * 2 >= len(bare):
            return separator
    counts = [line.count(",") for line in bare]
    spaced = [len(re.findall(r"(?<=\S)\s{2,}(?=\S)", line)) for line in bare]
    if len(set(counts)) > 1 or not any(counts):
        return GAPS if sum(map(bool, spaced)) * 2 > len(bare) and max(counts, default=0) <= max(spaced, default=0) + 1 else ","
    return ","


def _guarded(reader: Callable[[bytes, Notes], Iterator[Sheet]], raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Read the visible sheets of a workbook one by one; one that cannot be read is damaged."""
    try:
        yield from reader(raw, notes)
    except FileProblem:
        raise
    except Exception as error:
        raise FileProblem(say("imports.bad_workbook", file=notes.file, error=type(error).__name__)) from error


def _read_sheets(raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Open the workbook without formulas, links or macros and read its sheets."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            paths = _paths(archive)
            for page in book.worksheets:
                if page.sheet_state == "visible" or page.title == notes.unhidden:
                    sheet = _read_page(page, _read_marks(archive, paths[page.title]), notes)
                    yield replace(sheet, first_day=book.epoch)
                else:
                    notes.mention(Spot(None, page.title), page.title, NO_DATA, "imports.hidden")


def _paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Find where in the archive each sheet stands, by its title."""
    from openpyxl.xml.functions import fromstring

    targets = {link.get("Id"): str(link.get("Target")) for link in fromstring(archive.read("xl/_rels/workbook.xml.rels"))}
    sheets = [element for element in fromstring(archive.read("xl/workbook.xml")).iter() if str(element.tag).endswith("}sheet")]
    links = {str(sheet.get("name")): next(value for key, value in sheet.attrib.items() if key.endswith("}id")) for sheet in sheets}
    return {title: posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/") for title, link in links.items()}


def _read_page(page: Any, marks: Marked, notes: Notes) -> Sheet:
    """Read one sheet, given its merged ranges and its formulas without a value."""
    page.reset_dimensions()
    rows: list[list[Cell]] = []
    count = 0
    for number, cells in enumerate(page.iter_rows()):
        row = [_read_cell(cell) for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if not row:
            continue
        if number >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise FileProblem(say("imports.sheet_too_many", file=notes.file, sheet=page.title, rows=MOST_ROWS, columns=MOST_COLUMNS))
        count += len(row)
        if count > MOST_CELLS:
            raise FileProblem(say("imports.cells_too_many", file=notes.file, sheet=page.title, most=MOST_CELLS))
        rows.extend([] for _ in range(number - len(rows)))
        rows.append(row)
    for number in marks.hidden:
        if number <= len(rows) and rows[number - 1]:
            notes.hidden_row(page.title, number)
    width = max(map(len, rows), default=0)
    for first, last in marks.hidden_columns:
        notes.hidden_columns(page.title, first, last)
    unread = frozenset((r, c) for r, c in marks.empty if r >= len(rows) or c >= len(rows[r]) or rows[r][c] is None)
    return Sheet(str(page.title), rows, _spread(marks.merged, len(rows), width), unread, marks.formulas)


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


@dataclass
class Marked:
    """What the XML of a sheet says beside values."""

    merged: list[str] = field(default_factory=list)  # merged ranges
    empty: list[tuple[int, int]] = field(default_factory=list)  # cells whose formula has no stored value
    hidden: list[int] = field(default_factory=list)  # rows that are hidden
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first and last of columns that are hidden, from 0
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)  # formulas with a stored value

    def add_columns(self, about: Any) -> None:
        """Note what is said of some columns, where they are hidden."""
        if about.get("hidden") in {"1", "true"}:
            self.hidden_columns.append((int(about.get("min")) - 1, int(about.get("max")) - 1))


def _read_marks(archive: zipfile.ZipFile, path: str) -> Marked:
    """Find the merged ranges, the formulas without a stored value and the hidden rows in the XML of a sheet."""
    from openpyxl.utils.cell import coordinate_to_tuple
    from openpyxl.xml.functions import iterparse

    found = Marked()
    formula, value, text = False, False, ""
    with archive.open(path) as stream:
        rows: Any = None
        for event, element in iterparse(stream, ("start", "end")):
            if event == "start":
                rows = element if element.tag.endswith("}sheetData") else rows
                continue
            match element.tag.rpartition("}")[2]:
                case "f":
                    formula, text = True, f"={element.text or ''}"
                case "v":
                    value = True if element.text else value
                case "c":
                    if formula:
                        row, column = coordinate_to_tuple(element.get("r"))
                        if value or element.get("t") == "str":
                            found.formulas[row - 1, column - 1] = text
                        else:
                            found.empty.append((row - 1, column - 1))
                    formula = value = False
                case "row":
                    if element.get("hidden") in {"1", "true"}:
                        found.hidden.append(int(element.get("r")))
                    rows.clear()
                case "col":
                    found.add_columns(element)
                case "mergeCell":
                    found.merged.append(str(element.get("ref")))
    return found


def _spread(ranges: list[str], height: int, width: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Give each cell of a merged range the range's first cell, within the table and within measure."""
    from openpyxl.utils.cell import range_boundaries

    anchors: dict[tuple[int, int], tuple[int, int]] = {}
    for text in ranges:
        left, top, right, bottom = range_boundaries(text)
        last_row, last_column = min(bottom, height), min(right, width)
        if len(anchors) + max(last_row - top + 1, 0) * max(last_column - left + 1, 0) > MOST_MERGED:
            break
        for row in range(top - 1, last_row):
            anchors.update({(row, column): (top - 1, left - 1) for column in range(left - 1, last_column)})
    return anchors
