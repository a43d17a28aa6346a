"""Every way a solve can end has its own error and exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
import pytest

from tests.drafts import draft, solve
from waterdeal.errors import AuditError, FileProblem, Infeasible, InputError, SolverTrouble, TimeLimitReached, Unbounded
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable


def _row(rule: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Edit that adds a row of the user's own."""

    def edit(model: Any) -> None:
        model.own_row = pyo.Constraint(expr=rule(model))

    return edit


def _thirst(model: Any) -> None:
    """A variable without bound, wanted without limit."""
    model.profit = pyo.Var()
    model.own = pyo.Objective(expr=model.profit, sense=pyo.maximize)


def _boundless_goal(model: Any) -> None:
    """An objective that a free variable of the user's makes unbounded."""
    model.loan = pyo.Var(bounds=(0, None))
    model.own = pyo.Objective(expr=model.flow["dam_delta", "2026-04-D1"] - model.loan)


def _steps(model: Any) -> None:
    """A variable that is 0, 5 or 10."""
    model.gates_open = pyo.Var(domain=pyo.RangeSet(0, 10, 5))


FLOW = ("dam_delta", "2026-04-D1")
REFUSED: dict[str, tuple[Callable[[Any], None], type[Exception], str]] = {
    "nothing can satisfy it": (_row(lambda m: m.flow[FLOW] <= -1), Infeasible, "no plan can satisfy"),
    "no such water": (_row(lambda m: m.flow[FLOW] >= 1e5), Infeasible, "own_row"),
    "objective without limit": (_boundless_goal, Unbounded, "level own is unbounded"),
    "variable without bound": (_thirst, Unbounded, "level own is unbounded"),
    "product of variables": (_row(lambda m: m.flow[FLOW] * m.reservoir.storage["upper_dam", "2026-04-D1"] <= 1), SolverTrouble, "not linear"),
    "power": (_row(lambda m: m.flow[FLOW] ** 2 <= 1), SolverTrouble, "not linear"),
    "a domain of steps": (_steps, SolverTrouble, "domain of steps"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    """What cannot be solved is refused in words, by the error that belongs to it."""
    edit, error, words = REFUSED[case]
    own = ("own",) if "limit" in case or "bound" in case else ()
    with pytest.raises(error, match=words) as caught:
        solve(two_party_inputs(), (*LEVELS, *own), edit)
    assert type(caught.value) is error


def test_a_model_that_highs_does_not_take() -> None:
    """A limit that is no number: HiGHS would answer every question with nothing."""
    program = compile_model(build_model(two_party_inputs()))
    with pytest.raises(SolverTrouble, match="does not take the model"):
        solve_levels(replace(program, column_upper=program.column_upper * np.nan), LEVELS, SolveOptions())


def test_time_limit() -> None:
    """A billionth of a second is too short, and that is what is said."""
    with pytest.raises(TimeLimitReached, match="time limit"):
        solve(two_party_inputs(), time_limit=1e-9)


def test_exit_codes_differ() -> None:
    """A script can tell the outcomes apart."""
    codes = [kind.exit_code for kind in (InputError, FileProblem, Infeasible, AuditError, TimeLimitReached, Unbounded, SolverTrouble)]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes


def test_conflict_names_the_users_own_row() -> None:
    """The rows that contradict one another are named."""
    with pytest.raises(Infeasible) as caught:
        solve(two_party_inputs(), edit=_row(lambda m: m.flow[FLOW] >= 1e5))
    assert "own_row" in caught.value.rows


def test_flood_beyond_every_outlet_is_infeasible() -> None:
    """A full reservoir whose only way out is too narrow cannot be planned."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        links={"out": {"capacity_m3s": 1}},
        volumes={"spring": [900, 900, 900]},
    )
    with pytest.raises(Infeasible, match="dam"):
        river.plan()
