"""One clause of every kind, and what its sentence must hold: numbers as in English, and places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from waterdeal.agreement.forms import AnyClause

if TYPE_CHECKING:
    from waterdeal.agreement.clause import Clause

WHO = {"party": "UZ", "to": "KZ"}
PLACED = {"at": "shardara_inflow", **WHO}

#: by kind: fields, numbers in the sentence, places or parties in it
SAMPLES: dict[str, tuple[dict[str, Any], set[str], set[str]]] = {
    "min_volume": ({**PLACED, "value": "3250 hm3", "season": "growing"}, {"3.25"}, {"shardara_inflow", "UZ", "KZ"}),
    "max_volume": ({"limit_of": "UZ", "party": "UZ", "value": "880.5 hm3"}, {"880.5"}, {"UZ"}),
    "min_flow": ({**PLACED, "value": "80 m3/s", "months": [6, 7, 8]}, {"80"}, {"shardara_inflow"}),
    "max_flow": ({**PLACED, "by_month": {"6": "500 m3/s", "7": "650 m3/s"}}, {"500", "650"}, {"shardara_inflow"}),
    "schedule": ({**PLACED, "value": "500 m3/s", "within": 0.125}, {"500", "12.5"}, {"shardara_inflow"}),
    "min_supply_ratio": ({"supply_of": "KZ", "party": "UZ", "value": 0.87, "each": "period"}, {"87"}, {"KZ"}),
    "share_of_flow": (
        {"of": "shardara_inflow", "takes": {"demands": "dustlik_kz"}, "value": 0.075, "sense": "at_most"},
        {"7.5"},
        {"shardara_inflow", "dustlik_kz"},
    ),
    "equal_ratio": ({"among": ["KZ", "UZ"], "within": 0.055}, {"5.5"}, {"KZ", "UZ"}),
    "threshold_share": (
        {"at": "shardara_inflow", "threshold": "12 km3", "base": "KZ", "shares": {"KZ": 0.625, "UZ": 0.375}},
        {"12", "62.5", "37.5"},
        {"shardara_inflow", "KZ", "UZ"},
    ),
    "sliding_scale": (
        {**PLACED, "index": {"storage": "toktogul"}, "points": [["9 km3", "2.5 km3"], ["12 km3", "3.5 km3"]], "season": "growing"},
        {"2.5", "3.5"},
        {"shardara_inflow", "toktogul"},
    ),
    "env_flow": ({"at": "shardara_inflow", "value": "30 m3/s", "start": "2026-04-01"}, {"30", "1", "2026"}, {"shardara_inflow"}),
    "end_storage": ({"reservoir": "toktogul", "value": "9 km3", "on": "2026-10-01"}, {"9", "1", "2026"}, {"toktogul"}),
    "storage_band": ({"reservoir": "toktogul", "low": "900 hm3", "high": "4500 hm3"}, {"900", "4.5"}, {"toktogul"}),
    "release_limit": ({"at": "shardara_inflow", "winter_max": "180 m3/s", "summer_share": 0.75}, {"180", "75"}, {"shardara_inflow"}),
    "energy_min": ({"energy_of": "KG", "value": "1250 GWh"}, {"1250"}, {"KG"}),
    "payback": (
        {**PLACED, "debt": "120 hm3", "ordinary": "300 hm3", "end": "2026-10-01"},
        {"120", "300", "30", "2026"},
        {"shardara_inflow"},
    ),
    "exchange": (
        {
            **WHO,
            "filling": {"reservoir": "toktogul", "value": "3418 hm3", "on": "2026-06-01"},
            "release": {"at": "shardara_inflow", "value": "500 m3/s"},
            "sent": {"amount": "200 GWh", "months": [3, 4]},
            "returned": {"amount": "350 GWh", "months": [6, 7, 8, 9]},
        },
        {"3.418", "1", "2026", "500", "5", "200", "350"},
        {"toktogul", "shardara_inflow", "UZ", "KZ"},
    ),
}


def sample(kind: str, **fields: Any) -> Clause:
    """Make a clause of a kind."""
    clause: Clause = TypeAdapter(AnyClause).validate_python({"id": "sample", "kind": kind, **SAMPLES[kind][0], **fields})
    return clause
