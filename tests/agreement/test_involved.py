"""What of the river a conflict is about is the fewest: none of the places told could be left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume, given

from tests.agreement.kinds import river
from tests.properties.agreements import agreements
from tests.thorough import examples
from waterdeal.ask.conflict import place_of
from waterdeal.ask.explain import Explanation, explain_conflict
from waterdeal.lp.compile import compile_model
from waterdeal.lp.highs import Solver
from waterdeal.lp.options import Outcome, SolveOptions
from waterdeal.model.build import build_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.drafts import Draft
    from waterdeal.lp.program import Program


def explained(place: Draft) -> tuple[Program, Explanation | None]:
    """Program and explanation of a river; the program lets all clauses go that are not in the conflict."""
    inputs = place.inputs()
    program = compile_model(build_model(inputs))
    found = explain_conflict(program, inputs, SolveOptions())
    if found is None:
        return program, None
    upper, first = program.column_upper.copy(), program.columns_of("clause.conceded").start
    free = [first + k for k, name in enumerate(inputs["clause"].values.tolist()) if name not in found.clauses]
    upper[free] = np.inf
    return replace(program, column_upper=upper), found


def contradicts(program: Program, places: Iterable[tuple[str, str]]) -> bool:
    """Whether there is no plan where of all that can be told only some places hold, and nothing flows backwards."""
    held, count = set(places), len(program.row_lower)
    told = [place_of(program.row(k)) for k in range(count)], [place_of(program.column(k)) for k in range(len(program.column_lower))]
    rows, columns = (np.array([place is not None and place not in held for place in part]) for part in told)
    forward = np.where(program.column_lower >= 0, 0.0, -np.inf)
    loose = replace(
        program,
        row_lower=np.where(rows, -np.inf, program.row_lower), row_upper=np.where(rows, np.inf, program.row_upper),
        column_lower=np.where(columns, forward, program.column_lower), column_upper=np.where(columns, np.inf, program.column_upper),
    )  # fmt: skip
    return Solver(loose, SolveOptions()).minimise(np.zeros(len(program.column_lower))) == Outcome.INFEASIBLE


def check_fewest(program: Program, found: Explanation) -> None:
    """The places told contradict the clauses, and without any one of them they do not."""
    places = [(one.family, one.place) for one in found.involved]
    assert contradicts(program, places)
    for left in places:
        assert not contradicts(program, [place for place in places if place != left]), left


def test_by_hand() -> None:
    """400 of 350 promised below: what comes, what the dam has, and the fork where water goes down; neither fields nor plant."""
    program, found = explained(river().with_clauses({"id": "down", "kind": "min_volume", "at": "down", "value": 400}))
    assert found is not None
    assert {(one.family, one.place) for one in found.involved} == {("water_balance", place) for place in ("spring", "dam", "fork")}
    check_fewest(program, found)


@examples(2, thorough=80)
@given(place=agreements())
def test_no_place_could_be_left_out(place: Draft) -> None:
    """On random rivers."""
    program, found = explained(place)
    assume(found is not None and not program.has_integers)
    assert found is not None
    check_fewest(program, found)
