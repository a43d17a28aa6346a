"""Build the Pyomo model from inputs: components in order, the balance once, one goal a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.model.balance import add_water_balance
from waterdeal.model.components import (
    benefit,
    canal,
    catchment,
    channel,
    clause,
    crops,
    demand,
    entitlement,
    environment,
    groundwater,
    hydropower,
    lake,
    lake_target,
    power_market,
    pulse,
    reach,
    reservoir,
    return_flow,
    reuse,
    salinity,
    smoothness,
    terminal,
)
from waterdeal.model.network import add_network
from waterdeal.model.objectives.levels import add_goals
from waterdeal.model.symbolic import Goal, Grouped, Rows, put_values
from waterdeal.unlabelled import Unlabelled

if TYPE_CHECKING:
    import xarray as xr

#: the model, in order
COMPONENTS = (
    catchment,
    reach,
    canal,
    reservoir,
    lake,
    demand,
    crops,
    return_flow,
    hydropower,
    power_market,
    benefit,
    environment,
    pulse,
    lake_target,
    channel,
    entitlement,
    terminal,
    groundwater,
    reuse,
    salinity,
    smoothness,
    clause,
)


def build_model(inputs: xr.Dataset) -> Any:
    """Build the allocation model.

    Parameters
    ----------
    inputs : xarray.Dataset
        Checked inputs, all volumes in hm3 per step.

    Returns
    -------
    pyomo.environ.ConcreteModel
        Variables and rows are made when first used; see `materialise`. Add constraints of your own to it freely.

    Examples
    --------
    >>> from waterdeal.examples import two_party_inputs
    >>> model = build_model(two_party_inputs())
    >>> sorted(model.reservoir.BODY)
    ['upper_dam']
    """
    model, read = pyo.ConcreteModel(name="waterdeal"), Unlabelled(inputs)
    add_network(model, read)
    add_water_balance(model, [component.add(model, read) for component in COMPONENTS])
    add_goals(model)
    return model


def refresh_data(model: Any, inputs: xr.Dataset) -> None:
    """Put the data of other inputs into a model, whatever has been added to it; sets, rows and additions stay.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        A model of `build_model`, with or without additions.
    inputs : xarray.Dataset
        Inputs of the same network, steps and rules.

    Raises
    ------
    ValueError
        If rows of the model have been expanded, which keeps the old data in them, or if the inputs ask for other sets.
    """
    if any(isinstance(rows, Rows) and rows.is_expanded for rows in model.component_objects(pyo.Constraint)):
        message = "a model whose rows have been expanded (materialise) cannot take other data: build it anew"
        raise ValueError(message)
    made = [(columns, columns.as_ruled()) for columns in model.component_objects(pyo.Var) if hasattr(columns, "as_ruled")]
    for fresh in build_model(inputs).component_objects(pyo.Param):
        if hasattr(fresh, "values_flat"):
            old = model.find_component(fresh.name)
            if old is None or old.values_flat.shape != fresh.values_flat.shape:
                message = f"{fresh.name} has another size: a change of the rules needs a new model"
                raise ValueError(message)
            put_values(old, fresh.values_flat)
    for columns, elements in made:
        columns.rule_anew(elements)


def materialise(model: Any) -> Any:
    """Expand every variable, row and goal into stock Pyomo elements, in place.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        A model of `build_model`, with or without additions.

    Returns
    -------
    pyomo.environ.ConcreteModel
        The same model: it prints, writes LP files and solves with any Pyomo solver. Goals stay inactive; activate one.
    """
    import pyomo.environ  # noqa: F401 - what writes files and calls solvers, which nothing else here needs

    for groups in model.component_objects(pyo.Set):
        if isinstance(groups, Grouped):
            groups.expand()
    for variable in model.component_objects(pyo.Var):
        for index in variable.index_set():
            variable[index]
    for rows in model.component_objects(pyo.Constraint):
        if isinstance(rows, Rows):
            rows.expand()
    for goal in model.component_objects(pyo.Objective):
        if isinstance(goal, Goal):
            goal.expand()
    return model
