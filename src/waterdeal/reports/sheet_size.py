"""What a sheet and a printed page of it hold, in points."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.reports.table import Cell, Column

#: what a page shows at 100 %, in points, less a reserve for the printers of others
WIDTH, HEIGHT = 785 * 0.91, 480 * 0.91
#: points of a character of column width, of the edge of a column, of a plain row, and of a line of text
CHARACTER, EDGE, ROW, LINE = 5.25, 3.75, 15.0, 12.75


def points(widths: Sequence[float]) -> float:
    """Width of columns in points."""
    return sum(CHARACTER * column + EDGE for column in widths)


#: width of a plain letter and of a bold one of a heading, characters of column width
LETTER, BOLD_LETTER = 0.86, 1.15


def lines_of_heading(text: str, width: float) -> int:
    """Lines that a bold heading takes in a width, broken at blanks."""
    return max(1, len(textwrap.wrap(text, max(1, int(width / BOLD_LETTER)))))


def lines_of(cell: Cell, width: float) -> int:
    """Lines that a cell takes in a column, broken at blanks."""
    if not isinstance(cell, str) or LETTER * len(cell) < 0.9 * width:
        return 1
    return max(1, len(textwrap.wrap(cell, max(1, int(width / LETTER)))))


def head_heights(columns: Sequence[Column], widths: Sequence[float], rows: int) -> list[float]:
    """Heights of the rows of headings in points: as many lines as the longest heading takes; upright ones as long as their words."""
    if rows == 1:
        return [LINE * max(lines_of_heading(column.full_heading, width) for column, width in zip(columns, widths, strict=True)) + 3]
    over: dict[tuple[str, int], float] = {}
    first = 0
    for place, column in enumerate(columns):
        first = first if place and column.group == columns[place - 1].group else place
        over[column.group, first] = over.get((column.group, first), 0.0) + widths[place]
    upper = LINE * max(lines_of_heading(group, width) for (group, _), width in over.items()) + 3
    below = [LINE * lines_of_heading(column.heading, width) + 3 for column, width in zip(columns, widths, strict=True) if column.group]
    apart = [(column, width) for column, width in zip(columns, widths, strict=True) if not column.group]
    upright = [5.5 * len(word) for column, _ in apart if column.digits is not None for word in column.heading.split()]
    across = [LINE * lines_of_heading(column.full_heading, width) + 3 - upper for column, width in apart if column.digits is None]
    return [upper, max([ROW, *below, *upright, *across])]
