"""Grow the crops of a plan again: from the areas sown and the water delivered to yields, output and margins.

The forms of yield over water are written here a second time, from FAO-33 (Doorenbos and Kassam 1979), Rao et al. (1988) and Jensen (1968):
nothing of what made the plan is used. Water that is short in a step is short for all fields of a demand alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.replay.network import numbers

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

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
        self.sown = decisions.variables["path_area"].values.astype(float)
        self.seasons = decisions.variables["season_water"].values.astype(float)
        self.demand_of = numbers(inputs, "field_demand", "demand")
        self.rows, self.tables = numbers(inputs, "path_field", "field"), numbers(inputs, "responding", "field")
        self.need = inputs.variables["field_need"].values
        self.dead = inputs.variables["path_given_up"].values.astype(bool)
        self.crop_depth = inputs.variables["path_level"].values[:, :, None] * self.need[self.rows]
        need = self.need[self.tables].sum(axis=1)
        total = need.sum(axis=1, keepdims=True)
        #: share of the season's water of a field that follows a table, by (table, step)
        self.profile = np.divide(need, total, out=np.full(need.shape, 1 / need.shape[1]), where=total > 0)
        wanted = self._sum("field_dated", 1.0 / inputs.variables["field_efficiency"].values)
        delivery = decisions.variables["delivery"].values
        self.supplied = np.divide(delivery, wanted, out=np.ones_like(wanted), where=wanted > delivery)
        self.water = wanted * self.supplied
        self.consumption = self._sum("field_dated_kept", np.ones(len(self.need))) * self.supplied
        self.area, self.tended = (self._by_field(self.rows, each) for each in (self.sown, self.sown * ~self.dead))
        self.output = self._grown()

    def _by_field(self, rows: NDArray[np.int64], values: Floats) -> Floats:
        """Add up values of paths or tables by field."""
        total = np.zeros(len(self.need))
        np.add.at(total, rows, values)
        return total

    def _depths(self, dated: str) -> Floats:
        """Net water by (path, step), mm: for the crop, and on dates; a crop given up gets none."""
        return np.where(self.dead[:, None], 0.0, self.crop_depth.sum(axis=1) + self.inputs[dated].values[self.rows])

    def _sum(self, dated: str, factor: Floats) -> Floats:
        """Water of all fields by (demand, step), hm3, each times a factor."""
        total = np.zeros((self.inputs.sizes["demand"], self.inputs.sizes["time"]))
        on_paths = HM3_PER_MM_KHA * self.sown[:, None] * self._depths(dated)
        for rows, water in ((self.rows, on_paths), (self.tables, self.seasons[:, None] * self.profile)):
            np.add.at(total, self.demand_of[rows], water * factor[rows][:, None])
        return total

    def _grown(self) -> Floats:
        """Output by field, kt."""
        most = self.inputs["field_yield_full"].values
        by_path = self.sown * most[self.rows] * self._yields()
        output = self._by_field(self.rows, np.where(self.dead | np.isin(self.rows, self.tables), 0.0, by_path))
        for table, field in enumerate(self.tables.tolist()):
            output[field] = self.tended[field] * most[field] * self._from_table(table)
        return output

    def _yields(self) -> Floats:
        """Yield on each path as a share of the full one, from the water that comes."""
        inputs, rows = self.inputs, self.rows
        supplied, asked = self.supplied[self.demand_of[rows]], inputs["field_evaporates"].values[rows]
        short, factors = (self.need[rows] - self.crop_depth * supplied[:, None, :]).sum(axis=2), inputs["field_factor"].values[rows]
        short = short + self.before("watering_short")
        lack = np.clip(np.divide(short, asked, out=np.zeros_like(asked), where=asked > 0), 0.0, 1.0)
        total = asked.sum(axis=1)
        season = np.divide(short.sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
        forms = {
            "table": np.ones(len(rows)),  # none of its water falls in the horizon
            "seasonal": np.maximum(1 - inputs["field_factor_total"].values[rows] * season, 0.0),
            "jensen": ((1 - lack) ** factors).prod(axis=1),
            "additive": np.maximum(1 - (factors * lack).sum(axis=1), 0.0),
            "multiplicative": np.maximum(1 - factors * lack, 0.0).prod(axis=1),
        }
        form = inputs["field_response"].values[rows]
        return np.select([form == name for name in forms], list(forms.values()), default=forms["multiplicative"])

    def before(self, name: str) -> Floats:
        """What each path has of the past; nothing but in the rest of a season."""
        if name not in self.inputs:
            return np.zeros(())
        return np.asarray(self.inputs[name].values[numbers(self.inputs, "path_watering", "watering")])

    def _from_table(self, table: int) -> float:
        """Yield of a field that follows a table as a share of the full one."""
        field = self.tables[table]
        if self.tended[field] <= NO_AREA:
            return 0.0
        came = self.seasons[table] * float(self.profile[table] @ self.supplied[self.demand_of[field]])
        points = self.inputs["response_water"].values[table], self.inputs["response_share"].values[table]
        known = np.isfinite(points[0])
        return float(np.interp(came / self.tended[field] / HM3_PER_MM_KHA, points[0][known], points[1][known]))

    def quantities(self) -> dict[str, Floats]:
        """Everything about fields that a plan tells; money in million USD."""
        inputs = self.inputs
        price = inputs.variables["field_water_cost"].values / inputs.variables["field_efficiency"].values
        drawn = self._by_field(self.rows, HM3_PER_MM_KHA * self.sown * self._depths("field_dated").sum(axis=1))
        drawn += self._by_field(self.tables, self.seasons)
        charged = drawn * price + self._by_field(self.rows, self.sown * self.before("watering_water")) * inputs["field_water_cost"].values
        costed = numbers(inputs, "costed", "field")
        own = self.area[costed]
        added = own * (inputs.variables["cost_linear"].values + own * inputs.variables["cost_curve"].values / 2)
        earned = self.output * (inputs.variables["field_price"].values - inputs.variables["field_harvest_cost"].values) / 1000
        return {
            "field_area": self.area,
            "field_output": self.output,
            "field_yield": np.divide(self.output, self.area, out=np.full(self.area.shape, np.nan), where=self.area > NO_AREA),
            "field_margin": earned - self.area * inputs.variables["field_area_cost"].values - charged - self._by_field(costed, added),
            "calibrated_cost": added,
            "crop_water": self.water,
            "crop_consumption": self.consumption,
        }
