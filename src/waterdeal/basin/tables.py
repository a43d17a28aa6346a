"""The tables of a basin folder, column by column: what each may hold stands in ``tables.csv``."""

from __future__ import annotations

import csv
from importlib import resources
from itertools import groupby

from waterdeal.basin.cells import Column, Table

#: the four stages of growth, as they stand in the names of columns
STAGES = ("initial", "development", "mid", "late")


def read_tables(package: str) -> dict[str, Table]:
    """Read every table of the ``tables.csv`` of a package; a number without bounds is 0 or more."""
    text = resources.files(package).joinpath("tables.csv").read_text(encoding="utf-8")
    found = {}
    for name, group in groupby(csv.DictReader(text.splitlines()), lambda row: row["table"]):
        rows = list(group)
        columns = tuple(
            Column(
                row["column"],
                row["kind"],
                bool(row["blank"]),
                float(row["low"] or 0),
                float(row["high"] or "inf"),
                tuple(row["choices"].split()),
                row["refers"],
                bool(row.get("private")),
            )
            for row in rows
        )
        found[name] = Table(name, columns, tuple(row["column"] for row in rows if row["key"]), rows[0]["optional"] == "yes")
    return found


TABLES = read_tables("waterdeal.basin")
HYDROLOGY = TABLES.pop("hydrology")
#: a file of a scenario, not of a basin
REQUIREMENT_SERIES = TABLES.pop("requirement_series")
#: words for how sure a figure is, and classes of year, from wet to dry and their mean
STATUSES, YEAR_CLASSES = (next(column.choices for column in table.columns if column.choices) for table in (TABLES["provenance"], HYDROLOGY))
