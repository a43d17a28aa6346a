"""The files of a report, as bytes by name."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from waterdeal.reports.tables import make_tables
from waterdeal.words import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from waterdeal.reports.table import Cell, Column, Table


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


def report_files(results: xr.Dataset, language: str, formats: Iterable[str]) -> dict[str, bytes]:
    """Make the files of a report."""
    wanted = set(formats)
    files: dict[str, bytes] = {}
    tables = make_tables(results, language) if wanted & {"csv", "xlsx"} else ()
    if "xlsx" in wanted:
        from waterdeal.reports.excel import workbook_bytes

        files[f"allocation.{language}.xlsx"] = workbook_bytes(tables, results, language)
    if "csv" in wanted:
        files |= {f"tables.{language}/{table.name}.csv": table_csv(table, language) for table in tables}
    if "txt" in wanted:
        from waterdeal.reports.text import summary_text

        files[f"summary.{language}.txt"] = summary_text(results, language).encode("utf-8")
    return files
