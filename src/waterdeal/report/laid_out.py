"""A table as a page shows it: cells as text, headings in one or two rows, widths, size of letters; the same for all that have pages."""

from __future__ import annotations

import math
import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from waterdeal.report.blocks import Break, Figure, Heading, Listing, Paragraph
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from waterdeal.report.blocks import Pages
    from waterdeal.report.table import Cell, Column, Table

#: width of a column that has none, characters
NARROW = 6.5
#: width of a page within its margins, mm; mm of a point; width of a letter, a digit and a narrow sign as multiples of the size of letters
ACROSS_PAGE, POINT, LETTER, DIGIT, NARROW_SIGN = 190.0, 0.3528, 0.53, 0.556, 0.28
#: mm of a cell beside its text; what bold letters take more; longest word that is not broken; least size of letters, points
SIDES, BOLD, LONGEST, SMALLEST = 0.8, 1.08, 24, 4.5
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
        elif isinstance(block, Listing):
            told.append({"kind": "listing", "text": clean(block.text), "lines": list(map(clean, block.lines))})
        elif isinstance(block, Figure):
            told.append({"kind": "figure", "caption": clean(block.caption), "image": block.draw("svg").decode()})
        elif isinstance(block, Break):
            told.append({"kind": "break"})
        else:
            told.append({"kind": "table", **laid_out(block, document.language)})
    return told


def measure(word: str) -> float:
    """Width of a word as a multiple of the size of letters."""
    return sum(NARROW_SIGN if sign in " \xa0.,;:-()" else DIGIT if sign.isdigit() else LETTER for sign in word)


def _most(columns: list[list[str]], widths: list[float]) -> float:
    """Largest size of letters with which no number and no word stands beyond its column, points."""
    found = math.inf
    for cells, share in zip(columns, widths, strict=True):
        words = [word for cell in cells for word in re.split(r"(?<=[-/]) ?| ", cell) if word and len(word) <= LONGEST]
        longest = max(map(measure, words), default=0.0)
        found = min(found, (ACROSS_PAGE * share - SIDES) / (max(longest, 1.0) * BOLD * POINT))
    return max(SMALLEST, math.floor(10 * found) / 10)


def laid_out(table: Table, language: str) -> dict[str, Any]:
    """Lay a table out: its title, headings with the columns they span, rows of text, widths as shares."""
    words = Words(language)
    grouped = any(column.group for column in table.columns)
    groups = [(group, len(list(run))) for group, run in groupby(column.group for column in table.columns)]
    widths = [float(column.width or NARROW) for column in table.columns]
    cells = [[_told(cell, column, words) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]
    heads, shares = [clean(column.full_heading) for column in table.columns], [width / sum(widths) for width in widths]
    by_column = [list(column) for column in zip(heads, *cells, strict=True)]
    return {
        "title": clean(f"{table.title}, {table.unit}" if table.unit else table.title),
        "groups": [{"text": clean(text), "span": span} for text, span in groups] if grouped else [],
        "heads": heads, "rows": [{"level": table.level(number), "cells": row} for number, row in enumerate(cells)],
        "widths": shares, "points": _most(by_column, shares),
        "numeric": [column.digits is not None for column in table.columns],
        "notes": list(map(clean, table.notes)),
    }  # fmt: skip


def _told(cell: Cell, column: Column, words: Words) -> str:
    """Write a cell."""
    if cell is None:
        return ""
    return clean(cell) if isinstance(cell, str) else words.number(cell, column.digits or 0)
