"""Every kind: its equations as text, a conflict named exactly, and a concession known by hand."""

from __future__ import annotations

import itertools
from copy import deepcopy
from dataclasses import replace
from functools import cache, reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.agreement.kinds import APART, BY_KIND, CASES, SAMPLES, WINTER_AND_SUMMER, Case, rate, river, sample
from tests.drafts import solve
from tests.model.test_golden import GOLDEN, compare, lp_text
from tests.thorough import diagonal
from waterdeal.agreement.forms import KINDS, clause_rows, kind_name
from waterdeal.agreement.inputs import clauses_of, number_told
from waterdeal.agreement.river import River
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.explain import Explanation, explain_conflict
from waterdeal.ask.margins import clause_rooms
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.conflict import refuted_by
from waterdeal.lp.options import SolveOptions
from waterdeal.lp.program import Matrix, Program
from waterdeal.model.build import build_model, materialise
from waterdeal.reports.explanation import explanation_record, explanation_text, make_offer
from waterdeal.reports.quantity import UNITS
from waterdeal.results.clauses import measure_clauses
from waterdeal.words import LANGUAGES, read_texts

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr


@cache
def explain_kind(kind: str) -> Explanation:
    """Explain the case of a kind, once for the tests that ask."""
    return explain(BY_KIND[kind])


def explain(case: Case) -> Explanation:
    """Explain a case."""
    inputs = case.draft().inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    return found


def test_every_kind_has_a_case_and_a_sentence() -> None:
    """A kind that is added brings its conflict by hand, its golden LP, and words in every language."""
    kinds = set(map(kind_name, KINDS))
    assert set(SAMPLES) == kinds
    assert set(BY_KIND) == kinds - APART
    assert {path.stem.removeprefix("clause_") for path in GOLDEN.glob("clause_*.lp")} == kinds - APART
    for language in LANGUAGES:
        said = {phrase.key for kind in kinds for phrase in sample(kind).phrases()}
        assert said <= read_texts(language).keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_equations(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Rows of the clause, as they stand in the LP."""
    compare(rows_of_mine(case.draft(concession=1).inputs(), tmp_path), f"clause_{case.kind}", request)


def rows_of_mine(inputs: xr.Dataset, tmp_path: Path) -> str:
    """Rows of the clause `mine`, as they stand in the LP."""
    text = lp_text(materialise(build_model(inputs)), "agreement", tmp_path)
    rows = text[text.index("s.t.") : text.index("bounds")].split("\n\n")[0].splitlines()
    starts = [k for k, line in enumerate(rows) if line.endswith(":")] + [len(rows)]
    mine = [rows[a:b] for a, b in itertools.pairwise(starts) if "_clause_" in rows[a] and "mine" in rows[a]]
    assert mine
    return "\n".join(line for row in mine for line in row) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_conflict_is_named_exactly(case: Case) -> None:
    """The clause, and those it contradicts; the rest of the menu is empty, for the others are not negotiable."""
    found = explain_kind(case.kind)
    assert set(found.clauses) == {"mine", *(other["id"] for other in case.others)}
    assert set(found.fixed) == {other["id"] for other in case.others}
    assert [way.clause for way in found.menu] == ["mine"]
    assert found.no_help == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_concession_is_the_one_by_hand(case: Case) -> None:
    """What it must concede is known; conceding it suffices, 99.9 % of it does not."""
    (way,) = explain_kind(case.kind).menu
    assert way.amount == pytest.approx(case.amount, rel=1e-6, abs=2e-7)
    plan = solve(case.draft(concession=way.amount).inputs())
    assert float(plan["clause_conceded"][0]) == pytest.approx(case.amount, rel=1e-5)
    with pytest.raises(Infeasible):
        solve(case.draft(concession=0.999 * way.amount).inputs())


@pytest.mark.parametrize("case", diagonal(CASES, *(BY_KIND[kind] for kind in ("max_volume", "min_flow", "storage_band", "threshold_share", "exchange"))), ids=lambda case: case.kind)
def test_the_most_that_is_conceded_is_enough(case: Case) -> None:
    """What rows lack where all else is as bad as can be is no less than what the clause must concede, and lets it go altogether."""
    inputs = case.draft().inputs()
    model = Bargain(compile_model(build_model(inputs)), inputs, SolveOptions())
    mine = model.ids.index("mine")
    assert model.most[mine] >= case.amount * (1 - 1e-9)
    model.hold({**model.limits(name for name in model.ids if name != "mine"), "mine": float(model.most[mine])})
    assert model.settled() is not None


def test_proofs_answer_further_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 of 350 hm3 promised below: that another promise cannot be kept beside it, nor help by giving way, is told without a solve."""
    town = {"id": "town", "kind": "min_volume", "demands": "town", "value": 5}
    inputs = replace(BY_KIND["min_volume"], others=(town,)).draft().inputs()
    model = Bargain(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert model.cannot_hold(["mine"])
    monkeypatch.setattr(model.solver, "minimise", None)
    assert model.cannot_hold(["mine", "town"])
    assert model.exceeds(["mine", "town"])
    assert model.blamed == ["mine"]
    model.hold(model.limits(["town"]))
    assert not model.is_refuted()
    assert not model.is_refuted(model.most)


#: the number of the sentence that a concession changes, by kind; where there are several, each by a share of itself
NUMBERS = {
    "min_volume": {"value": -1}, "max_volume": {"value": 1}, "min_flow": {"value": -1}, "max_flow": {"value": 1}, "env_flow": {"value": -1},
    "schedule": {"within": 1}, "min_supply_ratio": {"value": -1}, "equal_ratio": {"within": 1}, "end_storage": {"value": -1},
    "storage_band": {"high": 1}, "energy_min": {"value": -1}, "payback": {"debt": -1}, "release_limit": {"winter_max": 1},
    "exchange": {"filling.value": -1, "release.value": -1, "returned.amount": -1},
}  # fmt: skip
#: kinds whose promise depends on the plan: they give way by water
BY_WATER = {"share_of_flow", "threshold_share", "sliding_scale"}
#: the others; by default one of a volume, of a rate, of points, of a part of each number, and of several numbers
IN_THE_SENTENCE = diagonal(
    [case for case in CASES if case.kind not in BY_WATER],
    *(BY_KIND[kind] for kind in ("min_volume", "max_flow", "equal_ratio", "schedule", "exchange")),
)


def changed(case: Case, unit: str, amount: float) -> dict[str, Any]:
    """Change the numbers of a clause's sentence by what it concedes."""
    clause = deepcopy(case.clause)
    for path, sign in NUMBERS[case.kind].items():
        *tables, key = path.split(".")
        place = reduce(getitem, tables, clause)
        place[key] += sign * amount * (place[key] if unit == "share" else 1.0)
    return clause


@pytest.mark.parametrize("case", IN_THE_SENTENCE, ids=lambda case: case.kind)
def test_a_concession_is_the_change_of_the_number_in_the_sentence(case: Case) -> None:
    """Conceding it, and writing the clause anew with the number less it, are the same; the share told is that of the number."""
    (way,) = explain_kind(case.kind).menu
    enough, short = (replace(case, clause=changed(case, way.unit, share * case.amount)).draft() for share in (1 + 1e-6, 0.999))
    solve(enough.inputs())
    with pytest.raises(Infeasible):
        solve(short.inputs())
    inputs = case.draft().inputs()
    number = number_told(clause_rows(clauses_of(inputs)[0], River(inputs)))
    if way.unit == "share":
        assert np.isnan(number)
        assert way.relative == pytest.approx(way.amount)
    else:
        (field,) = NUMBERS[case.kind]
        assert number == pytest.approx(case.clause[field], rel=1e-6)
        assert way.relative == pytest.approx(way.amount / (number if field != "within" else 1.0))


@pytest.mark.parametrize("share", [0.004, pytest.param(0.013, marks=pytest.mark.thorough), pytest.param(0.05, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("case", IN_THE_SENTENCE, ids=lambda case: case.kind)
def test_a_number_asked_for_more_is_conceded_one_for_one(case: Case, share: float) -> None:
    """Whatever the number of the sentence asks for more, the concession grows by just that; and the number told is what it becomes."""
    (way,), (number, sign) = explain_kind(case.kind).menu, next(iter(NUMBERS[case.kind].items()))
    if way.unit == "share":  # each number, a share more: what is left of it stays the same
        harder = replace(case, clause=changed(case, "share", -share))
        left = (1 + sign * case.amount) / (1 - sign * share)
        assert explain(harder).menu[0].amount == pytest.approx(sign * (left - 1), rel=1e-5)
        return
    much = share * case.clause[number] * (-1 if case.clause[number] == 1 else 1)  # all of what is required cannot be more
    harder = replace(case, clause=changed(case, way.unit, -much))
    (found,), inputs = explain(harder).menu, harder.draft().inputs()
    assert found.amount == pytest.approx(case.amount + much, rel=1e-5)
    offer, factor = make_offer(found, clauses_of(inputs)[0], inputs), UNITS[way.unit][1]
    left_of_it = factor * (harder.clause[number] + sign * (case.amount + much))
    assert offer.becomes == pytest.approx(left_of_it, abs=0.1 + 1e-6)
    assert offer.becomes == pytest.approx(factor * harder.clause[number] + sign * offer.amount, abs=0.1 + 1e-6)


@pytest.mark.parametrize("case", [case for case in CASES if case.kind in BY_WATER], ids=lambda case: case.kind)
def test_a_concession_of_water_is_what_the_plan_misses(case: Case) -> None:
    """Where the promise depends on the plan, what is conceded is what is missing to it, and a share of it."""
    (way,) = explain_kind(case.kind).menu
    measured = measure_clauses(solve(case.draft(concession=way.amount).inputs()))
    assert -measured["slack"].min() == pytest.approx(way.amount, rel=1e-5)
    assert way.relative == pytest.approx(way.amount / measured["promised"].max(), rel=0.01)
    assert way.due == pytest.approx(measured["promised"].max(), rel=0.01)


BELOW = {"points": [[0, 0], [1000, 2000]], "sense": "at_least"}
OF_THE_PLAN = (
    ({"kind": "share_of_flow", "of": "out", "takes": {"demands": "town"}, "value": 0.2}, 330, 66 - 20),
    ({"kind": "threshold_share", "at": "out", "threshold": 130, "base": "LOW", "shares": {"LOW": 0.5, "UP": 0.5}, "takes": {"UP": {"demands": "town"}}}, 330, 80),
    ({"kind": "sliding_scale", "demands": "town", "index": {"flow": "out"}, **BELOW}, 330, 640),
    ({"kind": "sliding_scale", "demands": "town", "index": {"storage": "dam", "on": "2026-04-03"}, **BELOW}, 50, 80),
)


@pytest.mark.parametrize("told", diagonal(OF_THE_PLAN, OF_THE_PLAN[2]), ids=["share", "split", "scale", "store"])
def test_a_share_told_is_of_what_the_plan_makes_due(told: tuple[dict[str, Any], float, float]) -> None:
    """330 hm3 go out of a dam to which 200 come, or 50 are left in it: the share is of the promise at that, not at what nature brings."""
    clause, index, missing = told
    kept = {"id": "least", "kind": "min_volume", "at": "out", "value": 330, "negotiable": False}
    if index == 50:
        kept = {"id": "least", "kind": "end_storage", "reservoir": "dam", "value": 50, "negotiable": False}
    case = Case(clause, missing, (kept,))
    (way,) = explain(case).menu
    assert way.amount == pytest.approx(missing, rel=1e-6)
    inputs = case.draft().inputs()
    offer = make_offer(way, clauses_of(inputs)[0], inputs)
    due = measure_clauses(solve(case.draft(concession=way.amount).inputs()))["promised"].iloc[0]
    assert due == pytest.approx(missing + 20, rel=1e-6)  # what the town takes
    assert offer.relative == pytest.approx(100 * missing / due, abs=0.1)


def test_a_share_told_is_of_the_part_that_gives_most() -> None:
    """330 of which 130 are LOW's: the fields, with 100 at most, miss 130 of 230, the town, with 20, 80 of 100; of the fields alone 130 are told."""
    split = {"kind": "threshold_share", "at": "out", "threshold": 130, "base": "LOW", "shares": {"LOW": 0.5, "UP": 0.5}}
    kept = {"id": "least", "kind": "min_volume", "at": "out", "value": 330, "negotiable": False}
    (way,) = explain(Case({**split, "takes": {"UP": {"demands": "town"}, "LOW": {"demands": "fields"}}}, 0, (kept,))).menu
    assert (way.amount, way.due) == (pytest.approx(130), pytest.approx(230))
    few = {**split, "threshold": 230, "takes": {"UP": {"demands": "town"}, "LOW": {"at": "down"}}}  # 30 of 50 missing to the town, none below
    (way,) = explain(Case(few, 0, (kept,))).menu
    assert (way.amount, way.due) == (pytest.approx(30), pytest.approx(50))


@pytest.mark.parametrize("case", diagonal(CASES, *(BY_KIND[kind] for kind in ("equal_ratio", "payback"))), ids=lambda case: case.kind)
def test_room_is_a_concession_the_other_way(case: Case) -> None:
    """Asked for less than can be by some of its number, a clause has that much room; conceding more than it must, the rest of it is room."""
    (way,), more = explain_kind(case.kind).menu, 0.01 * case.amount
    places = [case.draft(concession=case.amount + more)]
    if case.kind not in BY_WATER | {"release_limit", "exchange"}:  # summer has another room than winter, and a release to the drop none
        places.append(replace(case, clause=changed(case, way.unit, case.amount + more)).draft())
    for place in places:
        inputs = place.inputs()
        (room,) = [room for room in clause_rooms(compile_model(build_model(inputs)), inputs, SolveOptions()) if room.clause == "mine"]
        assert (room.unit, room.amount) == (way.unit, pytest.approx(more, rel=1e-3))


CAPPED = {"kind": "threshold_share", "at": "head", "base": "LOW", "takes": {"UP": {"demands": "town"}}, "no_more": True}
NOTHING = (
    {"kind": "max_volume", "at": "out", "value": 0}, {"kind": "max_volume", "demands": "town", "value": 0},
    {"kind": "max_flow", "at": "down", "value": 0}, {"kind": "schedule", "at": "down", "value": 0, "within": 0.1},
    {"kind": "payback", "at": "down", "debt": 0, "ordinary": 400, "end": "2026-04-03"},
    {"kind": "share_of_flow", "of": "head", "takes": {"demands": "town"}, "value": 0, "sense": "at_most"},
    {"kind": "sliding_scale", "demands": "town", "sense": "at_most", "by_class": {"": 0}},
    {"kind": "sliding_scale", "demands": "town", "sense": "at_most", "index": {"flow": "head"}, "points": [[0, 0], [100, 0]]},
    {**CAPPED, "threshold": 0, "shares": {"LOW": 1, "UP": 0}}, {**CAPPED, "threshold": 900, "shares": {"LOW": 0.5, "UP": 0.5}},
)  # fmt: skip


@pytest.mark.parametrize("cap", diagonal(NOTHING, NOTHING[3], NOTHING[7]), ids=lambda cap: cap["kind"])
def test_of_nothing_there_is_no_share(cap: dict[str, Any]) -> None:
    """What goes beyond nothing is no per cent of it, in the record either; it is levelled by what is at stake."""
    others = ({"id": "much", "kind": "min_volume", "at": "down", "value": 40, "negotiable": False},
              {"id": "town", "kind": "min_volume", "demands": "town", "value": 10, "negotiable": False})  # fmt: skip
    inputs = Case(cap, 0.0, others).draft().inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    (way,) = found.menu
    offer = make_offer(way, clauses_of(inputs)[0], inputs)
    assert way.relative < 1
    assert np.isnan(offer.relative)
    no_number = cap["kind"] == "payback" or {"of", "index", "threshold"} & cap.keys()  # no debt is below nothing, or the plan tells it
    assert offer.becomes == (None if no_number else offer.amount)
    assert explanation_record(found, inputs)["menu"][0]["relative"] is None


def test_a_day_of_nothing_gives_way_beside_others() -> None:
    """100 hm3 come a day, of which none are allowed on one and 50 on the other: they concede as much of the larger cap as they must."""
    cap = {"kind": "max_flow", "at": "head", "by_step": {"2026-04-01": 0, "2026-04-02": rate(50)}}
    (way,) = explain(Case(cap, 2.0)).menu
    assert (way.unit, way.amount, way.parts) == ("share", pytest.approx(2), {"2026-04-01": pytest.approx(2), "2026-04-02": pytest.approx(1)})


def test_summer_gives_way_by_a_share_of_its_share() -> None:
    """0.6 of 200 hm3 promised to summer, in which 100 come: a sixth less is 0.5; by a share of 0 nothing is promised."""
    place = river(**WINTER_AND_SUMMER)
    case = Case({"kind": "release_limit", "at": "head", "summer_share": 0.6}, 0, (), place)
    found = explain(case)
    (way,) = found.menu
    assert (way.unit, way.amount) == ("share", pytest.approx(1 / 6))
    told = explanation_text(found, case.draft().inputs(), "en").replace("\xa0", " ")
    assert "−16.7 %, share of the growing season (of 120.0 million m³, which natural flow would make it)" in told
    none = Case({"kind": "release_limit", "at": "head", "summer_share": 0.0, "winter_max": rate(100)}, 0, (), place).draft().inputs()
    assert none["row_part"].values.tolist() == ["2026-03-31"]


@pytest.mark.parametrize(("room", "is_refuted"), [(5e6, False), (1.5e6, True), (np.inf, False)])
def test_a_proof_reckons_with_lakes_of_any_size(room: float, is_refuted: bool) -> None:
    """That 2,000,000 hm3 are stored is impossible only where there is less room; without a bound there always is room."""
    program = Program(Matrix(np.array([0, 1]), np.array([0]), np.ones(1)), np.full(1, 2e6), np.full(1, np.inf), np.zeros(1), np.full(1, room), {}, (), ())
    assert (refuted_by(np.ones(1), program) is not None) == is_refuted


@pytest.mark.parametrize("value", [1e7, pytest.param(1e9, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("kind", diagonal(["min_volume", "end_storage", "energy_min"], "end_storage"))
def test_a_promise_far_beyond_the_river_is_explained(kind: str, value: float) -> None:
    """A slip of digits is a conflict like any other, and ends; more than any figure of a river is refused at the door."""
    case = BY_KIND[kind]
    missing = value - (case.clause["value"] - case.amount)
    (way,) = explain(replace(case, clause={**case.clause, "value": value})).menu
    assert way.amount == pytest.approx(missing, rel=1e-6)
    with pytest.raises(ValidationError, match="more than any river has"):
        replace(case, clause={**case.clause, "value": 1e15}).draft().inputs()


@pytest.mark.parametrize(
    ("points", "amount"),
    [
        ([[0, 0], [200, 400]], 50.0),  # 400 at an inflow of 200 and beyond: concave, so one regime of two; 350 are there
        ([[0, 500], [100, 500], [150, 360], [1000, 360]], 10.0),  # 360 at 200
    ],
)
def test_scale_that_is_not_convex(points: list[list[float]], amount: float) -> None:
    """Binaries choose the piece; the concession is the one by hand, and the measured promise is the scale's value."""
    case = Case({"kind": "sliding_scale", "at": "down", "index": {"flow": "head"}, "points": points}, amount)
    inputs = case.draft().inputs()
    assert inputs.sizes["regime"] > 1
    (way,) = explain(case).menu
    assert way.amount == pytest.approx(amount, rel=1e-6)
    plan = solve(case.draft(concession=way.amount).inputs())
    measured = measure_clauses(plan).iloc[0]
    assert measured["promised"] == pytest.approx(np.interp(200, *zip(*points, strict=True)))
    assert measured["slack"] == pytest.approx(-amount, abs=1e-5)


def test_nobody_takes_more_than_the_split() -> None:
    """With `no_more`, the cap is not convex: below the threshold nothing may be taken."""
    clause = {
        "kind": "threshold_share", "at": "head", "threshold": 180, "base": "LOW", "shares": {"LOW": 0.5, "UP": 0.5},
        "takes": {"UP": {"demands": "town"}}, "no_more": True,
    }  # fmt: skip
    plan = solve(Case(clause, 0).draft().inputs())
    assert float(plan["delivery"].sel(demand="town").sum()) == pytest.approx(10)  # half of 200 - 180
    plan = solve(Case({**clause, "threshold": 220}, 0).draft().inputs())
    assert float(plan["delivery"].sel(demand="town").sum()) == pytest.approx(0)


@pytest.mark.parametrize(
    "clause",
    [
        {"kind": "schedule", "at": "head", "value": rate(20), "within": 0.1},  # 100 come each day: 390 points more
        {"kind": "schedule", "at": "head", "by_step": {"2026-04-01": rate(99), "2026-04-02": rate(0.5)}, "within": 0.1},
        {"kind": "release_limit", "at": "head", "winter_max": rate(30), "summer_share": 0.2},
    ],
    ids=["schedule", "days", "limit"],
)
def test_a_concession_of_more_than_the_whole_is_set_as_it_is_read(clause: dict[str, Any]) -> None:
    """Where shares or points count, more than one is read in hm3: what is told to be set allows as much as is told, and hardly more."""
    case = Case(clause, 0.0, (), river(**WINTER_AND_SUMMER) if clause["kind"] == "release_limit" else river())
    inputs = case.draft().inputs()
    (way,) = explain(case).menu
    assert way.unit in {"1", "share"}
    assert way.amount > 1
    told = make_offer(way, clauses_of(inputs)[0], inputs).setting
    again = case.draft(concession=float(told.partition("=")[2])).inputs()
    assert way.amount <= float(again["clause_conceded_max"].values[0]) <= 1.01 * way.amount
    solve(again)
