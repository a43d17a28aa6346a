"""Numbers as people type them: decimal comma or point, spaces between thousands, marks for what is missing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.imports.words import plain, word_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.imports.grid import Cell

_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009'’](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[-+−–]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_GROUPED_EN = re.compile(r"[-+−–]?\d{1,3}(?:,\d{3})+(?:\.\d+)")
_GROUPED_DE = re.compile(r"[-+−–]?\d{1,3}(?:\.\d{3})+(?:,\d+)")
_GROUPED_TWICE = re.compile(r"[-+−–]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
_EITHER = re.compile(r"[-+−–]?[1-9]\d{0,2}([.,])\d{3}")


@dataclass(frozen=True)
class Marks:
    """How a sheet writes decimals, learnt from the numbers that leave no doubt."""

    comma: bool = False
    point: bool = False

    def doubt(self, text: str) -> str:
        """Return the mark by which a number could be read in two ways; empty where there is none."""
        found = _EITHER.fullmatch(plain(text))
        if found is None or (self.comma and not self.point if found[1] == "," else not self.comma):
            return ""
        return found[1]

    def thousands(self, text: str) -> bool:
        """Tell whether a doubtful comma is taken as standing between thousands."""
        return bool(_EITHER.fullmatch(plain(text))) and "," in text and self.point and not self.comma


NO_MARKS = Marks()


def learn_marks(cells: Iterable[Cell]) -> Marks:
    """Learn how a sheet writes decimals."""
    comma = point = False
    for text in (_SPACES.sub("", cell.strip()) for cell in cells if isinstance(cell, str)):
        if _GROUPED_EN.fullmatch(text):
            point = True
        elif _GROUPED_DE.fullmatch(text):
            comma = True
        elif _NUMBER.fullmatch(text) and not _EITHER.fullmatch(text):
            comma, point = comma or "," in text, point or "." in text
    return Marks(comma, point)


def is_missing(cell: Cell) -> bool:
    """Tell whether a cell says that there is no value."""
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or (isinstance(cell, str) and (not cell.strip() or plain(cell) in word_list("missing", "marks")))


def read_number(cell: Cell, marks: Marks = NO_MARKS) -> float | None:
    """Read a number as people type it; None where a cell holds none.

    Examples
    --------
    >>> read_number("1 144,2")
    1144.2
    """
    if isinstance(cell, str):
        text = _SPACES.sub("", cell.strip())
        if _GROUPED_EN.fullmatch(text) or marks.thousands(text):
            text = text.replace(",", "")
        elif _GROUPED_DE.fullmatch(text):
            text = text.replace(".", "")
        elif twice := _GROUPED_TWICE.fullmatch(text):
            text = text.replace(twice[1], "")
        elif not _NUMBER.fullmatch(text):
            return None
        cell = float(text.replace(",", ".").replace("−", "-").replace("–", "-"))
    return cell if isinstance(cell, float) and math.isfinite(cell) else None


def is_gap_code(value: float) -> bool:
    """Tell whether a number below zero looks like a code for what is missing.

    Examples
    --------
    >>> [is_gap_code(value) for value in (-99.0, -999.9, -9999999.0, -901.0, -9.5, 999.0)]
    [True, True, True, True, False, False]
    """
    if value in {-901.0, -902.0}:  # of HEC
        return True
    text = f"{value:.7g}".rstrip("0").rstrip(".")
    return value < 0 and set(text) <= set("-9.") and text.count("9") > 1


def is_nines(value: float) -> bool:
    """Tell whether a number is written with nines alone, three or more: a figure, or a code for what is missing.

    Examples
    --------
    >>> [is_nines(value) for value in (9999.0, 999.9, 99.0, 9990.0)]
    [True, True, False, False]
    """
    text = f"{value:.10g}"
    return set(text) <= set("9.") and text.count("9") > 2


def is_number(cell: Cell) -> bool:
    """Tell whether a cell holds a number."""
    return read_number(cell) is not None
