"""A dam above fields: A heats its homes in March and lights its works in October, B needs water in April and has coal.

The dam holds 600 hm3 that may be used, and every hm3 makes a GWh. A takes 300 GWh in March, worth 60 USD a MWh, and 500 in October, worth
40; B's fields take 300 hm3 in April. B's coal costs 20 USD a MWh. On its own A lights and heats with all of the water: 300 and 300 GWh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.basin.make import make_basin
from waterdeal.documents import toml_text
from waterdeal.examples import monthly
from waterdeal.run import load

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.run import Case

#: hm3 of 30 days and of 31 days at a rate of one m3/s
APRIL, MARCH = 2.592, 2.6784
DEAL: dict[str, Any] = {
    "id": "deal", "kind": "exchange", "party": "A", "to": "B", "sent": {"amount": "300 GWh", "months": [3]},
    "release": {"at": "out", "by_month": {"4": 300 / APRIL}, "within": 0.0},
}  # fmt: skip


def _months(**values: float) -> list[float]:
    """Twelve values, nothing but in some months."""
    return [values.get(f"m{month}", 0.0) for month in range(1, 13)]


def river(march: float = 0.0, *, gas: bool = False) -> Any:
    """Make the basin; B's fields may take some water in March too, hm3, and C may burn gas at 43 USD a MWh for A."""
    third = {
        "parties": [{"party": "C"}],
        "power_loads": monthly("party", "C", "load_gwh", [0.0], block="none", worth_usd_mwh=100),
        "power_units": monthly("power_unit", "gas", "capacity_mw", [1000.0], party="C", cost_usd_mwh=43),
        "power_links": monthly("power_link", "c_a", "limit_mw", [1000.0], from_party="C", to_party="A", via_party="", loss_fraction=0),
    }  # fmt: skip
    more: dict[str, list[dict[str, Any]]] = third if gas else {}
    line = {"power_link": "b_a", "from_party": "B", "to_party": "A", "via_party": "", "limit_mw": 1000, "loss_fraction": 0}
    return make_basin(
        "contract",
        {
            "parties": [{"party": "A"}, {"party": "B"}, *more.get("parties", [])],
            "nodes": [
                {"node": "spring", "kind": "catchment", "party": "A"}, {"node": "dam", "kind": "reservoir", "party": "A"},
                {"node": "fields", "kind": "junction", "party": "B"}, {"node": "sea", "kind": "outlet", "party": "C" if gas else "B"},
            ],
            "links": [
                {"link": "head", "from_node": "spring", "to_node": "dam", "kind": "river"},
                {"link": "out", "from_node": "dam", "to_node": "fields", "kind": "river"},
                {"link": "past", "from_node": "fields", "to_node": "sea", "kind": "river"},
            ],
            "reservoirs": [{"reservoir": "dam", "dead_hm3": 0, "full_hm3": 2000, "evaporation": "none"}],
            "curves": [{"reservoir": "dam", "level_m": 0, "volume_hm3": 0, "area_km2": 50},
                       {"reservoir": "dam", "level_m": 40, "volume_hm3": 2000, "area_km2": 50}],
            "demands": [{"demand": "grain", "node": "fields", "party": "B", "kind": "irrigation", "zone": "grain", "limit_counted": "yes"}],
            "requirements": monthly("demand", "grain", "rate_m3s", _months(m3=march / MARCH, m4=300 / APRIL)),
            "plants": [{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 1.0, "turbine_max_m3s": 1000}],
            "hydrology": monthly("node", "spring", "runoff_m3s", [0.0], year_class="mean"),
            "power_loads": [
                *monthly("party", "A", "load_gwh", _months(m3=300), block="homes", worth_usd_mwh=60),
                *monthly("party", "A", "load_gwh", _months(m10=500), block="works", worth_usd_mwh=40),
                *monthly("party", "B", "load_gwh", [0.0], block="all", worth_usd_mwh=100),
                *more.get("power_loads", []),
            ],
            "power_units": [*monthly("power_unit", "coal", "capacity_mw", [1000.0], party="B", cost_usd_mwh=20), *more.get("power_units", [])],
            "power_links": [
                *monthly("power_link", "b_a", "limit_mw", [1000.0], **{k: v for k, v in line.items() if k not in {"power_link", "limit_mw"}}),
                *more.get("power_links", []),
            ],
        },
    )  # fmt: skip


def case(folder: Path, *clauses: dict[str, Any], march: float = 0.0, gas: bool = False, **changes: Any) -> Case:
    """Write the scenario of the river with its contract, or other clauses, some tables of it changed, and read it."""
    agreement = {"schema": "waterdeal/agreement@1", "agreement": {"id": "deal"}, "clause": list(clauses or (DEAL,))}
    scenario = {
        "schema": "waterdeal/scenario@1", "basin": "contract", "scenario": {"id": "contract", "title": {"en": "Contract"}},
        "period": {"start": "2026-03-01", "end": "2026-11-01", "step": "month"}, "hydrology": {"year_class": "mean"},
        "reservoir": {"dam": {"initial": 1000, "terminal": {"rule": "at_least", "storage": 400}}},
        "objective": {"levels": ["safety", "power", "irrigation", "benefit"]}, "trade": {"on": True, "power_level": ["A"]},
        "agreements": ["deal.toml"], **changes,
    }  # fmt: skip
    (folder / "deal.toml").write_text(toml_text(agreement), encoding="utf-8")
    (folder / "scenario.toml").write_text(toml_text(scenario), encoding="utf-8")
    return load(folder / "scenario.toml", basin=river(march, gas=gas))
