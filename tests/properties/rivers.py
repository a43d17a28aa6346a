"""Random rivers: trees with reservoirs, lakes, canals, delays, returns, plants and promises. Every one has a plan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.drafts import Draft, Tables
from waterdeal.examples import monthly

KINDS = ("junction", "gauge", "reservoir", "lake", "reservoir")
PERIODS = (
    {"start": "2026-04-01", "end": "2026-05-01", "step": "dekad"},
    {"start": "2026-03-01", "end": "2026-06-01", "step": "month"},
    {"start": "2024-02-27", "end": "2024-03-02", "step": "day"},
    {"start": "2026-03-01", "stretches": [{"until": "2026-04-01", "step": "month"}, {"until": "2026-05-01", "step": "dekad"}]},
)
Draw = Any


@st.composite
def rivers(draw: Draw) -> Draft:
    """Draw a river and a scenario for it."""
    count = draw(st.integers(2, 5))
    below = [draw(st.integers(place + 1, count)) for place in range(count)]
    names = [f"n{place}" for place in range(count)] + ["sea"]
    kinds = [draw(st.sampled_from(KINDS)) if place in below else "catchment" for place in range(count)] + ["outlet"]
    tables: Tables = {
        "nodes": [{"node": name, "kind": kind, "party": draw(st.sampled_from("AB"))} for name, kind in zip(names, kinds, strict=True)],
        "links": [_reach(draw, names[place], names[target]) for place, target in enumerate(below)],
    }
    bodies = [name for name, kind in zip(names, kinds, strict=True) if kind in {"reservoir", "lake"}]
    _bodies(draw, tables, bodies, {name: names[target] for name, target in zip(names, below, strict=False)})
    _users(draw, tables, [name for name, kind in zip(names, kinds, strict=True) if kind not in {"outlet", "catchment"}], names)
    _places(draw, tables)
    tables["hydrology"] = [
        row
        for name, kind in zip(names, kinds, strict=True)
        if kind == "catchment"
        for row in monthly("node", name, "runoff_m3s", [draw(st.integers(1, 200)) for _ in range(12)], year_class="mean")
    ]
    tables["past_flows"] = [
        row
        for link in tables["links"]
        if link.get("travel_time_days")
        for row in monthly("link", link["link"], "flow_m3s", [draw(st.integers(0, 50))])
    ]
    tables["parties"] = [{"party": party} for party in sorted({row["party"] for row in tables["nodes"]})]
    return Draft(tables, _content(draw, tables, bodies))


def _reach(draw: Draw, upper: str, lower: str) -> dict[str, Any]:
    """Draw a river reach."""
    row: dict[str, Any] = {"link": f"{upper}_{lower}", "from_node": upper, "to_node": lower, "kind": "river"}
    if draw(st.booleans()):
        row["loss_fraction"] = draw(st.sampled_from([0.05, 0.2]))
    if draw(st.booleans()):
        row["travel_time_days"] = draw(st.sampled_from([0.5, 3, 14, 40]))
        row["travel_time_ice_days"] = row["travel_time_days"] + 2
    return row


def _bodies(draw: Draw, tables: Tables, bodies: list[str], below: dict[str, str]) -> None:
    """Draw reservoirs and lakes, spillways, curves and rules by month."""
    for name in ("reservoirs", "curves", "evaporation", "reservoir_months"):
        tables[name] = []
    for body in bodies:
        evaporates = draw(st.booleans())
        tables["reservoirs"].append(
            {"reservoir": body, "dead_hm3": 100, "full_hm3": 1000, "evaporation": "from_area" if evaporates else "none"}
        )
        tables["curves"] += [
            {"reservoir": body, "level_m": 0, "volume_hm3": 0, "area_km2": 5},
            {"reservoir": body, "level_m": 40, "volume_hm3": 1000, "area_km2": 45},
        ]
        tables["evaporation"] += monthly("reservoir", body, "depth_mm", [draw(st.integers(-20, 150))])
        if draw(st.booleans()):
            tables["links"].append({"link": f"{body}_spill", "from_node": body, "to_node": below[body], "kind": "spillway"})
        if draw(st.booleans()):
            more = {"flood_space_hm3": 100, "rule_low_hm3": 300, "rule_high_hm3": 800}
            tables["reservoir_months"] += [{"reservoir": body, "month": month, **more} for month in range(1, 13)]


def _users(draw: Draw, tables: Tables, nodes: list[str], names: list[str]) -> None:
    """Draw demands, some behind a canal, some whose water comes back downstream."""
    tables["demands"], tables["requirements"] = [], []
    for node in nodes:
        if not draw(st.booleans()):
            continue
        at = node
        party = draw(st.sampled_from([row["party"] for row in tables["nodes"]]))
        if draw(st.booleans()):
            at = f"{node}_canal"
            tables["nodes"].append({"node": at, "kind": "canal", "party": party})
            gate = {"link": f"{node}_gate", "from_node": node, "to_node": at, "kind": "canal"}
            tables["links"].append({**gate, "efficiency": draw(st.sampled_from([0.7, 1.0])), "capacity_m3s": draw(st.integers(5, 80))})
        kind = draw(st.sampled_from(["municipal", "irrigation", "industry"]))
        row = {"demand": f"{node}_user", "node": at, "party": party, "kind": kind, "zone": "z", "limit_counted": "yes"}
        if draw(st.booleans()):
            back = names[draw(st.integers(names.index(node) + 1, len(names) - 1))]
            row |= {"return_fraction": draw(st.sampled_from([0.1, 0.5])), "return_node": back}
            row["return_delay_days"] = draw(st.sampled_from([0, 7, 45]))
        tables["demands"].append(row)
        tables["requirements"] += monthly("demand", row["demand"], "rate_m3s", [draw(st.integers(0, 120)) for _ in range(12)])


def _places(draw: Draw, tables: Tables) -> None:
    """Draw a plant, a least flow, a channel limit and a limit of a party on rivers that carry water."""
    links = [row["link"] for row in tables["links"] if row["kind"] == "river"]
    party = tables["nodes"][0]["party"]
    plant = {"plant": "works", "link": draw(st.sampled_from(links)), "party": party, "energy_gwh_per_hm3": 0.3, "turbine_max_m3s": 60}
    tables["plants"] = [plant | {"capacity_mw": 100}] if draw(st.booleans()) else []
    kind = draw(st.sampled_from(["sanitary", "environmental"]))
    floor = monthly("flow_requirement", "floor", "flow_m3s", [draw(st.integers(0, 60))], link=draw(st.sampled_from(links)), kind=kind)
    tables["flow_requirements"] = floor if draw(st.booleans()) else []
    limit = {"link": draw(st.sampled_from(links)), "month": 4, "limit_m3s": draw(st.integers(1, 60)), "kind": "flood"}
    tables["channel_limits"] = [limit] if draw(st.booleans()) else []
    seasons = ("growing", "non_growing")
    tables["limits"] = [{"limit": f"a_{season}", "party": party, "season": season, "year": "2026", "volume_hm3": 90} for season in seasons]


def _content(draw: Draw, tables: Tables, bodies: list[str]) -> dict[str, Any]:
    """Draw a scenario; every reservoir can keep its promise whatever comes, as it starts far above what it must end with."""
    period = draw(st.sampled_from(PERIODS))
    terminals = ({"rule": "free"}, {"rule": "at_least", "storage": 150}, {"rule": "value", "worth": 3})
    reservoirs = {body: {"initial": draw(st.integers(300, 900)), "terminal": dict(draw(st.sampled_from(terminals)))} for body in bodies}
    promise = {"id": "mouth", "party": tables["nodes"][0]["party"], "link": tables["links"][0]["link"], "volume": draw(st.integers(1, 300))}
    season = "a_non_growing" if period["start"] == "2024-02-27" else "a_growing"
    if period["start"] == "2026-03-01" and draw(st.booleans()):
        season = "a_non_growing"
    return {
        "scenario": {"id": "random"},
        "basin": "random",
        "period": period,
        "hydrology": {"year_class": "mean"},
        "reservoir": reservoirs,
        "entitlement": {
            "limits": [{"limit": season, "share": 0.5}] if draw(st.booleans()) else [],
            "inflows": [promise] if draw(st.booleans()) else [],
        },
        "energy": {"value": tuple(draw(st.integers(-2, 5)) for _ in range(12))},
        "environment": _nature(draw, tables, period),
    }


def _nature(draw: Draw, tables: Tables, period: dict[str, Any]) -> dict[str, Any]:
    """Draw a regime, a pulse and the target of a lake, none of them hard."""
    links = [row["link"] for row in tables["links"] if row["kind"] == "river"]
    lakes = [row["node"] for row in tables["nodes"] if row["kind"] == "lake"]
    start = date.fromisoformat(period["start"])
    end = date.fromisoformat(period["end"] if "end" in period else period["stretches"][-1]["until"])
    first = start + timedelta(days=draw(st.integers(0, (end - start).days - 1)))
    last = first + timedelta(days=draw(st.integers(1, (end - first).days)))
    flows = tuple(draw(st.integers(0, 60)) for _ in range(12))
    regime = {"id": "regime", "link": draw(st.sampled_from(links)), "method": "shape", "flow_m3s": flows}
    pulse = {"id": "pulse", "link": draw(st.sampled_from(links)), "volume": draw(st.integers(1, 300)), "start": first, "end": last}
    target = [{"lake": lake, "by": end, "level": draw(st.integers(5, 40))} for lake in lakes[:1]]
    return {
        "regime": [regime] if draw(st.booleans()) else [],
        "pulse": [pulse] if draw(st.booleans()) else [],
        "lake_target": target if draw(st.booleans()) else [],
    }
