"""The balances and bounds of the river in a conflict, condensed to a few lines of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from waterdeal.report.quantity import Teller

#: balances of single places that are told one by one; more are told as a stretch of the river
FEW = 4
#: names in a line; more are counted
MOST = 6
#: kinds of nodes that hold water back
STORING = ("reservoir", "lake")
#: families told in words of their own; others are told as other rules
KNOWN = frozenset({
    "water_balance", "flow", "reservoir_storage", "lake_storage", "reservoir_release_limit", "terminal_storage_least",
    "terminal_lake_storage_least", "environment_flow_minimum", "pulse_volume_met", "lake_target_volume_reached",
    "entitlement_limit_met", "hydropower_turbine_flow", "hydropower_turbine_limit",
    "groundwater_storage", "groundwater_safe_yield", "salinity_diluted", "salinity_blended",
})  # fmt: skip


def involved_lines(involved: Iterable[Any], inputs: xr.Dataset, tell: Teller) -> list[str]:
    """Tell the balances and bounds of a conflict.

    Parameters
    ----------
    involved : iterable of Involved
        ``family``, ``place``, ``first`` and ``last`` step, as the solver's explanation gives them.
    inputs : xarray.Dataset
        Inputs of the model.
    tell : Teller
        The language.

    Returns
    -------
    list of str
        One line a family: what, where and when.
    """
    families: dict[str, list[Any]] = {}
    for entry in involved:
        family = entry.family.replace(".", "_")
        families.setdefault(family if family in KNOWN else "other", []).append(entry)
    found = []
    for family, entries in families.items():
        places = [entry.place for entry in entries]
        found.append(f"{_what(family, places, inputs, tell)}{_when(entries, tell)}")
    return found


def _what(family: str, places: list[str], inputs: xr.Dataset, tell: Teller) -> str:
    """Words for a family at places."""
    if family == "water_balance" and len(places) > FEW:
        tops, ends = stretch(places, inputs)
        return tell.words.text("family.river", tops=tell.all_names(tops, MOST), places=tell.all_names(ends, MOST))
    owners: dict[str, str] = {}
    if family == "entitlement_limit_met" and "entitlement" in inputs:
        owners = dict(zip(inputs["entitlement"].values.tolist(), inputs["entitlement_party"].values.tolist(), strict=True))
    named = dict.fromkeys(owners.get(place, place) for place in places)
    return tell.words.text(f"family.{family}", places=tell.all_names(named, MOST))


def stretch(places: Sequence[str], inputs: xr.Dataset) -> tuple[list[str], list[str]]:
    """Condense places along a river to its top and its end.

    Parameters
    ----------
    places : sequence of str
        Nodes.
    inputs : xarray.Dataset
        Inputs, with the links between the nodes.

    Returns
    -------
    list of str
        Reservoirs and lakes among them, else the places that no other place flows into.
    list of str
        Places from which water leaves for a node that is not among them; canals that end at their users do not count.
    """
    chosen = set(places)
    links = list(zip(inputs["link_from"].values.tolist(), inputs["link_to"].values.tolist(), strict=True))
    kinds = dict(zip(inputs["node"].values.tolist(), inputs["node_kind"].values.tolist(), strict=True))
    fed = {below for above, below in links if above in chosen}
    sources = {above for above, _ in links}
    passing = {above for above, below in links if below in chosen & sources}
    leaving = chosen & sources - passing
    ends = [place for place in places if place in leaving] or [place for place in places if place not in passing]
    storing = [place for place in places if kinds.get(place) in STORING and place not in ends]
    return storing or [place for place in places if place not in fed], ends


def _when(entries: Sequence[Any], tell: Teller) -> str:
    """First and last step of some entries, after a comma."""
    first = min((entry.first for entry in entries if entry.first), default="")
    last = max((entry.last for entry in entries if entry.last), default="")
    if not first:
        return ""
    return f", {tell.words.step(first)}" + (f" – {tell.words.step(last)}" if last and last != first else "")
