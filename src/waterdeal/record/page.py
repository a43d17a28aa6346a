"""The files of a record as pages of rows and cells, so that whatever is altered in one can be named."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import warnings
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from html import unescape
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import check_netcdf
from waterdeal.record.archive import read_zip
from waterdeal.results.netcdf import OF_HDF5
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: a paragraph of Word, and a run of its text
_PARAGRAPH, _TEXT = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL), re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
#: hexadecimal signs kept of the digest of a cell: enough to name it; the whole file's SHA-256 is what proves
SHORT = 6


@dataclass(frozen=True)
class Page:
    """Rows of cells: a table, a sheet, the lines of a text, or the variables of a NetCDF file."""

    rows: tuple[tuple[str, ...], ...]  # cells as text
    name: str = ""  # name of the sheet; empty where the file has but one page
    columns: tuple[str, ...] = ()  # headings; empty for lines of text
    keys: tuple[str, ...] = ()  # names of the rows; they are numbered without

    def row_name(self, row: int) -> str:
        """Name of a row, as a reader finds it."""
        if self.keys:
            return self.keys[row]
        number = f"row {row + 1}" if self.columns else f"line {row + 1}"
        return f"sheet {self.name}, {number}" if self.name else number

    def where(self, row: int, cell: int) -> str:
        """Name a cell."""
        column = self.columns[cell] if cell < len(self.columns) else f"cell {cell + 1}"
        return f"{self.row_name(row)}, `{column}`" if self.columns and not self.keys else self.row_name(row)

    @cached_property
    def digests(self) -> list[str]:
        """Short digests of the cells, one text a row."""
        return [" ".join(map(short_digest, row)) for row in self.rows]


def short_digest(text: str) -> str:
    """First signs of the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:SHORT]


@lru_cache(maxsize=256)
def pages_of(name: str, content: bytes) -> tuple[Page, ...]:
    """Read a file of a record as pages."""
    kind = PurePosixPath(name).suffix.lower()
    try:
        if kind == ".nc":
            return (_netcdf_page(content),)
        if kind == ".xlsx":
            return tuple(_sheets(name, content))
        if kind == ".docx":
            return (_word_page(name, content),)
        text = content.decode("utf-8-sig")
        if kind == ".csv":
            foreign = name.startswith("tables/") and not name.startswith("tables/en/")
            return (_csv_page(text, ";" if foreign else ","),)
    except Exception:  # parsers of damaged files raise whatever they like; the file's SHA-256 still speaks
        return ()
    return (Page(tuple((line,) for line in text.split("\n"))),)


def _csv_page(text: str, delimiter: str) -> Page:
    """Read a table; its first row gives the headings and is a row as well."""
    rows = tuple(tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return Page(rows, columns=rows[0] if rows else ())


def _netcdf_page(content: bytes) -> Page:
    """One row a variable, attribute of a variable, and attribute of the file; read as HDF5, which takes a tenth of the time."""
    import h5py

    cells: dict[str, str] = {}
    check_netcdf(content)
    with h5py.File(io.BytesIO(content)) as file:
        for name in sorted(file):
            cells[f"variable {name}"] = array_digest(np.asarray(file[name][()]))
            cells |= {f"attribute {key} of {name}": value for key, value in _attributes(file[name])}
        cells |= {f"attribute {key}": value for key, value in _attributes(file)}
    return Page(tuple((value,) for value in cells.values()), columns=("value",), keys=tuple(cells))


def _attributes(place: Any) -> Iterator[tuple[str, str]]:
    """Attributes that people gave, as text; not those by which HDF5 ties dimensions together."""
    yield from ((key, plain(place.attrs[key])) for key in sorted(place.attrs) if key not in OF_HDF5)


def array_digest(values: NDArray[Any]) -> str:
    """SHA-256 of an array: its shape and values, whatever the machine's order of bytes."""
    if values.dtype.kind in "OUS":
        raw = json.dumps([plain(part) for part in values.ravel().tolist()]).encode()
    else:
        raw = values.astype(values.dtype.newbyteorder("<")).tobytes()
    return hashlib.sha256(f"{values.shape}".encode() + b"\0" + raw).hexdigest()


def plain(value: Any) -> str:
    """Write a value as text, the same whether it is a Python or a numpy one."""
    value = value.decode() if isinstance(value, bytes) else value
    return str(value.tolist() if hasattr(value, "tolist") else value)


def workbook_parts(name: str, content: bytes) -> dict[str, bytes]:
    """Unpack a workbook within limits, refusing XML that defines entities."""
    parts = read_zip(content, name)
    if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in parts.values()):
        raise FileProblem(say("records.entities", name=name))
    return parts


def _sheets(name: str, content: bytes) -> Iterator[Page]:
    """One page a sheet; columns are called A, B, C as in the spreadsheet."""
    import openpyxl
    from openpyxl.utils import get_column_letter

    workbook_parts(name, content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = tuple(tuple("" if cell is None else repr(cell) for cell in row) for row in sheet.iter_rows(values_only=True))
            width = max(map(len, rows), default=0)
            yield Page(rows, sheet.title, tuple(get_column_letter(column + 1) for column in range(width)))
        book.close()


def _word_page(name: str, content: bytes) -> Page:
    """Read a file of Word: a line each paragraph, those in cells of tables too, empty ones left out."""
    text = workbook_parts(name, content)["word/document.xml"].decode()
    told = ("".join(map(unescape, _TEXT.findall(paragraph))) for paragraph in _PARAGRAPH.findall(text))
    return Page(tuple((line,) for line in told if line))


def paired_rows(found: Sequence[str], expected: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Pair the rows of two versions that differ."""
    if len(found) == len(expected):
        yield from ((row, row) for row in range(len(found)) if found[row] != expected[row])
        return
    for tag, low, high, first, last in SequenceMatcher(None, found, expected, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from zip_longest(range(low, high), range(first, last))
