"""Whose a column of the model is: by the place it speaks of, and the party that place belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from waterdeal.solve.program import Family, Program


def family_indices(family: Family) -> tuple[Any, ...]:
    """Return the indices of a family of columns in order.

    Parameters
    ----------
    family : Family
        Columns of one Var.

    Returns
    -------
    tuple
        One a column; an index of several parts is a tuple.
    """
    if family.index is not None:
        return tuple(family.index)
    return tuple(family.component.index_set()) if family.component.is_indexed() else ((),)


def columns_by_place(program: Program, name: str) -> Iterator[tuple[int, str]]:
    """Yield the columns of a Var with the first part of their index, which is the place they speak of.

    Parameters
    ----------
    program : Program
        The compiled model.
    name : str
        Full name of the Var; nothing comes where the model has none.

    Yields
    ------
    int, str
        Column, and place.
    """
    for family in program.columns:
        if family.name == name:
            for offset, index in enumerate(family_indices(family)):
                yield family.start + offset, str(index[0] if isinstance(index, tuple) else index)


def owners_by_family(inputs: xr.Dataset) -> dict[str, Mapping[str, str]]:
    """Return the party of each place, by the Var whose first index names the place.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs the model was built from.

    Returns
    -------
    dict
        For every Var that a benefit, an energy or a delivery is made of.
    """
    demand, node = _column(inputs, "demand", "demand_party"), _column(inputs, "node", "node_party")
    plant, block = _column(inputs, "plant", "plant_party"), _column(inputs, "power_block", "power_block_party")
    field = _through(inputs, "field", "field_demand", demand)
    crops = ("calibrated_cost", "season_output", "season_water")
    return {
        "demand.delivery": demand,
        "demand.shortage": demand,
        "entitlement.shortfall": _column(inputs, "entitlement", "entitlement_party"),
        "hydropower.turbine_flow": plant,
        "hydropower.energy": plant,
        "power_market.sold": block,
        "reservoir.storage": node,
        "lake.storage": node,
        "benefit.worth": _through(inputs, "benefit", "benefit_demand", demand),
        "groundwater.pumped": _through(inputs, "well", "well_demand", demand),
        "crops.path_area": _through(inputs, "crop_path", "path_field", field),
        **{f"crops.{name}": field for name in crops},
    }


def _column(inputs: xr.Dataset, dim: str, owner: str) -> dict[str, str]:
    """Owner by id of a dim."""
    return dict(zip(inputs[dim].values.astype(str).tolist(), inputs[owner].values.astype(str).tolist(), strict=True))


def _through(inputs: xr.Dataset, dim: str, name: str, owners: Mapping[str, str]) -> dict[str, str]:
    """Owner by id of a dim whose items belong to items with owners."""
    return {item: owners[place] for item, place in _column(inputs, dim, name).items()}
