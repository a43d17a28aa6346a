"""A crop in the horizon: what it evaporates and needs by stage and step, when it stands, and what is given on dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.field_tables import STAGES
from waterdeal.calendar import Step, next_month
from waterdeal.science.requirement import Operation, net_requirement, operation_depths
from waterdeal.science.seasons import (
    CropCurve,
    Season,
    crop_evapotranspiration,
    daily_coefficients,
    days_of,
    spread_monthly_totals,
    sum_to_steps,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from waterdeal.scenario.field_climate import FieldClimate

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FieldSeason:
    """One crop in one climate.

    Parameters
    ----------
    evaporates : numpy.ndarray
        Evapotranspiration of an unstressed crop over its whole season by stage, mm, days outside the horizon included.
    need : numpy.ndarray
        Net irrigation it needs by (stage, step), mm; outside the horizon it is taken to have got all.
    need_outside : float
        What it needs of the season's irrigation outside the horizon, mm.
    other : numpy.ndarray
        Net irrigation by step of the season before or after it, as far as it falls in the horizon, mm.
    stands : numpy.ndarray
        Whether the crop is on the field, by day of the horizon; either season.
    grown : numpy.ndarray
        Days of the season in each step, as a share of its length.
    """

    evaporates: Floats
    need: Floats
    need_outside: float
    other: Floats
    stands: NDArray[np.bool_]
    grown: Floats

    @property
    def is_grown(self) -> bool:
        """Whether any of the season falls in the horizon."""
        return bool(self.grown.any())


def field_season(crop: Mapping[Any, Any], climate: FieldClimate, steps: Sequence[Step]) -> FieldSeason:
    """Place a crop in the horizon.

    The season is the one that needs most water in the horizon. Winter wheat may have been planted before the horizon; what the season
    before or after it takes in the horizon is counted too, in full.

    Parameters
    ----------
    crop : mapping
        A row of ``crops.csv``.
    climate : FieldClimate
        The climate it grows in.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    FieldSeason
        Depths in mm.
    """
    curve, seasons = _curve(crop), _seasons(_curve(crop), int(crop["planting_month"]), int(crop["planting_day"]), steps)
    shape = (len(STAGES), len(steps))
    if not seasons:
        none = np.zeros(len(days_of(steps)), dtype=bool)
        return FieldSeason(np.zeros(len(STAGES)), np.zeros(shape), 0.0, np.zeros(len(steps)), none, np.zeros(len(steps)))
    standing = [daily_coefficients(season, steps)[1] >= 0 for season in seasons]
    depths = [_depths(season, climate, steps) for season in seasons]
    chosen = max(range(len(seasons)), key=lambda place: (depths[place][1].sum(), standing[place].sum()))
    evaporates, need, outside = depths[chosen]
    other = sum((depth[1].sum(axis=0) for place, depth in enumerate(depths) if place != chosen), start=np.zeros(len(steps)))
    grown = sum_to_steps(standing[chosen].astype(float), steps) / curve.days
    return FieldSeason(evaporates, need, outside, np.asarray(other), np.logical_or.reduce(standing), grown)


def _curve(crop: Mapping[Any, Any]) -> CropCurve:
    """Coefficients of a row of ``crops.csv``."""
    initial, development, mid, late = (int(crop[f"{stage}_days"]) for stage in STAGES)
    return CropCurve(float(crop["kc_ini"]), float(crop["kc_mid"]), float(crop["kc_end"]), (initial, development, mid, late))


def _seasons(curve: CropCurve, month: int, day: int, steps: Sequence[Step]) -> list[Season]:
    """Seasons that touch the horizon."""
    start, end = steps[0].start, steps[-1].end
    seasons = [Season(curve, date(year, month, day)) for year in range(start.year - 1, end.year + 1)]
    return [season for season in seasons if season.planted < end and season.harvest > start]


def _depths(season: Season, climate: FieldClimate, steps: Sequence[Step]) -> tuple[Floats, Floats, float]:
    """Evapotranspiration of a whole season by stage, the net need by (stage, step of the horizon), and the need outside."""
    start, end = steps[0].start, steps[-1].end
    before = [Step(season.planted, start)] if season.planted < start else []
    after = [Step(end, season.harvest)] if season.harvest > end else []
    whole = [*before, *steps, *after]
    evaporates = crop_evapotranspiration(season, climate.daily_evaporation(whole), whole)
    in_stage = daily_coefficients(season, whole)[1] == np.arange(len(STAGES))[:, None]
    rain, risen = (sum_to_steps(spread_monthly_totals(depth, whole) * in_stage, whole) for depth in (climate.rain, climate.capillary))
    need = net_requirement(evaporates, rain, risen)
    inside = need[:, len(before) : len(before) + len(steps)]
    return evaporates.sum(axis=1), inside, float(need.sum() - inside.sum())


@dataclass(frozen=True)
class DatedWater:
    """Water given to a field whatever its crop evaporates, by step, mm.

    Parameters
    ----------
    given : numpy.ndarray
        Net depth: charging before sowing, leaching, percolation of paddies, the next sowing.
    kept : numpy.ndarray
        Of it what stays in the soil for crops or the air; leaching and percolation drain away.
    busy : numpy.ndarray
        Whether the land is taken by an operation, by day of the horizon.
    """

    given: Floats
    kept: Floats
    busy: NDArray[np.bool_]


def dated_water(field: Mapping[Any, Any], season: FieldSeason, steps: Sequence[Step]) -> DatedWater:
    """Find what a field is given on dates.

    Parameters
    ----------
    field : mapping
        A row of ``fields.csv``.
    season : FieldSeason
        Its crop in the horizon.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    DatedWater
        Depths in mm.
    """
    charged, leached = (_operations(field, kind, steps) for kind in ("presowing", "leaching"))
    depths = [operation_depths(operations, steps).sum(axis=0) for operations in (charged, leached)]
    percolation = 0.0 if np.isnan(field["percolation_mm"]) else float(field["percolation_mm"])
    days = np.array(days_of(steps))
    busy = np.zeros(len(days), dtype=bool)
    for operation in (*charged, *leached):
        busy |= (days >= operation.start) & (days < operation.end)
    kept = season.other + depths[0]
    return DatedWater(kept + depths[1] + percolation * season.grown, kept, busy)


def _operations(field: Mapping[Any, Any], kind: str, steps: Sequence[Step]) -> list[Operation]:
    """The same operation in each year that the horizon touches."""
    if np.isnan(field[f"{kind}_mm"]):
        return []
    first, last = int(field[f"{kind}_from"]), int(field[f"{kind}_to"])
    operations = []
    for year in range(steps[0].start.year - 1, steps[-1].end.year + 1):
        end = next_month(date(year + (last < first), last, 1))
        operations.append(Operation(kind, float(field[f"{kind}_mm"]), date(year, first, 1), end))
    return [operation for operation in operations if operation.end > steps[0].start and operation.start < steps[-1].end]


def horizon_days(steps: Sequence[Step]) -> int:
    """Days of the horizon."""
    return (steps[-1].end - steps[0].start) // timedelta(days=1)
