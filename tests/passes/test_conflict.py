"""Clauses that cannot all hold where areas bend: the concessions told are those of the curve, and each is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.passes.test_areas import lake_and_dam
from tests.thorough import THOROUGH
from waterdeal.ask.bargain import SEARCHED, Bargain
from waterdeal.ask.explain import explain_bargain
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.model.build import build_model
from waterdeal.reports.explanation import explanation_text
from waterdeal.results.audit import audit
from waterdeal.run import load, solve_inputs
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve import single
from waterdeal.solve.relations import evaporation_miss
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Pass, Passes

if TYPE_CHECKING:
    from tests.drafts import Draft

#: the dam keeps a store in autumn, the lake is to get more than is left then
STORE = {"id": "store", "kind": "end_storage", "reservoir": "dam", "value": 900, "on": "2027-01-01"}
LAKE = {"id": "lake", "kind": "min_volume", "at": "tail", "value": 700}


def asked(*clauses: dict[str, Any]) -> Draft:
    """The dam and the lake with promises."""
    return lake_and_dam(water=(60,) * 12, rates=10).with_clauses(*clauses)


def planned(river: Draft) -> Pass:
    """Settle a river."""
    return settle(river.inputs(), Passes(USUAL_LEVELS, SolveOptions()))


@pytest.fixture(scope="module")
def conflict() -> Infeasible:
    """The error of two promises that cannot both be kept: it is proven at once, and no level is tried."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(single, "solve_following", None)
        with pytest.raises(Infeasible) as caught:
            planned(asked(STORE, LAKE))
    return caught.value


def test_each_alone_can_be_kept() -> None:
    """Neither is impossible by itself: the conflict is between them."""
    for clause in (STORE, LAKE):
        found = planned(asked(clause))
        assert evaporation_miss(found.inputs, found.results) <= 1e-8


def test_both_are_named(conflict: Infeasible) -> None:
    """The conflict is of the two, and each is on the menu."""
    assert set(conflict.clauses) == {"store", "lake"}
    assert {way.clause for way in conflict.menu} == {"store", "lake"}


def test_each_entry_is_enough_on_the_curve(conflict: Infeasible) -> None:
    """Conceding what an entry tells gives a plan that settles on the curves and passes its audit; a thousandth less does not."""
    for way in conflict.menu if THOROUGH else conflict.menu[:1]:
        clauses = [{**clause, "concession": way.amount if clause["id"] == way.clause else 0.0} for clause in (STORE, LAKE)]
        plan = solve_inputs(asked(*clauses).inputs(), USUAL_LEVELS, SolveOptions())
        audit(plan).raise_if_bad()
        less = [{**clause, "concession": 0.999 * clause["concession"]} for clause in clauses]
        with pytest.raises(Infeasible):
            planned(asked(*less))


@pytest.mark.thorough  # by default: what the curve tells, above
def test_the_line_would_tell_other_concessions(conflict: Infeasible) -> None:
    """On the least-squares line the menu differs: the curve is what matters here."""
    river = asked(STORE, LAKE)
    with pytest.raises(Infeasible) as caught:
        planned(replace(river, content={**river.content, "physics": {"evaporation": "line"}}))
    amounts = {way.clause: way.amount for way in caught.value.menu}
    assert all(abs(amounts[way.clause] - way.amount) > 0.01 for way in conflict.menu)


def test_conflicts_that_share_no_clause_are_all_told() -> None:
    """More than the dam can hold and more than the lake can get: two conflicts, what ends each, and no clause that ends both."""
    two = [{**STORE, "value": 1200}, {**LAKE, "value": 5000}]
    with pytest.raises(Infeasible, match=r"cannot all hold: store; lake.* no single one suffices") as caught:
        planned(asked(*two))
    found = caught.value.explanation
    assert {conflict.clauses for conflict in found.conflicts} == {("store",), ("lake",)}
    assert (found.menu, set(found.no_help)) == ((), {"store", "lake"})
    ends = {way.clause: way.amount for conflict in found.conflicts for way in conflict.menu}
    assert ends.keys() == {"store", "lake"}
    with pytest.raises(Infeasible):
        planned(asked(*({**clause, "concession": ends[clause["id"]] if clause["id"] == "lake" else 0.0} for clause in two)))
    mix = {way.clause: way.amount for way in found.mix}
    planned(asked(*({**clause, "concession": mix[clause["id"]]} for clause in two)))
    told = explanation_text(found, asked(*two).inputs(), "en")
    assert "Conflict 1 of 2" in told
    assert "Conflict 2 of 2" in told


def test_what_tells_nothing_new_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines whose moves no longer help are given up, and a search that told nothing is not made for clauses that ask no more."""
    inputs = asked(STORE, LAKE).inputs()
    model = Bargain(compile_model(build_model(inputs)), inputs, SolveOptions())
    off, tried, searched = np.zeros(len(model.cost)), list[float](), list[dict[str, float]]()
    off[model.curves.off[0]] = 1.0
    monkeypatch.setattr(model, "least", lambda cost, **_: tried.append(float(cost @ off)) or off)
    assert model.find_lines() is None
    assert tried == [1.0, 1.0, 1.0]
    monkeypatch.setattr(model, "_least_on", lambda *_: searched.append(dict(model.held)) or (Outcome.TIME_LIMIT, None))
    model.nearly = None
    asked_for = [{"store": 1.0, "lake": 1.0}, {"store": 1.0}, {"store": 2.0, "lake": 1.0}, {"store": 0.5}]
    for held in asked_for:
        model.hold(held)
        assert model.piecewise() is None
        assert not model.refused
    assert searched == [asked_for[0], asked_for[3]]


@pytest.mark.thorough  # by default: each way of it on a small river
def test_a_hair_below_an_entry_is_soon_told() -> None:
    """At 99.99 % of a printed concession: neither a plan nor a proof is found, and the search for both takes a fifth of what it may at most."""
    held = ["agreement.toktogul_end.concession=2125.38"]
    case = load(bundled_folder("scenarios") / "syrdarya-growing-2026-dry-deal.toml", held)
    model = Bargain(case.program(), case.inputs, case.options)
    found = explain_bargain(model)
    assert found is not None
    assert not found.proven
    assert SEARCHED - model.left_to_search <= 0.2 * SEARCHED
