"""Environment: least flows for health and for nature; what is missing is explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from waterdeal.model.symbolic import Data, Rows
from waterdeal.model.terms import Terms

if TYPE_CHECKING:
    import xarray as xr


def add(model: Any, inputs: xr.Dataset) -> Terms:
    """Add ``flow_shortfall[flow_requirement, time]`` and ``flow_minimum`` rows.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with the shared sets.
    inputs : xarray.Dataset
        ``flow_minimum``, ``flow_requirement_link``, ``flow_requirement_kind``.

    Returns
    -------
    Terms
        None: a least flow moves no water.
    """
    block = model.environment = pyo.Block()
    ids = inputs["flow_requirement"].values.tolist()
    kinds = inputs["flow_requirement_kind"].values.tolist()
    block.FLOW_REQUIREMENT = pyo.Set(initialize=ids, dimen=1)
    block.SANITARY = pyo.Set(initialize=[i for i, kind in zip(ids, kinds, strict=True) if kind == "sanitary"], dimen=1)
    block.NATURE = pyo.Set(initialize=[i for i, kind in zip(ids, kinds, strict=True) if kind != "sanitary"], dimen=1)
    block.ON = pyo.Set(initialize=list(zip(ids, inputs["flow_requirement_link"].values.tolist(), strict=True)), dimen=2)
    block.flow_asked = Data(block.FLOW_REQUIREMENT, model.TIME, array=inputs["flow_minimum"])
    block.flow_shortfall = pyo.Var(block.FLOW_REQUIREMENT, model.TIME, bounds=_shortfall_bounds, dense=False)
    block.flow_minimum = Rows(block.ON, model.TIME, rule=_flow_minimum)
    return Terms()


def _shortfall_bounds(block: Any, requirement: Any, time: Any) -> Any:
    return 0, block.flow_asked[requirement, time]


def _flow_minimum(block: Any, requirement: Any, link: Any, time: Any) -> Any:
    return block.model().flow[link, time] + block.flow_shortfall[requirement, time] >= block.flow_asked[requirement, time]
