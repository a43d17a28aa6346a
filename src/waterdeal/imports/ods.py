"""Read a workbook of OpenDocument: values only, merged cells and empty formulas known."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import refuse_entities
from waterdeal.imports.grid import MOST_CELLS, MOST_COLUMNS, MOST_MERGED, MOST_ROWS, NO_DATA, Cell, Sheet, Spot
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.imports.grid import Notes

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


def read_ods(raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Read the visible sheets of a workbook one by one."""
    from openpyxl.xml.functions import fromstring

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        content = archive.read("content.xml")
    refuse_entities(content, notes.file)
    root = fromstring(content)
    styles = [(style.get(f"{_STYLE}name"), kind) for style in root.iter(f"{_STYLE}style") for kind in style]
    hidden = {str(name) for name, kind in styles if kind.get(f"{_TABLE}display") == "false"}
    for table in root.iter(f"{_TABLE}table"):
        name = str(table.get(f"{_TABLE}name") or "")
        if str(table.get(f"{_TABLE}style-name")) in hidden and name != notes.unhidden:
            notes.mention(Spot(None, name), name, NO_DATA, "imports.hidden")
        else:
            yield _OdsTable(name, notes).read(table)


class _OdsTable:
    """Reads one table, repeated rows and cells within measure."""

    def __init__(self, name: str, notes: Notes) -> None:
        self._name, self._notes = name, notes
        self._rows: list[list[Cell]] = []
        self._filled = 0
        self._merged: dict[tuple[int, int], tuple[int, int]] = {}
        self._unread: set[tuple[int, int]] = set()
        self._formulas: dict[tuple[int, int], str] = {}

    def read(self, table: Any) -> Sheet:
        """Read the rows."""
        skipped, column = 0, 0
        for about in table.iter(f"{_TABLE}table-column"):
            repeated = int(about.get(f"{_TABLE}number-columns-repeated", 1))
            if about.get(f"{_TABLE}visibility") in {"collapse", "filter"}:
                self._notes.hidden_columns(self._name, column, column + repeated - 1)
            column += repeated
        for row in table.iter(f"{_TABLE}table-row"):
            cells = self._cells(row, len(self._rows) + skipped)
            repeated = int(row.get(f"{_TABLE}number-rows-repeated", 1))
            if not cells:  # empty rows at the end are many
                skipped += repeated
                continue
            if len(self._rows) + skipped + repeated > MOST_ROWS or len(cells) > MOST_COLUMNS:
                told = {"file": self._notes.file, "sheet": self._name, "rows": MOST_ROWS, "columns": MOST_COLUMNS}
                raise FileProblem(say("imports.sheet_too_many", **told))
            self._filled += repeated * len(cells)
            if self._filled > MOST_CELLS:
                raise FileProblem(say("imports.cells_too_many", file=self._notes.file, sheet=self._name, most=MOST_CELLS))
            if row.get(f"{_TABLE}visibility") in {"collapse", "filter"}:
                self._notes.hidden_row(self._name, len(self._rows) + skipped + 1, repeated)
            self._rows += [[] for _ in range(skipped)] + [list(cells) for _ in range(repeated)]
            skipped = 0
        return Sheet(self._name, self._rows, self._merged, frozenset(self._unread), self._formulas)

    def _cells(self, row: Any, number: int) -> list[Cell]:
        """Read the cells of a row up to the last that holds anything."""
        cells: list[Cell] = []
        empty = 0
        for cell in row:
            if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
                continue
            value, repeated = _value(cell), int(cell.get(f"{_TABLE}number-columns-repeated", 1))
            formula = cell.get(f"{_TABLE}formula") is not None and value is None
            if value is None and not formula:
                self._span(cell, number, len(cells) + empty)
                empty += repeated
                continue
            if len(cells) + empty + repeated > MOST_COLUMNS:
                return [None] * (MOST_COLUMNS + 1)
            cells += [None] * empty
            self._span(cell, number, len(cells))
            if formula:
                self._unread.add((number, len(cells)))
            elif cell.get(f"{_TABLE}formula"):
                self._formulas[number, len(cells)] = cell.get(f"{_TABLE}formula").partition(":")[2]
            cells += [value] * repeated
            empty = 0
        return cells

    def _span(self, cell: Any, row: int, column: int) -> None:
        """Note the cells that a merged cell covers."""
        down, across = (int(cell.get(f"{_TABLE}number-{way}-spanned", 1)) for way in ("rows", "columns"))
        if down * across > 1 and len(self._merged) + down * across <= MOST_MERGED:
            self._merged |= {(row + i, column + j): (row, column) for i in range(down) for j in range(across)}


def _value(cell: Any) -> Cell:
    """Turn a cell into text, number or date; comments stand beside its text."""
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in {"float", "percentage", "currency"}:
        return float(cell.get(f"{_OFFICE}value"))
    if kind == "date":
        return datetime.fromisoformat(cell.get(f"{_OFFICE}date-value"))
    lines = ["".join(part.itertext()) for part in cell.iterfind(f"{_TEXT}p")]
    return "\n".join(lines).strip() or None
