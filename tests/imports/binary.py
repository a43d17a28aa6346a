"""Write binary workbooks (xlsb), record by record as in [MS-XLSB]: independent of the reader."""

from __future__ import annotations

import struct
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path


def record(number: int, held: bytes = b"") -> bytes:
    """One record: its number and length in groups of seven bits, and what it holds."""
    head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    length = len(held)
    while length > 127:
        head, length = head + bytes([length & 0x7F | 0x80]), length >> 7
    return head + bytes([length]) + held


def text(value: str) -> bytes:
    """A text with its length."""
    return struct.pack("<I", len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")


def cell(column: int, value: Any, first: datetime) -> bytes:
    """A cell: texts, dates, numbers, whole numbers packed; formulas as a pair of their value and nothing."""
    style = 1 if isinstance(value, datetime) else 0
    place = struct.pack("<II", column, style)
    if value is None:
        return b""
    if isinstance(value, datetime):
        return record(5, place + struct.pack("<d", (value - first).total_seconds() / 86_400))
    if isinstance(value, int):
        return record(2, place + struct.pack("<i", value << 2 | 2))
    if isinstance(value, float):
        return record(5, place + struct.pack("<d", value))
    if isinstance(value, tuple):
        return record(9, place + struct.pack("<d", value[0]) + bytes(10))
    return record(3, place + bytes([7])) if value == "#DIV/0!" else record(6, place + text(value))


def write_binary_book(
    path: Path, sheets: Mapping[str, Iterable[Sequence[Any]]], *,
    merged: Iterable[tuple[int, int, int, int]] = (), hidden: Collection[int | tuple[int, int]] = (), aside: str = "", since_1904: bool = False,
) -> Path:  # fmt: skip
    """Write sheets row by row; ranges, hidden rows and pairs of columns (from 0) are of all sheets, one sheet may be hidden."""
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    book = record(153, struct.pack("<III", int(since_1904), 0, 0) + text("")) + record(143)
    links = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, (title, rows) in enumerate(sheets.items(), 1):
            book += record(156, struct.pack("<II", int(title == aside), at) + text(f"r{at}") + text(title))
            links += f'<Relationship Id="r{at}" Type="sheet" Target="worksheets/sheet{at}.bin"/>'
            body = b"".join(record(60, struct.pack("<4IH", *ends, 2560, 0, 1)) for ends in hidden if isinstance(ends, tuple))
            for row, cells in enumerate(rows):
                body += record(0, struct.pack("<IIH", row, 0, 300) + bytes([0, 0x10 * (row in hidden), 0]) + bytes(4))
                body += b"".join(cell(column, value, first) for column, value in enumerate(cells))
            body += b"".join(record(176, struct.pack("<4I", *ends)) for ends in merged)
            archive.writestr(f"xl/worksheets/sheet{at}.bin", body)
        space = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{space}">{links}</Relationships>')
        archive.writestr("xl/workbook.bin", book + record(144))
        styles = b"".join(record(47, struct.pack("<HH", 0, shown) + bytes(12)) for shown in (0, 170))
        archive.writestr("xl/styles.bin", record(44, struct.pack("<H", 170) + text("dd/mm/yyyy")) + record(617) + styles + record(618))
    return path
