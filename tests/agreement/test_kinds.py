"""Every kind: its equations as text, a conflict named exactly, a concession known by hand, and two routes to the same slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.agreement.kinds import BY_KIND, CASES, Case
from tests.drafts import solve
from tests.model.test_golden import compare, lp_text
from waterdeal.agreement.forms import KINDS, clause_readings
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.river import Flows
from waterdeal.errors import Infeasible
from waterdeal.model.build import build_model, materialise
from waterdeal.report.words import LANGUAGES, read_locale
from waterdeal.results.clauses import measure_clauses
from waterdeal.solve.compile import compile_model
from waterdeal.solve.explain import Explanation, explain_conflict
from waterdeal.solve.options import SolveOptions

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr


def explain(case: Case) -> Explanation:
    """Explain a case."""
    inputs = case.draft().inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    return found


def test_every_kind_has_a_case_and_a_sentence() -> None:
    """A kind that is added brings its conflict by hand, its golden LP, and words in every language."""
    kinds = {module.__name__.rpartition(".")[2] for module in KINDS}
    assert set(BY_KIND) == kinds
    for language in LANGUAGES:
        keys = list(read_locale(language))
        assert {kind for kind in kinds if not any(key.startswith(f"clause.{kind.partition('_')[0]}") for key in keys)} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_equations(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Rows of the clause, as they stand in the LP."""
    text = lp_text(materialise(build_model(case.draft(concession=1).inputs())), "agreement", tmp_path)
    rows = text[text.index("s.t.") : text.index("bounds")].split("\n\n")[0].splitlines()
    starts = [k for k, line in enumerate(rows) if line.endswith(":")] + [len(rows)]
    mine = [rows[a:b] for a, b in zip(starts, starts[1:], strict=False) if "_clause_" in rows[a] and "mine" in rows[a]]
    assert mine
    compare("\n".join(line for row in mine for line in row) + "\n", f"clause_{case.kind}", request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_conflict_is_named_exactly(case: Case) -> None:
    """The clause, and those it contradicts; the rest of the menu is empty, for the others are not negotiable."""
    found = explain(case)
    assert set(found.clauses) == {"mine", *(other["id"] for other in case.others)}
    assert set(found.fixed) == {other["id"] for other in case.others}
    assert [way.clause for way in found.menu] == ["mine"]
    assert found.no_help == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_concession_is_the_one_by_hand(case: Case) -> None:
    """What it must concede is known; conceding it suffices, 99.9 % of it does not."""
    (way,) = explain(case).menu
    assert way.amount == pytest.approx(case.amount, rel=1e-6)
    assert sum(way.parts.values()) == pytest.approx(case.amount, rel=1e-6)
    plan = solve(case.draft(concession=way.amount).inputs())
    assert float(plan["clause_conceded"][0]) == pytest.approx(case.amount, rel=1e-5)
    with pytest.raises(Infeasible):
        solve(case.draft(concession=0.999 * way.amount).inputs())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_slack_by_two_routes(case: Case) -> None:
    """What the rows say, and what is measured from the clause's text, on a plan and on flows drawn at random."""
    plan = solve(case.draft(concession=1.01 * case.amount).inputs())
    _compare_slacks(plan)
    random = np.random.default_rng(7)
    for _ in range(5):
        drawn = plan.copy(deep=True)
        for name in ("flow", "delivery", "storage", "turbine_flow"):
            drawn[name].values[:] = random.uniform(0, 120, drawn[name].shape)
        drawn["energy"].values[:] = drawn["turbine_flow"].values * drawn["energy_factor"].values[:, None]
        _compare_slacks(drawn)


def _compare_slacks(flows: xr.Dataset) -> None:
    """Evaluate the terms of the rows, and measure the clauses."""
    value = np.zeros(flows.sizes["clause_row"])
    for row, quantity, place, step, factor in zip(
        *(flows[f"term_{name}"].values for name in ("row", "quantity", "place", "step", "factor")), strict=True
    ):
        array = flows[quantity]
        value[row] += factor * float(array.values[array[array.dims[0]].values.tolist().index(place), step])
    sign = np.where(flows["row_sense"].values == "at_least", 1.0, -1.0)
    slack = sign * (value - flows["row_bound"].values)
    found = [reading for clause in clauses_of(flows) for reading in clause_readings(clause, Flows(flows))]
    by_part = {(str(c), str(p).split("_1")[0].split("_2")[0], str(s)): [] for c, p, s in _labels(flows)}  # pieces of one scale share a part
    for (clause, part, sense), amount in zip(_labels(flows), slack, strict=True):
        by_part[clause, part.split("_1")[0].split("_2")[0], sense].append(amount)
    least = sorted(min(amounts) for amounts in by_part.values())
    measured = sorted(reading.slack for reading in found)
    for one, other in zip(least, measured, strict=True):
        assert one == pytest.approx(other, abs=1e-6) or (one > other >= 0) or (one >= 0 and other >= 0)


def _labels(flows: xr.Dataset) -> list[tuple[str, str, str]]:
    """Clause, part and sense of every row."""
    names = ("row_clause", "row_part", "row_sense")
    return list(zip(*(flows[name].values.tolist() for name in names), strict=True))


@pytest.mark.parametrize(
    ("points", "amount"),
    [
        ([[0, 0], [200, 400]], 50.0),  # 400 at an inflow of 200 and beyond: concave, so one regime of two; 350 are there
        ([[0, 500], [100, 500], [150, 360], [1000, 360]], 10.0),  # 360 at 200
    ],
)
def test_scale_that_is_not_convex(points: list[list[float]], amount: float) -> None:
    """Binaries choose the piece; the concession is the one by hand, and the measured promise is the scale's value."""
    case = Case({"kind": "sliding_scale", "at": "down", "index": {"flow": "head"}, "points": points}, amount)
    inputs = case.draft().inputs()
    assert inputs.sizes["regime"] > 1
    (way,) = explain(case).menu
    assert way.amount == pytest.approx(amount, rel=1e-6)
    plan = solve(case.draft(concession=way.amount).inputs())
    measured = measure_clauses(plan).iloc[0]
    assert measured["promised"] == pytest.approx(np.interp(200, *zip(*points, strict=True)))
    assert measured["slack"] == pytest.approx(-amount, abs=1e-5)


def test_nobody_takes_more_than_the_split() -> None:
    """With `no_more`, the cap is not convex: below the threshold nothing may be taken."""
    clause = {
        "kind": "threshold_share", "at": "head", "threshold": 180, "base": "LOW", "shares": {"LOW": 0.5, "UP": 0.5},
        "takes": {"UP": {"demands": "town"}}, "no_more": True,
    }  # fmt: skip
    plan = solve(Case(clause, 0).draft().inputs())
    assert float(plan["delivery"].sel(demand="town").sum()) == pytest.approx(10)  # half of 200 - 180
    plan = solve(Case({**clause, "threshold": 220}, 0).draft().inputs())
    assert float(plan["delivery"].sel(demand="town").sum()) == pytest.approx(0)


def test_measuring_needs_no_rows() -> None:
    """The text of a clause and the flows are enough."""
    plan = solve(BY_KIND["min_volume"].draft(concession=60).inputs())
    bare = plan.drop_dims(["clause_row", "clause_term", "concession", "regime"])
    assert measure_clauses(bare)["value"].iloc[0] == pytest.approx(350)
