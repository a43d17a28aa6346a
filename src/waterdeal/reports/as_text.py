"""A document as plain text for a terminal: the one place where text is broken and tables are laid out in columns of letters."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from waterdeal.reports.blocks import Break, Figure, Heading, Listing, Paragraph
from waterdeal.reports.laid_out import laid_out
from waterdeal.words import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.reports.blocks import Pages
    from waterdeal.reports.table import Table

#: columns of a terminal that text fits in, if it has no fewer
WIDTH = 110
#: least width of a column of text; width that it keeps while headings are folded; columns between two of them
NARROW, NAMED, GAP = 14, 40, 2
#: most lines of a heading before columns of text give way
DEEPEST = 4


def render(document: Pages) -> bytes:
    """Write a document as text."""
    return (told(document) + "\n").encode()


def told(document: Pages, width: int = WIDTH) -> str:
    """Tell a document in lines of so many columns; of a figure its caption."""
    parts: list[str] = []
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            parts.append(_wrap(block.text, width))
        elif isinstance(block, Listing):
            parts += _listing(block, width)
        elif isinstance(block, Figure):
            parts.append(_wrap(f"[{block.caption}]", width))
        elif not isinstance(block, Break):
            parts.append(_table(block, document.language, width))
    return "\n\n".join(filter(None, parts))


def _wrap(text: str, width: int, indent: int = 0) -> str:
    """Break a line where the terminal ends; what follows is set in further than what is set in."""
    line = clean(text)
    first = indent + len(line) - len(line.lstrip(" "))
    return textwrap.fill(
        line.strip(" "), width, initial_indent=" " * first, subsequent_indent=" " * (first and first + 2), break_on_hyphens=False
    )


def _listing(block: Listing, width: int) -> list[str]:
    """Tell a sentence and what it introduces; lines without a sentence stand at the margin."""
    head = [_wrap(block.text + ":" * bool(block.lines), width)] if block.text else []
    lines = [*head, *(_wrap(line, width, 2 * len(head)) for line in block.lines)]
    return ["\n".join(lines)] if lines else []


def _table(table: Table, language: str, width: int) -> str:
    """Tell a table: title, columns, notes; columns that have no room beside the others follow below them."""
    laid = laid_out(table, language)
    spans = [group["text"] for group in laid["groups"] for _ in range(group["span"])] or [""] * len(laid["heads"])
    heads = [" ".join(filter(None, pair)) for pair in zip(spans, laid["heads"], strict=True)]
    cells = zip(*(row["cells"] for row in laid["rows"]), strict=True) if laid["rows"] else [()] * len(heads)
    columns = [_Column(*given) for given in zip(heads, cells, laid["numeric"], strict=True)]
    grids = ["\n".join(_grid(some, width)) for some in _beside(columns, width)]
    title, notes = [_wrap(laid["title"], width)] if laid["title"] else [], [_wrap(note, width) for note in laid["notes"]]
    return "\n".join([*title, "\n\n".join(grids), *notes])


def _broken(text: str, width: int) -> list[str]:
    """Break a cell into lines."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


@dataclass(frozen=True)
class _Column:
    """A column of text or numbers about to be laid out."""

    head: str
    cells: Sequence[str]
    numeric: bool

    @cached_property
    def whole(self) -> int:
        """Width at which nothing is broken."""
        return max(len(self.head), *map(len, self.cells), 1)

    @cached_property
    def least(self) -> int:
        """Width below which numbers or words would be broken, or text becomes hard to read."""
        if self.numeric:
            return max(map(len, [*self.head.split(" "), *self.cells]))
        longest = max(len(word) for cell in (self.head, *self.cells) for word in cell.split(" "))
        return min(self.whole, NAMED, max(NARROW, longest))

    def folded(self, depth: int) -> int:
        """Width at which a heading above numbers stands on so many lines; of text that at which most names are whole."""
        if not self.numeric:
            return min(NAMED, self.whole)
        return next((width for width in range(self.least, self.whole) if len(_broken(self.head, width)) <= depth), self.whole)

    def lines(self, text: str, width: int) -> list[str]:
        """A cell or the heading, line by line."""
        return [line.rjust(width) if self.numeric else line.ljust(width) for line in _broken(text, width)]


def _beside(columns: list[_Column], across: int) -> list[list[_Column]]:
    """Part columns where they have no room beside each other, evenly, the first ones of text leading each part."""
    keys = next((place for place, column in enumerate(columns) if column.numeric), len(columns))
    most = max((column.least for column in columns[keys:]), default=0)
    keys = keys if keys < len(columns) and sum(column.least + GAP for column in columns[:keys]) + most <= across else 1
    lead, others = columns[:keys], columns[keys:]
    for count in range(1, len(others) + 1):
        size = math.ceil(len(others) / count)
        parts = [[*lead, *others[first : first + size]] for first in range(0, len(others), size)]
        if all(sum(column.least + GAP for column in part) <= across + GAP for part in parts):
            return parts
    return [[*lead, column] for column in others] or [lead]


def _widths(columns: list[_Column], across: int) -> list[int]:
    """Widths of columns: headings are folded before text is, and no more than they need; text takes what is left, short one first."""
    room = across - GAP * (len(columns) - 1)
    folds = ([column.folded(depth) for column in columns] for depth in range(1, DEEPEST + 1))
    widths = next((found for found in folds if sum(found) <= room), [column.least for column in columns])
    texts = sorted((place for place, column in enumerate(columns) if not column.numeric), key=lambda place: columns[place].whole)
    for others, place in zip(range(len(texts), 0, -1), texts, strict=True):
        share = widths[place] + max(0, room - sum(widths)) // others
        widths[place] = min(columns[place].whole, share)
    return widths


def _grid(columns: list[_Column], across: int) -> list[str]:
    """Lay columns out beside each other: numbers to the right, text on as many lines as it takes, headings standing on the rule."""
    widths = _widths(columns, across)
    heads = [column.lines(column.head, width) for column, width in zip(columns, widths, strict=True)]
    deep = max(map(len, heads))
    blank = [[" " * width] for width in widths]
    lines = list(zip(*(empty * (deep - len(head)) + head for head, empty in zip(heads, blank, strict=True)), strict=True))
    told = ["  ".join(line).rstrip() for line in lines] if any(column.head for column in columns) else []
    told += ["─" * (sum(widths) + GAP * (len(widths) - 1))] if told else []
    for row in zip(*(column.cells for column in columns), strict=True):
        cells = [column.lines(cell, width) for column, cell, width in zip(columns, row, widths, strict=True)]
        high = max(map(len, cells))
        filled = (cell + empty * (high - len(cell)) for cell, empty in zip(cells, blank, strict=True))
        told += ["  ".join(line).rstrip() for line in zip(*filled, strict=True)]
    return told
