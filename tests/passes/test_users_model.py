"""A model of the user's own, with additions, goes through all passes: its data are those of each pass, and its rows stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from tests.passes.rivers import one_dam, settled
from tests.passes.test_areas import lake_and_dam
from tests.passes.test_benefits import users_of
from tests.replay.lines import agrees
from tests.thorough import diagonal
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model, materialise, refresh_data
from waterdeal.replay.simulate import replay
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.relations import evaporation_miss
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Pass, Passes
from waterdeal.solve.worth import true_benefit

CASES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "areas": (lambda: lake_and_dam().inputs(), USUAL_LEVELS),
    "heads": (lambda: one_dam().inputs(), ("benefit",)),
    "benefits": (
        lambda: users_of(
            [6.0], {"one": {"kind": "quadratic", "linear": 6, "curve": 1}, "two": {"kind": "quadratic", "linear": 8, "curve": 0.5}}
        ).inputs(),
        ("benefit",),
    ),
}


def through_passes(case: str, edit: Any = None) -> tuple[Pass, Passes, Any]:
    """Settle a case with a model of one's own."""
    make, levels = CASES[case]
    inputs = make()
    model = build_model(inputs)
    if edit is not None:
        edit(model)
    passes = Passes(levels, SolveOptions(), model=model)
    return settle(inputs, passes), passes, inputs


@pytest.mark.parametrize("case", diagonal(CASES, "areas"))
def test_a_model_without_additions_gives_the_same_plan(case: str) -> None:
    """Data put into one model pass after pass, or a new model each pass: the plan is the same."""
    found, passes, inputs = through_passes(case)
    fresh = Passes(CASES[case][1], SolveOptions())
    again = settle(inputs, fresh)
    assert passes.count == fresh.count > 1
    for name in ("flow", "storage", "delivery"):
        assert found.results[name].values == pytest.approx(again.results[name].values, abs=1e-7), name


def test_a_row_of_ones_own_holds_in_the_last_pass() -> None:
    """A least storage nobody else asked for costs energy, and the plan that keeps it settles all the same."""

    def kept(model: Any) -> None:
        model.kept = pyo.Constraint(model.TIME, rule=lambda m, t: m.reservoir.storage["dam", t] >= 450)

    free = settled(one_dam().inputs())
    found, passes, inputs = through_passes("heads", kept)
    assert float(free.results["storage"].min()) < 400
    assert float(found.results["storage"].min()) >= 450 - 1e-6
    assert passes.count > 1
    assert true_benefit(found) < true_benefit(free)
    assert replay(inputs, found.results).difference("storage") < 1e-6


def test_a_row_of_ones_own_with_areas() -> None:
    """With a lake kept full by a row of one's own the area is still that of the curve."""

    def full_lake(model: Any) -> None:
        model.full_lake = pyo.Constraint(expr=model.lake.storage["lake", model.TIME.ordered_data()[-1]] >= 520)

    found, _, inputs = through_passes("areas", full_lake)
    assert float(found.results["storage"].sel(reservoir="lake")[-1]) >= 520 - 1e-6
    assert evaporation_miss(found.inputs, found.results) <= 1e-8
    assert agrees(replay(inputs, found.results), 1e-6)


def test_an_expanded_model_is_refused() -> None:
    """Rows that have been expanded keep old data: a second pass refuses them, and says so."""
    with pytest.raises(ValueError, match="cannot take the data of another pass"):
        through_passes("heads", materialise)


def test_data_of_another_river_are_refused() -> None:
    """A model takes data of its own network and rules only."""
    model = build_model(one_dam().inputs())
    with pytest.raises(ValueError, match="has another size"):
        refresh_data(model, lake_and_dam().inputs())


def test_fresh_data_are_in_the_model() -> None:
    """What is put in is what is compiled next."""
    inputs = one_dam().inputs()
    model = build_model(inputs)
    doubled = inputs.assign(runoff=inputs["runoff"] * 2)
    refresh_data(model, doubled)
    assert np.allclose(model.catchment.runoff.values_flat, 2 * build_model(inputs).catchment.runoff.values_flat)
