"""The parts of the inputs: network, water, users, places, promises; each from its tables, in hm3 per step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.hydrology import mean_step_rates, step_volumes
from waterdeal.scenario.environment import environment_part
from waterdeal.scenario.groundwater import groundwater_part, reuse_part
from waterdeal.scenario.horizon import by_month, delay_shares, limit_years, past_arrivals, season_years, step_days
from waterdeal.scenario.power import markets_of, power_part
from waterdeal.scenario.reservoirs import body_part, head_part, outlet_part, storage_part
from waterdeal.scenario.routing import transit_part
from waterdeal.scenario.salinity import salinity_part
from waterdeal.units import GWH_PER_MW_DAY, rate_to_volume
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.schema import Objective, Scenario

#: width of a step of shortage that is rounding
ROUNDING = 1e-9


def _month_volumes(rates: NDArray[np.float64], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Volumes of steps where a month's rate holds on all its days."""
    return np.asarray(rate_to_volume(mean_step_rates(rates, steps), step_days(steps)))


def network_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Links: losses, capacities, travel times with the water already on its way."""
    links = basin.table("links")
    lost = links["loss_fraction"].fillna(0.0).where(links["efficiency"].isna(), 1 - links["efficiency"]).to_numpy()
    capacity = links["capacity_m3s"].fillna(np.inf).to_numpy()[:, None]
    monthly = by_month(basin.table("loss_months"), "link", "loss_fraction", links["link"].tolist())
    monthly = np.where(np.isnan(monthly), lost[:, None], monthly)
    return {
        "loss_fraction": (("link", "time"), mean_step_rates(monthly, steps)),
        "pump_factor": ("link", links["pump_gwh_per_hm3"].fillna(0.0).to_numpy(dtype=float)),
        "pump_price": (("link", "time"), np.repeat(mean_step_rates(np.array([scenario.energy.value]), steps), len(links), axis=0)),
        "loss_fixed": (("link", "time"), rate_to_volume(links["loss_m3s"].fillna(0.0).to_numpy(dtype=float)[:, None], step_days(steps))),
        "loss_dries": (("link", "time"), np.zeros((len(links), len(steps)))),
        "flow_least": (("link", "time"), np.zeros((len(links), len(steps)))),
        "flow_max": (("link", "time"), rate_to_volume(capacity, step_days(steps))),
        **transit_part(basin, steps),
    }


def runoff_factors(scenario: Scenario, nodes: Sequence[str]) -> NDArray[np.float64]:
    """Return what the runoff of each node is multiplied by, as a column."""
    return np.array([[scenario.hydrology.factor * scenario.hydrology.factor_by_node.get(node, 1.0)] for node in nodes])


def period_factors(scenario: Scenario, nodes: Sequence[str], steps: Sequence[Step]) -> NDArray[np.float64]:
    """Return what the water of each node and step is multiplied by, by the days of the step that each change holds on."""
    factors = np.ones((len(nodes), len(steps)))
    for change in scenario.hydrology.change:
        first, after = change.start or steps[0].start, change.end or steps[-1].end
        days = np.array([(min(step.end, after) - max(step.start, first)).days for step in steps])
        own = np.array([not change.nodes or node in change.nodes for node in nodes])
        factors *= 1.0 + (change.factor - 1.0) * own[:, None] * np.maximum(days, 0) / step_days(steps)
    return factors


def class_volumes(basin: Basin, year_class: str | None, steps: Sequence[Step]) -> NDArray[np.float64] | None:
    """Runoff of a class of year by (node, step); None where none is named."""
    if year_class is None:
        return None
    nodes, runoff = basin.ids("nodes"), basin.runoff.sel(year_class=year_class)
    volumes = np.zeros((len(nodes), len(steps)))
    volumes[[nodes.index(name) for name in runoff["node"].values.tolist()]] = step_volumes(runoff.values, steps)
    return volumes


def water_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Runoff of the class of year, carried to the steps with every month's volume kept."""
    nodes = basin.ids("nodes")
    volumes = np.zeros((len(nodes), len(steps)))
    if scenario.hydrology.year_class is not None:
        runoff = basin.runoff.sel(year_class=scenario.hydrology.year_class)
        wet = runoff["node"].values.tolist()
        volumes[[nodes.index(name) for name in wet]] = step_volumes(runoff.values * runoff_factors(scenario, wet), steps)
    return {"runoff": (("node", "time"), volumes * period_factors(scenario, nodes, steps))}


def requirement_factors(scenario: Scenario, names: Sequence[str]) -> NDArray[np.float64]:
    """Return what the requirement of each demand is multiplied by."""
    asked = scenario.requirement
    return np.array([asked.factor * asked.factor_by_demand.get(name, 1.0) for name in names], dtype=float)


def demand_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Requirements, return flows with those of earlier deliveries, and the steps of shortage."""
    demands, names = basin.table("demands"), basin.ids("demands")
    factors = requirement_factors(scenario, names)
    rates = by_month(basin.table("requirements"), "demand", "rate_m3s", names)
    fraction, delay = (demands[column].fillna(0.0).to_numpy() for column in ("return_fraction", "return_delay_days"))
    past, _ = past_arrivals(steps, rates * fraction[:, None], lambda _day: delay)  # what was delivered before, no factor changes
    rates = rates * factors[:, None]
    parts = _shortage_steps(scenario.objective)
    return {
        "requirement": (("demand", "time"), _month_volumes(rates, steps)),
        "demand_counted": ("demand", (demands["limit_counted"] == "yes").to_numpy(dtype=int)),
        "return_fraction": ("demand", fraction),
        "return_share": (("demand", "time", "return_lag"), delay_shares(steps, np.repeat(delay[:, None], len(steps), axis=1))),
        "return_past": (("demand", "time"), past),
        "season_requirement_past": ("demand", np.zeros(len(names))),
        "season_shortage_past": ("demand", np.zeros(len(names))),
        "shortage_step": np.arange(1, len(parts) + 1),
        "shortage_share": ("shortage_step", np.array([share for share, _ in parts])),
        "shortage_weight": ("shortage_step", np.array([weight for _, weight in parts])),
        "evenness_weight": ("shortage_step", np.arange(1.0, len(parts) + 1) / len(parts)),
    }


def _shortage_steps(objective: Objective) -> list[tuple[float, float]]:
    """Return widths and weights of the steps of shortage; one ends where least supplies begin."""
    of, found, left = objective.shortage, list[tuple[float, float]](), 1.0 - objective.least_supply
    for share, weight, count in zip(of.share, of.weight, of.parts, strict=True):
        for _ in range(count):
            width = share / count
            cut = [left, width - left] if ROUNDING < left < width - ROUNDING else [width]
            found += [(part, weight) for part in cut]
            left -= width
    return found


def place_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Plants and what channels carry."""
    plants, channels = basin.table("plants"), basin.table("channel_limits")
    days = step_days(steps)
    factor = plants["energy_gwh_per_hm3"].to_numpy(dtype=float)
    by_power = plants["capacity_mw"].to_numpy(dtype=float)[:, None] * GWH_PER_MW_DAY * days / np.maximum(factor, 1e-12)[:, None]
    if scenario.physics.head == "successive":  # there the limit is on the energy, not on the water
        by_power[plants["plant"].isin(basin.table("heads")["plant"]).to_numpy()] = np.inf
    turbines = np.fmin(rate_to_volume(plants["turbine_max_m3s"].to_numpy(dtype=float)[:, None], days), by_power)
    least = np.array([scenario.energy.turbine_min.get(plant, 0.0) for plant in plants["plant"]]).reshape(-1, 1)
    on_market = plants["party"].isin(markets_of(basin, scenario)).to_numpy().reshape(-1, 1)  # their energy is worth what the blocks say
    value = mean_step_rates(np.array([scenario.energy.value]), steps)
    channels = channels.assign(channel=channels["link"].astype(str) + "_" + channels["kind"].astype(str))
    beds = channels.drop_duplicates("channel")
    limits = by_month(channels, "channel", "limit_m3s", beds["channel"].tolist())
    months = np.array([step.start.month - 1 for step in steps])
    return {
        "energy_factor": ("plant", factor),
        "turbine_min": (("plant", "time"), rate_to_volume(least, days)),
        "turbine_max": (("plant", "time"), turbines),
        "energy_value": (("plant", "time"), np.repeat(value, len(plants), axis=0) * ~on_market),
        "channel": beds["channel"].to_numpy(dtype=str),
        "channel_link": ("channel", beds["link"].to_numpy(dtype=str)),
        "channel_limit": (("channel", "time"), rate_to_volume(limits[:, months], days)),
    }


def promise_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Entitlements: limits on deliveries counted, inflows promised to a place."""
    limits, demands = {row["limit"]: row for row in basin.rows("limits")}, basin.table("demands")
    counted, party_of = (demands["limit_counted"] == "yes").to_numpy(), demands["party"].to_numpy()
    rows: list[tuple[str, str, str, str, float, float, NDArray[np.bool_], NDArray[np.bool_]]] = []
    for entry in scenario.entitlement.limits:
        limit = limits[entry.limit]
        party, season, full = str(limit["party"]), season_years(basin, steps, limit["season"]), float(limit["volume_hm3"])
        volume = scenario.entitlement.volume_of(entry, full)
        years, _ = limit_years(basin, steps, limit)
        for year in years:
            name = entry.limit if len(years) == 1 else f"{entry.limit}_{year}"
            rows.append((name, party, "limit", "", volume, full, season == year, counted & (party_of == party)))
    for promise in scenario.entitlement.inflows:
        inside = np.array([(promise.start or step.start) <= step.start and step.end <= (promise.end or step.end) for step in steps])
        nobody = np.zeros(len(demands), bool)
        rows.append((promise.id, promise.party, "inflow", promise.link, promise.volume, promise.volume, inside, nobody))
    ids, parties, measures, links, volumes, published, seasons, takers = zip(*rows, strict=True) if rows else ((),) * 8
    season = np.array(seasons, dtype=int).reshape(len(rows), len(steps))
    users = np.array(takers, dtype=int).reshape(len(rows), len(demands))
    return {
        "entitlement": np.array(ids, dtype=str),
        "entitlement_volume": ("entitlement", np.array(volumes, dtype=float)),
        "entitlement_published": ("entitlement", np.array(published, dtype=float)),
        "entitlement_party": ("entitlement", np.array(parties, dtype=str)),
        "entitlement_measure": ("entitlement", np.array(measures, dtype=str)),
        "entitlement_link": ("entitlement", np.array(links, dtype=str)),
        "entitlement_season": (("entitlement", "time"), season),
        "entitlement_counts": (("entitlement", "demand", "time"), users[:, :, None] * season[:, None, :]),
    }


def column_part(basin: Basin, steps: Sequence[Step], made: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that are a column of a table as it stands, and the labels that are its first column; what is made already is left alone."""
    found: dict[str, Any] = {}
    for name, quantity in vocabulary().items():
        table, _, column = quantity.source.partition(".")
        dim = quantity.dims[0]
        if name in made or table not in basin.tables or basin.table(table).columns[0] != dim:
            continue
        found[dim] = np.array(basin.ids(table), dtype=str)
        if "time" in quantity.dims:
            values = _by_step(basin.table(table), column, found[dim].tolist(), steps)
        else:
            firsts = {row[dim]: row[column] for row in reversed(basin.rows(table))}
            kind = float if basin.table(table)[column].dtype.kind == "f" else str
            values = np.array([firsts[name] for name in basin.ids(table)], dtype=kind)
        found[name] = (quantity.dims, np.where(np.isnan(values), np.inf, values) if "blank" in quantity.roles else values)
    return {name: held for name, held in found.items() if name not in made}


def _by_step(rows: pd.DataFrame, column: str, names: list[str], steps: Sequence[Step]) -> NDArray[Any]:
    """Values of a column by (item, step), rates as volumes."""
    if "month" in rows.columns:
        rates = by_month(rows, str(rows.columns[0]), column, names)[:, [step.start.month - 1 for step in steps]]
    else:
        rates = np.repeat(rows[column].to_numpy(dtype=float)[:, None], len(steps), axis=1)
    return np.asarray(rate_to_volume(rates, step_days(steps))) if column.endswith("_m3s") else rates


#: the parts, in order
PARTS = (
    network_part, water_part, body_part, storage_part, outlet_part, demand_part, place_part, head_part, power_part, environment_part,
    promise_part, groundwater_part, reuse_part, salinity_part,
)  # fmt: skip
