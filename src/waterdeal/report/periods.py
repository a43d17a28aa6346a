"""Columns of time: steps under their months, month totals, season totals, the whole horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from waterdeal.report.words import Words


@dataclass(frozen=True)
class Period:
    """One column of time.

    Parameters
    ----------
    heading, group : str
        Heading, and the heading above it.
    steps : tuple of int
        Numbers of the steps it covers.
    parts : tuple of int
        Numbers of the periods that add up to it; empty for a step.
    """

    heading: str
    group: str
    steps: tuple[int, ...]
    parts: tuple[int, ...] = ()


def make_periods(steps: pd.DataFrame, words: Words, *, by_step: bool = True) -> tuple[Period, ...]:
    """Lay the horizon out in columns.

    Parameters
    ----------
    steps : pandas.DataFrame
        Steps, as `results.tables.step_table` gives them.
    words : Words
        Language of the headings.
    by_step : bool
        Show the steps of each month, not months only.

    Returns
    -------
    tuple of Period
        Steps and total of each month, total of each season where there are several, total of the horizon last.
    """
    periods: list[Period] = []
    months: list[int] = []
    seasons: list[Period] = []
    above = words.text("column.total") if by_step else ""
    for season, in_season in steps.groupby("season", sort=False):
        start = len(months)
        for month, rows in in_season.groupby("month", sort=False):
            _add_month(periods, str(month), rows, words, by_step)
            months.append(len(periods) - 1)
        members = tuple(int(number) for number in in_season.index)
        seasons.append(Period(words.season(str(season)), above, members, tuple(months[start:])))
    if len(seasons) > 1:
        start = len(periods)
        periods += seasons
        parts = tuple(range(start, len(periods)))
        total = words.text("column.horizon")
    else:
        parts, total = tuple(months), seasons[0].heading
    every = tuple(range(len(steps)))
    return (*periods, Period(total, above, every, parts))


def _add_month(periods: list[Period], month: str, rows: pd.DataFrame, words: Words, by_step: bool) -> None:
    """Add the steps of a month and its total; a month that is one step is its own total."""
    heading = words.month(month)
    members = tuple(int(number) for number in rows.index)
    if not by_step:
        periods.append(Period(heading, "", members))
        return
    if len(members) == 1:
        periods.append(Period(words.step_in_month(str(rows["step"].iloc[0])), heading, members))
        return
    first = len(periods)
    periods += [Period(words.step_in_month(str(rows["step"].loc[number])), heading, (number,)) for number in members]
    periods.append(Period(words.text("column.month_total"), heading, members, tuple(range(first, first + len(members)))))
