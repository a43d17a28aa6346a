"""Paths of irrigation of every field: its water, yield and margin at each way of supplying it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.tables import STAGES
from waterdeal.scenario.field_season import dated_water
from waterdeal.science.requirement import HM3_PER_MM_KHA, Efficiency
from waterdeal.science.yields import (
    IrrigationPaths,
    additive_yield,
    jensen_yield,
    make_paths,
    multiplicative_yield,
    prune,
    salinity_factor,
    seasonal_yield,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from waterdeal.calendar import Step
    from waterdeal.scenario.field_season import DatedWater, FieldSeason
    from waterdeal.scenario.parts_schema import Agriculture
    from waterdeal.types import Floats


#: a thousand USD a kha is a USD a ha: a million USD a kha is a thousand
THOUSAND = 1000.0


@dataclass(frozen=True)
class FieldPlan:
    """Everything about one field that the model and the replay need; depths mm, areas kha, money million USD."""

    row: Mapping[Any, Any]  # the row of `fields.csv` with that of `field_demands.csv` and of `crops.csv`
    season: FieldSeason  # the crop in the horizon
    dated: DatedWater  # what is given on dates
    response: str  # form of its response, or `table`
    paths: IrrigationPaths  # ways of supplying it; one of full need where it follows a table
    points: Floats  # table of (net water mm, share of the yield), or no row

    @property
    def efficiency(self) -> float:
        """Share of the water at the head gate that reaches the root zone."""
        return Efficiency(*(float(self.row[f"{part}_efficiency"]) for part in ("application", "distribution", "conveyance"))).total

    @property
    def salt_factor(self) -> float:
        """Share of the yield that the salt of the soil leaves (Maas and Hoffman); 1 where it is not known."""
        salt, threshold, slope = (self.row[name] for name in ("ece_ds_m", "salt_threshold_ds_m", "salt_slope"))
        return 1.0 if np.isnan([salt, threshold, slope]).any() else float(salinity_factor(salt, threshold, slope))

    @property
    def full_yield(self) -> float:
        """Yield at full supply on the soil as it is, t/ha; none where the season is not in the horizon."""
        return float(self.row["yield_t_ha"]) * self.salt_factor * self.season.is_grown

    @property
    def area_cost(self) -> float:
        """Cost of a kha without water and harvest, million USD; none where the season is not in the horizon."""
        return float(self.row["cost_usd_ha"]) / THOUSAND * self.season.is_grown

    @property
    def water_cost(self) -> float:
        """What a hm3 at the head gate costs, million USD."""
        return float(np.nan_to_num(self.row["water_cost_usd_m3"]))

    @property
    def may_be_given_up(self) -> bool:
        """Whether it may be sown and get no water; a perennial with a survival share may not."""
        return bool(np.isnan(self.row["survival_share"]))

    @property
    def full_water(self) -> Floats:
        """Water at full supply by step, hm3 a kha at the head gate."""
        net = self.dated.given + (self.table_water if self.points.size else self.season.need.sum(axis=0))
        return np.asarray(HM3_PER_MM_KHA * net / self.efficiency)

    @property
    def step_share(self) -> Floats:
        """Share of the season's water given in each step, as the need falls; even where there is none."""
        need = self.season.need.sum(axis=0)
        return np.asarray(need / need.sum() if need.any() else np.full(len(need), 1.0 / len(need)))

    @property
    def table_water(self) -> Floats:
        """Water of the last point of the table by step, mm."""
        return np.asarray(self.points[-1, 0] * self.step_share)

    def path_depths(self) -> tuple[Floats, Floats]:
        """Net water given, and of it consumed, by (path, step), mm; the last path is the one given up, if there is one.

        Where a field follows a table, the water of its crop is none of its path.
        """
        crop = np.zeros((1, len(self.dated.given))) if self.points.size else self.paths.step_water
        gone = np.zeros((int(self.may_be_given_up), crop.shape[1]))
        return np.vstack([crop + self.dated.given, gone]), np.vstack([crop + self.dated.kept, gone])

    def path_shares(self) -> Floats:
        """Yield of each path as a share of the full one; none where a table tells it."""
        grown = np.zeros(1) if self.points.size else self.paths.relative_yield
        return np.concatenate([grown, np.zeros(int(self.may_be_given_up))])

    def path_levels(self) -> Floats:
        """Share of its need that each stage gets, by (path, stage); none where a table tells the water."""
        grown = np.zeros((1, len(STAGES))) if self.points.size else self.paths.levels
        return np.vstack([grown, np.zeros((int(self.may_be_given_up), len(STAGES)))])


def plan_field(row: Mapping[Any, Any], season: FieldSeason, points: Floats, asked: Agriculture, steps: Sequence[Step]) -> FieldPlan:
    """Make the paths of a field."""
    form = "table" if points.size else asked.response_by_crop.get(str(row["crop"]), asked.response)
    points = _in_horizon(points, season)
    dated = dated_water(row, season, steps)
    # what is not irrigated - rain, soil, days outside the horizon - is the crop's at any level
    evaporates = np.column_stack([season.need, season.evaporates - season.need.sum(axis=1)])
    need = np.column_stack([season.need, np.zeros(len(STAGES))])
    levels = (1.0,) if points.size else supply_levels(row, form, asked)
    by_stage = factors(row, "jensen" if form == "jensen" else "ky")
    response = response_of(form, season.evaporates, by_stage, float(row["ky_total"]))
    made = prune(make_paths(levels, np.maximum(evaporates, 0.0), need, response))
    paths = IrrigationPaths(made.levels, made.relative_yield, made.water[:, :, :-1])
    return FieldPlan(row, season, dated, form, paths, points)


def _in_horizon(points: Floats, season: FieldSeason) -> Floats:
    """A table of the water in the horizon: what is needed outside it the crop is taken to have got, as on a path."""
    inside = float(season.need.sum())
    if not points.size or inside == 0.0:
        return points[:0]
    before = points[-1, 0] * season.need_outside / (inside + season.need_outside)
    return later_points(points, before)


def later_points(points: Floats, before: float) -> Floats:
    """A table of the water after so much of it."""
    later = points[points[:, 0] > before]
    first = [0.0, float(np.interp(before, points[:, 0], points[:, 1]))]
    return np.vstack([first, np.column_stack([later[:, 0] - before, later[:, 1]])])


def lines_above(points: Floats, full: float, count: int) -> Floats:
    """Perspective cuts ``y <= f(w) a + f'(w) (v - w a)`` of a table, as (kt a kha, kt a hm3); the last one again to fill up.

    Of a single point the line is flat.
    """
    water, output = HM3_PER_MM_KHA * points[:, 0], full * points[:, 1]
    if len(points) == 1:
        return np.repeat([[output[0], 0.0]], count, axis=0)
    slope = np.diff(output) / np.diff(water)
    lines = np.column_stack([output[:-1] - slope * water[:-1], slope])
    return np.vstack([lines, np.repeat(lines[-1:], count - len(lines), axis=0)])


def supply_levels(row: Mapping[Any, Any], form: str, asked: Agriculture) -> tuple[float, ...]:
    """Levels of supply from which paths are made.

    Along the water of one stage the additive, the multiplicative and the seasonal response are straight, or bent upwards by their floor.
    So a level between two others yields no more than a mix of areas at the two, with the same water: the first and the last are enough.
    """
    least = float(np.nan_to_num(row["survival_share"]))
    levels = sorted({max(level, least) for level in asked.supply_levels})
    return tuple(levels) if form == "jensen" else tuple(sorted({levels[0], levels[-1]}))


def response_of(form: str, evaporates: Floats, by_stage: Floats, total: float) -> Callable[[Floats], Floats]:
    """Relative yield by path from relative evapotranspiration by (path, stage); factors are those of the stages, and of the season."""
    staged = {"additive": additive_yield, "multiplicative": multiplicative_yield, "jensen": jensen_yield}
    if form in staged:
        return partial(staged[form], by_stage)
    if form == "seasonal":
        weights = evaporates / evaporates.sum() if evaporates.any() else np.full(len(STAGES), 1.0 / len(STAGES))
        return lambda relative: seasonal_yield(total, relative @ weights)
    return lambda relative: np.ones(len(relative))


def factors(row: Mapping[Any, Any], kind: str) -> Floats:
    """Factors of the four stages."""
    return np.array([float(row[f"{kind}_{stage}"]) for stage in STAGES])
