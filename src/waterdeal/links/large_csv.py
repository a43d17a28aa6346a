"""Read a CSV table of millions of rows into arrays, column by column, and say what is wrong with its cells.

``basin.csv_table`` looks at every cell in Python, which is right for the tables of a basin and takes minutes here. Numbers are read
straight into arrays; only where that fails is the table read once more as text, to find the cells that are no numbers.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from waterdeal.errors import FileProblem, Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.basin.cells import Column
    from waterdeal.links.gathered import Gathered
    from waterdeal.types import Floats, Ints


#: endings a table may have, in the order they are looked for
ENDINGS = (".csv", ".csv.gz")


@dataclass(frozen=True)
class Names:
    """A column of names."""

    code: Ints  # number of the name in each row, -1 where the cell is blank
    labels: NDArray[np.str_]  # every name once, sorted

    def __getitem__(self, place: int) -> str:
        """Name in a row."""
        return str(self.labels[self.code[place]]) if self.code[place] >= 0 else ""


@dataclass(frozen=True)
class Cells:
    """Columns of one table."""

    file: str  # its name
    line: Ints  # line of each row in the file
    names: Mapping[str, Names]
    numbers: Mapping[str, Floats]

    def problem(self, place: int, field: str, found: str, expected: str) -> Problem:
        """Make the problem of a row."""
        return Problem(self.file, int(self.line[place]), field, found, expected)


def find_table(folder: Path, name: str) -> Path | None:
    """Return the file of a table, plain or compressed; None where there is none."""
    return next((folder / f"{name}{ending}" for ending in ENDINGS if (folder / f"{name}{ending}").is_file()), None)


def read_header(path: Path) -> list[str]:
    """Return the column names of a table."""
    try:
        row = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        return []
    except (OSError, EOFError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise FileProblem(say("networks.cannot_read_expected_csv", path=path, error=error)) from error
    return [str(cell).strip() for cell in row.iloc[0]]


def read_cells(path: Path, columns: Sequence[Column], found: Gathered) -> Cells | None:
    """Read a table."""
    header = read_header(path)
    if not _fits(path.name, header, columns, found):
        return None
    numeric = [column.name for column in columns if column.kind == "number" and column.name in header]
    kinds = {name: "float64" if name in numeric else "category" for name in header}
    try:
        frame = _read(path, header, kinds)
    except (ValueError, pd.errors.ParserWarning):
        try:
            frame = _read(path, header, dict.fromkeys(header, "category"))
        except (ValueError, pd.errors.ParserWarning) as error:
            if not _find_ragged(path, len(header), found):
                found.add(make_problem(path.name, None, "", "networks.table_cannot_read", error=error))
            return None
    if _commas(path) != (len(frame) + 1) * (len(header) - 1):  # a row that is cut off would be read as one with blanks
        _find_ragged(path, len(header), found)
    blank = frame.isna().all(axis=1).to_numpy()
    line = np.arange(2, len(frame) + 2)
    if blank.any():
        frame, line = frame[~blank], line[~blank]
    cells = Cells(path.name, line, {}, {})
    texts = {name: _names(frame.pop(name)) for name in header if isinstance(frame[name].dtype, pd.CategoricalDtype)}
    blanks = {name: column.code < 0 for name, column in texts.items()}
    numbers = {name: frame.pop(name).to_numpy() for name in numeric if name in frame}
    numbers |= {name: _as_numbers(cells, name, texts.pop(name), found) for name in numeric if name in texts}
    cells = Cells(path.name, line, texts, numbers)
    for column in columns:
        if column.name in numbers:
            _check_range(cells, column, found)
        if column.name in header and not column.blank:
            blank = blanks[column.name] if column.name in blanks else np.isnan(numbers[column.name])
            found.add_where(blank, partial(cells.problem, field=column.name, found="is blank", expected="Fill it in."))
    return cells


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path, header: list[str], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Read all rows; a row with too many cells is an error, one with too few has blanks."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            header=0,
            names=header,
            dtype=dict(kinds),
            index_col=False,
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
        )


def _fits(file: str, header: list[str], columns: Sequence[Column], found: Gathered) -> bool:
    """Report columns that are missing, unknown or twice there."""
    known = [column.name for column in columns]
    missing = [column.name for column in columns if not column.blank and column.name not in header]
    strange = [name for name in header if name not in known]
    for name in missing:
        found.add(make_problem(file, 1, name, "networks.column_missing"))
    for name in strange:
        found.add(Problem(file, 1, name, say("networks.not_column_table"), f"Columns: {', '.join(known)}."))
    if len(set(header)) < len(header):
        found.add(make_problem(file, 1, "", "networks.column_stands_twice_header"))
    return not missing and not strange and len(set(header)) == len(header)


def _open(path: Path) -> IO[bytes]:
    """Open a table, compressed or not."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _commas(path: Path) -> int:
    """Count the commas of a table."""
    with _open(path) as file:
        return sum(chunk.count(b",") for chunk in iter(lambda: file.read(1 << 22), b""))


def _find_ragged(path: Path, width: int, found: Gathered) -> bool:
    """Report rows with another number of cells than the header, row by row: for tables that are known to be odd."""
    before = found.count
    with _open(path) as file:
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""))
        for cells in reader:
            if len(cells) != width and any(cell.strip() for cell in cells):
                told = f"{len(cells)} cells where the header has {width}"
                remedy = say("networks.row_cut_off_decimal")
                found.add(Problem(path.name, reader.line_num, "", told, remedy))
    return found.count > before


def _names(column: pd.Series) -> Names:
    """Number the names of a column in sorted order, blanks around them taken off."""
    texts = np.array([str(text).strip() for text in column.cat.categories], dtype=str)
    labels, rank = np.unique(texts, return_inverse=True)
    code = column.cat.codes.to_numpy()
    if not len(labels):
        return Names(np.full(len(code), -1), labels)
    number = np.where(code >= 0, rank[code], -1)
    if labels[0] == "":
        return Names(number - (number >= 0), labels[1:])
    return Names(number, labels)


def _as_numbers(cells: Cells, field: str, names: Names, found: Gathered) -> Floats:
    """Turn a column of text into numbers, and report cells that are none."""
    values = np.append(pd.to_numeric(pd.Series(names.labels, dtype=object), errors="coerce").to_numpy(dtype=float), np.nan)[names.code]

    def problem(place: int) -> Problem:
        remedy = say("networks.write_digits_decimal_point")
        return cells.problem(place, field, say("networks.not_number", names=names[place]), remedy)

    found.add_where(np.isnan(values) & (names.code >= 0), problem)
    return values


def _check_range(cells: Cells, column: Column, found: Gathered) -> None:
    """Report numbers out of range; only an upper bound may be infinite."""
    name, values = column.name, cells.numbers[column.name]
    outside = (values < column.low) | (values > column.high) | (np.isinf(values) & (not name.startswith("upper")))
    expected = say("networks.expected_more", low=column.low) if np.isfinite(column.low) else say("networks.expected_finite_number")
    found.add_where(outside, lambda place: cells.problem(place, name, say("networks.out_range", values=values[place]), expected))
