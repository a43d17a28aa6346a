"""Dekads, months, seasons and water years, in true days.

A dekad is a third of a month: days 1-10, 11-20 and the rest, so the third has 8 to 11 days. A step is written
``2026-04-D1`` (dekad), ``2026-04`` (month) or ``2026-04-01`` (day). Ends are always exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray


class StepKind(StrEnum):
    """The lengths a step can have."""

    DEKAD = "dekad"
    MONTH = "month"
    DAY = "day"


DEKAD_FIRST_DAYS = (1, 11, 21)
#: days of a month on which a step can start
_FIRST_DAYS = {StepKind.DEKAD: DEKAD_FIRST_DAYS, StepKind.MONTH: (1,), StepKind.DAY: range(1, 32)}


@dataclass(frozen=True, order=True)
class Step:
    """A time step: its first day, the day after its last, and its label."""

    start: date
    end: date
    kind: StepKind = StepKind.DEKAD  # dekad, month or day

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    @property
    def dekad(self) -> int:
        """Which dekad of the month the step starts in: 1, 2 or 3."""
        return min((self.start.day - 1) // 10, 2) + 1

    @property
    def label(self) -> str:
        """Return ``2026-04-D1``, ``2026-04`` or ``2026-04-01``."""
        month = f"{self.start:%Y-%m}"
        return {StepKind.DEKAD: f"{month}-D{self.dekad}", StepKind.MONTH: month, StepKind.DAY: self.start.isoformat()}[self.kind]


def next_month(day: date) -> date:
    """First day of the month after the one that `day` is in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def next_start(day: date, kind: StepKind) -> date:
    """First day of the step after the one that `day` is in."""
    if kind is StepKind.DAY:
        return day + timedelta(days=1)
    later = next((first for first in _FIRST_DAYS[kind] if first > day.day), None)
    return day.replace(day=later) if later else next_month(day)


def is_step_start(day: date, kind: StepKind) -> bool:
    """Tell whether a step of this kind can start on `day`."""
    return day.day in _FIRST_DAYS[kind]


def make_steps(start: date, end: date, kind: StepKind) -> tuple[Step, ...]:
    """Cut ``[start, end)`` into steps of one kind.

    Examples
    --------
    >>> [step.days for step in make_steps(date(2024, 2, 1), date(2024, 3, 1), StepKind.DEKAD)]
    [10, 10, 9]
    """
    if end <= start:
        raise ValueError(say("general.period_end", end=end, start=start))
    for day in (start, end):
        if not is_step_start(day, kind):
            raise ValueError(say("general.step_start", day=day, kind=kind))
    steps = []
    while start < end:
        steps.append(Step(start, next_start(start, kind), kind))
        start = steps[-1].end
    return tuple(steps)


def is_growing(step: Step, season: tuple[tuple[int, int], tuple[int, int]] = ((4, 1), (10, 1))) -> bool:
    """Tell whether a step starts in the growing season (1 April to 30 September unless told); it may run over the new year."""
    first, last = season
    day = step.start.month, step.start.day
    return first <= day < last if first < last else day >= first or day < last


def day_in(year: int, day: Sequence[int]) -> date:
    """Return a (month, day) in a year; 29 February is 1 March where there is none."""
    return date(year, day[0], 1) + timedelta(days=day[1] - 1)


def season_span(year: int, season: Sequence[Sequence[int]]) -> tuple[date, date]:
    """Return the first day of a season that begins in a year, and the day after its last."""
    first, last = season
    return day_in(year, first), day_in(year + (tuple(last) <= tuple(first)), last)


def month_overlaps(step: Step) -> tuple[tuple[date, int], ...]:
    """Months a step touches, each as its first day with the number of days of it.

    Examples
    --------
    >>> month_overlaps(Step(date(2026, 4, 21), date(2026, 5, 1)))
    ((datetime.date(2026, 4, 1), 10),)
    """
    months = make_steps(step.start.replace(day=1), next_month(step.end - timedelta(days=1)), StepKind.MONTH)
    return tuple((month.start, (min(month.end, step.end) - max(month.start, step.start)).days) for month in months)


def check_steps(steps: Iterable[Step]) -> None:
    """Raise ValueError unless the steps follow one another without gap or overlap."""
    for before, step in pairwise(steps):
        if before.end != step.start:
            raise ValueError(say("general.step_gap", label=step.label, start=step.start, before=before.label, end=before.end))


def water_years(days: NDArray[np.datetime64], start: Sequence[int] = (10, 1)) -> list[int]:
    """Tell the water year of each day, which begins on a (month, day), by the year in which it ends."""
    dates: list[date] = days.astype("datetime64[D]").astype(object).tolist()
    later = tuple(start) != (1, 1)  # one that begins with the year ends in it too
    return [day.year + (later and (day.month, day.day) >= tuple(start)) for day in dates]
