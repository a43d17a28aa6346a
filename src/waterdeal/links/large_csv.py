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
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import BasinDataError, FileProblem, Problem, make_problem, why_unread
from waterdeal.imports.bounds import MOST_RATIO, MOST_UNPACKED
from waterdeal.links.as_csv import LARGE, OTHERS
from waterdeal.units import MOST
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.basin.cells import Column
    from waterdeal.types import Floats, Ints


#: signs of a name, and bytes of a header
MOST_NAME, MOST_HEADER = 1_000, 1_000_000
#: endings a table may have, in the order they are looked for
ENDINGS = (*LARGE, *OTHERS)


@dataclass(frozen=True)
class Names:
    """A column of names."""

    code: Ints  # number of the name in each row, -1 where the cell is blank
    labels: NDArray[np.str_]  # every name once, sorted

    def __getitem__(self, place: int) -> str:
        """Name in a row."""
        return str(self.labels[self.code[place]]) if self.code[place] >= 0 else ""

    def each(self, by_label: NDArray[Any], blank: Any) -> NDArray[Any]:
        """Carry what is known of each name to the rows."""
        return np.append(by_label, blank)[self.code]


@dataclass(frozen=True)
class Cells:
    """Columns of one table."""

    file: str  # its name
    line: Ints  # line of each row in the file
    names: Mapping[str, Names]
    numbers: Mapping[str, Floats]

    def where(self, kept: NDArray[np.bool_]) -> Cells:
        """Return some of the rows."""
        if kept.all():
            return self
        names = {name: Names(column.code[kept], column.labels) for name, column in self.names.items()}
        return Cells(self.file, self.line[kept], names, {name: column[kept] for name, column in self.numbers.items()})

    def problem(self, place: int, field: str, key: str, /, **values: object) -> Problem:
        """Make the problem of a row."""
        return make_problem(self.file, int(self.line[place]), field, key, **values)


#: problems told one by one
MOST_TOLD = 50


class Gathered:
    """Problems of the tables of one folder, in the order they are found."""

    def __init__(self) -> None:
        """Start with none."""
        self.told: list[Problem] = []
        self.count = 0

    def add(self, file: str, row: int | None, field: str, key: str, /, **values: object) -> None:
        """Add one problem."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(make_problem(file, row, field, key, **values))

    def add_where(self, wrong: NDArray[np.bool_], problem: Callable[[int], Problem]) -> None:
        """Add a problem for every place that is wrong; words are made for those told only."""
        places = np.flatnonzero(wrong)
        self.told += map(problem, places[: MOST_TOLD - len(self.told)].tolist())
        self.count += len(places)

    def add_rows(self, cells: Cells, wrong: NDArray[np.bool_], field: str, key: str, /, **columns: Any) -> None:
        """Add a problem for every row that is wrong, told with the values that columns have there."""
        self.add_where(wrong, lambda at: cells.problem(at, field, key, **{name: column[at] for name, column in columns.items()}))

    def add_strange(self, cells: Cells, wrong: NDArray[np.bool_], field: str, key: str, names: Names, known: Iterable[str]) -> None:
        """Add a problem for every row whose name is none of those known, and suggest the nearest."""

        def problem(at: int) -> Problem:
            return Problem(cells.file, int(cells.line[at]), field, say(key, name=names[at]), did_you_mean(names[at], known))

        self.add_where(wrong, problem)

    def raise_any(self, folder: Path) -> None:
        """Raise all problems together."""
        if left := self.count - len(self.told):
            self.told.append(make_problem(str(folder), None, "", "networks.more", left=left, count=self.count))
        if self.told:
            raise BasinDataError(str(folder), self.told)


def repeated(key: Ints) -> NDArray[np.bool_]:
    """Tell for each row whether its key stood in one before."""
    return pd.Series(key).duplicated().to_numpy()


def find_table(folder: Path, name: str, found: Gathered) -> Path | None:
    """Return the file of a table, plain or compressed; None where there is none, and a problem where there are both."""
    files = [file for ending in ENDINGS if (file := folder / f"{name}{ending}").is_file()]
    if len(files) > 1:
        found.add(files[1].name, None, "", "networks.two_files", other=files[0].name)
    return files[0] if files else None


def read_header(path: Path) -> list[str]:
    """Return the column names of a table."""
    try:
        with _open(path) as file:
            line = file.readline(MOST_HEADER).decode("utf-8-sig")
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise FileProblem(say("networks.unread", path=path, error=why_unread(error))) from error


def read_cells(path: Path, columns: Sequence[Column], found: Gathered) -> Cells | None:
    """Read a table."""
    header = read_header(path)
    commas = _measured(path, found) if _fits(path.name, header, columns, found) else -1
    if commas < 0:
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
                found.add(path.name, None, "", "networks.table_unread", error=why_unread(error))
            return None
    if commas != (len(frame) + 1) * (len(header) - 1):  # a row that is cut off would be read as one with blanks
        _find_ragged(path, len(header), found)
    blank = frame.isna().all(axis=1).to_numpy()
    line = np.arange(2, len(frame) + 2)
    if blank.any():
        frame, line = frame[~blank], line[~blank]
    columns_of_text = [name for name in header if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    long = [name for name in columns_of_text if any(len(str(text)) > MOST_NAME for text in frame[name].cat.categories)]
    if long:
        found.add(path.name, None, long[0], "networks.name_long", most=MOST_NAME)
        return None
    texts = {name: _names(frame.pop(name)) for name in columns_of_text}
    blanks = {name: column.code < 0 for name, column in texts.items()}
    numbers: dict[str, Floats] = {name: frame.pop(name).to_numpy() for name in numeric if name in frame}
    cells = Cells(path.name, line, texts, numbers)
    numbers |= {name: _as_numbers(cells, name, texts.pop(name), found) for name in numeric if name in texts}
    for column in columns:
        if column.name in numbers:
            _check_range(cells, column, found)
        if column.name in header and not column.blank:
            found.add_rows(cells, blanks.get(column.name, np.isnan(numbers.get(column.name, np.nan))), column.name, "networks.blank")
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
    before = found.count
    for column in columns:
        if not column.blank and column.name not in header:
            found.add(file, 1, column.name, "networks.column_missing")
    for name in header:
        if name not in known:
            found.add(file, 1, name, "networks.column_unknown", known=", ".join(known))
    if len(set(header)) < len(header):
        found.add(file, 1, "", "networks.column_twice")
    return found.count == before


def _open(path: Path) -> IO[bytes]:
    """Open a table, compressed or not."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _measured(path: Path, found: Gathered) -> int:
    """Count the commas of a table; -1 for one that is no text, or unpacks beyond measure."""
    commas = size = 0
    most = max(MOST_UNPACKED, MOST_RATIO * path.stat().st_size)
    with _open(path) as file:
        for chunk in iter(lambda: file.read(1 << 22), b""):
            commas, size = commas + chunk.count(b","), size + len(chunk)
            if b"\0" in chunk or (size > most and path.suffix == ".gz"):
                found.add(path.name, None, "", "networks.no_text")
                return -1
    return commas


def _find_ragged(path: Path, width: int, found: Gathered) -> bool:
    """Report rows with another number of cells than the header, row by row: for tables that are known to be odd."""
    before = found.count
    with _open(path) as file:
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""))
        try:
            for cells in reader:
                if len(cells) != width and any(cell.strip() for cell in cells):
                    found.add(path.name, reader.line_num, "", "networks.ragged", cells=len(cells), width=width)
        except csv.Error as error:
            found.add(path.name, reader.line_num, "", "networks.table_unread", error=why_unread(error))
    return found.count > before


def _names(column: pd.Series) -> Names:
    """Number the names of a column in sorted order, blanks around them taken off."""
    texts = np.array([str(text).strip() for text in column.cat.categories], dtype=str)
    labels, rank = np.unique(texts, return_inverse=True)
    number = np.append(rank, -1)[column.cat.codes.to_numpy()]
    return Names(number - (number >= 0), labels[1:]) if "" in labels[:1] else Names(number, labels)


def _as_numbers(cells: Cells, field: str, names: Names, found: Gathered) -> Floats:
    """Turn a column of text into numbers, and report cells that are none."""
    values = names.each(pd.to_numeric(pd.Series(names.labels, dtype=object), errors="coerce").to_numpy(dtype=float), np.nan)
    found.add_rows(cells, np.isnan(values) & (names.code >= 0), field, "networks.not_number", name=names)
    return values


def _check_range(cells: Cells, column: Column, found: Gathered) -> None:
    """Report numbers out of range; only an upper bound may be infinite."""
    name, values = column.name, cells.numbers[column.name]
    found.add_where(values < column.low, lambda at: cells.problem(at, name, "networks.too_low", value=values[at], low=column.low))
    endless = name.startswith("upper")
    beyond = (values > column.high) | (values < -MOST) | ((values > MOST) & (not endless))
    found.add_where(beyond, lambda at: cells.problem(at, name, "networks.not_finite", value=values[at], most=MOST))
