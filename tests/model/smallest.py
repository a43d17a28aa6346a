"""The smallest river on which each component acts, one for each golden LP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.drafts import CURVE, Draft, draft, together, user
from tests.farms import farm
from waterdeal.examples import monthly

if TYPE_CHECKING:
    import xarray as xr

TWO_DAYS = {"period": {"start": "2026-04-01", "end": "2026-04-03", "step": "day"}}
HEAD, DAM = "spring catchment; sea outlet", "spring catchment; dam reservoir; sea outlet"
BARE = draft(HEAD, "out spring sea", runoff={"spring": 100}, scenario=TWO_DAYS)


def _with_dam(**more: object) -> Draft:
    """One reservoir between a spring and the sea."""
    return draft(DAM, "head spring dam; out dam sea", runoff={"spring": 100}, **{"scenario": TWO_DAYS, **more})


def _ends(**terminal: object) -> dict[str, object]:
    """Make a scenario with a terminal choice."""
    return {**TWO_DAYS, "reservoir": {"dam": {"initial": 1000, "terminal": terminal}}}


def _released(step: str, month: int, least: float, greatest: float) -> dict[str, object]:
    """Row of records: what the dam let out."""
    bounds = {"least": least, "q05": least, "median": least, "q95": greatest, "greatest": greatest}
    told = {"n": 10, "years": "2001-2010", "status": "assumed", "source": "example"}
    return {"place": "dam", "quantity": "release", "unit": "m3/s", "month": month, "step": step, **bounds, **told}


def _months(**values: float) -> list[dict[str, object]]:
    """Rows of reservoir_months, the same all year."""
    return [{"reservoir": "dam", "month": month, **values} for month in range(1, 13)]


_EVAPORATING = {
    "reservoirs": {"dam": {"evaporation": "from_area", "dead_hm3": 50}},
    "curves": [{"reservoir": "dam", **row} for row in CURVE],
    "evaporation": monthly("reservoir", "dam", "depth_mm", [300]),
}


class _Salted(Draft):
    """A river whose concentrations are as a pass would have left them."""

    def inputs(self) -> xr.Dataset:
        """Make the inputs, with a concentration for every water."""
        inputs = super().inputs()
        lines = {"link": 0.5, "demand": 1.25, "drain": 1.25, "body": 0.6, "aquifer": 2.0, "node": 0.5}
        named = {f"salt_line_{name}": value for name, value in lines.items()}
        named |= {f"salt_part_{name}": 0.25 for name in ("link", "demand", "body")} | {f"salt_beside_{name}": 2.0 for name in ("node", "demand")}
        return inputs.assign({name: inputs[name].copy(data=inputs[name].fillna(value).values) for name, value in named.items()})


class _Rest(Draft):
    """A river that is planned anew for the rest of a season: what the season's plan leaves missing is told."""

    def inputs(self) -> xr.Dataset:
        """Make the inputs, with something missing to everybody."""
        inputs = super().inputs()
        told = {"season_shortage": "demand", "entitlement_shortfall": "entitlement", "flow_shortfall": "flow_requirement"}
        told |= {f"{dim}_shortfall": dim for dim in ("pulse", "lake_target")}
        found = {f"{name}_planned": (dim, 1.0 + np.arange(inputs.sizes[dim])) for name, dim in told.items()}
        return inputs.assign({**found, "shortage_planned": (("demand", "time"), np.ones(inputs["requirement"].shape))})


def _salted(*river: str, **tables: object) -> Draft:
    """Write a river whose water has concentrations."""
    found = draft(*river, **tables)  # type: ignore[arg-type]
    return _Salted(found.tables, found.content)


_STRETCH = "spring catchment; fork junction; mouth junction; sea outlet", "a spring fork; b fork mouth; c mouth sea"
_AQUIFER = {
    "aquifers": [
        {
            "aquifer": "sands", "party": "A", "node": "mouth", "initial_hm3": 100, "least_hm3": 20, "alpha_per_day": 0.1,
            "recharge_m3s": 5, "safe_yield_hm3": 365, "lift_m": 40, "pump_efficiency": 0.5,
        }
    ],
    "wells": [{"well": "wells", "aquifer": "sands", "demand": "low", "capacity_m3s": 20}],
}  # fmt: skip
_FIELDS = together(user("fields", "fork", 50, return_fraction=0.4, return_node="mouth", return_delay_days=0.25), user("low", "mouth", 30))
_REUSE = {
    "reuse": [{"reuse": "drain", "from_demand": "fields", "to_demand": "low", "share": 0.5, "capacity_m3s": 8, "blend_limit_gl": 1.5}]
}
_CHAIN = "spring catchment; fork junction; fields canal; sea outlet", "a spring fork; gate fork fields canal; b fork sea"

_GIVING = draft(
    "spring catchment; dam lake; sea outlet",
    "head spring dam; out dam sea",
    runoff={"spring": 100},
    scenario={
        **TWO_DAYS,
        "environment": {
            "lake_target": [{"lake": "dam", "by": "2026-04-03", "volume": 1005}],
            "pulse": [{"id": "delta", "link": "out", "volume": 20, "start": "2026-04-01", "end": "2026-04-02"}],
        },
        "objective": {"levels": ["drinking", "environment", "irrigation", "operation"], "give": {"users": 0.1, "flows": 0.05}},
    },
    flow_requirements=[
        *monthly("flow_requirement", "delta", "flow_m3s", [50], link="out", kind="environmental"),
        *monthly("flow_requirement", "health", "flow_m3s", [5], link="out", kind="sanitary"),
    ],
    **together(user("town", "dam", 10, kind="municipal"), user("fields", "dam", 50)),
)
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
    "fixed_loss": (
        draft(
            "spring catchment; post gauge; mouth junction; sea outlet",
            "a spring post; b post mouth; c mouth sea",
            runoff={"spring": 100},
            links={"a": {"loss_fraction": 0.1, "loss_m3s": 5}, "b": {"travel_time_days": 0.5, "loss_m3s": 10}},
            past_flows=monthly("link", "b", "flow_m3s", [50]),
            scenario=TWO_DAYS,
        ),
        "safety",
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
    "crops": (
        farm(
            {
                "wheat": {"initial_days": 2, "ky_total": 0.8, "area_kha": 6, "cost_usd_ha": 100},
                "melon": {"initial_days": 2, "area_kha": 4, "kc_ini": 0.5, "yield_t_ha": 20, "price_usd_t": 50},
            },
            land=10,
            water=60,
            period=TWO_DAYS["period"],
            agriculture={"calibration": "pmp"},
            demand={"application_efficiency": 0.5},
            user={"return_fraction": 0.4, "return_node": "post", "return_delay_days": 0.25},
            responses=[{"crop": "melon", "water_mm": mm, "yield_share": share} for mm, share in ((0, 0.1), (30, 0.7), (60, 1))],
            rotations=[{"demand": "farm", "crop": "melon", "share_min": 0.2, "share_max": 0.5}],
            food_needs=[{"food_need": "bread", "party": "A", "crop": "wheat", "tonnes": 900}],
        ),
        "benefit",
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
    "pump": (
        draft(
            "spring catchment; fork junction; hill reservoir; sea outlet",
            "a spring fork; lift fork hill canal; back hill fork; b fork sea",
            runoff={"spring": 100},
            links={"lift": {"pump_gwh_per_hm3": 0.4, "capacity_m3s": 30}},
            scenario=TWO_DAYS,
        ),
        "benefit",
    ),
    "power_market": (
        draft(
            HEAD,
            "out spring sea",
            runoff={"spring": 100},
            plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 80}],
            scenario={
                **TWO_DAYS,
                "power": {
                    "A": {
                        "blocks": [{"size": [30] * 12, "worth": [5] * 12}, {"size": [15] * 12, "worth": [2] * 12}],
                        "export": {"limit": [6] * 12, "price": [3] * 12},
                        "firm": [45] * 12,
                    }
                },
            },
        ),
        "power",
    ),
    "benefit": (
        draft(
            "spring catchment; fork junction; sea outlet",
            "a spring fork; b fork sea",
            runoff={"spring": 100},
            scenario={
                **TWO_DAYS,
                "benefit": {
                    "town": {"kind": "elastic", "price": 0.5, "quantity": 1.0, "elasticity": -0.5},
                    "fields": {"kind": "table", "per": "step", "points": [[0, 0], [5, 10], [12, 15]]},
                },
            },
            **together(user("town", "fork", 10, kind="municipal"), user("fields", "fork", 120)),
        ),
        "benefit",
    ),
    "environment": (
        _with_dam(flow_requirements=monthly("flow_requirement", "delta", "flow_m3s", [50], link="out", kind="environmental")),
        "environment",
    ),
    "pulse": (
        _with_dam(
            scenario={
                "period": {"start": "2026-04-01", "end": "2026-04-21", "step": "dekad"},
                "environment": {
                    "pulse": [
                        {"id": "spawning", "link": "out", "volume": 50, "start": "2026-04-06", "end": "2026-04-16"},
                        {"id": "delta", "link": "head", "volume": 20, "start": "2026-04-01", "end": "2026-04-11", "hard": True},
                    ]
                },
            }
        ),
        "environment",
    ),
    "lake_target": (
        draft(
            "spring catchment; dam lake; sea outlet",
            "head spring dam; out dam sea",
            runoff={"spring": 100},
            scenario={
                **TWO_DAYS,
                "environment": {
                    "lake_target": [
                        {"lake": "dam", "by": "2026-04-02", "volume": 1005, "hard": True},
                        {"lake": "dam", "by": "2026-04-03", "level": 21},
                    ]
                },
            },
            **_EVAPORATING,
        ),
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
    "groundwater": (
        draft(
            *_STRETCH,
            runoff={"spring": 100},
            links={"a": {"loss_fraction": 0.1}},
            percolation=[
                {"source": "fields", "kind": "demand", "aquifer": "sands", "share": 0.25},
                {"source": "a", "kind": "link", "aquifer": "sands", "share": 0.8},
            ],
            scenario={**TWO_DAYS, "groundwater": {"on": True, "terminal": "as_start", "debt_price": 2, "energy_price": 3}},
            **_AQUIFER,
            **_FIELDS,
        ),
        "benefit",
    ),
    "reuse": (
        draft(
            *_STRETCH,
            runoff={"spring": 100},
            scenario={**TWO_DAYS, "reuse": {"on": True}},
            reuse=[{**_REUSE["reuse"][0], "blend_limit_gl": ""}],
            **_FIELDS,
        ),
        "irrigation",
    ),
    "salinity": (
        _salted(
            *_STRETCH,
            runoff={"spring": 100},
            scenario={
                **TWO_DAYS,
                "groundwater": {"on": True, "debt_price": 0},
                "reuse": {"on": True},
                "salinity": {"on": True},
            },
            salinity=[{"node": "spring", "concentration_gl": 0.5}],
            salinity_start=[
                {"place": "sands", "kind": "aquifer", "concentration_gl": 2},
                {"place": "fields", "kind": "demand", "concentration_gl": 1.25},
            ],
            salinity_limits=[{"link": "c", "limit_gl": 1, "kind": "soft"}, {"link": "b", "limit_gl": 0.8, "kind": "hard", "months": "3 4"}],
            **_AQUIFER,
            **_FIELDS,
            **_REUSE,
        ),
        "environment",
    ),
    "salt_load": (
        _salted(
            DAM.replace("sea outlet", "fork junction; pond lake; sea outlet"),
            "head spring dam; out dam fork; b fork pond; low pond sea",
            runoff={"spring": 100},
            links={"b": {"travel_time_days": 0.5, "loss_fraction": 0.1}},
            scenario={**_ends(rule="free"), "reservoir": {name: {"initial": 100, "terminal": {"rule": "free"}} for name in ("dam", "pond")},
                      "salinity": {"on": True}},
            past_flows=monthly("link", "b", "flow_m3s", [50]),
            salinity=[{"node": "spring", "concentration_gl": 0.5}],
            salinity_start=[
                *({"place": name, "kind": kind, "concentration_gl": 0.75} for name, kind in (("dam", "reservoir"), ("pond", "lake"), ("b", "link"))),
                {"place": "fields", "kind": "demand", "concentration_gl": 1.25},
            ],
            salt_returns=[{"demand": "fields", "added_gl": 0.25}],
            **user("fields", "dam", 50, return_fraction=0.4, return_node="fork", return_delay_days=0.25),
        ).with_clauses(
            {"id": "mine", "kind": "salt_load", "at": "low", "tonnes": 5000},
            {"id": "theirs", "kind": "salt_load", "supply_of": "A", "tonnes": 3000, "so_far": 500},
        ),
        "agreement",
    ),
    "smoothness": (_with_dam(scenario=_ends(rule="value", worth=2)), "smoothness"),
    "ramp": (
        _with_dam(
            scenario={
                "period": {"start": "2026-04-01", "stretches": [{"until": "2026-04-11", "step": "dekad"}, {"until": "2026-04-12", "step": "day"}]},
                "operation": {"ramp": {"out": 20}, "hard": ["head"]},
                "objective": {"levels": ["operation"]},
            },
            ramps=[{"link": "head", "change_m3s_per_day": 10, "kind": "soft"}],
        ),
        "operation",
    ),
    "record": (
        _with_dam(
            scenario={
                "period": {"start": "2026-04-21", "stretches": [{"until": "2026-05-01", "step": "dekad"}, {"until": "2026-06-01", "step": "month"}]},
                "operation": {"ramp_share": 0, "within_record": True},
                "objective": {"levels": ["operation"]},
            },
            records=[_released("10-day", 4, 30, 200), _released("month", 4, 50, 90), _released("month", 5, 100, 400), _released("10-day", 5, 1, 2)],
        ),
        "operation",
    ),
    "give": (_GIVING, "given"),
    "planned": (
        _Rest(
            _GIVING.tables | {"limits": [{"limit": "a", "party": "A", "season": "growing", "year": "2026", "volume_hm3": 7}]},
            {**_GIVING.content, "entitlement": {"limits": [{"limit": "a", "share": 0.5}]}},
        ),
        "irrigation_planned",
    ),
    "lookahead": (
        draft(
            "spring catchment; dam reservoir; fork junction; sea outlet",
            "head spring dam; out dam fork; low fork sea",
            runoff={"spring": 100},
            links={"out": {"travel_time_days": 0.5, "loss_fraction": 0.1}},
            past_flows=monthly("link", "out", "flow_m3s", [50]),
            plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 80}],
            flow_requirements=monthly("flow_requirement", "delta", "flow_m3s", [50], link="low", kind="environmental"),
            channel_limits=[{"link": "low", "month": 5, "limit_m3s": 80, "kind": "flood"}],
            **{**_EVAPORATING, "reservoirs": {"dam": {**_EVAPORATING["reservoirs"]["dam"], "release_max_m3s": 400}}},  # type: ignore[index]
            **user("fields", "fork", 50, return_fraction=0.4, return_node="fork", return_delay_days=0.25),
            scenario={**TWO_DAYS, "lookahead": {"until": "2026-06-01"}},
        ),
        "lookahead",
    ),
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
