"""Either an agreement can be kept, and is; or the clauses named are a true conflict, and each entry of the menu a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given

from tests.agreement.slacks import drawn_at_random, same_slacks
from tests.drafts import solve
from tests.properties.agreements import agreements
from tests.thorough import examples
from waterdeal.agreement.inputs import in_unit_of_rows
from waterdeal.ask.explain import Explanation, explain_conflict
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.audit import audit
from waterdeal.results.clauses import measure_clauses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.drafts import Draft
    from waterdeal.ask.menu import Concession


def possible(river: Draft, clauses: Iterable[dict[str, Any]]) -> bool:
    """Whether a river made anew with these clauses, and no others, has a plan."""
    try:
        solve_levels(compile_model(build_model(river.with_clauses(*clauses).inputs())), (), SolveOptions())
    except Infeasible:
        return False
    return True


def conceding(river: Draft, amounts: dict[str, float]) -> list[dict[str, Any]]:
    """Clauses of a river that concede some amounts."""
    return [{**clause, "concession": amounts.get(clause["id"], 0.0)} for clause in river.clauses]


@examples(2, thorough=12)
@given(river=agreements())
def test_kept_or_explained(river: Draft) -> None:
    """A plan keeps every clause, measured from the texts; without one, the explanation is true."""
    inputs = river.inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    if found is None:
        plan = solve(inputs)
        audit(plan).raise_if_bad()
        assert measure_clauses(plan)["slack"].min() >= -1e-6
    else:
        _check_conflict(river, found)
        _check_ways_out(river, found)


def set_to(river: Draft, way: Concession) -> float:
    """What a clause is set to for a concession: of more than the whole in hm3, as it is read there."""
    if not in_unit_of_rows(way.amount, way.unit):
        return way.amount
    inputs = river.inputs()
    return way.amount / float(inputs["concession_weight"].values[inputs["concession_clause"].values == way.clause].max())


def _check_conflict(river: Draft, found: Explanation) -> None:
    """The clauses named cannot hold, and without any one of them the others can."""
    named = [clause for clause in river.clauses if clause["id"] in found.clauses]
    assert len(named) == len(found.clauses) > 0
    assert not possible(river, named)
    for left in named:
        assert possible(river, [clause for clause in named if clause is not left]), left
    assert set(found.fixed) == {clause["id"] for clause in named if not clause["negotiable"]}


def _check_ways_out(river: Draft, found: Explanation) -> None:
    """Every entry of the menu suffices and nothing less does; who is not on it cannot help alone; the mix suffices evenly."""
    free = {clause["id"] for clause in river.clauses if clause["negotiable"]}
    assert {way.clause for way in found.menu} | set(found.no_help) == free
    for way in found.menu:
        assert possible(river, conceding(river, {way.clause: set_to(river, way)})), way
        assert not possible(river, conceding(river, {way.clause: 0.999 * set_to(river, way)})), way
    for name in found.no_help:
        assert not possible(river, conceding(river, {name: 1e5})), name
    if found.mix is None:
        assert not possible(river, conceding(river, dict.fromkeys(free, 1e5)))
        return
    amounts = {way.clause: set_to(river, way) for way in found.mix}
    assert possible(river, conceding(river, amounts)), found.mix
    assert not possible(river, conceding(river, {name: 0.999 * amount for name, amount in amounts.items()})), found.mix
    assert max(way.relative for way in found.mix) <= min((way.relative for way in found.menu), default=float("inf")) * (1 + 1e-6)


@examples(2, thorough=12)
@given(river=agreements())
def test_conceding_all_it_takes(river: Draft) -> None:
    """Where every clause may concede, the plan concedes what rows and texts both say; so do flows drawn at random."""
    clauses = [{**clause, "concession": 1e5} for clause in river.clauses]
    plan = solve(river.with_clauses(*clauses).inputs())
    audit(plan).raise_if_bad()
    assert (plan["row_slack"].values >= -1e-6).all()
    if not plan.sizes["regime"]:
        same_slacks(plan)
        same_slacks(drawn_at_random(plan, 3, 60.0))
