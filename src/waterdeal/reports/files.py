"""The files of a report, as bytes by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.reports.as_csv import table_csv
from waterdeal.reports.tables import make_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr


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
