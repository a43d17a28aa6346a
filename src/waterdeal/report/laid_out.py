"""A table as a page shows it: cells as text, headings in one or two rows, widths; the same for all formats that have pages."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from waterdeal.report.blocks import Break, Figure, Heading, Paragraph
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from waterdeal.report.blocks import Pages
    from waterdeal.report.table import Cell, Column, Table

#: width of a column that has none, characters
NARROW = 6.5
#: fills of totals and of headings
FILLS = {0: "#D9E2EC", 1: "#EEF2F6"}
HEAD_FILL = "#C9D6E3"


def blocks_told(document: Pages) -> list[dict[str, Any]]:
    """Return the blocks of a document as data, each with its kind; figures as SVG."""
    told: list[dict[str, Any]] = []
    for block in document.blocks:
        if isinstance(block, Heading):
            told.append({"kind": "heading", "text": clean(block.text), "level": block.level})
        elif isinstance(block, Paragraph):
            told.append({"kind": "paragraph", "text": clean(block.text), "note": block.note})
        elif isinstance(block, Figure):
            told.append({"kind": "figure", "caption": clean(block.caption), "image": block.draw("svg").decode()})
        elif isinstance(block, Break):
            told.append({"kind": "break"})
        else:
            told.append({"kind": "table", **laid_out(block, document.language)})
    return told


def laid_out(table: Table, language: str) -> dict[str, Any]:
    """Lay a table out: its title, headings with the columns they span, rows of text, widths as shares."""
    words = Words(language)
    grouped = any(column.group for column in table.columns)
    groups = [(group, len(list(run))) for group, run in groupby(column.group for column in table.columns)]
    widths = [float(column.width or NARROW) for column in table.columns]
    return {
        "title": clean(f"{table.title}, {table.unit}" if table.unit else table.title),
        "groups": [{"text": clean(text), "span": span} for text, span in groups] if grouped else [],
        "heads": [clean(column.full_heading) for column in table.columns],
        "rows": [
            {"level": table.level(number), "cells": [_told(cell, column, words) for cell, column in zip(cells, table.columns, strict=True)]}
            for number, cells in enumerate(table.rows)
        ],
        "numeric": [column.digits is not None for column in table.columns],
        "widths": [width / sum(widths) for width in widths], "notes": list(map(clean, table.notes)),
    }  # fmt: skip


def _told(cell: Cell, column: Column, words: Words) -> str:
    """Write a cell."""
    if cell is None:
        return ""
    return clean(cell) if isinstance(cell, str) else words.number(cell, column.digits or 0)
