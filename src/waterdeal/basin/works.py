"""A basin with works built in it: rows of its tables changed or added, and checked as any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.basin.cells import check_cells, did_you_mean, number_of
from waterdeal.basin.check import check_basin
from waterdeal.basin.make import numbered, strange_columns, text_table
from waterdeal.basin.tables import TABLES
from waterdeal.errors import BasinDataError, Problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waterdeal.basin.cells import Table
    from waterdeal.basin.schema import Basin

Row = dict[str, Any]


def with_rows(basin: Basin, tables: Mapping[str, Sequence[Mapping[str, Any]]], where: tuple[str, str], origin: Mapping[str, str]) -> Basin:
    """Return a basin with rows of some tables laid over its own.

    ``where`` is the file and the key that stand for the rows in problems; ``origin`` the status and the citation of their figures.
    """
    if problems := [*strange_columns(tables), *_unknown(basin, tables)]:
        raise BasinDataError(where[0], _placed(problems, where))
    laid = {name: _laid(basin.rows(name), TABLES[name], rows) for name, rows in tables.items()}
    texts = {name: text_table(TABLES[name], rows) for name, rows in laid.items()}
    both = {**basin.tables, **texts}
    if problems := [problem for name in texts for problem in check_cells(texts[name], TABLES[name], both)]:
        raise BasinDataError(where[0], _placed(problems, where))
    made = {name: numbered(name, table) for name, table in texts.items()}
    built = replace(basin, tables={**basin.tables, **made, **_origins(basin, tables, where[1], origin)})
    if problems := check_basin(built):
        raise BasinDataError(where[0], _placed(problems, where))
    return built


def _placed(problems: Sequence[Problem], where: tuple[str, str]) -> list[Problem]:
    """Tell problems of tables where the work stands that makes them."""
    file, key = where
    return [
        replace(problem, file=file, row=None, field=".".join(filter(None, (key, "tables", problem.file.partition(".")[0], problem.field))))
        for problem in problems
    ]


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Key of a row, numbers as numbers."""
    kinds = {column.name: column.kind for column in table.columns}
    return tuple(number_of(row.get(name, "")) if kinds[name] in {"number", "month"} else str(row.get(name, "")) for name in table.key)


def _unknown(basin: Basin, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Problem]:
    """Report rows that are neither in a table nor whole, so that they can only be meant for another."""
    for name, rows in tables.items():
        table = TABLES[name]
        known = {_key(table, row) for row in basin.rows(name)}
        needed = [column.name for column in table.columns if not column.blank and not column.name.startswith("name_")]
        for row in rows:
            lacking = [column for column in needed if column not in row]
            key = _key(table, row)
            if lacking and key not in known:
                told = ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in key)
                found = say("works.no_row", row=told, lacking=", ".join(lacking))
                yield Problem(f"{name}.csv", None, table.key[0], found, did_you_mean(told, sorted({str(other[0]) for other in known})))


def _laid(own: Sequence[Row], table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Lay rows over those of a table: cells of a known key change, other rows are new."""
    found = {_key(table, row): dict(row) for row in own}
    for row in rows:
        found[_key(table, row)] = {**found.get(_key(table, row), {}), **row}
    return [{name: _cell(value) for name, value in row.items()} for row in found.values()]


def _cell(value: Any) -> Any:
    """A cell as it was written: blank where it is no number, whole numbers without a point."""
    if not isinstance(value, float):
        return value
    return "" if value != value else int(value) if value.is_integer() else value  # noqa: PLR0124


def _origins(
    basin: Basin, tables: Mapping[str, Sequence[Mapping[str, Any]]], key: str, origin: Mapping[str, str]
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Provenance and sources with those of the figures of a work."""
    source = key.replace(".", "_")
    cells = [
        {"table": name, "key": str(row[TABLES[name].columns[0].name]), "field": field, "status": origin["status"], "source": source}
        for name, rows in tables.items()
        for row in rows
        for field in row
        if field in {column.name for column in TABLES[name].columns if column.kind == "number"} - set(TABLES[name].key)
    ]
    told = pd.DataFrame(cells, columns=basin.table("provenance").columns, dtype=object).fillna("")
    places = ["table", "key", "field"]
    cited = pd.DataFrame([{"source": source, "citation": origin["citation"], "licence": "-", "accessed": ""}], dtype=object)
    both = {"provenance": (told, places), "sources": (cited, ["source"])}
    return {
        name: pd.concat([basin.table(name), new], ignore_index=True).drop_duplicates(subset, keep="last")
        for name, (new, subset) in both.items()
    }
