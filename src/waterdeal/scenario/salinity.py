"""The part of the inputs about salt: what waters bring, what is there at the start, and the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import fault, faults
from waterdeal.basin.check_optional import limit_months
from waterdeal.errors import make_problem
from waterdeal.scenario.horizon import columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.errors import Problem
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats


#: lines of the salt account of a plan: what is there and comes in, and where it is at the end
SALT_ACCOUNTS = ("start", "runoff", "recharge", "picked_up", "left_basin", "end", "lost", "kept_by_users")


def salinity_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Concentrations and limits; without rows where the scenario has salinity off."""
    on, ground = scenario.salinity.on, scenario.groundwater.on
    tables = {"node": "nodes", "link": "links", "demand": "demands", "body": "reservoirs", "aquifer": "aquifers"}
    names = {dim: basin.ids(table) if on and (ground or dim != "aquifer") else [] for dim, table in tables.items()}
    lines = {"link": "link", "demand": "demand", "drain": "demand", "body": "body", "aquifer": "aquifer", "node": "node"}
    runoff = {row["node"]: row["concentration_gl"] for row in basin.rows("salinity")}
    added = {row["demand"]: row["added_gl"] for row in basin.rows("salt_returns")}
    return {
        **{f"salt_{dim}": np.array(ids, dtype=str) for dim, ids in names.items()},
        "salt_account": np.array(SALT_ACCOUNTS if on else [], dtype=str),
        "salt_runoff": ("salt_node", _known(runoff, names["node"])),
        "salt_added": ("salt_demand", _known(added, names["demand"])),
        **{f"salt_start_{dim}": (f"salt_{dim}", _starts(basin, dim, names[dim])) for dim in ("body", "link", "demand", "aquifer")},
        **{f"salt_line_{name}": ((f"salt_{dim}", "time"), np.full((len(names[dim]), len(steps)), np.nan)) for name, dim in lines.items()},
        **{f"salt_{name}": ((f"salt_{name.partition('_')[2]}", "time"), np.full((len(names[name.partition("_")[2]]), len(steps)), np.nan))
           for name in ("part_link", "part_demand", "part_body", "beside_node", "beside_demand")},
        **_limits(basin, steps, on=on),
    }  # fmt: skip


def _starts(basin: Basin, dim: str, names: list[str]) -> Floats:
    """Concentration at the start by place; zero where there is no water at the start."""
    kinds = {"reservoir", "lake"} if dim == "body" else {dim}
    return _known({row["place"]: row["concentration_gl"] for row in basin.rows("salinity_start") if row["kind"] in kinds}, names)


def _known(figures: Mapping[str, float], names: Sequence[str]) -> Floats:
    """Figures of some places, zero where none is given."""
    return np.asarray(np.nan_to_num([figures.get(name, 0.0) for name in names]), dtype=float)


def _limits(basin: Basin, steps: Sequence[Step], *, on: bool) -> dict[str, Any]:
    """Limits, each with the steps it holds in; a limit of a link that has several is numbered."""
    rows = basin.table("salinity_limits", used=on)
    links = rows["link"].tolist()
    names = [f"{link}_{links[: place + 1].count(link)}" if links.count(link) > 1 else link for place, link in enumerate(links)]
    season = [[int(step.start.month in limit_months(months)) for step in steps] for months in rows["months"]]
    return {
        "salt_limit": np.array(names, dtype=str),
        **columns(rows, "salt_limit", salt_limit_link="link", salt_limit_value="limit_gl"),
        "salt_limit_season": (("salt_limit", "time"), np.array(season, dtype=int).reshape(len(rows), len(steps))),
        "salt_excess_max": ("salt_limit", np.where(rows["kind"] == "hard", 0.0, np.inf).astype(float)),
    }


def check_salinity(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Check that the salt of all water there is at the start is known, and that limits on blends have salt to go by."""
    if not scenario.salinity.on:
        if scenario.reuse.on and basin.table("reuse")["blend_limit_gl"].notna().any():
            yield make_problem(file, None, "salinity.on", "scenario.blend_no_salt")
        return
    links, demands = basin.table("links"), basin.table("demands")
    if losing := links.loc[links["loss_m3s"] > 0, "link"].tolist():
        yield make_problem(file, None, "salinity.on", "scenario.salt_fixed_loss", links=", ".join(losing))
    on_way = links.loc[(links["travel_time_days"] > 0) | links["link"].isin(basin.ids("muskingum")), "link"]
    returning = demands.loc[(demands["return_fraction"] > 0) & (demands["return_delay_days"] > 0), "demand"]
    kinds = basin.table("nodes").set_index("node")["kind"]
    wanted = [(body, kinds[body]) for body in basin.ids("reservoirs")]
    wanted += [*((link, "link") for link in on_way), *((demand, "demand") for demand in returning)]
    wanted += [(aquifer, "aquifer") for aquifer in basin.ids("aquifers") if scenario.groundwater.on]
    given = set(basin.table("salinity_start")[["place", "kind"]].itertuples(index=False, name=None))
    for place, kind in [at for at in wanted if at not in given]:
        yield fault("salinity_start", "place", "scenario.salt_start_missing", kind=kind, place=place)


def check_salt_of_runoff(basin: Basin, scenario: Scenario, runoff: Floats) -> Iterator[Problem]:
    """Check that the salt of all runoff is known."""
    if scenario.salinity.on:
        nodes = basin.table("nodes")["node"]
        unknown = nodes[(runoff != 0).any(axis=1) & ~nodes.isin(basin.ids("salinity"))]
        yield from faults("salinity", "node", "scenario.salt_runoff_missing", node=unknown)
