"""Sums written out, so that who has a calculator gets what is printed: terms are numbers as printed, and results follow from them alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.quantity import DECIMALS
from waterdeal.reports.table import Column, Table
from waterdeal.results.tables import round_to_total
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.reports.edition import Edition

#: decimals of volumes and areas that are worked with: two more than tables print
WORKED = 3
#: volume below which a part is not written, hm3
LEAST = 0.5 * 10.0**-WORKED
#: how tightly a term binds: a sum, a product, a number
_SUM, _PRODUCT, _NUMBER = range(3)


@dataclass(frozen=True)
class Term:
    """What a calculator gives for a text."""

    value: float
    text: str
    binds: int = _NUMBER

    def _within(self, least: int) -> str:
        """Text as a part of another, in brackets where it binds less."""
        return self.text if self.binds >= least else f"({self.text})"

    def __add__(self, other: Term) -> Term:
        """Write a sum."""
        return Term(self.value + other.value, f"{self.text} + {other._within(_PRODUCT)}", _SUM)

    def __sub__(self, other: Term) -> Term:
        """Write a difference."""
        return Term(self.value - other.value, f"{self.text} − {other._within(_PRODUCT)}", _SUM)

    def __mul__(self, other: Term) -> Term:
        """Write a product."""
        return Term(self.value * other.value, f"{self._within(_PRODUCT)} × {other._within(_NUMBER)}", _PRODUCT)

    def __truediv__(self, other: Term) -> Term:
        """Write a quotient."""
        return Term(self.value / other.value, f"{self._within(_PRODUCT)} ÷ {other._within(_NUMBER)}", _PRODUCT)


@dataclass
class Worked:
    """Lines of a calculation: what, how, and under which name it stands in the plan's file."""

    edition: Edition
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def number(self, value: float, digits: int = WORKED) -> Term:
        """Take a number as it is printed; one below zero stands in brackets."""
        rounded = round(float(value), digits) + 0.0
        text = self.edition.words.number(rounded, digits)
        return Term(rounded, f"({text})" if rounded < 0 else text)

    def short(self, value: float) -> Term:
        """Take a number with as many decimals as it has, such as a share."""
        return Term(round(float(value), DECIMALS) + 0.0, self.edition.tell.number(value))

    def numbers(self, values: Iterable[float], digits: int = WORKED) -> Term:
        """Write the sum of some numbers, rounded so that it is the sum of all their digits; nothing where there are none."""
        terms = [self.number(value, digits) for value in round_to_total(np.array(list(values), dtype=float), digits)]
        return reduce(add, terms) if terms else self.number(0.0, digits)

    def factor(self, days: float) -> Term:
        """Write by what a mean rate over some days is multiplied to have a volume."""
        return self.short(days) * self.short(rate_to_volume(1.0, 1.0))

    def line(self, label: str, term: Term, unit: str, name: str = "", digits: int = WORKED) -> Term:
        """Add a line, and return its result as printed; a number by itself is told, a sum is worked."""
        result = self.number(term.value, digits)
        told = result.text if term.binds == _NUMBER else f"{term.text} = {result.text}"
        self.rows.append((str(len(self.rows) + 1), label, f"{told}\xa0{self.edition.text(f'unit.{unit}')}", name))
        return result

    def printed(self, label: str, value: float, unit: str, digits: int) -> None:
        """Add a line that tells what the tables of the plan print."""
        self.line(label, self.number(value, digits), unit, digits=digits)

    def table(self, name: str, title: str, notes: tuple[str, ...] = ()) -> Table:
        """Make the table of all lines."""
        text = self.edition.text
        widths = {"clause_number": 4, "worked_what": 58, "worked_how": 92, "worked_name": 22}
        columns = tuple(Column(text(f"column.{key}"), width=width) for key, width in widths.items())
        return Table(name, text(f"sheet.{name}"), title, "", columns, tuple(self.rows), notes=notes)
