"""The year of a table: from its dates, its heading, the caller, or the sheet's name, in this order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from waterdeal.tracking.dates import When, find_month, find_years

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.tracking.notes import Notes, Spot


NO_TIME = When()


@dataclass
class Calendar:
    """Gives times the year and month that they do not state themselves.

    Parameters
    ----------
    spot : Spot
        Where guesses are reported.
    years : tuple of int
        None, one, or two that follow one another (October to December are of the first).
    month : int or None
        Month of the heading, for tables that head columns with days or dekads only.
    """

    spot: Spot
    years: tuple[int, ...] = ()
    month: int | None = None
    _last: When = NO_TIME

    def look_ahead(self, whens: Sequence[When], notes: Notes) -> None:
        """Where only a later column states its year, count back to the first."""
        stated = next((number for number, when in enumerate(whens) if when.year is not None), None)
        if self.years or not stated:
            return
        months = [when.month for when in whens[: stated + 1] if when.month]
        turns = sum(late < early for early, late in pairwise(months))
        year = (whens[stated].year or 0) - turns
        notes.guess(self.spot, f"the first columns before {whens[stated].year}", str(year), "only a later column states its year")
        self.years = (year,)

    def complete(self, when: When, notes: Notes) -> When:
        """Fill in the month and the year of a time; times come in the order of the table.

        Parameters
        ----------
        when : When
            What a cell says.
        notes : Notes
            Where a turn of the year is reported.

        Returns
        -------
        When
            Without month or year where neither the table nor the caller tells.
        """
        if when.month is None:
            when = replace(when, month=self._last.month or self.month)
        if when.month is None:
            return when
        if when.year is None:
            when = replace(when, year=self._year_for(when.month, notes))
        self._last = when
        return when

    def _year_for(self, month: int, notes: Notes) -> int | None:
        """Return the year of a month."""
        if len(self.years) == 2:
            return self.years[0] if month >= 10 else self.years[1]
        if self._last.year is None:
            return self.years[0] if self.years else None
        if self._last.month == 12 and month == 1:
            turned = self._last.year + 1
            notes.guess(self.spot, "December, then January", f"January {turned}", "the year turns within the table")
            return turned
        return self._last.year


def find_calendar(titles: Sequence[str], sheet: str, year: int | None, notes: Notes, spot: Spot) -> Calendar:
    """Find the year and month that a heading, the caller or a sheet's name gives to a table.

    Parameters
    ----------
    titles : sequence of str
        Texts of the heading, the nearest first.
    sheet : str
        Name of the sheet.
    year : int or None
        Year that the caller told.
    notes : Notes
        Where the choice is reported.
    spot : Spot
        Where the table stands.

    Returns
    -------
    Calendar
        With no year where there is none.
    """
    month = next(filter(None, (find_month(text) for text in (*titles, sheet))), None)
    for text in titles:
        found = find_years(text)
        if len(found) == 1:
            _report_heading(text, found[0], year, notes, spot)
            return Calendar(spot, (found[0],), month)
        if len(found) == 2 and found[1] == found[0] + 1:
            notes.guess(spot, text, f"{found[0]} from October, {found[1]} to September", "the heading names two years")
            return Calendar(spot, (found[0], found[1]), month)
    if year is not None:
        return Calendar(spot, (year,), month)
    found = find_years(sheet)
    if len(found) == 1:
        notes.guess(spot, sheet, str(found[0]), "only the sheet's name tells the year")
        return Calendar(spot, (found[0],), month)
    return Calendar(spot, (), month)


def _report_heading(text: str, found: int, told: int | None, notes: Notes, spot: Spot) -> None:
    """Mention a year taken from a heading; where the caller told another, it is a guess."""
    if told not in {None, found}:
        notes.guess(spot, text, str(found), f"the heading tells another year than {told}, which was given")
    else:
        notes.mention(spot, text, str(found), "the year stands in the heading")
