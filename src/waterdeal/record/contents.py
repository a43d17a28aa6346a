"""What a record holds: its sources, tables and term sheets, made from a plan; the same plan always gives the same files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from waterdeal.documents import toml_text
from waterdeal.record.sheet import sheet_document
from waterdeal.reports.as_csv import table_csv
from waterdeal.reports.term_sheet import term_sheet
from waterdeal.tracking.agreed import AGREED
from waterdeal.words import LANGUAGES, SPOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import xarray as xr

    from waterdeal.reports.table import Table
    from waterdeal.results.audit import Audit

TERM_SHEET = "term-sheet.toml"
#: files that stand at the top of every record
TOP = frozenset({"plan.nc", "inputs.nc", "manifest.json", TERM_SHEET, *(f"term-sheet.{language}.txt" for language in LANGUAGES)})
#: folders of what a record was made from
SOURCES = ("scenario/", "basin/", f"{AGREED}/")
_RUN_TABLE = re.compile(r"tables\.([a-z]+)/([^/]+\.csv)")
_RUN_BOOK = re.compile(r"allocation\.([a-z]+)\.xlsx")


def record_name(name: str) -> str | None:
    """Return where a table of a run stands in a record; None for what is not a table.

    Examples
    --------
    >>> record_name("tables.ru/deliveries.csv"), record_name("allocation.ru.xlsx"), record_name("run.json")
    ('tables/ru/deliveries.csv', 'tables/ru/allocation.xlsx', None)
    """
    if found := _RUN_TABLE.fullmatch(name):
        return f"tables/{found[1]}/{found[2]}"
    found = _RUN_BOOK.fullmatch(name)
    return f"tables/{found[1]}/allocation.xlsx" if found else None


def sources_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the scenario, agreements and basin of a record; of a followed plan also the agreed one and what was measured."""
    return {name: content for name, content in files.items() if name.startswith(SOURCES)}


def annex_of(files: Iterable[str]) -> list[str]:
    """Return the names of the tables of a record, sorted."""
    return sorted(name for name in files if name.startswith("tables/"))


def table_files(plan: xr.Dataset, annex: Iterable[str], tables_in: Callable[[str], tuple[Table, ...]]) -> dict[str, bytes]:
    """Make the tables of a record anew."""
    wanted = {(parts[1], parts[2].rpartition(".")[2]) for parts in (name.split("/") for name in annex) if len(parts) == 3}
    made: dict[str, bytes] = {}
    for language, kind in sorted(wanted):
        if language in SPOKEN and kind == "csv":
            made |= {f"tables/{language}/{table.name}.csv": table_csv(table, language) for table in tables_in(language)}
        elif language in SPOKEN and kind == "xlsx":
            from waterdeal.reports.excel import workbook_bytes

            made[f"tables/{language}/allocation.xlsx"] = workbook_bytes(tables_in(language), plan, language)
    return made


def sheet_files(plan: xr.Dataset, sources: Mapping[str, bytes], annex: list[str], found: Audit) -> dict[str, bytes]:
    """Make the term sheet of a record, for machines and in four languages."""
    sheet = term_sheet(plan, sources, annex, found)
    texts = {f"term-sheet.{language}.txt": sheet_document(plan, sheet, language).render("txt") for language in LANGUAGES}
    return {TERM_SHEET: toml_text(sheet).encode(), **texts}
