"""Write a basin as the tables of a folder: only the columns that hold anything, remarks on top."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.basin.schema import Basin


def table_text(rows: Sequence[Mapping[str, Any]], remarks: Sequence[str]) -> str:
    """Write rows as CSV, blank columns left out, each remark a line on top."""
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if any(_cell(row.get(name)) for row in rows)]
    text = io.StringIO(newline="")
    text.writelines(f"# {remark}\n" for remark in remarks)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """Write a cell: nothing for what is blank."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def basin_rows(basin: Basin) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table that has any, the hydrology among them."""
    runoff = basin.runoff.to_series().rename("runoff_m3s").reset_index()[["node", "year_class", "month", "runoff_m3s"]]
    tables = {**basin.tables, "hydrology": runoff}
    records = {name: table.to_dict("records") for name, table in tables.items() if len(table)}
    return {name: [{str(key): value for key, value in row.items()} for row in rows] for name, rows in records.items()}
