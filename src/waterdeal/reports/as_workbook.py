"""A document as a workbook: a sheet of what it says, and a sheet a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from waterdeal.reports.blocks import Figure, Heading, Listing, Paragraph
from waterdeal.reports.excel import pages_bytes
from waterdeal.reports.table import Column, Table
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.reports.blocks import Pages

#: width of what is said, characters
SAID = 120


def render(document: Pages) -> bytes:
    """Write a document as a workbook; of a figure its caption."""
    words = Words(document.language)
    told = [text for block in document.blocks for text in _said(block)]
    tables = [block for block in document.blocks if isinstance(block, Table)]
    first = Table("said", words.text("sheet.about"), document.title, "", (Column(words.text("column.item"), width=SAID),),
                  tuple((text,) for text in told))  # fmt: skip
    return pages_bytes(_named_apart([first, *tables]), words, document.title, document.moment)


def _named_apart(tables: list[Table]) -> Iterator[Table]:
    """Give each table a sheet of a name of its own."""
    taken = set[str]()
    for table in tables:
        number, name = 1, table.sheet
        while name.lower() in taken:
            number += 1
            name = f"{table.sheet[:27]} {number}"
        taken.add(name.lower())
        yield replace(table, sheet=name)


def _said(block: Any) -> tuple[str, ...]:
    """Lines that a block says."""
    if isinstance(block, Listing):
        return (*filter(None, (block.text,)), *(f"  {line}" for line in block.lines))
    return (block.text,) if isinstance(block, Heading | Paragraph) else (block.caption,) if isinstance(block, Figure) else ()
