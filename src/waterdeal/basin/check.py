"""Check what only the whole basin can show: the network, the curves, the months, the provenance. One check_* a rule."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.check_optional import OPTIONAL_RULES
from waterdeal.basin.provenance import check_provenance
from waterdeal.errors import Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from waterdeal.basin.schema import Basin

#: least and most links that may (enter, leave) a node of each kind; None = any number
LINKS_OF: dict[str, tuple[tuple[int, int | None], tuple[int, int | None]]] = {
    "catchment": ((0, 0), (1, None)),
    "junction": ((1, None), (1, None)),
    "gauge": ((1, None), (1, None)),
    "reservoir": ((0, None), (1, None)),
    "lake": ((1, None), (0, None)),
    "canal": ((1, None), (0, None)),
    "outlet": ((1, None), (0, 0)),
}


def check_network(basin: Basin) -> list[Problem]:
    """Report loops, dead ends and links that a kind of node cannot have."""
    nodes, links = basin.table("nodes"), basin.table("links")
    starts, ends = links["from_node"].tolist(), links["to_node"].tolist()
    problems = []
    loop = _loop(starts, ends)
    if loop:
        found = say("basin.water_runs_circle") + " -> ".join(loop)
        problems.append(Problem("links.csv", None, "to_node", found, say("basin.turn_one_these_links")))
    entering, leaving, used = Counter(ends), Counter(starts), set(basin.table("demands")["node"])
    for node, kind in zip(nodes["node"].tolist(), nodes["kind"].tolist(), strict=True):
        problems += _link_count_problems(str(node), str(kind), (entering[node], leaving[node]), used=node in used)
    return problems


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


def _link_count_problems(node: str, kind: str, counts: tuple[int, int], *, used: bool) -> list[Problem]:
    """Report a node that has too few or too many links for its kind, given how many enter and leave it."""
    entering, leaving = LINKS_OF[kind]
    problems = []
    for count, (least, most), words in zip(counts, (entering, leaving), ("no link reaches it", "no link leaves it"), strict=True):
        if count < least:
            problems.append(Problem("links.csv", None, "link", f"{kind} {node}: {words}", say("basin.add_one_change_kind")))
        elif most is not None and count > most:
            word = "flows into" if entering == (least, most) and kind == "catchment" else say("basin.flows_out")
            problems.append(Problem("links.csv", None, "link", f"a link {word} {kind} {node}", say("basin.change_kind_nodes_csv")))
    if kind == "canal" and not used and not counts[1]:
        problems.append(make_problem("demands.csv", None, "node", "basin.canal_serves_no_demand", node=node))
    return problems


MONTHS = set(range(1, 13))
#: how far a curve may stop short of the storage bounds, and its volumes miss the integral of its areas
SLACK = 0.02


def check_basin(basin: Basin) -> list[Problem]:
    """Run every rule on a basin whose cells are sound."""
    return [problem for rule in RULES for problem in rule(basin)]


def check_parties(basin: Basin) -> list[Problem]:
    """Every party owns a node."""
    owners = set(basin.table("nodes")["party"])
    return [
        make_problem("parties.csv", None, "party", "basin.owns_no_node", party=party)
        for party in basin.ids("parties")
        if party not in owners
    ]


def check_losses(basin: Basin) -> list[Problem]:
    """A link has a loss fraction (reach) or an efficiency (canal), never both."""
    links = basin.table("links")
    both = links[links["loss_fraction"].notna() & links["efficiency"].notna()]
    stray = links[links["efficiency"].notna() & (links["kind"] != "canal")]
    late = links[(links["travel_time_days"].fillna(0) > 0) & (links["kind"] == "canal")]
    faults = (
        (both, "efficiency", "has both a loss fraction and an efficiency", "Keep the one that covers the loss."),
        (stray, "efficiency", "is not a canal", "Write its loss as loss_fraction."),
        (late, "travel_time_days", "is a canal with a travel time", "Only rivers have one; leave it blank."),
    )
    return [Problem("links.csv", None, field, f"{link} {found}", remedy) for rows, field, found, remedy in faults for link in rows["link"]]


def check_reservoirs(basin: Basin) -> list[Problem]:
    """Reservoir rows and reservoir nodes match, and bounds do not cross."""
    nodes, rows = basin.table("nodes"), basin.table("reservoirs")
    bodies = set(nodes.loc[nodes["kind"].isin(["reservoir", "lake"]), "node"])
    listed = set(rows["reservoir"])
    problems = [
        Problem("reservoirs.csv", None, "reservoir", say("basin.no_row", node=node), "Add one.") for node in sorted(bodies - listed)
    ]
    remedy = say("basin.change_kind_remove_row")
    problems += [
        Problem("reservoirs.csv", None, "reservoir", say("basin.not_reservoir_lake_nodes", node=node), remedy)
        for node in sorted(listed - bodies)
    ]
    for name, dead, full in rows.loc[rows["dead_hm3"] > rows["full_hm3"], ["reservoir", "dead_hm3", "full_hm3"]].itertuples(index=False):
        found = say("basin.dead_storage_above_full", name=name, dead=dead, full=full)
        problems.append(Problem("reservoirs.csv", None, "dead_hm3", found, "Swap them?"))
    return problems


def check_curves(basin: Basin) -> list[Problem]:
    """Curves rise strictly, span the storage bounds, and satisfy dV = integral of A dh within 2 %."""
    problems = []
    for reservoir, curve in basin.table("curves").groupby("reservoir", sort=False):
        problems += _curve_problems(str(reservoir), curve.sort_values("level_m"))
    spans = basin.table("curves").groupby("reservoir")["volume_hm3"].agg(["min", "max"])
    bounds = basin.table("reservoirs")[["reservoir", "dead_hm3", "full_hm3"]]
    for name, dead, full in bounds.itertuples(index=False, name=None):
        if name in spans.index and (spans["min"][name] > dead + SLACK * full or spans["max"][name] < (1 - SLACK) * full):
            found = say(
                "basin.runs_from_hm3_storage", name=name, value=spans["min"][name], value_2=spans["max"][name], dead=dead, full=full
            )
            problems.append(Problem("curves.csv", None, "volume_hm3", found, say("basin.let_curve_span_storage")))
    curved = set(basin.table("curves")["reservoir"])
    evaporating = basin.table("reservoirs").query("evaporation == 'from_area'")["reservoir"]
    problems += [
        make_problem("curves.csv", None, "reservoir", "basin.evaporates_from_area_but", name=name)
        for name in evaporating
        if name not in curved
    ]
    return problems


def _curve_problems(name: str, curve: pd.DataFrame) -> list[Problem]:
    """Report what is wrong with one curve."""
    level, volume, area = (curve[column].to_numpy() for column in ("level_m", "volume_hm3", "area_km2"))
    if len(level) < 2:
        return [make_problem("curves.csv", None, "level_m", "basin.one_row", name=name)]
    if (np.diff(volume) <= 0).any() or (np.diff(area) < 0).any():
        return [make_problem("curves.csv", None, "volume_hm3", "basin.does_not_rise_level", name=name)]
    gained = (area[1:] + area[:-1]) / 2 * np.diff(level)
    # between two heights the volume gained lies between lower area x height and upper area x height
    low, high = area[:-1] * np.diff(level), area[1:] * np.diff(level)
    steps = np.diff(volume)
    bad = (steps < low * 0.98) | (steps > high * 1.02) if len(level) == 2 else np.abs(steps - gained) > 0.02 * steps
    if bad.any():
        at = int(np.argmax(bad))
        found = say("basin.gains_hm3_from_m", name=name, steps=steps[at], level=level[at], level_2=level[at + 1], gained=gained[at])
        return [Problem("curves.csv", None, "volume_hm3", found, say("basin.volume_must_integral_area"))]
    return []


def check_months(basin: Basin) -> list[Problem]:
    """Tables by month have all twelve, or none where that is allowed."""
    problems = []
    for table, key in (
        ("requirements", "demand"),
        ("flow_requirements", "flow_requirement"),
        ("past_flows", "link"),
        ("evaporation", "reservoir"),
    ):
        for name, rows in basin.table(table).groupby(key, sort=False):
            missing = sorted(MONTHS - set(rows["month"].astype(int)))
            if missing:
                found = f"{name} lacks month {', '.join(map(str, missing))}"
                problems.append(Problem(f"{table}.csv", None, "month", found, say("basin.give_all_12_months")))
    evaporating = basin.table("reservoirs").query("evaporation == 'from_area'")["reservoir"]
    given = {("requirements", "demand"): basin.ids("demands"), ("evaporation", "reservoir"): list(evaporating)}
    for (table, key), wanted in given.items():
        absent = [name for name in wanted if name not in set(basin.table(table)[key])]
        problems += [make_problem(f"{table}.csv", None, key, "basin.no_rows", name=name) for name in absent]
    return problems


def check_returns(basin: Basin) -> list[Problem]:
    """A return flow has a place to come back to, downstream or not but in the network."""
    demands = basin.table("demands")
    homeless = demands[(demands["return_fraction"].fillna(0) > 0) & (demands["return_node"] == "")]
    return [make_problem("demands.csv", None, "return_node", "basin.returns_water_nowhere", name=name) for name in homeless["demand"]]


def check_water(basin: Basin) -> list[Problem]:
    """Every node with runoff is in the network, and every catchment has runoff."""
    nodes = basin.table("nodes")
    known, wet = set(nodes["node"]), set(basin.runoff["node"].values.tolist())
    strange = [make_problem("hydrology", None, "node", "basin.not_node", name=name) for name in sorted(wet - known)]
    dry = [name for name in nodes.loc[nodes["kind"] == "catchment", "node"] if name not in wet]
    return strange + [make_problem("hydrology", None, "node", "basin.catchment_no_runoff", name=name) for name in dry]


RULES = (
    check_network,
    check_parties,
    check_losses,
    check_reservoirs,
    check_curves,
    check_months,
    check_returns,
    check_water,
    *OPTIONAL_RULES,
    check_provenance,
)
