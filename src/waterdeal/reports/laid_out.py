"""A table as a page shows it: cells as text, headings in one or two rows, widths, size of letters; the same for all that have pages."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from waterdeal.reports.blocks import PLAIN, Break, Figure, Heading, Listing, Paragraph
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages
    from waterdeal.reports.table import Cell, Column, Table

#: width of a column of numbers that has none, characters
NARROW = 6.5
#: width of a page within its margins, mm; mm of a point; width of letters, digits and narrow signs as multiples of the size of letters
ACROSS_PAGE, POINT, LETTER, CAPITAL, DIGIT, NARROW_SIGN = 190.0, 0.3528, 0.53, 0.68, 0.556, 0.28
#: letters that are wider, and their width
WIDE, WIDE_LETTER = frozenset("mwмшщжюфы"), 0.78
#: mm of a cell beside its text; what bold letters of words take more; longest word that is not broken
SIDES, BOLD, LONGEST = 0.9, 1.28, 24
#: letters of a cell up to which its row stands on one page
WHOLE = 1500
#: least size of letters, points
SMALLEST = 4.5
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
            told.append({"kind": "table", **laid_out(block, document.language, document.points)})
    return told


def measure(word: str) -> float:
    """Width of a word as a multiple of the size of letters."""
    return sum(map(_width, word))


@lru_cache(maxsize=1024)
def _width(sign: str) -> float:
    """Width of a letter as a multiple of its size."""
    if sign in " \xa0.,;:-()":
        return NARROW_SIGN
    if sign.isdigit():
        return DIGIT
    return CAPITAL if sign.isupper() else WIDE_LETTER if sign in WIDE else LETTER


def _longest(cells: list[str]) -> float:
    """Width of the longest number or word of a column, as a multiple of the size of bold letters."""
    words = [word for cell in cells for word in re.split(r"(?<=[-/]) ?| ", cell) if word and len(word) <= LONGEST]
    return max((measure(word) * (BOLD if any(map(str.isalpha, word)) else 1.0) for word in words), default=0.0)


def _shares(longest: list[float], widths: list[float], wished: float) -> tuple[list[float], float]:
    """Share the width of a page among columns, each wide enough for its longest word if all can be; and the size of letters that fits."""
    wanted = [width / sum(widths) for width in widths]
    needed = [(long * POINT * wished + SIDES) / ACROSS_PAGE for long in longest]
    if sum(needed) >= 1:
        shares = [need / sum(needed) for need in needed]
    else:
        shares = [max(want, need) for want, need in zip(wanted, needed, strict=True)]
        free = sum(share - need for share, need in zip(shares, needed, strict=True))
        over = sum(shares) - 1
        shares = [share - over * (share - need) / free for share, need in zip(shares, needed, strict=True)]
    fits = [(ACROSS_PAGE * share - SIDES) / (max(long, 1.0) * POINT) for share, long in zip(shares, longest, strict=True)]
    return shares, max(SMALLEST, math.floor(10 * min(fits, default=wished)) / 10)


def laid_out(table: Table, language: str, points: float = PLAIN) -> dict[str, Any]:
    """Lay a table out for letters of a size: title, headings with the columns they span, rows of text, widths as shares, what size fits."""
    grouped = any(column.group for column in table.columns)
    groups = [(group, len(list(run))) for group, run in groupby(column.group for column in table.columns)]
    cells = [[_told(cell, column, language) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]
    heads = [clean(column.full_heading) for column in table.columns]
    widths = [float(table.width(place) or NARROW) for place in range(len(table.columns))]
    shares, fits = _shares([_longest(list(column)) for column in zip(heads, *cells, strict=True)], widths, points)
    return {
        "title": clean(f"{table.title}, {table.unit}" if table.unit else table.title),
        "groups": [{"text": clean(text), "span": span} for text, span in groups] if grouped else [],
        "heads": heads, "rows": [{"level": table.level(number), "cells": row} for number, row in enumerate(cells)],
        "widths": shares, "points": min(points, fits),
        "numeric": [column.digits is not None for column in table.columns],
        "notes": list(map(clean, table.notes)),
    }  # fmt: skip


def _told(cell: Cell, column: Column, language: str) -> str:
    """Write a cell."""
    if cell is None:
        return ""
    return clean(cell) if isinstance(cell, str) else _number(cell, column.digits or 0, language)


@lru_cache(maxsize=16_384)
def _number(value: float, digits: int, language: str) -> str:
    """Write a number; a table is laid out for several sizes of letters."""
    return Words(language).number(value, digits)
