"""A user adds rows, variables and objectives in stock Pyomo, and the plan heeds them."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo
import pytest

from tests.drafts import solve
from tests.solve.programs import same_programs
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.model.build import build_model, materialise, refresh_data
from waterdeal.results.audit import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

FIRST = "2026-04-D1"


def edited(edit: Callable[[Any], None]) -> xr.Dataset:
    """Solve the two-party example with a change, and audit the plan."""
    plan = solve(two_party_inputs(), edit=edit)
    assert audit(plan).passed
    return plan


def test_a_row_in_three_lines(two_party_plan: xr.Dataset) -> None:
    """A least release that nobody asked for before is kept."""

    def more_water(model: Any) -> None:
        def july_release(m: Any, dekad: str) -> Any:
            return m.flow["dam_delta", dekad] >= 50

        model.july_release = pyo.Constraint(["2026-07-D1", "2026-07-D2", "2026-07-D3"], rule=july_release)

    july = two_party_plan["step"].str.startswith("2026-07")
    before = two_party_plan["flow"].sel(link="dam_delta")[july].values
    after = edited(more_water)["flow"].sel(link="dam_delta")[july].values
    assert before.min() < 49
    assert after.min() >= 50 - 1e-6


def test_a_variable() -> None:
    """The least storage of the season as a variable of one's own, tied by rows to every step."""

    def least_storage(model: Any) -> None:
        model.least = pyo.Var(bounds=(250, None))
        model.least_of = pyo.Constraint(model.TIME, rule=lambda m, t: m.least <= m.reservoir.storage["upper_dam", t])

    assert edited(least_storage)["storage"].values.min() >= 250 - 1e-6


def test_a_row_switched_off(two_party_plan: xr.Dataset) -> None:
    """Without its terminal row the reservoir is drained further."""

    def free_end(model: Any) -> None:
        model.terminal.storage_least.deactivate()

    plan = solve(two_party_inputs(), edit=free_end)
    assert float(plan["storage"].values[0, -1]) < float(two_party_plan["storage"].values[0, -1]) - 1


def test_one_element_switched_off() -> None:
    """One element of a family of rows can be switched off alone."""

    def free_step(model: Any) -> None:
        materialise(model)
        model.environment.flow_minimum["delta_floor", "dam_delta", FIRST].deactivate()

    model = build_model(two_party_inputs())
    free_step(model)
    program = compile_model(model)
    assert len(program.row_lower) <= len(compile_model(build_model(two_party_inputs())).row_lower)
    rows = {str(program.row(row)): program.row_lower[row] for row in range(len(program.row_lower))}
    kept = {name for name, low in rows.items() if name.startswith("environment.flow_minimum") and low > -1e30}
    assert len(kept) == 17
    assert not any(FIRST in name for name in kept)


def test_a_fixed_variable() -> None:
    """A release that is agreed already is fixed."""
    plan = edited(lambda model: model.flow["dam_delta", FIRST].fix(12.5))
    assert float(plan["flow"].sel(link="dam_delta").values[0]) == pytest.approx(12.5)


@pytest.mark.parametrize("expand", [False, True])
def test_a_changed_bound(expand: bool) -> None:
    """A bound set by hand counts, whether the model was expanded or not."""

    def narrow(model: Any) -> None:
        if expand:
            materialise(model)
        model.reservoir.storage["upper_dam", FIRST].setub(380)

    assert float(edited(narrow)["storage"].values[0, 0]) <= 380 + 1e-6


def test_an_objective_to_be_made_most() -> None:
    """An objective of one's own stands among the goals, turned to be made least."""
    model = build_model(two_party_inputs())
    model.own = pyo.Objective(expr=3 * model.flow["dam_delta", FIRST] + 7, sense=pyo.maximize)
    cost, offset = compile_model(model).goals["own"]
    assert sorted(set(cost)) == [-3, 0]
    assert offset == -7


def test_a_row_removed_and_put_back() -> None:
    """Rows that are taken away and put back leave no trace."""
    model = build_model(two_party_inputs())
    model.terminal.storage_least.deactivate()
    model.terminal.storage_least.activate()
    same_programs(compile_model(model), compile_model(build_model(two_party_inputs())))


def test_one_model_compiled_twice() -> None:
    """Compiling changes nothing."""
    model = build_model(two_party_inputs())
    same_programs(compile_model(model), compile_model(model))


def test_bounds_of_touched_variables_follow_other_inputs() -> None:
    """A variable that a user's row speaks of takes the bounds of inputs put in later; one whose bound the user has set keeps it."""
    inputs = two_party_inputs()
    other = inputs.assign(storage_max=inputs["storage_max"] * 0.9, flow_max=inputs["flow_max"].clip(max=700.0))
    model, due = build_model(inputs), build_model(other)
    for each in (model, due):
        storage = each.reservoir.storage
        first, second = list(storage.index_set())[:2]
        each.own = pyo.Constraint(expr=storage[first] <= storage[second] + each.flow["dam_delta", FIRST])
        storage[second].setub(400)
    before = compile_model(model)
    refresh_data(model, other)
    same_programs(compile_model(model), compile_model(due))
    assert (compile_model(model).column_upper != before.column_upper).any()


@pytest.mark.thorough  # by default: a model with parts of a user's
def test_parts_of_a_model_that_nobody_else_holds_keep_their_names() -> None:
    """Pyomo knows a part's block by a weak reference: a model that went while it was listed left parts with half a name, now and then."""
    kept = build_model(two_party_inputs())
    listed = build_model(two_party_inputs()).component_objects(pyo.Param)
    next(listed)
    gc.collect()  # what nobody holds is gone by now
    assert {part.name for part in listed} < {part.name for part in kept.component_objects(pyo.Param)}
