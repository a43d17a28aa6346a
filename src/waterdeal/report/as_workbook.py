"""A document as a workbook: a sheet of what it says, and a sheet a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.report.blocks import Figure, Heading, Paragraph
from waterdeal.report.excel import pages_bytes
from waterdeal.report.table import Column, Table
from waterdeal.words import Words

if TYPE_CHECKING:
    from waterdeal.report.blocks import Pages

#: width of what is said, characters
SAID = 120


def render(document: Pages) -> bytes:
    """Write a document as a workbook; of a figure its caption."""
    words = Words(document.language)
    told = [block.text for block in document.blocks if isinstance(block, Heading | Paragraph)]
    told += [block.caption for block in document.blocks if isinstance(block, Figure)]
    tables = [block for block in document.blocks if isinstance(block, Table)]
    first = Table("said", words.text("sheet.about"), document.title, "", (Column(words.text("column.item"), width=SAID),),
                  tuple((text,) for text in told))  # fmt: skip
    return pages_bytes([first, *tables], words, document.title, document.moment)
