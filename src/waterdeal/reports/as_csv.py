"""The tables of a document as CSV: a file each."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from waterdeal.reports.table import Table
from waterdeal.words import safe_text

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages
    from waterdeal.reports.table import Cell, Column


def tables(document: Pages) -> dict[str, bytes]:
    """Write each table by its name."""
    return {block.name: table_csv(block, document.language) for block in document.blocks if isinstance(block, Table)}


def render(document: Pages) -> bytes:
    """Write all tables into one file, one below the other."""
    mark = "\ufeff".encode()
    return mark + b"\r\n".join(content.removeprefix(mark) for content in tables(document).values())


def table_csv(table: Table, language: str) -> bytes:
    """Write a table as CSV: UTF-8 with a byte order mark; ``;`` and decimal commas, but ``,`` and points in English."""
    english = language == "en"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter="," if english else ";", lineterminator="\r\n")
    writer.writerow([safe_text(heading(table, column)) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(cell, column, english) for cell, column in zip(row, table.columns, strict=True)])
    return buffer.getvalue().encode("utf-8-sig")


def heading(table: Table, column: Column) -> str:
    """Heading of a column in one line, with its unit."""
    names = [part for part in (column.group, column.heading) if part]
    unit = (column.unit or table.unit) if column.digits is not None and "%" not in column.heading else ""
    return ", ".join([*names, unit] if unit else names)


def _cell(cell: Cell, column: Column, english: bool) -> str:
    """Write a cell; a number stays a number, negative ones too."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    number = f"{cell:.{column.digits or 0}f}"
    return number if english else number.replace(".", ",")
