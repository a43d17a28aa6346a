"""Results as tidy tables, one row a place and step: plain numbers under the names of ``variables.csv``, no words, no rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.results.quantities import CONSUMED, storage_before, summed_at
from waterdeal.units import volume_to_rate
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import deal_of, names_of

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

#: volumes below this are none, hm3
SMALL = 1e-4
#: part of a limit by which requirements may differ from it and still have been made from it
SAME = 1e-3


def wilful_spills(results: xr.Dataset) -> pd.DataFrame:
    """List the spills of a plan that outlets or storage could have taken."""
    bodies = results.variables["reservoir"].values
    operated = (results["node_kind"].sel(node=bodies).values == "reservoir")[:, None]
    outlets = np.isin(results.variables["link_kind"].values, ["river", "canal"])
    carried = summed_at(results.variables["flow_max"].values[outlets], results.variables["link_from"].values[outlets], bodies)
    outlet_room = np.minimum(carried, results.variables["release_max"].values) - results.variables["release"].values
    storage_room = results.variables["storage_max"].values - results.variables["flood_space"].values - results.variables["storage"].values
    spill = results.variables["spill"].values
    body, step = np.nonzero(operated & (spill > SMALL) & (outlet_room > SMALL) & (storage_room > SMALL))
    rooms = {name: room[body, step] for name, room in (("spill", spill), ("outlet_room", outlet_room), ("storage_room", storage_room))}
    return pd.DataFrame({"reservoir": bodies[body].astype(str), "step": results.variables["step"].values[step].astype(str), **rooms})


def equal_by_construction(results: xr.Dataset) -> NDArray[np.bool_]:
    """Whether what counts against each limit requires just the limit as published: then its use tells of the tables, not of the plan."""
    asked = np.einsum("edt,dt->e", results.variables["entitlement_counts"].values, results.variables["requirement"].values)
    published = results["entitlement_published" if "entitlement_published" in results else "entitlement_volume"].values
    same = np.abs(asked - published) <= SAME * published
    return np.asarray(same & (results.variables["entitlement_measure"].values == "limit") & (published > 0))


def aquifer_table(results: xr.Dataset) -> pd.DataFrame:
    """Balance of each aquifer: start + recharge - pumped - baseflow = end."""
    total = {name: results.variables[name].values.sum(axis=1) for name in ("recharge", "baseflow", "pumped", "pumping_energy")}
    aquifers, owners = results.variables["aquifer"].values, results.variables["well_aquifer"].values
    return pd.DataFrame(
        {
            "aquifer": aquifers.astype(str),
            "party": results.variables["aquifer_party"].values.astype(str),
            "start": results.variables["aquifer_initial"].values,
            "recharge": total["recharge"],
            "pumped": summed_at(total["pumped"], owners, aquifers),
            "baseflow": total["baseflow"],
            "end": results.variables["aquifer_storage"].values[:, -1],
            "debt": results.variables["groundwater_debt"].values,
            "energy": summed_at(total["pumping_energy"], owners, aquifers),
        }
    )


def salt_table(results: xr.Dataset) -> pd.DataFrame:
    """Salt of every link with a limit, and of every link into an outlet, over the horizon or the steps of its limit."""
    names = ("salt_limit_link", "salt_limit_value", "salt_limit_season", "salt_excess", "salt_above")
    rows = [
        (str(link), float(limit), *_carried(results, str(link), season > 0), float(missing.sum()), int((above > 1e-6).sum()))
        for link, limit, season, missing, above in zip(*(results[name].values for name in names), strict=True)
    ]
    if results.sizes["salt_link"]:
        kinds = results["node_kind"].sel(node=results["link_to"].values).values
        others = results["link"].values[(kinds == "outlet") & ~np.isin(results["link"].values, results["salt_limit_link"].values)]
        always = np.ones(results.sizes["time"], dtype=bool)
        rows += [(str(link), np.nan, *_carried(results, str(link), always), np.nan, 0) for link in others]
    return pd.DataFrame(rows, columns=["place", "limit", "mean", "most", "load", "missing", "steps_above"])


def _carried(results: xr.Dataset, link: str, held: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Mean and highest concentration, and salt that enters a link in some steps."""
    load = results["salt_load"].sel(salt_link=link).values[held]
    water, strong = results["flow"].sel(link=link).values[held], results["salinity"].sel(salt_link=link).values[held]
    known = strong[np.isfinite(strong)]
    total = float(water.sum())
    return float(load.sum()) / total if total > 0 else np.nan, float(known.max()) if known.size else np.nan, float(load.sum())


def field_table(results: xr.Dataset) -> pd.DataFrame:
    """Fields of a plan."""
    read = Unlabelled(results)
    fields, demands, crops = (read[name].values for name in ("field", "field_demand", "field_crop"))
    labels = {"party": read.at("demand_party", demands), "field": fields, "demand": demands, "crop": crops}
    table = pd.DataFrame({name: values.astype(str) for name, values in labels.items()})
    for name in ("area_historic", "area", "output", "yield", "margin"):
        table[name] = results.variables[f"field_{name}"].values
    owners = (("path_area", "path_field"), ("season_water", "responding"))
    for name, each in (("water", ("path_water", "response_draw")), ("consumption", CONSUMED)):
        parts = ((read[amount].values * read[part].values.sum(axis=1), owner) for (amount, owner), part in zip(owners, each, strict=True))
        table[name] = sum(summed_at(taken, read[owner].values, fields) for taken, owner in parts)
    return table


def crop_table(results: xr.Dataset) -> pd.DataFrame:
    """Crops of each party."""
    columns = ["area", "output", "water", "consumption", "margin"]
    sums = field_table(results).groupby(["party", "crop"], sort=False)[columns].sum().reset_index()
    sums.insert(4, "yield", np.divide(sums["output"], sums["area"], out=np.full(len(sums), np.nan), where=(sums["area"] > 0).to_numpy()))
    return sums


#: what comes in and what goes out, in the order in which a balance is read
BALANCE_IN = ("runoff", "inflow_others", "return_flow")
BALANCE_OUT = (
    "delivery_own", "delivery_others", "outflow_others", "evaporation", "loss", "left_basin", "storage_change", "transit_change",
)  # fmt: skip


def round_to_total(values: Floats, digits: int, total: float | None = None) -> Floats:
    """Round values so that they add up exactly to a rounded total.

    Each value is rounded to the nearest; what is then missing or too much is given, unit by unit, to the values that were furthest
    from their rounded figure (largest remainder). A zero stays a zero, and nothing positive turns negative, where there is a choice.

    Examples
    --------
    >>> round_to_total(np.array([1 / 3, 1 / 3, 1 / 3]), 1).tolist()
    [0.4, 0.3, 0.3]
    """
    scaled = np.asarray(values, dtype=float) * 10.0**digits
    goal = round(float(scaled.sum() if total is None else total * 10.0**digits))
    units = np.rint(scaled)
    missing = goal - round(float(units.sum()))
    while missing and units.size:
        way = float(np.sign(missing))
        gain = (scaled - units) * way
        rank = np.where(np.abs(scaled) < 1e-6, -np.inf, gain) if np.any(np.abs(scaled) >= 1e-6) else gain
        spared = np.where((scaled >= 0) & (units + way < 0), -np.inf, rank)
        chosen = int(np.argmax(spared if np.isfinite(spared).any() else rank))
        units[chosen] += way
        missing -= int(way)
    return np.round(units / 10.0**digits, digits)


def party_order(results: xr.Dataset) -> list[str]:
    """Parties in the order of ``parties.csv``, those of the deal first."""
    present = {*results.variables["demand_party"].values.tolist(), *results.variables["node_party"].values.tolist()} - {""}
    named = [name for name in dict.fromkeys([*deal_of(results), *names_of(results)]) if name in present]
    return named + sorted(present - set(named))


def step_table(results: xr.Dataset) -> pd.DataFrame:
    """Steps of the horizon with the month and season they belong to."""
    growing = results.variables["growing"].values.astype(bool)
    starts = pd.DatetimeIndex(results.variables["time"].values)
    first = np.maximum.accumulate(np.where(np.append(True, growing[1:] != growing[:-1]), np.arange(len(growing)), 0))
    season = [f"{'growing' if grows else 'non_growing'}_{starts[begin].year}" for grows, begin in zip(growing, first, strict=True)]
    labels, days = results.variables["step"].values.astype(str), results.variables["step_length"].values
    return pd.DataFrame({"step": labels, "month": starts.strftime("%Y-%m"), "season": season, "start": starts, "days": days})


def _long(results: xr.Dataset, dim: str, values: dict[str, Floats]) -> pd.DataFrame:
    """Stack arrays of (item, step) to one row an item and step."""
    items = pd.DataFrame({dim: results[dim].values.astype(str)})
    return items.merge(step_table(results), how="cross").assign(**{name: array.ravel() for name, array in values.items()})


def reservoir_table(results: xr.Dataset) -> pd.DataFrame:
    """Regime of each reservoir and lake in each step."""
    storage, bodies = results.variables["storage"].values, results.variables["reservoir"].values
    regime = {
        "storage_start": storage_before(results.variables["storage_initial"].values, storage),
        **{name: results.variables[name].values for name in ("reservoir_inflow", "release", "spill")},
        "withdrawal": summed_at(results.variables["delivery"].values, results.variables["demand_node"].values, bodies),
        **{name: results.variables[name].values for name in ("evaporation", "storage", "level")},
    }
    table = _long(results, "reservoir", regime)
    table["inflow_rate"] = volume_to_rate(table["reservoir_inflow"], table["days"])
    table["release_rate"] = volume_to_rate(table["release"] + table["spill"], table["days"])
    return table


def reach_table(results: xr.Dataset) -> pd.DataFrame:
    """Balance of each reach and canal over the horizon: what enters, is lost, stays on the way and arrives."""
    table = pd.DataFrame({name: results.variables[name].values.astype(str) for name in ("link", "link_kind", "link_from", "link_to")})
    for name in ("flow", "loss", "arrival"):
        table[name] = results[name].sum("time").values
    gained = (results["transit_final"] - results["transit_initial"]).rename(lagged_link="link")
    table.insert(5, "transit_change", gained.reindex(link=results["link"], fill_value=0.0).values)
    return table


def party_balance_table(results: xr.Dataset) -> pd.DataFrame:
    """Water balance of each party's territory over the horizon.

    Water crosses a border when it arrives, so both sides read the same figure; what is lost on the way counts where it entered.
    """
    read, reach, parties = Unlabelled(results), reach_table(results), np.array(party_order(results), dtype=str)
    left, reached = (read.at("node_party", reach[end]) for end in ("link_from", "link_to"))
    demand_at, stored_at = read.at("node_party", read["demand_node"].values), read.at("node_party", read["reservoir"].values)
    given, served, here = read["delivery"].values.sum(axis=1), read["demand_party"].values, read["node_party"].values
    nodes = {name: read[name].values.sum(axis=1) for name in ("runoff", "inflow_returned", "inflow_ground")}
    ended = sum(nodes.values()) * (read["node_kind"].values == "outlet")
    arrival, crosses, own = reach["arrival"].to_numpy(), left != reached, demand_at == served
    to_outlet = read.at("node_kind", reach["link_to"]) == "outlet"
    items = {
        "runoff": (nodes["runoff"], here),
        "inflow_others": (arrival * crosses, reached),
        "return_flow": (nodes["inflow_returned"], here),
        "delivery_own": (given * own, demand_at),
        "delivery_others": (given * ~own, demand_at),
        "outflow_others": (arrival * crosses, left),
        "evaporation": (read["evaporation"].values.sum(axis=1), stored_at),
        "loss": (reach["loss"].to_numpy(), left),
        "left_basin": (np.append(arrival * to_outlet, ended), np.append(reached, here)),
        "storage_change": (read["storage"].values[:, -1] - read["storage_initial"].values, stored_at),
        "transit_change": (reach["transit_change"].to_numpy(), left),
        "from_ground": (nodes["inflow_ground"], here),
        "seepage": (read["seepage"].values.sum(axis=1), stored_at),
    }
    columns = {name: summed_at(values, owners, parties) for name, (values, owners) in items.items()}
    table = pd.DataFrame(columns, index=pd.Index(parties.tolist(), name="party"), dtype=float)
    there = {"from_ground": results.sizes["aquifer"] + results.sizes["reuse"], "seepage": int(results["seepage_share"].values.any())}
    return table.drop(columns=[name for name, count in there.items() if not count])


def balance_items(balance: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Items of a balance of parties that come in, and that go out: water from below and seepage only where a plan has them."""
    from_below, seeping = ([name] if name in balance else [] for name in ("from_ground", "seepage"))
    return [*BALANCE_IN, *from_below], [*BALANCE_OUT, *seeping]


def entitlement_table(results: xr.Dataset) -> pd.DataFrame:
    """Entitlements against what was counted towards them."""
    steps = step_table(results)
    names = {"entitlement": "entitlement", **{name: f"entitlement_{name}" for name in ("party", "measure", "link")}}
    table = pd.DataFrame({column: results.variables[name].values.astype(str) for column, name in names.items()})
    within = results.variables["entitlement_season"].values > 0
    table["season"] = [steps["season"].iloc[int(np.argmax(row))] if row.any() else "" for row in within]
    for name in ("entitlement_volume", "entitlement_delivered", "entitlement_shortfall"):
        table[name] = results.variables[name].values
    table["entitlement_published"] = results["entitlement_published" if "entitlement_published" in results else "entitlement_volume"].values
    table["used"] = table["entitlement_delivered"] / table["entitlement_volume"].where(table["entitlement_volume"] > 0)
    return table
