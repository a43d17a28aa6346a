"""Clauses that cannot all hold where areas bend: the concessions told are those of the curve, and each is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.passes.test_areas import lake_and_dam
from tests.thorough import THOROUGH
from waterdeal.errors import Infeasible
from waterdeal.lp.options import SolveOptions
from waterdeal.reports.explanation import explanation_text
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
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
