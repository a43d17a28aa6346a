"""Random agreements for random rivers: a few clauses of several kinds, some of which cannot all hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.properties.rivers import rivers

if TYPE_CHECKING:
    from tests.drafts import Draft

Draw = Any
SHARES = st.sampled_from([0.1, 0.35, 0.6, 0.9])
#: m3/s and hm3 about as large as what the rivers carry and hold
RATES, VOLUMES = st.sampled_from([3.3, 17.0, 61.0, 145.0, 390.0]), st.sampled_from([12.5, 71.0, 230.0, 615.0, 1450.0])


@st.composite
def agreements(draw: Draw) -> Draft:
    """Draw a river with two to five clauses."""
    river = draw(rivers())
    kinds = draw(st.lists(st.sampled_from(_possible(river)), min_size=2, max_size=5))
    clauses = [
        {"id": f"c{number}", "negotiable": draw(st.sampled_from([True, True, False])), **_clause(draw, river, kind)}
        for number, kind in enumerate(kinds)
    ]
    return river.with_clauses(*clauses)


def _possible(river: Draft) -> list[str]:
    """Kinds for which a river has the places."""
    kinds = [
        "min_volume",
        "max_volume",
        "min_flow",
        "max_flow",
        "schedule",
        "env_flow",
        "share_of_flow",
        "threshold_share",
        "sliding_scale",
    ]
    if river.tables["demands"]:
        kinds += ["min_supply_ratio", "equal_ratio" if len({row["party"] for row in river.tables["demands"]}) > 1 else "min_supply_ratio"]
    if river.tables["reservoirs"]:
        kinds += ["end_storage", "storage_band"]
    return kinds + (["energy_min"] if river.tables["plants"] else [])


def _clause(draw: Draw, river: Draft, kind: str) -> dict[str, Any]:
    """Draw what a clause of a kind promises."""
    links = st.sampled_from([row["link"] for row in river.tables["links"]])
    if kind in {"end_storage", "storage_band"}:
        body = draw(st.sampled_from([row["reservoir"] for row in river.tables["reservoirs"]]))
        edge = (
            {"value": draw(st.sampled_from([320.0, 777.0, 990.0]))}
            if kind == "end_storage"
            else {"high": draw(st.sampled_from([420.0, 930.0]))}
        )
        return {"kind": kind, "reservoir": body, **edge}
    if kind == "energy_min":
        return {"kind": kind, "plants": "works", "value": draw(st.sampled_from([1.7, 9.5, 44.0]))}
    if kind in {"min_supply_ratio", "equal_ratio"}:
        return _for_users(draw, river, kind)
    if kind in {"share_of_flow", "threshold_share", "sliding_scale"}:
        return _by_flow(draw, river, kind, links)
    value = draw(VOLUMES if kind.endswith("volume") else RATES)
    return {"kind": kind, "at": draw(links), "value": value, **({"within": draw(SHARES)} if kind == "schedule" else {})}


def _for_users(draw: Draw, river: Draft, kind: str) -> dict[str, Any]:
    """Draw a promise of supply."""
    users, parties = river.tables["demands"], sorted({row["party"] for row in river.tables["demands"]})
    if kind == "equal_ratio":
        return {"kind": kind, "among": parties, "within": draw(st.sampled_from([0.0, 0.07, 0.3]))}
    return {
        "kind": kind,
        "demands": draw(st.sampled_from([row["demand"] for row in users])),
        "value": draw(SHARES),
        "each": draw(st.sampled_from(["step", "period"])),
    }


def _by_flow(draw: Draw, river: Draft, kind: str, links: st.SearchStrategy[str]) -> dict[str, Any]:
    """Draw a promise that depends on a flow."""
    gauge, place = draw(links), {"at": draw(links)}
    if kind == "share_of_flow":
        return {"kind": kind, "of": gauge, "takes": place, "value": draw(SHARES), "sense": draw(st.sampled_from(["at_least", "at_most"]))}
    if kind == "threshold_share":
        parties = [row["party"] for row in river.tables["parties"]]
        base, share = parties[0], draw(SHARES)
        shares = {base: 1.0} if len(parties) == 1 else {base: share, parties[1]: 1 - share}
        return {"kind": kind, "at": gauge, "threshold": draw(VOLUMES), "base": base, "shares": shares, "takes": {parties[-1]: place}}
    points = [[0, 0], [100, draw(st.sampled_from([5.0, 80.0]))], [600, draw(st.sampled_from([90.0, 420.0]))]]
    return {"kind": kind, **place, "index": {"flow": gauge}, "points": points, "beyond": draw(st.sampled_from(["constant", "along"]))}
