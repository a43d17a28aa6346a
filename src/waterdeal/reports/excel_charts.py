"""Charts of a workbook: drawn by Excel from the cells of its sheets, so that they change with those."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from waterdeal.reports.colours import COLOURS
from waterdeal.reports.sheet_size import HEIGHT, LINE, ROW, WIDTH, lines_of, points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.reports.table import Chart, Series, Table

#: charts side by side, of a few and of many; rows of them on a page, at most; height by width, at least and at most
FEW, MANY, DOWN, FLAT, TALL = 2, 3, 4, 0.3, 0.6
#: pixels of a point
PIXELS = 4 / 3
#: part of a page's height below which charts get pages of their own, and the part of those that they take
LEAST, TAKEN = 0.35, 0.9
#: names along an axis, at most
NAMED = 6
#: what tells series apart without colours
DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "square_dot", "long_dash_dot")
PATTERNS = ("", "wide_upward_diagonal", "small_grid", "dotted_diamond", "wide_downward_diagonal", "horizontal_brick", "large_confetti")
_FONT = {"name": "Arial", "size": 8}


@dataclass(frozen=True)
class Cells:
    """Where the cells of a table stand."""

    sheet: str
    first: int  # row of the first


@dataclass(frozen=True)
class Grid:
    """Charts below a table, row by row, over the width of a page."""

    count: int
    width: float  # points
    room: float  # height there is for them on a page, points
    sides: int = 0  # pages side by side, each with one chart of a row; 0 where all stand on one page

    @property
    def across(self) -> int:
        """Charts side by side; a single one takes not the whole width."""
        return self.sides or (FEW if self.count <= 2 * FEW else MANY)

    @property
    def height(self) -> float:
        """Height of a chart, points."""
        width = self.width / self.across
        return min(max(self.room / min(self.lines, DOWN) - 1.5 * ROW, FLAT * width), TALL * width)

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a chart, points; one that is left over has its row for itself."""
        alone = not self.sides and number == self.count - 1 and number and not number % self.across
        return self.width / (1 if alone else self.across), self.height

    @property
    def rows(self) -> int:
        """Plain rows of the sheet that a row of charts takes."""
        return math.ceil(self.height / ROW) + 1

    @property
    def lines(self) -> int:
        """Rows of charts."""
        return -(-self.count // self.across)

    def breaks(self, first: int) -> list[int]:
        """Rows before which a page ends, where the charts start at a row of the sheet."""
        return [first + line * self.rows for line in range(0, self.lines, DOWN)]

    def place(self, number: int, first: int) -> tuple[int, int]:
        """Row of the sheet and pixels from its left edge of a chart."""
        line, column = divmod(number, self.across)
        return first + line * self.rows, round(column * self.width / self.across * PIXELS)


@dataclass(frozen=True)
class Below:
    """The charts of a sheet, below its table; a table on two pages side by side has one below each."""

    table: Table
    first: int  # row of the first cells
    widths: Sequence[float]  # of the columns, characters
    heights: Sequence[float]  # of the rows, points
    cut: int  # first column of the second page; 0 where there is one
    scale: int  # scale of two pages, per cent

    @property
    def row(self) -> int:
        """First row below the notes that is free."""
        return self.first + len(self.table.rows) + len(self.table.notes) + 2

    @property
    def rows(self) -> int:
        """Rows that the charts take."""
        return self.grid.rows * self.grid.lines if self.table.charts else 0

    @property
    def fitted(self) -> int:
        """Scale in per cent at which the table fits in width."""
        return self.scale or max(10, min(100, int(100 * WIDTH / points(self.widths))))

    @property
    def room(self) -> float:
        """Height in points that is left below the table on its page; nothing where it is too little, and below two pages."""
        page = 100 * HEIGHT / self.fitted
        notes = sum(max(ROW, LINE * lines_of(note, sum(self.widths))) for note in self.table.notes)
        left = page - sum(max(ROW, row) for row in self.heights) - notes - 7 * ROW
        return 0.0 if self.cut or left < LEAST * page else left

    @property
    def apart(self) -> bool:
        """Whether the charts stand on pages of their own."""
        return bool(self.table.charts) and not self.room

    @property
    def breaks(self) -> list[int]:
        """Rows before which a page ends."""
        return self.grid.breaks(self.row)

    @cached_property
    def grid(self) -> Grid:
        """Places of the charts."""
        room = self.room or TAKEN * 100 * HEIGHT / self.fitted
        if self.cut:
            broad = 2 * min(points(self.widths[1 : self.cut]), points(self.widths[self.cut :]))
            return Grid(len(self.table.charts), broad, room, 2)
        return Grid(len(self.table.charts), points(self.widths), room)

    def draw(self, workbook: Any, sheet: Any, places: Mapping[str, Cells]) -> None:
        """Draw the charts on the sheet."""
        for number, chart in enumerate(self.table.charts):
            made = make_chart(workbook, chart, places, self.table.name, self.grid.size(number))
            if made is not None:
                row, left = self.grid.place(number, self.row)
                column = (1, self.cut)[number % 2] if self.cut else 0  # what stands over the first column of two pages stands on both
                sheet.insert_chart(row, column, made, {"x_offset": 0 if self.cut else left, "y_offset": 4, "object_position": 3})


def make_chart(workbook: Any, chart: Chart, places: Mapping[str, Cells], own: str, size: Sequence[float]) -> Any:
    """Make a chart; None where a table that it draws is not in the workbook."""
    if not all((series.table or own) in places for series in chart.series):
        return None
    kind = {"type": "column", "subtype": "stacked"} if chart.kind == "column" else {"type": "line"}
    made = workbook.add_chart(kind)
    for order, series in enumerate(chart.series):
        heads, values = _ranges(series, places[series.table or own])
        made.add_series({"name": series.name, "categories": heads, "values": values, **_look(chart.kind, order)})
    width, height = size
    made.set_size({"width": width * PIXELS, "height": height * PIXELS})
    made.set_title({"name": chart.title, "name_font": {**_FONT, "size": 9, "bold": True}, "overlay": False})
    count = max(max(series.rows[1] - series.rows[0], series.columns[1] - series.columns[0]) + 1 for series in chart.series)
    turned = {"rotation": -45, "size": 7} if count > NAMED else {}
    made.set_x_axis({"num_font": {**_FONT, **turned}, "label_position": "low", "interval_unit": -(-count // NAMED), "interval_tick": 1})
    made.set_y_axis({"num_font": _FONT, "num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
    beside = {"position": "right" if chart.kind == "line" else "bottom", "font": _FONT}
    made.set_legend({"none": True} if len(chart.series) == 1 else beside)
    return made


def _ranges(series: Series, cells: Cells) -> tuple[list[Any], list[Any]]:
    """Cells of names and of values."""
    (top, bottom), (left, right) = series.rows, series.columns
    values = [cells.sheet, cells.first + top, left, cells.first + bottom, right]
    if left == right:
        return [cells.sheet, cells.first + top, 0, cells.first + bottom, 0], values
    return [cells.sheet, cells.first - 1, left, cells.first - 1, right], values


def _look(kind: str, order: int) -> dict[str, Any]:
    """Colour of a series, and what tells it apart without colours."""
    colour, edge = COLOURS[order % len(COLOURS)], {"color": "#000000", "width": 0.5}
    if kind == "line":
        return {"line": {"color": colour, "width": 1.75, "dash_type": DASHES[order % len(DASHES)]}, "marker": {"type": "none"}}
    pattern = PATTERNS[order % len(PATTERNS)]
    if not pattern:
        return {"fill": {"color": colour}, "border": edge}
    return {"pattern": {"pattern": pattern, "fg_color": "#FFFFFF", "bg_color": colour}, "border": edge}
