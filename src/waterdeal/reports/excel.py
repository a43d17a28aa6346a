"""One workbook in one language: numbers stay numbers, text never becomes a formula, the same result gives the same bytes."""

from __future__ import annotations

import io
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from waterdeal.reports.about import created, period, title
from waterdeal.reports.edition import Edition
from waterdeal.reports.excel_charts import Below, Cells
from waterdeal.reports.sheet_size import HEIGHT, LINE, ROW, WIDTH, head_heights, lines_of, points
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.reports.table import Cell, Column, Table

#: columns that can still be read on the width of one A4 page; more go on two
ONE_PAGE = 20
#: longest text of a header that a workbook surely holds
HEADER_LENGTH = 200


FONT = {"font_name": "Arial", "font_size": 9}
FILL = {0: "#D9E2EC", 1: "#EEF2F6"}
_TITLE: dict[str, object] = {"bold": True, "font_size": 13}
_GREY: dict[str, object] = {"font_color": "#44546A"}
_BROAD: dict[str, object] = {"text_wrap": True, "valign": "top"}
_HEAD: dict[str, object] = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True, "bg_color": "#C9D6E3"}
STYLES: dict[str, dict[str, object]] = {
    "title": _TITLE, "broad_title": {**_TITLE, **_BROAD}, "heading": _HEAD, "upright": {**_HEAD, "rotation": 90},
    "subtitle": _GREY, "broad_subtitle": {**_GREY, **_BROAD},
    "note": {**_GREY, "italic": True}, "broad_note": {**_GREY, "italic": True, **_BROAD},
    "check": {"num_format": '[Red]0.0;[Red]-0.0;"✓"', "align": "center", "font_color": "#2E7D32"},
}  # fmt: skip


_OPTIONS: dict[str, Any] = {
    "in_memory": True, "default_format_properties": {"font_name": "Arial", "font_size": 10},
    **dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers", "nan_inf_to_errors"), False),
}  # fmt: skip
#: row of the first heading; title and subtitle stand above
HEAD = 3
#: width of the indent of a text in a cell, characters
INDENT = 1.6
#: width of a bold letter as a multiple of a plain one, and size of a letter of a title
BOLD, LARGE = 1.1, 1.45
#: date of a workbook whose plan does not say when it was made: the same plan gives the same bytes
EPOCH = datetime(2000, 1, 1)


def workbook_bytes(tables: Iterable[Table], results: xr.Dataset, language: str) -> bytes:
    """Write tables of a plan to a workbook, one sheet each."""
    edition = Edition(results, Words(language))
    return pages_bytes(tables, edition.words, title(edition), created(results), **_origin(edition))


def begun(file: io.BytesIO | Path) -> Any:
    """Begin a workbook; it changes the options that it is given, so that it is given its own."""
    return xlsxwriter.Workbook(file, deepcopy(_OPTIONS))


def pages_bytes(tables: Iterable[Table], words: Words, name: str, moment: datetime | None, subtitle: str = "", origin: str = "") -> bytes:
    """Write tables to a workbook of a name, one sheet each."""
    buffer = io.BytesIO()
    workbook = begun(buffer)
    workbook.set_properties({"title": name, "comments": words.text("about.disclaimer_text"), "created": moment or EPOCH})
    _add_pages(workbook, tables, words, subtitle or name, origin)
    workbook.close()
    return buffer.getvalue()


def add_tables(workbook: Any, tables: Iterable[Table], edition: Edition) -> None:
    """Add tables of a plan to a workbook, one sheet each."""
    _add_pages(workbook, tables, edition.words, **_origin(edition))


def _origin(edition: Edition) -> dict[str, str]:
    """What stands above and below each table of a plan."""
    attrs = edition.results.attrs
    origin = f"{str(attrs.get('run_sha256', ''))[:12]} · waterdeal {attrs.get('waterdeal_version', '')}"
    return {"subtitle": f"{title(edition)} · {period(edition)}", "origin": origin}


def _add_pages(workbook: Any, tables: Iterable[Table], words: Words, subtitle: str, origin: str) -> None:
    """Add tables to a workbook, one sheet each, under one subtitle."""
    formats = cache(lambda **details: workbook.add_format({**FONT, **details}))
    made: dict[str, _Sheet] = {}
    for table in tables:
        made[table.name] = sheet = _Sheet(workbook.add_worksheet(table.sheet), table, formats, words.text("column.check"))
        below = f"{subtitle} · {table.unit}" if table.unit else subtitle
        sheet.write(below)
        sheet.set_up_page(below, origin)
    places = {name: Cells(sheet.table.sheet, sheet.first) for name, sheet in made.items()}
    for sheet in made.values():
        sheet.charts.draw(workbook, sheet.sheet, places)


@dataclass(frozen=True)
class _Sheet:
    """A table on its way to a sheet, and the printed form of that."""

    sheet: Any
    table: Table
    formats: Callable[..., Any]  # makes a format of the workbook, each once
    check: str

    def _style(self, name: str) -> Any:
        """Format of what is no cell of the table."""
        return self.formats(**STYLES[name])

    def _of_text(self, level: int, indent: int = 0) -> Any:
        """Format of a cell of text."""
        return self._of_cell(level, text_wrap=True, valign="vcenter", indent=indent)

    def _of_cell(self, level: int, **details: object) -> Any:
        """Format of a cell of the table."""
        fill = {"bg_color": FILL[level], "bold": True} if level in FILL else {}
        return self.formats(border=1, border_color="#A6B1BD", **fill, **details)

    @cached_property
    def head_rows(self) -> int:
        """Rows of headings: two where columns are grouped."""
        return 2 if any(column.group for column in self.table.columns) else 1

    @property
    def first(self) -> int:
        """Row of the first cells."""
        return HEAD + self.head_rows

    @property
    def wide(self) -> bool:
        """Whether the table goes on two pages side by side."""
        return len(self.table.columns) > ONE_PAGE

    @cached_property
    def widths(self) -> list[float]:
        """Width of each column in characters."""
        return [self._width(place, column) for place, column in enumerate(self.table.columns)]

    @cached_property
    def heights(self) -> list[float]:
        """Height of each row in points: as many lines as its longest text takes."""
        found = []
        for number, cells in enumerate(self.table.rows):
            wider = BOLD if self.table.level(number) < 2 else 1.0
            within = [(width - INDENT) / wider for width in self.widths]
            found.append(LINE * max([1, *(lines_of(cell, width) for cell, width in zip(cells, within, strict=True))]))
        return found

    def set_up_page(self, subtitle: str, origin: str) -> None:
        """Set frozen headings, paper, repeated headings, scale, header and footer."""
        sheet, table = self.sheet, self.table
        sheet.freeze_panes(self.first, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_footer(f"&L&8 {_escape(origin)}&R&8 &P / &N")
        sheet.repeat_rows(HEAD, self.first - 1)
        sheet.repeat_columns(0, 0)
        sheet.hide_gridlines(2)
        sheet.set_margins(left=0.4, right=0.4, top=0.9 if self.wide else 0.5, bottom=0.6)
        last = self.charts.row - 1 + self.charts.rows
        sheet.print_area(HEAD if self.wide else 0, 0, last, len(table.columns) - 1)
        if self.wide:
            cut = self._cut()
            lines = f"{table.title}\n{subtitle}"[:HEADER_LENGTH]
            sheet.set_header(f"&L&9 {_escape(lines)}")
            sheet.set_v_pagebreaks([cut])
            sheet.set_print_scale(self._scale(cut))
        elif self.charts.apart:
            sheet.set_print_scale(self.charts.fitted)  # to be fitted ends no page by hand
        else:
            sheet.fit_to_pages(1, 0)
        if self.charts.apart:
            sheet.set_h_pagebreaks(self.charts.breaks)

    @cached_property
    def charts(self) -> Below:
        """Where the charts stand."""
        cut = self._cut() if self.wide else 0
        return Below(self.table, self.first, self.widths, self.heights, cut, self._scale(cut) if self.wide else 0)

    def _cut(self) -> int:
        """First column of the second page: the start of a month, so that both halves are about as wide."""
        columns, total = self.table.columns, sum(self.widths[1:])
        starts = [place for place in range(2, len(columns)) if columns[place].group and columns[place].group != columns[place - 1].group]
        return min(starts or [len(columns) // 2], key=lambda place: abs(2 * sum(self.widths[1:place]) - total))

    def _scale(self, cut: int) -> int:
        """Scale in per cent at which both halves fit in width, and the rows in height unless that makes them too small."""
        halves = (self.widths[:cut], (self.widths[0], *self.widths[cut:]))
        width = max(map(points, halves))
        notes = (max(ROW, LINE * lines_of(note, sum(self.widths[1:cut]))) for note in self.table.notes)
        height = sum(max(ROW, row) for row in self.heights) + ROW * 3 + sum(notes) + 120
        across, down = WIDTH / width, HEIGHT / height
        return max(10, min(100, int(100 * (min(across, down) if down > 0.75 * across else across))))

    def write(self, subtitle: str) -> None:
        """Write title, headings, cells, checks and notes."""
        across = range(1 if self.wide else len(self.table.columns))
        self._write_across(0, self.table.title, "title", across, LARGE)
        self._write_across(1, subtitle, "subtitle", across)
        self._write_headings()
        for number, (cells, height) in enumerate(zip(self.table.rows, self.heights, strict=True)):
            self._write_row(number, cells)
            if height > LINE:
                self.sheet.set_row(self.first + number, height)
        self._write_checks()
        for row, note in enumerate(self.table.notes, start=self.first + len(self.table.rows) + 1):
            self._write_across(row, note, "note", range(1, self._cut()) if self.wide else range(len(self.table.columns)))

    def _write_across(self, row: int, text: str, style: str, over: range, size: float = 1.0) -> None:
        """Write a text over some columns, on as many lines as it takes; its letters may be larger than those of cells."""
        lines = lines_of(text, sum(self.widths[at] for at in over) / size)
        if len(over) < 2 or lines < 2:
            self.sheet.write_string(row, over.start, text, self._style(style))
        else:
            self.sheet.merge_range(row, over.start, row, over.stop - 1, text, self._style(f"broad_{style}"))
            self.sheet.set_row(row, LINE * lines * size)

    def _write_headings(self) -> None:
        """Write headings, groups merged, and set the widths."""
        columns = self.table.columns
        for group, run in groupby(range(len(columns)), lambda place: columns[place].group or place):  # a column without a group by itself
            places = list(run)
            if isinstance(group, int):
                self._merge(group, group, self.head_rows, columns[group].full_heading)
                continue
            self._merge(places[0], places[-1], 1, group)
            for place in places:
                self.sheet.write_string(HEAD + 1, place, columns[place].heading, self._style("heading"))
        for place, width in enumerate(self.widths):
            self.sheet.set_column(place, place, width)
        for row, height in enumerate(head_heights(columns, self.widths, self.head_rows), start=HEAD):
            self.sheet.set_row(row, height)

    def _merge(self, left: int, right: int, rows: int, text: str) -> None:
        """Write a heading over one or several cells; one that stands over a single narrow column of two rows is turned upright."""
        form = self._style("upright" if rows == 2 and self.table.columns[left].digits is not None else "heading")
        if rows > 1 or left != right:
            self.sheet.merge_range(HEAD, left, HEAD + rows - 1, right, "", form)
        self.sheet.write_string(HEAD, left, text, form)

    def _width(self, place: int, column: Column) -> float:
        """Width that shows the longest number and the longest word of the heading."""
        if width := self.table.width(place):
            return width
        numbers = [f"{cells[place]:,.{column.digits}f}" for cells in self.table.rows if isinstance(cells[place], float)]
        upright = not column.group and self.head_rows == 2
        words = [] if upright else (column.heading if column.group else column.full_heading).split()
        return max([5.0, *(len(number) * 0.95 + 0.5 for number in numbers), *(len(word) * 1.25 + 1 for word in words)])

    def _write_row(self, number: int, cells: Sequence[Cell]) -> None:
        """Write the cells of one row."""
        level = self.table.level(number)
        inside = 1 if 1 in self.table.levels and level == 2 else 0
        for place, (cell, column) in enumerate(zip(cells, self.table.columns, strict=True)):
            if cell is None or cell == "":
                self.sheet.write_blank(self.first + number, place, None, self._of_text(level))
            elif isinstance(cell, str):
                self.sheet.write_string(self.first + number, place, cell, self._of_text(level, inside if place == 0 else 1))
            else:
                grouped = "#,##0" + ("." + "0" * column.digits if column.digits else "")  # the reader's Excel chooses its marks
                self.sheet.write_number(self.first + number, place, cell, self._of_cell(level, num_format=grouped, valign="vcenter"))

    def _write_checks(self) -> None:
        """Recompute every total with formulas of our own, outside the printed area: across in a column, down in a row."""
        table, right, below = self.table, len(self.table.columns) + 1, self.charts.row + 1 + self.charts.rows
        if table.column_sums:
            self.sheet.set_column(right, right, 10)
            self.sheet.write_string(self.first - 1, right, self.check, self._style("heading"))
        for row in range(len(table.rows)):
            sums = {total: [(row, abs(part), part < 0) for part in parts] for total, parts in table.column_sums.items()}
            self._write_check(self.first + row, right, [self._gap(row, total, parts) for total, parts in sums.items()])
        if table.row_sums:
            self.sheet.write_string(below, 0, self.check, self._of_text(1))
        for place, column in enumerate(table.columns):
            if column.digits is not None and column.summed:
                sums = {total: [(part, place, False) for part in parts] for total, parts in table.row_sums.items()}
                self._write_check(below, place, [self._gap(total, place, parts) for total, parts in sums.items()])

    def _gap(self, row: int, column: int, parts: Sequence[tuple[int, int, bool]]) -> str:
        """Formula of the difference between a total and its parts; none where one of them is blank."""
        if not all(isinstance(self.table.rows[part][place], float) for part, place, _ in [(row, column, False), *parts]):
            return ""
        rows, places = [part[0] for part in parts], {part[1] for part in parts}
        if len(places) == 1 and rows == list(range(rows[0], rows[-1] + 1)):
            total = f"SUM({xl_range(self.first + rows[0], column, self.first + rows[-1], column)})"
        else:
            total = "".join(("-" if minus else "+") + xl_rowcol_to_cell(self.first + part, place) for part, place, minus in parts)
        return f"ABS({xl_rowcol_to_cell(self.first + row, column)}-({total}))"

    def _write_check(self, row: int, column: int, gaps: Sequence[str]) -> None:
        """Write one check: the differences, which must be nothing."""
        if any(gaps):
            self.sheet.write_formula(row, column, f"=ROUND({'+'.join(filter(None, gaps))},6)", self._style("check"), 0)


def _escape(text: str) -> str:
    """Double the sign that starts a code in headers and footers; a blank must stand between a size and a text that starts with a digit."""
    return text.replace("&", "&&")
