"""What a user adds to the model: her objectives are levels or refused, and her variables come back in the plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
import pytest

import waterdeal as wd

if TYPE_CHECKING:
    from pathlib import Path


def _all_kinds(model: Any) -> None:
    """Variables of every index there is, each within bounds that tell which it is."""
    model.missing = pyo.Var(bounds=(1, 2))
    model.by_step = pyo.Var(model.TIME, bounds=(2, 3))
    model.by_both = pyo.Var(model.NODE, model.TIME, bounds=(3, 4))
    model.summer = pyo.Var([step for step in model.TIME if step.startswith("2026-06")], bounds=(4, 5))
    model.sparse = pyo.Var([("a", 1), ("b", 2)], bounds=(5, 6))
    model.square = pyo.Var(model.TIME, model.TIME, bounds=(6, 7))
    model.delivery = pyo.Var(bounds=(7, 8))
    model.part = pyo.Block()
    model.part.inner = pyo.Var([1, 2], bounds=(8, 9))
    model.nothing = pyo.Var([])
    model.dear = pyo.Objective(expr=model.missing + sum(model.by_step[step] for step in model.TIME), sense=pyo.maximize)


def test_variables_of_ones_own_are_in_the_plan(tmp_path: Path) -> None:
    """Under their names, by the dimensions they share with the plan; kept in its file; an objective is a level."""
    case = wd.examples.two_party()
    plan = case.with_model(_all_kinds).solve()
    again = wd.open_result(plan.save(tmp_path / "plan.nc"))
    steps = case.inputs.sizes["time"]
    for found in (plan.dataset, again.dataset):
        assert found["by_both"].dims == ("node", "time")
        assert found["square"].dims == ("time", "square_index2")
        assert found["summer"]["summer_index1"].values.tolist() == ["2026-06-D1", "2026-06-D2", "2026-06-D3"]
        assert found["sparse"]["sparse_index1"].values.tolist() == ["a,1", "b,2"]
        assert found["nothing"].size == 0
        assert float(found["missing"]) == 2
        assert np.array_equal(found["by_step"], np.full(steps, 3.0))
        for least, name in enumerate(("by_both", "summer", "sparse", "square", "own_delivery", "part_inner"), 3):
            assert float(found[name].min()) >= least
    assert json.loads(plan.attrs["levels"])["dear"] == -(2 + 3 * steps)
    assert again.audit().passed


REFUSED: dict[str, tuple[Any, str]] = {
    "a level's name": (lambda model: setattr(model, "irrigation", pyo.Objective(expr=model.missing)), "irrigation is a level already"),
    "an index": (lambda model: setattr(model, "many", pyo.Objective([1, 2], rule=lambda m, _i: m.missing)), "many is many objectives"),
    "curved": (lambda model: setattr(model, "curved", pyo.Objective(expr=(model.missing - 2) ** 2)), "curved is not linear"),
}


@pytest.mark.parametrize("way", REFUSED)
def test_an_objective_that_cannot_be_a_level_is_refused(way: str) -> None:
    """Never left out, and never put in place of a level."""
    add, told = REFUSED[way]

    def both(model: Any) -> None:
        model.missing = pyo.Var(bounds=(0, 5))
        add(model)

    with pytest.raises(wd.WaterdealError, match=told):
        wd.examples.two_party().with_model(both).solve()


@pytest.mark.parametrize("links", [["dam_delta"], ["dam_delta", "fields_head"]])
def test_a_rule_may_run_over_a_plain_list(links: list[str]) -> None:
    """Beside a set of the model, inside or outside of it: each volume counts once."""
    case = wd.examples.two_party()
    rules = (
        lambda model: sum(model.flow[link, t] for link in links for t in model.TIME),
        lambda model: sum(model.flow[link, t] for t in model.TIME for link in links),
    )
    for rule in rules:
        cost, _ = case.with_model(levels=[wd.Level("let_out", rule)]).program().goals["let_out"]
        assert sorted(set(cost.tolist())) == [0.0, 1.0]
        assert cost.sum() == len(links) * case.inputs.sizes["time"]
