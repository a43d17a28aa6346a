"""A crop in the horizon: what it evaporates and needs by stage and step, when it stands, and what is given on dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.tables import STAGES
from waterdeal.calendar import Step, next_month
from waterdeal.science.evapotranspiration import Climate, reference_evapotranspiration
from waterdeal.science.requirement import Operation, effective_rainfall, net_requirement, operation_depths
from waterdeal.science.seasons import (
    CropCurve,
    Season,
    crop_evapotranspiration,
    daily_coefficients,
    days_of,
    hold_monthly_rates,
    spread_monthly_totals,
    sum_to_steps,
)
from waterdeal.science.weather import MID_MONTH_DAYS, yearly_soil_heat_flux

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.parts_schema import Agriculture
    from waterdeal.types import Floats

#: columns of climate_months.csv that may be blank, by their name in `Climate`
_KNOWN = {"rh_mean": "humidity_percent", "wind": "wind_ms", "sunshine": "sunshine_hours"}


@dataclass(frozen=True)
class FieldClimate:
    """Months of one climate."""

    evaporates: Floats  # reference evapotranspiration, January first: mm a month where it was given, mm a day where it was computed
    rain: Floats
    capillary: Floats
    method: str  # `given`, or the method with what each part was taken from

    def daily_evaporation(self, steps: Sequence[Step]) -> Floats:
        """Reference evapotranspiration of each day of some steps, mm."""
        return spread_monthly_totals(self.evaporates, steps) if self.method == "given" else hold_monthly_rates(self.evaporates, steps)


def field_climates(basin: Basin, asked: Agriculture) -> dict[str, FieldClimate]:
    """Read the climates of a basin."""
    months = basin.table("climate_months")
    found = {}
    for place in basin.table("climates").to_dict("records"):
        rows = months[months["climate"] == place["climate"]].sort_values("month")
        evaporates, method = _reference(rows, float(place["latitude_deg"]), float(place["elevation_m"]))
        rain = effective_rainfall(rows["rain_mm"].to_numpy(), asked.rain, asked.rain_share)
        found[str(place["climate"])] = FieldClimate(evaporates, rain, rows["capillary_mm"].to_numpy(dtype=float), method)
    return found


def _reference(rows: pd.DataFrame, latitude: float, elevation: float) -> tuple[Floats, str]:
    """Reference evapotranspiration of twelve months and how it was found; dew and hoar frost are no water to give a crop."""
    if rows["et0_mm"].notna().all():
        return rows["et0_mm"].to_numpy(dtype=float), "given"
    warm, cold = rows["tmax_c"].to_numpy(dtype=float), rows["tmin_c"].to_numpy(dtype=float)
    known: dict[str, Any] = {name: rows[column].to_numpy(dtype=float) for name, column in _KNOWN.items() if rows[column].notna().all()}
    heat = yearly_soil_heat_flux((warm + cold) / 2.0)
    reference = reference_evapotranspiration(Climate(warm, cold, latitude, elevation, MID_MONTH_DAYS, soil_heat=heat, **known))
    parts = ", ".join(f"{part} from {source}" for part, source in reference.sources.items())
    return np.maximum(reference.values, 0.0), f"{reference.method} ({parts})"


def told_methods(basin: Basin, asked: Agriculture) -> dict[str, str]:
    """Tell how the reference evapotranspiration of each climate was found; nothing where no crops are planned."""
    return {name: climate.method for name, climate in field_climates(basin, asked).items()} if asked.on else {}


@dataclass(frozen=True)
class FieldSeason:
    """One crop in one climate."""

    evaporates: Floats  # evapotranspiration of an unstressed crop over its whole season by stage, mm, days outside the horizon included
    need: Floats  # net irrigation it needs by (stage, step), mm; outside the horizon it is taken to have got all
    need_outside: float  # what it needs of the season's irrigation outside the horizon, mm
    other: Floats  # net irrigation by step of the season before or after it, as far as it falls in the horizon, mm
    stands: NDArray[np.bool_]  # whether the crop is on the field, by day of the horizon; either season
    grown: Floats  # days of the season in each step, as a share of its length

    @property
    def is_grown(self) -> bool:
        """Whether any of the season falls in the horizon."""
        return bool(self.grown.any())


def field_season(crop: Mapping[Any, Any], climate: FieldClimate, steps: Sequence[Step]) -> FieldSeason:
    """Place a crop in the horizon.

    The season is the one that needs most water in the horizon. Winter wheat may have been planted before the horizon; what the season
    before or after it takes in the horizon is counted too, in full.
    """
    curve = _curve(crop)
    years = range(steps[0].start.year - 1, steps[-1].end.year + 1)
    planted = [Season(curve, date(year, int(crop["planting_month"]), int(crop["planting_day"]))) for year in years]
    seasons = [season for season in planted if season.planted < steps[-1].end and season.harvest > steps[0].start]
    if not seasons:
        none, idle = np.zeros(len(days_of(steps)), dtype=bool), np.zeros(len(steps))
        return FieldSeason(np.zeros(len(STAGES)), np.zeros((len(STAGES), len(steps))), 0.0, idle, none, idle)
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
    """Water given to a field whatever its crop evaporates, by step, mm."""

    given: Floats  # net depth: charging before sowing, leaching, percolation of paddies, the next sowing
    kept: Floats  # of it what stays in the soil for crops or the air; leaching and percolation drain away
    busy: NDArray[np.bool_]  # whether the land is taken by an operation, by day of the horizon


def dated_water(field: Mapping[Any, Any], season: FieldSeason, steps: Sequence[Step]) -> DatedWater:
    """Find what a field is given on dates."""
    charged, leached = (_operations(field, kind, steps) for kind in ("presowing", "leaching"))
    depths = [operation_depths(operations, steps).sum(axis=0) for operations in (charged, leached)]
    busy = np.array([any(operation.start <= day < operation.end for operation in (*charged, *leached)) for day in days_of(steps)])
    kept = season.other + depths[0]
    return DatedWater(kept + depths[1] + np.nan_to_num(field["percolation_mm"]) * season.grown, kept, busy)


def _operations(field: Mapping[Any, Any], kind: str, steps: Sequence[Step]) -> list[Operation]:
    """The same operation in each year that the horizon touches."""
    if np.isnan(field[f"{kind}_mm"]):
        return []
    first, last = int(field[f"{kind}_from"]), int(field[f"{kind}_to"])
    operations = [
        Operation(kind, float(field[f"{kind}_mm"]), date(year, first, 1), next_month(date(year + (last < first), last, 1)))
        for year in range(steps[0].start.year - 1, steps[-1].end.year + 1)
    ]
    return [operation for operation in operations if operation.end > steps[0].start and operation.start < steps[-1].end]


def horizon_days(steps: Sequence[Step]) -> int:
    """Days of the horizon."""
    return (steps[-1].end - steps[0].start) // timedelta(days=1)
