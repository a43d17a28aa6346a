"""Check what only the whole basin can show: the network, the curves, the months, the provenance. One check_* a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.check_optional import OPTIONAL_RULES
from waterdeal.basin.network import check_network
from waterdeal.basin.provenance import check_provenance
from waterdeal.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

    from waterdeal.basin.schema import Basin

MONTHS = set(range(1, 13))
#: how far a curve may stop short of the storage bounds, and its volumes miss the integral of its areas
SLACK = 0.02


def check_basin(basin: Basin) -> list[Problem]:
    """Run every rule on a basin whose cells are sound.

    Parameters
    ----------
    basin : Basin
        The basin, not yet trusted.

    Returns
    -------
    list of Problem
        All problems, rule by rule.
    """
    return [problem for rule in RULES for problem in rule(basin)]


def check_parties(basin: Basin) -> list[Problem]:
    """Every party owns a node."""
    owners = set(basin.table("nodes")["party"])
    return [
        Problem("parties.csv", None, "party", f'"{party}" owns no node', "Give it one in nodes.csv, or remove the row.")
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
    problems = [Problem("reservoirs.csv", None, "reservoir", f"{node} has no row", "Add one.") for node in sorted(bodies - listed)]
    remedy = "Change its kind there, or remove the row."
    problems += [
        Problem("reservoirs.csv", None, "reservoir", f"{node} is not a reservoir or lake in nodes.csv", remedy)
        for node in sorted(listed - bodies)
    ]
    for name, dead, full in rows.loc[rows["dead_hm3"] > rows["full_hm3"], ["reservoir", "dead_hm3", "full_hm3"]].itertuples(index=False):
        found = f"{name}: dead storage {dead:g} is above full storage {full:g}"
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
            found = f"{name} runs from {spans['min'][name]:g} to {spans['max'][name]:g} hm3, its storage from {dead:g} to {full:g}"
            problems.append(Problem("curves.csv", None, "volume_hm3", found, "Let the curve span the storage bounds."))
    curved = set(basin.table("curves")["reservoir"])
    evaporating = basin.table("reservoirs").query("evaporation == 'from_area'")["reservoir"]
    problems += [
        Problem("curves.csv", None, "reservoir", f"{name} evaporates from its area but has no curve", "Add its level-area-volume rows.")
        for name in evaporating
        if name not in curved
    ]
    return problems


def _curve_problems(name: str, curve: pd.DataFrame) -> list[Problem]:
    """Report what is wrong with one curve."""
    level, volume, area = (curve[column].to_numpy() for column in ("level_m", "volume_hm3", "area_km2"))
    if len(level) < 2:
        return [Problem("curves.csv", None, "level_m", f"{name} has one row", "Give at least two.")]
    if (np.diff(volume) <= 0).any() or (np.diff(area) < 0).any():
        return [Problem("curves.csv", None, "volume_hm3", f"{name} does not rise with its level", "Volume and area grow with level.")]
    gained = (area[1:] + area[:-1]) / 2 * np.diff(level)
    # between two heights the volume gained lies between lower area x height and upper area x height
    low, high = area[:-1] * np.diff(level), area[1:] * np.diff(level)
    steps = np.diff(volume)
    bad = (steps < low * 0.98) | (steps > high * 1.02) if len(level) == 2 else np.abs(steps - gained) > 0.02 * steps
    if bad.any():
        at = int(np.argmax(bad))
        found = f"{name} gains {steps[at]:g} hm3 from {level[at]:g} to {level[at + 1]:g} m, but its areas allow {gained[at]:.0f}"
        return [Problem("curves.csv", None, "volume_hm3", found, "Volume must be the integral of area over level (within 2 %).")]
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
                problems.append(Problem(f"{table}.csv", None, "month", found, "Give all 12 months (0 is a value, blank is not)."))
    evaporating = basin.table("reservoirs").query("evaporation == 'from_area'")["reservoir"]
    given = {("requirements", "demand"): basin.ids("demands"), ("evaporation", "reservoir"): list(evaporating)}
    for (table, key), wanted in given.items():
        absent = [name for name in wanted if name not in set(basin.table(table)[key])]
        problems += [Problem(f"{table}.csv", None, key, f"{name} has no rows", "Give all 12 months.") for name in absent]
    return problems


def check_returns(basin: Basin) -> list[Problem]:
    """A return flow has a place to come back to, downstream or not but in the network."""
    demands = basin.table("demands")
    homeless = demands[(demands["return_fraction"].fillna(0) > 0) & (demands["return_node"] == "")]
    return [
        Problem("demands.csv", None, "return_node", f"{name} returns water to nowhere", "Name a node, or leave return_fraction blank.")
        for name in homeless["demand"]
    ]


def check_water(basin: Basin) -> list[Problem]:
    """Every node with runoff is in the network, and every catchment has runoff."""
    nodes = basin.table("nodes")
    known, wet = set(nodes["node"]), set(basin.runoff["node"].values.tolist())
    strange = [Problem("hydrology", None, "node", f'"{name}" is not a node', "Add it to nodes.csv.") for name in sorted(wet - known)]
    dry = [name for name in nodes.loc[nodes["kind"] == "catchment", "node"] if name not in wet]
    return strange + [Problem("hydrology", None, "node", f"catchment {name} has no runoff", "Give its 12 months.") for name in dry]


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
