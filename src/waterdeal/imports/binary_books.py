"""Read a binary workbook of Excel (xlsb): values only, merged cells and hidden rows known; records as in [MS-XLSB]."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import refuse_entities
from waterdeal.imports.grid import MOST_CELLS, MOST_COLUMNS, MOST_MERGED, MOST_ROWS, NO_DATA, Cell, Sheet, Spot
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.imports.grid import Notes

_ROW, _FORMAT, _STYLE, _SHARED, _COLUMNS, _BOOK, _SHEET, _MERGED, _STYLES, _NO_STYLES = 0, 44, 47, 19, 60, 153, 156, 176, 617, 618
#: what a cell holds by the number of its record; those from 12 to 18 stand right of the cell before them
_KINDS = {1: "", 2: "packed", 3: "error", 4: "truth", 5: "number", 6: "text", 7: "shared", 8: "text", 9: "number", 10: "truth", 11: "error",
          12: "", 13: "packed", 14: "error", 15: "truth", 16: "number", 17: "text", 18: "shared", 62: "rich"}  # fmt: skip
_FORMULAS, _BESIDE = range(8, 12), range(12, 19)
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
#: formats of dates that every workbook has; of these 17 shows a month alone
_DATES, _MONTH = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}, {17}
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def read_binary_book(raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Read the visible sheets of a workbook one by one."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = set(archive.namelist())
        book = _Book(archive, parts, notes)
        for title, part, visible in book.sheets:
            if not visible and title != notes.unhidden:
                notes.mention(Spot(None, title), title, NO_DATA, "imports.hidden")
            elif part in parts:
                yield _Page(title, book).read(archive.read(part))


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut a part into records: their number and what they hold."""
    at, size = 0, len(raw)
    while at < size:
        number = raw[at]
        at += 1
        if number & 0x80:
            number = (number & 0x7F) | (raw[at] & 0x7F) << 7
            at += 1
        length = 0
        for place in range(4):
            byte = raw[at]
            at += 1
            length |= (byte & 0x7F) << 7 * place
            if not byte & 0x80:
                break
        if at + length > size:
            raise ValueError(number)
        yield number, raw[at : at + length]
        at += length


def _text(held: bytes, at: int) -> tuple[str, int]:
    """Read a text, and where it ends; one that is none is empty."""
    (length,) = struct.unpack_from("<I", held, at)
    length = 0 if length == 0xFFFFFFFF else length
    end = at + 4 + 2 * length
    if end > len(held):
        raise ValueError(length)
    return held[at + 4 : end].decode("utf-16-le"), end


def _unpacked(held: bytes) -> float:
    """Return a number packed into four bytes: whole or the upper half of a float, perhaps a hundredfold."""
    packed = int.from_bytes(held, "little", signed=True)
    value = float(packed >> 2) if packed & 2 else struct.unpack("<d", bytes(4) + (packed & ~3).to_bytes(4, "little", signed=True))[0]
    return float(value) / 100 if packed & 1 else float(value)


class _Book:
    """What sheets share: texts, styles of dates, the day that serial numbers count from."""

    def __init__(self, archive: zipfile.ZipFile, parts: set[str], notes: Notes) -> None:
        self.notes = notes
        self.sheets: list[tuple[str, str, bool]] = []  # title, part, whether it is visible
        self.texts: list[str] = []
        self.styles: list[int] = []  # the format of each style
        self.first_day = datetime(1899, 12, 30)
        links = archive.read("xl/_rels/workbook.bin.rels")
        refuse_entities(links, notes.file)
        self._read_book(archive.read("xl/workbook.bin"), _targets(links))
        if "xl/sharedStrings.bin" in parts:
            self.texts = [_text(held, 1)[0] for number, held in _records(archive.read("xl/sharedStrings.bin")) if number == _SHARED]
        self._formats: dict[int, str] = {}
        if "xl/styles.bin" in parts:
            self._read_styles(archive.read("xl/styles.bin"))

    def _read_book(self, raw: bytes, targets: dict[str, str]) -> None:
        """Read the sheets and the first day."""
        for number, held in _records(raw):
            if number == _BOOK and held[0] & 1:
                self.first_day = datetime(1904, 1, 1)
            elif number == _SHEET:
                link, end = _text(held, 8)
                self.sheets.append((_text(held, end)[0], targets.get(link, ""), held[0] == 0))

    def _read_styles(self, raw: bytes) -> None:
        """Read the formats of cells."""
        inside = False
        for number, held in _records(raw):
            if number == _FORMAT:
                self._formats[struct.unpack_from("<H", held)[0]] = _text(held, 2)[0]
            elif number in {_STYLES, _NO_STYLES}:
                inside = number == _STYLES
            elif number == _STYLE and inside:
                self.styles.append(struct.unpack_from("<H", held, 2)[0])

    def number(self, value: float, style: int) -> Cell:
        """Return a number, the date it is shown as, or its month where that is all that is shown."""
        shown = self.styles[style] if style < len(self.styles) else 0
        code = _QUOTED.sub("", self._formats.get(shown, "")).lower()
        dated = shown in _DATES or "y" in code or "d" in code
        if not dated or not 0 <= value < 2_958_466:
            return value
        day = self.first_day + timedelta(days=value)
        if day.day == 1 and (shown in _MONTH or (code and "d" not in code)):
            return f"{day:%Y-%m}"
        return day


def _targets(links: bytes) -> dict[str, str]:
    """Find the part of each link of the workbook."""
    from openpyxl.xml.functions import fromstring

    found = {str(link.get("Id")): str(link.get("Target")) for link in fromstring(links)}
    return {link: posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") for link, target in found.items()}


@dataclass
class _Page:
    """Reads one sheet within measure."""

    title: str
    book: _Book
    rows: list[list[Cell]] = field(default_factory=list)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    filled: int = 0

    def read(self, raw: bytes) -> Sheet:
        """Read the cells of a part, and what stands around them."""
        row, column, hidden, columns = -1, -1, list[int](), list[tuple[int, int]]()
        for number, held in _records(raw):
            if number == _ROW:
                row, column = struct.unpack_from("<I", held)[0], -1
                if len(held) > 11 and held[11] & 0x10:
                    hidden.append(row)
            elif number in _KINDS:
                column = column + 1 if number in _BESIDE else struct.unpack_from("<I", held)[0]
                self._put(row, column, number, held if number not in _BESIDE else bytes(4) + held)
            elif number == _MERGED:
                self._merge(*struct.unpack_from("<4I", held))
            elif number == _COLUMNS and len(held) > 16 and held[16] & 1:
                columns.append(struct.unpack_from("<2I", held))
        for at in hidden:
            if at < len(self.rows) and self.rows[at]:
                self.book.notes.hidden_row(self.title, at + 1)
        for first, last in columns:
            self.book.notes.hidden_columns(self.title, first, last)
        return Sheet(self.title, self.rows, self.merged, frozenset(), self.formulas, self.book.first_day)

    def _put(self, row: int, column: int, number: int, held: bytes) -> None:
        """Put what a record holds into its cell."""
        value = self._value(_KINDS[number], held)
        if value is None or value == "":
            return
        file = self.book.notes.file
        if row >= MOST_ROWS or column >= MOST_COLUMNS:
            raise FileProblem(say("imports.sheet_too_many", file=file, sheet=self.title, rows=MOST_ROWS, columns=MOST_COLUMNS))
        self.rows += [[] for _ in range(row + 1 - len(self.rows))]
        cells = self.rows[row]
        self.filled += max(column + 1 - len(cells), 0)
        if self.filled > MOST_CELLS:
            raise FileProblem(say("imports.cells_too_many", file=file, sheet=self.title, most=MOST_CELLS))
        cells += [None] * (column + 1 - len(cells))
        cells[column] = value
        if number in _FORMULAS:
            self.formulas[row, column] = "=…"

    def _value(self, kind: str, held: bytes) -> Cell:
        """Read the value of a cell: 8 bytes of its place and style stand before it."""
        style = int.from_bytes(held[4:7], "little")
        if kind in {"number", "packed"}:
            return self.book.number(struct.unpack_from("<d", held, 8)[0] if kind == "number" else _unpacked(held[8:12]), style)
        if kind in {"text", "rich"}:
            return _text(held, 9 if kind == "rich" else 8)[0]
        if kind == "shared":
            return str(self.book.texts[struct.unpack_from("<I", held, 8)[0]])
        if kind == "error":
            return _ERRORS.get(held[8], "#N/A")
        return str(bool(held[8])) if kind == "truth" else None

    def _merge(self, top: int, bottom: int, left: int, right: int) -> None:
        """Note the cells of a merged range within measure."""
        down, across = range(top, min(bottom, MOST_ROWS) + 1), range(left, min(right, MOST_COLUMNS) + 1)
        if len(self.merged) + len(down) * len(across) <= MOST_MERGED:
            self.merged |= {(row, column): (top, left) for row in down for column in across}
