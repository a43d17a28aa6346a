"""Read a CSV file into a grid: its encoding and its separator are found, not asked for."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.tracking.grid import MOST_COLUMNS, MOST_ROWS, Sheet

if TYPE_CHECKING:
    from waterdeal.tracking.notes import Notes

_QUOTED = re.compile(r'"[^"]*"')


def read_csv(raw: bytes, notes: Notes) -> Sheet:
    """Read a CSV file.

    Parameters
    ----------
    raw : bytes
        The file.
    notes : Notes
        Its name.

    Returns
    -------
    Sheet
        All cells as text.

    Raises
    ------
    FileProblem
        If it is not a text table or is too large.
    """
    text = _decode(raw, notes)
    if "\0" in text:
        message = f"{notes.file} is not a table: it holds binary data. Save it as .xlsx or as CSV in UTF-8."
        raise FileProblem(message)
    lines = text.splitlines(keepends=True)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=find_separator(lines))]
    except csv.Error as error:
        message = f"{notes.file} cannot be read as CSV ({error}). Save it anew as CSV in UTF-8."
        raise FileProblem(message) from error
    if len(rows) > MOST_ROWS or max(map(len, rows), default=0) > MOST_COLUMNS:
        message = f"{notes.file} is larger than {MOST_ROWS} rows or {MOST_COLUMNS} columns. Split it by year."
        raise FileProblem(message)
    return Sheet("", rows)


def _decode(raw: bytes, notes: Notes) -> str:
    """Turn bytes into text: UTF-8, UTF-16 with its mark, else Windows-1251."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("cp1251")
    except UnicodeDecodeError as error:
        message = f"{notes.file} is neither UTF-8 nor Windows-1251 text. Save it as CSV in UTF-8."
        raise FileProblem(message) from error
    return text


def find_separator(lines: list[str]) -> str:
    """Find what stands between cells: a tab, a semicolon, else a comma.

    Parameters
    ----------
    lines : list of str
        Lines of the file.

    Returns
    -------
    str
        The first of the three that stands in half the lines or more, outside quotes.
    """
    bare = [_QUOTED.sub("", line) for line in lines if line.strip()]
    for separator in "\t;":
        if bare and sum(separator in line for line in bare) * 2 >= len(bare):
            return separator
    return ","
