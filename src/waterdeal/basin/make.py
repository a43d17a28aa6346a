"""Make a basin from tables, read from files or written in code; every rule is checked either way."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.cells import check_cells, did_you_mean, number_of, text_frame
from waterdeal.basin.check import check_basin
from waterdeal.basin.hydrology import check_runoff, make_runoff
from waterdeal.basin.schema import Basin
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.errors import BasinDataError, Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.basin.cells import Table


def make_basin(name: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Basin:
    """Make a basin from rows written in code, for examples, tests and generated networks.

    Parameters
    ----------
    name : str
        Id of the basin.
    tables : mapping
        Rows by table, as in docs/reference/basin-folder.md, ``hydrology`` included. Columns left out are blank; names left out are
        the id; figures without provenance are marked as assumed by the example.

    Returns
    -------
    Basin
        Checked.

    Raises
    ------
    BasinDataError
        With every problem found.
    """
    if strange := list(strange_columns(tables)):
        raise BasinDataError(name, strange)
    filled = {table: text_table(TABLES[table], tables[table]) if tables.get(table) else _empty(table) for table in TABLES}
    if filled["provenance"].empty:
        assumed = {"key": "*", "field": "*", "status": "assumed", "source": "example"}
        filled["provenance"] = text_table(TABLES["provenance"], [{"table": table, **assumed} for table in (*TABLES, "hydrology")])
        filled["sources"] = text_table(TABLES["sources"], [{"source": "example", "citation": "made up in code", "licence": "CC0-1.0"}])
    water = text_table(HYDROLOGY, tables.get("hydrology", ()))
    if problems := check_cells(water, HYDROLOGY, {"nodes": pd.DataFrame({"node": water["node"]})}):
        raise BasinDataError(name, problems)
    runoff = make_runoff(water)
    basin, problems = assemble({"id": name, "name": {"en": name}}, filled, runoff)
    if problems := [*problems, *check_runoff(runoff, "hydrology.csv")]:
        raise BasinDataError(name, problems)
    return basin


def strange_columns(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Problem]:
    """Report tables and columns that no basin has: left out in silence, a limit would be none."""
    known = {**TABLES, "hydrology": HYDROLOGY}
    for name, rows in tables.items():
        if name not in known:
            yield Problem(name, None, "", say("basin.table_strange"), did_you_mean(name, known))
            continue
        names = [column.name for column in known[name].columns]
        for column in [column for column in dict.fromkeys(column for row in rows for column in row) if column not in names]:
            yield make_problem(f"{name}.csv", None, column, "basin.column_strange", names=", ".join(names))


def text_table(table: Table, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Write rows as the text cells a CSV would hold, with line numbers."""
    columns = [column.name for column in table.columns]
    cells = []
    for line, row in enumerate(rows, start=2):
        given = {column: row[columns[0]] for column in columns if column.startswith("name_")} | dict(row)
        cells.append([*(_cell(given.get(column, "")) for column in columns), line])
    frame = text_frame(cells, columns)
    if fallen := tuple(column for column in columns if column.startswith("name_") and not any(column in row for row in rows)):
        frame.attrs["fallen"] = fallen
    return frame


def _cell(value: Any) -> str:
    """Write one value as text."""
    return repr(float(value)) if isinstance(value, float) else str(value)


def assemble(
    header: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], runoff: xr.DataArray,
    folder: Path | None = None, digests: Mapping[str, str] | None = None, *, whole: bool = True,
) -> tuple[Basin, list[Problem]]:  # fmt: skip
    """Put the parts of a basin together and check them; what is not whole is checked cell by cell alone."""
    problems = list(dict.fromkeys(problem for name, table in TABLES.items() for problem in check_cells(tables[name], table, tables)))
    first, after, *_ = map(_month_day, header.get("growing_season", ["04-01", "10-01"]))
    basin = Basin(
        id=str(header["id"]),
        names=dict(header.get("name", {})),
        tables={name: _blank(name) if table.empty else numbered(name, table) for name, table in tables.items()},
        runoff=runoff,
        growing_season=(first, after),
        water_year_start=_month_day(str(header.get("water_year_start", "10-01"))),
        ice_months=frozenset(header.get("ice_months", (12, 1, 2, 3))),
        licence=str(header.get("licence", "")),
        hydrology=str(header.get("hydrology", "hydrology.csv")),
        version=str(header.get("version", "")),
        folder=folder,
        digests=dict(digests or {}),
        told={name: {str(key): held for key, held in table.attrs.items()} for name, table in tables.items() if table.attrs},
    )
    return basin, problems or (check_basin(basin) if whole else [])


def numbered(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Turn the numeric columns of a text table into floats, blanks into NaN."""
    numeric = [column.name for column in TABLES[name].columns if column.kind in {"number", "month"}]
    numbers = {column: np.array([number_of(cell) for cell in table[column].tolist()], dtype=float) for column in numeric}
    made = table.drop(columns="line").assign(**numbers)
    made.attrs.clear()  # pandas copies them, deep, with each column that is looked at: `told` has them
    return made


@cache
def _empty(name: str) -> pd.DataFrame:
    """Make a text table without rows, once: most basins leave out most tables, and nobody writes into one."""
    return text_table(TABLES[name], ())


@cache
def _blank(name: str) -> pd.DataFrame:
    """Make a table without rows, once."""
    return numbered(name, _empty(name))


def _month_day(text: str) -> tuple[int, int]:
    """Read ``"04-01"`` as (4, 1)."""
    month, _, day = text.partition("-")
    return int(month), int(day)
