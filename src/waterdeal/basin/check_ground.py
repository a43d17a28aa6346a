"""Check the tables of a basin about groundwater, reuse of drainage and salt: what cells alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.basin.schema import Basin

#: how far shares that add up to one may miss it
DUST = 1e-9


def limit_months(text: str) -> frozenset[int]:
    """Read the months of a limit: ``"4 5 6"``; blank for all.

    Parameters
    ----------
    text : str
        Cell of ``salinity_limits.csv``.

    Returns
    -------
    frozenset of int
        1 to 12.

    Raises
    ------
    ValueError
        If it is not months with blanks between them.
    """
    months = frozenset(int(word) for word in text.split())
    if not months <= set(range(1, 13)):
        message = f"{text} has a month that is not 1 to 12"
        raise ValueError(message)
    return months or frozenset(range(1, 13))


def check_aquifers(basin: Basin) -> list[Problem]:
    """An aquifer starts with no less than it may fall to, and its baseflow comes out where it can go on."""
    rows = basin.table("aquifers")
    low = rows[rows["least_hm3"].fillna(0.0) > rows["initial_hm3"]]
    problems = [
        Problem("aquifers.csv", None, "initial_hm3", f"{name} starts with less than least_hm3", "Raise the one or lower the other.")
        for name in low["aquifer"]
    ]
    kinds = dict(basin.table("nodes")[["node", "kind"]].itertuples(index=False, name=None))
    taking = {*basin.table("links")["from_node"], *(node for node, kind in kinds.items() if kind in {"outlet", "reservoir", "lake"})}
    return problems + [
        Problem("aquifers.csv", None, "node", f"{name} flows out at {node}, which no link leaves", "Name a node its water can go on from.")
        for name, node in rows[["aquifer", "node"]].itertuples(index=False, name=None)
        if node not in taking
    ]


def check_percolation(basin: Basin) -> list[Problem]:
    """Water that percolates has a source that loses water, and no more of it goes to aquifers than there is."""
    rows, problems = basin.table("percolation"), []
    known = {"demand": basin.ids("demands"), "reservoir": basin.ids("reservoirs"), "link": basin.ids("links")}
    problems += _strangers("percolation.csv", "source", rows[["source", "kind"]].to_numpy().tolist(), known)
    returned = basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0).to_dict()
    links = basin.table("links").set_index("link")
    lossy = set(links.index[(links["loss_fraction"].fillna(0.0) > 0) | (links["efficiency"].fillna(1.0) < 1)])
    leaking = {"reservoir": set(basin.ids("seepage")), "link": lossy}
    summed = rows.groupby(["source", "kind"], sort=False, as_index=False)["share"].sum()
    for source, kind, share in summed[["source", "kind", "share"]].itertuples(index=False, name=None):
        if source not in known[kind]:
            continue
        total = share + (returned[source] if kind == "demand" else 0.0)
        if total > 1 + DUST:
            with_return = " with its return_fraction" if kind == "demand" else ""
            found = f"the shares of {kind} {source}{with_return} add up to {total:g}, above 1"
            problems.append(Problem("percolation.csv", None, "share", found, "Shares are of all the water: lower one of them."))
        if kind in leaking and source not in leaking[kind]:
            found = f"{kind} {source} loses no water"
            remedy = "Give it a row in seepage.csv." if kind == "reservoir" else "Give it a loss_fraction or an efficiency in links.csv."
            problems.append(Problem("percolation.csv", None, "source", found, remedy))
    return problems


def check_reuse(basin: Basin) -> list[Problem]:
    """Drainage that is used again comes from a demand that returns water, and no more of it than there is."""
    rows = basin.table("reuse")
    returned = basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0)
    problems = [
        Problem("reuse.csv", None, "from_demand", f"{name} returns no water", "Give it a return_fraction in demands.csv.")
        for name in rows["from_demand"].unique()
        if returned[name] == 0
    ]
    for name, share in rows.groupby("from_demand", sort=False)["share"].sum().items():
        if share > 1 + DUST:
            found = f"the shares of the return flow of {name} add up to {share:g}, above 1"
            problems.append(Problem("reuse.csv", None, "share", found, "Lower one of them."))
    own = rows.loc[rows["from_demand"] == rows["to_demand"], "reuse"]
    return problems + [
        Problem("reuse.csv", None, "to_demand", f"{name} goes back to where it comes from", "Lower its requirement.") for name in own
    ]


def check_salinity(basin: Basin) -> list[Problem]:
    """Salt at the start is of something there, months are months, and only what returns water picks up salt."""
    bodies = dict(basin.table("nodes")[["node", "kind"]].itertuples(index=False, name=None))
    of_kind = {kind: [body for body in basin.ids("reservoirs") if bodies[body] == kind] for kind in ("reservoir", "lake")}
    known = {**of_kind, "link": basin.ids("links"), "demand": basin.ids("demands"), "aquifer": basin.ids("aquifers")}
    problems = _strangers("salinity_start.csv", "place", basin.table("salinity_start")[["place", "kind"]].to_numpy().tolist(), known)
    for link, months in basin.table("salinity_limits")[["link", "months"]].itertuples(index=False, name=None):
        try:
            limit_months(months)
        except ValueError:
            remedy = "Write months with blanks between them, such as 4 5 6; leave it blank for all."
            problems.append(Problem("salinity_limits.csv", None, "months", f'{link}: "{months}" is not a list of months', remedy))
    returned = basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0)
    return problems + [
        Problem("salt_returns.csv", None, "demand", f"{name} returns no water", "Give it a return_fraction in demands.csv.")
        for name in basin.ids("salt_returns")
        if returned[name] == 0
    ]


def _strangers(file: str, column: str, rows: Sequence[Sequence[str]], known: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Report places that are none of their kind."""
    return [
        Problem(file, None, column, f'"{place}" is not a {kind}', did_you_mean(place, known[kind]))
        for place, kind in rows
        if place not in known[kind]
    ]


GROUND_RULES = (check_aquifers, check_percolation, check_reuse, check_salinity)
