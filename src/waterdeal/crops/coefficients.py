"""Crop coefficients by day, and the evapotranspiration of a crop by stage and step (FAO-56, chapter 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.crops.days import days_of, sum_to_steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

    from waterdeal.calendar import Step

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: a coefficient at the end below this is of a crop that dries in the field: climate does not change it (FAO-56, below eq. 65)
_DRY_END = 0.45
#: where the climatic adjustment is known to hold (FAO-56, below eq. 62): wind m/s, relative humidity per cent, height m
_HOLDS = {"wind at 2 m": (1.0, 6.0), "minimum relative humidity": (20.0, 80.0), "crop height": (0.1, 10.0)}
_YEAR = 365


class Stage(IntEnum):
    """The four stages of growth, in the order of every stage axis."""

    INITIAL = 0
    DEVELOPMENT = 1
    MID = 2
    LATE = 3


@dataclass(frozen=True)
class CropCurve:
    """Crop coefficient over a season: level, rising, level, falling.

    Parameters
    ----------
    kc_ini, kc_mid, kc_end : float
        Coefficient in the initial and the mid stage, and on the last day.
    lengths : (int, int, int, int)
        Days of the initial, development, mid and late stage.
    """

    kc_ini: float
    kc_mid: float
    kc_end: float
    lengths: tuple[int, int, int, int]

    def __post_init__(self) -> None:
        """Refuse negative coefficients and lengths, and an empty season."""
        if min(self.kc_ini, self.kc_mid, self.kc_end) < 0.0:
            message = "a crop coefficient is negative"
            raise ValueError(message)
        if len(self.lengths) != len(Stage) or min(self.lengths) < 0 or not sum(self.lengths):
            message = f"stage lengths {self.lengths} must be four numbers of days, 0 or more, not all 0"
            raise ValueError(message)

    @property
    def days(self) -> int:
        """Length of the season in days."""
        return sum(self.lengths)

    def stages(self) -> Ints:
        """Stage of each day from planting."""
        return np.repeat(np.arange(len(Stage)), self.lengths)

    def daily(self) -> Floats:
        """Coefficient of each day from planting.

        FAO-56 eq. 66: on the i-th day of the season, linear inside the development and the late stage, so that the last day of each
        has the coefficient of what follows.
        """
        borders = np.cumsum(self.lengths)
        knots = np.array([0, borders[0], borders[1], borders[2], borders[3]], dtype=float)
        heights = np.array([self.kc_ini, self.kc_ini, self.kc_mid, self.kc_mid, self.kc_end])
        day = np.arange(1, self.days + 1, dtype=float)
        stage = self.stages()
        start, length = knots[stage], np.asarray(self.lengths, dtype=float)[stage]
        return np.asarray(heights[stage] + (day - start) / length * (heights[stage + 1] - heights[stage]))


@dataclass(frozen=True)
class Season:
    """A crop in the calendar.

    Parameters
    ----------
    curve : CropCurve
        Its coefficients.
    planted : datetime.date
        First day of the initial stage; it may lie before the horizon, as that of winter wheat does.
    yearly : bool
        Whether the season comes again on the same date of every year, before and after: perennials, and crops of a horizon of years.
        A curve of 365 days holds its last coefficient on the odd day of a leap year.
    """

    curve: CropCurve
    planted: date
    yearly: bool = False

    def __post_init__(self) -> None:
        """Refuse a yearly season that overlaps itself or starts on a day that most years lack."""
        if self.yearly and self.curve.days > _YEAR:
            message = f"a yearly season of {self.curve.days} days overlaps itself"
            raise ValueError(message)
        if self.yearly and (self.planted.month, self.planted.day) == (2, 29):
            message = "a yearly season cannot start on 29 February"
            raise ValueError(message)

    def age(self, day: date) -> int | None:
        """Place of a day in the season, 0 on the day of planting; None outside it."""
        planted = self.planted
        if self.yearly:
            planted = planted.replace(year=day.year)
            planted = planted if planted <= day else planted.replace(year=day.year - 1)
        age = (day - planted).days
        if self.yearly and age == self.curve.days == _YEAR:
            return age - 1
        return age if 0 <= age < self.curve.days else None


def adjusted_kc_mid(kc_mid: ArrayLike, wind: ArrayLike, rh_min: ArrayLike, height: ArrayLike) -> Floats:
    """Coefficient of the mid stage in a climate other than sub-humid and calm (FAO-56 eq. 62).

    Parameters
    ----------
    kc_mid : array_like
        Tabulated coefficient (at 45 % minimum humidity and 2 m/s).
    wind, rh_min : array_like
        Mean wind at 2 m in the stage, m/s, and mean daily minimum relative humidity, per cent.
    height : array_like
        Mean height of the crop in the stage, m.

    Returns
    -------
    numpy.ndarray
        The coefficient.

    Raises
    ------
    ValueError
        If wind, humidity or height lie outside 1 to 6 m/s, 20 to 80 % or 0.1 to 10 m, where the equation is not known to hold.
    """
    return np.asarray(np.asarray(kc_mid, dtype=float) + _climate_change(wind, rh_min, height))


def adjusted_kc_end(kc_end: ArrayLike, wind: ArrayLike, rh_min: ArrayLike, height: ArrayLike) -> Floats:
    """Coefficient at the end of the late stage in another climate (FAO-56 eq. 65); below 0.45 it stays as it is.

    Parameters
    ----------
    kc_end : array_like
        Tabulated coefficient.
    wind, rh_min : array_like
        Mean wind at 2 m in the stage, m/s, and mean daily minimum relative humidity, per cent.
    height : array_like
        Mean height of the crop in the stage, m.

    Returns
    -------
    numpy.ndarray
        The coefficient.

    Raises
    ------
    ValueError
        If wind, humidity or height lie outside what the equation is known to hold for.
    """
    table = np.asarray(kc_end, dtype=float)
    return np.where(table >= _DRY_END, table + _climate_change(wind, rh_min, height), table)


def _climate_change(wind: ArrayLike, rh_min: ArrayLike, height: ArrayLike) -> Floats:
    """What wind, dryness and height add to a tabulated coefficient."""
    speed, humidity, tall = (np.asarray(values, dtype=float) for values in (wind, rh_min, height))
    for (name, (low, high)), values in zip(_HOLDS.items(), (speed, humidity, tall), strict=True):
        if not ((values >= low) & (values <= high)).all():
            message = f"{name} outside {low:g} to {high:g}: the adjustment is not known to hold; give the nearer limit if that is meant"
            raise ValueError(message)
    return np.asarray((0.04 * (speed - 2.0) - 0.004 * (humidity - 45.0)) * (tall / 3.0) ** 0.3)


def daily_coefficients(season: Season, steps: Sequence[Step]) -> tuple[Floats, Ints]:
    """Coefficient and stage of each day of the horizon.

    Parameters
    ----------
    season : Season
        The crop in the calendar.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        Coefficient of each day, 0 outside the season; stage of each day, -1 outside the season.

    Raises
    ------
    ValueError
        If the steps leave a gap.
    """
    ages = [season.age(day) for day in days_of(steps)]
    grown = np.array([age is not None for age in ages])
    places = np.array([age or 0 for age in ages])
    return np.where(grown, season.curve.daily()[places], 0.0), np.where(grown, season.curve.stages()[places], -1)


def stage_days(season: Season, steps: Sequence[Step]) -> Ints:
    """Days of each step that each stage takes.

    Parameters
    ----------
    season : Season
        The crop in the calendar.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    numpy.ndarray
        Days by (stage, step).

    Raises
    ------
    ValueError
        If the steps leave a gap.
    """
    return sum_to_steps(_in_stage(daily_coefficients(season, steps)[1]), steps).astype(np.int64)


def crop_evapotranspiration(season: Season, daily_et0: ArrayLike, steps: Sequence[Step]) -> Floats:
    """Evapotranspiration of an unstressed crop by stage and step: coefficient times reference, day by day, then added up.

    FAO-56 eq. 58. The coefficient at the middle of a step times the mean reference is something else where either bends inside it.

    Parameters
    ----------
    season : Season
        The crop in the calendar.
    daily_et0 : array_like
        Reference evapotranspiration of each day of the horizon on the last axis, mm; from monthly figures by
        ``waterdeal.crops.days.hold_monthly_rates``.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    numpy.ndarray
        Depth in mm by (..., stage, step); its sum over stages is that of the step.

    Raises
    ------
    ValueError
        If the reference does not cover the days of the horizon.
    """
    kc, stage = daily_coefficients(season, steps)
    reference = np.asarray(daily_et0, dtype=float)
    if reference.ndim == 0 or reference.shape[-1] != len(kc):
        message = f"reference evapotranspiration must hold the {len(kc)} days of the horizon on its last axis"
        raise ValueError(message)
    return sum_to_steps((reference * kc)[..., None, :] * _in_stage(stage), steps)


def harvest(season: Season) -> date:
    """Day after the last of a season.

    Parameters
    ----------
    season : Season
        The crop in the calendar.

    Returns
    -------
    datetime.date
        First day on which the land is free again.
    """
    return season.planted + timedelta(days=season.curve.days)


def _in_stage(stage: Ints) -> Floats:
    """1 where a day is in a stage, by (stage, day)."""
    return np.asarray(stage == np.arange(len(Stage))[:, None], dtype=float)
