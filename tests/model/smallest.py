"""The smallest river on which each component acts, one for each golden LP."""

from __future__ import annotations

from tests.drafts import CURVE, Draft, draft, together, user
from waterdeal.examples import monthly

TWO_DAYS = {"period": {"start": "2026-04-01", "end": "2026-04-03", "step": "day"}}
HEAD, DAM = "spring catchment; sea outlet", "spring catchment; dam reservoir; sea outlet"
BARE = draft(HEAD, "out spring sea", runoff={"spring": 100}, scenario=TWO_DAYS)


def _with_dam(**more: object) -> Draft:
    """One reservoir between a spring and the sea."""
    return draft(DAM, "head spring dam; out dam sea", runoff={"spring": 100}, **{"scenario": TWO_DAYS, **more})


def _ends(**terminal: object) -> dict[str, object]:
    """Make a scenario with a terminal choice."""
    return {**TWO_DAYS, "reservoir": {"dam": {"initial": 1000, "terminal": terminal}}}


def _months(**values: float) -> list[dict[str, object]]:
    """Rows of reservoir_months, the same all year."""
    return [{"reservoir": "dam", "month": month, **values} for month in range(1, 13)]


_EVAPORATING = {
    "reservoirs": {"dam": {"evaporation": "from_area", "dead_hm3": 50}},
    "curves": [{"reservoir": "dam", **row} for row in CURVE],
    "evaporation": monthly("reservoir", "dam", "depth_mm", [300]),
}
_CHAIN = "spring catchment; fork junction; fields canal; sea outlet", "a spring fork; gate fork fields canal; b fork sea"

#: smallest river by component, with the goal its LP shows
SMALLEST: dict[str, tuple[Draft, str]] = {
    "catchment": (BARE, "safety"),
    "reach": (
        draft(
            "spring catchment; post gauge; mouth junction; sea outlet",
            "a spring post; b post mouth; c mouth sea",
            runoff={"spring": 100},
            links={"a": {"loss_fraction": 0.1}, "b": {"travel_time_days": 0.5, "loss_fraction": 0.2, "capacity_m3s": 500}},
            past_flows=monthly("link", "b", "flow_m3s", [50]),
            scenario=TWO_DAYS,
        ),
        "safety",
    ),
    "canal": (
        draft(
            *_CHAIN,
            runoff={"spring": 100},
            links={"gate": {"efficiency": 0.8, "capacity_m3s": 60}},
            scenario=TWO_DAYS,
            **user("fields", "fields", 50),
        ),
        "irrigation",
    ),
    "reservoir": (
        _with_dam(
            **{**_EVAPORATING, "reservoirs": {"dam": {**_EVAPORATING["reservoirs"]["dam"], "release_max_m3s": 400}}},  # type: ignore[index]
            reservoir_months=_months(flood_space_hm3=100, rule_low_hm3=500, rule_high_hm3=1500),
        ),
        "rule_band",
    ),
    "lake": (
        draft(
            "spring catchment; dam lake; sea outlet",
            "head spring dam; out dam sea",
            runoff={"spring": 100},
            scenario=TWO_DAYS,
            **_EVAPORATING,
        ),
        "safety",
    ),
    "demand": (
        draft(
            "spring catchment; fork junction; sea outlet",
            "a spring fork; b fork sea",
            runoff={"spring": 100},
            scenario=TWO_DAYS,
            **together(user("town", "fork", 10, kind="municipal"), user("fields", "fork", 120)),
        ),
        "evenness",
    ),
    "return_flow": (
        draft(
            "spring catchment; fork junction; post gauge; sea outlet",
            "a spring fork; b fork post; c post sea",
            runoff={"spring": 100},
            scenario=TWO_DAYS,
            **user("fields", "fork", 50, return_fraction=0.4, return_node="post", return_delay_days=0.25),
        ),
        "irrigation",
    ),
    "hydropower": (
        draft(
            HEAD,
            "out spring sea",
            runoff={"spring": 100},
            plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 80}],
            scenario=TWO_DAYS,
        ),
        "benefit",
    ),
    "environment": (
        _with_dam(flow_requirements=monthly("flow_requirement", "delta", "flow_m3s", [50], link="out", kind="environmental")),
        "environment",
    ),
    "channel": (
        _with_dam(channel_limits=[{"link": "out", "month": 4, "limit_m3s": 80, "kind": "ice"}]),
        "safety",
    ),
    "entitlement": (
        draft(
            *_CHAIN,
            runoff={"spring": 100},
            limits=[{"limit": "a_growing", "party": "A", "season": "growing", "year": "2026", "volume_hm3": 500}],
            scenario={
                **TWO_DAYS,
                "entitlement": {
                    "limits": [{"limit": "a_growing", "share": 0.01}],
                    "inflows": [{"id": "delta", "party": "A", "link": "b", "volume": 4}],
                },
            },
            **user("fields", "fields", 50),
        ),
        "entitlement",
    ),
    "terminal": (_with_dam(scenario=_ends(rule="as_start")), "benefit"),
    "smoothness": (_with_dam(scenario=_ends(rule="value", worth=2)), "smoothness"),
    "clause": (
        _with_dam().with_clauses(
            {"id": "share", "kind": "min_volume", "at": "out", "value": 40, "concession": 5, "price": 3},
            {"id": "cap", "kind": "max_flow", "at": "out", "value": 500},
            {
                "id": "scale",
                "kind": "sliding_scale",
                "at": "out",
                "sense": "at_most",
                "index": {"storage": "dam", "on": "2026-04-02"},
                "points": [[0, 10], [500, 20], [2000, 200]],
            },
        ),
        "agreement",
    ),
}
