"""Random rivers with every part on at once: fields, heads, outlets, seepage, a market for energy, benefits, and all below and in the water."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.farms import CROP, FIELD
from tests.properties.ground import salty_rivers

if TYPE_CHECKING:
    from tests.drafts import Draft, Tables

Draw = Any
LEVELS = ("firm_power", "power")


@st.composite
def full_rivers(draw: Draw) -> Draft:
    """Draw a river on which nothing is off: a dam with a headed plant and outlets is put at its head, a farm and a town below it."""
    river = draw(salty_rivers())
    tables: Tables = {name: [dict(row) for row in rows] for name, rows in river.tables.items()}
    party = tables["nodes"][0]["party"]
    _dam(draw, tables, party)
    _farm(draw, tables)
    market = {"blocks": [{"size": [draw(st.integers(1, 20))] * 12, "worth": [9] * 12}, {"size": [15] * 12, "worth": [4] * 12}]}
    market["export"] = {"limit": [draw(st.integers(0, 30))] * 12, "price": [2] * 12}
    market["firm"] = [draw(st.integers(0, 15))] * 12
    content = {
        **river.content,
        "physics": {"head": "successive", "evaporation": "curve", "passes": 6},
        "agriculture": {"on": True, "response": draw(st.sampled_from(["additive", "multiplicative", "seasonal"]))},
        "power": {party: market},
        "benefit": {"town": {"kind": "quadratic", "linear": draw(st.integers(1, 9)), "curve": 0.01}},
        "reservoir": {
            **river.content["reservoir"],
            "upper": {"initial": draw(st.integers(300, 900)), "terminal": {"rule": "free"}},
        },
    }
    return replace(river, tables=tables, content=content)


def _dam(draw: Draw, tables: Tables, party: str) -> None:
    """Put a catchment and a dam above the first node of the river, with a plant that follows its head and outlets that follow its storage."""
    first = next(row["node"] for row in tables["nodes"] if row["kind"] not in {"catchment", "canal"})
    tables["nodes"] += [{"node": name, "kind": kind, "party": party} for name, kind in (("melt", "catchment"), ("upper", "reservoir"))]
    ends = (("melt_upper", "melt", "upper", "river"), ("upper_out", "upper", first, "river"), ("upper_spill", "upper", first, "spillway"))
    tables["links"] += [dict(zip(("link", "from_node", "to_node", "kind"), row, strict=True)) for row in ends]
    tables["reservoirs"].append({"reservoir": "upper", "dead_hm3": 100, "full_hm3": 1000, "evaporation": "from_area"})
    points = ((0, 0, 4), (25, 200, 12), (45, 600, 28), (60, 1200, 52))
    tables["curves"] += [{"reservoir": "upper", "level_m": at, "volume_hm3": volume, "area_km2": area} for at, volume, area in points]
    tables["evaporation"] += [{"reservoir": "upper", "month": month, "depth_mm": 90} for month in range(1, 13)]
    tables["outlets"] = [
        {"reservoir": "upper", "storage_hm3": stored, "release_m3s": rate} for stored, rate in ((100, 5), (500, 60), (1000, 90))
    ]
    tables["seepage"].append({"reservoir": "upper", "share_per_day": 0.001})
    rate = draw(st.integers(5, 150))
    tables["hydrology"] += [
        {"node": "melt", "year_class": "mean", "month": month, "runoff_m3s": rate if month in {3, 5} else 2 * rate}
        for month in range(1, 13)
    ]
    tables["salinity"].append({"node": "melt", "concentration_gl": 0.2})
    tables["salinity_limits"].append({"link": "upper_out", "limit_gl": 0.25, "kind": "soft", "months": ""})
    tables["salinity_start"].append({"place": "upper", "kind": "reservoir", "concentration_gl": 0.3})
    plant = {"plant": "tall", "link": "upper_out", "party": party, "energy_gwh_per_hm3": 0.12, "turbine_max_m3s": 70, "capacity_mw": 30}
    tables["plants"] = [*tables["plants"], plant]
    tables["heads"] = [{"plant": "tall", "reservoir": "upper", "tailwater_m": -20, "efficiency": 0.9}]


def _farm(draw: Draw, tables: Tables) -> None:
    """Put a farm with one or two crops and a town with a benefit at the dam."""
    party = tables["nodes"][-1]["party"]
    for name, kind in (("farm", "irrigation"), ("town", "municipal")):
        tables["demands"].append({"demand": name, "node": "upper", "party": party, "kind": kind, "zone": "z", "limit_counted": "yes"})
        asked = 0 if name == "farm" else draw(st.integers(1, 30))
        tables["requirements"] += [{"demand": name, "month": month, "rate_m3s": asked} for month in range(1, 13)]
    grown = ("wheat", "cotton")[: draw(st.integers(1, 2))]
    responses = {"ky_initial": 0.2, "ky_development": 0.4, "ky_mid": 1.1, "ky_late": 0.4}
    tables["crops"] = [{"crop": crop, **CROP, **responses, "planting_month": 3 + place} for place, crop in enumerate(grown)]
    tables["climates"] = [{"climate": "here", "latitude_deg": 40, "elevation_m": 300}]
    weather = {"et0_mm": 160, "rain_mm": draw(st.sampled_from([0, 40])), "capillary_mm": 0}
    tables["climate_months"] = [{"climate": "here", "month": month, **weather} for month in range(1, 13)]
    chain = {"application_efficiency": 0.6, "distribution_efficiency": 0.9, "conveyance_efficiency": 1}
    tables["field_demands"] = [{"demand": "farm", "climate": "here", "land_kha": 60, **chain}]
    areas = {"area_kha": draw(st.integers(5, 25)), "area_min_kha": 0, "area_max_kha": 30}
    tables["fields"] = [{"field": f"{crop}_field", "crop": crop, **FIELD, "demand": "farm", **areas} for crop in grown]
