"""Random rivers with all that is below and in the water: aquifers, wells, percolation, drainage used again, salt and its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.properties.rivers import rivers

if TYPE_CHECKING:
    from tests.drafts import Draft, Tables

Draw = Any
SALT = st.sampled_from([0.0, 0.3, 0.8, 2.5])
SHARES = st.sampled_from([0.1, 0.3, 0.5])


@st.composite
def salty_rivers(draw: Draw) -> Draft:
    """Draw a river with everything on, every limit soft."""
    river = draw(rivers())
    tables: Tables = {**river.tables, "links": [dict(row) for row in river.tables["links"]]}
    nodes = [row["node"] for row in tables["nodes"] if row["kind"] != "canal"]
    tables["seepage"] = [{"reservoir": row["reservoir"], "share_per_day": 0.002} for row in tables["reservoirs"] if draw(st.booleans())]
    tables["aquifers"] = [_aquifer(draw, tables, f"a{number}", draw(st.sampled_from(nodes))) for number in range(draw(st.integers(1, 2)))]
    aquifers = [row["aquifer"] for row in tables["aquifers"]]
    tables["wells"] = [
        {
            "well": f"w_{row['demand']}",
            "aquifer": draw(st.sampled_from(aquifers)),
            "demand": row["demand"],
            "capacity_m3s": draw(st.integers(1, 40)),
        }
        for row in tables["demands"]
        if draw(st.booleans())
    ]
    tables["percolation"] = _percolation(draw, tables, aquifers)
    _salt(draw, tables)
    switches = {
        "groundwater": {"on": True, "debt_price": draw(st.sampled_from([0, 0.5])), "energy_price": 2},
        "reuse": {"on": bool(tables["reuse"])},
        "salinity": {"on": True, "passes": 3},
    }
    return replace(river, tables=tables, content={**river.content, **switches})


def _aquifer(draw: Draw, tables: Tables, name: str, node: str) -> dict[str, Any]:
    """Draw an aquifer."""
    alpha, pumping = draw(st.sampled_from([0.0, 0.001, 0.05])), {"lift_m": draw(st.integers(0, 80)), "pump_efficiency": 0.6}
    row = {"aquifer": name, "party": tables["nodes"][0]["party"], "node": node, "initial_hm3": 800, "alpha_per_day": alpha, **pumping}
    return {**row, "recharge_m3s": draw(st.integers(0, 20)), "safe_yield_hm3": draw(st.sampled_from(["", 300]))}


def _percolation(draw: Draw, tables: Tables, aquifers: list[str]) -> list[dict[str, Any]]:
    """Draw who feeds the aquifers: users, leaking dams, losing links."""
    losing = [row["link"] for row in tables["links"] if row.get("loss_fraction") or row.get("efficiency", 1) < 1]
    sources = [(row["demand"], "demand") for row in tables["demands"]]
    sources += [(row["reservoir"], "reservoir") for row in tables["seepage"]] + [(link, "link") for link in losing]
    chosen = [pair for pair in sources if draw(st.booleans())]
    return [{"source": name, "kind": kind, "aquifer": draw(st.sampled_from(aquifers)), "share": draw(SHARES)} for name, kind in chosen]


def _salt(draw: Draw, tables: Tables) -> None:
    """Draw salt, its limits, and drainage that goes from one user to another."""
    kinds = {row["node"]: row["kind"] for row in tables["nodes"]}
    returning = [row["demand"] for row in tables["demands"] if row.get("return_fraction")]
    tables["salinity"] = [{"node": name, "concentration_gl": draw(SALT)} for name, kind in kinds.items() if kind == "catchment"]
    starts = [(row["reservoir"], kinds[row["reservoir"]]) for row in tables["reservoirs"]] + [
        (row["aquifer"], "aquifer") for row in tables["aquifers"]
    ]
    starts += [(row["link"], "link") for row in tables["links"] if row.get("travel_time_days")]
    starts += [(row["demand"], "demand") for row in tables["demands"] if row.get("return_fraction") and row.get("return_delay_days")]
    tables["salinity_start"] = [{"place": place, "kind": kind, "concentration_gl": draw(SALT)} for place, kind in starts]
    links = [row["link"] for row in tables["links"] if row["kind"] == "river"]
    limit = {
        "link": draw(st.sampled_from(links)),
        "limit_gl": draw(st.sampled_from([0.5, 1.0])),
        "kind": "soft",
        "months": draw(st.sampled_from(["", "4 5"])),
    }
    tables["salinity_limits"] = [limit]
    tables["salt_returns"] = [{"demand": name, "added_gl": 0.4} for name in returning if draw(st.booleans())]
    takers = [row["demand"] for row in tables["demands"]]
    pairs = [(one, other) for one in returning for other in takers if one != other]
    tables["reuse"] = [
        {"reuse": "drain", "from_demand": pairs[0][0], "to_demand": pairs[0][1], "share": 0.5, "capacity_m3s": 30, "blend_limit_gl": draw(st.sampled_from(["", 1.5]))}
    ] if pairs and draw(st.booleans()) else []  # fmt: skip
