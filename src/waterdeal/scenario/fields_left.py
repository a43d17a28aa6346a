"""Fields in the rest of a season: every part of a field keeps the water it has got, and only what is still to come is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.scenario.field_paths import THOUSAND, later_points, lines_above, response_of
from waterdeal.science.requirement import HM3_PER_MM_KHA
from waterdeal.science.yields import IrrigationPaths, prune, relative_evapotranspiration
from waterdeal.variables import describe

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats

#: area below which there is none, kha; digits to which two pasts are one, mm
NO_AREA, DIGITS = 1e-9, 9


def with_fields_left(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int, *, goes_on: bool) -> xr.Dataset:
    """Return inputs of the rest whose paths go on from what each part of a field has got in the first steps.

    Where all went as planned, a stage that has begun goes on as it was watered, and a field that follows a table gets no more than planned;
    else both may be watered otherwise from now on.
    """
    if not inputs.sizes["field"]:
        return rest
    had = _Past(inputs, past, count, goes_on=goes_on)
    found = {**_waterings(had), **_paths(had), **_responses(had)}
    kept = rest.drop_dims(["crop_path", "watering"], errors="ignore").assign(found)
    area = np.bincount([place for place, parts in enumerate(had.parts) for _ in parts], [part.area for each in had.parts for part in each])
    return describe(kept.assign({f"field_area_{end}": ("field", area) for end in ("least", "most")}))  # what is sown stays


def supplied(past: xr.Dataset, count: int) -> Floats:
    """Share of the water their crops were to take that demands got, by (demand, step); a surplus runs off."""
    given, taken = past["delivery"].values[:, :count], past["crop_water"].values[:, :count]
    return np.asarray(np.divide(given, taken, out=np.ones_like(taken), where=taken > given))


@dataclass
class _Part:
    """A part of a field that got the same water so far."""

    area: float  # kha
    given_up: bool
    levels: Floats  # share of its need that each stage was to get
    short: Floats  # what it missed of its need by stage, mm
    water: float  # what it took at the head gate, hm3 a kha


class _Past:
    """What every part of every field has got."""

    def __init__(self, inputs: xr.Dataset, past: xr.Dataset, count: int, *, goes_on: bool) -> None:
        self.of = {str(name): inputs[name].values for name in inputs.variables}
        self.sown, self.seasons = past["path_area"].values, past["season_water"].values
        order = {name: place for place, name in enumerate(self.of["field"].tolist())}
        owners = (self.of[key].tolist() for key in ("path_field", "responding"))
        self.rows, self.tables = (np.array([order[name] for name in names], dtype=int) for names in owners)
        demands = self.of["demand"].tolist()
        at = [demands.index(name) for name in self.of["field_demand"].tolist()]
        self.goes_on, self.count, self.supplied = goes_on, count, supplied(past, count)[at]
        self.dead = self.of["path_given_up"].astype(bool)
        self.need = self.of["field_need"][:, :, count:]
        begun = self.of["field_need"][:, :, :count].any(axis=2)
        self.open = self.need.any(axis=2) & ~(begun & goes_on) & (self.of["field_response"] != "table")[:, None]

    @cached_property
    def came(self) -> Floats:
        """Water that each field that follows a table has got in the root zone, mm."""
        return self._depth((self.of["response_consumption"][:, : self.count] * self.supplied[self.tables]).sum(axis=1))

    @cached_property
    def comes(self) -> Floats:
        """Water that it is still to get by the plan, mm; without bound where not all went as planned."""
        left = self._depth(self.of["response_consumption"][:, self.count :].sum(axis=1))
        return left if self.goes_on else np.full(len(left), np.inf)

    def _depth(self, share: Floats) -> Floats:
        """A share of the season's water of each field that follows a table, mm."""
        tended = np.bincount(self.rows, self.sown * ~self.dead, minlength=len(self.supplied))[self.tables]
        depth = np.divide(self.seasons * share, tended * HM3_PER_MM_KHA, out=np.zeros(len(share)), where=tended > NO_AREA)
        return np.asarray(depth)

    @cached_property
    def parts(self) -> list[list[_Part]]:
        """Parts of each field; paths that differ only in what is to come are one."""
        of, share = self.of, self.supplied[self.rows]
        level, need = of["path_level"], of["field_need"][self.rows][:, :, : self.count]
        short = (need * (1.0 - level[:, :, None] * share[:, None, :])).sum(axis=2)
        short[np.isin(self.rows, self.tables) | self.dead] = 0.0
        water = (of["path_water"][:, : self.count] * share).sum(axis=1)
        for table, field in enumerate(self.tables.tolist()):
            water[(self.rows == field) & ~self.dead] += HM3_PER_MM_KHA * self.came[table] / of["field_efficiency"][field]
        if "watering" in of:  # the rest of a rest
            before = np.array([of["watering"].tolist().index(name) for name in of["path_watering"].tolist()], dtype=int)
            short, water = short + of["watering_short"][before], water + of["watering_water"][before]
        found: list[dict[tuple[Any, ...], _Part]] = [{} for _ in self.supplied]
        for path, field in enumerate(self.rows.tolist()):
            key = bool(self.dead[path]), *np.round([*short[path], water[path]], DIGITS).tolist()
            part = found[field].setdefault(key, _Part(0.0, key[0], level[path], short[path], float(water[path])))
            part.area += float(self.sown[path])
        return [[part for part in each.values() if part.area > NO_AREA] or list(each.values())[:1] for each in found]

    def futures(self, field: int, part: _Part) -> IrrigationPaths:
        """Ways of watering a part of a field from now on; the share of the full yield is told of all its water."""
        need, form = self.need[field].sum(axis=1), str(self.of["field_response"][field])
        asked, alive = self.of["field_evaporates"][field], (self.rows == field) & ~self.dead
        known = np.unique(self.of["path_level"][alive]).tolist()
        choices = [known if free and known else [own] for free, own in zip(self.open[field].tolist(), part.levels.tolist(), strict=True)]
        levels = np.array(list(product(*choices)), dtype=float)
        missed = part.short + (1.0 - levels) * need
        answer = response_of(form, asked, self.of["field_factor"][field], float(self.of["field_factor_total"][field]))
        grown = answer(relative_evapotranspiration(np.maximum(asked - missed, 0.0), asked))
        return prune(IrrigationPaths(levels, grown, levels[:, :, None] * self.need[field]))


def _labels(had: _Past) -> list[str]:
    """Names of all parts, in order."""
    names = had.of["field"].tolist()
    return [f"{name}_{number}" for name, parts in zip(names, had.parts, strict=True) for number in range(1, len(parts) + 1)]


def _waterings(had: _Past) -> dict[str, Any]:
    """What the parts of fields have got."""
    names, parts = had.of["field"].tolist(), [part for each in had.parts for part in each]
    owners = [name for name, each in zip(names, had.parts, strict=True) for _ in each]
    return {
        "watering": np.array(_labels(had), dtype=str),
        "watering_field": ("watering", np.array(owners, dtype=str)),
        "watering_area": ("watering", np.array([part.area for part in parts])),
        "watering_short": (("watering", "growth_stage"), np.array([part.short for part in parts])),
        "watering_water": ("watering", np.array([part.water for part in parts])),
    }


def _paths(had: _Past) -> dict[str, Any]:
    """Water, yield and margin of every path of the rest; a part that was given up stays so, another may be given up."""
    of, labels = had.of, iter(_labels(had))
    columns: dict[str, list[Any]] = {key: [] for key in ("crop_path", "field", "watering", "given_up", "level", "net", "kept", "share")}
    given, kept = of["field_dated"][:, had.count :], of["field_dated_kept"][:, had.count :]
    for field, parts in enumerate(had.parts):
        name, first = str(of["field"][field]), len(columns["field"])
        table, may_end = bool((had.tables == field).any()), bool(had.dead[had.rows == field].any())
        for part in parts:
            ways, label = had.futures(field, part), next(labels)
            alive, ended = 0 if part.given_up else len(ways.levels), int(may_end or part.given_up)
            gone = np.zeros((ended, given.shape[1]))
            columns["field"] += [field] * (alive + ended)
            columns["watering"] += [label] * (alive + ended)
            columns["given_up"] += [0] * alive + [1] * ended
            columns["level"] += [*ways.levels[:alive], *np.zeros((ended, ways.levels.shape[1]))]
            columns["net"] += [*(ways.step_water[:alive] + given[field]), *gone]
            columns["kept"] += [*(ways.step_water[:alive] + kept[field]), *gone]
            columns["share"] += [*(ways.relative_yield[:alive] * (not table)), *np.zeros(ended)]
        columns["crop_path"] += [f"{name}_{number}" for number in range(1, len(columns["field"]) - first + 1)]
    return _priced(had, columns)


def _priced(had: _Past, columns: dict[str, list[Any]]) -> dict[str, Any]:
    """Put paths as variables, with the margin of their whole season."""
    of, fields = had.of, np.array(columns["field"], dtype=int)
    before = dict(zip(_labels(had), (part.water for each in had.parts for part in each), strict=True))
    water = HM3_PER_MM_KHA * np.array(columns["net"]) / of["field_efficiency"][fields, None]
    grown = np.array(columns["share"]) * of["field_yield_full"][fields]
    worth = (of["field_price"] - of["field_harvest_cost"])[fields] / THOUSAND
    taken = water.sum(axis=1) + np.array([before[label] for label in columns["watering"]])
    return {
        "crop_path": np.array(columns["crop_path"], dtype=str),
        "path_field": ("crop_path", of["field"][fields]),
        "path_watering": ("crop_path", np.array(columns["watering"], dtype=str)),
        "path_level": (("crop_path", "growth_stage"), np.array(columns["level"])),
        "path_given_up": ("crop_path", np.array(columns["given_up"], dtype=int)),
        "path_water": (("crop_path", "time"), water),
        "path_consumption": (("crop_path", "time"), HM3_PER_MM_KHA * np.array(columns["kept"])),
        "path_yield": ("crop_path", grown),
        "path_margin": ("crop_path", grown * worth - of["field_area_cost"][fields] - of["field_water_cost"][fields] * taken),
    }


def _responses(had: _Past) -> dict[str, Any]:
    """Fields that follow a table: its points from the water they have got on, by what they need in the steps that are left."""
    of, steps = had.of, had.need.shape[2]
    pieces, size = of["response_by_area"].shape[1], of["response_water"].shape[1]
    points, lines = np.full((len(had.tables), size, 2), np.nan), np.zeros((len(had.tables), pieces, 2))
    share, most = np.full((len(had.tables), steps), 1.0 / steps), np.zeros(len(had.tables))
    for table, field in enumerate(had.tables.tolist()):
        known = np.isfinite(of["response_water"][table])
        own = later_points(np.column_stack([of["response_water"][table], of["response_share"][table]])[known], had.came[table])
        need = had.need[field].sum(axis=0)
        if need.any():
            share[table] = need / need.sum()
        else:
            own = own[:1]
        points[table, : len(own)], most[table] = own, HM3_PER_MM_KHA * min(own[-1, 0], had.comes[table])
        lines[table] = lines_above(own, float(of["field_yield_full"][field]), pieces)
    return {
        "response_draw": (("responding", "time"), share / of["field_efficiency"][had.tables, None]),
        "response_consumption": (("responding", "time"), share),
        "response_by_area": (("responding", "response_piece"), lines[:, :, 0]),
        "response_by_water": (("responding", "response_piece"), lines[:, :, 1]),
        "response_water_most": ("responding", most),
        "response_water": (("responding", "response_point"), points[:, :, 0]),
        "response_share": (("responding", "response_point"), points[:, :, 1]),
    }
