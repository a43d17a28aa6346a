"""Read one CSV table as text, with the line of each row, and say what is wrong with its shape."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Any

import pandas as pd

from waterdeal.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.basin.columns import Table

MOST_BYTES = 50_000_000


def read_table(path: Path, table: Table, problems: list[Problem], digests: dict[str, str]) -> pd.DataFrame:
    """Read one CSV as text, with the line of each row in ``line``.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    table : Table
        Its columns.
    problems : list of Problem
        Gathers what is wrong with the file's shape.
    digests : dict of str to str
        Gathers the file's SHA-256.

    Returns
    -------
    pandas.DataFrame
        All cells as stripped text; empty where the file is absent and optional, or unreadable.
    """
    names = [column.name for column in table.columns]
    rows = _read_rows(path, names, problems, digests, optional=table.optional)
    return pd.DataFrame(rows, columns=[*names, "line"])


def _read_rows(path: Path, names: list[str], problems: list[Problem], digests: dict[str, str], *, optional: bool) -> list[list[Any]]:
    """Read the rows of a CSV with a known header."""
    name = path.name
    if not path.exists():
        if not optional:
            problems.append(Problem(name, None, "", "the file is missing", "Add it; its columns are in the basin-folder reference."))
        return []
    raw = path.read_bytes()[: MOST_BYTES + 1]
    digests[name] = hashlib.sha256(raw).hexdigest()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(name, None, "", f"the file is not UTF-8 ({error.reason} at byte {error.start})", "Save it as UTF-8."))
        return []
    if len(raw) > MOST_BYTES or "\0" in text:
        problems.append(Problem(name, None, "", "the file is too large or not text", "Expected a CSV table under 50 MB."))
        return []
    reader = csv.reader(text.splitlines())
    header = [cell.strip() for cell in next(reader, [])]
    if header != names:
        _explain_header(name, header, names, problems)
    if set(header) != set(names):
        return []
    rows: list[list[Any]] = []
    for cells in reader:
        if len(cells) == len(header):
            row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            rows.append([*(row[column] for column in names), reader.line_num])
        elif any(cell.strip() for cell in cells):
            found = f"{len(cells)} cells where the header has {len(header)}"
            problems.append(Problem(name, reader.line_num, "", found, "Is the row cut off, or a comma not quoted?"))
    return rows


def _explain_header(name: str, header: list[str], names: list[str], problems: list[Problem]) -> None:
    """Report columns that are missing, unknown or twice there; another order is allowed."""
    missing = [column for column in names if column not in header]
    strange = [column for column in header if column not in names]
    problems += [Problem(name, 1, column, "the column is missing", "Add it to the header.") for column in missing]
    problems += [Problem(name, 1, column, "is not a column of this table", f"Columns: {', '.join(names)}.") for column in strange]
    if len(set(header)) < len(header):
        problems.append(Problem(name, 1, "", "a column stands twice in the header", "Keep one of them."))
