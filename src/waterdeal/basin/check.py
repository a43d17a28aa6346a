"""Check what only the whole basin can show: the network, the curves, the months, the provenance. One check_* a rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import fault, faults, thinned
from waterdeal.basin.check_optional import OPTIONAL_RULES
from waterdeal.basin.provenance import check_provenance
from waterdeal.basin.records import check_records
from waterdeal.errors import make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem

#: whether links must, may or cannot (enter, leave) a node of each kind
LINKS_OF = {
    "catchment": ("cannot", "must"),
    "junction": ("must", "must"),
    "gauge": ("must", "must"),
    "reservoir": ("may", "must"),
    "lake": ("must", "may"),
    "canal": ("must", "may"),
    "outlet": ("must", "cannot"),
}
#: what is said of a node that no link enters or leaves, and of one that some link does
ENTERS, LEAVES = ("basin.no_link_enters", "basin.link_enters"), ("basin.no_link_leaves", "basin.link_leaves")
MONTHS = set(range(1, 13))
#: how far a curve may stop short of the storage bounds, and its volumes miss the integral of its areas
SLACK = 0.02
#: GWh of one hm3 that are rounding
GAIN = 1e-9


def check_basin(basin: Basin) -> list[Problem]:
    """Run every rule on a basin whose cells are sound."""
    told = [rule for rule, tables in OPTIONAL_RULES.items() if any(len(basin.table(name)) for name in tables)]
    problems = [problem for rule in (*RULES, *told, check_records, check_provenance) for problem in rule(basin)]
    return list(thinned(_one_cause(basin, problems)))


def _one_cause(basin: Basin, problems: Sequence[Problem]) -> Iterator[Problem]:
    """Make one problem of all that a table lacks which has no row at all."""
    files = Counter(problem.file for problem in problems)
    bare = {f"{name}.csv" for name, table in basin.tables.items() if table.empty} | ({basin.hydrology} if not basin.runoff.size else set())
    for problem in problems:
        count = files[problem.file]
        if count == 1 or problem.file not in bare:
            yield problem
        elif count > 1:
            yield replace(problem, found=say("basin.table_bare", found=problem.found, count=count - 1))
            files[problem.file] = 0


def check_network(basin: Basin) -> Iterator[Problem]:
    """Report circles without a canal, dead ends and links that a kind of node cannot have."""
    links = basin.table("links")
    starts, ends = links["from_node"].tolist(), links["to_node"].tolist()
    falling = links[links["kind"] != "canal"]
    loop = _loop(falling["from_node"].tolist(), falling["to_node"].tolist())
    if loop:
        yield fault("links", "to_node", "basin.circle", nodes=" -> ".join(loop))
    counts, used = (Counter(ends), Counter(starts)), set(basin.table("demands")["node"])
    for node, kind in basin.table("nodes")[["node", "kind"]].itertuples(index=False, name=None):
        for (none, some), rule, count in zip((ENTERS, LEAVES), LINKS_OF[kind], counts, strict=True):
            if rule != "may" and (rule == "must") != bool(count[node]):
                yield fault("links", "link", none if rule == "must" else some, kind=kind, node=node)
        if kind == "canal" and node not in used and not counts[1][node]:
            yield fault("demands", "node", "basin.canal_idle", node=node)


def _loop(starts: Sequence[str], ends: Sequence[str]) -> list[str]:
    """Return the nodes that water passes on one way round, the first one again at the end; none where there is no loop."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for start, end in zip(starts, ends, strict=True):
        graph.add(end, start)
    try:
        graph.prepare()
    except CycleError as error:
        return [str(node) for node in error.args[1]]
    return []


def check_pumps(basin: Basin) -> Iterator[Problem]:
    """Pumps are canals, and water that goes round takes more energy than it gives."""
    links, plants = basin.table("links"), basin.table("plants")
    odd = links[links["pump_gwh_per_hm3"].notna() & (links["kind"] != "canal")]
    yield from faults("links", "pump_gwh_per_hm3", "basin.pump_no_canal", link=odd["link"])
    made = plants.groupby("link")["energy_gwh_per_hm3"].sum().to_dict()
    taken = links["pump_gwh_per_hm3"].fillna(0.0).tolist()
    net = [lift - made.get(link, 0.0) for link, lift in zip(links["link"], taken, strict=True)]
    edges = list(zip(links["from_node"], links["to_node"], net, strict=True))
    cost = dict.fromkeys(basin.ids("nodes"), 0.0)
    for _ in cost:  # the least energy with which water reaches each node: it goes on falling where a circle makes energy
        for start, end, energy in edges:
            cost[end] = min(cost[end], cost[start] + energy)
    gaining = [end for start, end, energy in edges if cost[start] + energy < cost[end] - GAIN]
    yield from faults("plants", "energy_gwh_per_hm3", "basin.energy_of_nothing", node=sorted(set(gaining))[:1])


def check_parties(basin: Basin) -> Iterator[Problem]:
    """Every party owns something: a node, a user, a plant."""
    parties = basin.table("parties")["party"]
    owning = [set(table["party"]) for name, table in basin.tables.items() if name != "parties" and "party" in table]
    yield from faults("parties", "party", "basin.party_idle", party=parties[~parties.isin(set().union(*owning))])


def check_positions(basin: Basin) -> Iterator[Problem]:
    """A node has both its longitude and its latitude, or neither."""
    nodes = basin.table("nodes")
    yield from faults("nodes", "lon", "basin.half_position", node=nodes.loc[nodes["lon"].isna() != nodes["lat"].isna(), "node"])


def check_losses(basin: Basin) -> Iterator[Problem]:
    """A link has a loss fraction (reach) or an efficiency (canal), never both."""
    links = basin.table("links")
    canal, efficient = links["kind"] == "canal", links["efficiency"].notna()
    yield from faults("links", "efficiency", "basin.loss_twice", link=links.loc[links["loss_fraction"].notna() & efficient, "link"])
    yield from faults("links", "efficiency", "basin.efficiency_of_river", link=links.loc[efficient & ~canal, "link"])
    slow = links.loc[(links["travel_time_days"] > 0) & canal, "link"]
    yield from faults("links", "travel_time_days", "basin.canal_travel_time", link=slow)


def check_reservoirs(basin: Basin) -> Iterator[Problem]:
    """Reservoir rows and reservoir nodes match, and bounds do not cross."""
    nodes, rows = basin.table("nodes"), basin.table("reservoirs")
    bodies, listed = set(nodes.loc[nodes["kind"].isin(["reservoir", "lake"]), "node"]), set(rows["reservoir"])
    yield from faults("reservoirs", "reservoir", "basin.body_no_row", node=sorted(bodies - listed))
    yield from faults("reservoirs", "reservoir", "basin.body_no_node", node=sorted(listed - bodies))
    name, dead, full = (rows.loc[rows["dead_hm3"] > rows["full_hm3"], column] for column in ("reservoir", "dead_hm3", "full_hm3"))
    yield from faults("reservoirs", "dead_hm3", "basin.dead_above_full", name=name, dead=dead, full=full)


def check_curves(basin: Basin) -> Iterator[Problem]:
    """Curves rise strictly, span the storage bounds, and satisfy dV = integral of A dh within 2 %."""
    curves, bodies = basin.table("curves"), basin.table("reservoirs")
    for name in dict.fromkeys([*curves["reservoir"], *bodies["reservoir"]]):
        yield from curve_problems(basin, str(name))
    lacking = (bodies["evaporation"] == "from_area") & ~bodies["reservoir"].isin(curves["reservoir"])
    yield from faults("curves", "reservoir", "basin.curve_missing", name=bodies.loc[lacking, "reservoir"])


def curve_problems(basin: Basin, name: str) -> Iterator[Problem]:
    """Report what is wrong with the curve of a reservoir, if it has one."""
    curves, bodies = basin.table("curves"), basin.table("reservoirs")
    curve = curves[curves["reservoir"] == name].sort_values("level_m")
    if curve.empty:
        return
    yield from _curve_problems(name, curve)
    low, high = curve["volume_hm3"].min(), curve["volume_hm3"].max()
    for dead, full in bodies.loc[bodies["reservoir"] == name, ["dead_hm3", "full_hm3"]].itertuples(index=False, name=None):
        if len(curve) > 1 and (low > dead + SLACK * full or high < (1 - SLACK) * full):
            yield fault("curves", "volume_hm3", "basin.curve_span", name=name, low=low, high=high, dead=dead, full=full)


def _curve_problems(name: str, curve: pd.DataFrame) -> Iterator[Problem]:
    """Report what is wrong with one curve."""
    level, volume, area = (curve[column].to_numpy() for column in ("level_m", "volume_hm3", "area_km2"))
    height, steps = np.diff(level), np.diff(volume)
    gained = (area[1:] + area[:-1]) / 2 * height
    # between two heights the volume gained lies between lower area x height and upper area x height
    bad = np.abs(steps - gained) > 0.02 * steps
    if len(level) == 2:
        bad = (steps < area[:-1] * height * 0.98) | (steps > area[1:] * height * 1.02)
    if len(level) < 2:
        yield fault("curves", "level_m", "basin.curve_one_row", name=name)
    elif (steps <= 0).any() or (np.diff(area) < 0).any():
        yield fault("curves", "volume_hm3", "basin.curve_falls", name=name)
    elif bad.any():
        at = int(np.argmax(bad))
        found = {"volume": steps[at], "low": level[at], "high": level[at + 1], "allowed": gained[at]}
        yield fault("curves", "volume_hm3", "basin.curve_integral", name=name, **found)


def check_months(basin: Basin) -> Iterator[Problem]:
    """Tables by month have all twelve, or none where that is allowed."""
    tables = {"requirements": "demand", "flow_requirements": "flow_requirement", "past_flows": "link", "evaporation": "reservoir"}
    for table, key in tables.items():
        for name, rows in basin.table(table).groupby(key, sort=False):
            missing = sorted(MONTHS - set(rows["month"].astype(int)))
            if missing:
                yield fault(table, "month", "basin.months_missing", name=name, months=", ".join(map(str, missing)))
    bodies = basin.table("reservoirs")
    evaporating = bodies.loc[bodies["evaporation"] == "from_area", "reservoir"].tolist()
    for table, wanted in (("requirements", basin.ids("demands")), ("evaporation", evaporating)):
        known = set(basin.table(table)[tables[table]])
        yield from faults(table, tables[table], "basin.rows_missing", name=[name for name in wanted if name not in known])


def check_returns(basin: Basin) -> Iterator[Problem]:
    """A return flow has a place to come back to, from which it flows on, and does not reach its own intake at once."""
    demands, nodes = basin.table("demands"), basin.table("nodes")
    ends = set(nodes.loc[(nodes["kind"] == "canal") & ~nodes["node"].isin(basin.table("links")["from_node"]), "node"])
    stuck = demands[(demands["return_fraction"] > 0) & demands["return_node"].isin(ends)]
    yield from faults("demands", "return_node", "basin.return_stuck", name=stuck["demand"], node=stuck["return_node"])
    nowhere = (demands["return_fraction"] > 0) & (demands["return_node"] == "")
    yield from faults("demands", "return_node", "basin.return_nowhere", name=demands.loc[nowhere, "demand"])
    at_once = demands[(demands["return_fraction"] > 0) & ~(demands["return_delay_days"] > 0) & (demands["return_node"] != demands["node"])]
    served = [node in _below(basin, back) for node, back in zip(at_once["node"], at_once["return_node"], strict=True)]
    yield from faults("demands", "return_node", "basin.return_upstream", name=at_once.loc[served, "demand"])


def _below(basin: Basin, node: str) -> set[str]:
    """Every node that water can reach from a node in the step in which it leaves."""
    links, found, new = basin.table("links"), set[str](), {node}
    quick = links[links["travel_time_days"].fillna(0.0) == 0]
    while new - found:
        found |= new
        new = set(quick.loc[quick["from_node"].isin(new), "to_node"])
    return found


def check_priorities(basin: Basin) -> Iterator[Problem]:
    """A priority is a whole number."""
    demands = basin.table("demands")
    odd = demands[demands["priority"].notna() & (demands["priority"] % 1 != 0)]
    yield from faults("demands", "priority", "basin.priority_whole", name=odd["demand"], priority=odd["priority"])


def check_water(basin: Basin) -> Iterator[Problem]:
    """Every node with runoff is in the network, and every catchment has runoff."""
    nodes, wet = basin.table("nodes"), set(basin.runoff["node"].values.tolist())
    for name in sorted(wet - set(nodes["node"])):
        yield make_problem(basin.hydrology, None, "node", "basin.runoff_node", name=name)
    for name in nodes.loc[(nodes["kind"] == "catchment") & ~nodes["node"].isin(wet), "node"]:
        yield make_problem(basin.hydrology, None, "node", "basin.catchment_dry", name=name)


RULES = (
    check_network, check_pumps, check_parties, check_positions, check_losses, check_reservoirs, check_curves, check_months, check_returns,
    check_priorities, check_water,
)  # fmt: skip
