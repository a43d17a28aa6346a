"""Crops: areas of fields by path of irrigation, under the water that is delivered, the land there is, and rules.

A path is a way of supplying a crop with a yield and a water use of its own, so that any response of yield to water is planned with exactly
(``waterdeal.science.yields``). Fields that follow a table instead have a water of the season, and an output under perspective cuts
``y <= f(w) a + f'(w) (v - w a)`` (design/model.md, 4.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, grouped_set, members_by

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled


def add_field_rules(block: Any, inputs: Unlabelled) -> None:
    """Add ``land_most``, ``rotation_at_least``, ``rotation_at_most``, ``food_met``, and ``calibrated_cost`` over its tangents."""
    rules = {"LAND": "land_row", "ROTATION": "rotation", "FOOD": "food_need", "COSTED": "costed"}
    add_sets(block, **{name: inputs[dim].values for name, dim in rules.items()}, TANGENT=range(1, inputs.sizes["cost_tangent"] + 1))
    demand, crop = inputs["field_demand"].values, inputs["field_crop"].values
    block.PATHS_ON = _paths_where(block.LAND, inputs["land_counts"].values.astype(bool), inputs)
    block.land = Data(block.LAND, array=inputs["land_area"])
    block.land_most = Rows(block.LAND, rule=_land_most)
    there = inputs["rotation_demand"].values[:, None] == demand
    block.PATHS_ROUND = _paths_where(block.ROTATION, there, inputs)
    block.PATHS_TURNING = _paths_where(block.ROTATION, there & (inputs["rotation_crop"].values[:, None] == crop), inputs)
    add_data(block, inputs, "rotation_least rotation_most", block.ROTATION)
    block.rotation_at_least = Rows(block.ROTATION, rule=_rotation_at_least)
    block.rotation_at_most = Rows(block.ROTATION, rule=_rotation_at_most)
    eaten = (inputs["food_party"].values[:, None] == inputs.at("demand_party", demand)) & (inputs["food_crop"].values[:, None] == crop)
    block.PATHS_FOR = _paths_where(block.FOOD, eaten, inputs)
    tables = [inputs["field"].values.tolist().index(name) for name in inputs["responding"].values.tolist()]
    block.TABLES_FOR = grouped_set(block.FOOD, _members(block.FOOD, eaten[:, tables], inputs["responding"].values))
    add_data(block, inputs, "food_least", block.FOOD)
    block.food_met = Rows(block.FOOD, rule=_food_met)
    add_data(block, inputs, "cost_intercept cost_slope", block.COSTED, block.TANGENT)
    block.calibrated_cost = Columns(block.COSTED, domain=pyo.Reals)
    block.cost_at_least = Rows(block.COSTED, block.TANGENT, rule=_cost_at_least)


def _paths_where(over: Any, chosen: NDArray[np.bool_], inputs: Unlabelled) -> Any:
    """Make the set of paths of the fields chosen, by (rule, field)."""
    fields = inputs["field"].values.tolist()
    of_path = [fields.index(name) for name in inputs["path_field"].values.tolist()]
    return grouped_set(over, _members(over, chosen[:, of_path], inputs["crop_path"].values))


def _members(over: Any, chosen: NDArray[np.bool_], names: NDArray[np.str_]) -> dict[str, list[str]]:
    """Names chosen by each rule."""
    return {rule: names[row].tolist() for rule, row in zip(over, chosen, strict=True)}


def _land_most(block: Any, row: Any) -> Any:
    """Fields that stand together fit on the land."""
    return sum(block.path_area[path] for path in block.PATHS_ON[row]) <= block.land[row]


def _turning(block: Any, rule: Any, share: Any) -> Any:
    """Area of a crop beyond a share of the area of a demand."""
    own = sum(block.path_area[path] for path in block.PATHS_TURNING[rule])
    return own - share * sum(block.path_area[path] for path in block.PATHS_ROUND[rule])


def _rotation_at_least(block: Any, rule: Any) -> Any:
    """A crop has its least share of the area of a demand."""
    return _turning(block, rule, block.rotation_least[rule]) >= 0


def _rotation_at_most(block: Any, rule: Any) -> Any:
    """A crop has no more than its largest share of the area of a demand."""
    return _turning(block, rule, block.rotation_most[rule]) <= 0


def _food_met(block: Any, need: Any) -> Any:
    """A party grows what it needs."""
    by_path = sum(block.path_yield[path] * block.path_area[path] for path in block.PATHS_FOR[need])
    return by_path + sum(block.season_output[field] for field in block.TABLES_FOR[need]) >= block.food_least[need]


def _cost_at_least(block: Any, field: Any, tangent: Any) -> Any:
    """A cost that rises with the area lies above its tangents."""
    line = block.cost_intercept[field, tangent] + block.cost_slope[field, tangent] * _area(block, field)
    return block.calibrated_cost[field] >= line


AFTER = ("demand",)


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``path_area[path]``, ``season_water`` and ``season_output`` of fields that follow a table, and the rows they are under."""
    if not (inputs.sizes["field"] or inputs.sizes["food_need"]):  # food that nobody can grow is still asked for
        return Terms()
    block = model.crops = pyo.Block()
    fields, paths, tables = (inputs[name].values.tolist() for name in ("field", "crop_path", "responding"))
    owners = dict(zip(fields, inputs["field_demand"].values.tolist(), strict=True))
    field_of = inputs["path_field"].values.tolist()
    add_sets(block, FIELD=fields, PATH=paths, TABLE=tables, GROWING=dict.fromkeys(owners.values()))
    block.PATHS_OF = grouped_set(block.FIELD, members_by(field_of, paths))
    block.PATHS_AT = grouped_set(model.demand.DEMAND, members_by([owners[field] for field in field_of], paths))
    block.TABLES_AT = grouped_set(model.demand.DEMAND, members_by([owners[field] for field in tables], tables))
    add_data(block, inputs, "path_water path_consumption", block.PATH, model.TIME)
    add_data(block, inputs, "path_yield path_margin", block.PATH)
    block.path_grown = Data(block.PATH, array=1 - inputs["path_given_up"])
    add_data(block, inputs, "field_area_least field_area_most", block.FIELD)
    block.path_area = Columns(block.PATH, domain=pyo.NonNegativeReals)
    _add_tables(block, inputs)
    block.water_given = Rows(block.GROWING, model.TIME, rule=_water_given)
    block.area_at_least = Rows(block.FIELD, rule=_area_at_least)
    block.area_at_most = Rows(block.FIELD, rule=_area_at_most)
    if "watering" in inputs:  # only of the rest of a season
        waterings = inputs["watering"].values.tolist()
        add_sets(block, WATERING=waterings)
        block.PATHS_FROM = grouped_set(block.WATERING, members_by(inputs["path_watering"].values.tolist(), paths))
        add_data(block, inputs, "watering_area", block.WATERING)
        block.area_kept = Rows(block.WATERING, rule=_area_kept)
    add_field_rules(block, inputs)
    return Terms()


def _add_tables(block: Any, inputs: Unlabelled) -> None:
    """Add fields that follow a table: water of the season, output, and the lines above it."""
    time = block.model().TIME
    add_sets(block, PIECE=range(1, inputs.sizes["response_piece"] + 1))
    add_data(block, inputs, "response_draw response_consumption", block.TABLE, time)
    add_data(block, inputs, "response_by_area response_by_water", block.TABLE, block.PIECE)
    add_data(block, inputs, "response_water_most response_worth response_water_cost", block.TABLE)
    block.season_water = Columns(block.TABLE, domain=pyo.NonNegativeReals)
    block.season_output = Columns(block.TABLE, domain=pyo.NonNegativeReals)
    block.output_most = Rows(block.TABLE, block.PIECE, rule=_output_most)
    block.season_water_most = Rows(block.TABLE, rule=_season_water_most)


def _area(block: Any, field: Any) -> Any:
    """Area of a field."""
    return sum(block.path_area[path] for path in block.PATHS_OF[field])


def _water_given(block: Any, demand: Any, time: Any) -> Any:
    """In every step the crops of a demand take no more than is delivered."""
    taken = sum(block.path_water[path, time] * block.path_area[path] for path in block.PATHS_AT[demand])
    drawn = sum(block.response_draw[field, time] * block.season_water[field] for field in block.TABLES_AT[demand])
    return taken + drawn <= block.model().demand.delivery[demand, time]


def _area_at_least(block: Any, field: Any) -> Any:
    return _area(block, field) >= block.field_area_least[field]


def _area_at_most(block: Any, field: Any) -> Any:
    return _area(block, field) <= block.field_area_most[field]


def _area_kept(block: Any, watering: Any) -> Any:
    """What has got the same water so far keeps its area, whatever it gets from now on."""
    return sum(block.path_area[path] for path in block.PATHS_FROM[watering]) == block.watering_area[watering]


def _output_most(block: Any, field: Any, piece: Any) -> Any:
    """Perspective cut: output under a line of the response, in area and water."""
    by_area = sum(block.response_by_area[field, piece] * block.path_grown[path] * block.path_area[path] for path in block.PATHS_OF[field])
    return block.season_output[field] <= by_area + block.response_by_water[field, piece] * block.season_water[field]


def _season_water_most(block: Any, field: Any) -> Any:
    """No more water than the response is known for."""
    most = sum(block.response_water_most[field] * block.path_grown[path] * block.path_area[path] for path in block.PATHS_OF[field])
    return block.season_water[field] <= most
