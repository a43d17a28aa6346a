"""The plan does not hang on the order of a basin's rows, and fixing by duals reaches what a bound on each level reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import linprog
from scipy.sparse import csr_array

from tests.drafts import Draft, draft, solve, together, user
from waterdeal.examples import two_party_basin, two_party_inputs, two_party_scenario
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.run import load
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    from waterdeal.lp.program import Program

CUMEC_DAY = 0.0864
#: room left on a level's value; the gap to the levels by fixing shrinks in proportion (1e-6 leaves 0.4 on irrigation, 1e-9 4e-4)
SLACK = 1e-9
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-9}
DRY = bundled_folder("scenarios") / "syrdarya-growing-dry.toml"


def textbook(program: Program, levels: tuple[str, ...]) -> dict[str, float]:
    """Solve level after level by a row on the value of each, from scratch every time."""
    shape = (len(program.row_lower), len(program.column_lower))
    matrix = csr_array((program.matrix.value, program.matrix.column, program.matrix.start), shape).toarray()
    equal = program.row_lower == program.row_upper
    below, above = ~equal & np.isfinite(program.row_upper), ~equal & np.isfinite(program.row_lower)
    upper = [matrix[below], -matrix[above]]
    sides = [program.row_upper[below], -program.row_lower[above]]
    bounds = np.stack([program.column_lower, program.column_upper], axis=1)
    reached = {}
    for level in levels:
        cost, offset = program.goals[level]
        sums = (np.vstack(upper), np.concatenate(sides), matrix[equal], program.row_lower[equal])
        found = linprog(cost, *sums, bounds, method="highs-ds", options=TIGHT)
        assert found.status == 0, (level, found.message)
        reached[level] = found.fun + offset
        if cost.any():
            upper.append(cost[None, :])
            sides.append(np.array([found.fun + SLACK * (1 + abs(found.fun))]))
    return reached


@pytest.mark.parametrize("promised", [200, 700])
def test_fixing_is_the_textbook_way(promised: float) -> None:
    """Every level of the example ends where bounds on the values of the levels before it let it end."""
    inputs = two_party_inputs(hydrology={"year_class": "exceeded_90", "factor": 0.6})
    inputs["entitlement_volume"] = inputs["entitlement_volume"] * 0 + promised
    program = compile_model(build_model(inputs))
    own = solve_levels(program, LEVELS, SolveOptions()).levels
    assert own["irrigation"] > 1
    assert own == pytest.approx(textbook(program, LEVELS), rel=1e-6, abs=1e-4)


def promise_and_fields(water: float) -> Draft:
    """Fields of party A above, fields of party B below with a promise of 6; both want 10 on one day."""
    return draft(
        "spring catchment; upper junction; lower junction B; sea outlet B",
        "a spring upper; b upper lower; c lower sea",
        volumes={"spring": [water]},
        limits=[{"limit": "b_limit", "party": "B", "season": "growing", "year": "2026", "volume_hm3": 6}],
        scenario={
            "period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"},
            "entitlement": {"limits": [{"limit": "b_limit", "share": 1}]},
        },
        **together(
            user("upper_fields", "upper", 10 / CUMEC_DAY, limit_counted="no"), user("lower_fields", "lower", 10 / CUMEC_DAY, party="B")
        ),
    )


@pytest.mark.parametrize(("water", "upper", "lower", "short"), [(4, 0, 4, 2 / 6), (6, 0, 6, 0), (9, 3, 6, 0), (20, 10, 6, 0)])
def test_promise_before_fields(water: float, upper: float, lower: float, short: float) -> None:
    """The promise of 6 comes first and caps what counts; the fields above take the rest."""
    plan = promise_and_fields(water).plan()
    given = plan["delivery"].sum("time")
    assert [float(given.sel(demand=name)) for name in ("upper_fields", "lower_fields")] == pytest.approx([upper, lower], abs=1e-6)
    parts = [min(short, 0.1), min(max(short - 0.1, 0), 0.2), max(short - 0.3, 0)]
    cost = 6 * sum(part * weight for part, weight in zip(parts, (1, 3, 10), strict=True))
    assert float(plan["level_value"].sel(objective_level="entitlement")) == pytest.approx(cost, abs=1e-6)


def same_plan(one: xr.Dataset, other: xr.Dataset) -> None:
    """Assert that two plans agree within 1e-6 hm3 wherever their labels meet, and that each is the only one."""
    for name in ("flow", "storage", "delivery", "turbine_flow"):
        xr.testing.assert_allclose(one[name], other[name].reindex_like(one[name]), rtol=0, atol=1e-6)
    assert one.attrs["is_unique"] == other.attrs["is_unique"] == 1


def test_rows_of_the_example_reversed(two_party_plan: xr.Dataset) -> None:
    """Every table of the two-party basin bottom up."""
    basin = two_party_basin()
    turned = replace(basin, tables={name: table[::-1].reset_index(drop=True) for name, table in basin.tables.items()})
    inputs = make_inputs(turned, two_party_scenario())
    assert inputs["node"].values.tolist() == two_party_plan["node"].values.tolist()[::-1]
    same_plan(two_party_plan, solve(inputs))


@pytest.mark.thorough  # by default: two months of it in tests/solve/test_unique.py, by order, options and method
def test_the_bundled_river_however_it_is_solved() -> None:
    """The dry season of the bundled river: rows bottom up, other seed, threads, presolve and method, one plan."""
    case = load(DRY)
    plan = solve(case.inputs)
    tables = {name: table[::-1].reset_index(drop=True) for name, table in case.basin.tables.items()}
    same_plan(plan, solve(make_inputs(replace(case.basin, tables=tables), case.file.scenario)))
    same_plan(plan, solve(case.inputs, presolve=False, seed=7, threads=2, method="simplex"))
    same_plan(plan, solve(case.inputs, method="ipm"))
