"""The tables of a document as CSV: a file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.reports.files import table_csv
from waterdeal.reports.table import Table

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages


def tables(document: Pages) -> dict[str, bytes]:
    """Write each table by its name."""
    return {block.name: table_csv(block, document.language) for block in document.blocks if isinstance(block, Table)}


def render(document: Pages) -> bytes:
    """Write all tables into one file, one below the other."""
    mark = "\ufeff".encode()
    return mark + b"\r\n".join(content.removeprefix(mark) for content in tables(document).values())
