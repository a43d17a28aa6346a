"""The account of each party in a plan: water, energy, crops, nature, and what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.results.held import refuse_masked

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats


#: columns of an account that are worth something, and add up to its benefit
WORTHS = ("power_worth", "fuel_cost", "power_trade", "crop_margin", "delivery_worth", "storage_worth", "pumping_cost")


def party_accounts(results: xr.Dataset) -> pd.DataFrame:
    """Make the account of each party."""
    refuse_masked(results)
    parties = _parties(results)
    table = pd.DataFrame(index=pd.Index(parties.tolist(), name="party"))
    of_demand, of_plant = (_members(results[f"{dim}_party"].values, parties) for dim in ("demand", "plant"))
    for name in ("requirement", "delivery", "shortage", "consumption"):
        table[name] = of_demand @ results[name].values.sum(axis=1)
    energy = results["energy"].values
    table["energy"] = of_plant @ energy.sum(axis=1)
    table["winter_energy"] = of_plant @ energy[:, results["growing"].values == 0].sum(axis=1)
    table["unserved"] = _members(results["power_market"].values, parties) @ results["power_unserved"].values.sum(axis=1)
    table["cropped"] = _by_demand(results, parties, "field", "field_area")
    starts = results["link_from"].sel(link=results["flow_requirement_link"].values)
    table["flow_missing"] = _members(_land(results, starts), parties) @ results["flow_shortfall"].values.sum(axis=1)
    sold = (results["power_sold"].values * results["power_block_worth"].values).sum(axis=1)
    table["power_worth"] = of_plant @ (energy * results["energy_value"].values).sum(axis=1)
    table["power_worth"] += _members(results["power_block_party"].values, parties) @ sold
    table["fuel_cost"], table["power_trade"] = 0.0, 0.0
    if "power_sent" in results:  # plans of earlier formats know no lines
        fuel = (results["power_generated"].values * results["power_unit_cost"].values).sum(axis=1)
        table["fuel_cost"] -= _members(results["power_unit_party"].values, parties) @ fuel
        table["power_trade"] += _paid_for_power(results, parties)
    table["crop_margin"] = _by_demand(results, parties, "field", "field_margin")
    table["delivery_worth"] = _by_demand(results, parties, "benefit", "benefit_worth")
    stored = results["storage"].values[:, -1] * results["storage_value"].values  # worth something where that is the terminal choice
    table["storage_worth"] = _members(_land(results, results["reservoir"]), parties) @ stored
    table["pumping_cost"] = -_by_demand(results, parties, "well", "pumping_cost")
    table["benefit"] = table[list(WORTHS)].sum(axis=1, skipna=False)  # not known where a worth is not, as in plans of earlier formats
    return table


def unweighed(results: xr.Dataset) -> pd.DataFrame:
    """Water of each party that no worth of its account counts, hm3: what is delivered, and what is left in store at the end."""
    parties = _parties(results)
    weighed = np.isin(results["demand"].values, [*results["benefit_demand"].values, *results["field_demand"].values])
    delivered, stored = results["delivery"].values.sum(axis=1), results["storage"].values[:, -1]
    table = pd.DataFrame(index=pd.Index(parties.tolist(), name="party"))
    table["delivery"] = _members(results["demand_party"].values, parties) @ np.where(weighed, 0.0, delivered)
    table["storage"] = _members(_land(results, results["reservoir"]), parties) @ np.where(results["storage_value"].values == 0, stored, 0.0)
    return table


def _parties(results: xr.Dataset) -> NDArray[np.str_]:
    """Parties of a plan, in order."""
    return np.unique(np.concatenate([results[name].values for name in ("node_party", "demand_party", "plant_party")]))


def _members(owners: NDArray[np.str_], parties: NDArray[np.str_]) -> Floats:
    """Matrix (party, item) of who owns what."""
    return np.asarray(parties[:, None] == owners[None, :], dtype=float)


def _paid_for_power(results: xr.Dataset, parties: NDArray[np.str_]) -> Floats:
    """What each party is paid for energy and transit, less what it pays: of all parties it adds up to nothing."""
    seller, buyer, over = (_members(results[f"power_link_{side}"].values, parties) for side in ("from", "to", "via"))
    came = results["power_received"].values
    price, fee = ((came * results[f"power_link_{name}"].values).sum(axis=1) for name in ("price", "transit"))
    fee = np.where(results["power_link_via"].values == "", 0.0, fee)
    return np.asarray(seller @ price + over @ fee - buyer @ (price + fee))


def _by_demand(results: xr.Dataset, parties: NDArray[np.str_], dim: str, name: str) -> Floats:
    """Sum what belongs to the demands of each party; nothing where the plan has none of it."""
    if name not in results:
        return np.zeros(len(parties))
    owners = results["demand_party"].sel(demand=results[f"{dim}_demand"].values).values
    values = results[name]
    return np.asarray(_members(owners, parties) @ values.sum([dim for dim in values.dims if dim != values.dims[0]]).values)


def _land(results: xr.Dataset, nodes: xr.DataArray) -> NDArray[np.str_]:
    """Parties on whose land nodes lie."""
    return np.asarray(results["node_party"].sel(node=nodes.values).values)
