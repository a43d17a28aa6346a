"""One table of the kinds of clauses: for each a conflict by hand, and a sample with what its sentence must hold.

The river of the conflicts: 150 hm3 in store, 100 hm3 a day come for two days, so 350 hm3 in all; the dam holds 300. The town (UP) takes up to 10 hm3 a day
above the dam, the fields (LOW) up to 50 below it. Nothing else bounds anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from tests.drafts import Draft, draft, together, user
from waterdeal.agreement.forms import AnyClause

if TYPE_CHECKING:
    from waterdeal.agreement.clause import Clause

DAY = 0.0864


def rate(volume: float) -> float:
    """m3/s that carry a volume in a day."""
    return volume / DAY


def river(**scenario: Any) -> Draft:
    """Spring, dam with a plant, fork to fields, sea."""
    period = {"period": {"start": "2026-04-01", "end": "2026-04-03", "step": "day"}}
    start = {"reservoir": {"dam": {"initial": 150, "terminal": {"rule": "free"}}}}
    return draft(
        "spring catchment UP; dam reservoir UP; fork junction LOW; fields canal LOW; sea outlet LOW",
        "head spring dam; out dam fork; gate fork fields canal; down fork sea",
        volumes={"spring": [100, 100]},
        reservoirs={"dam": {"full_hm3": 300}},
        plants=[{"plant": "works", "link": "out", "party": "UP", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 9000, "capacity_mw": 9000}],
        scenario={**period, **start, **scenario},
        **together(user("town", "dam", rate(10), party="UP"), user("fields", "fields", rate(50), party="LOW")),
    )


@dataclass(frozen=True)
class Case:
    """A clause that cannot hold.

    Parameters
    ----------
    clause : dict
        The clause; its id is ``mine``.
    amount : float
        Least concession of it, by hand, as the kind counts it: the change of the number in its sentence, a share of each of several
        promises, or water where the promise depends on the plan.
    others : tuple of dict
        Clauses it contradicts; none where the river itself refuses it.
    river : Draft
        Where.
    """

    clause: dict[str, Any]
    amount: float
    others: tuple[dict[str, Any], ...] = ()
    river: Draft = field(default_factory=river)

    @property
    def kind(self) -> str:
        """Kind of the clause."""
        return str(self.clause["kind"])

    def draft(self, **changes: Any) -> Draft:
        """Return the river with all clauses, mine changed."""
        return self.river.with_clauses({"id": "mine", **self.clause, **changes}, *self.others)


def _other(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    """Make a clause that does not give way."""
    return {"id": name, "kind": kind, "negotiable": False, **fields}


WINTER_AND_SUMMER = {"period": {"start": "2026-03-31", "end": "2026-04-02", "step": "day"}}

CASES = (
    # 350 hm3 in all, 400 promised
    Case({"kind": "min_volume", "at": "down", "value": 400}, 50),
    # the dam keeps 300, the town takes 20: at least 350 - 320 = 30 must go
    Case({"kind": "max_volume", "at": "out", "value": 20}, 10),
    # 200 a day promised, 350 in two days: 25 a day less
    Case({"kind": "min_flow", "at": "down", "value": rate(200)}, rate(25)),
    # 100 come each day, 90 allowed
    Case({"kind": "max_flow", "at": "head", "value": rate(90)}, rate(10)),
    # 100 come each day, that is 80 and a quarter; a tenth is allowed
    Case({"kind": "schedule", "at": "head", "value": rate(80), "within": 0.1}, 0.15),
    # all of 100 required, 60 let through the gate
    Case({"kind": "min_supply_ratio", "supply_of": "LOW", "value": 1.0}, 0.4, (_other("gate_cap", "max_volume", at="gate", value=60),)),
    # 0.9 x 200 = 180 of the inflow promised, the fields can take 100
    Case({"kind": "share_of_flow", "of": "head", "takes": {"supply_of": "LOW"}, "value": 0.9}, 80),
    # the town gets all, the fields 30 of 100: they differ by 0.7, of which 0.1 is allowed
    Case(
        {"kind": "equal_ratio", "among": ["UP", "LOW"], "within": 0.1},
        0.6,
        (_other("fields_cap", "max_volume", demands="fields", value=30), _other("town", "min_supply_ratio", supply_of="UP", value=1.0)),
    ),
    # 200 pass, 80 of them above the threshold, half of that is the town's, which can take 20
    Case({"kind": "threshold_share", "at": "head", "threshold": 120, "base": "LOW", "shares": {"LOW": 0.5, "UP": 0.5},
          "takes": {"UP": {"demands": "town"}}}, 20),
    # at an inflow of 200 the scale promises 400 of 350
    Case({"kind": "sliding_scale", "at": "down", "index": {"flow": "head"}, "points": [[0, 0], [200, 400]], "beyond": "along"}, 50),
    # 200 a day promised, 350 in two days: 25 a day less
    Case({"kind": "env_flow", "at": "down", "value": rate(200), "negotiable": True}, rate(25)),
    # 100 must go out, so 250 are left of 300 promised
    Case({"kind": "end_storage", "reservoir": "dam", "value": 300}, 50, (_other("out_least", "min_volume", at="out", value=100),)),
    # out at most 50 in all, the town takes 10 a day: 190 and 280 are stored, 100 allowed
    Case({"kind": "storage_band", "reservoir": "dam", "high": 100}, 180, (_other("out_most", "max_volume", at="out", value=50),)),
    # one winter day on which 100 come, 90 allowed: a ninth more; half of the two days' water is summer's
    Case({"kind": "release_limit", "at": "head", "winter_max": rate(90), "summer_share": 0.4}, 1 / 9, (), river(**WINTER_AND_SUMMER)),
    # 350 x 0.25 = 87.5 GWh can be made
    Case({"kind": "energy_min", "plants": "works", "value": 100}, 12.5),
    # 300 + 60 promised of 350
    Case({"kind": "payback", "at": "down", "debt": 60, "ordinary": 300, "end": "2026-04-03"}, 10),
    # 2 x 100 go out and 300 are to be filled, of 350: 0.7 of both; the energy is made
    Case(
        {
            "kind": "exchange", "filling": {"reservoir": "dam", "value": 300, "on": "2026-04-03"},
            "release": {"at": "out", "value": rate(100), "within": 0.0}, "sent": {"amount": 5, "months": [3]},
            "returned": {"amount": 20, "months": [4], "plants": "works"}, "start": "2026-04-01", "end": "2026-04-03",
        },
        0.3,
    ),
)  # fmt: skip
#: kinds that nothing carries, or that only passes show: their cases stand in tests of their own
APART = {"cost_share", "salt_load"}
BY_KIND = {case.kind: case for case in CASES}

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
    "salt_load": ({"at": "shardara_inflow", **WHO, "tonnes": 3250000, "season": "growing"}, {"3250"}, {"shardara_inflow", "UZ", "KZ"}),
    "cost_share": ({**WHO, "work": "dustlik_head", "shares": {"KZ": 0.625, "UZ": 0.375}}, {"62.5", "37.5"}, {"KZ", "UZ"}),
}


@cache
def _reader() -> TypeAdapter[Clause]:
    """Give what checks a clause of any kind, made once."""
    return TypeAdapter(AnyClause)


def sample(kind: str, **fields: Any) -> Clause:
    """Make a clause of a kind."""
    return _reader().validate_python({"id": "sample", "kind": kind, **SAMPLES[kind][0], **fields})
