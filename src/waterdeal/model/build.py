"""Build the Pyomo model from inputs: components in order, the balance once, one goal a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from waterdeal.model.balance import add_water_balance
from waterdeal.model.components import (
    canal,
    catchment,
    channel,
    clause,
    demand,
    entitlement,
    environment,
    hydropower,
    lake,
    reach,
    reservoir,
    return_flow,
    smoothness,
    terminal,
)
from waterdeal.model.network import add_network
from waterdeal.model.objectives.levels import add_goals
from waterdeal.model.symbolic import Goal, Rows

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
    return_flow,
    hydropower,
    environment,
    channel,
    entitlement,
    terminal,
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
    model = pyo.ConcreteModel(name="waterdeal")
    add_network(model, inputs)
    add_water_balance(model, [component.add(model, inputs) for component in COMPONENTS])
    add_goals(model)
    return model


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
