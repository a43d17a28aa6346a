"""Read workbooks of old Excel (xls) by python-calamine: values only."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.imports.grid import MOST_CELLS, MOST_COLUMNS, MOST_MERGED, MOST_ROWS, NO_DATA, Cell, Sheet, Spot
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.imports.grid import Notes


def read_old_book(raw: bytes, notes: Notes) -> Iterator[Sheet]:
    """Read the visible sheets of a workbook one by one."""
    try:
        import python_calamine
    except ImportError as error:
        raise FileProblem(say("imports.needs_calamine", file=notes.file)) from error
    sheets: list[Sheet] = []
    try:
        with silenced():
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
            for about in book.sheets_metadata:
                if about.visible == python_calamine.SheetVisibleEnum.Visible or about.name == notes.unhidden:
                    sheets.append(_read_page(book.get_sheet_by_name(about.name), notes.file))
                else:
                    notes.mention(Spot(None, about.name), about.name, NO_DATA, "imports.hidden")
    except python_calamine.CalamineError as error:
        raise FileProblem(say("imports.file_old", path=notes.file)) from error
    except BaseException as error:  # what the library itself did not foresee comes as no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise FileProblem(say("imports.bad_workbook", file=notes.file, error="calamine")) from None
    yield from sheets


@contextmanager
def silenced() -> Iterator[None]:
    """Keep what a library writes to the terminal by itself from the user."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept, nowhere = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        for number, copy in enumerate(kept, 1):
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)


def _read_page(page: Any, file: str) -> Sheet:
    """Read one sheet."""
    if page.total_height > MOST_ROWS or page.total_width > MOST_COLUMNS:
        raise FileProblem(say("imports.sheet_too_many", file=file, sheet=page.name, rows=MOST_ROWS, columns=MOST_COLUMNS))
    if page.total_height * page.total_width > MOST_CELLS:
        raise FileProblem(say("imports.cells_too_many", file=file, sheet=page.name, most=MOST_CELLS))
    rows = [[_cell(value) for value in row] for row in page.to_python(skip_empty_area=False)]
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in page.merged_cell_ranges or ():
        down, across = range(top, min(bottom, len(rows)) + 1), range(left, min(right, MOST_COLUMNS) + 1)
        if len(merged) + len(down) * len(across) > MOST_MERGED:
            break
        merged |= {(row, column): (top, left) for row in down for column in across}
    return Sheet(str(page.name), rows, merged)


def _cell(value: Any) -> Cell:
    """Turn a value into text, number or date."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return str(value) or None
