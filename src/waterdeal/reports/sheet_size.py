"""What a sheet and a printed page of it hold, in points."""

from __future__ import annotations

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


def lines_of(cell: Cell, width: float) -> int:
    """Lines that a cell takes in a column."""
    return -(-round(0.86 * len(cell)) // int(width)) if isinstance(cell, str) else 1
