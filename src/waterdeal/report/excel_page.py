"""How a sheet is printed: A4 landscape, headings repeated, wide tables on two pages cut between months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from waterdeal.report.table import Table

#: columns that can still be read on the width of one A4 page; more go on two
ONE_PAGE = 20
#: what a page shows at 100 %, in points, less a reserve for the printers of others
WIDTH, HEIGHT = 785 * 0.91, 480 * 0.91
#: points of a character of column width, of the edge of a column, and of a plain row
CHARACTER, EDGE, ROW = 5.25, 3.75, 15.0
#: longest text of a header that a workbook surely holds
HEADER_LENGTH = 200


def is_wide(table: Table) -> bool:
    """Tell whether a table goes on two pages side by side.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    bool
        Whether it has more columns than one page shows.
    """
    return len(table.columns) > ONE_PAGE


@dataclass(frozen=True)
class Page:
    """The printed form of one sheet.

    Parameters
    ----------
    table : Table
        The table on it.
    widths : tuple of float
        Width of each column in characters.
    heights : tuple of float
        Height of each row in points.
    head, first : int
        Row of the first heading and of the first cells.
    """

    table: Table
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    head: int
    first: int

    def set_up(self, sheet: Any, subtitle: str, origin: str) -> None:
        """Set frozen headings, paper, repeated headings, scale, header and footer.

        Parameters
        ----------
        sheet : xlsxwriter.worksheet.Worksheet
            The sheet.
        subtitle, origin : str
            What stands below the title, and in the footer.
        """
        last = self.first + len(self.table.rows) + len(self.table.notes)
        sheet.freeze_panes(self.first, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_footer(f"&L&8 {_escape(origin)}&R&8 &P / &N")
        sheet.repeat_rows(self.head, self.first - 1)
        sheet.repeat_columns(0, 0)
        sheet.hide_gridlines(2)
        wide = is_wide(self.table)
        sheet.set_margins(left=0.4, right=0.4, top=0.9 if wide else 0.5, bottom=0.6)
        sheet.print_area(self.head if wide else 0, 0, last + 1, len(self.table.columns) - 1)
        if wide:
            cut = self._cut()
            lines = f"{self.table.title}\n{subtitle}"[:HEADER_LENGTH]
            sheet.set_header(f"&L&9 {_escape(lines)}")
            sheet.set_v_pagebreaks([cut])
            sheet.set_print_scale(self._scale(cut))
        else:
            sheet.fit_to_pages(1, 0)

    def _cut(self) -> int:
        """First column of the second page: the start of a month, so that both halves are about as wide."""
        columns = self.table.columns
        starts = [place for place in range(2, len(columns)) if columns[place].group and columns[place].group != columns[place - 1].group]
        total = sum(self.widths[1:])
        return min(starts or [len(columns) // 2], key=lambda place: abs(2 * sum(self.widths[1:place]) - total))

    def _scale(self, cut: int) -> int:
        """Scale in per cent at which both halves fit in width, and the rows in height unless that makes them too small."""
        halves = (self.widths[:cut], (self.widths[0], *self.widths[cut:]))
        width = max(sum(CHARACTER * column + EDGE for column in half) for half in halves)
        height = sum(max(ROW, row) for row in self.heights) + ROW * (3 + len(self.table.notes)) + 120
        across, down = WIDTH / width, HEIGHT / height
        return max(10, min(100, int(100 * (min(across, down) if down > 0.75 * across else across))))


def _escape(text: str) -> str:
    """Double the sign that starts a code in headers and footers; a blank must stand between a size and a text that starts with a digit."""
    return text.replace("&", "&&")
