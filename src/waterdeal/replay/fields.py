"""Grow the crops of a plan again: from the areas sown and the water delivered to yields, output and margins.

The forms of yield over water are written here a second time, from FAO-33 (Doorenbos and Kassam 1979), Rao et al. (1988) and Jensen (1968):
nothing of what made the plan is used. Water that is short in a step is short for all fields of a demand alike.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats


#: hm3 of 1 mm on 1 kha
HM3_PER_MM_KHA = 0.01
#: an area below this is none, kha
NO_AREA = 1e-9


class Fields:
    """Fields of a basin, with the areas and the water of a plan."""

    def __init__(self, inputs: xr.Dataset, decisions: xr.Dataset) -> None:
        """Grow every field, and add up what the fields of each demand take."""
        self.inputs = inputs
        self.sown = decisions["path_area"].values.astype(float)
        self.seasons = decisions["season_water"].values.astype(float)
        self.fields, demands = inputs["field"].values.tolist(), inputs["demand"].values.tolist()
        self.demand_of = [demands.index(name) for name in inputs["field_demand"].values.tolist()]
        self.rows = [self.fields.index(name) for name in inputs["path_field"].values.tolist()]
        self.tables = [self.fields.index(name) for name in inputs["responding"].values.tolist()]
        self.need = inputs["field_need"].values
        wanted = self._wanted(1.0 / inputs["field_efficiency"].values)
        delivery = decisions["delivery"].values
        self.supplied = np.ones_like(wanted)
        dry = wanted > delivery
        self.supplied[dry] = delivery[dry] / wanted[dry]
        self.water = wanted * self.supplied
        self.consumption = self._consumed() * self.supplied
        self.area = np.zeros(len(self.fields))
        np.add.at(self.area, self.rows, self.sown)
        self.tended = np.zeros(len(self.fields))
        np.add.at(self.tended, self.rows, self.sown * (1 - inputs["path_given_up"].values))
        self.output = self._grown()

    def _profile(self, table: int) -> Floats:
        """Share of the season's water of a field that follows a table, by step."""
        need = self.need[self.tables[table]].sum(axis=0)
        return np.asarray(need / need.sum() if need.sum() > 0 else np.full(len(need), 1 / len(need)))

    def _crop_depth(self, path: int) -> Floats:
        """Net water for the crop on a path, mm by (stage, step)."""
        return np.asarray(self.inputs["path_level"].values[path][:, None] * self.need[self.rows[path]])

    def _depth(self, path: int, dated: str) -> Floats:
        """Net water on a path by step, mm: for the crop, and on dates; a crop given up gets none."""
        if self.inputs["path_given_up"].values[path]:
            return np.zeros(self.need.shape[2])
        return np.asarray(self._crop_depth(path).sum(axis=0) + self.inputs[dated].values[self.rows[path]])

    def _sum(self, dated: str, factor: Floats) -> Floats:
        """Water of all fields by (demand, step), hm3, each times a factor."""
        total = np.zeros((self.inputs.sizes["demand"], self.inputs.sizes["time"]))
        for path, field in enumerate(self.rows):
            total[self.demand_of[field]] += HM3_PER_MM_KHA * self.sown[path] * self._depth(path, dated) * factor[field]
        for table, field in enumerate(self.tables):
            total[self.demand_of[field]] += self.seasons[table] * self._profile(table) * factor[field]
        return total

    def _wanted(self, factor: Floats) -> Floats:
        """Water that the plan gives its crops at the head gate, hm3 by (demand, step)."""
        return self._sum("field_dated", factor)

    def _consumed(self) -> Floats:
        """Of it what the crops and the soil keep."""
        return self._sum("field_dated_kept", np.ones(len(self.fields)))

    def _grown(self) -> Floats:
        """Output by field, kt."""
        output, most = np.zeros(len(self.fields)), self.inputs["field_yield_full"].values
        for path, field in enumerate(self.rows):
            if not self.inputs["path_given_up"].values[path] and field not in self.tables:
                output[field] += self.sown[path] * most[field] * self.relative_yield(path)
        for table, field in enumerate(self.tables):
            output[field] = self.tended[field] * most[field] * self._from_table(table)
        return output

    def relative_yield(self, path: int) -> float:
        """Yield on a path as a share of the full one, from the water that comes."""
        field = self.rows[path]
        supplied = self.supplied[self.demand_of[field]]
        asked = self.inputs["field_evaporates"].values[field]
        missing = (self.need[field] - self._crop_depth(path) * supplied).sum(axis=1)
        share = [
            1.0 if full <= 0 else min(max(1 - short / full, 0.0), 1.0) for full, short in zip(asked.tolist(), missing.tolist(), strict=True)
        ]
        form, factors = str(self.inputs["field_response"].values[field]), self.inputs["field_factor"].values[field].tolist()
        if form == "table":  # none of its water falls in the horizon
            return 1.0
        if form == "seasonal":
            season = 1 - float(missing.sum() / asked.sum()) if asked.sum() > 0 else 1.0
            return max(1 - float(self.inputs["field_factor_total"].values[field]) * (1 - season), 0.0)
        if form == "jensen":
            return float(math.prod(part**power for part, power in zip(share, factors, strict=True)))
        lost = [factor * (1 - part) for factor, part in zip(factors, share, strict=True)]
        return max(1 - sum(lost), 0.0) if form == "additive" else math.prod(max(1 - loss, 0.0) for loss in lost)

    def _from_table(self, table: int) -> float:
        """Yield of a field that follows a table as a share of the full one."""
        field = self.tables[table]
        if self.tended[field] <= NO_AREA:
            return 0.0
        came = self.seasons[table] * float(self._profile(table) @ self.supplied[self.demand_of[field]])
        points = self.inputs["response_water"].values[table], self.inputs["response_share"].values[table]
        known = np.isfinite(points[0])
        return float(np.interp(came / self.tended[field] / HM3_PER_MM_KHA, points[0][known], points[1][known]))

    def margin(self) -> tuple[Floats, Floats]:
        """Margin by field, and cost beyond that of the area by calibration, million USD."""
        inputs = self.inputs
        earned = self.output * (inputs["field_price"].values - inputs["field_harvest_cost"].values) / 1000
        spent = self.area * inputs["field_area_cost"].values
        for path, field in enumerate(self.rows):
            used = self._depth(path, "field_dated").sum() / inputs["field_efficiency"].values[field]
            spent[field] += HM3_PER_MM_KHA * self.sown[path] * used * inputs["field_water_cost"].values[field]
        for table, field in enumerate(self.tables):
            spent[field] += self.seasons[table] / inputs["field_efficiency"].values[field] * inputs["field_water_cost"].values[field]
        costed = [self.fields.index(name) for name in inputs["costed"].values.tolist()]
        own = self.area[costed]
        added = own * (inputs["cost_linear"].values + own * inputs["cost_curve"].values / 2)
        spent[costed] += added
        return earned - spent, added

    def quantities(self) -> dict[str, Any]:
        """Everything about fields that a plan tells, as (dims, array)."""
        margin, added = self.margin()
        grown = self.area > NO_AREA
        return {
            "field_area": ("field", self.area),
            "field_output": ("field", self.output),
            "field_yield": ("field", np.where(grown, self.output / np.where(grown, self.area, 1.0), np.nan)),
            "field_margin": ("field", margin),
            "calibrated_cost": ("costed", added),
            "crop_water": (("demand", "time"), self.water),
            "crop_consumption": (("demand", "time"), self.consumption),
        }
