"""What a sheet and a printed page of it hold, in points."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.reports.table import Cell

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
