"""Crops: areas of fields by path of irrigation, under the water that is delivered, the land there is, and rules.

A path is a way of supplying a crop with a yield and a water use of its own, so that any response of yield to water is planned with exactly
(``waterdeal.science.yields``). Fields that follow a table instead have a water of the season, and an output under perspective cuts
``y <= f(w) a + f'(w) (v - w a)`` (design/model.md, 4.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.model.field_rules import add_field_rules
from waterdeal.model.network import grouped_set, members_by
from waterdeal.model.symbolic import Columns, Data, Rows
from waterdeal.model.terms import Terms

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled

AFTER = ("demand",)


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``path_area[path]``, ``season_water`` and ``season_output`` of fields that follow a table, and the rows they are under.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with the demand block.
    inputs : Unlabelled
        The ``field``, ``crop_path``, ``responding``, ``costed``, ``land_row``, ``rotation`` and ``food_need`` variables.

    Returns
    -------
    Terms
        None: the demand takes the water, and its return flow knows what crops keep of it.
    """
    if not (inputs.sizes["field"] or inputs.sizes["food_need"]):  # food that nobody can grow is still asked for
        return Terms()
    block = model.crops = pyo.Block()
    fields, paths, tables = (inputs[name].values.tolist() for name in ("field", "crop_path", "responding"))
    owners = dict(zip(fields, inputs["field_demand"].values.tolist(), strict=True))
    field_of = inputs["path_field"].values.tolist()
    block.FIELD = pyo.Set(initialize=fields, dimen=1)
    block.PATH = pyo.Set(initialize=paths, dimen=1)
    block.TABLE = pyo.Set(initialize=tables, dimen=1)
    block.GROWING = pyo.Set(initialize=list(dict.fromkeys(owners.values())), dimen=1)
    block.PATHS_OF = grouped_set(block.FIELD, members_by(field_of, paths))
    block.PATHS_AT = grouped_set(model.demand.DEMAND, members_by([owners[field] for field in field_of], paths))
    block.TABLES_AT = grouped_set(model.demand.DEMAND, members_by([owners[field] for field in tables], tables))
    for name in ("path_water", "path_consumption"):
        block.add_component(name, Data(block.PATH, model.TIME, array=inputs[name]))
    for name in ("path_yield", "path_margin"):
        block.add_component(name, Data(block.PATH, array=inputs[name]))
    block.path_grown = Data(block.PATH, array=1 - inputs["path_given_up"])
    block.area_least = Data(block.FIELD, array=inputs["field_area_least"])
    block.area_most = Data(block.FIELD, array=inputs["field_area_most"])
    block.path_area = Columns(block.PATH, domain=pyo.NonNegativeReals)
    _add_tables(block, inputs)
    block.water_given = Rows(block.GROWING, model.TIME, rule=_water_given)
    block.area_at_least = Rows(block.FIELD, rule=_area_at_least)
    block.area_at_most = Rows(block.FIELD, rule=_area_at_most)
    add_field_rules(block, inputs)
    return Terms()


def _add_tables(block: Any, inputs: Unlabelled) -> None:
    """Add fields that follow a table: water of the season, output, and the lines above it."""
    time = block.model().TIME
    block.PIECE = pyo.Set(initialize=range(1, inputs.sizes["response_piece"] + 1), dimen=1)
    for name in ("response_draw", "response_consumption"):
        block.add_component(name, Data(block.TABLE, time, array=inputs[name]))
    for name in ("response_by_area", "response_by_water"):
        block.add_component(name, Data(block.TABLE, block.PIECE, array=inputs[name]))
    for name in ("response_water_most", "response_worth", "response_water_cost"):
        block.add_component(name, Data(block.TABLE, array=inputs[name]))
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
    return _area(block, field) >= block.area_least[field]


def _area_at_most(block: Any, field: Any) -> Any:
    return _area(block, field) <= block.area_most[field]


def _output_most(block: Any, field: Any, piece: Any) -> Any:
    """Perspective cut: output under a line of the response, in area and water."""
    by_area = sum(block.response_by_area[field, piece] * block.path_grown[path] * block.path_area[path] for path in block.PATHS_OF[field])
    return block.season_output[field] <= by_area + block.response_by_water[field, piece] * block.season_water[field]


def _season_water_most(block: Any, field: Any) -> Any:
    """No more water than the response is known for."""
    most = sum(block.response_water_most[field] * block.path_grown[path] * block.path_area[path] for path in block.PATHS_OF[field])
    return block.season_water[field] <= most
