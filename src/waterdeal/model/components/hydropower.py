"""Hydropower at a constant production factor: energy = factor x water through the turbines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from waterdeal.model.symbolic import Data, Rows
from waterdeal.model.terms import Terms

if TYPE_CHECKING:
    import xarray as xr


def add(model: Any, inputs: xr.Dataset) -> Terms:
    """Add ``turbine_flow[plant, time]``, at most what runs in the plant's link.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with the shared sets.
    inputs : xarray.Dataset
        ``plant_link``, ``energy_factor``, ``turbine_max``, ``energy_value``.

    Returns
    -------
    Terms
        None: the water stays in its link.
    """
    block = model.hydropower = pyo.Block()
    ids = inputs["plant"].values.tolist()
    block.PLANT = pyo.Set(initialize=ids, dimen=1)
    block.ON = pyo.Set(initialize=list(zip(ids, inputs["plant_link"].values.tolist(), strict=True)), dimen=2)
    block.energy_factor = Data(block.PLANT, array=inputs["energy_factor"])
    block.turbine_max = Data(block.PLANT, model.TIME, array=inputs["turbine_max"])
    block.energy_value = Data(block.PLANT, model.TIME, array=inputs["energy_value"])
    block.turbine_flow = pyo.Var(block.PLANT, model.TIME, bounds=_turbine_bounds, dense=False)
    block.turbine_limit = Rows(block.ON, model.TIME, rule=_turbine_limit)
    return Terms()


def _turbine_bounds(block: Any, plant: Any, time: Any) -> Any:
    return 0, block.turbine_max[plant, time]


def _turbine_limit(block: Any, plant: Any, link: Any, time: Any) -> Any:
    return block.turbine_flow[plant, time] <= block.model().flow[link, time]
