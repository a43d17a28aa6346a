"""Terminal: what must be left in a reservoir at a date, so that a season is not lived at the cost of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

from waterdeal.model.network import add_where_present
from waterdeal.model.symbolic import Data, Rows
from waterdeal.model.terms import Terms

if TYPE_CHECKING:
    import xarray as xr

AFTER = ("reservoir",)


def add(model: Any, inputs: xr.Dataset) -> Terms:
    """Add ``terminal.storage_least`` rows, and the worth of water left where that is the choice.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        Model with the reservoir block.
    inputs : xarray.Dataset
        ``storage_terminal(reservoir, time)``, NaN where nothing is asked; ``storage_value(reservoir)``.

    Returns
    -------
    Terms
        None: a terminal rule moves no water.
    """
    block = model.terminal = pyo.Block()
    add_where_present(block, "DUE", "storage_terminal", inputs["storage_terminal"])
    block.storage_least = Rows(block.DUE, rule=_storage_least)
    last = model.TIME.last()
    valued = inputs["storage_value"].where(inputs["storage_value"] > 0).to_series().dropna()
    block.VALUED = pyo.Set(initialize=[(body, last) for body in valued.index], dimen=2)
    block.storage_value = Data(block.VALUED, array=valued.to_numpy())
    return Terms()


def _storage_least(block: Any, body: Any, time: Any) -> Any:
    return block.model().reservoir.storage[body, time] >= block.storage_terminal[body, time]
