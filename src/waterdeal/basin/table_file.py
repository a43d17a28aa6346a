"""Open one table of a basin folder: CSV in any common encoding with any separator, or the first sheet of a workbook."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem, make_problem, why_unread
from waterdeal.imports.encodings import decode
from waterdeal.imports.numbers import learn_marks, read_number
from waterdeal.words import STEERING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waterdeal.errors import Problem

MOST_BYTES = 50_000_000
#: endings that a table may have
ENDINGS = (".csv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_COMMENT = "#"
Lines = list[tuple[list[str], int]]


def find_file(path: Path) -> list[Path]:
    """Return the files that a table may stand in: as named, else with another ending."""
    if path.suffix != ".csv":
        return [path] if path.exists() else []
    return [found for ending in ENDINGS if (found := path.with_suffix(ending)).exists()]


def read_lines(path: Path, kinds: Mapping[str, str], problems: list[Problem], digests: dict[str, str]) -> tuple[Lines | None, str]:
    """Read the rows of a table of columns of some kinds as text, each with its line, and the encoding where that is a guess.

    No rows where it cannot be read, which is reported.
    """
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    digests[path.name] = hashlib.sha256(raw).hexdigest()
    if len(raw) > MOST_BYTES:
        problems.append(make_problem(path.name, None, "", "basin.file_large"))
        return None, ""
    try:
        if path.suffix in ENDINGS[:2]:
            return _text_lines(raw, path.name, kinds, problems)
        from waterdeal.imports.files import read_sheets
        from waterdeal.imports.grid import Notes, cell_text

        sheet = next(iter(read_sheets(path, Notes(path.name))), None)
    except FileProblem as error:
        problems.append(make_problem(path.name, None, "", "basin.file_unread", error=error.args[0]))
        return None, ""
    rows = [] if sheet is None else [[cell_text(cell) for cell in row] for row in sheet.rows]
    return _from_header([(row, number) for number, row in enumerate(rows, 1)]), ""


def _text_lines(raw: bytes, name: str, kinds: Mapping[str, str], problems: list[Problem]) -> tuple[Lines | None, str]:
    """Read CSV."""
    text, encoding = decode(raw, name)
    text = text.lstrip("\ufeff")
    if mark := STEERING.search(text):
        problems.append(make_problem(name, text.count("\n", 0, mark.start()) + 1, "", "general.steering", sign=f"U+{ord(mark[0]):04X}"))
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith(_COMMENT)), "")
    separator = max(",;\t|", key=lambda sign: len(set(kinds).intersection(part.strip(' "') for part in header.split(sign))))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        lines = _from_header([(cells, reader.line_num) for cells in reader])
    except csv.Error as error:
        problems.append(make_problem(name, None, "", "basin.not_csv", error=why_unread(error)))
        return None, ""
    return lines if separator == "," else _with_points(lines, kinds), encoding


def _from_header(lines: Lines) -> Lines:
    """Leave out the remarks above the header."""
    first = next((at for at, (cells, _) in enumerate(lines) if any(cells) and not cells[0].startswith(_COMMENT)), len(lines))
    return lines[first:]


def _with_points(lines: Lines, kinds: Mapping[str, str]) -> Lines:
    """Write numbers with decimal commas with points; what could be read in two ways stays, and is refused as a number."""
    columns = [at for at, name in enumerate(lines[0][0]) if kinds.get(name.strip()) in {"number", "month"}] if lines else []
    marks = learn_marks(cells[at] for cells, _ in lines[1:] for at in columns if at < len(cells))
    for cells, _ in lines[1:]:
        for at in columns:
            if at < len(cells) and re.fullmatch(r"\s*[-+]?\d+,\d+\s*", cells[at]) and not marks.doubt(cells[at]):
                cells[at] = repr(read_number(cells[at], marks))
    return lines
