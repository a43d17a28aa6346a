"""Rules on the areas of fields: land on every day, rotation, food, and calibrated costs over their tangents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.model.network import grouped_set
from waterdeal.model.symbolic import Columns, Data, Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from waterdeal.unlabelled import Unlabelled


def add_field_rules(block: Any, inputs: Unlabelled) -> None:
    """Add ``land_most``, ``rotation_at_least``, ``rotation_at_most``, ``food_met``, and ``calibrated_cost`` over its tangents.

    Parameters
    ----------
    block : Block
        Block of the crops component, with fields, paths and their variables.
    inputs : Unlabelled
        The ``land_row``, ``rotation``, ``food_need`` and ``costed`` variables.
    """
    rows = {name: inputs[name].values.tolist() for name in ("land_row", "rotation", "food_need", "costed")}
    demand, crop = inputs["field_demand"].values, inputs["field_crop"].values
    party = inputs.at("demand_party", demand)
    block.LAND = pyo.Set(initialize=rows["land_row"], dimen=1)
    block.PATHS_ON = _paths_where(block.LAND, inputs["land_counts"].values.astype(bool), inputs)
    block.land = Data(block.LAND, array=inputs["land_area"])
    block.land_most = Rows(block.LAND, rule=_land_most)
    block.ROTATION = pyo.Set(initialize=rows["rotation"], dimen=1)
    there = inputs["rotation_demand"].values[:, None] == demand
    block.PATHS_ROUND = _paths_where(block.ROTATION, there, inputs)
    block.PATHS_TURNING = _paths_where(block.ROTATION, there & (inputs["rotation_crop"].values[:, None] == crop), inputs)
    for name in ("rotation_least", "rotation_most"):
        block.add_component(name, Data(block.ROTATION, array=inputs[name]))
    block.rotation_at_least = Rows(block.ROTATION, rule=_rotation_at_least)
    block.rotation_at_most = Rows(block.ROTATION, rule=_rotation_at_most)
    eaten = (inputs["food_party"].values[:, None] == party) & (inputs["food_crop"].values[:, None] == crop)
    block.FOOD = pyo.Set(initialize=rows["food_need"], dimen=1)
    block.PATHS_FOR = _paths_where(block.FOOD, eaten, inputs)
    tables = [inputs["field"].values.tolist().index(name) for name in inputs["responding"].values.tolist()]
    block.TABLES_FOR = grouped_set(block.FOOD, _members(block.FOOD, eaten[:, tables], inputs["responding"].values))
    block.food_least = Data(block.FOOD, array=inputs["food_least"])
    block.food_met = Rows(block.FOOD, rule=_food_met)
    block.COSTED = pyo.Set(initialize=rows["costed"], dimen=1)
    block.TANGENT = pyo.Set(initialize=range(1, inputs.sizes["cost_tangent"] + 1), dimen=1)
    for name in ("cost_intercept", "cost_slope"):
        block.add_component(name, Data(block.COSTED, block.TANGENT, array=inputs[name]))
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


def _rotation_at_least(block: Any, rule: Any) -> Any:
    """A crop has its least share of the area of a demand."""
    own = sum(block.path_area[path] for path in block.PATHS_TURNING[rule])
    return own - block.rotation_least[rule] * sum(block.path_area[path] for path in block.PATHS_ROUND[rule]) >= 0


def _rotation_at_most(block: Any, rule: Any) -> Any:
    """A crop has no more than its largest share of the area of a demand."""
    own = sum(block.path_area[path] for path in block.PATHS_TURNING[rule])
    return own - block.rotation_most[rule] * sum(block.path_area[path] for path in block.PATHS_ROUND[rule]) <= 0


def _food_met(block: Any, need: Any) -> Any:
    """A party grows what it needs."""
    by_path = sum(block.path_yield[path] * block.path_area[path] for path in block.PATHS_FOR[need])
    return by_path + sum(block.season_output[field] for field in block.TABLES_FOR[need]) >= block.food_least[need]


def _cost_at_least(block: Any, field: Any, tangent: Any) -> Any:
    """A cost that rises with the area lies above its tangents."""
    area = sum(block.path_area[path] for path in block.PATHS_OF[field])
    return block.calibrated_cost[field] >= block.cost_intercept[field, tangent] + block.cost_slope[field, tangent] * area
