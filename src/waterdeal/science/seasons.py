"""A crop in the calendar: its coefficient and evapotranspiration by day, stage and step (FAO-56, chapter 6), and days inside steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.calendar import check_steps, next_month
from waterdeal.science.refuse import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from waterdeal.calendar import Step
    from waterdeal.types import Floats, Ints


#: stages of growth on every stage axis: initial, development, mid, late
STAGES = 4


def days_of(steps: Sequence[Step]) -> tuple[date, ...]:
    """Every day of the horizon, whose steps stand in order without gap."""
    refuse(not steps, "there is no step")
    check_steps(steps)
    first = steps[0].start
    return tuple(first + timedelta(days=place) for place in range((steps[-1].end - first).days))


def hold_monthly_rates(monthly: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Hold the rate of each month of the year (January first, on the last axis) on all its days of the horizon."""
    refuse(np.shape(monthly)[-1:] != (12,), "the last axis must hold the twelve months of the year")
    return np.asarray(np.asarray(monthly, dtype=float)[..., [day.month - 1 for day in days_of(steps)]])


def spread_monthly_totals(monthly: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Spread the total of each month of the year (January first, on the last axis), e.g. mm of rain, evenly over its days."""
    lengths = np.array([(next_month(day) - day.replace(day=1)).days for day in days_of(steps)], dtype=float)
    return np.asarray(hold_monthly_rates(monthly, steps) / lengths)


def sum_to_steps(daily: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Add amounts of the days of the horizon (on the last axis) up to steps."""
    count = len(days_of(steps))
    refuse(np.shape(daily)[-1:] != (count,), f"the last axis must hold the {count} days of the horizon")
    first_days = np.array([(step.start - steps[0].start).days for step in steps], dtype=np.int64)
    return np.asarray(np.add.reduceat(np.asarray(daily, dtype=float), first_days, axis=-1))


@dataclass(frozen=True)
class CropCurve:
    """Crop coefficient over a season: level, rising, level, falling."""

    kc_ini: float
    kc_mid: float
    kc_end: float
    lengths: tuple[int, int, int, int]  # days of the initial, development, mid and late stage

    def __post_init__(self) -> None:
        """Refuse negative coefficients and lengths, and an empty season."""
        refuse(min(self.kc_ini, self.kc_mid, self.kc_end) < 0.0, "a crop coefficient is negative")
        bad = len(self.lengths) != STAGES or min(self.lengths) < 0 or not sum(self.lengths)
        refuse(bad, f"stage lengths {self.lengths} must be four numbers of days, 0 or more, not all 0")

    @property
    def days(self) -> int:
        """Length of the season in days."""
        return sum(self.lengths)

    def stages(self) -> Ints:
        """Stage of each day from planting."""
        return np.repeat(np.arange(STAGES), self.lengths)

    def daily(self) -> Floats:
        """Coefficient of each day from planting.

        FAO-56 eq. 66: on the i-th day of the season, linear inside the development and the late stage, so that the last day of each
        has the coefficient of what follows.
        """
        knots, heights = np.cumsum([0, *self.lengths]), np.array([self.kc_ini, self.kc_ini, self.kc_mid, self.kc_mid, self.kc_end])
        day, stage = np.arange(1, self.days + 1, dtype=float), self.stages()
        passed = (day - knots[stage]) / np.array(self.lengths)[stage]
        return np.asarray(heights[stage] + passed * (heights[stage + 1] - heights[stage]))


@dataclass(frozen=True)
class Season:
    """A crop in the calendar: its curve, and the first day of its initial stage, which may lie before the horizon (winter wheat)."""

    curve: CropCurve
    planted: date

    @property
    def harvest(self) -> date:
        """Day after the last: the first on which the land is free again."""
        return self.planted + timedelta(days=self.curve.days)


def daily_coefficients(season: Season, steps: Sequence[Step]) -> tuple[Floats, Ints]:
    """Coefficient and stage of each day of the horizon, 0 and -1 outside the season."""
    ages = np.array([(day - season.planted).days for day in days_of(steps)])
    grown = (ages >= 0) & (ages < season.curve.days)
    places = np.where(grown, ages, 0)
    return np.where(grown, season.curve.daily()[places], 0.0), np.where(grown, season.curve.stages()[places], -1)


def crop_evapotranspiration(season: Season, daily_et0: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Evapotranspiration of an unstressed crop, mm by (..., stage, step): coefficient times reference, day by day, then added up.

    FAO-56 eq. 58; `daily_et0` is mm of each day of the horizon on the last axis (`hold_monthly_rates`). The coefficient at the middle of a
    step times the mean reference is something else where either bends inside it.
    """
    kc, stage = daily_coefficients(season, steps)
    told = f"reference evapotranspiration must hold the {len(kc)} days of the horizon on its last axis"
    refuse(np.shape(daily_et0)[-1:] != kc.shape, told)
    in_stage = np.asarray(stage == np.arange(STAGES)[:, None], dtype=float)
    return sum_to_steps((np.asarray(daily_et0, dtype=float) * kc)[..., None, :] * in_stage, steps)
