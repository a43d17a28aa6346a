"""Whole numbers in a model: which columns they are, a user's own on the river, and the model expanded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from tests.drafts import solve
from tests.solve.programs import same_programs
from waterdeal.errors import Infeasible
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model, materialise
from waterdeal.results.audit import audit
from waterdeal.scenario.schema import LEVELS

FIRST = "2026-04-D1"


@pytest.mark.parametrize("templates", [True, False])
def test_domains(templates: bool) -> None:
    """Bounds come from the domain, the narrower of two counts, and one element can be made whole alone."""
    model = pyo.ConcreteModel()
    model.K = pyo.Set(initialize=["a", "b"])
    model.open = pyo.Var(model.K, within=pyo.Binary, dense=False)
    model.turns = pyo.Var(model.K, within=pyo.PositiveIntegers, bounds=(-3, 9), dense=False)
    model.any = pyo.Var(within=pyo.Integers)
    model.flow = pyo.Var(model.K, bounds=(0, 4), dense=False)
    model.flow["b"].domain = pyo.NonNegativeIntegers
    program = compile_model(model, templates=templates)
    assert program.integer.tolist() == [True] * 5 + [False, True]
    assert program.column_lower.tolist() == [0, 0, 1, 1, -np.inf, 0, 0]
    assert program.column_upper.tolist() == [1, 1, 9, 9, np.inf, 4, 4]


def test_no_integers_no_flags() -> None:
    """A program without integers has none, and its digest does not speak of them."""
    program = compile_model(build_model(two_party_inputs()))
    assert not program.has_integers
    assert program.integer.size == 0
    assert program.digest() == replace(program, integer=np.zeros(len(program.column_lower), bool)).digest()
    whole = np.zeros(len(program.column_lower), bool)
    whole[0] = True
    assert program.digest() != replace(program, integer=whole).digest()


def in_tens(model: Any) -> None:
    """The first release is a multiple of 10 hm3."""
    model.tens = pyo.Var(within=pyo.NonNegativeIntegers, bounds=(0, 100))
    model.in_tens = pyo.Constraint(expr=model.flow["dam_delta", FIRST] == 10 * model.tens)


def test_a_users_whole_number(two_party_plan: Any) -> None:
    """A release in tens: the plan heeds it, the same however it is solved, and balances."""
    before = float(two_party_plan["flow"].sel(link="dam_delta").values[0])
    assert abs(before / 10 - round(before / 10)) > 1e-3
    plan = solve(two_party_inputs(), edit=in_tens)
    after = float(plan["flow"].sel(link="dam_delta").values[0])
    assert after == pytest.approx(10 * round(after / 10), abs=1e-6)
    assert audit(plan).passed
    for way in ({"presolve": False}, {"seed": 4, "threads": 2}):
        np.testing.assert_allclose(solve(two_party_inputs(), edit=in_tens, **way)["flow"], plan["flow"], rtol=0, atol=1e-6)


def test_tens_against_enumeration() -> None:
    """No other multiple is better, level by level."""
    model = build_model(two_party_inputs())
    in_tens(model)
    found = solve_levels(compile_model(model), LEVELS, SolveOptions())
    for tens in range(20):
        model.tens.fix(tens)
        program = replace(compile_model(model), integer=np.zeros(0, bool))
        try:
            other = solve_levels(program, LEVELS, SolveOptions())
        except Infeasible:
            continue
        pairs = zip(found.levels.values(), other.levels.values(), strict=True)
        assert next((a < b for a, b in pairs if abs(a - b) > 1e-6 * (1 + abs(b))), True), tens


def test_expanded_it_is_the_same() -> None:
    """A model with whole numbers expands into stock Pyomo, and compiles to the same program."""
    model = build_model(two_party_inputs())
    in_tens(model)
    model.open = pyo.Var(model.TIME, within=pyo.Binary, dense=False)
    model.only_open = pyo.Constraint(model.TIME, rule=lambda m, t: m.flow["dam_delta", t] <= 500 * m.open[t])
    before = compile_model(model)
    expanded = materialise(model)
    assert all(expanded.open[t].is_binary() for t in expanded.TIME)
    after = compile_model(expanded)
    same_programs(before, after)
    assert before.integer.tolist() == after.integer.tolist()
    assert before.integer.sum() == 1 + len(model.TIME)
