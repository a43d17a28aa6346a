"""Every way to write a clause is measured from its text as its rows say, on plans and on flows drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.agreement.kinds import CASES, WINTER_AND_SUMMER, Case, rate, river
from tests.agreement.slacks import by_rows, by_text, drawn_at_random, same_slacks
from tests.drafts import Draft, solve
from tests.thorough import THOROUGH, diagonal
from waterdeal.results.clauses import measure_clauses
from waterdeal.scenario.doubts import doubts

BEFORE = {"start": "2026-03-01", "so_far": 35}
BOTH_SEASONS = river(**WINTER_AND_SUMMER)
DAM = {"reservoir": "dam"}
SPLIT = {"kind": "threshold_share", "at": "head", "base": "LOW", "shares": {"LOW": 0.3, "UP": 0.7}}

#: ways to write clauses that the table of kinds does not show; all can hold, or give way
VARIANTS: dict[str, tuple[dict[str, Any], Draft]] = {
    name: (clause, place)
    for name, clause, place in (
        ("volume so far", {"kind": "min_volume", "at": "down", "value": "0.4 km3", **BEFORE}, river()),
        ("volume of a party", {"kind": "min_volume", "supply_of": "LOW", "value": 60}, river()),
        ("limit of a party", {"kind": "max_volume", "limit_of": "UP", "value": 15, **BEFORE}, river()),
        ("second day only", {"kind": "max_volume", "at": "out", "value": 15, "start": "2026-04-02"}, river()),
        ("rates by step over month over all", {"kind": "min_flow", "at": "out", "value": 9, "by_month": {"4": 400}, "by_step": {"2026-04-02": 900}}, river()),
        ("a step without a rate", {"kind": "max_flow", "at": "out", "by_step": {"2026-04-02": 900}}, river()),
        ("schedule of users", {"kind": "schedule", "demands": ["town", "fields"], "value": rate(40), "within": 0.2}, river()),
        ("ratio over the period", {"kind": "min_supply_ratio", "demands": "fields", "value": 0.7, "each": "period"}, river()),
        ("share at most", {"kind": "share_of_flow", "of": "head", "takes": {"at": "gate"}, "value": 0.2, "sense": "at_most"}, river()),
        ("share of its own flow", {"kind": "share_of_flow", "of": "out", "takes": {"at": "out"}, "value": 0.2}, river()),
        ("scale of its own flow", {"kind": "sliding_scale", "at": "down", "index": {"flow": "down"}, "beyond": "along", "points": [[0, 10], [300, 80]]}, river()),
        ("users named twice", {"kind": "min_volume", "demands": ["fields", "fields"], "value": 90}, river()),
        ("share in each step", {"kind": "share_of_flow", "of": "head", "takes": {"demands": "town"}, "value": 0.08, "each": "step"}, river()),
        ("share so far", {"kind": "share_of_flow", "of": "head", "takes": {"limit_of": "LOW"}, "value": 0.3, "taken_so_far": 20, **BEFORE}, river()),
        ("equal users counted", {"kind": "equal_ratio", "among": ["UP", "LOW"], "within": 0.0, "counted": True}, river()),
        ("split so far", {**SPLIT, "threshold": 90, "takes": {"UP": {"at": "gate"}}, "taken_so_far": {"UP": 30}, **BEFORE}, river()),
        ("split from nothing", {**SPLIT, "threshold": 0, "takes": {"UP": {"at": "gate"}, "LOW": {"at": "down"}}}, river()),
        ("scale of a known index", {"kind": "sliding_scale", "at": "down", "index": {"known": 50}, "points": [[0, 40], [100, 90]]}, river()),
        ("scale by class", {"kind": "sliding_scale", "at": "down", "by_class": {"": 60}, "so_far": 20}, river()),
        ("scale of the storage at the start", {"kind": "sliding_scale", "at": "down", "index": {"storage": "dam"}, "points": [[0, 0], [300, 90]]}, river()),
        ("cap by a storage", {"kind": "sliding_scale", "at": "down", "sense": "at_most", "beyond": "along", "points": [[0, 200], [100, 300], [300, 320]],
                              "index": {"storage": "dam", "on": "2026-04-02"}}, river()),
        ("scale of an inflow so far", {"kind": "sliding_scale", "demands": "fields", "beyond": "along", "points": [[0, 0], [100, 10], [300, 60]],
                                       "index": {"flow": "head", "so_far": 50}, **BEFORE}, river()),
        ("stored on a day", {"kind": "end_storage", **DAM, "value": 200, "on": "2026-04-02"}, river()),
        ("two edges", {"kind": "storage_band", **DAM, "low": 120, "high": 260}, river()),
        ("share of the year", {"kind": "release_limit", "at": "head", "summer_share": 0.5, "winter_so_far": 40}, BOTH_SEASONS),
        ("energy of a party", {"kind": "energy_min", "energy_of": "UP", "value": "30 GWh", "start": "2026-03-01", "so_far": 4}, river()),
        ("debt so far", {"kind": "payback", "at": "down", "debt": 30, "ordinary": 90, "end": "2026-04-02", **BEFORE}, river()),
        ("a volume made up", {"kind": "min_volume", "at": "out", "value": 150, "end": "2026-04-02",
                              "made_up": {"by": "2026-04-03", "rate": 1.5, "ordinary": 20}}, river()),
        ("a release made up", {"kind": "exchange", "release": {"at": "out", "by_step": {"2026-04-01": 2000}, "within": 0.1,
                               "made_up": {"by": "2026-04-03", "rate": 1.2}}, "sent": {"amount": 1, "months": [4]}}, river()),
        ("a release and a filling by a scale", {"kind": "exchange", "release": {"at": "out", "value": 900, "scale": {"by_class": {"": 0.5}}},
                                                "filling": {**DAM, "value": 300, "on": "2026-04-02", "scale": {"index": 0.5, "points": [[0, 0], [1, 1]]}},
                                                "sent": {"amount": 1, "months": [4]}}, river()),
        ("both legs of energy", {"kind": "exchange", "filling": {**DAM, "value": 150, "on": "2026-04-02"}, "sent": {"amount": 3, "months": [3], "plants": "works"},
                                 "returned": {"amount": 5, "months": [4], "plants": "works"}, "start": "2026-03-31", "end": "2026-04-02"}, BOTH_SEASONS),
    )
}  # fmt: skip


#: by default: so far, by step, over the period, by users, by a scale, by a storage, on a day, of a year, of energy, of two legs
USUAL = (
    "limit of a party", "rates by step over month over all", "ratio over the period", "users named twice", "split so far", "cap by a storage",
    "stored on a day", "a release made up", "share of the year", "energy of a party", "both legs of energy",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_kinds_by_two_routes(case: Case) -> None:
    """Rows and text agree on a plan that concedes, and on flows drawn at random."""
    plan = solve(case.draft(concession=1.01 * case.amount).inputs())
    same_slacks(plan)
    slack = plan["row_slack"].values - _given(plan)
    assert slack == pytest.approx([_row_by_row(plan)[key] for key in _keys(plan)], abs=1e-6)
    for seed in range(5 if THOROUGH else 1):
        same_slacks(drawn_at_random(plan, seed))


@pytest.mark.parametrize("name", diagonal(VARIANTS, *USUAL))
def test_variants_by_two_routes(name: str) -> None:
    """The same for every other way to write a clause."""
    clause, place = VARIANTS[name]
    plan = solve(place.with_clauses({"id": "mine", "concession": 1000, **clause}).inputs())
    for flows in (plan, *(drawn_at_random(plan, seed) for seed in range(3 if THOROUGH else 1))):
        same_slacks(flows)


def test_more_than_the_whole_is_read_in_the_unit_of_rows() -> None:
    """A ratio of a file that counted concessions in hm3 gives way by so many hm3, and `check` tells that it is read so."""
    ratio = {"id": "mine", "kind": "min_supply_ratio", "demands": "town", "value": 0.9, "each": "period"}  # of 20 hm3
    for concession, points in ((0.25, 0.25), (5, 0.25)):
        place = river().with_clauses({**ratio, "concession": concession})
        inputs = place.inputs()
        assert inputs["clause_conceded_max"].item() == pytest.approx(points)
        told = [problem.field for problem in doubts(place.basin(), place.scenario(), inputs, "s.toml")]
        assert told == (["mine.concession"] if concession > 1 else [])


def _keys(plan: Any) -> list[tuple[str, str, str]]:
    """Clause, part and sense of every row."""
    return list(zip(*(plan[f"row_{name}"].values.tolist() for name in ("clause", "part", "sense")), strict=True))


def _given(plan: Any) -> Any:
    """What each row was conceded."""
    made = dict(zip(plan["concession"].values.tolist(), plan["concession_made"].values.tolist(), strict=True))
    return np.array([made[f"{a},{b}"] for a, b in zip(plan["row_clause"].values, plan["row_concession"].values, strict=True)])


def _row_by_row(plan: Any) -> dict[tuple[str, str, str], float]:
    """Slack of each row by its own name, the pieces of a scale apart."""
    apart = plan.assign(row_concession=("clause_row", np.array(["" for _ in range(plan.sizes["clause_row"])])))
    return by_rows(apart)


def test_kept_conceded_and_broken() -> None:
    """A plan keeps every part but for what it concedes; text alone tells so."""
    plan = solve(CASES[0].draft(concession=60).inputs())
    measured = measure_clauses(plan)
    assert measured["slack"].to_numpy() == pytest.approx(-plan["concession_made"].values[:1], abs=1e-6)
    assert measured["value"][0] == pytest.approx(350)
    assert by_text(plan) == {("mine", "whole", "at_least"): pytest.approx(-50)}


def test_what_was_not_measured_is_not_kept() -> None:
    """A gauge without readings gives no slack."""
    plan = solve(CASES[0].draft(concession=60).inputs())
    plan["flow"].values[:] = np.nan
    assert np.isnan(list(by_text(plan).values())).all()
