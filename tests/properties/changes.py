"""Changes of a river that must not change its plan, or change it in a known way."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from waterdeal.basin.tables import TABLES

if TYPE_CHECKING:
    from tests.drafts import Draft

#: columns that hold a volume, a rate or a power: all grow with the size of a river
SIZES = frozenset({
    "runoff_m3s", "rate_m3s", "capacity_m3s", "dead_hm3", "full_hm3", "volume_hm3", "area_km2", "flow_m3s", "limit_m3s",
    "turbine_max_m3s", "capacity_mw", "flood_space_hm3", "rule_low_hm3", "rule_high_hm3", "release_max_m3s",
})  # fmt: skip


def shuffled(river: Draft, seed: int) -> Draft:
    """Put the rows of every table in another order."""
    order = random.Random(seed)  # noqa: S311 - no secret
    return replace(river, tables={name: order.sample(rows, len(rows)) for name, rows in river.tables.items()})


def renamed(river: Draft) -> Draft:
    """Give every node, link, demand, plant, limit and requirement another id."""
    ids = {row[column.name] for name, table in TABLES.items() for column in table.columns[:1] for row in river.tables.get(name, ())
           if column.kind == "id"}  # fmt: skip
    new = {old: f"x{place}_{old}" for place, old in enumerate(sorted(ids))}

    def swap(value: Any) -> Any:
        if isinstance(value, dict):
            return {new.get(key, key): swap(part) for key, part in value.items()}
        if isinstance(value, list):
            return [swap(part) for part in value]
        return new.get(value, value) if isinstance(value, str) else value

    content = {key: swap(part) if key in {"reservoir", "entitlement", "environment"} else part for key, part in river.content.items()}
    tables = {name: [{key: swap(value) for key, value in row.items()} for row in rows] for name, rows in river.tables.items()}
    return replace(river, tables=tables, content=content)


def scaled(river: Draft, factor: float) -> Draft:
    """Make a river larger: volumes, rates, areas and powers all grow alike."""
    tables = {
        name: [{key: value * factor if key in SIZES else value for key, value in row.items()} for row in rows]
        for name, rows in river.tables.items()
    }
    reservoir = {
        name: {
            "initial": choice["initial"] * factor,
            "terminal": {key: value * factor if key == "storage" else value for key, value in choice["terminal"].items()},
        }
        for name, choice in river.content["reservoir"].items()
    }
    entitlement = dict(river.content["entitlement"])
    entitlement["inflows"] = [{**row, "volume": row["volume"] * factor} for row in entitlement["inflows"]]
    environment = dict(river.content["environment"])
    environment["regime"] = [{**row, "flow_m3s": tuple(rate * factor for rate in row["flow_m3s"])} for row in environment["regime"]]
    environment["pulse"] = [{**row, "volume": row["volume"] * factor} for row in environment["pulse"]]
    changed = {"reservoir": reservoir, "entitlement": entitlement, "environment": environment}
    return replace(river, tables=tables, content={**river.content, **changed})


def in_km3(river: Draft) -> Draft:
    """Write the volumes of the scenario in km3."""
    reservoir = {
        name: {
            "initial": f"{choice['initial'] / 1000} km3",
            "terminal": {key: f"{value / 1000} km3" if key == "storage" else value for key, value in choice["terminal"].items()},
        }
        for name, choice in river.content["reservoir"].items()
    }
    entitlement = dict(river.content["entitlement"])
    entitlement["inflows"] = [{**row, "volume": f"{row['volume'] / 1000} km3"} for row in entitlement["inflows"]]
    environment = dict(river.content["environment"])
    environment["pulse"] = [{**row, "volume": f"{row['volume'] / 1000} km3"} for row in environment["pulse"]]
    return replace(river, content={**river.content, "reservoir": reservoir, "entitlement": entitlement, "environment": environment})
