"""Additions of a user's own compile the same by templates and element by element, and have their effect on the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo
import pytest

from tests.drafts import solve
from tests.solve.programs import rows_of, same_programs, same_rows
from tests.thorough import diagonal
from waterdeal.errors import SolverTrouble
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model, materialise
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    Edit = Callable[[Any], None]

FIRST, LAST = "2026-04-D1", "2026-09-D3"


def _row(model: Any) -> None:
    """At least 100 hm3 down the river in the first dekad."""
    model.own_release = pyo.Constraint(expr=model.flow["dam_delta", FIRST] >= 100)


def _variable(model: Any) -> None:
    """The least storage as a variable of one's own, never below 396 hm3."""
    model.least = pyo.Var(bounds=(396, None))
    model.least_of = pyo.Constraint(model.TIME, rule=lambda m, t: m.least <= m.reservoir.storage["upper_dam", t])


def _switch_off(model: Any) -> None:
    """Nothing has to be left in the reservoir."""
    model.terminal.storage_least.deactivate()


def _switch_off_one(model: Any) -> None:
    """The last row of a family alone is switched off."""
    materialise(model)
    model.terminal.storage_least["upper_dam", LAST].deactivate()


def _fix(model: Any) -> None:
    """A release that is agreed already."""
    model.flow["dam_delta", FIRST].fix(77.5)


def _bound(model: Any) -> None:
    """Less room in the reservoir at the end of the first dekad."""
    model.reservoir.storage["upper_dam", FIRST].setub(370)


def _at(plan: xr.Dataset, name: str, place: int) -> float:
    """A figure of the last item (the river, the reservoir, the fields) in one step."""
    return float(plan[name].values[-1, place])


EDITS: dict[str, tuple[Edit, Callable[[xr.Dataset], bool]]] = {
    "row": (_row, lambda plan: _at(plan, "flow", 0) >= 100 - 1e-6),
    "variable": (_variable, lambda plan: float(plan["storage"].min()) >= 396 - 1e-6),
    "rows switched off": (_switch_off, lambda plan: _at(plan, "storage", -1) < 399),
    "one row switched off": (_switch_off_one, lambda plan: _at(plan, "storage", -1) < 399),
    "fixed": (_fix, lambda plan: abs(_at(plan, "flow", 0) - 77.5) < 1e-6),
    "bound": (_bound, lambda plan: _at(plan, "storage", 0) <= 370 + 1e-6),
}


@pytest.mark.parametrize("case", diagonal(EDITS, "row", "one row switched off", "fixed"))
def test_both_routes_agree(case: str) -> None:
    """Templates and elements give the same rows and goals; where one of them writes a fixed column as a constant, the same levels."""
    edit, _ = EDITS[case]
    fast, slow = build_model(two_party_inputs()), build_model(two_party_inputs())
    edit(fast)
    edit(slow)
    one, other = compile_model(fast), compile_model(slow, templates=False)
    if case == "fixed":
        values = [solve_levels(program, LEVELS, SolveOptions()).values for program in (one, other)]
        assert values[0] == pytest.approx(values[1], abs=1e-6)
    elif case == "one row switched off":  # a template keeps the row and opens it
        same_rows(rows_of(one), rows_of(other))
    else:
        same_programs(one, other)


@pytest.mark.parametrize("case", EDITS)
def test_the_plan_heeds_it(case: str, two_party_plan: xr.Dataset) -> None:
    """The plan was otherwise before, and is as the edit asks after."""
    edit, heeded = EDITS[case]
    assert not heeded(two_party_plan)
    assert heeded(solve(two_party_inputs(), edit=edit))


@pytest.mark.parametrize(("least", "is_refused"), [(1e-3, True), (1.0, False)])
def test_wide_coefficients_are_refused(least: float, is_refused: bool) -> None:
    """A row from 1e-3 to 1e7 smells of a wrong unit; one from 1 to 1e7 beside the model's own is solved."""
    model = build_model(two_party_inputs())
    flow = model.flow
    model.own = pyo.Constraint(expr=least * flow["dam_delta", FIRST] + (1e7 if is_refused else 1e3) * flow["fields_head", FIRST] >= 0)
    program = compile_model(model)
    if not is_refused:
        assert solve_levels(program, ["drinking"], SolveOptions()).levels == {"drinking": pytest.approx(0, abs=1e-6)}
        return
    with pytest.raises(SolverTrouble, match=r"coefficients run from 0\.001 to 1e\+07") as caught:
        solve_levels(program, ["drinking"], SolveOptions())
    assert caught.value.exit_code == 10


def test_a_row_that_is_rewritten_or_removed_counts() -> None:
    """What a user does to one element of a family of rows is heeded, before and after everything is expanded."""
    index = ("delta_floor", "dam_delta", "2026-04-D1")
    for expand in (False, True):
        model = build_model(two_party_inputs())
        if expand:
            materialise(model)
        rows = model.environment.flow_minimum
        rows[index].set_value(model.flow["dam_delta", "2026-04-D1"] >= 60)
        program = compile_model(model)
        assert 60 in program.row_lower
        materialise(model)
        del rows[index]
        assert len(compile_model(model).row_lower) == len(program.row_lower) - 1
