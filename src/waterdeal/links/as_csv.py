"""Tables of a network in other forms than CSV in UTF-8 with commas: read by the reader of all tables, and handed on as such a CSV."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem, why_of
from waterdeal.imports.files import read_sheets
from waterdeal.imports.grid import Notes, cell_text
from waterdeal.imports.numbers import learn_marks, read_number
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from waterdeal.imports.grid import Cell, Sheet

#: endings of tables that may be large and are read straight into arrays
LARGE = (".csv", ".csv.gz")
#: endings of other forms of a table
OTHERS = (".xlsx", ".xlsm", ".ods", ".xls", ".xlsb", ".txt", ".tsv", ".parquet")
_HEAD = 65_536


def as_csv(path: Path, numeric: Collection[str], beside: Path) -> Path:
    """Return a table as CSV in UTF-8 with commas: the file itself, or one of the same name in another folder, row by row the same."""
    if path.name.endswith(LARGE) and (path.suffix == ".gz" or _is_plain(path)):
        return path
    notes = Notes(path.name)
    sheets = [sheet for sheet in read_sheets(path, notes) if sheet.rows]
    if len(sheets) != 1:
        raise FileProblem(say("networks.sheets", file=path.name, count=len(sheets)))
    target = beside / path.name
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_rows(sheets[0], numeric))
    return target


def _is_plain(path: Path) -> bool:
    """Tell whether a text begins as UTF-8 with commas between its cells."""
    try:
        with path.open("rb") as file:
            head = codecs.getincrementaldecoder("utf-8-sig")().decode(file.read(_HEAD))
    except UnicodeDecodeError:
        return False
    except OSError as error:
        raise FileProblem(say("networks.unread", path=path, error=why_of(error))) from error
    first = head.partition("\n")[0]
    return "\0" in head or "," in first or not any(mark in first for mark in ";\t|")


def _rows(sheet: Sheet, numeric: Collection[str]) -> list[list[str]]:
    """Write the cells of a sheet, numbers with a decimal point."""
    width = sheet.width
    heads = [cell_text(sheet.raw(0, column)) for column in range(width)]
    columns = [[sheet.raw(row, column) for row in range(1, sheet.size[0])] for column in range(width)]
    written = [_numbers(cells) if head in numeric else list(map(cell_text, cells)) for head, cells in zip(heads, columns, strict=True)]
    return [heads, *(list(row) for row in zip(*written, strict=True))]


def _numbers(column: list[Cell]) -> list[str]:
    """Write numbers with a decimal point; what is none stays as it stands, to be told."""
    marks = learn_marks(column)
    texts = []
    for cell in column:
        number = read_number(cell, marks) if isinstance(cell, str) and not marks.doubt(cell) else None
        texts.append(repr(cell) if isinstance(cell, float) else cell_text(cell) if number is None else repr(number))
    return texts
