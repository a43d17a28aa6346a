"""The even-handed mix by hand, and by two routes: by duals, and rank by rank where columns are integer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given

from tests.agreement.kinds import rate, river
from tests.properties.agreements import agreements
from tests.thorough import examples
from waterdeal.ask.explain import Explanation, explain_conflict
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.reports.explanation import explanation_record, explanation_text

if TYPE_CHECKING:
    from tests.drafts import Draft

#: 350 hm3 come in all, and 400 are promised
DOWN = {"id": "down", "kind": "min_volume", "at": "down", "value": 300}
FIELDS = {"id": "fields", "kind": "min_volume", "demands": "fields", "value": 100}
#: 100 hm3 come a day, whatever anyone does
HEAD = {"id": "head", "kind": "max_flow", "at": "head", "value": rate(80)}
#: a scale that is not convex and asks for next to nothing: with it columns are integer
SCALE = {"id": "scale", "kind": "sliding_scale", "at": "down", "index": {"flow": "head"}, "points": [[0, 0], [150, 1]], "negotiable": False}


def explained(place: Draft) -> Explanation:
    """Explain a conflict."""
    inputs = place.inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    return found


def mix_of(*clauses: dict[str, Any]) -> dict[str, float]:
    """Mix of some clauses on the river of the kinds."""
    return {way.clause: way.amount for way in explained(river().with_clauses(*clauses)).mix or ()}


@pytest.mark.parametrize("more", [(), (SCALE,)], ids=["linear", "integer"])
def test_every_rank_is_made_least(more: tuple[dict[str, Any], ...]) -> None:
    """The cap must give way by a quarter; the two others share the 50 hm3 that are missing: an eighth of each."""
    assert mix_of(HEAD, DOWN, FIELDS, *more) == pytest.approx({"head": rate(20), "down": 37.5, "fields": 12.5}, rel=1e-5)


@pytest.mark.parametrize("more", [(), (SCALE,)], ids=["linear", "integer"])
def test_a_mix_begins_where_concessions_are_agreed(more: tuple[dict[str, Any], ...]) -> None:
    """With 20 agreed 30 are missing: 7.5 % of each promise beyond what is agreed, so 22.5 of one and 27.5 of the other."""
    place = river().with_clauses(DOWN, {**FIELDS, "concession": 20}, *more)
    found = explained(place)
    assert {way.clause: way.amount for way in found.mix or ()} == pytest.approx({"down": 22.5, "fields": 27.5}, rel=1e-5)
    assert [way.beyond for way in found.mix or ()] == pytest.approx([0.075, 0.075], rel=1e-4)
    assert {way.clause: (way.amount, way.agreed) for way in found.menu} == {"down": pytest.approx((30, 0)), "fields": pytest.approx((50, 20))}
    told = explanation_text(found, place.inputs(), "en")
    assert "at most 7.5 % of its promise beyond what is agreed" in " ".join(told.split())
    assert "20.0 million m³ of it agreed" in " ".join(told.split())


@pytest.mark.parametrize("size", [1e-8, 1e-7, 9e-7])
def test_a_conflict_of_rounding_is_told_so(size: float) -> None:
    """What numbers are rounded by is conceded by any one of the two, and the text says that it is no more than that."""
    place = river().with_clauses({**DOWN, "value": 250 + size}, FIELDS)
    found = explained(place)
    assert {way.clause for way in found.menu} == {"down", "fields"}
    assert all(way.is_rounding and way.amount < 2e-6 for way in (*found.menu, *(found.mix or ())))
    told = " ".join(explanation_text(found, place.inputs(), "en").split())
    assert "no more than numbers are rounded by" in told
    assert "No single concession" not in told
    assert explanation_record(found, place.inputs())["is_rounding"]
    for way in found.menu:
        given_way = [{**clause, "concession": way.amount if clause["id"] == way.clause else 0.0} for clause in place.clauses]
        inputs = place.with_clauses(*given_way).inputs()
        assert explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions()) is None


@examples(2, thorough=30)
@given(place=agreements())
def test_ranks_give_the_mix_of_duals(place: Draft) -> None:
    """A scale that asks for nothing makes columns integer, so that the mix is found rank by rank: it is the same."""
    inputs = place.inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assume(found is not None and found.mix and not inputs.sizes["regime"])
    gauge = place.tables["links"][0]["link"]
    scale = {**SCALE, "at": gauge, "index": {"flow": gauge}, "sense": "at_most", "points": [[0, 9e3], [1, 9e3], [2, 9e3 + 9]]}
    whole = replace(place, clauses=(*place.clauses, scale))
    assert whole.inputs().sizes["regime"] > 1
    assert found is not None
    shares = {way.clause: way.relative for way in found.mix or ()}
    ranked = {way.clause: way.relative for way in explained(whole).mix or ()}
    assert sorted(ranked.values()) == pytest.approx(sorted(shares.values()), rel=1e-4, abs=1e-6)
