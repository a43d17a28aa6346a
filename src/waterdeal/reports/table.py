"""A table as people read it: headings, rows, and which cells add up to which; every renderer takes it from here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from waterdeal.words import BLANK

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

Cell = str | float | None

#: least and most width of a column of text that has none, characters
NARROW, BROAD = 7, 30


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    heading: str  # heading
    group: str = ""  # heading above it, shared with its neighbours; empty where there is none
    digits: int | None = None  # decimals of its numbers; None for a column of text
    unit: str = ""  # unit, where it is not that of the table
    width: int = 0  # width in characters; 0 where the renderer chooses
    summed: bool = True  # whether its cells add up down the rows; rates of several steps, percentages and levels do not

    @property
    def full_heading(self) -> str:
        """Heading with its own unit."""
        return f"{self.heading}, {self.unit}" if self.unit else self.heading


@dataclass(frozen=True)
class Series:
    """Cells of a table that a chart draws: a part of one row, named by the headings, or of one column, named by the first."""

    name: str
    rows: tuple[int, int]  # first and last
    columns: tuple[int, int]
    table: str = ""  # name of the table, where it is another one than that of the chart


@dataclass(frozen=True)
class Chart:
    """A chart of cells, for workbooks."""

    title: str
    kind: str  # line, or column: stacked
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Table:
    """A table in one language."""

    name: str  # name of its file, the same in all languages
    sheet: str  # name of its sheet
    title: str
    unit: str
    columns: tuple[Column, ...]  # columns in order
    rows: tuple[tuple[Cell, ...], ...]  # cells: text, numbers already rounded, or None
    levels: tuple[int, ...] = ()  # by row: 0 grand total, 1 total of a party or heading of a block, 2 an item; all items unless given
    row_sums: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    column_sums: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # lines below the table
    charts: tuple[Chart, ...] = ()  # charts below it, where a format has any

    def level(self, row: int) -> int:
        """Level of a row."""
        return self.levels[row] if self.levels else 2

    def width(self, place: int) -> int:
        """Width of a column in characters; where none is given, of text what its heading and cells take, and 0 of numbers."""
        column = self.columns[place]
        if column.width or column.digits is not None:
            return column.width
        return min(BROAD, max(len(column.full_heading), *(len(str(cells[place] or "")) for cells in self.rows), NARROW))

    def part(self, columns: Sequence[int], rows: Iterable[int] | None = None) -> Table:
        """Return some columns and rows of the table, without its notes: what need not add up."""
        places = tuple(range(len(self.rows)) if rows is None else rows)
        return replace(
            self, columns=tuple(self.columns[place] for place in columns),
            rows=tuple(tuple(self.rows[row][place] for place in columns) for row in places),
            levels=tuple(map(self.level, places)), row_sums={}, column_sums={}, notes=(), charts=(),
        )  # fmt: skip

    def with_blanks(self) -> Table:
        """Return the table with a dash where there is nothing."""
        return replace(self, rows=tuple(tuple(BLANK if cell is None else cell for cell in row) for row in self.rows))

    def gaps(self) -> list[str]:
        """Find every total that its parts do not add up to."""
        sums = [
            (f"row {row}, {heading.heading}", self.rows[row][column], [self.rows[part][column] for part in parts], heading.digits)
            for row, parts in self.row_sums.items()
            for column, heading in enumerate(self.columns)
            if heading.summed
        ]
        sums += [
            (f"row {row}, column {column}", cells[column], [_signed(cells[abs(part)], part) for part in parts], self.columns[column].digits)
            for column, parts in self.column_sums.items()
            for row, cells in enumerate(self.rows)
        ]
        return [f"{self.name}: {where}: {gap}" for where, total, parts, digits in sums if (gap := _gap(total, parts, digits))]


def _gap(total: Cell, parts: list[Cell], digits: int | None) -> str:
    """Compare a total with the sum of its parts; a cell that is blank or has a blank part is not a sum."""
    numbers = [part for part in parts if isinstance(part, float)]
    if not isinstance(total, float) or digits is None or len(numbers) < len(parts) or abs(total - sum(numbers)) < 0.5 * 10.0**-digits:
        return ""
    return f"{total} is not {sum(numbers)}"


def _signed(cell: Cell, part: int) -> Cell:
    """Turn the sign of a number that is taken off."""
    return -cell if isinstance(cell, float) and part < 0 else cell


def written(name: str, title: str, headings: Sequence[str], rows: Iterable[Iterable[str]], texts: Container[int] = (0,)) -> Table:
    """Make a table of cells that are written already, whose digits differ from row to row; all but some columns are numbers."""
    columns = tuple(Column(heading, digits=None if place in texts else 0) for place, heading in enumerate(headings))
    return Table(name, title, title, "", columns, tuple(map(tuple, rows)))


@dataclass
class Body:
    """Rows of a table while they are being laid out."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    sums: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def add(self, cells: Iterable[Cell], level: int = 2) -> None:
        """Add a row."""
        self.rows.append(tuple(cells))
        self.levels.append(level)

    def block(self, head: Iterable[Cell], items: Sequence[Iterable[Cell]]) -> None:
        """Add a total and the rows that add up to it."""
        self.sums[len(self.rows)] = tuple(range(len(self.rows) + 1, len(self.rows) + 1 + len(items)))
        self.add(head, 1)
        for item in items:
            self.add(item)

    def total(self, cells: Iterable[Cell]) -> None:
        """Add the grand total: of the blocks, else of all rows."""
        self.sums[len(self.rows)] = tuple(self.sums) or tuple(range(len(self.rows)))
        self.add(cells, 0)
