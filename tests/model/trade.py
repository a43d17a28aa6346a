"""Neighbours that trade energy: A has a river, B and C have plants without water, and lines lead from C over B to A."""

from __future__ import annotations

from typing import Any

from tests.drafts import Draft, draft
from waterdeal.examples import monthly
from waterdeal.units import GWH_PER_MW_DAY

#: four days of January, in which a month's GWh is 31 times that of a day
JANUARY = {"start": "2026-01-01", "end": "2026-01-05", "step": "day"}
DAYS = 31


def mw(gwh_a_day: float) -> float:
    """Capacity that makes or carries so much a day."""
    return gwh_a_day / GWH_PER_MW_DAY


def load(party: str, block: str, gwh_a_day: float, worth: float) -> list[dict[str, Any]]:
    """Twelve months of a block of a load, in USD a MWh; every month is taken for one of 31 days."""
    return [{"party": party, "block": block, "month": month, "load_gwh": gwh_a_day * DAYS, "worth_usd_mwh": worth} for month in range(1, 13)]


def line(name: str, start: str, end: str, over: str = "", **figures: float) -> list[dict[str, Any]]:
    """Twelve months of a line."""
    row = {"power_link": name, "from_party": start, "to_party": end, "via_party": over, **figures}
    return [{**row, "month": month} for month in range(1, 13)]


def neighbours(*, trade: dict[str, Any] | None = None, lines: list[dict[str, Any]] | None = None, water: float = 20.0, **content: Any) -> Draft:
    """A makes 5 GWh a day of 20 hm3 and takes 8 at 60 USD, 2 of them at 30; B makes 10 at 20 USD and takes 4; C makes 6 at 10 and takes 1."""
    straight = [
        *line("b_a", "B", "A", limit_mw=mw(2), loss_fraction=0.1, price_usd_mwh=30),
        *line("c_b", "C", "B", limit_mw=mw(3), loss_fraction=0.2, price_usd_mwh=25),
        *line("c_a", "C", "A", "B", limit_mw=mw(5), price_usd_mwh=40, transit_usd_mwh=5),
    ]
    return draft(
        "spring catchment A; post gauge B; sea outlet C",
        "out spring post; past post sea",
        plants=[{"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 1000}],
        power_loads=[*load("A", "homes", 6, 60), *load("A", "works", 2, 30), *load("B", "all", 4, 100), *load("C", "all", 1, 100)],
        power_units=[
            *monthly("power_unit", "coal", "capacity_mw", [mw(10)], party="B", cost_usd_mwh=20),
            *monthly("power_unit", "gas", "capacity_mw", [mw(6)], party="C", cost_usd_mwh=10),
        ],
        power_links=straight if lines is None else lines,
        volumes={"spring": [water] * 4},
        scenario={"period": JANUARY, "objective": {"levels": ("power", "benefit")}, "trade": {"on": True, **(trade or {})}, **content},
    )
