"""A sheet as a grid of cells, seen upright or turned on its side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from waterdeal.errors import Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.words import Words


@dataclass(frozen=True)
class Guess:
    """Something the reader took for granted, to be read by a person."""

    file: str  # name of the file
    where: str  # cell or sheet, e.g. `Факт!C14`
    found: str  # what stands there
    taken_as: str  # what it was taken as
    why: str  # on what ground

    def __str__(self) -> str:
        """One line: file, cell, what was found, what it was taken as, why."""
        return say("imports.guess", **vars(self))

    def tell(self, words: Words) -> str:
        """Cell, what was found, what it was taken as and why, in a language."""
        found, taken_as, why = map(words.tell, (self.found, self.taken_as, self.why))
        return f'{self.where}: "{found}" → {taken_as} ({why})'


@dataclass(frozen=True)
class Spot:
    """A cell: its row as people count, and its address."""

    row: int | None  # row of the file or sheet, from 1
    address: str  # E.g. `Факт!C14`; the sheet's name alone where no cell is meant


@dataclass
class Notes:
    """The guesses and problems of one file; why something is guessed is told by a key of words, with its values."""

    file: str  # name of the file
    strict: bool = False  # whether a guess of meaning is a problem
    series: bool = False  # whether a table is a series of inflow, whose unit is never assumed
    stamp: str = ""  # `end` where dates are told to be the ends of their periods
    day_first: bool = False  # whether a date with slashes shows that the day stands first
    unhidden: str = ""  # title of a sheet that is read though it is hidden
    guesses: list[Guess] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: tuple[Spot, str] | None = None  # the first cell of a known place with a mark of what is missing
    nines: set[str] = field(default_factory=set)  # cells of nothing but nines, which may be codes for what is missing

    def mention(self, spot: Spot, found: str, taken_as: str, why: str, /, **values: object) -> None:
        """Report what was understood without doubt, such as a total left out."""
        guess = Guess(self.file, spot.address, found, taken_as, say(why, **values))
        if guess not in self.guesses:
            self.guesses.append(guess)

    def hidden_row(self, sheet: str, row: int, count: int = 1) -> None:
        """Report hidden rows, counted from 1, that are read like any other."""
        rows = f"{row}–{row + count - 1}" if count > 1 else str(row)
        self.mention(Spot(row, f"{sheet}!{rows}"), rows, say("imports.as_they_stand"), "imports.hidden_row")

    def hidden_columns(self, sheet: str, first: int, last: int) -> None:
        """Report hidden columns, counted from 0, that are read like any other."""
        letters = "–".join(dict.fromkeys(map(column_letters, (first, min(last, MOST_COLUMNS - 1)))))
        if first < MOST_COLUMNS:
            self.mention(Spot(None, f"{sheet}!{letters}"), letters, say("imports.as_they_stand"), "imports.hidden_column")

    def guess(self, spot: Spot, found: str, taken_as: str, why: str, /, **values: object) -> None:
        """Report a guess of meaning: a problem in strict mode."""
        if self.strict:
            self.fault(spot, "imports.strict", found=found, why=say(why, **values), taken_as=taken_as)
        else:
            self.mention(spot, found, taken_as, why, **values)

    def fault(self, spot: Spot, key: str, /, **values: object) -> None:
        """Note a problem, strict or not."""
        problem = make_problem(self.file, spot.row, spot.address, key, **values)
        if problem not in self.problems:
            self.problems.append(problem)


#: what something is taken as
NO_DATA, LEFT_OUT, TOTAL = say("imports.no_data"), say("imports.left_out"), say("imports.total")
IGNORED, IGNORED_ROW = say("imports.ignored"), say("imports.ignored_row")
#: a cell: nothing, a text, a number or a date
Cell = str | float | datetime | None
MOST_ROWS = 20_000
MOST_COLUMNS = 2_000
#: filled cells of a sheet, and cells that stand in merged ranges
MOST_CELLS = 4_000_000
MOST_MERGED = 200_000


def column_letters(column: int) -> str:
    """Name a column as spreadsheets do.

    Examples
    --------
    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    above, rest = divmod(column, 26)
    return (column_letters(above - 1) if above else "") + chr(65 + rest)


def is_blank(cell: Cell) -> bool:
    """Tell whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def cell_text(cell: Cell) -> str:
    """Write a cell as a text."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else cell.strip()


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or a CSV file."""

    name: str  # name of the sheet; empty for CSV
    rows: Sequence[Sequence[Cell]]  # the cells; rows may differ in length
    #: the first cell of the merged range for each cell in one, the first included
    merged: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    unread: frozenset[tuple[int, int]] = frozenset()  # cells whose formula has no stored value
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)  # formulas whose stored value is read
    first_day: datetime = datetime(1899, 12, 30)  # the day that serial numbers of dates count from
    turned: bool = False  # whether rows and columns have changed places

    @cached_property
    def width(self) -> int:
        """Length of the longest row."""
        return max(map(len, self.rows), default=0)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns as they are seen."""
        size = len(self.rows), self.width
        return size[::-1] if self.turned else size

    def turn(self) -> Sheet:
        """Return the sheet with rows and columns changing places."""
        return replace(self, turned=not self.turned)

    def _place(self, row: int, column: int) -> tuple[int, int]:
        return (column, row) if self.turned else (row, column)

    def raw(self, row: int, column: int) -> Cell:
        """Return what stands in a cell itself."""
        row, column = self._place(row, column)
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else None

    def cells(self, row: int, first: int = 0) -> list[Cell]:
        """Return what stands in the cells of a row from a column on."""
        return [self.raw(row, column) for column in range(first, self.size[1])]

    def is_filled(self, row: int, column: int) -> bool:
        """Tell whether anything stands in a cell, or a formula without a stored value."""
        return not is_blank(self.raw(row, column)) or self.is_unread(row, column)

    def filled(self, row: int, column: int) -> Cell:
        """Return what a reader sees in a cell, merged cells counted."""
        return self.raw(*self.anchor(row, column))

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that a reader sees there, as seen: the first of its merged range."""
        seen = self._place(row, column)
        return self._place(*self.merged.get(seen, seen))

    def is_merged(self, row: int, column: int) -> bool:
        """Tell whether a cell is part of a merged range."""
        return self._place(row, column) in self.merged

    def is_unread(self, row: int, column: int) -> bool:
        """Tell whether a cell holds a formula without a stored value."""
        return self._place(row, column) in self.unread

    def formula(self, row: int, column: int) -> str:
        """Return the formula whose value a cell shows; empty where it has none."""
        return self.formulas.get(self._place(row, column), "")

    def texts_below(self, row: int, column: int, end: int) -> list[str]:
        """Return the texts of a column between two rows."""
        cells = (self.raw(at, column) for at in range(row, end))
        return [cell.strip() for cell in cells if isinstance(cell, str) and not is_blank(cell)]

    def spot(self, row: int, column: int) -> Spot:
        """Name a cell for people."""
        row, column = self._place(row, column)
        return Spot(row + 1, f"{self.name}!{column_letters(column)}{row + 1}".removeprefix("!"))

    def whole(self) -> Spot:
        """Name the sheet for people."""
        return Spot(None, self.name or "table")
