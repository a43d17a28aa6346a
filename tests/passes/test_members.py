"""Members of an ensemble where areas bend: that one has no plan is said of the curves, not of the lines that all are planned on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.passes.test_areas import lake_and_dam
from waterdeal.ensemble import members
from waterdeal.ensemble.members import Member, Solvers
from waterdeal.errors import SolverTrouble
from waterdeal.lp.options import SolveOptions
from waterdeal.results.lines import with_data
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes

LEVELS = ("safety", "irrigation")


def member_of(stored: float, monkeypatch: pytest.MonkeyPatch) -> tuple[Member, Any]:
    """Plan a member with a third of the water of a scenario, on lines by which 20 km2 more evaporate; return it with its inputs."""
    store = {"id": "store", "kind": "end_storage", "reservoir": "dam", "value": stored, "on": "2027-01-01"}
    inputs = lake_and_dam((90,) * 12, 10).with_clauses(store).inputs()
    case: Any = SimpleNamespace(inputs=inputs, options=SolveOptions(), file=SimpleNamespace(scenario=SimpleNamespace(levels=LEVELS)))
    own = members._settled(case, ())
    wrong = with_data(own, {"area_intercept": own["area_intercept"].values + 20.0})
    monkeypatch.setattr("waterdeal.ensemble.members._settled", lambda *_: wrong)
    solvers, water = Solvers(case, ("storage",)), inputs["runoff"].values / 3
    return solvers.solve(1, water), with_data(inputs, {"runoff": water})


def test_a_member_without_a_plan_on_lines_has_that_of_the_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the lines of all no plan stores as much, on the curves one does: the member is what a scenario of its water plans."""
    member, inputs = member_of(724, monkeypatch)
    plan = settle(inputs, Passes(LEVELS, SolveOptions())).results
    assert (member.error, member.conflict) == ("", ())
    assert member.quantities["storage"] == pytest.approx(plan["storage"].values, abs=1e-5)


def test_a_member_is_infeasible_where_that_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than nature gives is refused by name; where neither a plan nor a proof is found, nothing is said to be impossible."""
    member, _ = member_of(800, monkeypatch)
    assert (member.error, member.conflict) == ("Infeasible", ("store",))

    monkeypatch.undo()
    asked = iter([settle])  # the scenario itself has a plan

    def lost(*of: Any) -> Any:
        for usual in asked:
            return usual(*of)
        raise SolverTrouble

    monkeypatch.setattr("waterdeal.ensemble.members.settle", lost)
    member, _ = member_of(800, monkeypatch)
    assert (member.error, member.conflict) == ("SolverTrouble", ())
