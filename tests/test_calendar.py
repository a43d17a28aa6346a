"""Dekads, months and days, in true days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import pytest

from waterdeal.calendar import (
    Step,
    StepKind,
    check_steps,
    is_growing,
    is_step_start,
    make_steps,
    month_overlaps,
    next_start,
)


@pytest.mark.parametrize("year", [2024, 2026])
@pytest.mark.parametrize("month", range(1, 13))
def test_dekads_of_a_month(year: int, month: int) -> None:
    """Two of ten days, and the rest."""
    first = date(year, month, 1)
    steps = make_steps(first, next_start(first, StepKind.MONTH), StepKind.DEKAD)
    assert [step.days for step in steps] == [10, 10, monthrange(year, month)[1] - 20]
    assert [step.dekad for step in steps] == [1, 2, 3]
    assert [step.label for step in steps] == [f"{year}-{month:02d}-D{dekad}" for dekad in (1, 2, 3)]


@pytest.mark.parametrize(("year", "last"), [(2024, 9), (2025, 8), (2100, 8), (2000, 9)])
def test_lengths_over_a_year(year: int, last: int) -> None:
    """28 dekads of 10 days, 7 of 11 and one of 8 or 9."""
    days = [step.days for step in make_steps(date(year, 1, 1), date(year + 1, 1, 1), StepKind.DEKAD)]
    assert (days.count(10), days.count(11), days.count(last)) == (28, 7, 1)
    assert sum(days) == 366 if last == 9 else 365


@pytest.mark.parametrize(
    ("day", "kind", "after"),
    [
        (date(2026, 4, 1), "dekad", date(2026, 4, 11)),
        (date(2026, 4, 15), "dekad", date(2026, 4, 21)),
        (date(2026, 12, 31), "dekad", date(2027, 1, 1)),
        (date(2026, 12, 1), "month", date(2027, 1, 1)),
        (date(2024, 2, 28), "day", date(2024, 2, 29)),
        (date(2026, 2, 28), "day", date(2026, 3, 1)),
    ],
)
def test_next_start(day: date, kind: str, after: date) -> None:
    """The first day of the next step."""
    assert next_start(day, StepKind(kind)) == after


@pytest.mark.parametrize(("kind", "label"), [("dekad", "2026-04-D1"), ("month", "2026-04"), ("day", "2026-04-01")])
def test_label(kind: str, label: str) -> None:
    """A label tells the kind of step."""
    start = date(2026, 4, 1)
    assert Step(start, next_start(start, StepKind(kind)), StepKind(kind)).label == label


@pytest.mark.parametrize(
    ("start", "end", "kind", "words"),
    [
        (date(2026, 4, 2), date(2026, 5, 1), "dekad", "2026-04-02 is not the first day of a dekad"),
        (date(2026, 4, 1), date(2026, 4, 11), "month", "2026-04-11 is not the first day of a month"),
        (date(2026, 4, 1), date(2026, 4, 1), "day", "not after its start"),
        (date(2026, 4, 1), date(2026, 3, 1), "month", "not after its start"),
    ],
)
def test_refused_periods(start: date, end: date, kind: str, words: str) -> None:
    """A period that is empty or off the borders is refused."""
    with pytest.raises(ValueError, match=words):
        make_steps(start, end, StepKind(kind))


def test_step_starts() -> None:
    """Dekads start on the 1st, 11th and 21st."""
    assert [day for day in range(1, 31) if is_step_start(date(2026, 4, day), StepKind.DEKAD)] == [1, 11, 21]
    assert is_step_start(date(2026, 4, 7), StepKind.DAY)
    assert not is_step_start(date(2026, 4, 11), StepKind.MONTH)


def test_growing_season() -> None:
    """April to September, half a year of 183 days."""
    days = make_steps(date(2026, 1, 1), date(2027, 1, 1), StepKind.DAY)
    assert sum(is_growing(day) for day in days) == 183
    assert not is_growing(make_steps(date(2026, 10, 1), date(2026, 10, 2), StepKind.DAY)[0])


def test_mixed_steps_follow_one_another() -> None:
    """Months then dekads are fine; a gap or an overlap is not."""
    winter = make_steps(date(2025, 10, 1), date(2026, 4, 1), StepKind.MONTH)
    summer = make_steps(date(2026, 4, 1), date(2026, 10, 1), StepKind.DEKAD)
    check_steps(winter + summer)
    assert sum(step.days for step in winter + summer) == 365
    for wrong in (winter[:-1] + summer, winter + winter[-1:]):
        with pytest.raises(ValueError, match="starts on"):
            check_steps(wrong)


def test_month_overlaps() -> None:
    """Days of each month that a step touches."""
    month = make_steps(date(2024, 2, 1), date(2024, 3, 1), StepKind.MONTH)[0]
    assert month_overlaps(month) == ((date(2024, 2, 1), 29),)
    across = Step(date(2026, 12, 21), date(2027, 1, 5), StepKind.DAY)
    assert month_overlaps(across) == ((date(2026, 12, 1), 11), (date(2027, 1, 1), 4))
